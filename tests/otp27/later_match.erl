%% Bit matching as the compiler of OTP 26 and later puts it: bs_match with all its commands.
-module(later_match).
-export([main/0, fixed/1, exact/1, sized/1, literal/1, rest/1, aligned/1, signed/1, little/1, big/1, skips/1, many/1,
         position/1, alternatives/1, loop/2, units/1, floats/1, texts/1, nested/2, empty/1]).
-include("show.hrl").

fixed(<<A:8, B:16, C:3, D:5, _/binary>>) -> {A, B, C, D};
fixed(_) -> none.
exact(<<A:4, B:12, C:32>>) -> {A, B, C};
exact(<<A:1>>) -> {one, A};
exact(_) -> none.
sized(<<N:8, B:N/binary, R/bits>>) -> {N, B, R};
sized(_) -> none.
literal(<<"GET ", Path:4/binary, " HTTP">>) -> {get, Path};
literal(<<1:3, 2:5, "x", R/binary>>) -> {mixed, R};
literal(<<-1:16, X>>) -> {ones, X};
literal(<<16#123456789ABCDEF012:72, X>>) -> {long, X};
literal(_) -> none.
rest(<<_:24, R/binary>>) -> R;
rest(<<_:3, R/bits>>) -> {bits, R};
rest(R) -> {all, R}.
aligned(<<X:16/binary, Y:16/binary, Z/binary>>) -> {X, Y, Z};
aligned(<<X:5/binary-unit:3, Y/bits>>) -> {units, X, Y};
aligned(_) -> none.
signed(<<A:8/signed, B:5/signed, C:3/signed, D:64/signed, E:100/signed>>) -> {A, B, C, D, E};
signed(_) -> none.
little(<<A:16/little, B:24/little-signed, C:64/little, D:11/little, E:5/little-signed, F:80/little-signed>>) -> {A, B, C, D, E, F};
little(_) -> none.
big(<<A:59, B:60, C:61, D:64, E:65, F:128, G/bits>>) -> {A, B, C, D, E, F, G};
big(_) -> none.
skips(<<_:7, A:1, _:100, B:4, _:3/binary, C, _/binary>>) -> {A, B, C};
skips(_) -> none.
many(<<A:1, B:1, C:1, D:1, E:1, F:1, G:1, H:1, I:8, J:8, K:8, L:8, M:8, N:8, O:8, P:8>>) ->
    {A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P};
many(_) -> none.
position(<<A, R/binary>> = Whole) when byte_size(R) < 3 -> {A, R, Whole};
position(<<A:16, R/binary>> = Whole) -> {long, A, R, Whole};
position(_) -> none.
alternatives(<<0:2, X:6>>) -> {zero, X};
alternatives(<<1:2, X:14>>) -> {one, X};
alternatives(<<2:2, X:30>>) -> {two, X};
alternatives(<<3:2, X:62>>) -> {three, X};
alternatives(_) -> none.
loop(<<A:4, R/bits>>, Acc) -> loop(R, [A | Acc]);
loop(<<R/bits>>, Acc) -> {lists:reverse(Acc), R}.
units(<<X/binary-unit:16>>) -> {sixteen, X};
units(<<X/binary>>) -> {eight, X};
units(<<X/binary-unit:3>>) -> {three, X};
units(<<X/bits>>) -> {one, X}.
floats(<<F:64/float>>) -> F;
floats(<<F:32/float-little>>) -> F;
floats(<<F:16/float>>) -> F;
floats(_) -> none.
texts(<<A/utf8, B/utf16, C/utf32-little, R/bits>>) -> {A, B, C, R};
texts(<<A/utf16-little, R/binary>>) -> {A, R};
texts(_) -> none.
nested(<<N:4, M:4, R/bits>>, K) ->
    case R of
        <<X:N/unit:8, Y:M, Z:K/binary, T/bits>> -> {X, Y, Z, T};
        <<X:M/signed-little, T/bits>> -> {short, X, T};
        _ -> {neither, R}
    end;
nested(_, _) -> none.
empty(<<>>) -> empty;
empty(<<_, _/bits>>) -> some;
empty(_) -> bits.

main() ->
    Bytes = list_to_binary(lists:seq(0, 63)),
    Ones = <<-1:400>>,
    Whole = [<<>>, <<1:1>>, <<0:3>>, <<5:7>>, <<7>>, <<200>>, <<1, 2>>, <<65, 200, 255>>, <<64, 1>>, <<128, 0, 0, 9>>,
        <<192, 0, 0, 0, 0, 0, 0, 1>>, <<-1:48>>, <<1:3, 2:5, "x">>, <<1:3, 2:5, "xyz">>, <<"GET abcd HTTP">>,
        <<"GET abcd HTTPS">>, <<-1:16, 9>>, <<16#123456789ABCDEF012:72, 5>>, <<3, "abcdef">>, <<9, "abc">>, <<0, 1:5>>,
        Bytes, Ones, <<Ones/bits, 1:1>>, <<1.5/float>>, <<-2.25:32/float-little>>, <<0.1:16/float>>, <<16#7C00:16>>,
        <<16#FFF0:16, 0:48>>, <<"é"/utf8, 16#10FFFF/utf16, 955/utf32-little, 3:3>>, <<16#D800:16>>, <<0:8, 16#DC00:16/little>>,
        binary:part(Bytes, 1, 40), binary:part(Bytes, 3, 11)],
    %% The same bits at an odd place within a larger binary.
    Odd = [begin S = bit_size(B), <<_:5, X:S/bits, _/bits>> = <<21:5, B/bits, 1:2>>, X end || B <- Whole],
    Functions = [fun fixed/1, fun exact/1, fun sized/1, fun literal/1, fun rest/1, fun aligned/1, fun signed/1, fun little/1,
        fun big/1, fun skips/1, fun many/1, fun position/1, fun alternatives/1, fun units/1, fun floats/1, fun texts/1,
        fun empty/1],
    lists:foreach(fun(F) ->
        {name, Name} = erlang:fun_info(F, name),
        io:format("~p~n  ~0p~n", [Name, [F(B) || B <- Whole]]),
        io:format("  same at odd places: ~p~n", [[F(B) || B <- Whole] =:= [F(B) || B <- Odd]]),
        io:format("  no bitstrings: ~0p~n", [[catch {F(B), F} =:= {none, F} || B <- [a, [], {}, 1]]])
    end, [F || F <- Functions, F =/= fun empty/1]),
    ?SHOW([empty(B) || B <- Whole]),
    ?SHOW([loop(B, []) || B <- Whole]),
    ?SHOW([loop(B, []) || B <- Whole] =:= [loop(B, []) || B <- Odd]),
    ?SHOW([[nested(B, K) || B <- Whole] || K <- [0, 1, 3, -1]]),
    ?SHOW([nested(B, id(K)) || B <- Whole, K <- [a, 1 bsl 70, 1.0]] =:= [nested(B, id(99)) || B <- Whole, _ <- [1, 2, 3]]),
    ?SHOW(begin N = id(3), <<A:N, B/bits>> = id(<<5:3, 1:1>>), {A, B} end),
    ?SHOW(begin <<_:8, _/binary>> = id(<<1:7>>) end),
    ?SHOW([X || <<X:3/signed-little>> <= Bytes, X < 0]),
    ?SHOW(<< <<Y:4, X:4>> || <<X:4, Y:4>> <= Bytes >>),
    ?SHOW([{A, B} || <<A:2/binary, B:5>> <= Bytes]).

%% bs_create_bin: every type of segment, what fails and how it is told, appending to the same and to others.
-module(later_build).
-export([main/0, ints/3, floats/2, bins/2, texts/1, mixed/4, sized/3, grow/2, again/2, literal/1, atoms/2]).
-include("show.hrl").

ints(X, N, U) -> {<<X>>, <<X:16/little>>, <<X:3>>, <<X:N>>, <<X:N/little>>, <<X:N/unit:8>>, <<X:64/signed>>, <<X:U/unit:3>>, <<X:100>>}.
floats(F, N) -> {<<F/float>>, <<F:32/float>>, <<F:16/float>>, <<F:64/float-little>>, <<F:32/float-little>>, <<F:16/float-little>>,
                 <<1:1, F/float>>, <<F:N/float>>}.
bins(B, N) -> {<<B/binary>>, <<B/bits, 1:1>>, <<1:1, B/bits>>, <<B:N/binary>>, <<B:N/bits>>, <<B:N/binary-unit:3, 7>>, <<B:2/binary>>}.
texts(C) -> {<<C/utf8>>, <<C/utf16>>, <<C/utf16-little>>, <<C/utf32>>, <<C/utf32-little>>, <<1:1, C/utf8, "text"/utf16>>}.
mixed(A, B, C, D) -> <<"prefix", A:12, B/binary, 0:4, C/float, "é"/utf8, D/utf32, "end">>.
sized(X, N, B) -> <<N:8, X:N, (byte_size(B)):16, B:(byte_size(B))/binary, B/bits>>.
grow(0, Acc) -> Acc;
grow(N, Acc) -> grow(N - 1, <<Acc/binary, N:16, "x">>).
again(Acc, X) -> A = <<Acc/bits, X:3>>, B = <<Acc/bits, (X + 1):3>>, C = <<A/bits, 0:5, B/bits>>, {Acc, A, B, C}.
literal(X) -> <<1, 2, 3, X, "abc", 5:40, 1.0/float, -1:7, X:1>>.
atoms(A, B) -> <<A:8, B/binary>>.

main() ->
    [?SHOW(ints(X, N, U)) || X <- [0, 255, -1, 1 bsl 40, -(1 bsl 90) + 7], {N, U} <- [{0, 0}, {7, 5}, {61, 23}, {130, 1}]],
    [?SHOW(floats(F, N)) || F <- [0, 1, 1.5, -0.1, 65504.0, 1.0e-7, 1 bsl 15], N <- [16, 32, 64]],
    [?SHOW(floats(F, N)) || {F, N} <- [{1.0e308, 32}, {65520.0, 16}, {1.0, 17}, {a, 64}, {1 bsl 2000, 64}, {1.0, -16}, {1.0, a}]],
    [?SHOW(bins(B, N)) || B <- [<<"abcdef">>, <<"abcdef", 5:3>>, <<>>, a, <<-1:48>>], N <- [0, 1, 2, 7, -1, x, 1 bsl 64]],
    [?SHOW(texts(C)) || C <- [0, $a, 16#7FF, 16#800, 16#D7FF, 16#E000, 16#10FFFF, 16#D800, 16#DFFF, 16#110000, -1, a, 1.0]],
    [?SHOW(mixed(A, B, C, D)) || {A, B, C, D} <- [{1, <<"b">>, 2, 955}, {-1, <<>>, 1.0, $a}, {a, <<>>, 1.0, $a},
        {1, <<1:1>>, 1.0, $a}, {1, b, 1.0, $a}, {1, <<>>, c, $a}, {1, <<>>, 1.0, -5}]],
    [?SHOW(sized(X, N, B)) || {X, N, B} <- [{5, 3, <<"xy">>}, {-1, 200, <<>>}, {1, 256, <<1>>}, {1, -1, <<1>>}]],
    ?SHOW(erlang:phash2(grow(2000, <<>>))),
    ?SHOW(byte_size(grow(3000, <<"start">>))),
    ?SHOW([erlang:phash2(again(grow(N, <<>>), N)) || N <- [0, 1, 10, 100, 1000]]),
    ?SHOW(begin A = grow(50, <<>>), B = grow(3, A), C = grow(2, A), {byte_size(A), binary:part(B, 150, 9), binary:part(C, 150, 6)} end),
    [?SHOW(literal(X)) || X <- [0, 255, 256, -1, x]],
    [?SHOW(atoms(A, B)) || {A, B} <- [{1, <<2>>}, {x, <<2>>}, {1, x}, {x, y}]],
    ?SHOW(again(<<1:1>>, id(3))),
    ?SHOW(<< <<(X * X):9>> || X <- lists:seq(1, 40) >>),
    ?SHOW(<< <<X/float, 1:1>> || <<X:5>> <= <<"bits of it">> >>),
    ?SHOW(try <<(id(1)):(id(-1))>> catch error:badarg:S -> [element(4, hd(S))] end),
    ?SHOW(try <<1, (id(x))/binary, 2>> catch error:badarg:S -> erl_erts_errors:format_bs_fail(badarg, S) end),
    ?SHOW(try atoms(id(q), <<>>) catch error:badarg:S -> erl_erts_errors:format_bs_fail(badarg, S) end).

%% Match contexts that are reused, passed on, kept in closures and returned.
-module(bits_context).
-export([main/0]).
-include("show.hrl").
loop(<<X, R/binary>>, A) when X < 128 -> loop(R, A + X);
loop(<<_, R/binary>> = B, A) -> {B, R, A};
loop(<<>>, A) -> A;
loop(B, A) -> {rest, B, A}.

two(<<X:4, R/bits>>, N) when N > 0 -> [X | two(R, N - 1)];
two(B, _) -> [bit_size(B), B].

three(B) -> case B of <<1, R/binary>> -> four(R, B); <<2, R/binary>> -> three(R); _ -> B end.
four(<<X, R/binary>>, Orig) -> {X, R, Orig};
four(R, Orig) -> {none, R, Orig}.

lines(B) -> lines(B, <<>>, []).
lines(<<$\n, R/binary>>, L, A) -> lines(R, <<>>, [L | A]);
lines(<<C, R/binary>>, L, A) -> lines(R, <<L/binary, C>>, A);
lines(<<>>, <<>>, A) -> lists:reverse(A);
lines(<<>>, L, A) -> lists:reverse([L | A]).

keep(<<X, R/binary>>) -> F = fun() -> {X, R} end, [F | keep(R)];
keep(<<>>) -> [].

main() ->
    ?SHOW(loop(<<1, 2, 3>>, 0)),
    ?SHOW(loop(<<1, 200, 3>>, 0)),
    ?SHOW(loop(<<1, 2, 3:4>>, 0)),
    ?SHOW(two(<<16#1234, 16#56>>, 3)),
    ?SHOW(two(<<16#12, 16#34, 16#56>>, 3)),
    ?SHOW(three(<<2, 2, 1, 9, 8>>)),
    ?SHOW(three(<<2, 1>>)),
    ?SHOW(three(<<3>>)),
    ?SHOW(three(x)),
    ?SHOW(lines(<<"one\ntwo\n\nfour">>)),
    ?SHOW([F() || F <- keep(<<1, 2, 3>>)]),
    ?SHOW(loop(binary:copy(<<1>>, 100000), 0)),
    ?SHOW(length(lines(binary:copy(<<"line\n">>, 2000)))),
    Big = binary:copy(<<"0123456789">>, 100),
    ?SHOW(begin <<_:500/binary, T/binary>> = Big, erlang:garbage_collect(), <<X:5/binary, _/binary>> = T, {X, byte_size(T)} end),
    ?SHOW(begin {B, R, A} = loop(<<1, 2, 200, 5, 6>>, 0), erlang:garbage_collect(), {B, R, A, <<R/binary, B/binary>>} end).

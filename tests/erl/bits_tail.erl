%% Tails, skips, bound sizes, units, and bits left over.
-module(bits_tail).
-export([main/0]).
-include("show.hrl").
p(<<L:16, B:L/binary, R/binary>>) -> [B | p(R)];
p(<<>>) -> [];
p(R) -> {rest, R}.

t(<<_:4, R/bits>>) -> {R, bit_size(R)};
t(B) -> B.

u(<<H:8/unit:2, T/binary-unit:4>>) -> {H, T};
u(<<T/binary-unit:5>>) -> {five, T};
u(_) -> no.

main() ->
    ?SHOW(p(<<0, 1, $a, 0, 0, 0, 2, $b, $c>>)),
    ?SHOW(p(<<0, 5, 1, 2>>)),
    ?SHOW(p(<<0, 1, 7, 1:1>>)),
    ?SHOW([t(B) || B <- [<<16#ab, 16#cd>>, <<1:3>>, <<1:4>>, <<31:5>>, <<>>]]),
    ?SHOW([u(B) || B <- [<<1, 2>>, <<1, 2, 15:4>>, <<1, 2, 7:3>>, <<1:5>>, <<1:10>>, <<1:6>>, <<1, 2, 3>>, <<>>]]),
    ?SHOW(begin <<A:3/binary, B/binary>> = id(<<"abcdef">>), {A, B} end),
    ?SHOW(begin <<A:3/binary, B/binary>> = id(<<"ab">>), {A, B} end),
    ?SHOW(begin <<_:5/binary, R/binary>> = id(<<"hello world">>), R end),
    ?SHOW(begin N = id(2), <<A:N/binary, A2:N/bits, _/bits>> = id(<<"abcd">>), {A, A2} end),
    ?SHOW(begin <<A:5/bits, B/bits>> = id(<<16#f0, 16#0f>>), {A, B} end),
    ?SHOW(begin <<_:3, A:2/binary, B/bits>> = id(<<1, 2, 3>>), {A, B} end),
    ?SHOW(begin S = id(-1), <<A:S/binary, _/binary>> = id(<<1>>), A end),
    ?SHOW(begin S = id(1 bsl 60), <<A:S/binary, _/binary>> = id(<<1>>), A end),
    ?SHOW(begin <<A/binary>> = id(<<1, 2:4>>), A end),
    ?SHOW(begin <<A/bitstring>> = id(<<1, 2:4>>), A end),
    ?SHOW(begin <<X, "lit", R/binary>> = id(<<1, "literal">>), {X, R} end),
    ?SHOW(begin <<"lit", R/binary>> = id(<<"lix">>), R end),
    ?SHOW(begin <<_:1, "a", R/bits>> = id(<<0:1, $a, 5:3>>), R end),
    ?SHOW(case id(<<1, 2, 3>>) of <<X, X, _>> -> same; <<X, Y, Z>> when X + Y =:= Z -> {sum, X, Y, Z} end),
    ?SHOW(begin <<>> = id(<<>>) end),
    ?SHOW(begin <<>> = id(<<0:1>>) end).

%% Size expressions in matching and building, arithmetic on sizes, sizes from earlier fields.
-module(bits_sizes).
-export([main/0]).
-include("show.hrl").
rec(<<Tag, Len:(8 * 2), Body:Len/binary, Rest/binary>>) -> [{Tag, Body} | rec(Rest)];
rec(<<>>) -> done.
var(<<N:4, X:N, Rest/bits>>) -> [{N, X} | var(Rest)];
var(R) -> R.
key(B, Sizes) -> lists:mapfoldl(fun(S, <<R/bits>>) -> case R of <<X:S, T/bits>> -> {X, T}; _ -> {none, R} end end, B, Sizes).

main() ->
    ?SHOW(rec(<<1, 0, 3, "abc", 2, 0, 0, 3, 0, 1, "x">>)),
    ?SHOW(rec(<<1, 0, 9, "abc">>)),
    ?SHOW(var(<<3:4, 5:3, 8:4, 255:8, 0:4, 15:4, 1:15, 2:2>>)),
    ?SHOW(key(<<16#deadbeef:32>>, [4, 8, 1, 3, 20, 0])),
    ?SHOW([begin N = id(X), bit_size(<<1:N, 2:(N + 1), 3:(N * 2)>>) end || X <- [0, 1, 8, 100]]),
    ?SHOW(begin M = id(#{n => 12}), <<X:(map_get(n, M)), _/bits>> = id(<<16#abcd:16>>), X end),
    ?SHOW(begin T = id({4}), <<X:(element(1, T)), _/bits>> = id(<<16#ab>>), X end),
    ?SHOW(begin N = id(a), <<X:N, _/bits>> = id(<<1>>), X end),
    ?SHOW(begin N = id(0), <<X:(1 div N), _/bits>> = id(<<1>>), X end),
    ?SHOW(begin N = id(0), case id(<<1>>) of <<X:(1 div N), _/bits>> -> X; _ -> no end end),
    ?SHOW(begin S = id(3), <<A:S/binary-unit:4, B/bits>> = id(<<1, 2>>), {A, B} end),
    ?SHOW(<<1:(id(2))/unit:100>>),
    ?SHOW(begin N = id(2), <<X:N/unit:100, _/bits>> = <<7:200, 1>>, X end),
    ?SHOW(begin Z = id(0), <<X:Z, Y:Z/binary, R/bits>> = id(<<9>>), {X, Y, R} end),
    ?SHOW(case id(<<1, 2>>) of <<_:9/unit:256, _/bits>> -> long; _ -> short end).

%% abs, max, min, sign and integer predicates.
-module(num_abs_max).
-export([main/0]).
-include("show.hrl").
main() ->
    Vs = [0, 0.0, -0.0, 1, -1, 1.5, -1.5, -(1 bsl 59), (1 bsl 59) - 1, -(1 bsl 60), 1 bsl 64, -(1 bsl 64)],
    ?SHOW([abs(id(V)) || V <- Vs]),
    ?SHOW([-id(V) || V <- Vs]),
    ?SHOW([+id(V) || V <- Vs]),
    ?SHOW([max(V, 1) || V <- Vs]),
    ?SHOW([min(V, 1) || V <- Vs]),
    ?SHOW(max(id(a), id("b"))),
    ?SHOW(min(id({}), id([]))),
    ?SHOW([is_integer(V) || V <- Vs]),
    ?SHOW([is_float(V) || V <- Vs]),
    ?SHOW([is_number(V) || V <- [a, "1", <<1>> | Vs]]),
    ?SHOW([V rem 2 || V <- Vs, is_integer(V)]),
    ?SHOW([V band 1 || V <- Vs, is_integer(V)]),
    ?SHOW([V div 2 || V <- Vs, is_integer(V)]),
    ?SHOW([V bsr 1 || V <- Vs, is_integer(V)]),
    ?SHOW([{X div Y, X rem Y} || X <- [7, -7], Y <- [2, -2]]),
    ?SHOW([{X div Y, X rem Y} || X <- [1 bsl 65, -(1 bsl 65)], Y <- [3, -3]]).

%% Fused sequences: long expressions of mixed + - * with live variables, in guards and bodies.
-module(num_chains).
-export([main/0]).
-include("show.hrl").
f(A, B, C) -> A + B * C - (A - B) * (C + 1) + A * A - B div (C + 1) + B rem 7.
g(X) when X + 1 > 5, X - 1 < 10; X * X =:= 4 -> yes;
g(_) -> no.
h(X, Y) -> Z = X + Y, W = Z - X, V = W * Z, {X, Y, Z, W, V, X + 1, Y - 1, Z + 100, W - 100000, V * 2}.
i(N, A) when N > 0 -> i(N - 1, A + N * 2 - 1);
i(_, A) -> A.
j(X) -> try X * X + 1 catch error:badarith -> X end.

main() ->
    Vs = [0, 1, -1, 100, (1 bsl 59) - 1, -(1 bsl 59), 1 bsl 62, 1.5],
    ?SHOW([f(A, B, C) || A <- Vs, B <- [3, -(1 bsl 59), (1 bsl 59) - 1], C <- [0, 5, 1 bsl 58]]),
    ?SHOW([g(X) || X <- [-2, 0, 2, 4, 5, 10, 11, 1.0, 4.5, a, 1 bsl 70, [], -(1 bsl 59)]]),
    ?SHOW([h(X, Y) || X <- Vs, Y <- [1, (1 bsl 59) - 1]]),
    ?SHOW(i(100000, 0)),
    ?SHOW([j(X) || X <- [2, a, 1 bsl 40, 1.0e200]]),
    ?SHOW([X + 1 || X <- [(1 bsl 59) - 1, -(1 bsl 59) - 1]]),
    ?SHOW([X - 1 || X <- [-(1 bsl 59), 1 bsl 59]]),
    ?SHOW([1 + X || X <- [(1 bsl 59) - 1]]),
    ?SHOW([1 - X || X <- [-(1 bsl 59), 1 bsl 59]]),
    ?SHOW([X * Y || X <- [1 bsl 30, -(1 bsl 30)], Y <- [(1 bsl 29) - 1, 1 bsl 29, -(1 bsl 29)]]),
    ?SHOW([X * 0 || X <- [0.0, 1.5, -1.5, 1 bsl 64]]),
    ?SHOW([X + 0 || X <- [-0.0, 1 bsl 64]]).

%% Float arithmetic in registers: chains, mixed operands, signs of zero, exceptions in the middle.
-module(lang_floats).
-export([main/0]).
-include("show.hrl").
poly(X) -> 1.0 + X * (2.0 + X * (3.0 - X / 4.0)).
mixed(A, B) -> (A + 1) * (B - 2.5) / 3.
loop(0, A) -> A;
loop(N, A) -> loop(N - 1, A * 1.0000001 + 0.5).
newton(X, 0) -> X;
newton(X, N) -> newton((X + 2.0 / X) / 2.0, N - 1).
check(X) when is_float(X), X > 0.0, X < 1.0e10 -> ok;
check(_) -> no.

main() ->
    ?SHOW(poly(id(1.5))),
    ?SHOW(poly(id(2))),
    ?SHOW(mixed(id(1), id(2))),
    ?SHOW(mixed(id(1.0), id(2.0))),
    ?SHOW(mixed(id(1 bsl 70), id(1 bsl 80))),
    ?SHOW(loop(100000, 1.0)),
    ?SHOW(newton(1.0, 10)),
    ?SHOW([check(X) || X <- [1.0, 0.0, -1.0, 1, 1.0e11]]),
    ?SHOW(poly(id(1.0e200))),
    ?SHOW(poly(id(atom))),
    ?SHOW(-id(0.0)),
    ?SHOW(0.0 - id(0.0)),
    ?SHOW(id(0.0) * -1),
    ?SHOW(id(0.0) * -1.0),
    ?SHOW(1 / id(3)),
    ?SHOW(id(4) / id(2)),
    ?SHOW(id(7.0) / id(-2)),
    ?SHOW(trunc(id(1.0e15) / 3.0)),
    ?SHOW(id(0.1) + id(0.2)),
    ?SHOW(id(1.0e16) + 1.0),
    ?SHOW(id(5.0e-324) / 2.0),
    ?SHOW(id(1) + id(1.5) - id(1 bsl 60)),
    ?SHOW(float(id((1 bsl 53) + 1))),
    ?SHOW(id((1 bsl 53) + 1) * 1.0),
    ?SHOW(id((1 bsl 53) + 3) + 0.0),
    ?SHOW([float(id((1 bsl 60) + X)) || X <- [64, 65, 127, 128, 129, 192]]),
    ?SHOW(begin A = id(2.0), B = id(3.0), {A * B, A - B, A / B, A + B, -A} end),
    ?SHOW(abs(id(-2.5))),
    ?SHOW(case id(1.0) of X when X == 1 -> equal end).

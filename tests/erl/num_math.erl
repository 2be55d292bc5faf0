%% The math module: values, domains, errors.
-module(num_math).
-export([main/0]).
-include("show.hrl").
main() ->
    [?SHOW([math:F(X) || X <- [0.0, 0.5, 1.0, -0.5]]) || F <- [sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, exp, erf,
        erfc]],
    ?SHOW([math:acosh(X) || X <- [1, 2.5]]),
    ?SHOW([math:atanh(X) || X <- [0, 0.5]]),
    ?SHOW([math:log(X) || X <- [1, 2.5, 1 bsl 100]]),
    ?SHOW([math:log2(X) || X <- [1, 8, 3.5, 1 bsl 100, 1 bsl 2000]]),
    ?SHOW([math:log10(X) || X <- [1, 1000, 3.5, 1.0e-10]]),
    ?SHOW([math:sqrt(X) || X <- [0, 2, 1.0e10, 1 bsl 100]]),
    ?SHOW([math:pow(X, Y) || X <- [2, 2.5, -3], Y <- [0, 3, -2]]),
    ?SHOW([math:atan2(X, Y) || X <- [1, -1, 0], Y <- [1, -1, 0]]),
    ?SHOW([math:fmod(X, Y) || X <- [5.5, -5.5], Y <- [2, -2]]),
    ?SHOW(math:pi()),
    ?SHOW(math:sqrt(id(-1))),
    ?SHOW(math:log(id(0))),
    ?SHOW(math:log(id(-1))),
    ?SHOW(math:log2(id(0))),
    ?SHOW(math:acos(id(2))),
    ?SHOW(math:exp(id(1000))),
    ?SHOW(math:pow(id(0), id(-1))),
    ?SHOW(math:pow(id(-8), id(1 / 3))),
    ?SHOW(math:fmod(id(1), id(0))),
    ?SHOW(math:sin(id(a))),
    ?SHOW(math:pow(id(1), id("x"))),
    ?SHOW(math:cosh(id(1000))),
    ?SHOW(math:atanh(id(1))),
    ?SHOW(math:sqrt(id(1 bsl 1024))),
    ?SHOW(math:erf(id(1 bsl 2000))).

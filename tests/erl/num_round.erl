%% round, trunc, floor, ceil over halves, large floats and bignums.
-module(num_round).
-export([main/0]).
-include("show.hrl").
main() ->
    Vs = [0.0, -0.0, 0.5, -0.5, 1.5, -1.5, 2.5, 0.49999999999999994, -0.49999999999999994, 1.0e15 + 0.5, 4503599627370497.5,
        9007199254740993.0, -2.000001, 1.0e20,
          576460752303423487.0, 5.76460752303423488e17, -5.76460752303423488e17, 1.152921504606846976e18, 9.223372036854775807e18,
              -9.3e18, 1.0e100, -1.0e300],
    ?SHOW([round(id(V)) || V <- Vs]),
    ?SHOW([trunc(id(V)) || V <- Vs]),
    ?SHOW([floor(id(V)) || V <- Vs]),
    ?SHOW([ceil(id(V)) || V <- Vs]),
    ?SHOW([F(7) || F <- [fun erlang:round/1, fun erlang:trunc/1, fun erlang:floor/1, fun erlang:ceil/1]]),
    ?SHOW([F(1 bsl 70) || F <- [fun erlang:round/1, fun erlang:trunc/1, fun erlang:floor/1, fun erlang:ceil/1]]),
    ?SHOW(round(id(a))),
    ?SHOW(trunc(id("1"))),
    ?SHOW(floor(id([]))),
    ?SHOW(ceil(id({}))),
    ?SHOW([math:floor(V) || V <- [1.5, -1.5, 2, -0.5]]),
    ?SHOW([math:ceil(V) || V <- [1.5, -1.5, 2, -0.5]]),
    ?SHOW([float(V) || V <- [1, -1, 0, (1 bsl 53) + 1, (1 bsl 54) + 2, (1 bsl 54) + 6, 1 bsl 1023]]),
    ?SHOW(float((1 bsl 1024) - 1)),
    ?SHOW(float((1 bsl 1024) - (1 bsl 970) - 1)),
    ?SHOW(float(id(1.5))),
    ?SHOW(float(id(a))).

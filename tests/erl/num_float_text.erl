%% Floats to text: shortest form, all formats of float_to_list/2.
-module(num_float_text).
-export([main/0]).
-include("show.hrl").
main() ->
    Vs = [0.0, -0.0, 1.0, -1.0, 0.1, 1 / 3, 2 / 3, 100.0, 1.0e15, 1.0e16, 1.0e17, 1.0e21, 1.0e22, 1.0e23, 123456789.0, 1.5e-5,
        0.001, 0.0001, 5.0e-324,
          2.2250738585072014e-308, 1.7976931348623157e308, 9007199254740993.0, 9007199254740992.0, 4.35, 0.3, 2.5, 1.0e-7,
              123.456, 1.0e100, 299792458.0],
    [io:format("~w ~p ~s ~s~n", [V, V, float_to_list(V, [short]), float_to_binary(V, [short])]) || V <- Vs],
    [io:format("~s ~s~n", [float_to_list(V), float_to_binary(-V)]) || V <- Vs],
    ?SHOW([float_to_list(V, [{decimals, 4}]) || V <- Vs, V < 1.0e20]),
    ?SHOW([float_to_list(V, [{decimals, 0}]) || V <- [0.5, 1.5, 2.5, -0.5, 0.49999999999999994, 1.0e15, 999.9999]]),
    ?SHOW([float_to_list(V, [{decimals, 10}, compact]) || V <- Vs, V < 1.0e20]),
    ?SHOW([float_to_list(V, [{decimals, 0}, compact]) || V <- [1.0, 10.0, 100.5]]),
    ?SHOW([float_to_list(V, [{scientific, 3}]) || V <- Vs]),
    ?SHOW([float_to_list(V, [{scientific, 0}]) || V <- Vs]),
    ?SHOW([float_to_list(V, [{scientific, 20}]) || V <- Vs]),
    ?SHOW(float_to_list(1.0, [{scientific, 249}]) =:= "1." ++ lists:duplicate(249, $0) ++ "e+00"),
    ?SHOW(length(float_to_list(1.0e300, [{decimals, 2}]))),
    ?SHOW(float_to_list(id(0.1), [{decimals, 60}])),
    ?SHOW(float_to_list(id(1.0e-10), [{decimals, 20}, compact])),
    ?SHOW(float_to_list(id(1.0), [{decimals, 254}])),
    ?SHOW(float_to_list(id(1.0), [{scientific, 250}])),
    ?SHOW(float_to_list(id(1.0), [bad])),
    ?SHOW(float_to_list(id(1.0), id(x))),
    ?SHOW(float_to_list(id(1))),
    ?SHOW(float_to_list(id(1), [short])),
    ?SHOW(float_to_binary(id(3.14159), [{decimals, 2}, {scientific, 3}])),
    ?SHOW(float_to_binary(id(3.14159), [{scientific, 3}, {decimals, 2}])),
    ?SHOW(float_to_binary(id(3.14159), [])),
    ?SHOW(float_to_list(1.0e22, [{decimals, 3}])),
    ?SHOW([float_to_list(V, [{decimals, 2}]) || V <- [1.005, 1.115, 1.255, 0.125, 0.375, 2.675, -1.005, 1.0e22,
        123456789012345680.0]]).

%% ~B ~b ~X ~x ~# ~+ and ~f ~e ~g with widths and precision.
-module(io_numbers).
-export([main/0]).
-include("show.hrl").
main() ->
    io:format("~B ~b ~10B ~-10B| ~10..0B ~.16B ~.2b ~.36B ~.36b~n", [10, -10, 42, 42, 42, 255, 10, 12345, 12345]),
    io:format("~.16X ~.16x ~.16# ~.16+ ~.2#~n", [255, "0x", 255, "0x", 255, 255, -5]),
    io:format("~20B ~.16B~n", [1 bsl 64, -(1 bsl 64)]),
    io:format("~5B~n", [1234567]),
    Fs = [0.0, -0.0, 1.0, 1.5, -2.25, 1 / 3, 123456.789, 1.0e10, 1.0e-5, 9.9999999, 0.5, 2.5, 1.0e15, 999999.5, 0.05],
    [io:format("~f ~.2f ~.1f ~10.3f ~-12.4f| ~e ~.3e ~12.4e ~g ~.4g~n", lists:duplicate(10, F)) || F <- Fs],
    io:format("~f ~.10f~n", [1.0e20, 1.0e20]),
    io:format("~.1f ~.1f ~.1f ~.2f ~.2f~n", [0.25, 0.35, 0.45, 1.005, 2.675]),
    io:format("~10.2f|~-10.2f|~010.2f~n", [3.14159, 3.14159, 3.14159]),
    io:format("~5.2f~n", [123456.789]),
    io:format("~w ~w ~w~n", [1.0e21, 1.0e20, 123456789012345680.0]),
    ?SHOW(io_lib:format("~.2f", [id(1.0e308)]) =/= []),
    ?SHOW(io_lib:format("~f", [a])),
    ?SHOW(io_lib:format("~B", [1.0])),
    ?SHOW(io_lib:format("~.1B", [1])),
    ?SHOW(io_lib:format("~.37B", [1])),
    ?SHOW(io_lib:format("~.1e", [1.0])),
    ?SHOW(io_lib:format("~.0g", [1.0])),
    ?SHOW([lists:flatten(io_lib:format("~.*f", [P, 3.14159265])) || P <- [1, 2, 5, 10, 20]]),
    ?SHOW([lists:flatten(io_lib:format("~.*e", [P, 314.159265])) || P <- [2, 3, 5, 10, 20]]),
    ?SHOW([lists:flatten(io_lib:format("~.*g", [P, 314.159265])) || P <- [2, 3, 5, 10, 20]]),
    ?SHOW([io_lib:fwrite_g(F) || F <- [1.0, 0.1, 1.0e23, 5.0e-324]]).

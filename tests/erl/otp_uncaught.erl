%% What a failing process leaves on the terminal.
%% run: alone
-module(otp_uncaught).
-export([main/0]).
-include("show.hrl").
main() ->
    spawn(fun() -> error(first) end),
    timer:sleep(50),
    proc_lib:spawn(fun() -> error(second) end),
    timer:sleep(50),
    logger:warning("a warning ~w", [x]),
    error_logger:info_msg("info is not shown~n"),
    logger:error(#{report => [1, 2]}),
    timer:sleep(50),
    spawn(fun() -> lists:map(fun(X) -> X + 1 end, [1, b]) end),
    timer:sleep(50),
    io:format("end~n"),
    init:stop(3).

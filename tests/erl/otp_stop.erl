%% init:stop runs the applications' ends and flushes.
%% run: alone
-module(otp_stop).
-export([main/0]).
-include("show.hrl").
main() ->
    process_flag(trap_exit, true),
    io:format("before~n"),
    init:stop(),
    timer:sleep(10000),
    io:format("never~n").

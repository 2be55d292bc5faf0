%% -s MODULE main whose main fails: init's report and exit code.
%% run: alone
-module(otp_main_crash).
-export([main/0]).
-include("show.hrl").
main() ->
    error({no_good, [reason]}).

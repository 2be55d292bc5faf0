%% halt with a code, after output that must not be lost.
%% run: alone
-module(otp_halt).
-export([main/0]).
-include("show.hrl").
main() ->
    [io:format("line ~w~n", [N]) || N <- lists:seq(1, 200)],
    halt(7).

%% Reading standard input to its end.
%% run: alone
-module(otp_stdin).
-export([main/0]).
-include("show.hrl").
main() ->
    ?SHOW(io:get_line("prompt> ")),
    ?SHOW(io:read("term> ")),
    ?SHOW(io:get_chars("", 3)),
    ?SHOW(io:fread("", "~d")),
    ?SHOW(io:get_line("")),
    ?SHOW(io:get_line("")),
    halt().

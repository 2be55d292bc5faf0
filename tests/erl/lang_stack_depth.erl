%% The depth of a trace: backtrace_depth frames, no more.
-module(lang_stack_depth).
-export([main/0]).
-include("show.hrl").
deep(0) -> error(bottom);
deep(N) -> X = deep(N - 1), X + 1.

main() ->
    ?SHOW(try deep(20) catch error:bottom:S -> length(S) end),
    ?SHOW(erlang:system_flag(backtrace_depth, 3)),
    ?SHOW(try deep(20) catch error:bottom:S -> length(S) end),
    ?SHOW(erlang:system_flag(backtrace_depth, 0)),
    ?SHOW(try deep(20) catch error:bottom:S -> length(S) end),
    ?SHOW(try id(a) + 1 catch error:badarith:S -> S end),
    ?SHOW(erlang:system_flag(backtrace_depth, 12)),
    ?SHOW(try deep(20) catch error:bottom:S -> length(S) end),
    ?SHOW(erlang:system_flag(backtrace_depth, 8)),
    ?SHOW(erlang:system_flag(backtrace_depth, -1)),
    ?SHOW(try deep(3) catch error:bottom:S -> [A || {_, deep, A, _} <- S] end).

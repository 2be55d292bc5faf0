%% Priorities: high before normal, low not starved, a busy process yields.
-module(proc_priority).
-export([main/0]).
-include("show.hrl").
spin(N) when N > 0 -> spin(N - 1);
spin(_) -> ok.
busy() -> spin(1000), busy().

main() ->
    S = self(),
    Busy = [spawn_opt(fun busy/0, [{priority, P}]) || P <- [normal, low, normal]],
    ?SHOW(begin spawn(fun() -> S ! normal end), receive X -> X after 3000 -> starved end end),
    ?SHOW(begin spawn_opt(fun() -> S ! low end, [{priority, low}]), receive X -> X after 3000 -> starved end end),
    ?SHOW(begin spawn_opt(fun() -> S ! high end, [{priority, high}]), receive X -> X after 3000 -> starved end end),
    ?SHOW([process_info(P, priority) || P <- Busy]),
    ?SHOW([exit(P, kill) || P <- Busy]),
    ?SHOW(erlang:yield()),
    ?SHOW(begin P = spawn(fun busy/0), R = monitor(process, P), timer:sleep(5), exit(P, stop_it), receive {'DOWN', R, _, _,
        X} -> X after 2000 -> unstoppable end end),
    ?SHOW(begin P = spawn(fun() -> lists:foldl(fun(X, A) -> X + A end, 0, lists:seq(1, 100000)), S ! finished end), is_pid(P),
        receive X -> X after 3000 -> no end end),
    ?SHOW(erlang:bump_reductions(1000)),
    ?SHOW(erlang:bump_reductions(id(-1))),
    ?SHOW(begin {A, _} = statistics(reductions), spin(100000), {B, _} = statistics(reductions), B > A end).

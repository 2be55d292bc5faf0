%% suspend_process, resume_process: counts, options, errors, death of the suspender.
-module(proc_suspend).
-export([main/0]).
-include("show.hrl").
ticker(S, N) -> receive {get, F} -> F ! {n, N}, ticker(S, N); stop -> ok after 1 -> ticker(S, N + 1) end.
ask(P) -> P ! {get, self()}, receive {n, _} -> answer after 50 -> silence end.

main() ->
    S = self(),
    P = spawn(fun() -> ticker(S, 0) end),
    ?SHOW(ask(P)),
    ?SHOW(erlang:suspend_process(P)),
    ?SHOW(process_info(P, status)),
    ?SHOW(ask(P)),
    ?SHOW(erlang:suspend_process(P)),
    ?SHOW(process_info(S, suspending) =:= {suspending, [{P, 2, 0}]}),
    ?SHOW(erlang:resume_process(P)),
    ?SHOW(ask(P)),
    ?SHOW(erlang:resume_process(P)),
    ?SHOW(receive {n, _} -> late after 1000 -> none end),
    ?SHOW(receive {n, _} -> late after 1000 -> none end),
    ?SHOW(erlang:resume_process(P)),
    ?SHOW(erlang:suspend_process(P, [unless_suspending])),
    ?SHOW(erlang:suspend_process(P, [unless_suspending])),
    ?SHOW(erlang:resume_process(P)),
    ?SHOW(erlang:suspend_process(P, [bad])),
    ?SHOW(erlang:suspend_process(self())),
    ?SHOW(erlang:suspend_process(id(x))),
    {Q, R} = spawn_monitor(fun() -> erlang:suspend_process(P), S ! ok, receive go -> ok end end),
    receive ok -> ok end,
    ?SHOW(ask(P)),
    Q ! go,
    receive {'DOWN', R, _, _, _} -> ok end,
    ?SHOW(receive {n, _} -> late after 1000 -> none end),
    ?SHOW(ask(P)),
    ?SHOW(begin erlang:suspend_process(P), exit(P, kill), M = monitor(process, P), receive {'DOWN', M, _, _,
        X} -> X after 1000 -> alive end end),
    ?SHOW(erlang:suspend_process(P)),
    dead(S),
    waits(S).

%% Who was suspended and dies is forgotten.
dead(S) ->
    P = spawn(fun() -> receive stop -> ok end end),
    Q = spawn(fun() -> receive stop -> ok end end),
    ?SHOW(erlang:suspend_process(P)),
    ?SHOW(erlang:suspend_process(Q, [{asynchronous, one}])),
    ?SHOW(erlang:suspend_process(Q, [{asynchronous, two}])),
    ?SHOW(erlang:suspend_process(Q, [{asynchronous, three}, unless_suspending])),
    ?SHOW([receive {T, X} -> {T, X} after 1000 -> none end || T <- [one, two, three]]),
    ?SHOW(process_info(S, suspending) =:= {suspending, [{Q, 2, 0}, {P, 1, 0}]}),
    [begin M = monitor(process, R), exit(R, kill), receive {'DOWN', M, _, _, _} -> ok end end || R <- [P, Q]],
    ?SHOW(process_info(S, suspending)),
    ?SHOW(erlang:resume_process(P)),
    ?SHOW(erlang:suspend_process(P, [unless_suspending])),
    ?SHOW(erlang:suspend_process(Q, [{asynchronous, four}])),
    ?SHOW(receive {four, X} -> X after 1000 -> none end).

%% Without `asynchronous` the process stands still afterwards, though an earlier request was only on its way.
waits(S) ->
    Counter = counters:new(1, [atomics]),
    P = spawn(fun() -> count(Counter) end),
    ?SHOW(lists:usort([begin
                           erlang:suspend_process(P, [asynchronous]),
                           erlang:suspend_process(P),
                           N = counters:get(Counter, 1),
                           erlang:yield(),
                           Same = counters:get(Counter, 1) =:= N,
                           Listed = process_info(S, suspending) =:= {suspending, [{P, 2, 0}]},
                           erlang:resume_process(P),
                           erlang:resume_process(P),
                           erlang:yield(),
                           {Same, Listed}
                       end || _ <- lists:seq(1, 200)])),
    ?SHOW(lists:usort([begin
                           erlang:suspend_process(P, [asynchronous]),
                           Result = erlang:suspend_process(P, [unless_suspending]),
                           Listed = process_info(S, suspending) =:= {suspending, [{P, 1, 0}]},
                           erlang:resume_process(P),
                           erlang:yield(),
                           {Result, Listed}
                       end || _ <- lists:seq(1, 200)])),
    exit(P, kill).

count(Counter) ->
    counters:add(Counter, 1, 1),
    count(Counter).

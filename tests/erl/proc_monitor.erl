%% Monitors: messages, demonitor with its options, names, several on one process, the dead.
-module(proc_monitor).
-export([main/0]).
-include("show.hrl").
wait() -> receive stop -> ok; {stop, R} -> exit(R) end.
next() -> receive {'DOWN', _, T, P, R} when is_pid(P) -> {T, pid, R}; {'DOWN', _, T, P, R} -> {T, P, R} after 50 -> nothing end.

main() ->
    ?SHOW(begin P = spawn(fun wait/0), R = monitor(process, P), P ! stop, receive {'DOWN', R, process, P, X} -> X end end),
    ?SHOW(begin P = spawn(fun wait/0), monitor(process, P), P ! {stop, why}, next() end),
    ?SHOW(begin P = spawn(fun wait/0), [monitor(process, P) || _ <- [1, 2, 3]], P ! stop, [next() || _ <- [1, 2, 3, 4]] end),
    ?SHOW(begin P = spawn(fun wait/0), R = monitor(process, P), demonitor(R), P ! stop, next() end),
    ?SHOW(begin P = spawn(fun wait/0), R = monitor(process, P), exit(P, kill), timer:sleep(20), demonitor(R, [flush]), next() end),
    ?SHOW(begin P = spawn(fun wait/0), R = monitor(process, P), demonitor(R, [info]) end),
    ?SHOW(begin P = spawn(fun wait/0), R = monitor(process, P), exit(P, kill), timer:sleep(20), {demonitor(R, [info]), next()} end),
    ?SHOW(begin P = spawn(fun wait/0), R = monitor(process, P), exit(P, kill), timer:sleep(20), {demonitor(R, [info, flush]),
        next()} end),
    ?SHOW(demonitor(make_ref())),
    ?SHOW(demonitor(make_ref(), [info])),
    ?SHOW(demonitor(make_ref(), [bad])),
    ?SHOW(demonitor(id(x))),
    ?SHOW(begin monitor(process, no_such_name), next() end),
    ?SHOW(begin monitor(process, {no_such_name, node()}), next() end),
    ?SHOW(begin P = spawn(fun wait/0), register(watched, P), monitor(process, watched), P ! {stop, x}, next() end),
    ?SHOW(begin P = spawn(fun wait/0), register(watched, P), monitor(process, {watched, node()}), unregister(watched), P ! {stop, x},
        next() end),
    ?SHOW(begin P = spawn(fun() -> ok end), timer:sleep(20), monitor(process, P), next() end),
    ?SHOW(begin monitor(process, self()), next() end),
    ?SHOW(monitor(process, id(1))),
    ?SHOW(monitor(id(bad), self())),
    ?SHOW(begin P = spawn(fun wait/0), R = monitor(process, P, [{tag, {my, tag}}]), P ! stop, receive {{my, tag}, R, process, P,
        X} -> X end end),
    ?SHOW(monitor(process, self(), [{tag, a}, bad])),
    ?SHOW(begin P = spawn(fun wait/0), S = self(), Q = spawn(fun() -> monitor(process, P), S ! ok, wait() end), receive ok -> ok end,
             {monitored_by, L} = process_info(P, monitored_by), A = L =:= [Q], exit(Q, kill), timer:sleep(20), {A, process_info(P,
                 monitored_by)} end),
    ?SHOW(begin P = spawn(fun wait/0), monitor(process, P), {monitors, [{process, Q}]} = process_info(self(), monitors), P ! stop,
        {Q =:= P, next()} end),
    ?SHOW(begin R = monitor(time_offset, clock_service), is_reference(R) end).

%% exit/2 with every reason, against trapping and not trapping processes; signal order.
-module(proc_exit).
-export([main/0]).
-include("show.hrl").
plain() -> receive stop -> ok end.
trapper() -> process_flag(trap_exit, true), loop().
loop() -> receive {'EXIT', _, R} -> exit({trapped, R}); stop -> ok end.
try_it(F, Reason) ->
    {P, R} = spawn_monitor(F),
    timer:sleep(5),
    exit(P, Reason),
    receive {'DOWN', R, process, P, X} -> X
    after 40 -> P ! stop, receive {'DOWN', R, process, P, X} -> {survived, X} end
    end.

main() ->
    ?SHOW([{R, try_it(fun plain/0, R)} || R <- [normal, kill, killed, shutdown, {shutdown, x}, a, {b, 1}]]),
    ?SHOW([{R, try_it(fun trapper/0, R)} || R <- [normal, kill, killed, shutdown, {shutdown, x}, a, {b, 1}]]),
    ?SHOW(begin {P, R} = spawn_monitor(fun() -> exit(self(), normal), receive after 20 -> lived end end), receive {'DOWN', R, _, P,
        X} -> X end end),
    ?SHOW(begin {P, R} = spawn_monitor(fun() -> exit(self(), kill), receive after 20 -> lived end end), receive {'DOWN', R, _, P,
        X} -> X end end),
    ?SHOW(begin {P, R} = spawn_monitor(fun() -> exit(kill) end), receive {'DOWN', R, _, P, X} -> X end end),
    ?SHOW(begin {P, R} = spawn_monitor(fun() -> catch exit(caught), exit(second) end), receive {'DOWN', R, _, P, X} -> X end end),
    ?SHOW(begin process_flag(trap_exit, true), P = spawn_link(fun() -> exit(kill) end), receive {'EXIT', P, X} -> X end end),
    ?SHOW(begin P = spawn_link(fun() -> spawn_link(fun() -> exit(kill) end), receive after 5000 -> ok end end), receive {'EXIT', P,
        X} -> X end end),
    ?SHOW(begin S = self(), P = spawn(fun() -> [receive N -> S ! {n, N} end || _ <- [1, 2, 3]], receive x -> x end end),
             [P ! N || N <- [1, 2, 3]], exit(P, kill), P ! late, R = monitor(process, P), receive {'DOWN', R, _, _,
                 W} -> lists:member(W, [killed, noproc]) end end),
    ?SHOW(is_process_alive(spawn(fun() -> ok end)) =/= 'maybe'),
    ?SHOW(is_process_alive(self())),
    ?SHOW(is_process_alive(id(x))),
    ?SHOW(exit(id(x), y)),
    ?SHOW(exit(self(), kill_not) =:= true),
    ?SHOW(receive {'EXIT', _, R} -> R after 100 -> none end),
    ?SHOW(begin P = spawn(fun() -> receive after infinity -> ok end end), R = monitor(process, P), exit(P, #{a => [1]}),
        receive {'DOWN', R, _, _, X} -> X end end).

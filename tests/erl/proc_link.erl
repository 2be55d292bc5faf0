%% Links: exit signals in both directions, trapping, linking to the dead, unlinking.
-module(proc_link).
-export([main/0]).
-include("show.hrl").
trap() -> process_flag(trap_exit, true).
exited() -> receive {'EXIT', _, R} -> R after 2000 -> nothing end.
down(P) -> down(P, monitor(process, P)).
down(P, R) -> receive {'DOWN', R, process, P, X} -> X after 2000 -> alive end.
wait() -> receive stop -> ok end.

main() ->
    trap(),
    ?SHOW(begin P = spawn_link(fun() -> exit(boom) end), receive {'EXIT', P, R} -> R end end),
    ?SHOW(begin spawn_link(fun() -> ok end), exited() end),
    ?SHOW(begin spawn_link(fun() -> error(bad) end), element(1, exited()) end),
    ?SHOW(begin spawn_link(no_mod, no_fun, [1]), exited() end),
    ?SHOW(begin P = spawn(fun() -> ok end), down(P), link(P), exited() end),
    ?SHOW(begin P = spawn(fun wait/0), link(P), link(P), unlink(P), P ! stop, exited2() end),
    ?SHOW(begin P = spawn(fun wait/0), link(P), P ! stop, exited() end),
    ?SHOW(begin P = spawn_link(fun wait/0), exit(P, kick), exited() end),
    ?SHOW(begin P = spawn_link(fun wait/0), exit(P, kill), exited() end),
    ?SHOW(begin P = spawn_link(fun() -> trap(), receive {'EXIT', _, R} -> exit({got, R}) end end), timer:sleep(10), exit(P, please),
        exited() end),
    ?SHOW(begin P = spawn_link(fun wait/0), exit(P, normal), P ! stop, exited() end),
    ?SHOW(begin S = self(), P = spawn(fun() -> Q = spawn_link(fun wait/0), S ! {child, Q}, receive X -> exit(X) end end),
             Q = receive {child, C} -> C end, R = monitor(process, P), P ! killer, {down(P, R), lists:member(down(Q), [killer, noproc])} end),
    ?SHOW(begin S = self(), P = spawn(fun() -> Q = spawn_link(fun wait/0), S ! {child, Q}, receive _ -> ok end end),
             Q = receive {child, C} -> C end, R = monitor(process, P), P ! end_normally, {down(P, R), is_process_alive(Q)} end),
    ?SHOW(begin P = spawn_link(fun wait/0), {links, L} = process_info(self(), links), R = lists:member(P, L), unlink(P), exit(P,
        kill), R end),
    ?SHOW(link(self())),
    ?SHOW(unlink(self())),
    ?SHOW(exit(self(), normal)),
    ?SHOW(receive {'EXIT', P, R} -> {P =:= self(), R} after 100 -> nothing end),
    ?SHOW(begin exit(self(), odd), receive {'EXIT', _, R} -> R end end),
    ?SHOW(spawn_link(fun() -> receive after infinity -> ok end end) =/= self()),
    ?SHOW(begin P = spawn(fun() -> receive go -> exit(reason) end end), link(P), unlink(P), P ! go, down(P), exited2() end),
    ?SHOW(link(id(x))),
    ?SHOW(exit(id(x), reason)),
    ?SHOW(chain(100)),
    ?SHOW(exited()).

exited2() -> receive {'EXIT', _, R} -> R after 30 -> nothing end.
chain(N) -> spawn_link(fun() -> next(N) end), ok.
next(0) -> exit(end_of_chain);
next(N) -> spawn_link(fun() -> next(N - 1) end), receive after infinity -> ok end.

%% trap_exit switched on and off, the messages it makes, and links left behind.
-module(proc_trap).
-export([main/0]).
-include("show.hrl").
next() -> receive X -> X after 50 -> nothing end.
main() ->
    S = self(),
    ?SHOW(process_flag(trap_exit, true)),
    ?SHOW(process_flag(trap_exit, true)),
    ?SHOW(process_info(S, trap_exit)),
    ?SHOW(begin P = spawn_link(fun() -> exit(a) end), {'EXIT', P, R} = next(), R end),
    ?SHOW(process_flag(trap_exit, false)),
    ?SHOW(process_info(S, trap_exit)),
    ?SHOW(begin {_, R} = spawn_opt(fun() -> ok end, [link, monitor]), receive {'DOWN', R, _, _, X} -> {X, next()} end end),
    ?SHOW(process_flag(trap_exit, id(x))),
    ?SHOW(process_flag(id(bad_flag), true)),
    {P1, R1} = spawn_monitor(fun() -> spawn_link(fun() -> exit(from_child) end), receive after 5000 -> ok end end),
    ?SHOW(receive {'DOWN', R1, process, P1, X} -> X end),
    {P2, R2} = spawn_monitor(fun() -> process_flag(trap_exit, true), C = spawn_link(fun() -> exit(from_child) end),
                                      receive {'EXIT', C, X} -> exit({seen, X}) end end),
    ?SHOW(receive {'DOWN', R2, process, P2, X} -> X end),
    {P3, R3} = spawn_monitor(fun() -> process_flag(trap_exit, true), exit(self(), first), process_flag(trap_exit, false),
                                      receive {'EXIT', Q, X} -> exit({seen, Q =:= self(), X}) end end),
    ?SHOW(receive {'DOWN', R3, process, P3, X} -> X end),
    ?SHOW(next()).

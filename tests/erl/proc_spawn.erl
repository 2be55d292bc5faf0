%% The forms of spawn, their arguments' errors, and what a new process starts with.
-module(proc_spawn).
-export([main/0]).
-export([echo/2, nop/0]).
-include("show.hrl").
echo(To, X) -> To ! {echo, X}.
nop() -> ok.
get_one() -> receive X -> X after 5000 -> timeout end.
bye() -> receive {'DOWN', _, process, _, R} -> R after 5000 -> timeout end.

main() ->
    S = self(),
    ?SHOW(begin spawn(fun() -> S ! one end), get_one() end),
    ?SHOW(begin spawn(?MODULE, echo, [S, two]), get_one() end),
    ?SHOW(begin spawn(fun() -> S ! {self() =/= S, process_info(self(), messages), get()} end), get_one() end),
    ?SHOW(begin spawn(node(), ?MODULE, echo, [S, three]), get_one() end),
    ?SHOW(begin spawn(node(), fun() -> S ! four end), get_one() end),
    ?SHOW(begin {P, R} = spawn_monitor(?MODULE, nop, []), receive {'DOWN', R, process, P, X} -> X end end),
    ?SHOW(begin spawn_monitor(fun() -> exit(a_reason) end), bye() end),
    ?SHOW(begin spawn_monitor(fun() -> throw(a_ball) end), element(1, bye()) end),
    ?SHOW(begin spawn_monitor(fun() -> error(an_error) end), element(1, bye()) end),
    ?SHOW(begin spawn_monitor(?MODULE, echo, [1]), {undef, [F | _]} = bye(), F end),
    ?SHOW(begin spawn_monitor(fun(_) -> x end, []) end),
    ?SHOW(spawn(fun(_) -> x end)),
    ?SHOW(spawn(id(1))),
    ?SHOW(spawn(id(1), f, [])),
    ?SHOW(spawn(?MODULE, f, id(x))),
    ?SHOW(spawn(?MODULE, f, id([1|2]))),
    ?SHOW(spawn_opt(fun nop/0, [bad_option])),
    ?SHOW(spawn_opt(fun nop/0, id(x))),
    ?SHOW(spawn_opt(fun nop/0, [{priority, silly}])),
    ?SHOW(spawn_opt(fun nop/0, [{min_heap_size, -1}])),
    ?SHOW(is_pid(spawn_opt(fun nop/0, [link, {priority, high}, {min_heap_size, 1000}, {fullsweep_after, 0}, {message_queue_data,
        off_heap}]))),
    ?SHOW(begin {P, R} = spawn_opt(fun nop/0, [monitor]), receive {'DOWN', R, process, P, X} -> X end end),
    ?SHOW(begin {_, R} = spawn_opt(fun nop/0, [{monitor, [{tag, gone}]}]), receive {gone, R, process, _, X} -> X end end),
    ?SHOW(begin spawn_opt(fun() -> S ! process_info(self(), priority) end, [{priority, low}]), get_one() end),
    ?SHOW(begin Ps = [spawn(?MODULE, echo, [S, N]) || N <- lists:seq(1, 500)], lists:sum([element(2, get_one()) || _ <- Ps]) end),
    ?SHOW(length(lists:usort([spawn(?MODULE, nop, []) || _ <- lists:seq(1, 200)]))),
    ?SHOW(begin P = spawn(?MODULE, nop, []), timer:sleep(20), is_process_alive(P) end),
    ?SHOW(begin {G, _} = spawn_monitor(fun() -> spawn(fun() -> S ! group_leader() end), ok end), is_pid(G), bye(),
        get_one() =:= group_leader() end).

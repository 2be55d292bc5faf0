%% hibernate: the stack is dropped, the message wakes it, catches and dictionary.
-module(proc_hibernate).
-export([main/0]).
-export([woken/2, loop/2]).
-include("show.hrl").
woken(S, X) -> receive M -> S ! {woken, X, M, get(k)} end, exit(finished).
loop(S, N) -> receive stop -> S ! {stopped, N}; M -> S ! {loop, N, M}, erlang:hibernate(?MODULE, loop, [S, N + 1]) end.

main() ->
    S = self(),
    {P, R} = spawn_monitor(fun() -> put(k, v), catch erlang:hibernate(?MODULE, woken, [S, [1, {2}]]), S ! never end),
    timer:sleep(20),
    ?SHOW(process_info(P, current_function)),
    ?SHOW(process_info(P, status)),
    P ! hello,
    ?SHOW(receive X -> X end),
    ?SHOW(receive {'DOWN', R, process, P, X} -> X end),
    Q = spawn(?MODULE, loop, [S, 0]),
    ?SHOW([begin Q ! {m, N}, receive X -> X end end || N <- [1, 2, 3]]),
    Q ! stop,
    ?SHOW(receive X -> X end),
    T = spawn(fun() -> self() ! already, erlang:hibernate(?MODULE, woken, [S, there]) end),
    ?SHOW(receive X -> X end),
    ?SHOW(is_pid(T)),
    ?SHOW(erlang:hibernate(id(1), f, [])),
    ?SHOW(erlang:hibernate(?MODULE, woken, id(x))),
    {P4, R4} = spawn_monitor(fun() -> erlang:hibernate(?MODULE, missing, []) end),
    P4 ! wake,
    ?SHOW(receive {'DOWN', R4, process, P4, {Why, [F | _]}} -> {Why, F} end).

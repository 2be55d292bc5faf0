%% max_heap_size kills a process that grows beyond it, and only that one.
-module(proc_max_heap).
-export([main/0]).
-include("show.hrl").
grow(L) -> grow([L, lists:seq(1, 100) | L]).
quiet(Size) -> [monitor, {max_heap_size, #{size => Size, kill => true, error_logger => false}}].

main() ->
    ?SHOW(begin {P, R} = spawn_opt(fun() -> grow([]) end, quiet(100000)), receive {'DOWN', R, process, P,
        X} -> X after 5000 -> alive end end),
    ?SHOW(begin {P, R} = spawn_opt(fun() -> length(lists:seq(1, 1000)) end, quiet(100000)), receive {'DOWN', R, process, P,
        X} -> X after 5000 -> alive end end),
    ?SHOW(begin {P, R} = spawn_opt(fun() -> lists:seq(1, 1000000), ok end, quiet(50000)), receive {'DOWN', R, process, P,
        X} -> X after 5000 -> alive end end),
    ?SHOW(begin {P, R} = spawn_monitor(fun() -> process_flag(max_heap_size, #{size => 50000, kill => true, error_logger => false}),
        grow([]) end),
             receive {'DOWN', R, process, P, X} -> X after 5000 -> alive end end),
    ?SHOW(begin {P, R} = spawn_opt(fun() -> length(lists:seq(1, 300000)) end, [monitor, {max_heap_size, #{size => 10000,
        kill => false, error_logger => false}}]),
             receive {'DOWN', R, process, P, X} -> X after 5000 -> alive end end),
    ?SHOW(spawn_opt(fun() -> ok end, [{max_heap_size, 5}])),
    ?SHOW(spawn_opt(fun() -> ok end, [{max_heap_size, #{kill => true}}])),
    ?SHOW(spawn_opt(fun() -> ok end, [{max_heap_size, x}])),
    ?SHOW(erlang:system_info(max_heap_size)).

%% The settings of a process's heap: flags, spawn options and defaults of the system, each read back; collections asked for.
%% stress: 0
-module(proc_heap_flags).
-export([main/0]).
-include("show.hrl").

%% What process_info says of the settings.
settings(P) ->
    {garbage_collection, L} = process_info(P, garbage_collection),
    lists:keydelete(minor_gcs, 1, L).

in_process(Options, Fun) ->
    Self = self(),
    {P, R} = spawn_opt(fun() -> Self ! {self(), Fun()} end, [monitor | Options]),
    receive
        {P, Value} -> receive {'DOWN', R, _, _, _} -> Value end;
        {'DOWN', R, process, P, Reason} -> {died, Reason}
    end.

flag(Key, Value) -> in_process([], fun() -> {process_flag(Key, Value), settings(self())} end).

keys(Info) -> [K || {K, V} <- Info, is_integer(V), V >= 0].

async(P, Id, Options) -> garbage_collect(P, [{async, Id} | Options]).

answer(Id) -> receive {garbage_collect, Id, X} -> X after 5000 -> none end.

%% A process that makes binaries, and how often it has collected since; its own heap hardly grows.
binaries(Options, N) ->
    in_process([{min_heap_size, 50000} | Options], fun() ->
                                garbage_collect(),
                                {garbage_collection, L0} = process_info(self(), garbage_collection),
                                lists:foreach(fun(I) -> byte_size(binary:copy(<<I>>, 10000)) end, lists:seq(1, N)),
                                {garbage_collection, L} = process_info(self(), garbage_collection),
                                proplists:get_value(minor_gcs, L) - proplists:get_value(minor_gcs, L0) > 0
                        end).

grow(L) -> grow([L, lists:seq(1, 100) | L]).

main() ->
    ?SHOW(settings(spawn(fun() -> receive stop -> ok end end))),
    [?SHOW({K, V, flag(K, V)}) || {K, V} <- [{fullsweep_after, 10}, {fullsweep_after, 0},
                                             {min_heap_size, 1000}, {min_heap_size, 0}, {min_heap_size, 100000},
                                             {min_bin_vheap_size, 100000}, {min_bin_vheap_size, 1000},
                                             {min_bin_vheap_size, 46422}, {max_heap_size, 1000000}, {max_heap_size, 0},
                                             {max_heap_size, #{size => 1000000, kill => false}},
                                             {max_heap_size, #{size => 1000000, error_logger => false}}]],
    ?SHOW(process_flag(fullsweep_after, -1)),
    ?SHOW(process_flag(fullsweep_after, a)),
    ?SHOW(process_flag(min_heap_size, -1)),
    ?SHOW(process_flag(min_heap_size, a)),
    ?SHOW(process_flag(min_bin_vheap_size, -1)),
    ?SHOW(process_flag(min_bin_vheap_size, a)),
    ?SHOW(process_flag(max_heap_size, 10)),
    ?SHOW(process_flag(max_heap_size, -1)),
    ?SHOW(process_flag(max_heap_size, #{})),
    ?SHOW(process_flag(max_heap_size, #{kill => true})),
    ?SHOW(process_flag(max_heap_size, #{size => 1000000, kill => 1})),
    ?SHOW(process_flag(max_heap_size, #{size => 1000000, error_logger => 1})),
    [?SHOW({O, in_process([O], fun() -> settings(self()) end)})
     || O <- [{fullsweep_after, 5}, {min_heap_size, 5000}, {max_heap_size, 1000000},
              {max_heap_size, #{size => 1000000, kill => false, error_logger => false}}]],
    ?SHOW(in_process([{min_heap_size, 400}, {min_bin_vheap_size, 60000}], fun() -> settings(self()) end)),
    ?SHOW(spawn_opt(erlang, self, [], [{fullsweep_after, -5}])),
    ?SHOW(spawn_opt(erlang, self, [], [{min_heap_size, a}])),
    ?SHOW(spawn_opt(erlang, self, [], [{min_bin_vheap_size, -1}])),
    ?SHOW(spawn_opt(erlang, self, [], [{max_heap_size, 10}])),
    %% defaults of the system
    ?SHOW([erlang:system_info(K) || K <- [fullsweep_after, min_heap_size, min_bin_vheap_size, max_heap_size, heap_type]]),
    ?SHOW(erlang:system_info(garbage_collection)),
    Former = [{K, erlang:system_flag(K, V)} || {K, V} <- [{fullsweep_after, 100}, {min_heap_size, 400},
                                                          {min_bin_vheap_size, 50000},
                                                          {max_heap_size, #{size => 5000000, kill => false}}]],
    ?SHOW(Former),
    ?SHOW(in_process([], fun() -> settings(self()) end)),
    ?SHOW([erlang:system_info(K) || K <- [fullsweep_after, min_heap_size, min_bin_vheap_size, max_heap_size]]),
    ?SHOW([{K, erlang:system_flag(K, V) =/= V} || {K, V} <- Former]),
    ?SHOW(in_process([], fun() -> settings(self()) end)),
    ?SHOW(erlang:system_flag(min_bin_vheap_size, -1)),
    ?SHOW(erlang:system_flag(max_heap_size, #{size => 5})),
    ?SHOW(erlang:system_flag(fullsweep_after, x)),
    ?SHOW(hd(erlang:system_info(heap_sizes))),
    ?SHOW(lists:last(erlang:system_info(heap_sizes))),
    %% the shape of the figures
    ?SHOW(begin {garbage_collection_info, L} = process_info(self(), garbage_collection_info), keys(L) end),
    ?SHOW(begin {garbage_collection, L} = process_info(self(), garbage_collection), [K || {K, _} <- L] end),
    ?SHOW([K || {K, V} <- erlang:memory(), V > 0]),
    ?SHOW([K || {K, V} <- erlang:memory([total, binary, ets]), V > 0]),
    ?SHOW(erlang:memory(nothing)),
    ?SHOW(erlang:memory([total, nothing])),
    M = maps:from_list(erlang:memory()),
    ?SHOW(map_get(total, M) =:= map_get(processes, M) + map_get(system, M)),
    ?SHOW(map_get(processes_used, M) =< map_get(processes, M)),
    ?SHOW(map_get(atom_used, M) =< map_get(atom, M)),
    ?SHOW(map_get(system, M) > map_get(atom, M) + map_get(binary, M) + map_get(code, M) + map_get(ets, M)),
    ?SHOW(begin B0 = erlang:memory(binary), B = binary:copy(<<1>>, 10000000), B1 = erlang:memory(binary),
                {byte_size(B), B1 - B0 >= 9900000} end),
    ?SHOW(begin T = ets:new(t, []), E0 = erlang:memory(ets), ets:insert(T, [{I, lists:seq(1, 10)} || I <- lists:seq(1, 10000)]),
                E1 = erlang:memory(ets), ets:delete(T), E1 - E0 > 1600000 end),
    %% collections by request
    Q = spawn(fun() -> receive stop -> ok end end),
    P = self(),
    ?SHOW(garbage_collect()),
    ?SHOW(garbage_collect(Q)),
    ?SHOW(garbage_collect(P)),
    ?SHOW(garbage_collect(P, [{type, minor}])),
    ?SHOW(garbage_collect(Q, [{type, major}])),
    ?SHOW(garbage_collect(Q, [])),
    ?SHOW(garbage_collect(Q, [{type, none}])),
    ?SHOW(garbage_collect(Q, [none])),
    ?SHOW(garbage_collect(none)),
    ?SHOW(garbage_collect(none, [])),
    ?SHOW({async(Q, 1, []), answer(1)}),
    ?SHOW({async(P, {id, 2}, [{type, minor}]), answer({id, 2})}),
    ?SHOW({async(Q, "three", [{type, major}]), answer("three")}),
    exit(Q, kill),
    R = monitor(process, Q),
    receive {'DOWN', R, _, _, _} -> ok end,
    ?SHOW(garbage_collect(Q)),
    ?SHOW(garbage_collect(Q, [{type, minor}])),
    ?SHOW({async(Q, 4, []), answer(4)}),
    %% binaries are a reason to collect, later if the process says so
    ?SHOW(binaries([], 500)),
    ?SHOW(binaries([{min_bin_vheap_size, 5000000}], 500)),
    %% a limit that does not kill
    ?SHOW(in_process([{max_heap_size, #{size => 10000, kill => false, error_logger => false}}],
                     fun() -> length(lists:seq(1, 100000)) end)),
    ?SHOW(in_process([{max_heap_size, #{size => 10000, error_logger => false}}], fun() -> grow([]) end)),
    ?SHOW(in_process([{max_heap_size, #{size => 100000, error_logger => false}}],
                     fun() -> length([binary:copy(<<I>>, 100000) || I <- lists:seq(1, 100)]) end)).

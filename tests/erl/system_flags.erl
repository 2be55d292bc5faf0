%% Flags of the whole system, what they were before and what they refuse; figures of statistics; facts of system_info.
-module(system_flags).
-export([main/0]).

main() ->
    flags(),
    blocking(),
    accounting(),
    logger(),
    facts(),
    builtins().

%% Who gets the emulator's log events; one that is dead is kept until there is something to log.
logger() ->
    Self = self(),
    Before = erlang:system_flag(system_logger, Self),
    {Pid, Ref} = spawn_monitor(fun() -> erlang:error(gone_wrong) end),
    receive {'DOWN', Ref, process, Pid, _} -> ok end,
    receive {log, Level, _, _, #{pid := P}} -> io:format("~p ~p~n", [Level, P =:= Pid]) after 5000 -> io:format("none~n") end,
    io:format("~p~n", [Self =:= erlang:system_info(system_logger)]),
    {Other, Ref2} = spawn_monitor(fun() -> receive stop -> ok end end),
    io:format("~p~n", [Self =:= erlang:system_flag(system_logger, Other)]),
    Other ! stop,
    receive {'DOWN', Ref2, process, Other, _} -> ok end,
    io:format("~p~n", [Other =:= erlang:system_info(system_logger)]),
    io:format("~p~n", [Other =:= erlang:system_flag(system_logger, undefined)]),
    {Silent, Ref3} = spawn_monitor(fun() -> erlang:error(unheard) end),
    receive {'DOWN', Ref3, process, Silent, _} -> ok end,
    io:format("~p~n", [erlang:system_flag(system_logger, Before)]),
    io:format("~p~n", [Before =:= erlang:system_info(system_logger)]).

flags() ->
    Limit = erlang:system_info(outstanding_system_requests_limit),
    io:format("~p~n", [Limit =:= erlang:system_flag(outstanding_system_requests_limit, 7)]),
    io:format("~p~n", [erlang:system_info(outstanding_system_requests_limit)]),
    io:format("~p~n", [erlang:system_flag(outstanding_system_requests_limit, Limit)]),
    [io:format("~p ~p: ~p~n", [F, V, attempt(fun() -> erlang:system_flag(F, V) end)])
     || {F, V} <- [{outstanding_system_requests_limit, 0}, {outstanding_system_requests_limit, x},
                   {time_offset, finalize}, {time_offset, x}, {reset_seq_trace, true},
                   {erts_alloc, x}, {microstate_accounting, x},
                   {scheduler_wall_time, x}, {schedulers_online, 0}, {no_such_flag, 1}, {dirty_cpu_schedulers_online, 0},
                   {multi_scheduling, x}, {backtrace_depth, -1}, {max_heap_size, -1}]],
    seq_trace:set_token(label, 17),
    erlang:system_flag(reset_seq_trace, true),
    io:format("~p~n", [seq_trace:get_token()]).

attempt(F) ->
    try F()
    catch error:Reason:Trace ->
            {_, _, _, Where} = hd(Trace),
            {Reason, maps:get(cause, proplists:get_value(error_info, Where, #{}), none)}
    end.

%% A VM with one scheduler has nothing to block.
blocking() ->
    Flag = fun(How) ->
                   Now = erlang:system_flag(multi_scheduling, How),
                   {Now, erlang:system_info(multi_scheduling) =:= Now,
                    [self()] =:= erlang:system_info(multi_scheduling_blockers),
                    [self()] =:= erlang:system_info(normal_multi_scheduling_blockers)}
           end,
    Normal = {blocked_normal, true, false, true},
    Seen = [Flag(How) || How <- [block_normal, block, unblock, block_normal, unblock_normal, unblock_normal]],
    io:format("~p~n", [erlang:system_info(schedulers) =:= 1 orelse
                       Seen =:= [Normal, {blocked, true, true, true}, Normal, Normal, Normal,
                                 {enabled, true, false, false}]]),
    Online = erlang:system_info(schedulers_online),
    {Pid, Ref} = spawn_monitor(fun() -> erlang:system_flag(multi_scheduling, block_normal) end),
    receive {'DOWN', Ref, process, Pid, Why} -> io:format("~p~n", [Why]) end,
    io:format("~p ~p~n", [erlang:system_info(multi_scheduling) =/= blocked_normal,
                          Online =:= erlang:system_info(schedulers_online)]).

accounting() ->
    io:format("~p~n", [erlang:system_flag(microstate_accounting, true)]),
    work(200000),
    erlang:garbage_collect(),
    timer:sleep(20),
    io:format("~p~n", [erlang:system_flag(microstate_accounting, false)]),
    States = [S || #{type := scheduler} = S <- erlang:statistics(microstate_accounting)],
    io:format("~p~n", [length(States) =:= erlang:system_info(schedulers)]),
    Sum = fun(Key) -> lists:sum([map_get(Key, C) || #{counters := C} <- States]) end,
    [io:format("~p ~p~n", [Key, Sum(Key) > 0]) || Key <- [emulator, gc, other]],
    io:format("~p~n", [lists:sort(maps:keys(map_get(counters, hd(States))))]),
    io:format("~p~n", [States =:= [S || #{type := scheduler} = S <- erlang:statistics(microstate_accounting)]]),
    io:format("~p~n", [erlang:system_flag(microstate_accounting, reset)]),
    io:format("~p~n", [lists:usort([V || #{type := scheduler, counters := C} <- erlang:statistics(microstate_accounting),
                                         V <- maps:values(C)])]),
    io:format("~p~n", [tuple_size(erlang:statistics(run_queues)) =:= erlang:system_info(schedulers) + 2]),
    {{input, In}, {output, Out}} = erlang:statistics(io),
    io:format("~p ~p~n", [is_integer(In), is_integer(Out)]).

work(0) -> ok;
work(N) -> work(N - 1).

facts() ->
    io:format("~p~n", [lists:sublist(erlang:system_info(heap_sizes), 40)]),
    io:format("~p~n", [[lists:keymember(K, 1, erlang:system_info(ethread_info))
                        || K <- ["32-bit native atomics", "64-bit native atomics", "Double word native atomics"]]]),
    io:format("~p~n", [lists:all(fun io_lib:printable_list/1, erlang:system_info(emu_args))]),
    io:format("~p~n", [lists:member("-root", erlang:system_info(emu_args))]),
    [io:format("~p ~p~n", [K, erlang:system_info(K)])
     || K <- [beam_jump_table, literal_test, hipe_architecture, port_tasks, {cpu_topology, defined}, logical_processors_available, update_cpu_info]],
    io:format("~p~n", [erlang:system_info(cpu_topology) =:= erlang:system_info({cpu_topology, used})]),
    [io:format("~p ~p~n", [K, attempt(fun() -> erlang:system_info(K) end)])
     || K <- [{allocator, no_such_alloc}, {allocator_sizes, []}, {allocator_sizes, no_such_alloc},
              {cpu_topology, x}, {memory_internal, 1, 2}, no_such_item]],
    [{instance, 0, _}] = erlang:system_info({allocator, sys_alloc}),
    io:format("~p ~p~n", [lists:module_info(native), erlang:get_module_info(lists, native_addresses)]).

builtins() ->
    [io:format("~p:~p/~p ~p~n", [M, F, A, erlang:is_builtin(M, F, A)])
     || {M, F, A} <- [{erlang, apply, 2}, {erlang, apply, 3}, {erlang, yield, 0}, {erlang, self, 0}, {ets, lookup, 2},
                      {erlang, no_such_bif, 1}, {lists, map, 2}, {lists, reverse, 2}, {zlib, open_nif, 0},
                      {erts_internal, no_such_bif, 4}, {erlang, self, 256}, {erlang, self, -1}]],
    Natives = erlang:system_info(snifs),
    io:format("~p ~p~n", [lists:all(fun({M, F, A}) -> erlang:is_builtin(M, F, A) end, Natives),
                          [lists:member(N, Natives) || N <- [{erlang, self, 0}, {erlang, apply, 3}, {prim_file, read_nif, 2}]]]).

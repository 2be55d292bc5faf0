%% What erlang:system_info/1 answers: the shapes of the answers, not the figures.
-module(system_items).
-export([main/0]).

main() ->
    [io:format("~p: ~p~n", [Item, shape(Item, catch erlang:system_info(Item))]) ||
        Item <- [info, procs, loaded, dist, snifs, check_io, allocator, run_queues, schedulers_active,
                 schedulers_total, taints, alloc_util_allocators, allocated_areas, {wordsize, internal},
                 {wordsize, external}, {cpu_topology, defined}, c_compiler_used, heap_sizes, os_type,
                 os_version, garbage_collection, scheduler_bindings, time, tables, {a, b}, {}, [], 17]],
    Self = list_to_binary(["=proc:", pid_to_list(self()), "\n"]),
    Procs = erlang:system_info(procs),
    io:format("~p~n", [[binary:match(Procs, Text) =/= nomatch ||
        Text <- [Self, <<"Name: init\n">>, <<"State: ">>, <<"Reductions: ">>, <<"Link list: ">>, <<"y(0) ">>]]]),
    Info = erlang:system_info(info),
    io:format("~p~n", [[binary:match(Info, Text) =/= nomatch ||
        Text <- [<<"=memory\ntotal: ">>, <<"=index_table:atom_tab\n">>, <<"=allocated_areas\n">>]]]),
    Loaded = erlang:system_info(loaded),
    io:format("~p~n", [[binary:match(Loaded, Text) =/= nomatch ||
        Text <- [<<"Current code: ">>, <<"\nsystem_items ">>, <<"\nlists ">>]]]),
    Native = erlang:system_info(snifs),
    io:format("~p~n", [[lists:member(MFA, Native) ||
        MFA <- [{erlang, spawn_opt, 4}, {lists, member, 2}, {lists, map, 2}, {ets, insert, 2}, {maps, find, 2}]]]),
    io:format("~p~n", [length(Native) =:= length(lists:usort(Native))]),
    online().

%% No process is left behind on a scheduler that goes offline.
online() ->
    N = erlang:system_info(schedulers),
    Before = erlang:system_flag(schedulers_online, 1),
    io:format("~p~n", [erlang:system_info(schedulers_online)]),
    [begin
         erlang:system_flag(schedulers_online, 1 + K rem N),
         Me = self(),
         Pids = [spawn_link(fun() -> Me ! {self(), lists:sum(lists:seq(1, 10))} end) || _ <- lists:seq(1, 10)],
         [receive {Pid, 55} -> ok end || Pid <- Pids]
     end || K <- lists:seq(1, 40)],
    erlang:system_flag(schedulers_online, Before),
    io:format("~p~n", [erlang:system_info(schedulers_online) =:= Before]).

shape(_, Text) when is_binary(Text) -> text;
shape(_, {'EXIT', {Reason, _}}) -> Reason;
shape(snifs, List) -> lists:all(fun({M, F, A}) -> is_atom(M) andalso is_atom(F) andalso is_integer(A) end, List);
shape(check_io, List) -> [lists:member(name, [K || {K, _} <- hd(List)]) | [is_list(L) || L <- [hd(List)]]];
shape(allocator, {Library, Version, Features, Settings}) ->
    {Library, [is_integer(V) || V <- Version], lists:member(sys_alloc, Features),
     proplists:get_value(e, proplists:get_value(sys_alloc, Settings))};
shape(Item, List) when Item =:= alloc_util_allocators; Item =:= allocated_areas ->
    lists:usort([if is_atom(E) -> atom; is_tuple(E) -> element_kinds(E) end || E <- List]) =/= [other];
shape(garbage_collection, List) -> lists:sort([K || {K, _} <- List]) =/= [];
shape(_, List) when is_list(List) -> {list, lists:usort([kind(E) || E <- List])};
shape(_, Term) -> kind(Term).

element_kinds(Tuple) -> [kind(E) || E <- tuple_to_list(Tuple)].

kind(T) when is_tuple(T) -> {tuple, lists:usort(element_kinds(T))};
kind(T) when is_integer(T) -> integer;
kind(T) when is_atom(T) -> atom;
kind(T) when is_list(T) -> list;
kind(_) -> other.

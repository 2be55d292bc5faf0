%% What traces tell of processes: messages, births, deaths, links, names, scheduling, collections.
-module(trace_proc).
-export([main/0, loop/0, child/1]).

main() ->
    T = tracer(),
    P = worker(T),
    messages(T, P),
    procs(T, P),
    inherit(T, P),
    links(T, P),
    running(T, P),
    gc(T, P),
    stamps(T, P),
    patterns(T, P),
    seq(T, P),
    all(T, P),
    ok.

messages(T, P) ->
    erlang:trace(P, true, [send, 'receive', {tracer, T}]),
    show(T, {send, do(P, fun() -> self() ! hello, receive hello -> ok end end)}),
    show(T, {send_dead, do(P, fun() -> D = dead(), name(D, dead), D ! hello, ok end)}),
    register(trace_proc_name, P),
    show(T, {send_name, do(P, fun() -> trace_proc_name ! hi, receive hi -> ok end, {trace_proc_name, node()} ! ho, receive ho -> ok end end)}),
    show(T, {send_no_name, do(P, fun() -> catch (no_such_name_here ! hi), {no_such_name_here, node()} ! x, ok end)}),
    unregister(trace_proc_name),
    show(T, {send_bif, do(P, fun() -> erlang:send(self(), a), erlang:send(self(), b, [noconnect]), receive a -> receive b -> ok end end end)}),
    show(T, {timer, do(P, fun() -> erlang:send_after(1, self(), tick), receive tick -> ok end end)}),
    show(T, {monitor, do(P, fun() -> {Q, R} = spawn_monitor(fun() -> exit(bye) end), name(Q, child), receive {'DOWN', R, _, _, bye} -> ok end end)}),
    show(T, {alias, do(P, fun() -> A = alias([reply]), A ! via, receive via -> ok end end)}),
    show(T, {info, [erlang:trace_info(P, I) || I <- [flags, tracer]]}),
    erlang:trace(P, false, [send, 'receive']),
    show(T, {off, do(P, fun() -> self() ! hello, receive hello -> ok end end)}).

procs(T, P) ->
    erlang:trace(P, true, [procs, {tracer, T}]),
    show(T, {spawn, do(P, fun() -> Q = spawn(?MODULE, child, [1]), name(Q, child), ok end)}),
    show(T, {spawn_link, do(P, fun() -> Q = spawn_link(?MODULE, child, [1]), name(Q, linked), timer:sleep(10) end)}),
    show(T, {spawn_monitor, do(P, fun() -> {Q, _} = spawn_monitor(?MODULE, child, [2]), name(Q, watched), receive {'DOWN', _, _, _, _} -> ok end end)}),
    show(T, {register, do(P, fun() -> register(abc, self()), unregister(abc), ok end)}),
    register(by_other, P),
    unregister(by_other),
    show(T, {by_other}),
    Q = spawn(fun() -> register(to_exit, self()), receive stop -> exit(why) end end),
    name(Q, other),
    erlang:trace(Q, true, [procs, {tracer, T}]),
    monitor(process, Q),
    Q ! stop,
    receive {'DOWN', _, _, Q, _} -> ok end,
    show(T, {exit}),
    Q2 = spawn(fun() -> receive stop -> error(why) end end),
    name(Q2, other2),
    erlang:trace(Q2, true, [procs, {tracer, T}]),
    monitor(process, Q2),
    exit(Q2, kill),
    receive {'DOWN', _, _, Q2, _} -> ok end,
    show(T, {killed}),
    erlang:trace(P, false, [procs]).

inherit(T, P) ->
    [begin
         erlang:trace(P, true, [procs, F, {tracer, T}]),
         show(T, {F, do(P, fun() -> Q = go(fun(Go) -> spawn(fun() -> Go(), ok end) end), name(Q, c1), ok end),
                  do(P, fun() -> Q = go(fun(Go) -> spawn_link(fun() -> Go(), ok end) end), name(Q, c2), timer:sleep(5), ok end)}),
         show(T, {erlang:trace_info(P, flags)}),
         erlang:trace(P, false, [all])
     end || F <- [set_on_spawn, set_on_first_spawn, set_on_link, set_on_first_link]].

links(T, P) ->
    erlang:trace(P, true, [procs, {tracer, T}]),
    Q = worker2(other3),
    do(P, fun() -> process_flag(trap_exit, true) end),
    show(T, {link, do(P, fun() -> link(Q), unlink(Q), ok end)}),
    show(T, {linked, do(Q, fun() -> link(P), unlink(P), ok end), erlang:is_process_alive(P), do(P, fun() -> ok end)}),
    show(T, {link_dead, do(P, fun() -> D = dead(), name(D, dead2), link(D), receive {'EXIT', _, R} -> R end end)}),
    do(P, fun() -> link(Q) end),
    monitor(process, Q),
    exit(Q, kill),
    receive {'DOWN', _, _, Q, _} -> ok end,
    show(T, {exit, do(P, fun() -> receive {'EXIT', _, R} -> R end end)}),
    erlang:trace(P, true, [set_on_link, {tracer, T}]),
    Q3 = worker2(other4),
    show(T, {set_on_link, do(P, fun() -> link(Q3) end), do(Q3, fun() -> register(xyz, self()), unregister(xyz), unlink(P) end), erlang:trace_info(Q3, flags)}),
    erlang:trace(P, false, [all]),
    erlang:trace(Q3, false, [all]).

running(T, P) ->
    erlang:trace(P, true, [running, {tracer, T}]),
    L = do(P, fun() -> receive after 5 -> ok end end),
    Ms = take(T),
    io:format("~p ~p~n", [L, lists:usort([{element(3, M), element(4, M)} || M <- Ms])]),
    erlang:trace(P, false, [running]),
    Q = spawn(fun() -> receive stop -> ok end end),
    timer:sleep(5),
    erlang:trace(Q, true, [exiting, {tracer, T}]),
    name(Q, e1),
    monitor(process, Q),
    Q ! stop,
    receive {'DOWN', _, _, Q, _} -> ok end,
    show(T, {exiting}).

gc(T, P) ->
    erlang:trace(P, true, [garbage_collection, {tracer, T}]),
    do(P, fun() -> garbage_collect() end),
    Ms = take(T),
    io:format("~p~n", [lists:usort([{element(3, M), [K || {K, V} <- element(4, M), is_integer(V)]} || M <- Ms, lists:member(element(3, M), [gc_major_start, gc_major_end])])]),
    do(P, fun() -> garbage_collect(self(), [{type, minor}]), length(lists:seq(1, 10000)) end),
    Ms2 = take(T),
    io:format("~p~n", [lists:usort([element(3, M) || M <- Ms2, element(3, M) =:= gc_minor_start orelse element(3, M) =:= gc_minor_end])]),
    erlang:trace(P, false, [garbage_collection]).

stamps(T, P) ->
    [begin
         erlang:trace(P, true, [send, {tracer, T} | F]),
         do(P, fun() -> self() ! x, receive x -> ok end end),
         io:format("~p ~p~n", [F, [setelement(tuple_size(M), setelement(5, setelement(2, M, p), to), shape(element(tuple_size(M), M))) || M <- take(T), element(1, M) =:= trace_ts, element(4, M) =:= x]]),
         erlang:trace(P, false, [send | F])
     end || F <- [[timestamp], [monotonic_timestamp], [strict_monotonic_timestamp], [timestamp, monotonic_timestamp], [monotonic_timestamp, strict_monotonic_timestamp]]].

shape(T) when is_tuple(T) -> {tuple_size(T), lists:all(fun is_integer/1, tuple_to_list(T))};
shape(I) when is_integer(I) -> integer.

patterns(T, P) ->
    erlang:trace(P, true, [send, 'receive', {tracer, T}]),
    erlang:trace_pattern(send, [{['_', {a, '$1'}], [{is_integer, '$1'}], [{message, '$1'}]}], []),
    erlang:trace_pattern('receive', [{['$1', '$2', {a, '_'}], [], [{message, {{'$1', {'==', '$2', {self}}}}}]}], []),
    show(T, {filter, do(P, fun() -> self() ! {a, 1}, self() ! {a, b}, self() ! c, receive c -> ok end end)}),
    show(T, [erlang:trace_info(X, match_spec) || X <- [send, 'receive']]),
    erlang:trace_pattern(send, false, []),
    erlang:trace_pattern('receive', true, []),
    show(T, {no_send, do(P, fun() -> self() ! {a, 1}, self() ! {a, b}, self() ! c, receive c -> ok end end)}),
    show(T, [erlang:trace_info(X, match_spec) || X <- [send, 'receive']]),
    erlang:trace_pattern(send, true, []),
    do(P, fun() -> flush() end),
    erlang:trace(P, false, [all]),
    take(T),
    show(T, [catch element(1, element(2, catch F())) || F <- [fun() -> erlang:trace_pattern(send, [{['_'], [], [{return_trace}]}], []) end,
        fun() -> erlang:trace_pattern('receive', [{'_', [], [{enable_trace, call}]}], []) end,
        fun() -> erlang:trace_pattern(send, true, [local]) end, fun() -> erlang:trace_pattern(foo, true, []) end]]).

seq(T, P) ->
    erlang:system_flag(sequential_tracer, T),
    Q = worker2(seq2),
    show(T, {seq, do(P, fun() -> seq_trace:set_token(label, 17), seq_trace:set_token(send, true), seq_trace:set_token('receive', true),
         seq_trace:set_token(print, true), Q ! {do, self(), fun() -> seq_trace:print({in, q}), get_token() end}, R = receive {Q, X} -> X end,
         seq_trace:print(17, again), seq_trace:print(18, never), T2 = get_token(), {R, T2} end), do(P, fun() -> get_token() end), do(Q, fun() -> get_token() end)}),
    show(T, {seq, do(P, fun() -> seq_trace:set_token(label, {a, b}), seq_trace:set_token(send, true), seq_trace:set_token(timestamp, true), self() ! [x], seq_trace:set_token([]), receive [x] -> ok end, get_token() end), do(P, fun() -> get_token() end)}),
    do(P, fun() -> seq_trace:set_token([]) end),
    seq_trace:set_token([]),
    erlang:system_flag(sequential_tracer, false).

get_token() -> case seq_trace:get_token() of [] -> []; {F, L, S, Pid, C} -> {F, L, S, Pid, C} end.

all(T, P) ->
    show(T, {bad, [catch element(1, element(2, catch F())) || F <- [fun() -> erlang:trace(P, true, [nothing]) end, fun() -> erlang:trace(P, 'maybe', []) end,
        fun() -> erlang:trace(foo, true, []) end, fun() -> erlang:trace(dead(), true, [call]) end, fun() -> erlang:trace_info(P, foo) end,
        fun() -> erlang:trace(P, true, [call, {tracer, x}]) end, fun() -> erlang:trace(P, true, [call | x]) end]]}),
    D = spawn(fun() -> receive die -> ok end end),
    erlang:trace(P, true, [call, send, {tracer, D}]),
    show(T, {before, length(element(2, erlang:trace_info(P, flags))), element(2, erlang:trace_info(P, tracer)) =:= D}),
    monitor(process, D),
    D ! die,
    receive {'DOWN', _, _, D, _} -> ok end,
    show(T, {dead_tracer, erlang:trace_info(P, flags), erlang:trace_info(P, tracer), do(P, fun() -> self() ! x, receive x -> ok end end)}),
    1 = erlang:trace(P, true, [send, {tracer, T}]),
    show(T, {again, do(P, fun() -> self() ! x, receive x -> ok end end), erlang:trace_info(P, flags)}),
    erlang:trace(P, false, [all]),
    N = erlang:trace(new, true, [procs, {tracer, T}]),
    Q = go(fun(Go) -> spawn(fun() -> Go() end) end),
    name(Q, fresh),
    show(T, {N, erlang:trace_info(new, flags), erlang:trace_info(new_processes, flags), erlang:trace_info(new_ports, flags)}),
    erlang:trace(new, false, [all]),
    show(T, {erlang:trace_info(new, flags), erlang:trace_info(new, tracer)}).

%% --- helpers ----------------------------------------------------------------------------------------------

child(N) -> N.
dead() -> {P, R} = spawn_monitor(fun() -> ok end), receive {'DOWN', R, _, _, _} -> P end.
flush() -> receive _ -> flush() after 0 -> ok end.

%% The spawned process runs only once its name is known, and the caller goes on once it has ended.
go(F) ->
    Self = self(),
    P = F(fun() -> receive {go, Self} -> ok end end),
    put_name(P, child),
    R = monitor(process, P),
    P ! {go, Self},
    receive {'DOWN', R, _, _, _} -> P end.

put_name(_, _) -> ok.

loop() ->
    receive {do, From, F} -> R = (catch F()), From ! {self(), R}, ?MODULE:loop() end.

worker(T) ->
    ets:new(names, [named_table, public]),
    P = spawn(fun loop/0), [name(A, B) || {A, B} <- [{P, worker}, {T, tracer}, {self(), main}]], P.

worker2(Name) -> P = spawn(fun loop/0), name(P, Name), P.

do(P, F) -> P ! {do, self(), F}, receive {P, R} -> R end.

tracer() -> spawn(fun() -> collect([]) end).

collect(L) ->
    receive
        {get, From} -> From ! {self(), lists:reverse(L)}, collect([]);
        M -> collect([M | L])
    end.

take(T) ->
    timer:sleep(20),
    T ! {get, self()},
    receive {T, X} -> X end.

show(T, What) ->
    seq_trace:set_token([]),
    L = take(T),
    io:format("~p~n", [shown(What)]),
    [io:format("    ~p~n", [shown(stamp(M))]) || M <- L].

stamp(M) when element(1, M) =:= trace_ts; element(1, M) =:= seq_trace, tuple_size(M) =:= 4 -> setelement(size(M), M, ts);
stamp(M) -> M.

name(P, N) -> ets:insert(names, {P, N}).

shown(P) when is_pid(P) -> case ets:lookup(names, P) of [{_, N}] -> N; [] -> some_pid end;
shown(P) when is_reference(P) -> ref;
shown([H | T]) -> [shown(H) | shown(T)];
shown(T) when is_tuple(T) -> list_to_tuple(shown(tuple_to_list(T)));
shown(F) when is_function(F) -> a_fun;
shown(X) -> X.

%% Kernels of processes, messages, gen_server and ETS.
-module(procs).
-behaviour(gen_server).
-export([kernels/0, init/1, handle_call/3, handle_cast/2]).

kernels() ->
    [{ring, fun() -> ring(1000, 200000) end},
     {ping_pong, fun() -> ping_pong(200000) end},
     {send_self, fun() -> self_sends(1000000) end},
     {many_senders, fun() -> senders(50, 5000) end},
     {selective_receive, fun() -> selective(2000) end},
     {ref_receive, fun() -> ref_receive(100000) end},
     {spawn_exit, fun() -> spawns(100000) end},
     {spawn_link_storm, fun() -> storm(20000) end},
     {spawn_monitor, fun() -> monitors(50000) end},
     {timers, fun() -> timers(50000) end},
     {receive_after, fun() -> afters(200000) end},
     {gen_server_call, fun() -> server_calls(100000) end},
     {gen_server_cast, fun() -> server_casts(300000) end},
     {bank, fun() -> bank(20, 5000) end},
     {ets_insert, fun() -> T = ets:new(t, [set]), inserts(T, 200000) end},
     {ets_lookup, fun() -> T = ets:new(t, [set, public]), inserts(T, 10000), lookups(T, 1000000, 10000) end},
     {ets_lookup_shared, fun() -> shared(4, 200000) end},
     {ets_update_counter, fun() -> T = ets:new(t, [set]), ets:insert(T, {c, 0}), counters(T, 1000000) end},
     {ets_ordered_insert, fun() -> T = ets:new(t, [ordered_set]), inserts(T, 100000) end},
     {ets_ordered_lookup, fun() -> T = ets:new(t, [ordered_set]), inserts(T, 10000), lookups(T, 500000, 10000) end},
     {ets_ordered_next, fun() -> T = ets:new(t, [ordered_set]), inserts(T, 100000), walk(T, ets:first(T), 0) end},
     {ets_match, fun() -> T = ets:new(t, [set]), inserts(T, 20000), [ets:match(T, {'$1', 500}) || _ <- lists:seq(1, 10)] end},
     {ets_select, fun() -> T = ets:new(t, [set]), inserts(T, 20000), [ets:select(T, [{{'$1', '$2'}, [{'>', '$2', 10000}], ['$1']}]) || _ <- lists:seq(1, 10)] end},
     {ets_tab2list, fun() -> T = ets:new(t, [set]), inserts(T, 20000), [ets:tab2list(T) || _ <- lists:seq(1, 20)] end},
     {atomics, fun() -> A = atomics:new(1, []), atomic_adds(A, 3000000) end},
     {persistent_term, fun() -> persistent_term:put(bench, {a, b}), persistents(3000000) end},
     {parallel_fib, fun() -> parallel(4, 27) end}].

ring(Size, Hops) ->
    Me = self(),
    First = lists:foldl(fun(_, Next) -> spawn(fun() -> ring_node(Next) end) end, Me, lists:seq(1, Size)),
    First ! Hops,
    ring_head(First).
ring_head(First) ->
    receive
        N when N > 0 -> First ! N - 1, ring_head(First);
        _ -> First ! stop, receive stop -> ok end
    end.
ring_node(Next) ->
    receive
        stop -> Next ! stop;
        N when N > 0 -> Next ! N - 1, ring_node(Next);
        N -> Next ! N, ring_node(Next)
    end.

ping_pong(N) ->
    Me = self(),
    P = spawn(fun() -> pong(Me) end),
    pings(N, P),
    P ! stop.
pings(0, _) -> ok;
pings(N, P) -> P ! {ping, N}, receive {pong, N} -> pings(N - 1, P) end.
pong(To) -> receive {ping, N} -> To ! {pong, N}, pong(To); stop -> ok end.

self_sends(0) -> ok;
self_sends(N) -> self() ! N, receive N -> self_sends(N - 1) end.

senders(P, N) ->
    Me = self(),
    [spawn(fun() -> flood(Me, N) end) || _ <- lists:seq(1, P)],
    drain(P * N).
flood(_, 0) -> ok;
flood(To, N) -> To ! {msg, N, self()}, flood(To, N - 1).
drain(0) -> ok;
drain(N) -> receive {msg, _, _} -> drain(N - 1) end.

selective(N) ->
    [self() ! {n, I} || I <- lists:seq(1, N)],
    [receive {n, I} -> ok end || I <- lists:seq(N, 1, -1)].

ref_receive(N) ->
    [self() ! {noise, I} || I <- lists:seq(1, 10000)],
    P = spawn(fun Echo() -> receive {F, R} -> F ! {R, ok}, Echo(); stop -> ok end end),
    ref_calls(N, P), P ! stop.
ref_calls(0, _) -> ok;
ref_calls(N, P) -> R = make_ref(), P ! {self(), R}, receive {R, ok} -> ref_calls(N - 1, P) end.

spawns(0) -> ok;
spawns(N) -> Me = self(), spawn(fun() -> Me ! done end), receive done -> spawns(N - 1) end.

storm(N) ->
    Me = self(),
    spawn(fun() ->
        process_flag(trap_exit, true),
        Ps = [spawn_link(fun() -> receive stop -> exit(bye) end end) || _ <- lists:seq(1, N)],
        [P ! stop || P <- Ps],
        [receive {'EXIT', P, bye} -> ok end || P <- Ps],
        Me ! done
    end),
    receive done -> ok end.

monitors(0) -> ok;
monitors(N) -> {_, R} = spawn_monitor(fun() -> ok end), receive {'DOWN', R, _, _, _} -> monitors(N - 1) end.

timers(N) ->
    Ts = [erlang:send_after(100000, self(), x) || _ <- lists:seq(1, N)],
    [erlang:cancel_timer(T) || T <- Ts].

afters(0) -> ok;
afters(N) -> receive nothing -> ok after 0 -> afters(N - 1) end.

init(S) -> {ok, S}.
handle_call({move, From, To, Amount}, _, S) ->
    #{From := A, To := B} = S,
    {reply, ok, S#{From := A - Amount, To := B + Amount}};
handle_call(get, _, S) -> {reply, S, S};
handle_call(add, _, S) -> {reply, S, S + 1}.
handle_cast(add, S) -> {noreply, S + 1}.

server_calls(N) -> {ok, P} = gen_server:start(?MODULE, 0, []), calls(N, P), gen_server:stop(P).
calls(0, _) -> ok;
calls(N, P) -> gen_server:call(P, add), calls(N - 1, P).

server_casts(N) ->
    {ok, P} = gen_server:start(?MODULE, 0, []),
    casts(N, P), N = gen_server:call(P, get, infinity), gen_server:stop(P).
casts(0, _) -> ok;
casts(N, P) -> gen_server:cast(P, add), casts(N - 1, P).

bank(Clients, N) ->
    {ok, P} = gen_server:start(?MODULE, maps:from_list([{I, 1000} || I <- lists:seq(0, 99)]), []),
    Ms = [spawn_monitor(fun() -> transfers(N, C, P) end) || C <- lists:seq(1, Clients)],
    [receive {'DOWN', R, _, _, _} -> ok end || {_, R} <- Ms],
    100000 = lists:sum(maps:values(gen_server:call(P, get))),
    gen_server:stop(P).
transfers(0, _, _) -> ok;
transfers(N, C, P) -> ok = gen_server:call(P, {move, (N * 7) rem 50, 50 + (N + C) rem 50, 1}), transfers(N - 1, C, P).

inserts(_, 0) -> ok;
inserts(T, N) -> ets:insert(T, {N, N}), inserts(T, N - 1).
lookups(_, 0, _) -> ok;
lookups(T, N, M) -> [_] = ets:lookup(T, N rem M + 1), lookups(T, N - 1, M).
counters(_, 0) -> ok;
counters(T, N) -> ets:update_counter(T, c, 1), counters(T, N - 1).
walk(_, '$end_of_table', N) -> N;
walk(T, K, N) -> walk(T, ets:next(T, K), N + 1).

shared(P, N) ->
    T = ets:new(t, [set, public, {read_concurrency, true}, {write_concurrency, true}]),
    inserts(T, 1000),
    Ms = [spawn_monitor(fun() -> mixed(T, N) end) || _ <- lists:seq(1, P)],
    [receive {'DOWN', R, _, _, _} -> ok end || {_, R} <- Ms].
mixed(_, 0) -> ok;
mixed(T, N) when N rem 10 =:= 0 -> ets:insert(T, {N rem 1000 + 1, N}), mixed(T, N - 1);
mixed(T, N) -> [_] = ets:lookup(T, N rem 1000 + 1), mixed(T, N - 1).

atomic_adds(_, 0) -> ok;
atomic_adds(A, N) -> atomics:add(A, 1, 1), atomic_adds(A, N - 1).
persistents(0) -> ok;
persistents(N) -> {a, b} = persistent_term:get(bench), persistents(N - 1).

parallel(P, N) ->
    Ms = [spawn_monitor(fun() -> fib(N) end) || _ <- lists:seq(1, P)],
    [receive {'DOWN', R, _, _, _} -> ok end || {_, R} <- Ms].
fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).

%% Sequential tokens: with exit signals, aliases, timers, ports and answers of the system; reset_trace.
-module(trace_sequential).
-export([main/0]).

main() ->
    process_flag(trap_exit, true),
    Self = self(),
    Tracer = spawn_link(fun() -> collect([]) end),
    io:format("~p~n", [seq_trace:set_system_tracer(Tracer)]),
    io:format("~p~n", [seq_trace:get_system_tracer() =:= Tracer]),
    run(Tracer, "exit", fun() ->
        P = spawn_link(fun() -> receive {stop, R} -> exit(R) end end),
        start(), P ! {stop, why},
        receive {'EXIT', P, why} -> ok end,
        token() end),
    run(Tracer, "exit/2", fun() ->
        P = spawn(fun() -> process_flag(trap_exit, true), Self ! ready, receive M -> Self ! {got, M, element(1, tok())} end end),
        receive ready -> ok end,
        start(), exit(P, why),
        receive {got, {'EXIT', _, why}, T} -> io:format("  ~p~n", [T]) end,
        token() end),
    run(Tracer, "monitor", fun() ->
        P = spawn(fun() -> receive stop -> ok end end),
        R = monitor(process, P),
        start(), P ! stop,
        receive {'DOWN', R, process, P, normal} -> ok end,
        token() end),
    run(Tracer, "alias", fun() ->
        A = alias(),
        P = spawn(fun() -> receive go -> A ! {via, alias} end end),
        Q = spawn(fun() -> receive go -> seq_trace:set_token([]), A ! no_token end end),
        start(), P ! go,
        seq_trace:set_token([]),
        receive {via, alias} -> ok end,
        token(),
        Q ! go,
        receive no_token -> ok end,
        token(), unalias(A) end),
    run(Tracer, "timer", fun() ->
        start(),
        erlang:send_after(1, self(), after_a_while),
        receive after_a_while -> ok end,
        token(),
        R = erlang:start_timer(1, self(), x),
        receive {timeout, R, x} -> ok end,
        token(),
        receive nothing -> ok after 1 -> ok end,
        token() end),
    run(Tracer, "port", fun() ->
        start(),
        P = open_port({spawn, "cat"}, [binary]),
        P ! {self(), {command, <<"one">>}},
        receive {P, {data, <<"one">>}} -> ok end,
        token(),
        port_command(P, <<"two">>),
        receive {P, {data, <<"two">>}} -> ok end,
        port_close(P),
        token() end),
    run(Tracer, "process_info", fun() ->
        P = spawn(fun() -> receive stop -> ok end end),
        start(),
        process_info(P, status),
        token(),
        exit(P, kill) end),
    run(Tracer, "reset", fun() ->
        P = spawn(fun() -> receive go -> Self ! {tok, tok()} end end),
        start(),
        self() ! one,
        io:format("  ~p~n", [seq_trace:reset_trace()]),
        token(),
        P ! go,
        receive {tok, T} -> io:format("  ~p~n", [T]) end,
        receive one -> ok end,
        token(),
        io:format("  ~p~n", [catch erlang:system_flag(reset_seq_trace, false)]) end),
    run(Tracer, "reset on its way", fun() ->
        P = spawn(fun() -> process_flag(trap_exit, true), Self ! {self(), alias()}, wait(3, Self) end),
        receive {P, A} -> ok end,
        erlang:suspend_process(P),
        start(),
        exit(P, [why]), A ! {by, [alias]}, P ! {by, [pid]},
        seq_trace:set_token([]),
        io:format("  ~p~n", [seq_trace:reset_trace()]),
        erlang:resume_process(P),
        [receive {P, M, T} -> io:format("  ~p~n", [{M, T}]) end || _ <- [1, 2, 3]] end),
    Dead = spawn(fun() -> ok end),
    timer:sleep(10),
    io:format("~p~n", [[element(1, catch seq_trace:set_system_tracer(X)) || X <- [Dead, a, 1]]]),
    io:format("~p~n", [seq_trace:set_system_tracer(false) =:= Tracer]).

wait(0, _) -> ok;
wait(N, To) -> receive M -> To ! {self(), plain(M), tok()}, wait(N - 1, To) end.

start() ->
    seq_trace:set_token(label, 17),
    [seq_trace:set_token(F, true) || F <- [send, 'receive', print]].

tok() ->
    case seq_trace:get_token() of
        [] -> {none};
        {F, L, _, _, _} -> {F, L}
    end.

token() -> io:format("  token ~p~n", [tok()]).

run(Tracer, Name, F) ->
    io:format("~s~n", [Name]),
    put(names, #{self() => self}),
    F(),
    seq_trace:set_token([]),
    timer:sleep(20),
    Tracer ! {get, self()},
    receive {events, Events} -> [io:format("  ~p~n", [plain(E)]) || E <- Events, interesting(E)] end.

%% what io:format does is not to be seen
interesting({seq_trace, _, {_, _, _, _, M}}) -> interesting_message(M);
interesting(_) -> true.

interesting_message({io_request, _, _, _}) -> false;
interesting_message({io_reply, _, _}) -> false;
interesting_message(M) when is_tuple(M), element(1, M) =:= file_request -> false;
interesting_message(_) -> true.

collect(Events) ->
    receive
        {get, From} -> From ! {events, lists:reverse(Events)}, collect([]);
        E -> collect([E | Events])
    end.

plain({seq_trace, L, {What, _, From, To, M}}) -> {L, What, plain(From), plain(To), plain(M)};
plain(P) when is_pid(P), P =:= self() -> self;
plain(P) when is_pid(P) -> pid;
plain(P) when is_port(P) -> port;
plain(R) when is_reference(R) -> ref;
plain(T) when is_tuple(T) -> list_to_tuple([plain(X) || X <- tuple_to_list(T)]);
plain([H | T]) -> [plain(H) | plain(T)];
plain(F) when is_function(F) -> function;
plain(X) -> X.

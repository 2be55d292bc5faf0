%% What is told of ports: opened, closed, linked, named; what they receive and send; when they run.
-module(trace_ports).
-export([main/0]).

main() ->
    Self = self(),
    Tracer = spawn_link(fun() -> collect(Self, []) end),
    run(Tracer, "ports", [ports], fun life/0),
    run(Tracer, "send receive", [send, 'receive'], fun life/0),
    run(Tracer, "running", [running_ports], fun life/0),
    one(Tracer),
    dead().

%% One port that is there already, from its tracer's death on no more.
one(Tracer) ->
    P = open_port({spawn, "cat"}, [binary]),
    io:format("~p~n", [[erlang:trace(P, true, [send, 'receive', ports, {tracer, Tracer}]), erlang:trace_info(P, flags),
                        erlang:trace_info(P, tracer) =:= {tracer, Tracer}, catch_(erlang, trace_info, [P, x])]]),
    P ! {self(), {command, <<"x">>}},
    receive {P, {data, _}} -> ok end,
    register(one, P), unregister(one),
    io:format("~p~n", [[erlang:trace(P, false, [all]), erlang:trace_info(P, flags), erlang:trace_info(P, tracer)]]),
    P ! {self(), {command, <<"x">>}},
    receive {P, {data, _}} -> ok end,
    Tracer ! {get, self()},
    receive {events, Events} -> [io:format("  ~p~n", [E]) || E <- Events] end,
    io:format("~p~n", [[N > 0 || N <- [erlang:trace(existing_ports, true, [send]), erlang:trace(existing_ports, false, [send]),
                                       erlang:trace(ports, true, [ports]), erlang:trace(ports, false, [ports])]]]),
    io:format("~p~n", [erlang:trace_info(new_ports, flags)]),
    port_close(P),
    io:format("~p ~p~n", [erlang:trace_info(P, flags), catch_(erlang, trace, [P, true, [send]])]).

dead() ->
    T = spawn(fun() -> receive stop -> ok end end),
    P = open_port({spawn, "cat"}, [binary]),
    1 = erlang:trace(P, true, [send, {tracer, T}]),
    R = monitor(process, T),
    T ! stop,
    receive {'DOWN', R, _, _, _} -> ok end,
    io:format("~p~n", [[erlang:trace_info(P, flags), erlang:trace_info(P, tracer)]]),
    P ! {self(), {command, <<"x">>}},
    receive {P, {data, _}} -> ok end,
    port_close(P).

catch_(M, F, A) ->
    try apply(M, F, A) catch C:E -> {C, E} end.

run(Tracer, What, Flags, F) ->
    erlang:trace(new_ports, true, [{tracer, Tracer} | Flags]),
    io:format("~s ~p ~p~n", [What, lists:sort(element(2, erlang:trace_info(new_ports, flags))),
                             element(2, erlang:trace_info(new_ports, tracer)) =:= Tracer]),
    F(),
    erlang:trace(new_ports, false, [all]),
    io:format("~p~n", [erlang:trace_info(new_ports, flags)]),
    Tracer ! {get, self()},
    receive {events, Events} -> [io:format("  ~p~n", [E]) || E <- Events, not input(E)] end.

%% how often a port runs for what comes in, and whether it runs for a request in its caller's turn, is not to be foreseen
input({trace, port, What, Why}) when What =:= in, (Why =:= 0 orelse Why =:= control);
                                     What =:= out, (Why =:= 0 orelse Why =:= control) -> true;
input(_) -> false.

life() ->
    process_flag(trap_exit, true),
    P = open_port({spawn, "cat"}, [binary]),
    put(port, P),
    register(a_port, P),
    true = port_command(P, <<"one">>),
    receive {P, {data, <<"one">>}} -> ok end,
    P ! {self(), {command, [<<"two">>, "three"]}},
    receive {P, {data, <<"twothree">>}} -> ok end,
    catch port_control(P, 1, "x"),
    unlink(P), link(P), unlink(P),
    erlang:port_info(P, links),
    Other = spawn(fun() -> receive stop -> ok end end),
    true = port_connect(P, Other),
    true = port_connect(P, self()),
    unregister(a_port),
    P ! {self(), {connect, self()}},
    receive {P, connected} -> ok end,
    P ! {self(), close},
    receive {P, closed} -> ok end,
    Q = open_port({spawn, "cat"}, [binary]),
    port_close(Q),
    timer:sleep(50),
    R = open_port({spawn, "cat"}, [binary]),
    exit(R, kill),
    receive {'EXIT', R, _} -> ok after 1000 -> io:format("no exit~n") end,
    Other ! stop,
    timer:sleep(50).

collect(Self, Events) ->
    receive
        {get, From} -> From ! {events, [plain(E, Self) || E <- lists:reverse(Events)]}, collect(Self, []);
        E -> collect(Self, [E | Events])
    end.

plain(P, _) when is_port(P) -> port;
plain(Self, Self) -> self;
plain(P, _) when is_pid(P) -> pid;
plain(T, Self) when is_tuple(T) -> list_to_tuple(plain(tuple_to_list(T), Self));
plain([H | T], Self) -> [plain(H, Self) | plain(T, Self)];
plain(X, _) -> X.

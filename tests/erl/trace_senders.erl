%% Whom traces of 'receive' name: processes, ports, the clock, the system; and which of their messages leave the sequential
%% token of the receiver alone.
-module(trace_senders).
-export([main/0]).

main() ->
    Self = self(),
    Tracer = spawn_link(fun() -> collect([]) end),
    P = spawn_link(fun() -> process_flag(trap_exit, true), serve(Self) end),
    erlang:trace_pattern('receive', [{['$1', '$2', '_'], [], [{message, {{'$1', '$2'}}}]}], []),
    erlang:trace(P, true, ['receive', {tracer, Tracer}]),
    [told(P, Tracer, Name, F) || {Name, F} <- cases(Self)],
    erlang:trace_pattern('receive', true, []),
    process_flag(trap_exit, true),
    [io:format("~p ~p~n", [Name, token(F)]) || {Name, F} <- cases(Self)].

cases(Self) ->
    Earlier = binary_to_term(<<131, 88, 100, 13:16, "nonode@nohost", 1:32, 0:32, 77:32>>),
    Far = binary_to_term(<<131, 88, 100, 3:16, "a@b", 1:32, 0:32, 77:32>>),
    [{process, fun() -> S = self(), spawn(fun() -> S ! {x} end), receive {x} -> ok end end},
     {alias, fun() -> A = alias(), spawn(fun() -> A ! {via} end), receive {via} -> ok end end},
     {port, fun() ->
                    P = open_port({spawn, "cat"}, [binary]),
                    P ! {self(), {command, <<"x">>}},
                    receive {P, {data, <<"x">>}} -> ok end,
                    unlink(P),
                    P ! {self(), close},
                    receive {P, closed} -> ok end
            end},
     {port_exit, fun() -> P = open_port({spawn, "true"}, []), receive {'EXIT', P, normal} -> ok end end},
     {exit, fun() -> P = spawn_link(fun() -> exit(a) end), receive {'EXIT', P, a} -> ok end end},
     {exit_signal, fun() -> S = self(), spawn(fun() -> exit(S, b) end), receive {'EXIT', _, b} -> ok end end},
     {no_process, fun() -> P = dead(), link(P), receive {'EXIT', P, noproc} -> ok end end},
     {earlier, fun() -> link(Earlier), receive {'EXIT', Earlier, noproc} -> ok end end},
     {down, fun() -> {P, R} = spawn_monitor(fun() -> exit(a) end), receive {'DOWN', R, process, P, a} -> ok end end},
     {down_dead, fun() -> R = monitor(process, dead()), receive {'DOWN', R, process, _, noproc} -> ok end end},
     {down_far, fun() -> R = monitor(process, Far), receive {'DOWN', R, process, Far, noconnection} -> ok end end},
     {down_earlier, fun() -> R = monitor(process, Earlier), receive {'DOWN', R, process, Earlier, noproc} -> ok end end},
     {send_after, fun() -> erlang:send_after(1, self(), {later}), receive {later} -> ok end end},
     {start_timer, fun() -> T = erlang:start_timer(1, self(), x), receive {timeout, T, x} -> ok end end},
     {cancel, fun() ->
                      T = erlang:start_timer(100000, self(), x),
                      erlang:cancel_timer(T, [{async, true}]),
                      receive {cancel_timer, T, _} -> ok end
              end},
     {read, fun() ->
                    T = erlang:start_timer(100000, self(), x),
                    erlang:read_timer(T, [{async, true}]),
                    receive {read_timer, T, _} -> ok end
            end},
     {timeout, fun() -> receive {never} -> ok after 1 -> ok end end},
     {no_spawn, fun() -> R = spawn_request(erlang, node, [], [bad]), receive {spawn_reply, R, error, badopt} -> ok end end},
     {collect, fun() -> erlang:garbage_collect(Self, [{async, x}]), receive {garbage_collect, x, true} -> ok end end},
     {check, fun() -> erlang:check_process_code(Self, lists, [{async, x}]), receive {check_process_code, x, _} -> ok end end},
     {self, fun() -> self() ! {me}, receive {me} -> ok end end}].

dead() ->
    {P, R} = spawn_monitor(fun() -> ok end),
    receive {'DOWN', R, process, P, normal} -> P end.

serve(S) ->
    receive
        {go, F} -> F(), S ! done, serve(S)
    end.

told(P, Tracer, Name, F) ->
    P ! {go, F},
    receive done -> ok end,
    Tracer ! {get, self()},
    receive {events, Events} -> io:format("~p ~p~n", [Name, lists:usort([E || E <- Events, E =/= none])]) end.

collect(Events) ->
    receive
        {get, From} -> From ! {events, [plain(E) || E <- Events]}, collect([]);
        E -> collect([E | Events])
    end.

%% Where the one VM answers by a message and the other does not, and a port's answers, are not looked at.
plain({trace, _, 'receive', {go, _}, _}) -> none;
plain({trace, _, 'receive', {R, _}, _}) when is_reference(R) -> none;
plain({trace, _, 'receive', {'DOWN', _, process, _, normal}, _}) -> none;
plain({trace, _, 'receive', {P, What}, By}) when is_port(P) -> {port, What, by(By)};
plain({trace, _, 'receive', M, By}) when is_tuple(M) -> {element(1, M), by(By)};
plain({trace, _, 'receive', M, By}) -> {M, by(By)}.

by({Node, From}) -> {kind(Node), kind(From)}.

kind(P) when is_pid(P) -> pid;
kind(P) when is_port(P) -> port;
kind(A) -> A.

token(F) ->
    seq_trace:set_token(label, 17),
    F(),
    T = seq_trace:get_token(),
    seq_trace:set_token([]),
    case T of
        [] -> none;
        {_, L, _, _, _} -> L
    end.

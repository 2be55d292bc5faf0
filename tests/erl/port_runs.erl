%% What ports tell of themselves while the system is watched: when they run (system_profile), whom they hold up (system_monitor).
-module(port_runs).
-export([main/0]).

main() ->
    process_flag(trap_exit, true),
    Watcher = spawn_link(fun() -> collect([]) end),
    profiled(Watcher),
    busy(Watcher).

profiled(Watcher) ->
    erlang:system_profile(Watcher, [runnable_ports]),
    P = open_port({spawn, "cat"}, [binary]),
    P ! {self(), {command, <<"one">>}},
    receive {P, {data, <<"one">>}} -> ok end,
    P ! {self(), close},
    receive {P, closed} -> ok end,
    receive {'EXIT', P, normal} -> ok end,
    timer:sleep(50),
    io:format("~p~n", [erlang:system_profile(undefined, []) =:= {Watcher, [runnable_ports]}]),
    Events = [{State, N} || {profile, Q, State, N, {_, _, _}} <- events(Watcher), Q =:= P],
    io:format("~p ~p~n", [length(Events) > 2, lists:usort(Events)]).

%% A process that waits for a busy port is told of once, whatever else comes to it, and is suspended.
busy(Watcher) ->
    erlang:system_monitor(Watcher, [busy_port]),
    P = open_port({spawn, "sleep 100"}, []),
    Q = spawn_link(fun() -> fill(P) end),
    timer:sleep(200),
    [begin Q ! {message, N}, erlang:yield() end || N <- lists:seq(1, 20)],
    timer:sleep(50),
    io:format("~p~n", [process_info(Q, [status, message_queue_len])]),
    io:format("~p~n", [[{What, By =:= Q, Port =:= P} || {monitor, By, What, Port} <- events(Watcher)]]),
    io:format("~p~n", [erlang:system_monitor(undefined) =:= {Watcher, [busy_port]}]),
    exit(Q, kill),
    receive {'EXIT', Q, killed} -> ok end,
    {os_pid, Pid} = erlang:port_info(P, os_pid),
    os:cmd("kill " ++ integer_to_list(Pid)),
    receive {'EXIT', P, _} -> ok end.

fill(P) ->
    port_command(P, binary:copy(<<"x">>, 100000)),
    fill(P).

events(Watcher) ->
    Watcher ! {get, self()},
    receive {events, Events} -> Events end.

collect(Events) ->
    receive
        {get, From} -> From ! {events, lists:reverse(Events)}, collect([]);
        E -> collect([E | Events])
    end.

%% process_info(Pid, trace): what is traced of a process, as a number.
-module(trace_numbers).
-export([main/0]).

main() ->
    P = spawn(fun() -> receive after infinity -> ok end end),
    Tracer = spawn(fun() -> receive after infinity -> ok end end),
    [io:format("~p ~p~n", [Flags, number(P, Tracer, Flags)])
     || Flags <- [[F] || F <- flags()] ++ [[send, 'receive', call, timestamp], [procs, scheduler_id], []]],
    io:format("~p~n", [process_info(self(), trace)]).

flags() ->
    [send, 'receive', procs, call, silent, return_to, running, exiting, running_procs, garbage_collection, timestamp,
     monotonic_timestamp, strict_monotonic_timestamp, arity, set_on_spawn, set_on_first_spawn, set_on_link,
     set_on_first_link, scheduler_id, ports, running_ports].

number(P, Tracer, Flags) ->
    erlang:trace(P, true, [{tracer, Tracer} | Flags]),
    {trace, N} = process_info(P, trace),
    erlang:trace(P, false, [all]),
    {trace, 0} = process_info(P, trace),
    N.

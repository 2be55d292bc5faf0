-module(proc_blocked).
-export([main/0]).

%% A process in a file operation that does not end (a named pipe that nobody else opens) is still one that takes
%% signals: it can be asked, linked to, told things, and killed.
main() ->
    asked(),
    told(),
    led(),
    killed(),
    linked(),
    traced(),
    suspended(),
    exits_later(),
    never_back().

fifo() ->
    Name = filename:join(os:getenv("TMPDIR", "/tmp"), "proc_blocked." ++ os:getpid() ++ "." ++
                             integer_to_list(erlang:unique_integer([positive]))),
    [] = os:cmd("mkfifo " ++ Name),
    Name.

%% Runs Before, then opens the pipe for reading, then After.
blocked(Before, After) ->
    Name = fifo(),
    Self = self(),
    Pid = spawn(fun() ->
                        Before(),
                        Self ! {self(), ready},
                        {ok, Fd} = file:open(Name, [read, raw]),
                        ok = file:close(Fd),
                        After()
                end),
    receive {Pid, ready} -> ok end,
    in_pipe(Pid),
    {Pid, Name}.

in_pipe(Pid) ->
    case process_info(Pid, current_function) of
        {current_function, {prim_file, open_nif, 2}} -> timer:sleep(100);       % and into the system call
        _ -> timer:sleep(5), in_pipe(Pid)
    end.

%% Opens both ends, which never waits, so that the reader goes on.
release(Name) ->
    {ok, Fd} = file:open(Name, [read, write, raw]),
    timer:sleep(50),
    ok = file:close(Fd),
    ok = file:delete(Name).

timed(Tag, Fun) ->
    Start = erlang:monotonic_time(millisecond),
    Value = Fun(),
    Soon = erlang:monotonic_time(millisecond) - Start < 3000,
    io:format("~p: ~p ~p~n", [Tag, Value, Soon]).

asked() ->
    {Pid, Name} = blocked(fun() -> put(key, {value, "text"}), process_flag(priority, high) end, fun() -> ok end),
    timed(alive, fun() -> is_process_alive(Pid) end),
    [timed(Item, fun() -> process_info(Pid, Item) end)
     || Item <- [registered_name, current_function, initial_call, status, messages, message_queue_len, links, monitors,
                 monitored_by, dictionary, trap_exit, error_handler, priority, message_queue_data, suspending,
                 fullsweep_after, [status, dictionary]]],
    timed(location, fun() -> process_info(Pid, current_location) end),
    timed(group_leader, fun() -> process_info(Pid, group_leader) =:= {group_leader, group_leader()} end),
    {current_stacktrace, Trace} = process_info(Pid, current_stacktrace),
    io:format("~p~n", [[{M, F, A} || {M, F, A, _} <- Trace, M =:= ?MODULE]]),
    timed(code, fun() -> erlang:check_process_code(Pid, nobody_has_this) end),
    timed(uses, fun() -> is_list(process_info(Pid)) end),
    release(Name).

told() ->
    Self = self(),
    {Pid, Name} = blocked(fun() -> ok end, fun() -> Self ! {all, collect()} end),
    Pid ! one,
    Pid ! {two, [2]},
    timed(queue, fun() -> process_info(Pid, [message_queue_len, messages]) end),
    Ref = monitor(process, Pid),
    timed(monitored, fun() -> process_info(Pid, monitored_by) =:= {monitored_by, [Self]} end),
    demonitor(Ref),
    timed(unmonitored, fun() -> process_info(Pid, monitored_by) end),
    link(Pid),
    timed(linked, fun() -> process_info(Pid, links) =:= {links, [Self]} end),
    unlink(Pid),
    timed(unlinked, fun() -> process_info(Pid, links) end),
    Other = spawn(fun() -> receive stop -> ok end end),
    timed(leader, fun() -> group_leader(Other, Pid) end),
    timed(leader, fun() -> process_info(Pid, group_leader) =:= {group_leader, Other} end),
    timed(named, fun() -> register(blocked_one, Pid), process_info(Pid, registered_name) end),
    blocked_one ! three,
    release(Name),
    receive {all, Messages} -> io:format("~p~n", [Messages]) end,
    Other ! stop.

collect() ->
    receive Any -> [Any | collect()] after 0 -> [] end.

%% A leader of another node is a term: it takes effect when the operation has ended.
led() ->
    Self = self(),
    Far = binary_to_term(<<131, 88, 100, 3:16, "a@b", 7:32, 0:32, 1:32>>),
    {Pid, Name} = blocked(fun() -> ok end, fun() -> Self ! {led_by, group_leader()} end),
    Asks = spawn(fun() -> Self ! {self(), group_leader(Far, Pid)} end),
    timer:sleep(50),
    release(Name),
    receive {led_by, Leader} -> io:format("~p~n", [Leader =:= Far]) end,
    receive {Asks, Answer} -> io:format("~p~n", [Answer]) end.

killed() ->
    [begin
         {Pid, Name} = blocked(fun() -> register(to_be_killed, self()) end, fun() -> ok end),
         Ref = monitor(process, Pid),
         timed({exit, Reason}, fun() ->
                                       exit(Pid, Reason),
                                       receive {'DOWN', Ref, process, Pid, Why} -> Why end
                               end),
         io:format("~p~n", [{is_process_alive(Pid), process_info(Pid), process_info(Pid, status), whereis(to_be_killed),
                             lists:member(Pid, processes()), catch monitor_noproc(Pid)}]),
         release(Name)
     end || Reason <- [kill, {some, "reason"}, 17]],
    {Pid, Name} = blocked(fun() -> ok end, fun() -> ok end),
    exit(Pid, normal),
    timed(normal, fun() -> is_process_alive(Pid) end),
    Ref = monitor(process, Pid),
    release(Name),
    receive {'DOWN', Ref, process, Pid, Why} -> io:format("~p~n", [Why]) end.

monitor_noproc(Pid) ->
    Ref = monitor(process, Pid),
    receive {'DOWN', Ref, process, Pid, Why} -> Why end.

linked() ->
    process_flag(trap_exit, true),
    {Pid, Name} = blocked(fun() -> ok end, fun() -> ok end),
    link(Pid),
    timed(exit, fun() -> exit(Pid, bang), receive {'EXIT', Pid, Why} -> Why end end),
    timed(noproc, fun() -> link(Pid), receive {'EXIT', Pid, Why} -> Why end end),
    release(Name),
    {Pid2, Name2} = blocked(fun() -> ok end, fun() -> ok end),
    Partner = spawn(fun() -> link(Pid2), receive {stop, Why} -> exit(Why) end end),
    Ref = monitor(process, Pid2),
    timed(partner, fun() -> Partner ! {stop, together}, receive {'DOWN', Ref, process, Pid2, Why} -> Why end end),
    release(Name2),
    process_flag(trap_exit, false).

%% Traces of 'receive' and sequential tokens do not stand in the way of its death.
traced() ->
    {Pid, Name} = blocked(fun() -> seq_trace:set_token(label, 17) end, fun() -> ok end),
    erlang:trace(Pid, true, ['receive', {tracer, spawn(fun() -> receive after infinity -> ok end end)}]),
    timed(status, fun() -> process_info(Pid, status) end),
    process_flag(trap_exit, true),
    timed(killed, fun() -> link(Pid), exit(Pid, kill), receive {'EXIT', Pid, Why} -> Why end end),
    process_flag(trap_exit, false),
    release(Name),
    Self = self(),
    {Pid2, Name2} = blocked(fun() -> ok end, fun() -> Self ! {told, collect()} end),
    Tracer = spawn(fun() -> receive {trace, _, 'receive', M} -> Self ! {first, M} end end),
    erlang:trace(Pid2, true, ['receive', {tracer, Tracer}]),
    [Pid2 ! M || M <- [one, two, three]],
    timed(alive, fun() -> erlang:trace_info(Pid2, flags) end),
    release(Name2),
    receive {told, All} -> io:format("~p~n", [All]) end,
    receive {first, First} -> io:format("~p~n", [First]) end.

suspended() ->
    Self = self(),
    {Pid, Name} = blocked(fun() -> ok end, fun() -> Self ! on_again end),
    true = erlang:suspend_process(Pid, [asynchronous]),
    timed(suspended, fun() -> process_info(Pid, status) end),
    release(Name),
    until_status(Pid, suspended),
    io:format("~p~n", [receive on_again -> too_early after 100 -> stands_still end]),
    true = erlang:resume_process(Pid),
    receive on_again -> ok end,
    io:format("resumed~n").

until_status(Pid, Status) ->
    case process_info(Pid, status) of
        {status, Status} -> io:format("~p~n", [Status]);
        _ -> timer:sleep(5), until_status(Pid, Status)
    end.

%% One that traps exits only hears of them, and what needs its heap waits until it is back.
exits_later() ->
    Self = self(),
    {Pid, Name} = blocked(fun() -> process_flag(trap_exit, true) end, fun() -> Self ! {heard, collect()} end),
    exit(Pid, first),
    Pid ! second,
    exit(Pid, normal),
    timed(alive, fun() -> is_process_alive(Pid) end),
    {messages, Queue} = process_info(Pid, messages),
    io:format("~p~n", [[case M of {'EXIT', Self, R} -> {exit, R}; _ -> M end || M <- Queue]]),
    async = garbage_collect(Pid, [{async, done}]),
    io:format("~p~n", [receive {garbage_collect, done, _} -> too_early after 200 -> waits end]),
    release(Name),
    receive {garbage_collect, done, Result} -> io:format("~p~n", [Result]) end,
    receive {heard, All} -> io:format("~p~n", [length(All)]) end.

%% Many die while they are away, and others live on in the same memory.
never_back() ->
    Pids = [spawn_monitor(fun() -> erts_debug:dirty_io(wait, 200) end) || _ <- lists:seq(1, 50)],
    [exit(Pid, kill) || {Pid, _} <- Pids],
    Reasons = [receive {'DOWN', Ref, process, Pid, Why} -> Why end || {Pid, Ref} <- Pids],
    io:format("~p~n", [lists:usort(Reasons)]),
    More = [spawn_monitor(fun() -> exit(lists:sum(lists:seq(1, 1000))) end) || _ <- lists:seq(1, 200)],
    io:format("~p~n", [lists:usort([receive {'DOWN', Ref, process, Pid, Why} -> Why end || {Pid, Ref} <- More])]),
    Self = self(),
    {Dirty, Ref} = spawn_monitor(fun() -> erts_debug:dirty_cpu(alive_waitexiting, Self) end),
    receive {alive, Dirty} -> ok end,
    exit(Dirty, gone),
    receive {'DOWN', Ref, process, Dirty, Reason} -> io:format("~p~n", [Reason]) end.

%% stress: 50
-module(proc_alone).
-export([main/0]).

%% While a process blocks multi-scheduling one thread works at a time, those of long and waiting work included, and all goes on.
main() ->
    [io:format("~p: ~p~n", [Name, shown(Test)]) || {Name, Test} <-
        [{turns, fun turns/0}, {rest, fun rest/0}, {files, fun files/0}, {work, fun work/0}, {outside, fun outside/0},
         {nested, fun nested/0}, {normal, fun normal/0}, {dead, fun dead/0}, {killed, fun killed/0}, {tables, fun tables/0},
         {alone, fun others/0}, {fair, fun fair/0}]].

shown(Test) ->
    Result = Test(),
    {Result, erlang:system_info(multi_scheduling)}.

blocked(Fun) ->
    blocked = erlang:system_flag(multi_scheduling, block),
    try Fun() after erlang:system_flag(multi_scheduling, unblock) end.

%% The result of each, in processes of their own.
at_once(Funs) ->
    [receive {'DOWN', R, process, _, {result, V}} -> V; {'DOWN', R, process, _, Other} -> Other end
     || R <- [element(2, spawn_monitor(fun() -> exit({result, F()}) end)) || F <- Funs]].

taken(Fun) ->
    Start = erlang:monotonic_time(millisecond),
    Result = Fun(),
    {erlang:monotonic_time(millisecond) - Start, Result}.

%% Those that wait 20 ms take 8 times as much, of both kinds together; without blocking they wait at once.
turns() ->
    Waits = [fun() -> erts_debug:K(wait, 20) end || _ <- lists:seq(1, 4), K <- [dirty_cpu, dirty_io]],
    {Long, Ok} = blocked(fun() -> taken(fun() -> at_once(Waits) end) end),
    {Short, Ok} = taken(fun() -> at_once([fun() -> erts_debug:dirty_io(wait, 250) end || _ <- Waits]) end),
    {Long >= 160, Short < 2000, Ok}.

%% Who blocks goes on once what is at work has ended.
rest() ->
    [begin
         Self = self(),
         {_, R} = spawn_monitor(fun() -> Self ! on, exit(erts_debug:K(wait, 400)) end),
         receive on -> ok end,
         Start = erlang:monotonic_time(millisecond),
         timer:sleep(20),
         {Time, E} = blocked(fun() ->
                                     T = erlang:monotonic_time(millisecond) - Start,
                                     receive {'DOWN', R, _, _, Why} -> {T, Why} end
                             end),
         {Time >= 150, E}
     end || K <- [dirty_cpu, dirty_io]].

files() ->
    D = "/tmp/enigma_alone_" ++ os:getpid(),
    ok = file:make_dir(D),
    Work = fun(I) ->
                   F = filename:join(D, integer_to_list(I)),
                   Bytes = binary:copy(<<I>>, 1000 * I),
                   ok = file:write_file(F, Bytes),
                   {ok, Bytes} = file:read_file(F),
                   {ok, Io} = file:open(F, [read, write, binary]),
                   {ok, 10} = file:position(Io, 10),
                   ok = file:write(Io, "abc"),
                   {ok, <<I, "abc", I>>} = file:pread(Io, 9, 5),
                   ok = file:close(Io),
                   ok = file:delete(F),
                   {error, enoent} = file:read_file_info(F),
                   I
           end,
    Results = blocked(fun() -> at_once([fun() -> [Work(I) || _ <- lists:seq(1, 10)] end || I <- lists:seq(1, 20)]) end),
    {[lists:usort(R) || R <- Results], file:del_dir(D)}.

%% Calls that are too long for a scheduler, of several processes and of the one that blocks.
work() ->
    Term = lists:seq(1, 200000),
    Bytes = binary:copy(<<"abcabcabd">>, 100000),
    Funs = [fun() -> erlang:phash2(binary_to_term(term_to_binary(Term, [{compressed, 1}]))) end,
            fun() -> length(binary:matches(Bytes, [<<"abd">>, <<"ca">>])) end,
            fun() -> erlang:phash2(erlang:md5(Bytes)) end,
            fun() -> re:run(binary:copy(<<"a">>, 20000), "^(a|aa)+$", [{capture, none}, {match_limit, 5000}]) end,
            fun() -> byte_size(iolist_to_binary(lists:duplicate(100000, <<"xyz">>))) end,
            fun() -> length(lists:append(Term, Term)) + length(Term -- lists:seq(1, 100000)) end],
    Free = at_once(Funs),
    {blocked(fun() -> at_once(Funs ++ Funs) end) =:= Free ++ Free, blocked(fun() -> [F() || F <- Funs] end) =:= Free}.

%% Ports and timers beside work that never ends by itself.
outside() ->
    Hog = spawn(fun() -> hog() end),
    Result = blocked(fun() ->
                             Timer = erlang:start_timer(30, self(), done),
                             Words = at_once([fun() -> os:cmd("echo word; sleep 0.1; echo another") end || _ <- lists:seq(1, 5)]),
                             Port = open_port({spawn, "cat"}, [stream, binary]),
                             Port ! {self(), {command, <<"through">>}},
                             {lists:usort(Words), receive {Port, {data, D}} -> D end, receive {timeout, Timer, M} -> M end,
                              port_close(Port)}
                     end),
    exit(Hog, kill),
    Result.

hog() ->
    erts_debug:dirty_cpu(wait, 5),
    erts_debug:dirty_io(wait, 5),
    hog().

%% Several blockers: all goes on at once only after the last.
nested() ->
    Other = spawn_link(fun() -> blocked(fun() -> receive stop -> ok end end) end),
    until(fun() -> erlang:system_info(multi_scheduling) =:= blocked end),
    Waits = [fun() -> erts_debug:dirty_io(wait, 20) end || _ <- lists:seq(1, 6)],
    {A, _} = blocked(fun() -> blocked(fun() -> taken(fun() -> at_once(Waits) end) end) end),
    {B, _} = taken(fun() -> at_once(Waits) end),
    Other ! stop,
    until(fun() -> erlang:system_info(multi_scheduling) =:= enabled end),
    {A >= 120, B >= 120}.

%% block_normal leaves the others alone, until block comes too.
normal() ->
    blocked_normal = erlang:system_flag(multi_scheduling, block_normal),
    Waits = [fun() -> erts_debug:dirty_io(wait, 250) end || _ <- lists:seq(1, 8)],
    {A, _} = taken(fun() -> at_once(Waits) end),
    {B, _} = blocked(fun() -> taken(fun() -> at_once(Waits) end) end),
    {C, _} = taken(fun() -> at_once(Waits) end),
    enabled = erlang:system_flag(multi_scheduling, unblock_normal),
    {A < 2000, B >= 2000, C < 2000}.

%% A blocker that dies lets what waits for its turn begin.
dead() ->
    Self = self(),
    {P, R} = spawn_monitor(fun() ->
                                   blocked = erlang:system_flag(multi_scheduling, block),
                                   Self ! ready,
                                   receive stop -> ok end
                           end),
    receive ready -> ok end,
    Jobs = [spawn_monitor(fun() -> exit(erts_debug:dirty_io(wait, 50)) end) || _ <- lists:seq(1, 10)],
    exit(P, kill),
    {receive {'DOWN', R, _, _, Why} -> Why end, [receive {'DOWN', J, _, _, E} -> E end || {_, J} <- Jobs]}.

%% Killed while it waits for what is at work, or as one of many.
killed() ->
    [begin
         Jobs = [spawn_monitor(fun() -> exit(erts_debug:dirty_io(wait, 20)) end) || _ <- lists:seq(1, 3)],
         Blockers = [spawn_monitor(fun() -> erlang:system_flag(multi_scheduling, block), receive after infinity -> ok end end)
                     || _ <- lists:seq(1, 3)],
         timer:sleep(N),
         [exit(P, kill) || {P, _} <- Blockers],
         [receive {'DOWN', R, _, _, killed} -> ok end || {_, R} <- Blockers],
         Result = lists:usort([receive {'DOWN', R, _, _, E} -> E end || {_, R} <- Jobs]),
         until(fun() -> erlang:system_info(multi_scheduling) =:= enabled end),
         Result
     end || N <- [0, 1, 5, 25]].

%% Much to free, by those who die and by those who live.
tables() ->
    Fill = fun() ->
                   T = ets:new(t, [public]),
                   ets:insert(T, [{N, N} || N <- lists:seq(1, 50000)]),
                   T
           end,
    blocked(fun() ->
                    Gone = at_once([fun() -> Fill(), gone end || _ <- lists:seq(1, 4)]),
                    T = Fill(),
                    {Gone, ets:delete(T), ets:info(T)}
            end).

%% Beside a job no process runs: a counter stands still from its beginning to its end.
others() ->
    Counter = atomics:new(1, []),
    Spinners = [spawn(fun() -> spin(Counter) end) || _ <- lists:seq(1, 3)],
    Moved = blocked(fun() ->
                            [begin
                                 Before = atomics:get(Counter, 1),
                                 ok = erts_debug:dirty_cpu(wait, 100),
                                 atomics:get(Counter, 1) - Before
                             end || _ <- lists:seq(1, 3)]
                    end),
    Free = begin
               Before = atomics:get(Counter, 1),
               timer:sleep(300),
               atomics:get(Counter, 1) - Before
           end,
    [exit(P, kill) || P <- Spinners],
    %% They count for a turn or two around the job, not for 100 ms.
    lists:min(Moved) < Free div 4.

spin(Counter) ->
    atomics:add(Counter, 1, 1),
    spin(Counter).

%% Many jobs leave the processes their share, and processes that never rest leave the jobs theirs.
fair() ->
    Hogs = [spawn(fun() -> hog() end) || _ <- lists:seq(1, 5)],
    Spinners = [spawn(fun() -> spin(atomics:new(1, [])) end) || _ <- lists:seq(1, 5)],
    Result = blocked(fun() ->
                             Waits = [erts_debug:dirty_io(wait, 1) || _ <- lists:seq(1, 5)],
                             Sums = at_once([fun() -> lists:sum(lists:seq(1, 100000)) end || _ <- lists:seq(1, 5)]),
                             {Waits, Sums}
                     end),
    [exit(P, kill) || P <- Hogs ++ Spinners],
    Result.

until(Fun) ->
    case Fun() of
        true -> true;
        false -> timer:sleep(5), until(Fun)
    end.

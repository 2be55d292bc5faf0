-module(proc_scheduling).
-export([main/0]).

%% Priorities of requests, blocked schedulers, processes bound to one.
main() ->
    io:format("~p~n", [blocking()]),
    io:format("~p~n", [dead_blockers()]),
    io:format("~p~n", [alone()]),
    io:format("~p~n", [bound()]),
    io:format("~p~n", [refused()]),
    io:format("~p~n", [inversion()]),
    io:format("~p~n", [tasks()]),
    io:format("~p~n", [low()]),
    io:format("~p~n", [starving()]).

%% With one scheduler erl says who blocks, but names nobody.
state() ->
    Counts = [length(erlang:system_info(multi_scheduling_blockers)),
              length(erlang:system_info(normal_multi_scheduling_blockers))],
    {erlang:system_info(multi_scheduling), [C || C <- Counts, erlang:system_info(schedulers) > 1]}.

counts(Counts) ->
    [C || C <- Counts, erlang:system_info(schedulers) > 1].

blocking() ->
    [begin
         Result = erlang:system_flag(multi_scheduling, How),
         {How, Result, state() =:= {Result, counts(Counts)}}
     end
     || {How, Counts} <- [{block, [1, 0]}, {block, [1, 0]}, {block_normal, [1, 1]}, {unblock, [1, 1]},
                          {unblock, [0, 1]}, {unblock, [0, 1]}, {unblock_normal, [0, 0]}, {unblock_normal, [0, 0]},
                          {block_normal, [0, 1]}, {block, [1, 1]}, {unblock, [0, 1]}, {unblock_normal, [0, 0]}]].

dead_blockers() ->
    Self = self(),
    Block = fun(How) ->
                    spawn_monitor(fun() ->
                                          erlang:system_flag(multi_scheduling, How),
                                          erlang:system_flag(multi_scheduling, How),
                                          Self ! {self(), blocks},
                                          receive after infinity -> ok end
                                  end)
            end,
    {P, PR} = Block(block_normal),
    receive {P, blocks} -> ok end,
    A = state() =:= {blocked_normal, counts([0, 1])},
    {Q, QR} = Block(block),
    receive {Q, blocks} -> ok end,
    B = state() =:= {blocked, counts([1, 1])},
    exit(P, kill),
    receive {'DOWN', PR, process, P, killed} -> ok end,
    C = until(fun() -> state() =:= {blocked, counts([1, 0])} end),
    exit(Q, kill),
    receive {'DOWN', QR, process, Q, killed} -> ok end,
    D = until(fun() -> state() =:= {enabled, counts([0, 0])} end),
    [A, B, C, D].

%% Where urgent processes keep all schedulers busy but one, others have their turns on that one, wherever they began.
starving() ->
    N = erlang:system_info(schedulers_online),
    Old = process_flag(priority, max),
    Counters = [{counters:new(1, [atomics]), P} || P <- lists:duplicate(10, normal) ++ lists:duplicate(10, low), N > 1],
    Others = [spawn_opt(fun() -> count(C) end, [{priority, P}]) || {C, P} <- Counters],
    Urgent = [spawn_opt(fun() -> count(counters:new(1, [atomics])) end, [{priority, high}]) || _ <- lists:seq(2, N)],
    timer:sleep(1000),
    Before = [counters:get(C, 1) || {C, _} <- Counters],
    timer:sleep(2000),
    After = [counters:get(C, 1) || {C, _} <- Counters],
    [exit(P, kill) || P <- Others ++ Urgent],
    process_flag(priority, Old),
    [X || {A, A} = X <- lists:zip(Before, After)].

count(Counter) ->
    counters:add(Counter, 1, 1),
    count(Counter).

%% Who blocks the others runs alone from then on, on whatever scheduler it was: what others count only changes in its turns'
%% pauses.
alone() ->
    Counter = atomics:new(1, []),
    Spinners = [spawn_link(fun() -> spin(Counter) end) || _ <- lists:seq(1, 4)],
    Changes = [begin
                   process_flag(scheduler, S),
                   process_flag(scheduler, 0),
                   blocked = erlang:system_flag(multi_scheduling, block),
                   Seen = changes(Counter, 100, 0),
                   enabled = erlang:system_flag(multi_scheduling, unblock),
                   Seen
               end || S <- lists:seq(1, erlang:system_info(schedulers_online)), _ <- lists:seq(1, 10)],
    [begin unlink(P), exit(P, kill) end || P <- Spinners],
    [C || C <- Changes, C > 20].

spin(Counter) ->
    atomics:add(Counter, 1, 1),
    spin(Counter).

changes(_, 0, Seen) -> Seen;
changes(Counter, N, Seen) ->
    Before = atomics:get(Counter, 1),
    _ = lists:sum(lists:seq(1, 20)),
    changes(Counter, N - 1, case atomics:get(Counter, 1) of Before -> Seen; _ -> Seen + 1 end).

until(Fun) ->
    case Fun() of
        true -> true;
        false -> timer:sleep(5), until(Fun)
    end.

bound() ->
    N = erlang:system_info(schedulers_online),
    Self = self(),
    Where = fun(S) ->
                    spawn_opt(fun() ->
                                      Seen = [begin erlang:yield(), erlang:system_info(scheduler_id) end
                                              || _ <- lists:seq(1, 200)],
                                      Self ! {seen, S, lists:usort(Seen) =:= [S]}
                              end, [{scheduler, S}])
            end,
    [Where(S) || S <- lists:seq(1, N)],
    Seen = [receive {seen, S, X} -> X end || S <- lists:seq(1, N)],
    Moved = [begin
                 _ = process_flag(scheduler, S),
                 {erlang:system_info(scheduler_id) =:= S, process_flag(scheduler, S) =:= S}
             end || S <- lists:seq(1, N) ++ lists:seq(1, N)],
    {lists:usort(Seen), lists:usort(Moved), process_flag(scheduler, 0) =:= N, process_flag(scheduler, 0)}.

refused() ->
    [try process_flag(scheduler, V) catch C:E -> {C, E} end || V <- [-1, 1000000, x, 1.0]] ++
        [try erlang:system_flag(multi_scheduling, V) catch C:E -> {C, E} end || V <- [on, true, 1]] ++
        [try erlang:system_flag(schedulers_online, V) catch C:E -> {C, E} end || V <- [0, -1, 1000000, x]].

%% Every scheduler is busy with processes of high priority; a low one answers all the same.
inversion() ->
    Old = process_flag(priority, max),
    Busy = [spawn_opt(fun busy/0, [{priority, high}, link, {scheduler, S}])
            || S <- lists:seq(1, erlang:system_info(schedulers_online))],
    Low = spawn_opt(fun busy/0, [{priority, low}, link]),
    Idle = spawn_opt(fun() -> receive after infinity -> ok end end, [{priority, normal}, link]),
    Leader = group_leader(),
    Init = whereis(init),
    Answers = [begin
                   true = group_leader(Init, P),
                   {group_leader, Init} = process_info(P, group_leader),
                   true = group_leader(Leader, P),
                   {is_process_alive(P), erlang:check_process_code(P, nobody_has_this), garbage_collect(P),
                    element(1, process_info(P, dictionary))}
               end || P <- [Low, Idle], _ <- lists:seq(1, 20)],
    [begin unlink(P), exit(P, kill) end || P <- [Low, Idle | Busy]],
    process_flag(priority, Old),
    lists:usort(Answers).

busy() -> busy().

%% Collections that wait until the process may be collected; results of a dead process.
tasks() ->
    {P, R} = spawn_monitor(fun() -> receive stop -> ok end end),
    Refs = [begin Id = make_ref(), async = garbage_collect(P, [{async, Id}, {type, T}]), Id end
            || T <- [major, minor], _ <- lists:seq(1, 20)],
    All = [receive {garbage_collect, Id, X} -> X end || Id <- Refs],
    P ! stop,
    receive {'DOWN', R, process, P, normal} -> ok end,
    {lists:usort(All), garbage_collect(P), erlang:check_process_code(P, lists)}.

%% Low processes run less often than normal ones, but they run.
low() ->
    Counters = counters:new(2, []),
    Loop = fun L(I) -> counters:add(Counters, I, 1), [erlang:yield() || I =:= 0], work(500), L(I) end,
    Pids = [spawn_opt(fun() -> Loop(I) end, [{priority, P}])
            || {I, P} <- [{1, normal}, {2, low}], _ <- lists:seq(1, 20)],
    timer:sleep(500),
    [exit(P, kill) || P <- Pids],
    {Normal, Low} = {counters:get(Counters, 1), counters:get(Counters, 2)},
    {Low > 0, Low * 3 < Normal}.

work(0) -> ok;
work(N) -> work(N - 1).

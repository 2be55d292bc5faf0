%% A process with many tables leaves others their turns while it dies, and is dead for all before it is gone.
%% stress: 200
-module(ets_leaving).
-export([main/0]).
-include("show.hrl").
-define(N, 1200).

%% The owner of many tables; others are fixed by it.
owner(Parent, Named, Others, End) ->
    Parent ! {self(), [ets:new(list_to_atom("ets_leaving_" ++ integer_to_list(N)), [public | Named]) || N <- lists:seq(1, ?N)]},
    [ets:safe_fixtable(T, true) || T <- Others],
    Parent ! {self(), fixed},
    End().

start(Named, Others, End) ->
    Self = self(),
    Pid = spawn(fun() -> owner(Self, Named, Others, End) end),
    Ts = receive {Pid, Made} -> Made end,
    {Pid, Ts, erlang:monitor(process, Pid)}.

fixed(Pid) -> receive {Pid, fixed} -> ok end.

%% The events of its end, runs of them told by one.
events(Pid, Last, N) ->
    receive {trace, Pid, Last, 0} -> events(Pid, Last, N + 1);
            {trace, Pid, What, 0} -> [{Last, few(N)} | events(Pid, What, 1)]
    after 0 -> [{Last, N}]
    end.
few(N) when N < 4 -> N;
few(_) -> many.

turns(Pid) ->
    receive {trace, Pid, out_exiting, 0} -> receive {trace, Pid, in_exiting, 0} -> 1 + turns(Pid) end;
            {trace, Pid, out_exited, 0} -> 0
    end.

gone(Ts) -> lists:usort([ets:info(T, size) || T <- Ts]).

%% The ways to end: killed, by a return, by an error, by exit/1, while suspended.
ends() ->
    Wait = fun() -> receive stop -> ok end end,
    [{"killed", fun() -> receive never -> ok end end, fun(P) -> exit(P, kill) end},
     {"return", Wait, fun(P) -> P ! stop end},
     {"exit", fun() -> Wait(), exit({done, [1, 2]}) end, fun(P) -> P ! stop end},
     {"signal", fun() -> receive never -> ok end end, fun(P) -> exit(P, {because, "of", #{x => 1.5}}) end},
     {"suspended", fun() -> receive never -> ok end end,
      fun(P) -> erlang:suspend_process(P), exit(P, shutdown), erlang:yield() end}].

one({Name, Wait, Kill}, Named) ->
    Others = [ets:new(other, [public]) || _ <- lists:seq(1, 300)],
    [ets:insert(T, {1, x}) || T <- Others],
    {Pid, Ts, Mon} = start(Named, Others, Wait),
    fixed(Pid),
    Fixed = lists:usort([ets:info(T, fixed) || T <- Others]),
    [ets:delete(T, 1) || T <- Others],
    register(ets_leaving_owner, Pid),
    erlang:trace(Pid, true, [exiting]),
    Kill(Pid),
    Reason = receive {'DOWN', Mon, process, Pid, R} -> R end,
    ?SHOW({Name, Named, Reason, length(Ts), gone(Ts), Fixed, lists:usort([ets:info(T, fixed) || T <- Others]),
           whereis(ets_leaving_owner), is_process_alive(Pid), turns(Pid) >= 3}),
    [ets:delete(T) || T <- Others].

%% Asked while it dies.
asked() ->
    {Pid, _, Mon} = start([named_table], [], fun() -> receive never -> ok end end),
    fixed(Pid),
    true = register(ets_leaving_owner, Pid),
    exit(Pid, kill),
    Alive = is_process_alive(Pid),
    ?SHOW({Alive, whereis(ets_leaving_owner), process_info(Pid, status), erlang:monitor(process, Pid) =/= Mon,
           catch ets:give_away(ets:new(t, []), Pid, x)}),
    T = ets:new(t, [{heir, Pid, x}]),
    ?SHOW([receive {'DOWN', _, process, Pid, R} -> R end || _ <- [1, 2]]),
    ?SHOW({Alive, ets:info(T, heir), ets:whereis(ets_leaving_1)}).

%% Many at once, some of which inherit from others.
heirs() ->
    Self = self(),
    Keeper = spawn(fun() -> keep(Self, 0) end),
    Pids = [spawn(fun() -> [ets:new(t, [{heir, Keeper, N}]) || _ <- lists:seq(1, 100)], Self ! made, receive never -> ok end end)
            || N <- lists:seq(1, 10)],
    [receive made -> ok end || _ <- Pids],
    [exit(P, kill) || P <- Pids],
    [receive {kept, K} -> ?SHOW(K) end || _ <- [1]],
    Mon = erlang:monitor(process, Keeper),
    Keeper ! stop,
    receive {'DOWN', Mon, _, _, _} -> ok end,
    ?SHOW(length([T || T <- ets:all(), ets:info(T, name) =:= t, ets:info(T, owner) =/= Self])).

keep(Parent, 1000) ->
    Parent ! {kept, {length([T || T <- ets:all(), ets:info(T, owner) =:= self()])}},
    receive stop -> ok end;
keep(Parent, N) ->
    receive {'ETS-TRANSFER', _, _, _} -> keep(Parent, N + 1) end.

%% Tables that go while processes that have fixed them die.
fixers() ->
    Self = self(),
    Round = fun(_) ->
        T = ets:new(t, [public]),
        ets:insert(T, {1, x}),
        Pids = [spawn_monitor(fun() -> ets:safe_fixtable(T, true), ets:delete(T, 1), Self ! fixed, receive stop -> ok end end)
                || _ <- lists:seq(1, 4)],
        [receive fixed -> ok end || _ <- Pids],
        [P ! stop || {P, _} <- Pids],
        ets:delete(T),
        [receive {'DOWN', M, process, P, R} -> R end || {P, M} <- Pids]
    end,
    ?SHOW(lists:usort(lists:flatmap(Round, lists:seq(1, 300)))).

main() ->
    fixers(),
    [one(E, Named) || E <- ends(), Named <- [[], [named_table]]],
    asked(),
    heirs(),
    ok.

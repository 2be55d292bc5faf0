%% Long work on tables leaves others their turns: what another process sees while a call is at it, and how often it runs.
%% stress: 0
-module(ets_slices).
-export([main/0]).
-include("show.hrl").
-define(N, 120000).
-define(TURNS, 8).

%% Counts its turns until told to stop.
watch(N) ->
    receive {stop, From} -> From ! {turns, self(), N}
    after 0 -> erlang:yield(), watch(N + 1)
    end.

%% The result of F, and whether another process had at least so many turns meanwhile.
beside(F) ->
    W = spawn(fun() -> watch(0) end),
    erlang:yield(),
    Result = F(),
    W ! {stop, self()},
    receive {turns, W, N} when N >= ?TURNS -> {Result, ok};
            {turns, W, N} -> {Result, {only, N}}
    end.

objects(Type) ->
    [{key(Type, I), I, "x"} || I <- lists:seq(1, ?N)].
key(duplicate_bag, I) -> I rem 1000;
key(_, I) -> I.

fill(Type) ->
    T = ets:new(t, [Type, public]),
    true = ets:insert(T, objects(Type)),
    T.

all(Type) ->
    L = objects(Type),
    T = ets:new(t, [Type, public]),
    ?SHOW({Type, beside(fun() -> ets:insert(T, L) end), ets:info(T, size)}),
    ?SHOW({Type, beside(fun() -> ets:insert_new(T, L) end), ets:info(T, size)}),
    New = [{{new, I}, 0, 0} || I <- lists:seq(1, ?N)],
    ?SHOW({Type, beside(fun() -> ets:insert_new(T, New ++ [hd(L)]) end), ets:info(T, size)}),
    ?SHOW({Type, beside(fun() -> ets:insert_new(T, New) end), ets:info(T, size)}),
    ?SHOW({Type, beside(fun() -> length(ets:tab2list(T)) end)}),
    ?SHOW({Type, beside(fun() -> length(ets:match(T, {'_', '$1', 0})) end)}),
    ?SHOW({Type, beside(fun() -> ets:select_count(T, [{{'_', '$1', '_'}, [{'<', '$1', 1000}], [true]}]) end)}),
    ?SHOW({Type, beside(fun() -> ets:match_delete(T, {{new, '_'}, '_', '_'}) end), ets:info(T, size)}),
    Type =:= bag orelse
        ?SHOW({Type, beside(fun() -> ets:select_replace(T, [{{'$1', '$2', '_'}, [], [{{'$1', '$2', "y"}}]}]) end)}),
    ets:safe_fixtable(T, true),
    ?SHOW({Type, beside(fun() -> ets:delete_all_objects(T) end), ets:info(T, size), ets:tab2list(T)}),
    ets:insert(T, New),
    ?SHOW({Type, ets:info(T, size)}),
    ?SHOW({Type, element(1, beside(fun() -> ets:safe_fixtable(T, false) end)), length(ets:tab2list(T))}),
    ?SHOW({Type, beside(fun() -> ets:delete_all_objects(T) end), ets:info(T, size)}),
    T2 = fill(Type),
    ?SHOW({Type, beside(fun() -> ets:delete(T2) end), ets:info(T2)}).

%% A bad list changes nothing, wherever the bad element stands, and is shown as it was given.
bad() ->
    T = ets:new(t, [public]),
    L = [{I} || I <- lists:seq(1, 20000)],
    [?SHOW({ets:info(T, size), try ets:F(T, L ++ Tail) catch error:badarg:S -> blame(S, T, L ++ Tail) end})
     || F <- [insert, insert_new], Tail <- [[x], [{}, {a}], x, [{a} | b]]].
blame([{ets, F, [T, L], _} | _], T, L) -> {F, as_given}.

%% Nobody sees a list half inserted.
isolated(Type) ->
    T = ets:new(t, [Type, public]),
    S = self(),
    L = [{I, x} || I <- lists:seq(1, 30000)],
    spawn_link(fun() -> ets:insert(T, L), S ! done end),
    ?SHOW({Type, lists:usort(sizes(T, []))}).
sizes(T, Seen) ->
    %% The insertion may end between two looks, so what counts is that no look
    %% finds less than the one before it.
    Looks = [ets:info(T, size) =:= 30000, ets:member(T, 1), ets:member(T, 30000), ets:info(T, size) =:= 30000,
             ets:member(T, 1), ets:info(T, size) > 0],
    Now = case {Looks, lists:sort(Looks)} of
              {[true | _], Looks} -> all;
              {_, Looks} -> none;
              Other -> Other
          end,
    receive done -> [all, none | Seen] after 0 -> sizes(T, [Now | Seen]) end.

%% A process killed in the middle of its insertion has inserted everything or nothing.
killed(Type) ->
    T = ets:new(t, [Type, public]),
    L = [{I, x} || I <- lists:seq(1, 30000)],
    [begin
         {P, M} = spawn_monitor(fun() -> ets:insert(T, L) end),
         [erlang:yield() || _ <- lists:seq(1, Turns)],
         exit(P, kill),
         receive {'DOWN', M, process, P, _} -> ok end,
         true = lists:member(ets:info(T, size), [0, 30000]),
         ets:delete_all_objects(T)
     end || Turns <- [1, 3, 10, 20, 30, 50, 80]],
    ?SHOW({Type, ets:info(T, size)}).

%% A table deleted, renamed or given away in the middle.
ended(How) ->
    T = ets:new(ended, [public, named_table]),
    S = self(),
    L = [{I, x} || I <- lists:seq(1, 30000)],
    P = spawn_link(fun() -> S ! {self(), catch ets:insert(T, L)} end),
    erlang:yield(),
    erlang:yield(),
    How(T),
    Got = receive {P, true} -> fine; {P, {'EXIT', {badarg, _}}} -> fine; {P, Other} -> Other end,
    ?SHOW({Got, ets:info(ended, size)}),
    catch ets:delete(other).

%% Many objects of one key.
one_key() ->
    T = ets:new(t, [duplicate_bag]),
    ?SHOW(beside(fun() -> ets:insert(T, [{one, I} || I <- lists:seq(1, ?N)]) end)),
    [ets:insert(T, {one, -I}) || I <- lists:seq(1, 10000)],
    ?SHOW({ets:info(T, size), length(lists:usort(ets:lookup(T, one)))}),
    ?SHOW(element(1, beside(fun() -> ets:delete(T, one) end))),
    ?SHOW(ets:info(T, size)).

%% The death of an owner of large tables.
death() ->
    {P, M} = spawn_monitor(fun() -> [fill(T) || T <- [set, ordered_set, duplicate_bag]], ets:new(mine, [named_table]),
                                    receive stop -> ok end end),
    ?SHOW(element(1, beside(fun() -> P ! stop, receive {'DOWN', M, _, _, R} -> {R, ets:info(mine)} end end))).

main() ->
    [all(T) || T <- [set, ordered_set, bag, duplicate_bag]],
    bad(),
    [isolated(T) || T <- [set, ordered_set]],
    [killed(T) || T <- [set, ordered_set, bag]],
    [ended(How) || How <- [fun(T) -> ets:delete(T) end, fun(T) -> ets:rename(T, other) end]],
    one_key(),
    death().

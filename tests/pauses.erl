%% Run by test_pauses.py: prints the longest time, in milliseconds, for which long work on a table of 300,000 objects
%% kept another process from running.
-module(pauses).
-export([main/0]).
-define(N, 300000).

watch(Last, Longest) ->
    receive {stop, From} -> From ! {longest, max(Longest, erlang:monotonic_time() - Last)}
    after 0 ->
        Now = erlang:monotonic_time(),
        erlang:yield(),
        watch(Now, max(Longest, Now - Last))
    end.

beside(Type, What, F) ->
    erlang:garbage_collect(),
    W = spawn(fun() -> watch(erlang:monotonic_time(), 0) end),
    erlang:yield(),
    F(),
    W ! {stop, self()},
    receive {longest, T} -> io:format("~w ~w ~w~n", [Type, What, erlang:convert_time_unit(T, native, millisecond)]) end.

run(Type) ->
    T = ets:new(t, [Type, public]),
    L = [{I, I} || I <- lists:seq(1, ?N)],
    Any = {'$1', '$2'},
    beside(Type, insert, fun() -> ets:insert(T, L) end),
    beside(Type, insert_new, fun() -> ets:insert_new(T, L) end),
    beside(Type, match, fun() -> ets:match(T, {'_', none}) end),
    beside(Type, select_count, fun() -> ets:select_count(T, [{Any, [], [true]}]) end),
    Type =:= bag orelse
        beside(Type, select_replace, fun() -> ets:select_replace(T, [{Any, [], [{{'$1', {'+', '$2', 1}}}]}]) end),
    beside(Type, match_delete, fun() -> ets:match_delete(T, {'_', '_'}) end),
    ets:insert(T, L),
    ets:safe_fixtable(T, true),
    beside(Type, delete_all_fixed, fun() -> ets:delete_all_objects(T) end),
    beside(Type, unfix, fun() -> ets:safe_fixtable(T, false) end),
    ets:insert(T, L),
    beside(Type, delete_all, fun() -> ets:delete_all_objects(T) end),
    ets:insert(T, L),
    beside(Type, delete, fun() -> ets:delete(T) end),
    {P, M} = spawn_monitor(fun() -> ets:insert(ets:new(t, [Type]), L), receive stop -> ok end end),
    erlang:garbage_collect(),
    beside(Type, death, fun() -> P ! stop, receive {'DOWN', M, _, _, _} -> ok end end).

main() ->
    [run(T) || T <- [set, ordered_set, bag, duplicate_bag]].

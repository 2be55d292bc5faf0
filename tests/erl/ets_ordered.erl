%% ordered_set: traversal both ways, key comparison by ==, slots, ranges.
%% stress: 50
-module(ets_ordered).
-export([main/0]).
-include("show.hrl").
walk(T) -> walk(T, ets:first(T)).
walk(_, '$end_of_table') -> [];
walk(T, K) -> [K | walk(T, ets:next(T, K))].
back(T) -> back(T, ets:last(T)).
back(_, '$end_of_table') -> [];
back(T, K) -> [K | back(T, ets:prev(T, K))].

main() ->
    T = ets:new(tt, [ordered_set]),
    ?SHOW(ets:first(T)),
    ?SHOW(ets:last(T)),
    ?SHOW(ets:next(T, x)),
    ?SHOW(ets:prev(T, x)),
    Keys = [5, a, "s", 1.5, {1}, <<"b">>, #{}, 1, 3, [], 1 bsl 64, -7],
    ets:insert(T, [{K, v} || K <- Keys]),
    ?SHOW(walk(T)),
    ?SHOW(back(T)),
    ?SHOW(ets:tab2list(T)),
    ?SHOW(ets:insert(T, {1.0, replaced})),
    ?SHOW(ets:lookup(T, 1)),
    ?SHOW(ets:lookup(T, 1.0)),
    ?SHOW(ets:member(T, 5.0)),
    ?SHOW([ets:next(T, K) || K <- [-100, 1, 1.0, 2, 4.5, a, zzz, {0}, {2}, <<>>]]),
    ?SHOW([ets:prev(T, K) || K <- [-100, 1, 1.0, 2, 4.5, a, zzz, {0}, {2}, <<"zz">>]]),
    ?SHOW(ets:delete(T, 3.0)),
    ?SHOW(ets:member(T, 3)),
    ?SHOW(ets:delete_object(T, {5.0, v})),
    ?SHOW(ets:member(T, 5)),
    ?SHOW(ets:slot(T, 0)),
    ?SHOW(ets:slot(T, 100)),
    ?SHOW(ets:delete_all_objects(T)),
    [ets:insert(T, {(N * 7919) rem 10007, N}) || N <- lists:seq(1, 10000)],
    ?SHOW(ets:info(T, size)),
    ?SHOW(walk(T) =:= lists:seq(0, 10006) -- [0, (10001 * 7919) rem 10007, (10002 * 7919) rem 10007, (10003 * 7919) rem 10007,
                                            (10004 * 7919) rem 10007, (10005 * 7919) rem 10007, (10006 * 7919) rem 10007]),
    ?SHOW([ets:delete(T, N) || N <- lists:seq(0, 10006), N rem 100 =/= 0] =/= []),
    ?SHOW(erlang:phash2(ets:tab2list(T))),
    ?SHOW(lists:sublist(back(T), 5)),
    ?SHOW(ets:select(T, [{{'$1', '_'}, [{'>', '$1', 9500}], ['$1']}])),
    ?SHOW(ets:select_reverse(T, [{{'$1', '_'}, [{'>', '$1', 9500}], ['$1']}])),
    ?SHOW(ets:foldl(fun({K, _}, A) -> K + A end, 0, T)),
    ?SHOW(ets:foldr(fun({K, _}, A) -> [K | A] end, [], T) =:= walk(T)),
    ?SHOW(ets:insert_new(T, {100, x})),
    ?SHOW(ets:update_counter(T, 100, 5) =/= 0),
    ?SHOW(ets:take(T, 200) =/= []).

%% first/next over sets while they change, safe_fixtable, slots.
-module(ets_traverse).
-export([main/0]).
-include("show.hrl").
walk(T, K, N) when K =:= '$end_of_table' -> {N, ets:info(T, size)};
walk(T, K, N) -> ets:delete(T, K), walk(T, ets:next(T, K), N + 1).
keys(T) -> keys(T, ets:first(T)).
keys(_, '$end_of_table') -> [];
keys(T, K) -> [K | keys(T, ets:next(T, K))].
slots(T, N) -> case ets:slot(T, N) of '$end_of_table' -> []; L -> L ++ slots(T, N + 1) end.

main() ->
    [begin
         T = ets:new(tt, [Type]),
         ets:insert(T, [{N} || N <- lists:seq(1, 500)]),
         ?SHOW({Type, lists:sort(keys(T)) =:= lists:seq(1, 500)}),
         ?SHOW(lists:sort(slots(T, 0)) =:= [{N} || N <- lists:seq(1, 500)]),
         ?SHOW(ets:safe_fixtable(T, true)),
         ?SHOW(ets:info(T, fixed)),
         ?SHOW(begin {_, [{P, 1}]} = ets:info(T, safe_fixed_monotonic_time), P =:= self() end),
         ?SHOW(walk(T, ets:first(T), 0)),
         ?SHOW(ets:insert(T, {new})),
         ?SHOW(keys(T)),
         ?SHOW(ets:safe_fixtable(T, false)),
         ?SHOW(ets:info(T, fixed)),
         ?SHOW(ets:next(T, not_there) =/= x),
         ?SHOW(ets:safe_fixtable(T, id('maybe'))),
         ?SHOW(ets:tab2list(T))
     end || Type <- [set, bag, duplicate_bag]],
    O = ets:new(tt, [ordered_set]),
    ets:insert(O, [{N} || N <- lists:seq(1, 500)]),
    ?SHOW(walk(O, ets:first(O), 0)),
    ?SHOW(ets:next(O, id(x))),
    S = ets:new(tt, [set]),
    ?SHOW(ets:next(S, not_there)),
    ?SHOW(ets:first(S)),
    ?SHOW(ets:last(S)),
    ?SHOW(ets:foldl(fun(_, A) -> A end, empty, S)),
    %% slots behind the last, and the end of a table as a key
    [?SHOW({N, ets:slot(O, id(N))}) || N <- [499, 500, 501]],
    [?SHOW({N, ets:slot(S, id(N))}) || N <- [255, 256, 257]],
    [?SHOW({F, ets:F(T, id('$end_of_table'))}) || T <- [S, O], F <- [next, prev, lookup]],
    ets:insert(O, {'$end_of_table'}),
    ?SHOW({ets:last(O), ets:prev(O, zzz), ets:select_count(O, [{'_', [], [true]}])}),
    ?SHOW(ets:info(S, stats)),
    ?SHOW(ets:info(O, stats)).

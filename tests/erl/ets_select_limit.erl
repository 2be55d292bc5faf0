%% select/3 with continuations, forwards and backwards, over changing tables.
-module(ets_select_limit).
-export([main/0]).
-include("show.hrl").
all('$end_of_table') -> [];
all({L, C}) -> L ++ all(ets:select(C)).
rall('$end_of_table') -> [];
rall({L, C}) -> L ++ rall(ets:select_reverse(C)).
all_match('$end_of_table') -> [];
all_match({L, C}) -> L ++ all_match(ets:match_object(C)).

main() ->
    [begin
         T = ets:new(tt, [Type]),
         ets:insert(T, [{N, N rem 10} || N <- lists:seq(1, 1000)]),
         Spec = [{{'$1', '$2'}, [{'<', '$2', 3}], ['$1']}],
         ?SHOW({Type, erlang:phash2(lists:sort(all(ets:select(T, Spec, 7))))}),
         ?SHOW(length(all(ets:select(T, Spec, 1)))),
         ?SHOW(length(all(ets:select(T, Spec, 100000)))),
         ?SHOW(all(ets:select(T, [{{none, '_'}, [], ['$_']}], 5))),
         ?SHOW(length(rall(ets:select_reverse(T, Spec, 13)))),
         ?SHOW(length(all_match(ets:match_object(T, {'_', 4}, 9)))),
         ?SHOW(begin ets:safe_fixtable(T, true), {L, C} = ets:select(T, Spec, 10), [ets:delete(T, K) || K <- L],
             Rest = all(ets:select(C)),
                  ets:safe_fixtable(T, false), {length(L), length(Rest), ets:info(T, size)} end),
         ?SHOW(ets:select(T, Spec, id(0))),
         ?SHOW(ets:select(id({bad, c}))),
         ?SHOW(ets:repair_continuation('$end_of_table', Spec))
     end || Type <- [set, ordered_set, bag, duplicate_bag]].

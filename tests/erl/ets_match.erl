%% match, match_object, match_delete with patterns of every kind and with limits.
-module(ets_match).
-export([main/0]).
-include("show.hrl").
main() ->
    [begin
         T = ets:new(tt, [Type]),
         ets:insert(T, [{1, a, x}, {2, b, x}, {3, a, y}, {4, {n, 5}, [1, 2]}, {5, "s", #{k => 1}}, {6, a}, {7, 7, 7}, {8, <<"b">>,
             1.0}]),
         ?SHOW(Type),
         ?SHOW(lists:sort(ets:match(T, {'$1', a, '_'}))),
         ?SHOW(lists:sort(ets:match(T, {'$2', '$1', x}))),
         ?SHOW(lists:sort(ets:match(T, {'$1', '$1', '$1'}))),
         ?SHOW(lists:sort(ets:match(T, '$1'))),
         ?SHOW(lists:sort(ets:match(T, '_'))),
         ?SHOW(ets:match(T, {4, {n, '$1'}, ['$2' | '$3']})),
         ?SHOW(ets:match(T, {'$1', '_', #{k => 1}})),
         ?SHOW(ets:match(T, {'$1', '_', 1})),
         ?SHOW(ets:match(T, {'$1', '_', 1.0})),
         ?SHOW(ets:match(T, {'$10', <<"b">>, '$9'})),
         ?SHOW(ets:match(T, x)),
         ?SHOW(ets:match_object(T, {2, '_', '_'})),
         ?SHOW(lists:sort(ets:match_object(T, {'_', '_'}))),
         ?SHOW(begin {L, C} = ets:match(T, {'$1', '_', '_'}, 3), length(L) + rest(C) end),
         ?SHOW(ets:match(T, {none, '_'}, 3)),
         ?SHOW(ets:match_object(T, {'_', a, '_'}, 100) =/= x),
         ?SHOW(ets:match_delete(T, {'_', a, '_'})),
         ?SHOW(lists:sort(ets:tab2list(T))),
         ?SHOW(ets:match(T, '$1', id(0))),
         ?SHOW(ets:match(T, '$1', id(a))),
         ?SHOW(ets:match(id(x)))
     end || Type <- [set, ordered_set, bag]].

rest('$end_of_table') -> 0;
rest(C) -> case ets:match(C) of {L, C2} -> length(L) + rest(C2); '$end_of_table' -> 0 end.

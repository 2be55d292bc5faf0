%% bag and duplicate_bag: duplicates, order within a key, deletion of objects.
-module(ets_bags).
-export([main/0]).
-include("show.hrl").
main() ->
    B = ets:new(tt, [bag]),
    D = ets:new(tt, [duplicate_bag]),
    Os = [{a, 1}, {a, 2}, {a, 1}, {b, 1}, {a, 1.0}, {a, 3}, {a, x, y}],
    [begin
         ?SHOW(ets:info(T, type)),
         ?SHOW(ets:insert(T, Os)),
         ?SHOW(ets:lookup(T, a)),
         ?SHOW(ets:info(T, size)),
         ?SHOW(ets:lookup_element(T, b, 2)),
         ?SHOW(ets:lookup_element(T, a, 1)),
         ?SHOW(ets:delete_object(T, {a, 1})),
         ?SHOW(ets:lookup(T, a)),
         ?SHOW(ets:insert_new(T, {a, 9})),
         ?SHOW(ets:insert_new(T, {n, 9})),
         ?SHOW(ets:insert_new(T, [{m, 1}, {m, 1}])),
         ?SHOW(ets:lookup(T, m)),
         ?SHOW(ets:take(T, a)),
         ?SHOW(ets:member(T, a)),
         ?SHOW(ets:update_element(T, b, {2, x})),
         ?SHOW(ets:update_counter(T, b, 1)),
         ?SHOW(ets:delete(T, b)),
         ?SHOW(begin [ets:insert(T, {k, N rem 10}) || N <- lists:seq(1, 100)], ets:info(T, size) end),
         ?SHOW(length(ets:lookup(T, k))),
         ?SHOW(ets:match(T, {k, 3})),
         ?SHOW(ets:select_delete(T, [{{k, '$1'}, [{'>', '$1', 2}], [true]}])),
         ?SHOW(lists:usort(ets:lookup(T, k))),
         ?SHOW(ets:first(T) =/= '$end_of_table'),
         ?SHOW(length(ets:tab2list(T)))
     end || T <- [B, D]].

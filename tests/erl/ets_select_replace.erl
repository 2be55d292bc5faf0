%% select_replace and what it refuses.
-module(ets_select_replace).
-export([main/0]).
-include("show.hrl").
main() ->
    [begin
         T = ets:new(tt, [Type]),
         ets:insert(T, [{N, N} || N <- lists:seq(1, 10)]),
         ?SHOW(ets:select_replace(T, [{{'$1', '$2'}, [{'>', '$2', 5}], [{{'$1', {'*', '$2', 10}}}]}])),
         ?SHOW(lists:sort(ets:tab2list(T))),
         ?SHOW(ets:select_replace(T, [{{'$1', '$2'}, [], [{{'$1', '$2', new}}]}])),
         ?SHOW(ets:select_replace(T, [{{'$1', '$2', '_'}, [{'<', '$1', 3}], [{{'$1', {const, {'$2'}}, x}}]}])),
         ?SHOW(lists:sort(ets:tab2list(T))),
         ?SHOW(ets:select_replace(T, [{{'$1', '$2', '_'}, [], [{{'$2', '$1'}}]}])),
         ?SHOW(ets:select_replace(T, [{'$1', [], [{const, x}]}])),
         ?SHOW(ets:select_replace(T, [{{'$1', '_', '_'}, [], [{setelement, 2, '$_', z}]}])),
         ?SHOW(lists:sort(ets:tab2list(T)))
     end || Type <- [set, ordered_set]],
    B = ets:new(tt, [bag]),
    ?SHOW(ets:select_replace(B, [{{'$1'}, [], ['$_']}])).

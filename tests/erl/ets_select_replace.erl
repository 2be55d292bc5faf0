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
    ?SHOW(ets:select_replace(B, [{{'$1'}, [], ['$_']}])),
    [?SHOW([keeps(Type, Head, Body) || {Head, Body} <- keys()]) || Type <- [set, ordered_set, duplicate_bag]],
    W = ets:new(tt, [{keypos, 2}]),
    ets:insert(W, {x, {k, 1}, 0}),
    ?SHOW(ets:select_replace(W, [{{x, {'$1', '_'}, '$2'}, [], [{{y, {element, 2, '$_'}, {'+', '$2', 1}}}]}])),
    ?SHOW(ets:select_replace(W, [{{y, {'$1', '$2'}, '$3'}, [], [{{z, {{'$1', '$2'}}, {'+', '$3', 1}}}]}])),
    ?SHOW(ets:select_replace(W, [{{z, {k, 1}, 2}, [], [{const, {a, {k, 1}, {deep, "er"}}}]}])),
    ?SHOW(ets:select_replace(W, [{{a, {k, 1}, '_'}, [], [{const, {a, {k, 2}, 0}}]}])),
    ?SHOW(ets:select_replace(W, [{{a, {'$1', 1}, '_'}, [], [{const, {a, {'$1', 1}, 0}}]}])),
    ?SHOW(ets:tab2list(W)).

%% Is a specification taken whose body builds such a key of what its head says of the key?
keeps(Type, Head, Body) ->
    T = ets:new(tt, [Type]),
    try ets:select_replace(T, [{{Head, '$7'}, [], [{{Body, '$7'}}]}])
    catch error:Reason -> Reason
    after ets:delete(T)
    end.

keys() ->
    B = list_to_binary(lists:seq(1, 100)),
    [{'$1', '$1'}, {'$1', '$2'}, {'_', '_'}, {'$_', '$_'}, {'$$', '$$'}, {a, a}, {a, b}, {1, 1.0}, {B, B},
     {'$1', {const, '$1'}}, {'$1', {element, 1, '$_'}}, {'_', {element, 1, '$_'}}, {'_', {element, 2, '$_'}},
     {{a, '$1'}, {{a, '$1'}}}, {{a, '$1'}, {a, '$1'}}, {{'$1', '$2'}, {{'$2', '$1'}}}, {{a, b}, {const, {a, b}}},
     {{a, b}, {const, {{a, b}}}}, {{a, '_'}, {{a, '_'}}}, {{a}, {{{const, a}}}}, {{}, {}}, {{}, {{}}}, {{}, {{{}}}},
     {[a, B | '$1'], [a, B | '$1']}, {[a, b], [a, b | '$1']}, {[{a, '$1'}], [{{a, '$1'}}]}, {[{a}], [{a}]},
     {[{a}], {const, [{a}]}}, {[a | '_'], [a | '_']}, {"ab", {const, "ab"}}, {[], []}, {#{}, #{}},
     {#{a => '$1'}, #{a => '$1'}}, {{#{}}, {const, {#{}}}}, {'$1', {'+', '$1', 0}}].

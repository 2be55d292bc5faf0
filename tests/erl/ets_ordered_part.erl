%% Ordered tables and what a pattern says of the key: only keys that may match are looked at, and the answers are those of
%% looking at all.
%% stress: 40
-module(ets_ordered_part).
-export([main/0]).
-include("show.hrl").

keys() ->
    [{A, B, C} || A <- [1, 1.5, 2, a, b, {}, [], [x]], B <- [0, x, <<"y">>], C <- lists:seq(1, 5)]
        ++ [{A, B} || A <- [1, a, #{}, #{k => 1}], B <- [1, #{k => v}, "list"]]
        ++ [[A, B | C] || A <- [1, a, {t}], B <- [1, b], C <- [[], c, [d], [d, e]]]
        ++ [1.0, 7, a, z, [], {}, #{}, #{k => 1}, <<"bin">>, make(3), [a | b], {{n, {m, 1}}, 2}, {{n, {m, 2}}, 2}].
make(N) -> list_to_tuple(lists:duplicate(N, 0)).

patterns() ->
    [{1, '_', '_'}, {1.5, x, '_'}, {2.0, '_', 3}, {'_', x, 3}, {a, '$1', '$1'}, {'$1', '$1', 1}, {{}, '_', '_'}, {[], x, '$1'},
     {[x], '_', 1}, {['_'], '_', 1}, {[x | '_'], '_', 1}, {a, '_'}, {#{}, '_'}, {#{k => '_'}, 1}, {#{k => 1}, 1}, {a, #{}},
     {a, #{k => v}}, {1, "list"}, {nothing, '_', '_'}, {1, '_', '_', '_'}, [1 | '_'], [1, '_'], [1, b | '_'], [1, b, '_'],
     [a, '_' | c], ['_' | b], ['_', '_'], [{t}, 1 | '$1'], [{'_'}, b, d, e], [a | b], {{n, '_'}, 2}, {{n, {m, '_'}}, '_'},
     {{n, {m, 2}}, '_'}, {{n, {'_', 2}}, '$1'}, 1, 7, 8, a, [], {}, #{}, <<"bin">>, {}, '_', '$1', {'_', '_'}].

fill(T) -> ets:insert(T, [{K, V} || {K, V} <- lists:zip(keys(), lists:seq(1, length(keys())))]), T.

chunks('$end_of_table') -> [];
chunks({L, C}) -> L ++ chunks(ets:select(C)).
reversed('$end_of_table') -> [];
reversed({L, C}) -> L ++ reversed(ets:select_reverse(C)).

%% The objects that match, found without a table.
slowly(T, Spec) ->
    ets:match_spec_run(ets:tab2list(T), ets:match_spec_compile(Spec)).

one(T, Heads) ->
    Spec = [{{H, '_'}, [], ['$_']} || H <- Heads],
    L = ets:select(T, Spec),
    Same = [L =:= X || X <- [slowly(T, Spec), lists:reverse(ets:select_reverse(T, Spec)), chunks(ets:select(T, Spec, 1)),
                             chunks(ets:select(T, Spec, 3)), lists:reverse(reversed(ets:select_reverse(T, Spec, 2)))]],
    N = ets:select_count(T, [{H, G, [true]} || {H, G, _} <- Spec]),
    ?SHOW({Heads, L, Same, N}).

changes(Head) ->
    T = fill(ets:new(t, [ordered_set])),
    R = ets:select_replace(T, [{{Head, '$9'}, [], [{{{element, 1, '$_'}, {'-', 0, '$9'}}}]}]),
    Changed = [V || {_, V} <- ets:tab2list(T), V < 0],
    D = ets:select_delete(T, [{{Head, '_'}, [], [true]}]),
    ?SHOW({Head, R, length(Changed), D, ets:info(T, size)}),
    ets:delete(T).

%% The key need not stand first, and heads may be anything.
heads() ->
    T = ets:new(t, [ordered_set, {keypos, 2}]),
    ets:insert(T, [{V, {K, V}} || V <- [1, 2], K <- [a, b, c]]),
    ?SHOW([catch ets:select(T, [{H, [], ['$_']}])
           || H <- [{1, {a, '_'}}, {'_', {b, '$1'}}, {'$1', {c, '$1'}}, '_', '$1', {'_'}, {}, x, {'_', {b, 1}, '_'}]]),
    ?SHOW([ets:match(T, P) || P <- [{'$1', {b, '$2'}}, {2, {a, '$1'}}, {'$1', '$1'}, {x}, x]]),
    ?SHOW(ets:select(T, [{{x}, [], [1]}, {x, [], [2]}, {{'$1', {b, 2}}, [], ['$1']}])),
    ?SHOW(ets:select(T, [{x, [], [2]}], 5)),
    ets:delete(T).

%% What a scan costs.
cost(F) ->
    {reductions, A} = process_info(self(), reductions),
    F(),
    {reductions, B} = process_info(self(), reductions),
    B - A.

work() ->
    T = ets:new(t, [ordered_set]),
    ets:insert(T, [{{A, B}, x} || A <- lists:seq(1, 300), B <- lists:seq(1, 100)]),
    All = cost(fun() -> ets:select_count(T, [{{{'_', 1}, '_'}, [], [true]}]) end),
    [?SHOW({Name, 20 * cost(F) < All}) ||
        {Name, F} <- [{match, fun() -> ets:match(T, {{150, '$1'}, x}) end},
                      {count, fun() -> ets:select_count(T, [{{{150, '_'}, '_'}, [], [true]}]) end},
                      {last, fun() -> ets:match(T, {{300, '$1'}, x}) end},
                      {first, fun() -> ets:select_reverse(T, [{{{1, '_'}, '_'}, [], ['$_']}]) end},
                      {chunk, fun() -> chunks(ets:select(T, [{{{150, '_'}, '_'}, [], ['$_']}], 10)) end},
                      {two, fun() -> ets:select(T, [{{{150, '_'}, '_'}, [], [1]}, {{{151, '_'}, '_'}, [], [2]}]) end},
                      {none, fun() -> ets:select(T, [{{{'_', '_'}}, [], [1]}, {x, [], [2]}]) end},
                      {delete, fun() -> ets:match_delete(T, {{150, '_'}, '_'}) end}]],
    ?SHOW(ets:info(T, size)),
    S = ets:new(s, []),
    ets:insert(S, ets:tab2list(T)),
    AllOfSet = cost(fun() -> ets:select_count(S, [{{{'_', 1}, '_'}, [], [true]}]) end),
    ?SHOW(20 * cost(fun() -> ets:select(S, [{{{1, N}, '$1'}, [], ['$_']} || N <- [1, 2, 2, 3, none]]) end) < AllOfSet),
    ?SHOW([lists:sort(ets:select(S, [{{{1, N}, '$1'}, [], ['$_']} || N <- Ns])) || Ns <- [[7, 7], [3, 2, 1, none], [none]]]),
    ?SHOW(lists:sort(ets:select(S, [{{{1, N}, '$1'}, [], [N]} || N <- lists:seq(1, 40)]))),
    ?SHOW(ets:select_delete(S, [{{{1, N}, '$1'}, [], [true]} || N <- [1, 2, 2, 3, none]])),
    ?SHOW({lists:sort(chunks(ets:select(S, [{{{1, N}, '$1'}, [], [N]} || N <- [1, 4, 5, 6, 7]], 2)))}).

main() ->
    T = fill(ets:new(t, [ordered_set])),
    [one(T, [P]) || P <- patterns()],
    [one(T, Ps) || Ps <- [[{1, '_', '_'}, {2, '_', '_'}], [1, 1.0], [{a, '_'}, [1 | '_'], 7], [[1, '_'], '_'], [7, z, [a | b]],
                          [7, 7], [7.0, 7]]],
    [changes(P) || P <- patterns(), P =/= {}],
    heads(),
    work(),
    ok.

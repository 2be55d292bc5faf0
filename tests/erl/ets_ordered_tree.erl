%% ordered_set against a model: keys of all kinds that come and go in many orders, so that nodes of the tree fill, divide,
%% lend and join; walks both ways, neighbours of keys that are there and that are not, parts, removal by selection.
%% stress: 50
-module(ets_ordered_tree).
-export([main/0]).
-include("show.hrl").

walk(T) -> walk(T, ets:first(T)).
walk(_, '$end_of_table') -> [];
walk(T, K) -> [K | walk(T, ets:next(T, K))].
back(T) -> back(T, ets:last(T), []).
back(_, '$end_of_table', Keys) -> Keys;
back(T, K, Keys) -> back(T, ets:prev(T, K), [K | Keys]).

%% Is the table what the model, an ordered dictionary by ==, says?
same(T, Model) ->
    Keys = [K || {K, _} <- Model],
    Model =:= ets:tab2list(T) andalso Keys =:= walk(T) andalso Keys =:= back(T) andalso length(Model) =:= ets:info(T, size)
        andalso lists:reverse(Model) =:= ets:select_reverse(T, [{'_', [], ['$_']}]).

put(K, V, [{K1, _} | Rest]) when K == K1 -> [{K, V} | Rest];
put(K, V, [{K1, _} = E | Rest]) when K > K1 -> [E | put(K, V, Rest)];
put(K, V, Rest) -> [{K, V} | Rest].

new(Model) ->
    T = ets:new(t, [ordered_set]),
    [ets:insert(T, E) || E <- Model],
    T.

in_order(Keys, Gone) ->
    T = ets:new(t, [ordered_set]),
    [ets:insert(T, {K, K}) || K <- Keys],
    Full = same(T, [{K, K} || K <- lists:sort(Keys)]),
    Rest = lists:foldl(fun(K, Left) -> ets:delete(T, K), Left -- [K] end, Keys, Gone),
    {Full, same(T, [{K, K} || K <- lists:sort(Rest)]), ets:info(T, size)}.

kinds(R) ->
    N = R rem 400,
    case R div 400 rem 8 of
        0 -> N;
        1 -> float(N);
        2 -> N bsl 61;
        3 -> {N rem 20, N};
        4 -> list_to_atom("k" ++ integer_to_list(N rem 50));
        5 -> <<N:16>>;
        6 -> [N | a];
        7 -> -N
    end.

random(0, _, T, Model, Seen) -> {same(T, Model), Seen};
random(N, R, T, Model, Seen) ->
    Next = (R * 1103515245 + 12345) band 16#7fffffff,
    Key = kinds(Next bsr 8),
    case N div 300 rem 3 of
        X when X < 2, N rem 5 > 0; N rem 5 =:= 4 ->
            ets:insert(T, {Key, N}),
            random(N - 1, Next, T, put(Key, N, Model), Seen);
        _ ->
            Value = {ets:lookup(T, Key) =/= [], ets:next(T, Key), ets:prev(T, Key)},
            Here = [E || {K, _} = E <- Model, K == Key],
            After = [K || {K, _} <- Model, K > Key] ++ ['$end_of_table'],
            Before = ['$end_of_table' | [K || {K, _} <- Model, K < Key]],
            Value = {Here =/= [], hd(After), lists:last(Before)},
            ets:delete(T, Key),
            random(N - 1, Next, T, Model -- Here, erlang:phash2({Seen, Value}))
    end.

main() ->
    Up = lists:seq(1, 2000),
    ?SHOW(in_order(Up, [])),
    ?SHOW(in_order(lists:reverse(Up), Up)),
    ?SHOW(in_order(Up, lists:seq(1, 1990))),
    ?SHOW(in_order(Up, lists:seq(2000, 11, -1))),
    ?SHOW(in_order([K * 7919 rem 2003 || K <- Up], lists:seq(500, 1500))),
    ?SHOW(in_order([K * 7919 rem 2003 || K <- Up], [K || K <- Up, K rem 40 =/= 0])),
    ?SHOW(random(4000, 1, ets:new(t, [ordered_set]), [], 0)),
    % in at one end, out at the other, and in and out at one end
    Q = ets:new(t, [ordered_set]),
    ?SHOW(lists:all(fun(N) -> ets:insert(Q, {N}), N < 100 orelse ets:take(Q, ets:first(Q)) =:= [{N - 99}] end, lists:seq(1, 3000))),
    ?SHOW(walk(Q) =:= lists:seq(2902, 3000)),
    ?SHOW([begin [ets:insert(Q, {N}) || N <- lists:seq(3001, 3000 + M)], [ets:delete(Q, ets:last(Q)) || _ <- lists:seq(1, M)],
                 ets:info(Q, size) end || M <- [1, 40, 1, 100, 33]]),
    % one that is == the first of a node takes its place
    F = new([{K, a} || K <- Up]),
    [ets:insert(F, {float(K), b}) || K <- Up, K rem 3 =:= 0],
    ?SHOW(same(F, [if K rem 3 =:= 0 -> {float(K), b}; true -> {K, a} end || K <- Up])),
    [ets:insert(F, {K, c}) || K <- Up],
    ?SHOW(same(F, [{K, c} || K <- Up])),
    % parts, and removal of them
    ?SHOW(ets:select_delete(F, [{{'$1', '_'}, [{'>', '$1', 700}, {'<', '$1', 1300}], [true]}])),
    ?SHOW(same(F, [{K, c} || K <- Up, K =< 700 orelse K >= 1300])),
    P = new([{{A, B}, A + B} || A <- lists:seq(1, 40), B <- lists:seq(1, 40)]),
    ?SHOW(ets:select(P, [{{{7, '$1'}, '_'}, [], ['$1']}]) =:= lists:seq(1, 40)),
    ?SHOW(ets:select_reverse(P, [{{{7, '$1'}, '_'}, [], ['$1']}]) =:= lists:seq(40, 1, -1)),
    ?SHOW(ets:match_delete(P, {{7, '_'}, '_'})),
    ?SHOW(ets:select_count(P, [{{{'$1', '_'}, '_'}, [{'<', '$1', 9}], [true]}])),
    ?SHOW(ets:select(P, [{{{7, '$1'}, '_'}, [], ['$1']}])),
    ?SHOW(ets:next(P, {7, 20})),
    ?SHOW(ets:prev(P, {7, 20})),
    ?SHOW(ets:select_replace(P, [{{{8, '$1'}, '_'}, [], [{{{{8, '$1'}}, new}}]}])),
    ?SHOW(ets:lookup(P, {8, 33})),
    ?SHOW(ets:delete_all_objects(P)),
    ?SHOW(ets:insert(P, [{N, x} || N <- lists:seq(5000, 1, -1)])),
    ?SHOW(walk(P) =:= lists:seq(1, 5000)),
    ?SHOW(ets:slot(P, 1234)),
    ?SHOW(ets:delete(P)).

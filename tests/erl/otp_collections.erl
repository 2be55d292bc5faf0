%% sets (both), ordsets, gb_sets, gb_trees, dict, orddict, queue, array: operations agree with each other.
-module(otp_collections).
-export([main/0]).
-include("show.hrl").
main() ->
    L = [5, 3, 9, 1, 5, 7, 3],
    [begin
         S = M:from_list(L), T = M:from_list([1, 2, 3]),
         ?SHOW({M, lists:sort(M:to_list(S)), M:size(S), M:is_element(9, S), lists:sort(M:to_list(M:union(S, T))),
             lists:sort(M:to_list(M:intersection(S, T))),
             lists:sort(M:to_list(M:subtract(S, T))), M:is_subset(M:from_list([1]), S), M:fold(fun(X, A) -> X + A end, 0, S),
                 M:size(M:filter(fun(X) -> X > 3 end, S)),
             M:is_disjoint(S, T), lists:sort(M:to_list(M:del_element(5, M:add_element(100, S))))})
     end || M <- [sets, ordsets, gb_sets]],
    ?SHOW(lists:sort(sets:to_list(sets:from_list(L, [{version, 2}])))),
    ?SHOW(gb_sets:to_list(gb_sets:from_list(L))),
    ?SHOW(gb_sets:take_smallest(gb_sets:from_list([2, 1]))),
    ?SHOW(begin I = gb_sets:iterator_from(4, gb_sets:from_list(L)), {X, _} = gb_sets:next(I), X end),
    T = gb_trees:from_orddict([{N, N * N} || N <- lists:seq(1, 100)]),
    ?SHOW({gb_trees:size(T), gb_trees:get(50, T), gb_trees:lookup(101, T), gb_trees:smallest(T), gb_trees:largest(T)}),
    ?SHOW(gb_trees:get(101, T)),
    ?SHOW(gb_trees:insert(1, x, T)),
    ?SHOW(gb_trees:keys(gb_trees:delete(3, gb_trees:from_orddict([{1, a}, {3, b}])))),
    ?SHOW(erlang:phash2(gb_trees:balance(lists:foldl(fun(N, A) -> gb_trees:enter(N * 7 rem 101, N, A) end, gb_trees:empty(),
        lists:seq(1, 300))))),
    D = lists:foldl(fun(N, A) -> dict:store(N, N * 2, A) end, dict:new(), lists:seq(1, 500)),
    ?SHOW({dict:size(D), dict:fetch(77, D), dict:find(501, D), dict:fold(fun(_, V, A) -> V + A end, 0, D)}),
    ?SHOW(lists:sort(dict:to_list(dict:filter(fun(K, _) -> K > 497 end, D)))),
    ?SHOW(lists:sort(dict:to_list(dict:append(k, 2, dict:append(k, 1, dict:new()))))),
    ?SHOW(dict:size(lists:foldl(fun dict:erase/2, D, lists:seq(1, 490)))),
    ?SHOW(erlang:phash2(D)),
    ?SHOW(orddict:update_counter(a, 2, orddict:from_list([{b, 1}, {a, 1}]))),
    Q = queue:in(3, queue:in(2, queue:in(1, queue:new()))),
    ?SHOW({queue:len(Q), queue:out(Q), queue:out_r(Q), queue:peek(Q), queue:to_list(queue:reverse(Q)), queue:member(2, Q)}),
    ?SHOW(queue:get(queue:new())),
    ?SHOW(queue:to_list(queue:join(Q, queue:from_list([x])))),
    A = array:set(10, x, array:new([{default, 0}])),
    ?SHOW({array:size(A), array:get(10, A), array:get(3, A), array:sparse_size(A), array:sparse_to_orddict(A)}),
    ?SHOW(array:get(-1, A)),
    ?SHOW(array:get(99, array:fix(A))),
    ?SHOW(array:foldl(fun(_, V, S) when is_integer(V) -> V + S; (_, _, S) -> S end, 0, array:from_list(lists:seq(1, 1000)))),
    ?SHOW(array:to_list(array:resize(3, array:from_list([a, b, c, d])))).

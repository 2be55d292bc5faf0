%% Sorting: stability, merges, comparison funs, large and nearly sorted inputs.
%% stress: 50
-module(bif_sort).
-export([main/0]).
-include("show.hrl").
lcg(S) -> (S * 1103515245 + 12345) band 16#7fffffff.
rand(0, _) -> [];
rand(N, S) -> [S rem 1000 | rand(N - 1, lcg(S))].

main() ->
    L = rand(3000, 7),
    ?SHOW(erlang:phash2(lists:sort(L))),
    ?SHOW(erlang:phash2(lists:usort(L))),
    ?SHOW(length(lists:usort(L))),
    ?SHOW(lists:sort(fun(A, B) -> A >= B end, L) =:= lists:reverse(lists:sort(L))),
    P = lists:zip(L, lists:seq(1, 3000)),
    ?SHOW(erlang:phash2(lists:keysort(1, P))),
    ?SHOW(erlang:phash2(lists:ukeysort(1, P))),
    ?SHOW(erlang:phash2(lists:sort(fun({A, _}, {B, _}) -> A =< B end, P)) =:= erlang:phash2(lists:keysort(1, P))),
    ?SHOW(lists:sort([])),
    ?SHOW(lists:sort([3])),
    ?SHOW(lists:sort([b, a])),
    ?SHOW(lists:sort(lists:seq(1, 100) ++ [50]) =:= lists:seq(1, 50) ++ lists:seq(50, 100)),
    ?SHOW(lists:merge([1, 3, 5], [2, 4])),
    ?SHOW(lists:merge3([1, 4], [2, 5], [3, 6])),
    ?SHOW(lists:merge([[1, 3], [2], [0, 9]])),
    ?SHOW(lists:umerge([1, 2], [2, 3])),
    ?SHOW(lists:keymerge(1, [{a, 1}, {c, 1}], [{b, 1}])),
    ?SHOW(lists:sort([{1, b}, {1, a}, {0, z}])),
    ?SHOW(lists:keysort(2, [{1, b}, {2, a}, {3, b}])),
    ?SHOW(lists:sort(id([b|a]))),
    ?SHOW(lists:keysort(2, [{1}])),
    ?SHOW(lists:sort([1.0, 1, a, "x", {}, <<>>, #{}])),
    ?SHOW(ordsets:union([[1, 3], [2, 3], [5]])),
    ?SHOW(ordsets:subtract([1, 2, 3], [2])).

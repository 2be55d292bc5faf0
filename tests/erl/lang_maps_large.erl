%% Maps of more than 32 keys: growing across the border and back, iteration, equality, deletion.
%% stress: 50
-module(lang_maps_large).
-export([main/0]).
-include("show.hrl").
build(N) -> maps:from_list([{I, I * I} || I <- lists:seq(1, N)]).
grow(N) -> lists:foldl(fun(I, M) -> M#{{k, I} => I} end, #{}, lists:seq(1, N)).
shrink(M, N) -> lists:foldl(fun(I, A) -> maps:remove({k, I}, A) end, M, lists:seq(1, N)).

main() ->
    ?SHOW([map_size(build(N)) || N <- [31, 32, 33, 34, 100, 1000]]),
    ?SHOW(lists:sum(maps:keys(build(1000)))),
    ?SHOW(lists:sum(maps:values(build(1000)))),
    ?SHOW(lists:sort(maps:to_list(build(33))) =:= [{I, I * I} || I <- lists:seq(1, 33)]),
    ?SHOW(shrink(grow(100), 98)),
    ?SHOW(map_size(shrink(grow(5000), 4960))),
    ?SHOW(shrink(grow(40), 8) =:= maps:from_list([{{k, I}, I} || I <- lists:seq(9, 40)])),
    ?SHOW(shrink(grow(50), 50)),
    A = build(200),
    ?SHOW(A =:= maps:from_list(lists:reverse(maps:to_list(A)))),
    ?SHOW(A =:= A#{1 => 2}),
    ?SHOW(maps:get(100, A)),
    ?SHOW(maps:get(a, A)),
    ?SHOW(maps:find(201, A)),
    ?SHOW((A#{100 := x}) =/= A),
    ?SHOW(map_size(A#{201 => y})),
    ?SHOW(A#{none := 1} =:= A),
    ?SHOW(maps:fold(fun(_, V, S) -> S + V end, 0, A)),
    ?SHOW(length([K || K <- maps:keys(A), is_map_key(K, A)])),
    ?SHOW(map_size(maps:merge(A, build(300)))),
    ?SHOW(maps:merge(build(300), A) =:= build(300)),
    ?SHOW(map_size(maps:filter(fun(K, _) -> K rem 2 =:= 0 end, A))),
    ?SHOW(maps:size(maps:with(lists:seq(190, 210), A))),
    ?SHOW(maps:without(lists:seq(3, 200), A)),
    ?SHOW(case A of #{7 := V, 9 := W} -> {V, W} end),
    ?SHOW(case A of #{0 := V} -> V; _ -> none end),
    ?SHOW(build(40) < build(41)),
    ?SHOW(build(40) < (build(40))#{1 => 2}),
    ?SHOW((build(40))#{40.0 => a} == (build(40))#{40.0 => a}),
    ?SHOW(map_size(maps:from_keys(lists:seq(1, 70), x))),
    I = maps:iterator(A),
    ?SHOW(length(iterate(maps:next(I), []))),
    ?SHOW(maps:next(maps:iterator(#{}))),
    ?SHOW(erlang:phash2(A)),
    ?SHOW(binary_to_term(term_to_binary(A)) =:= A),
    ?SHOW(map_size(maps:from_list([{<<I:32>>, I} || I <- lists:seq(1, 20000)]))).

iterate(none, Acc) -> Acc;
iterate({K, V, I}, Acc) -> iterate(maps:next(I), [{K, V} | Acc]).

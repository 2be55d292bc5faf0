%% A million frames of non-tail recursion, and exceptions through them.
%% stress: 20000
-module(lang_deep).
-export([main/0]).
-include("show.hrl").
len([]) -> 0;
len([_ | T]) -> 1 + len(T).
build(0) -> [];
build(N) -> [N | build(N - 1)].
sum({L, R}) -> sum(L) + sum(R);
sum(N) -> N.
tree(0) -> 1;
tree(N) -> T = tree(N - 1), {T, T}.
down(0) -> throw(bottom);
down(N) -> 1 + down(N - 1).
left(0, T) -> T;
left(N, T) -> left(N - 1, {T, N}).
tries(0) -> bottom;
tries(N) -> try tries(N - 1) catch _:_ -> never end.

main() ->
    L = build(1000000),
    ?SHOW(len(L)),
    ?SHOW(hd(L)),
    ?SHOW(sum(tree(17))),
    ?SHOW(try down(500000) catch throw:X -> X end),
    ?SHOW(tries(100000)),
    Deep = left(300000, leaf),
    ?SHOW(Deep =:= left(300000, leaf)),
    ?SHOW(Deep < left(300000, leaf2)),
    ?SHOW(erlang:phash2(Deep)),
    ?SHOW(byte_size(term_to_binary(Deep))),
    ?SHOW(binary_to_term(term_to_binary(Deep)) =:= Deep),
    Nested = lists:foldl(fun(_, A) -> [A] end, [], lists:seq(1, 300000)),
    ?SHOW(iolist_size(Nested)),
    ?SHOW(lists:flatten(Nested)),
    ?SHOW(begin self() ! Deep, receive D -> D =:= Deep end end).

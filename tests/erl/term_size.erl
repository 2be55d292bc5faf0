%% erts_debug:flat_size and size, sharing, copies.
-module(term_size).
-export([main/0]).
-include("show.hrl").
main() ->
    Ts = [1, a, [], 1 bsl 59, 1 bsl 64, 1.5, [1], [1, 2], {}, {a}, {1, 2, 3}, <<>>, <<1>>, <<1, 2, 3, 4, 5, 6, 7, 8, 9>>, #{},
        #{a => 1}, #{a => 1, b => 2}, "hello", {[1], {2}}],
    ?SHOW([erts_debug:flat_size(T) || T <- Ts]),
    ?SHOW([erts_debug:size(T) || T <- Ts]),
    L = lists:seq(1, id(10)),
    ?SHOW(erts_debug:size({L, L})),
    ?SHOW(erts_debug:flat_size({L, L})),
    ?SHOW(erts_debug:same(L, L)),
    ?SHOW(erts_debug:same([id(1)], [id(1)])),
    ?SHOW(begin self() ! {L, L}, receive X -> erts_debug:size(X) >= 24 end end),
    ?SHOW(erts_debug:flat_size(maps:from_list([{N, N} || N <- lists:seq(1, 32)]))).

%% erts_debug:flat_size and size of what has one layout only: numbers, lists, tuples; sharing.
-module(term_size).
-export([main/0]).
-include("show.hrl").
main() ->
    Ts = [1, a, [], (1 bsl 59) - 1, 1 bsl 59, -(1 bsl 59), -(1 bsl 59) - 1, 1 bsl 64, -(1 bsl 64), 1 bsl 4096, 1.5, [1], [1, 2],
        {a}, {1, 2, 3}, "hello",
          {[1], {2}}, [a | b], [[]]],
    ?SHOW([erts_debug:flat_size(T) || T <- Ts]),
    ?SHOW([erts_debug:size(T) || T <- Ts]),
    L = lists:seq(1, id(10)),
    ?SHOW(erts_debug:size({L, L})),
    ?SHOW(erts_debug:flat_size({L, L})),
    ?SHOW(erts_debug:same(L, L)),
    ?SHOW(erts_debug:same([id(1)], [id(1)])),
    ?SHOW(begin self() ! {L, L}, receive X -> X =:= {L, L} end end),
    ?SHOW([{N, erts_debug:flat_size(M), erts_debug:size(M)} || N <- [32, 33, 100, 254, 256, 4096],
                                                               M <- [maps:from_list([{I, I} || I <- lists:seq(1, N)])]]),
    ?SHOW([erts_debug:flat_size(binary_to_term(Bin))
           || N <- lists:seq(1, 5),
              Bin <- [<<131, 90, N:16, 100, 3:16, "a@b", 1:32, 0:(32 * N)>>]]),
    ?SHOW(erts_debug:flat_size(lists:duplicate(100000, [x]))).

%% External format of integers, both ways.
-module(term_ints).
-export([main/0]).
-include("show.hrl").
main() ->
    Vs = [0, 1, 255, 256, -1, -128, (1 bsl 27) - 1, 1 bsl 27, (1 bsl 31) - 1, -(1 bsl 31), 1 bsl 31, -(1 bsl 31) - 1, 1 bsl 32,
        (1 bsl 59) - 1, -(1 bsl 59), 1 bsl 59,
          (1 bsl 63), -(1 bsl 63), (1 bsl 64) - 1, 1 bsl 64, -(1 bsl 64), 1 bsl 200],
    ?SHOW([term_to_binary(V) || V <- Vs]),
    ?SHOW(lists:all(fun(V) -> binary_to_term(term_to_binary(V)) =:= V end, Vs)),
    ?SHOW(binary_part(term_to_binary(1 bsl 2039), 0, 8)),
    ?SHOW(binary_part(term_to_binary(1 bsl 2040), 0, 10)),
    ?SHOW(binary_to_term(<<131, 110, 1, 0, 5>>)),
    ?SHOW(binary_to_term(<<131, 110, 1, 1, 5>>)),
    ?SHOW(binary_to_term(<<131, 110, 0, 0>>)),
    ?SHOW(binary_to_term(<<131, 110, 9, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0>>)),
    ?SHOW(binary_to_term(<<131, 110, 8, 1, 0, 0, 0, 0, 0, 0, 0, 8>>)),
    ?SHOW(binary_to_term(<<131, 111, 0, 0, 0, 2, 1, 1, 1>>)),
    ?SHOW(binary_to_term(<<131, 110, 4, 2, 1, 2, 3, 4>>)),
    ?SHOW(binary_to_term(<<131, 98, 255, 255, 255, 255>>)),
    ?SHOW(binary_to_term(<<131, 98, 255, 255, 255>>)),
    ?SHOW(binary_to_term(<<131, 97>>)),
    ?SHOW(binary_to_term(<<131, 110, 5, 0, 1>>)).

%% Large case switches: integers dense and sparse, atoms, bignums, floats, arities, binaries.
-module(lang_select).
-export([main/0]).
-include("show.hrl").
dense(X) -> case X of 0 -> a; 1 -> b; 2 -> c; 3 -> d; 4 -> e; 5 -> f; 6 -> g; 7 -> h; 8 -> i; _ -> none end.
sparse(X) ->
    case X of
        -1000 -> a; -1 -> b; 0 -> c; 77 -> d; 1000 -> e; 576460752303423487 -> f; -576460752303423488 -> g;
        576460752303423488 -> big; 18446744073709551616 -> bigger; -576460752303423489 -> negative_big; _ -> none
    end.
atoms(X) ->
    case X of
        aa -> 1; bb -> 2; cc -> 3; dd -> 4; ee -> 5; ff -> 6; gg -> 7; hh -> 8; ii -> 9; jj -> 10; '' -> 11;
        true -> 12; false -> 13; undefined -> 14; _ -> none
    end.
floats(X) -> case X of 0.0 -> zero; 1.0 -> one; 1.5 -> half; -1.5 -> minus; 1.0e300 -> huge; _ -> none end.
arity({}) -> 0; arity({_}) -> 1; arity({_, _}) -> 2; arity({_, _, _}) -> 3; arity({_, _, _, _, _, _}) -> 6; arity(_) -> none.
bins(<<"get">>) -> 1; bins(<<"put">>) -> 2; bins(<<"get ", R/binary>>) -> {3, R}; bins(<<>>) -> 4; bins(_) -> none.
mixed(X) -> case X of 1 -> int; 1.0 -> float; one -> atom; "1" -> string; <<"1">> -> binary; {1} -> tuple; [] -> nil; _ -> none end.
lists([]) -> 0; lists([a]) -> a; lists([a, b | T]) -> {ab, T}; lists([a | T]) -> {a, T}; lists("xyz" ++ T) -> {xyz,
    T}; lists(_) -> none.

main() ->
    ?SHOW([dense(X) || X <- lists:seq(-2, 10) ++ [a, 1.0, 1 bsl 64, [], {}]]),
    ?SHOW([sparse(X) || X <- [-1000, -1, 0, 77, 1000, (1 bsl 59) - 1, -(1 bsl 59), 1 bsl 59, 1 bsl 64, -(1 bsl 59) - 1, 5,
                           1 bsl 65, 77.0]]),
    ?SHOW([atoms(X) || X <- [aa, bb, cc, dd, ee, ff, gg, hh, ii, jj, '', true, false, undefined, zz, 1, "aa"]]),
    ?SHOW([floats(X) || X <- [0.0, -(id(0.0)), 1.0, 1, 1.5, -1.5, 1.0e300, 0, a]]),
    ?SHOW([arity(X) || X <- [{}, {1}, {1, 2}, {1, 2, 3}, {1, 2, 3, 4}, {1, 2, 3, 4, 5, 6}, [], x]]),
    ?SHOW([bins(X) || X <- [<<"get">>, <<"put">>, <<"get x">>, <<>>, <<"ge">>, <<"get":23/bitstring>>, x] ++ [<<"gets">>]]),
    ?SHOW([mixed(X) || X <- [1, 1.0, one, "1", <<"1">>, {1}, [], #{}]]),
    ?SHOW([lists(X) || X <- [[], [a], [a, b], [a, c], [a | b], "xyzzy", "xy", [b]]]).

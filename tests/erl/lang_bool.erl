%% Boolean operators, strict and lazy, and comparisons as values.
-module(lang_bool).
-export([main/0]).
-include("show.hrl").
side(X) -> io:format("<~w>", [X]), X.
main() ->
    Bs = [true, false],
    ?SHOW([{A and B, A or B, A xor B, not A} || A <- Bs, B <- Bs]),
    ?SHOW(side(false) and side(true)),
    ?SHOW(side(false) andalso side(true)),
    ?SHOW(side(true) or side(false)),
    ?SHOW(side(true) orelse side(false)),
    ?SHOW(side(false) orelse side(7)),
    ?SHOW(side(true) andalso side(7)),
    ?SHOW(case id(3) of X when X > 1 andalso X < 5; X =:= 9 -> in; _ -> out end),
    ?SHOW([X || X <- [1, 2, a, 3], is_integer(X) andalso X > 1]),
    ?SHOW({id(1) =:= id(1.0), id(1) == id(1.0), id(1) =/= id(1.0), id(1) /= id(1.0)}),
    ?SHOW({id(1) < a, a < id("x"), id(1.5) >= 1, id({}) =< [], id(<<>>) > #{}}),
    One = id(1),
    ?SHOW(if One + 1 =:= 2 -> x; true -> y end),
    ?SHOW(if not (One > 2), true -> x; true -> y end),
    ?SHOW(if One -> x; true -> y end).

%% List comprehensions: filters, several generators, strictness, errors.
%% stress: 1000
-module(lang_lc).
-export([main/0]).
-include("show.hrl").
main() ->
    ?SHOW([X * X || X <- lists:seq(1, 5), X rem 2 =:= 1]),
    ?SHOW([{X, Y} || X <- [1, 2], Y <- [a, b]]),
    ?SHOW([{X, Y} || X <- [1, 2, 3], Y <- lists:seq(X, 3), X + Y < 5]),
    ?SHOW([X || X <- id([1|2])]),
    ?SHOW([X || X <- id(not_a_list)]),
    ?SHOW([X || X <- [1, 2], id(not_boolean)]),
    ?SHOW([X || X <- [1, 2], id(hd([])) =:= X]),
    ?SHOW([X || X <- [1, a, 2], X + 1 > 0]),
    ?SHOW([X || {ok, X} <- [{ok, 1}, error, {ok, 2}, {ok, 3, 4}]]),
    ?SHOW([[Y || Y <- X] || X <- [[1], [], [2, 3]]]),
    ?SHOW([X || <<X:4>> <= <<16#1234:16>>]),
    ?SHOW([{X, Y} || <<X, Y:16>> <= <<1, 2, 3, 4, 5, 6, 7>>]),
    ?SHOW([X || <<X/utf8>> <= <<"aé€"/utf8>>]),
    ?SHOW([X || <<1, X>> <= <<1, 2, 1, 3, 2, 4>>]),
    ?SHOW([X || <<X>> <= id(<<1:7>>)]),
    ?SHOW([X || <<X>> <= id(x)]),
    ?SHOW([true || _ <- "abc"]),
    ?SHOW(length([x || _ <- lists:seq(1, 100000)])),
    ?SHOW(lists:sum([X || X <- lists:seq(1, 100000), X rem 3 =:= 0])),
    ?SHOW([fun() -> X end() || X <- [1, 2]]),
    ?SHOW([X || X <- "", X > 1]),
    ?SHOW([Z || X <- [1, 2, 3], Y <- [X * 2], Z <- [Y + 1], Z > 4]).

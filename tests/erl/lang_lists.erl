%% The list operators and heads and tails at their edges.
-module(lang_lists).
-export([main/0]).
-include("show.hrl").
main() ->
    ?SHOW(id([1, 2]) ++ id([3])),
    ?SHOW(id([]) ++ id(x)),
    ?SHOW(id([1]) ++ id(x)),
    ?SHOW(id(x) ++ id([1])),
    ?SHOW(id([1|2]) ++ id([3])),
    ?SHOW(id([1, 2, 3, 2, 1]) -- id([2, 1])),
    ?SHOW(id([1, 2]) -- id(x)),
    ?SHOW(id([1|2]) -- id([1])),
    ?SHOW(id([1, 1.0]) -- id([1.0])),
    ?SHOW(id([]) -- id([1])),
    ?SHOW(id([1, 2, 3]) -- id([])),
    ?SHOW(hd(id([a|b]))),
    ?SHOW(tl(id([a|b]))),
    ?SHOW(hd(id([]))),
    ?SHOW(tl(id(x))),
    ?SHOW(length(id([1, 2, 3]))),
    ?SHOW(length(id([1|2]))),
    ?SHOW(length(id(x))),
    ?SHOW([1, 2 | id([3])]),
    ?SHOW([id(a) | id(b)]),
    ?SHOW("abc" "def"),
    ?SHOW("ab" ++ id("cd")),
    ?SHOW(begin "pre" ++ T = id("prefix"), T end),
    ?SHOW(begin "pre" ++ T = id("other"), T end),
    ?SHOW(length(lists:seq(1, 1000) -- lists:seq(1, 1000, 2))),
    ?SHOW(lists:foldl(fun(X, A) -> [X] ++ A end, [], "abc")),
    ?SHOW(length(lists:append([lists:seq(1, N) || N <- lists:seq(1, 300)]))),
    ?SHOW(lists:sum(lists:subtract(lists:seq(1, 5000), lists:seq(2, 5000, 3)))).

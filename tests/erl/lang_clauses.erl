%% The errors of missing clauses, with arguments and line numbers.
-module(lang_clauses).
-export([main/0]).
-include("show.hrl").
f(a) -> 1;
f({b, X}) when X > 1 -> 2.

c(X) ->
    case X of
        1 -> one;
        {_, _} -> pair
    end.

i(X) ->
    if X > 10 -> big;
       X =:= a, is_list(X) -> never
    end.

m(X) ->
    {ok, Y} = X,
    Y.

t(X) ->
    try X of
        1 -> one
    catch
        _:_ -> caught
    end.

nested(X) ->
    R = c(X),
    {R}.

main() ->
    ?SHOW(f(id(a))),
    ?SHOW(f(id({b, 2}))),
    ?SHOW(f(id({b, 1}))),
    ?SHOW(f(id([c, "text", <<"bin">>, 1.5]))),
    ?SHOW(c(id(1))),
    ?SHOW(c(id(2))),
    ?SHOW(nested(id(foo))),
    ?SHOW(i(id(11))),
    ?SHOW(i(id(1))),
    ?SHOW(i(id(b))),
    ?SHOW(m(id({ok, 1}))),
    ?SHOW(m(id({error, enoent}))),
    ?SHOW(m(id(#{}))),
    ?SHOW(t(id(1))),
    ?SHOW(t(id(2))),
    ?SHOW((fun(1) -> x end)(id(2))),
    ?SHOW((fun(1, Y) when Y > 0 -> x end)(id(1), id(-1))),
    ?SHOW([X || {X, 1} = _ <- id([{a, 1}, {b, 2}, c])]),
    ?SHOW(begin [A, B] = id([1]), {A, B} end),
    ?SHOW(begin <<A:16, _/binary>> = id(<<1>>), A end).

%% Lines of stack traces through nested calls; tail calls leave no frame.
-module(lang_stack_lines).
-export([main/0]).
-include("show.hrl").
a(X) ->
    Y = b(X),
    {a, Y}.

b(X) ->
    Y = c(X),
    [Y].

c(X) ->
    d(X).

d(X) ->
    1 +
        X
        + 2.

e(X) -> lists:map(fun(Y) -> Z = Y / X, {Z} end, [1, 2]).

g(X) ->
    try a(X)
    catch error:R:S ->
        {R, [{F, A, proplists:get_value(line, I)} || {M, F, A, I} <- S, M =:= ?MODULE]}
    end.

h() ->
    [begin
         W = id(V) * 2,
         W + atom
     end || V <- [1]].

main() ->
    ?SHOW(a(atom)),
    ?SHOW(e(0)),
    ?SHOW(e(x)),
    ?SHOW(h()),
    R = g([]),
    io:format("~w~n", [R]),
    ?SHOW(lists:foldl(fun(E, Acc) -> Acc + E end, 0, [1, 2, x])),
    ?SHOW(lists:sort(fun(A, B) -> A + B end, [a, b])),
    ?SHOW(lists:keyfind(a, 0, [])),
    ?SHOW(maps:map(fun(_, V) -> V + 1 end, #{a => b})),
    ?SHOW(dict:fetch(nokey, dict:new())).

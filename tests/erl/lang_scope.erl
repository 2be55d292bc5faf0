%% Shadowing, nested funs and comprehensions, unsafe names made safe, sequences.
-module(lang_scope).
-export([main/0]).
-include("show.hrl").
f(X) -> G = fun(Y) -> fun(Z) -> {X, Y, Z, fun(W) -> W + X end(Z)} end end, (G(2))(3).
g() -> X = 1, [X || _ <- [a]] ++ [X || X <- [2, 3]] ++ [X].
h(N) -> case N of 0 -> Y = zero; _ -> Y = {some, N} end, Y.
k(X) -> (fun(X1) when X1 =:= X -> same; (_) -> different end)(1).
l() -> F = fun(F, 0) -> F; (F, N) -> F(F, N - 1) end, is_function(F(F, 3)).

main() ->
    ?SHOW(f(1)),
    ?SHOW(g()),
    ?SHOW([h(N) || N <- [0, 1]]),
    ?SHOW([k(N) || N <- [0, 1]]),
    ?SHOW(l()),
    ?SHOW(begin A = 1, B = A + 1, {A, B} = id({1, 2}), A + B end),
    ?SHOW(begin A = id(1), A = id(2) end),
    ?SHOW(begin X = Y = id(5), X + Y end),
    ?SHOW(begin {X, X} = id({1, 1}), X end),
    ?SHOW(begin {X, X} = id({1, 1.0}), X end),
    ?SHOW(begin [X, {X, _} | T] = id([1, {1, 2}, 3]), T end),
    ?SHOW((fun() -> ok end)()),
    ?SHOW(begin _ = id(1), _X = id(2), _X end),
    ?SHOW(((fun(A) -> fun(B) -> A - B end end)(5))(3)),
    ?SHOW(lists:map(fun({A, B}) -> A * B; (A) when is_integer(A) -> A end, [{2, 3}, 4])),
    ?SHOW(?LINE),
    ?SHOW(?MODULE),
    ?SHOW(?FUNCTION_NAME).

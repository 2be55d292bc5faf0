%% Closures, named funs, external funs, their equality and their errors.
-module(lang_funs).
-export([main/0]).
-include("show.hrl").
counter(N) -> fun(K) -> N + K end.
many(A, B, C, D, E, F, G, H) -> fun(X) -> {A, B, C, D, E, F, G, H, X} end.
compose(F, G) -> fun(X) -> F(G(X)) end.
local(X) -> X * 2.

main() ->
    ?SHOW((counter(3))(4)),
    ?SHOW((many(1, 2.0, three, "4", {5}, <<6>>, #{7 => 7}, [])) (x)),
    ?SHOW((compose(fun local/1, fun erlang:abs/1))(-21)),
    Fac = fun F(0) -> 1; F(N) -> N * F(N - 1) end,
    ?SHOW(Fac(25)),
    Even = fun E(0) -> true; E(N) when N > 0 -> not E(N - 1) end,
    ?SHOW([Even(X) || X <- [0, 1, 10, 11]]),
    ?SHOW(Even(-1)),
    ?SHOW(id(fun local/1) =:= id(fun local/1)),
    ?SHOW(counter(1) =:= counter(1)),
    ?SHOW(counter(1) == counter(2)),
    ?SHOW(counter(1) < counter(2)),
    ?SHOW(fun lists:map/2 =:= id(fun lists:map/2)),
    ?SHOW(fun lists:map/2 < id(fun lists:map/3)),
    ?SHOW((id(fun local/1))(1, 2)),
    ?SHOW((id(fun lists:reverse/1))(1, 2)),
    ?SHOW((id(not_a_fun))(1)),
    ?SHOW((id({lists, reverse}))([1])),
    ?SHOW((id(fun lists:no_such/1))([1])),
    ?SHOW((id(fun no_such_module:f/0))()),
    ?SHOW(begin M = id(lists), F = id(reverse), (fun M:F/1)([1, 2]) end),
    ?SHOW(begin M = id(1), fun M:x/1 end),
    ?SHOW(begin A = id(-1), fun lists:x/A end),
    ?SHOW(begin A = id(300), fun lists:x/A end),
    ?SHOW(erlang:fun_info(counter(9), env)),
    ?SHOW(erlang:fun_info(counter(9), arity)),
    ?SHOW(erlang:fun_info(counter(9), module)),
    ?SHOW(erlang:fun_info(counter(9), type)),
    ?SHOW(erlang:fun_info(fun lists:map/2, type)),
    ?SHOW(erlang:fun_info(fun lists:map/2, name)),
    ?SHOW(erlang:fun_info(fun lists:map/2, env)),
    ?SHOW(erlang:fun_info(fun lists:map/2)),
    ?SHOW([K || {K, _} <- erlang:fun_info(counter(9))]),
    ?SHOW(erlang:fun_info(counter(9), index)),
    ?SHOW(erlang:fun_info(counter(9), name)),
    ?SHOW(erlang:fun_info(id(x), env)),
    ?SHOW(erlang:fun_info(counter(1), no_item)),
    ?SHOW(erlang:make_fun(lists, map, 2)),
    ?SHOW(erlang:make_fun(lists, map, a)),
    ?SHOW(erlang:is_builtin(erlang, abs, 1)),
    ?SHOW(erlang:is_builtin(lists, map, 2)).

%% erl_eval: expressions of every kind, bindings, funs, errors and their stack traces.
-module(otp_erl_eval).
-export([main/0]).
-include("show.hrl").
ev(S) -> ev(S, []).
ev(S, B) ->
    {ok, T, _} = erl_scan:string(S ++ "."),
    {ok, E} = erl_parse:parse_exprs(T),
    {value, V, B2} = erl_eval:exprs(E, B),
    {V, lists:sort(erl_eval:bindings(erl_eval:del_binding('X', B2)))}.

main() ->
    ?SHOW(ev("1 + 2 * 3")),
    ?SHOW(ev("X = 5, Y = X * 2, {X, Y}")),
    ?SHOW(ev("A + B", [{'A', 1}, {'B', 2}])),
    ?SHOW(ev("case {1, a} of {N, a} when N > 0 -> N; _ -> no end")),
    ?SHOW(ev("if 1 > 2 -> a; true -> b end")),
    ?SHOW(ev("[X * 2 || X <- [1, 2, 3], X > 1]")),
    ?SHOW(ev("<< <<X>> || X <- [1, 2] >>")),
    ?SHOW(ev("[X || <<X:4>> <= <<1, 2>>]")),
    ?SHOW(element(1, ev("(fun(A, B) -> A + B end)(1, 2)"))),
    ?SHOW(element(1, ev("(fun F(0) -> 1; F(N) -> N * F(N - 1) end)(10)"))),
    ?SHOW(ev("lists:map(fun(Z) -> Z + 1 end, [1, 2])")),
    ?SHOW(ev("try throw(x) catch throw:Y -> {caught, Y} after ok end")),
    ?SHOW(ev("catch error(a)") =/= x),
    ?SHOW(ev("receive x -> y after 0 -> timeout end")),
    ?SHOW(begin self() ! {msg, 7}, ev("receive {msg, M} when M > 5 -> M end") end),
    ?SHOW(ev("#{a => 1, b => 2}")),
    ?SHOW(ev("M = #{a => 1}, M#{a := 2}")),
    ?SHOW(ev("#{a := V} = #{a => 9}, V")),
    ?SHOW(ev("<<A:4, B/bits>> = <<16#ab, 3:2>>, {A, B}")),
    ?SHOW(ev("\"abc\" ++ [$d]")),
    ?SHOW(ev("begin a, b end")),
    ?SHOW(ev("fun lists:reverse/1")),
    ?SHOW(ev("is_atom(a) andalso true orelse false")),
    ?SHOW(ev("{X, X} = {1, 2}")),
    ?SHOW(ev("Unbound")),
    ?SHOW(ev("1 / 0")),
    ?SHOW(ev("case 1 of 2 -> x end")),
    ?SHOW(ev("if false -> x end")),
    ?SHOW(ev("no_such_fun(1)")),
    ?SHOW(ev("(fun(1) -> a end)(2)")),
    ?SHOW(ev("foo:bar(1)")),
    ?SHOW(ev("element(3, {a})")),
    ?SHOW(element(1, ev("F = fun(A1, A2, A3, A4, A5, A6, A7, A8, A9, A10) -> A1 + A10 end, F(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)"))),
    ?SHOW(erl_eval:expr_list([{integer, 1, 1}, {atom, 1, a}], [])).

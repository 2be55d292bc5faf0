%% Functions of many arguments, live across calls.
%% stress: 50
-module(lang_many_args).
-export([main/0]).
-include("show.hrl").
big(A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19, A20) ->
    S = id(A1) + id(A20),
    {S, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19}.

swap(A, B, C, D, 0) -> {A, B, C, D};
swap(A, B, C, D, N) -> swap(D, A, B, C, N - 1).

rotate(A, B, C, D, E, F, G, H, N) when N > 0 -> rotate(B, C, D, E, F, G, H, A, N - 1);
rotate(A, B, C, D, E, F, G, H, _) -> [A, B, C, D, E, F, G, H].

live(N) ->
    A = id(N), B = id(N + 1), C = id(N + 2), D = id(N + 3), E = id(N + 4), F = id(N + 5), G = id(N + 6),
    case id(N) of
        1 -> {A, C, E, G};
        2 -> X = id(B), [X, D, F | id(A)];
        _ -> G + id(F) * id(E) - id(D) + id(C) * id(B) - id(A)
    end.

main() ->
    ?SHOW(big(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20)),
    ?SHOW(swap(a, b, c, d, 10)),
    ?SHOW(rotate(1, 2, 3, 4, 5, 6, 7, 8, 1003)),
    ?SHOW([live(N) || N <- [1, 2, 3, 10]]),
    Args = lists:seq(1, 255),
    Vars = [{var, 1, list_to_atom("V" ++ integer_to_list(N))} || N <- Args],
    Sum = lists:foldl(fun(V, A) -> {op, 1, '+', A, V} end, {integer, 1, 0}, Vars),
    Forms = [{attribute, 1, module, wide}, {attribute, 1, export, [{f, 255}]}, {function, 1, f, 255, [{clause, 1, Vars, [],
        [Sum]}]}],
    {ok, wide, Bin} = compile:forms(Forms),
    ?SHOW(code:load_binary(wide, "wide", Bin)),
    ?SHOW(apply(wide, f, Args)),
    ?SHOW(apply(wide, f, [1 bsl 70 | tl(Args)])),
    ?SHOW(begin F = fun wide:f/255, apply(F, Args) end),
    ?SHOW(try apply(wide, f, [x | Args]) catch error:undef -> undef end),
    ?SHOW(element(1, spawn_monitor(wide, f, Args)) =/= self()),
    ?SHOW(receive {'DOWN', _, process, _, R} -> R end).

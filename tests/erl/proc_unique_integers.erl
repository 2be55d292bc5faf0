%% Unique integers: put together from a thread's number and its counter.
-module(proc_unique_integers).
-export([main/0]).

main() ->
    erts_debug:set_internal_state(available_internal_state, true),
    Make = fun(T, C) -> catch_of(fun() -> erts_debug:get_internal_state({make_unique_integer, T, C}) end) end,
    Top = (1 bsl 64) - 1,
    Threads = [0, 1, 2, 7, 255, 256, 1 bsl 20, 1 bsl 63],
    Counters = [0, 1, (1 bsl 54) - 1, (1 bsl 55) + 1, 1 bsl 56, (1 bsl 59) - 1, 1 bsl 59, 1 bsl 60, (1 bsl 60) + 1,
                1 bsl 63, Top],
    [io:format("~w ~w~n", [C, [Make(T, C) || T <- Threads]]) || C <- Counters],
    io:format("~p~n", [[Make(T, C) || {T, C} <- [{-1, 0}, {0, -1}, {0, Top + 1}, {Top + 1, 0}, {a, 1}, {1, a}, {1.0, 1}]]]),
    io:format("~p~n", [catch_of(fun() -> erts_debug:get_internal_state({make_unique_integer, 1}) end)]),
    io:format("~p~n", [catch_of(fun() -> erts_debug:get_internal_state({other, 1, 2}) end)]),
    All = lists:append([fetch() || _ <- lists:seq(1, 8)]),
    io:format("~p ~p~n", [length(All), length(lists:usort(All))]),
    Positive = [erlang:unique_integer([positive]) || _ <- lists:seq(1, 1000)],
    io:format("~p ~p~n", [lists:all(fun(I) -> I > 0 end, Positive), Positive =:= lists:usort(Positive)]),
    A = [erlang:unique_integer([monotonic]) || _ <- lists:seq(1, 1000)],
    B = [erlang:unique_integer([monotonic, positive]) || _ <- lists:seq(1, 1000)],
    io:format("~p ~p~n", [A =:= lists:usort(A), B =:= lists:usort(B)]),
    io:format("~p~n", [[catch_of(fun() -> erlang:unique_integer(X) end) || X <- [a, [a], [positive | a], {positive}]]]).

fetch() ->
    Self = self(),
    Pids = [spawn(fun() -> Self ! {self(), [erlang:unique_integer() || _ <- lists:seq(1, 1000)]} end) || _ <- [1, 2, 3]],
    lists:append([receive {P, L} -> L end || P <- Pids]).

catch_of(F) ->
    try F() catch C:R -> {C, R} end.

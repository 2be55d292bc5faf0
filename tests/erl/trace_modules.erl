%% Tracer modules: without natives in them they trace nothing.
-module(trace_modules).
-export([main/0, enabled/3, trace/5, go/0]).

enabled(_, _, _) -> trace.
trace(_, S, _, _, _) -> S ! traced.

main() ->
    [io:format("~p ~p~n", [plain(T), plain(catch erlang:trace(self(), true, [call, T]))])
     || T <- [{tracer, no_such_module_here, []}, {tracer, lists, []}, {tracer, ?MODULE, self()}, {tracer, erl_tracer, self()},
              {tracer, erl_tracer, a}, {tracer, "x", a}, {tracer, a}, {tracer, []}, {tracer, 1}, {tracer, self(), a},
              {tracer, a, b, c}]],
    io:format("~p~n", [[erlang:trace_info(self(), flags), erlang:trace_info(self(), tracer) =:= {tracer, self()}]]),
    erlang:trace(self(), false, [all]),
    [io:format("~p ~p~n", [plain(M), plain(catch erlang:trace_pattern({?MODULE, go, 0}, true, [M]))])
     || M <- [{meta, no_such_module_here, []}, {meta, lists, []}, {meta, ?MODULE, self()}, {meta, erl_tracer, self()},
              {meta, a}, {meta, []}, {meta, 1}]],
    ?MODULE:go(),
    erlang:trace_pattern({?MODULE, go, 0}, false, [meta]),
    [io:format("~p~n", [plain(catch erlang:system_flag(sequential_tracer, M))]) || M <- [{lists, a}, {?MODULE, a}, a, 1, false]],
    [io:format("~p~n", [plain(catch erlang:match_spec_test([1], [{'_', [], [{trace, [], [M]}]}], trace))])
     || M <- [{tracer, lists, a}, {tracer, ?MODULE, a}]],
    [io:format("~p~n", [plain(catch erl_tracer:enabled(K, T, self()))])
     || K <- [call, trace_status], T <- [self(), a, spawn(fun() -> ok end)]],
    [io:format("~p~n", [plain(catch erl_tracer:trace(K, T, self(), x, #{}))])
     || K <- [call, send], T <- [self(), a]],
    receive M -> io:format("~p~n", [plain(M)]) after 10 -> ok end.

go() -> ok.

plain({'EXIT', {R, [{M, F, A, Info} | _]}}) when is_list(A) -> {'EXIT', R, M, F, proplists:get_value(error_info, Info)};
plain({'EXIT', {R, [{M, F, A, _} | _]}}) -> {'EXIT', R, M, F, A};
plain(P) when is_pid(P) -> pid;
plain(T) when is_tuple(T) -> list_to_tuple([plain(X) || X <- tuple_to_list(T)]);
plain(X) -> X.

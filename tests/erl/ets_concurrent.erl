%% Many processes over shared tables: reads, writes, inserts of one key, tables made and dropped.
%% stress: 50
-module(ets_concurrent).
-export([main/0]).
-include("show.hrl").
main() ->
    S = self(),
    T = ets:new(tt, [public, set, {write_concurrency, true}, {read_concurrency, true}]),
    O = ets:new(tt, [public, ordered_set, {write_concurrency, true}]),
    Worker = fun(W) ->
                     [begin ets:insert(T, {{W, N}, N}), ets:insert(O, {N * 8 + W, W}), ets:lookup(T, {W rem 4, N}),
                         ets:insert_new(T, {shared, W}) end
                      || N <- lists:seq(1, 500)],
                     S ! {done, W}
             end,
    [spawn(fun() -> Worker(W) end) || W <- lists:seq(0, 7)],
    [receive {done, W} -> ok end || W <- lists:seq(0, 7)],
    ?SHOW(ets:info(T, size)),
    ?SHOW(ets:info(O, size)),
    ?SHOW([K || {K, _} <- ets:tab2list(O)] =:= lists:seq(8, 500 * 8 + 7)),
    ?SHOW(length(ets:lookup(T, shared))),
    ?SHOW(lists:sum([V || {{_, _}, V} <- ets:tab2list(T)])),
    [spawn(fun() -> [ets:delete(T, {W, N}) || N <- lists:seq(1, 500)], S ! {gone, W} end) || W <- lists:seq(0, 7)],
    [receive {gone, W} -> ok end || W <- lists:seq(0, 7)],
    ?SHOW(ets:info(T, size)),
    [spawn(fun() -> X = ets:new(x, []), ets:insert(X, {1, W}), S ! {val, ets:lookup(X, 1)} end) || W <- lists:seq(1, 200)],
    ?SHOW(lists:sum([receive {val, [{1, V}]} -> V end || _ <- lists:seq(1, 200)])),
    Reader = spawn(fun R() -> ets:foldl(fun(_, A) -> A end, 0, O), R() end),
    [ets:delete(O, K) || K <- lists:seq(8, 4007)],
    exit(Reader, kill),
    ?SHOW(ets:info(O, size)).

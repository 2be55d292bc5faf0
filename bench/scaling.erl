%% Kernels for two schedulers: work that shares nothing, so that twice the schedulers should take half the time.
-module(scaling).
-behaviour(gen_server).
-export([kernels/0, init/1, handle_call/3, handle_cast/2]).

kernels() ->
    [{parallel_fib, fun() -> together(4, fun(_) -> 832040 = fib(30) end) end},
     {parallel_sort, fun() -> together(4, fun sorts/1) end},
     {parallel_maps, fun() -> together(4, fun maps/1) end},
     {parallel_servers, fun() -> together(20, fun calls/1) end},
     {parallel_bignums, fun() -> together(4, fun(_) -> bignums(100) end) end}].

together(N, Work) ->
    Ms = [spawn_monitor(fun() -> Work(I) end) || I <- lists:seq(1, N)],
    [receive {'DOWN', R, process, _, Reason} -> normal = Reason end || {_, R} <- Ms].

fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).

sorts(I) ->
    L = randoms(50000, I, []),
    [50000 = length(lists:sort(L)) || _ <- lists:seq(1, 4)].

randoms(0, _, L) -> L;
randoms(N, S, L) -> S1 = (S * 1103515245 + 12345) band 16#7FFFFFFF, randoms(N - 1, S1, [S1 | L]).

maps(I) ->
    M = lists:foldl(fun(X, M) -> M#{X * I => X} end, #{}, lists:seq(1, 40000)),
    40000 = map_size(M).

%% Pairs of a client and its server.
calls(I) ->
    {ok, Server} = gen_server:start(?MODULE, 0, []),
    [I = gen_server:call(Server, I) || _ <- lists:seq(1, 4000)],
    4000 = gen_server:call(Server, count),
    gen_server:stop(Server).

init(N) -> {ok, N}.
handle_call(count, _, N) -> {reply, N, N};
handle_call(What, _, N) -> {reply, What, N + 1}.
handle_cast(_, N) -> {noreply, N}.

bignums(N) -> [fact(1000) || _ <- lists:seq(1, N)].
fact(0) -> 1;
fact(N) -> N * fact(N - 1).

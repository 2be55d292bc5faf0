%% OTP's tools that work by tracing: cprof, dbg, eprof; and schedulers that are blocked meanwhile.
%% run: alone
-module(trace_tools).
-export([main/0, fib/1, top/0]).

main() ->
    cprof:start(),
    fib(10),
    cprof:pause(),
    io:format("~p~n", [cprof:analyse(?MODULE)]),
    cprof:stop(),
    {ok, _} = dbg:tracer(process, {fun(M, N) -> io:format("~p ~p~n", [N, setelement(2, M, p)]), N + 1 end, 1}),
    {ok, _} = dbg:p(self(), [c]),
    {ok, _} = dbg:tpl(?MODULE, fib, 1, [{'_', [], [{return_trace}]}]),
    fib(2),
    timer:sleep(100),
    dbg:ctp(),
    dbg:stop_clear(),
    eprof:start(),
    {ok, ok} = eprof:profile([], ?MODULE, top, []),
    eprof:stop(),
    io:format("~p~n", [[erlang:system_info(multi_scheduling), erlang:system_flag(multi_scheduling, block),
                        erlang:system_info(multi_scheduling),
                        erlang:system_flag(multi_scheduling, unblock), erlang:system_info(multi_scheduling)]]).

fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).

top() -> fib(10), lists:sort([3, 1, 2]), ok.

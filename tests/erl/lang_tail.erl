%% Tail calls run in constant space: local, mutual, remote, through funs and apply.
%% stress: 50
-module(lang_tail).
-export([main/0]).
-export([remote/2, ping/2, pong/2]).
-include("show.hrl").
local(0, Acc) -> Acc;
local(N, Acc) -> local(N - 1, Acc + 1).
remote(0, Acc) -> Acc;
remote(N, Acc) -> ?MODULE:remote(N - 1, Acc + 1).
ping(0, X) -> {ping, X};
ping(N, X) -> ?MODULE:pong(N - 1, X).
pong(0, X) -> {pong, X};
pong(N, X) -> apply(?MODULE, ping, [N - 1, X]).
through_fun(F, 0, Acc) -> {is_function(F), Acc};
through_fun(F, N, Acc) -> F(F, N - 1, Acc + 2).
dynamic(_, 0) -> done;
dynamic(M, N) -> M:remote(1, 0), F = id(ping), M:F(1, x), dynamic(M, N - 1).
in_case(N) -> case N of 0 -> zero; _ -> if N > 0 -> in_case(N - 1); true -> neg end end.
in_catch(0) -> ok;
in_catch(N) -> (catch throw(N)), in_catch(N - 1).

main() ->
    {_, Before} = process_info(self(), total_heap_size),
    ?SHOW(local(1000000, 0)),
    ?SHOW(remote(500000, 0)),
    ?SHOW(ping(300001, x)),
    ?SHOW(through_fun(fun through_fun/3, 300000, 0)),
    ?SHOW(dynamic(?MODULE, 100000)),
    ?SHOW(in_case(1000000)),
    ?SHOW(in_catch(100000)),
    {_, After} = process_info(self(), total_heap_size),
    ?SHOW(After - Before < 100000).

%% The order of signals between two processes: messages, links, monitors, exits, info requests.
-module(proc_order).
-export([main/0]).
-include("show.hrl").
collect(0) -> [];
collect(N) -> receive X -> [X | collect(N - 1)] after 1000 -> [timeout] end.
echo() -> receive {F, X} -> F ! X, echo() end.
sender(_, 0) -> ok;
sender(To, N) -> To ! {self(), N}, sender(To, N - 1).
ordered(N, Last) when N > 0 -> receive {P, K} -> case maps:get(P, Last, 1 bsl 30) > K of true -> ordered(N - 1,
    Last#{P => K}); false -> {wrong, K} end end;
ordered(0, _) -> in_order.

main() ->
    S = self(),
    P = spawn(fun echo/0),
    [P ! {S, N} || N <- lists:seq(1, 20)],
    ?SHOW(collect(20)),
    [spawn(fun() -> sender(S, 1000) end) || _ <- lists:seq(1, 8)],
    ?SHOW(ordered(8000, #{})),
    ?SHOW(begin Q = spawn(fun() -> receive go -> ok end, receive a -> S ! got_a after 0 -> S ! no_a end end), Q ! go, Q ! a,
        M = monitor(process, Q),
             receive {'DOWN', M, _, _, _} -> ok end, collect(1) end),
    ?SHOW(begin Q = spawn(fun() -> receive after infinity -> ok end end), [Q ! N || N <- lists:seq(1, 100)], process_info(Q,
        message_queue_len) end),
    ?SHOW(begin Q = spawn(fun() -> S ! first, exit(second) end), M = monitor(process, Q), receive first -> ok end,
             receive {'DOWN', M, _, _, R} -> lists:member(R, [second, noproc]) end end),
    ?SHOW(begin process_flag(trap_exit, true), Q = spawn_link(fun() -> S ! message, exit(done) end), [case X of {'EXIT', Q,
        R} -> R; _ -> X end || X <- collect(2)] end),
    ?SHOW(begin Q = spawn(fun() -> receive after infinity -> ok end end), exit(Q, kill), is_process_alive(Q) end),
    ?SHOW(begin Q = spawn(fun() -> receive after infinity -> ok end end), exit(Q, kill), process_info(Q, status) end),
    ?SHOW(begin Q = spawn(fun() -> receive after infinity -> ok end end), register(tt_o, Q), exit(Q, kill), is_process_alive(Q),
        whereis(tt_o) end).

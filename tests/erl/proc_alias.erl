%% Aliases: explicit_unalias, demonitor, reply_demonitor; sends to a dead alias vanish.
-module(proc_alias).
-export([main/0]).
-include("show.hrl").
next() -> receive X -> X after 50 -> nothing end.
server() -> receive {From, Alias, M} -> Alias ! {reply, M}, From ! sent, server() end.

main() ->
    P = spawn(fun server/0),
    ?SHOW(begin A = alias(), A ! hello, next() end),
    ?SHOW(begin A = alias(), unalias(A), A ! hello, next() end),
    ?SHOW(begin A = alias(), {unalias(A), unalias(A)} end),
    ?SHOW(begin A = alias([reply]), A ! one, A ! two, {next(), next()} end),
    ?SHOW(begin A = alias([explicit_unalias]), A ! one, A ! two, {next(), next()} end),
    ?SHOW(alias([bad])),
    ?SHOW(unalias(id(x))),
    ?SHOW(unalias(make_ref())),
    ?SHOW(begin R = monitor(process, P, [{alias, explicit_unalias}]), P ! {self(), R, 1}, X = [next(), next()], demonitor(R),
        P ! {self(), R, 2},
             {lists:sort(X), lists:sort([next(), next()]), unalias(R)} end),
    ?SHOW(begin R = monitor(process, P, [{alias, demonitor}]), P ! {self(), R, 1}, X = [next(), next()], demonitor(R), P ! {self(),
        R, 2},
             {lists:sort(X), next(), next(), unalias(R)} end),
    ?SHOW(begin R = monitor(process, P, [{alias, reply_demonitor}]), P ! {self(), R, 1}, X = [next(), next()], P ! {self(), R, 2},
             {lists:sort(X), next(), next(), demonitor(R, [info])} end),
    ?SHOW(begin R = monitor(process, P, [{alias, reply_demonitor}]), exit(P, kill), receive {'DOWN', R, _, _, Why} -> {Why,
        unalias(R)} end end),
    ?SHOW(monitor(process, P, [{alias, bad}])),
    ?SHOW(begin A = alias(), erlang:send(A, via_send), next() end),
    ?SHOW(begin A = alias(), erlang:send_after(1, A, via_timer), next() end),
    ?SHOW(begin {Q, R} = spawn_opt(fun() -> receive {Al, M} -> Al ! M end end, [{monitor, [{alias, explicit_unalias}]}]), Q ! {R, x},
             A = next(), receive {'DOWN', R, process, Q, W} -> {A, W} end end).

%% The timer module.
-module(otp_timer).
-export([main/0]).
-include("show.hrl").
next() -> receive X -> X after 500 -> nothing end.
main() ->
    ?SHOW(begin {ok, _} = timer:send_after(5, hello), next() end),
    ?SHOW(begin S = self(), {ok, _} = timer:apply_after(5, erlang, send, [S, applied]), next() end),
    ?SHOW(begin {ok, R} = timer:send_interval(5, tick), X = [next(), next(), next()], timer:cancel(R), X end),
    ?SHOW(begin {ok, R} = timer:send_after(1000, never), timer:cancel(R) end),
    ?SHOW(timer:cancel(bad)),
    ?SHOW(timer:send_after(-1, x)),
    ?SHOW(begin {T, V} = timer:tc(lists, reverse, [[1, 2]]), {is_integer(T), V} end),
    ?SHOW(timer:seconds(2) + timer:minutes(1) + timer:hours(1) + timer:hms(1, 1, 1)),
    ?SHOW(timer:now_diff({0, 1, 5}, {0, 0, 0})),
    ?SHOW(begin P = spawn(fun() -> receive after infinity -> ok end end), M = monitor(process, P), {ok, _} = timer:kill_after(5, P),
        receive {'DOWN', M, _, _, R} -> R end end),
    ?SHOW(begin P = spawn(fun() -> receive after infinity -> ok end end), M = monitor(process, P), {ok, _} = timer:exit_after(5, P,
        tired), receive {'DOWN', M, _, _, R} -> R end end),
    ?SHOW(timer:sleep(1)).

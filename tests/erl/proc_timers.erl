%% send_after, start_timer, cancel, read; order of firing; timers of the dead.
%% stress: 50
-module(proc_timers).
-export([main/0]).
-include("show.hrl").
next() -> receive X -> X after 300 -> nothing end.

main() ->
    S = self(),
    ?SHOW(begin erlang:send_after(1, S, a), next() end),
    ?SHOW(begin R = erlang:start_timer(1, S, b), {timeout, R2, b} = next(), R =:= R2 end),
    ?SHOW(begin erlang:send_after(0, S, zero), next() end),
    ?SHOW(begin [erlang:send_after(T, S, {t, T}) || T <- [60, 20, 40, 1]], [next() || _ <- [1, 2, 3, 4]] end),
    ?SHOW(begin R = erlang:send_after(10000, S, never), Left = erlang:cancel_timer(R), Left > 9000 andalso Left =< 10000 end),
    ?SHOW(begin R = erlang:send_after(1, S, fast), next(), erlang:cancel_timer(R) end),
    ?SHOW(begin R = erlang:send_after(10000, S, never), Left = erlang:read_timer(R), erlang:cancel_timer(R), {Left > 9000,
        erlang:read_timer(R)} end),
    ?SHOW(begin R = erlang:send_after(10000, S, never), {erlang:cancel_timer(R, [{async, true}, {info, false}])} end),
    ?SHOW(begin R = erlang:send_after(10000, S, never), ok = erlang:cancel_timer(R, [{async, true}]), {cancel_timer, R, L} = next(),
        L > 9000 end),
    ?SHOW(begin R = erlang:send_after(10000, S, never), ok = erlang:read_timer(R, [{async, true}]), {read_timer, R, L} = next(),
        erlang:cancel_timer(R), L > 9000 end),
    ?SHOW(erlang:cancel_timer(make_ref())),
    ?SHOW(erlang:cancel_timer(id(x))),
    ?SHOW(erlang:cancel_timer(make_ref(), [bad])),
    ?SHOW(erlang:send_after(id(-1), S, x)),
    ?SHOW(erlang:send_after(id(a), S, x)),
    ?SHOW(erlang:send_after(id(1 bsl 80), S, x)),
    ?SHOW(erlang:send_after(1, id("x"), x)),
    ?SHOW(erlang:start_timer(1, S, x, [bad])),
    ?SHOW(begin register(tt_timer, S), erlang:send_after(1, tt_timer, by_name), X = next(), unregister(tt_timer), X end),
    ?SHOW(begin erlang:send_after(1, tt_timer, nobody), next() end),
    ?SHOW(begin P = spawn(fun() -> ok end), erlang:send_after(1, P, x), next() end),
    ?SHOW(begin Now = erlang:monotonic_time(millisecond), erlang:send_after(Now + 20, S, abs, [{abs, true}]), next() end),
    ?SHOW(begin Now = erlang:monotonic_time(millisecond), erlang:start_timer(Now - 20, S, past, [{abs, true}]), element(3,
        next()) end),
    ?SHOW(begin [erlang:send_after(N rem 10, S, N) || N <- lists:seq(1, 2000)], lists:sum([next() || _ <- lists:seq(1, 2000)]) end),
    ?SHOW(begin Rs = [erlang:send_after(50000 + N, S, N) || N <- lists:seq(1, 2000)],
        lists:all(fun(R) -> is_integer(erlang:cancel_timer(R)) end, Rs) end),
    ?SHOW(begin T0 = erlang:monotonic_time(millisecond), receive after 30 -> ok end,
        erlang:monotonic_time(millisecond) - T0 >= 30 end),
    ?SHOW(begin T0 = erlang:monotonic_time(millisecond), timer:sleep(5), erlang:monotonic_time(millisecond) - T0 >= 5 end),
    ?SHOW(next()).

%% Selective receive: order, nesting, guards, a marker with make_ref.
%% stress: 50
-module(lang_receive).
-export([main/0]).
-include("show.hrl").
drain() -> receive X -> [X | drain()] after 0 -> [] end.
call(Pid, Q) -> R = make_ref(), Pid ! {self(), R, Q}, receive {R, A} -> A end.
server() -> receive {From, R, stop} -> From ! {R, stopped}; {From, R, Q} -> From ! {R, {answer, Q}}, server() end.
fill(0) -> ok;
fill(N) -> self() ! {noise, N}, fill(N - 1).

main() ->
    S = self(),
    [S ! X || X <- [1, a, 2, b, 3, c]],
    ?SHOW(receive X when is_atom(X) -> X end),
    ?SHOW(receive X when is_atom(X) -> X end),
    ?SHOW(receive 3 -> three end),
    ?SHOW(drain()),
    [S ! X || X <- lists:seq(1, 10)],
    ?SHOW([receive X when X rem 2 =:= 0 -> X end || _ <- lists:seq(1, 5)]),
    ?SHOW(drain()),
    ?SHOW(receive nothing -> no after 0 -> timeout end),
    ?SHOW(receive nothing -> no after 10 -> timeout end),
    S ! {a, 1}, S ! {b, 2},
    ?SHOW(receive {b, Y} -> receive {a, X} -> {X, Y} end end),
    Pid = spawn(fun server/0),
    fill(2000),
    ?SHOW([call(Pid, N) || N <- [1, 2, 3]]),
    ?SHOW(length([call(Pid, N) || N <- lists:seq(1, 2000)])),
    ?SHOW(call(Pid, stop)),
    ?SHOW(length(drain())),
    S ! x,
    ?SHOW(receive Z when hd(Z) =:= 1 -> Z; Z -> {other, Z} end),
    ?SHOW(receive after 0 -> nothing end),
    ?SHOW(receive _ -> x after id(a) -> y end),
    ?SHOW(receive _ -> x after id(-1) -> y end),
    ?SHOW(receive _ -> x after id(1 bsl 33) -> y end),
    ?SHOW(receive _ -> x after id(1.0) -> y end),
    T = erlang:send_after(20, S, late),
    ?SHOW(is_reference(T)),
    ?SHOW(receive late -> got after 5000 -> lost end),
    ?SHOW(begin S ! m, receive m -> ok after infinity -> never end end).

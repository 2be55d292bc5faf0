%% TCP and UDP on the loopback: active modes, packets, options, errors.
%% needs: sockets
-module(otp_sockets).
-export([main/0]).
-include("show.hrl").
next() -> receive {T, S, D} when is_port(S) -> {T, D}; {T, S} when is_port(S) -> T; {T, S, A, _, D} when is_port(S) -> {T, A,
    D}; X -> X after 2000 -> nothing end.
main() ->
    {ok, L} = gen_tcp:listen(0, [binary, {active, false}, {packet, 2}, {reuseaddr, true}, {ip, {127, 0, 0, 1}}]),
    {ok, Port} = inet:port(L),
    S = self(),
    spawn(fun() -> {ok, A} = gen_tcp:accept(L), echo(A), S ! server_done end),
    {ok, C} = gen_tcp:connect({127, 0, 0, 1}, Port, [binary, {active, false}, {packet, 2}]),
    ?SHOW(gen_tcp:send(C, <<"hello">>)),
    ?SHOW(gen_tcp:recv(C, 0, 2000)),
    ?SHOW(gen_tcp:send(C, ["io", <<"list">>, [binary:copy(<<"x">>, 50000)]])),
    ?SHOW(begin {ok, B} = gen_tcp:recv(C, 0, 2000), byte_size(B) end),
    ?SHOW(gen_tcp:recv(C, 0, 20)),
    ?SHOW(inet:setopts(C, [{active, once}])),
    ?SHOW(begin gen_tcp:send(C, "once"), next() end),
    ?SHOW(inet:setopts(C, [{active, true}])),
    ?SHOW(begin gen_tcp:send(C, "a"), gen_tcp:send(C, "b"), [next(), next()] end),
    ?SHOW(inet:getopts(C, [active, packet, mode])),
    ?SHOW(begin {ok, {A, P}} = inet:peername(C), {A, P =:= Port} end),
    ?SHOW(gen_tcp:send(C, "quit")),
    ?SHOW([next(), next()]),
    ?SHOW(gen_tcp:send(C, "x")),
    ?SHOW(gen_tcp:close(C)),
    ?SHOW(gen_tcp:accept(L, 10)),
    ?SHOW(gen_tcp:close(L)),
    ?SHOW(gen_tcp:connect({127, 0, 0, 1}, Port, [], 1000)),
    ?SHOW(gen_tcp:listen(0, [bad_option])),
    {ok, U} = gen_udp:open(0, [binary, {active, true}, {ip, {127, 0, 0, 1}}]),
    {ok, V} = gen_udp:open(0, [list, {active, false}, {ip, {127, 0, 0, 1}}]),
    {ok, UP} = inet:port(U), {ok, VP} = inet:port(V),
    ?SHOW(gen_udp:send(V, {127, 0, 0, 1}, UP, "datagram")),
    ?SHOW(next()),
    ?SHOW(gen_udp:send(U, {127, 0, 0, 1}, VP, <<"back">>)),
    ?SHOW(begin {ok, {A, _, D}} = gen_udp:recv(V, 0, 1000), {A, D} end),
    ?SHOW(gen_udp:recv(V, 0, 10)),
    ?SHOW([gen_udp:close(X) || X <- [U, V]]).

echo(A) -> case gen_tcp:recv(A, 0) of {ok, <<"quit">>} -> gen_tcp:close(A); {ok, B} -> gen_tcp:send(A, B), echo(A); _ -> ok end.

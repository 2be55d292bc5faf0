%% The operators and BIFs of sending, with every kind of target and message.
-module(proc_send).
-export([main/0]).
-include("show.hrl").
next() -> receive X -> X after 50 -> nothing end.
main() ->
    S = self(),
    ?SHOW(S ! a),
    ?SHOW(next()),
    ?SHOW(erlang:send(S, b)),
    ?SHOW(next()),
    ?SHOW(erlang:send(S, c, [])),
    ?SHOW(erlang:send(S, d, [nosuspend, noconnect])),
    ?SHOW({next(), next()}),
    ?SHOW(erlang:send(S, d, [bad])),
    ?SHOW(erlang:send(S, d, id(x))),
    ?SHOW(erlang:send_nosuspend(S, e)),
    ?SHOW(erlang:send_nosuspend(S, f, [noconnect])),
    ?SHOW({next(), next()}),
    ?SHOW(id(1) ! x),
    ?SHOW(id("name") ! x),
    ?SHOW(id({a, b, c}) ! x),
    ?SHOW(id({a, 1}) ! x),
    ?SHOW(id({"a", node()}) ! x),
    ?SHOW(make_ref() ! x),
    ?SHOW(begin P = spawn(fun() -> ok end), timer:sleep(10), P ! to_the_dead end),
    K = id(7),
    Big = {lists:seq(1, 100), #{k => [1.5, 1 bsl 80]}, <<"bin">>, binary:copy(<<"x">>, 1000), fun(X) -> {X, K} end, <<5:3>>,
        [a|b], maps:from_keys(lists:seq(1, 50), v)},
    ?SHOW(begin S ! Big, X = next(), {X =:= Big, (element(5, X))(1)} end),
    ?SHOW(begin P = spawn(fun() -> receive {F, X} -> F ! {back, X} end end), P ! {S, Big}, next() =:= {back, Big} end),
    ?SHOW(begin [S ! {N, Big} || N <- lists:seq(1, 200)], erlang:garbage_collect(), lists:sum([element(1,
        next()) || _ <- lists:seq(1, 200)]) end),
    ?SHOW(begin P = S ! S, next() =:= P end),
    ?SHOW(begin S ! 1, S ! 2, receive 2 -> ok end, S ! 3, {next(), next(), next()} end).

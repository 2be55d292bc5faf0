%% Funs across upgrades: local funs keep their code, external ones follow, purged ones fail.
-module(code_funs).
-export([main/0]).
-include("show.hrl").
load(N) ->
    Text = lists:flatten(io_lib:format("mk(X) -> fun(Y) -> {~w, X, Y} end.", [N])),
    {ok, Ts, _} = erl_scan:string(Text),
    {ok, F} = erl_parse:parse_form(Ts),
    {ok, Ts2, _} = erl_scan:string(lists:flatten(io_lib:format("v() -> ~w.", [N]))),
    {ok, G} = erl_parse:parse_form(Ts2),
    {ok, tt_f, Bin} = compile:forms([{attribute, 1, module, tt_f}, {attribute, 1, export, [{mk, 1}, {v, 0}]}, F, G]),
    code:load_binary(tt_f, "made", Bin).

main() ->
    load(1),
    F1 = tt_f:mk(a),
    E = fun tt_f:v/0,
    ?SHOW({F1(x), E()}),
    load(2),
    F2 = tt_f:mk(b),
    ?SHOW({F1(x), F2(x), E()}),
    ?SHOW(F1 =:= F2),
    ?SHOW(erlang:check_process_code(self(), tt_f)),
    S = self(),
    P = spawn(fun() -> S ! {held, element(1, (tt_f:mk(c))(1))}, receive stop -> ok end end),
    ?SHOW(receive X -> X end),
    ?SHOW(code:soft_purge(tt_f)),
    load(3),
    ?SHOW(code:soft_purge(tt_f)),
    G = tt_f:mk(d),
    T = term_to_binary(G),
    ?SHOW((binary_to_term(T))(y)),
    ?SHOW(binary_to_term(T) =:= G),
    ?SHOW(is_process_alive(P)),
    P ! stop,
    Q = spawn(fun() -> receive {fn, H} -> S ! {called, H(q)} end end),
    Q ! {fn, G},
    ?SHOW(receive X -> X end),
    {Q2, R} = spawn_monitor(fun() -> H = tt_f:mk(e), S ! ok, receive go -> S ! H(1) end end),
    receive ok -> ok end,
    erlang:garbage_collect(),
    ?SHOW(erlang:fun_info(G, type)),
    ?SHOW(erlang:delete_module(tt_f)),
    ?SHOW(E()),
    ?SHOW(is_process_alive(Q2)),
    Q2 ! go,
    ?SHOW(receive {N, e, 1} -> N after 500 -> none end),
    ?SHOW(receive {'DOWN', R, process, Q2, W} -> W after 500 -> alive end),
    ?SHOW(binary_to_term(<<131, 112, 0, 0, 0, 5, 0>>)).

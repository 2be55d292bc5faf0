%% sys: get_state, replace_state, suspend, status, statistics, tracing hooks on a gen_server.
-module(otp_sys).
-export([main/0]).
-behaviour(gen_server).
-export([init/1, handle_call/3, handle_cast/2, format_status/1]).
-include("show.hrl").
init(S) -> {ok, S}.
handle_call(X, _, S) -> {reply, {X, S}, S + 1}.
handle_cast(_, S) -> {noreply, S}.
format_status(M) -> M#{state => {formatted, maps:get(state, M, none)}}.

main() ->
    {ok, P} = gen_server:start_link(?MODULE, 1, []),
    ?SHOW(sys:get_state(P)),
    ?SHOW(sys:replace_state(P, fun(S) -> S * 10 end)),
    ?SHOW(gen_server:call(P, q)),
    ?SHOW(sys:suspend(P)),
    ?SHOW(try gen_server:call(P, q, 20) catch exit:{R, _} -> R end),
    ?SHOW(sys:change_code(P, ?MODULE, old, [])),
    ?SHOW(sys:resume(P)),
    ?SHOW(gen_server:call(P, r)),
    ?SHOW(begin {status, P, {module, M}, [_, SysState, Parent, _, Misc]} = sys:get_status(P), {M, SysState, Parent =:= self(),
        lists:last(Misc)} end),
    ?SHOW(sys:statistics(P, true)),
    ?SHOW(gen_server:call(P, s)),
    ?SHOW(begin {ok, L} = sys:statistics(P, get), [{K, V} || {K, V} <- L, lists:member(K, [messages_in, messages_out])] end),
    ?SHOW(sys:log(P, true)),
    ?SHOW(gen_server:call(P, t)),
    ?SHOW(begin {ok, L} = sys:log(P, get), length(L) end),
    S = self(),
    ?SHOW(sys:install(P, {fun(N, Ev, _) -> S ! {seen, N, element(1, Ev)}, N + 1 end, 0})),
    ?SHOW(gen_server:call(P, u)),
    ?SHOW([receive {seen, N, E} -> {N, E} after 500 -> none end || _ <- [1, 2]]),
    ?SHOW(sys:no_debug(P)),
    process_flag(trap_exit, true),
    ?SHOW(sys:terminate(P, finished)),
    ?SHOW(receive {'EXIT', P, R} -> R after 500 -> none end),
    ?SHOW(try sys:get_state(no_such, 100) catch exit:{R, _} -> R end).

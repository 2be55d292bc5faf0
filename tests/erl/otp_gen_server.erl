%% gen_server: calls, casts, info, continue, timeouts, stop, names, errors of callers.
-module(otp_gen_server).
-export([main/0]).
-behaviour(gen_server).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, handle_continue/2, terminate/2, code_change/3]).
-include("show.hrl").
init({ok, S}) -> {ok, S};
init({continue, S}) -> {ok, S, {continue, first}};
init({timeout, S}) -> {ok, S, 5};
init({stop, R}) -> {stop, R};
init(ignore) -> ignore;
init({crash, R}) -> error(R);
init(bad) -> bad_return.
handle_call(get, _, S) -> {reply, S, S};
handle_call({set, X}, _, S) -> {reply, {was, S}, X};
handle_call(later, From, S) -> self() ! {answer, From}, {noreply, S};
handle_call(crash, _, _) -> error(crashed);
handle_call(exit, _, _) -> exit(exited);
handle_call(throw, _, S) -> throw({reply, thrown, S});
handle_call({stop, R}, _, S) -> {stop, R, stopping, S};
handle_call(bad, _, _) -> oops;
handle_call(never, _, S) -> {noreply, S};
handle_call(continue, _, S) -> {reply, ok, S, {continue, again}}.
handle_cast({add, N}, S) -> {noreply, S + N};
handle_cast(stop, S) -> {stop, normal, S}.
handle_info({answer, From}, S) -> gen_server:reply(From, late), {noreply, S};
handle_info(timeout, S) -> {noreply, {timed_out, S}};
handle_info({tell, To}, S) -> To ! {told, S}, {noreply, S};
handle_info({'EXIT', _, R}, S) -> {stop, {linked, R}, S}.
handle_continue(first, S) -> {noreply, {continued, S}};
handle_continue(again, S) -> {noreply, {again, S}}.
terminate(R, S) -> case get(report) of undefined -> ok; To -> To ! {terminated, R, S} end.
code_change(_, S, _) -> {ok, S}.

start(A) -> gen_server:start(?MODULE, A, []).
short({R, {gen_server, call, _}}) when is_tuple(R) -> {element(1, R), in_call};
short({R, {gen_server, call, [_ | T]}}) -> {R, T}.

main() ->
    logger:set_primary_config(level, none),
    {ok, P} = start({ok, 1}),
    ?SHOW(gen_server:call(P, get)),
    ?SHOW(gen_server:call(P, {set, 10})),
    ?SHOW(gen_server:cast(P, {add, 5})),
    ?SHOW(gen_server:call(P, get)),
    ?SHOW(gen_server:call(P, later)),
    ?SHOW(gen_server:call(P, throw)),
    ?SHOW(gen_server:call(P, continue)),
    ?SHOW(gen_server:call(P, get)),
    ?SHOW(try gen_server:call(P, never, 10) catch exit:E -> short(E) end),
    ?SHOW(gen_server:stop(P)),
    ?SHOW(is_process_alive(P)),
    ?SHOW(try gen_server:call(P, get) catch exit:E -> short(E) end),
    ?SHOW(try gen_server:call(no_such_server, get) catch exit:E -> short(E) end),
    ?SHOW(gen_server:cast(no_such_server, x)),
    ?SHOW([begin {ok, Q} = start({ok, 0}), try gen_server:call(Q, C) catch exit:E -> short(E) end end || C <- [crash, exit, bad,
        {stop, normal}, {stop, odd}]]),
    ?SHOW(start(ignore)),
    ?SHOW(start({stop, why})),
    ?SHOW(begin {error, {R, _}} = start({crash, boom}), R end),
    ?SHOW(start(bad)),
    ?SHOW(begin {ok, Q} = start({continue, 3}), gen_server:call(Q, get) end),
    ?SHOW(begin {ok, Q} = start({timeout, 3}), timer:sleep(30), gen_server:call(Q, get) end),
    ?SHOW(begin {ok, Q} = gen_server:start({local, tt_gs}, ?MODULE, {ok, 7}, []), {error, {already_started,
        Q}} = gen_server:start({local, tt_gs}, ?MODULE, {ok, 8}, []), gen_server:call(tt_gs, get) end),
    ?SHOW(gen_server:stop(tt_gs, shutdown, 1000)),
    ?SHOW(begin {ok, Q} = gen_server:start({global, tt_gl}, ?MODULE, {ok, 9}, []), X = gen_server:call({global, tt_gl}, get),
        gen_server:stop(Q), X end),
    process_flag(trap_exit, true),
    ?SHOW(begin {ok, Q} = gen_server:start_link(?MODULE, {ok, 1}, []), exit(Q, kill), receive {'EXIT', Q, R} -> R end end),
    ?SHOW(begin {ok, Q} = gen_server:start_link(?MODULE, {ok, 1}, []), gen_server:cast(Q, stop), receive {'EXIT', Q,
        R} -> R end end),
    ?SHOW(gen_server:start_link(?MODULE, {stop, reason}, [])),
    ?SHOW(receive {'EXIT', _, R} -> R after 500 -> none end),
    ?SHOW(begin {ok, {Q, M}} = gen_server:start_monitor(?MODULE, {ok, 1}, []), gen_server:stop(Q), receive {'DOWN', M, process, Q,
        R} -> R end end),
    ?SHOW(begin {ok, Q} = start({ok, 1}), R1 = gen_server:send_request(Q, get), R2 = gen_server:send_request(Q, later),
        {gen_server:receive_response(R2, 1000), gen_server:wait_response(R1, 1000)} end),
    ?SHOW(begin {ok, Q} = start({ok, 1}), C = gen_server:send_request(Q, get, one, gen_server:reqids_new()), {{reply, V}, L,
        _} = gen_server:receive_response(C, 500, true), {V, L} end),
    ?SHOW(begin {ok, Q} = start({ok, 1}), gen_server:multi_call([node()], no_one, x), gen_server:call(Q, get) end),
    ?SHOW(begin {ok, Q} = gen_server:start(?MODULE, {ok, 1}, [{timeout, 1000}, {spawn_opt, [{priority, high}]}, {hibernate_after,
        1}]), timer:sleep(20), gen_server:call(Q, get) end),
    ?SHOW(try gen_server:call(self(), x) catch exit:E -> short(E) end),
    logger:set_primary_config(level, notice).

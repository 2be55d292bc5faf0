%% gen_event: handlers, swap, delete, calls, crashes, supervised handlers.
-module(otp_gen_event).
-export([main/0]).
-behaviour(gen_event).
-export([init/1, handle_event/2, handle_call/2, handle_info/2, terminate/2]).
-include("show.hrl").
init({S, {terminated, Old}}) -> {ok, {S, Old}};
init({S, N}) -> {ok, {S, N}};
init({{S, N}, swapped_from}) -> {ok, {S, N}}.
handle_event(remove, _) -> remove_handler;
handle_event(crash, _) -> error(crashed);
handle_event({swap, A}, St) -> {swap_handler, A, St, {?MODULE, two}, element(1, St)};
handle_event(E, {S, N}) -> S ! {event, N, E}, {ok, {S, N}}.
handle_call(get, {S, N}) -> {ok, N, {S, N}};
handle_call(remove, {_, N}) -> {remove_handler, {removed, N}}.
handle_info(I, {S, N}) -> S ! {info, N, I}, {ok, {S, N}}.
terminate(R, {S, N}) -> S ! {terminated, N, case R of {error, {X, _}} -> X; {error, {'EXIT', {X, _}}} -> X; {stop, X} -> {stop,
    X}; _ -> R end}, {terminated, N}.
next() -> receive X -> X after 200 -> nothing end.

main() ->
    logger:set_primary_config(level, none),
    S = self(),
    {ok, M} = gen_event:start_link({local, tt_ev}),
    ?SHOW(gen_event:add_handler(tt_ev, {?MODULE, one}, {S, 1})),
    ?SHOW(gen_event:add_handler(M, {?MODULE, two}, {S, 2})),
    ?SHOW(gen_event:add_handler(M, {?MODULE, two}, {S, 2})),
    ?SHOW(gen_event:which_handlers(M)),
    ?SHOW(gen_event:notify(M, hello)),
    ?SHOW([next(), next()]),
    ?SHOW(gen_event:sync_notify(M, sync)),
    ?SHOW([next(), next()]),
    ?SHOW(gen_event:call(M, {?MODULE, one}, get)),
    ?SHOW(gen_event:call(M, no_handler, get)),
    ?SHOW(begin M ! raw, [next(), next()] end),
    ?SHOW(gen_event:call(M, {?MODULE, two}, remove)),
    ?SHOW(next()),
    ?SHOW(gen_event:delete_handler(M, {?MODULE, one}, bye)),
    ?SHOW(next()),
    ?SHOW(gen_event:delete_handler(M, {?MODULE, one}, bye)),
    ?SHOW(gen_event:add_handler(M, ?MODULE, {S, 3})),
    ?SHOW(gen_event:swap_handler(M, {?MODULE, swap_args}, {{?MODULE, four}, S})),
    ?SHOW(next()),
    ?SHOW(gen_event:which_handlers(M)),
    ?SHOW(gen_event:sync_notify(M, crash)),
    ?SHOW([next(), next()]),
    ?SHOW(gen_event:which_handlers(M)),
    ?SHOW(gen_event:add_sup_handler(M, {?MODULE, sup}, {S, 5})),
    ?SHOW(gen_event:sync_notify(M, remove)),
    ?SHOW([next(), next()]),
    ?SHOW(begin Q = spawn(fun() -> gen_event:add_sup_handler(M, {?MODULE, q}, {S, 6}), exit(gone) end), R = monitor(process, Q),
        receive {'DOWN', R, _, _, _} -> ok end, next() end),
    ?SHOW(gen_event:stop(M)),
    logger:set_primary_config(level, notice).

%% gen_statem: both callback modes, postponing, timeouts of all kinds, enter calls, replies.
-module(otp_gen_statem).
-export([main/0]).
-behaviour(gen_statem).
-export([init/1, callback_mode/0, locked/3, open/3, handle_event/4]).
-include("show.hrl").
callback_mode() -> case persistent_term:get(tt_mode, functions) of functions -> [state_functions,
    state_enter]; _ -> handle_event_function end.
init({handle, D}) -> {ok, start, D};
init(D) -> {ok, locked, D}.
locked(enter, Old, #{to := S} = D) -> S ! {enter, locked, Old}, {keep_state, D};
locked({call, F}, {button, C}, #{code := [C]} = D) -> {next_state, open, D#{code => []}, [{reply, F, opened}, {state_timeout, 20,
    relock}]};
locked({call, F}, {button, C}, #{code := [C | T]} = D) -> {keep_state, D#{code => T}, {reply, F, next}};
locked({call, F}, {button, _}, D) -> {keep_state, D, {reply, F, wrong}};
locked(cast, walk, _) -> {keep_state_and_data, postpone};
locked(info, M, #{to := S}) -> S ! {info_in_locked, M}, keep_state_and_data;
locked({timeout, T}, V, #{to := S}) -> S ! {generic, T, V}, keep_state_and_data;
locked({call, F}, timers, _) -> {keep_state_and_data, [{reply, F, ok}, {{timeout, t1}, 5, v1}, {{timeout, t2}, 1, v2}, {{timeout,
    t3}, 10000, never}, {{timeout, t3}, cancel}]};
locked({call, F}, idle, _) -> {keep_state_and_data, [{reply, F, ok}, {timeout, 5, idle_now}]};
locked(timeout, X, #{to := S}) -> S ! {event_timeout, X}, keep_state_and_data;
locked(internal, X, #{to := S}) -> S ! {internal, X}, keep_state_and_data;
locked({call, F}, inject, _) -> {keep_state_and_data, [{reply, F, ok}, {next_event, internal, one}, {next_event, internal, two}]};
locked({call, _}, crash, _) -> error(boom);
locked({call, F}, stop, D) -> {stop_and_reply, normal, {reply, F, bye}, D}.
open(enter, Old, #{to := S}) -> S ! {enter, open, Old}, keep_state_and_data;
open(cast, walk, #{to := S}) -> S ! walked, keep_state_and_data;
open(state_timeout, relock, D) -> {next_state, locked, D#{code => [1]}};
open({call, _}, _, _) -> {keep_state_and_data, postpone}.
handle_event({call, F}, next, start, D) -> {next_state, {complex, D}, D + 1, [{reply, F, D}]};
handle_event({call, F}, next, {complex, X}, D) -> {next_state, start, D, [{reply, F, {complex, X}}]};
handle_event({call, F}, {change, M}, St, D) -> {keep_state_and_data, [{change_callback_module, M}, {reply, F, {St, D}}]}.
next() -> receive X -> X after 300 -> nothing end.

main() ->
    logger:set_primary_config(level, none),
    S = self(),
    {ok, P} = gen_statem:start(?MODULE, #{to => S, code => [1, 2]}, []),
    ?SHOW(next()),
    ?SHOW(gen_statem:cast(P, walk)),
    ?SHOW([gen_statem:call(P, {button, B}) || B <- [9, 1, 2]]),
    ?SHOW([next(), next()]),
    ?SHOW(next()),
    ?SHOW(gen_statem:call(P, timers)),
    ?SHOW([next(), next()]),
    ?SHOW(gen_statem:call(P, idle)),
    ?SHOW(next()),
    ?SHOW(gen_statem:call(P, inject)),
    ?SHOW([next(), next()]),
    ?SHOW(begin P ! hello, next() end),
    ?SHOW(begin {State, Data} = sys:get_state(P), {State, maps:get(code, Data)} end),
    ?SHOW(gen_statem:call(P, stop)),
    ?SHOW(is_process_alive(P)),
    {ok, Q} = gen_statem:start(?MODULE, #{to => S, code => [1]}, []),
    ?SHOW(next()),
    ?SHOW(try gen_statem:call(Q, crash) catch exit:{{R, _}, _} -> R end),
    persistent_term:put(tt_mode, handle),
    {ok, H} = gen_statem:start(?MODULE, {handle, 5}, []),
    ?SHOW([gen_statem:call(H, next) || _ <- [1, 2, 3]]),
    ?SHOW(begin {R, _} = try gen_statem:call(H, unknown) catch exit:E -> E end, element(1, R) end),
    ?SHOW(try gen_statem:call(H, next) catch exit:{R, _} -> R end),
    persistent_term:erase(tt_mode),
    ?SHOW(gen_statem:start(?MODULE, bad, []) =/= x),
    ?SHOW(next()),
    logger:set_primary_config(level, notice).

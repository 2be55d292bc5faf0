%% proc_lib: start with acknowledgement, failures before it, initial calls, stop, translate.
-module(otp_proc_lib).
-export([main/0]).
-export([init_ok/1, init_fail/1, init_die/1, init_slow/1, plain/1]).
-include("show.hrl").
init_ok(P) -> proc_lib:init_ack(P, {ok, self()}), receive stop -> ok end.
init_fail(P) -> proc_lib:init_ack(P, {error, no}), exit(normal).
init_die(_) -> exit(early).
init_slow(_) -> timer:sleep(1000).
plain(S) -> S ! {dict, [case V of [P | _] when is_pid(P) -> {K, pid}; _ -> {K, V} end || {K, V} <- lists:sort(get())]},
    receive stop -> ok end.

main() ->
    logger:set_primary_config(level, none),
    process_flag(trap_exit, true),
    S = self(),
    ?SHOW(begin {ok, P} = proc_lib:start_link(?MODULE, init_ok, [S]), {I, T} = {proc_lib:initial_call(P),
        proc_lib:translate_initial_call(P)}, P ! stop, receive {'EXIT', P, R} -> {I, T, R} end end),
    ?SHOW(proc_lib:start_link(?MODULE, init_fail, [S])),
    ?SHOW(receive {'EXIT', _, R} -> R after 500 -> none end),
    ?SHOW(proc_lib:start_link(?MODULE, init_die, [S])),
    ?SHOW(receive {'EXIT', _, R} -> R after 500 -> none end),
    ?SHOW(proc_lib:start(?MODULE, init_slow, [S], 20)),
    ?SHOW(proc_lib:start(?MODULE, init_fail, [S])),
    ?SHOW(begin P = proc_lib:spawn(?MODULE, plain, [S]), R = receive {dict, D} -> D end, X = {process_info(P, initial_call), R},
        P ! stop, X end),
    ?SHOW(begin P = proc_lib:spawn_link(fun() -> exit({shutdown, x}) end), receive {'EXIT', P, R} -> R end end),
    ?SHOW(begin P = proc_lib:spawn_link(fun() -> error(bad) end), receive {'EXIT', P, {R, _}} -> R end end),
    ?SHOW(begin P = proc_lib:spawn_link(?MODULE, plain, [S]), receive {dict, _} -> ok end, proc_lib:stop(P, odd, 20) end),
    ?SHOW(proc_lib:stop(no_such_name)),
    ?SHOW(begin P = proc_lib:spawn_opt(fun() -> receive x -> x end end, [link, {priority, low}]), {_, L} = process_info(P, priority),
        exit(P, kill), {L, receive {'EXIT', P, R} -> R end} end),
    ?SHOW(begin P = proc_lib:spawn(fun() -> proc_lib:hibernate(?MODULE, plain, [S]) end), P ! wake, receive {dict,
        _} -> woke after 500 -> asleep end end),
    logger:set_primary_config(level, notice).

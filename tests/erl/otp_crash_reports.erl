%% The reports of crashing processes: emulator, proc_lib, gen_server, supervisor; times and pids masked.
-module(otp_crash_reports).
-export([main/0]).
-behaviour(gen_server).
-export([log/2, init/1, handle_call/3, handle_cast/2]).
-include("show.hrl").
log(Event, #{config := To}) ->
    To ! {logged, lists:flatten(logger_formatter:format(Event, #{template => [level, ": ", msg, "\n"], legacy_header => false}))}.
init(S) -> {ok, S}.
handle_call(_, _, S) -> {reply, S, S}.
handle_cast(M, _) -> lists:reverse(M).
next() -> receive {logged, T} -> io:put_chars(["--\n", [[mask(L), $\n] || L <- string:split(T, "\n", all),
    not changing(L)]]) after 300 -> io:put_chars("-- nothing\n") end.
changing(L) -> lists:any(fun(W) -> string:find(L, W) =/= nomatch end, ["heap_size", "stack_size", "reductions", "ancestors",
    "message_queue_len"]).

main() ->
    logger:set_primary_config(level, info),
    logger:add_handler(tt_crash, ?MODULE, #{config => self(), level => info}),
    spawn(fun() -> error(plain_error) end), next(),
    spawn(fun() -> exit(not_logged) end), next(),
    spawn(fun() -> throw(a_ball) end), next(),
    spawn(fun() -> id(a) + 1 end), next(),
    spawn(lists, reverse, [a, b, c]), next(),
    spawn(no_module, no_function, []), next(),
    proc_lib:spawn(fun() -> error({in_proc_lib, "x"}) end), next(),
    proc_lib:spawn(fun() -> exit(abnormal) end), next(),
    {ok, P} = gen_server:start(?MODULE, state, []),
    gen_server:cast(P, not_a_list), next(), next(),
    spawn(fun() -> register(tt_registered, self()), error(named) end), next(),
    logger:remove_handler(tt_crash),
    logger:set_primary_config(level, notice).

%% Tail calls of module and function known only when called, while the VM traces: which of them keep their frame.
-module(trace_tail).
-export([main/0, idle/1, five/5, last1/3, last2/4, last3/5, last4/6, undefined_function/3]).

idle(X) -> X.

five(A, B, C, D, E) -> {five, A, B, C, D, E}.

last1(M, F, A) -> ?MODULE:idle(A), M:F(A).
last2(M, F, A, B) -> ?MODULE:idle(A), M:F(A, B).
last3(M, F, A, B, C) -> ?MODULE:idle(A), M:F(A, B, C).
last4(M, F, A, B, C, D) -> ?MODULE:idle(A), M:F(A, B, C, D).

main() ->
    Before = all(),
    erlang:trace(self(), true, [call, {tracer, spawn(fun sink/0)}]),
    erlang:trace_pattern({?MODULE, idle, '_'}, true, []),
    During = all(),
    erlang:trace_pattern({?MODULE, idle, '_'}, false, []),
    erlang:trace(self(), false, [call]),
    io:format("~p~n~p~n", [Before, [D || {D, B} <- lists:zip(During, Before), D =/= B]]).

sink() -> receive _ -> sink() end.

all() ->
    Other = spawn(fun() -> receive stop -> ok end end),
    [outcome(fun() -> ?MODULE:last2(erlang, exit, Other, normal) end),
     outcome(fun() -> ?MODULE:last1(erlang, exit, gone) end),
     outcome(fun() -> ?MODULE:last1(erlang, throw, thrown) end),
     outcome(fun() -> ?MODULE:last1(erlang, error, wrong) end),
     outcome(fun() -> ?MODULE:last2(erlang, error, wrong, [a]) end),
     outcome(fun() -> ?MODULE:last3(erlang, error, wrong, [a], []) end),
     outcome(fun() -> ?MODULE:last3(erlang, apply, ?MODULE, five, [a, b, c, erlang, error]) end),
     outcome(fun() -> ?MODULE:last3(erlang, apply, erlang, error, [wrong]) end),
     outcome(fun() -> ?MODULE:last3(erlang, apply, erlang, exit, [Other, normal]) end),
     handled(fun() -> ?MODULE:last4(erlang, error, 1, 2, 3, 4) end)].

outcome(F) ->
    try {value, F()}
    catch Class:Reason:Trace -> {Class, Reason, [{M, N, A} || {M, N, A, _} <- Trace, M =:= ?MODULE, N =/= all]}
    end.

%% What handles an undefined function may give a value.
undefined_function(M, F, A) -> {handled, M, F, A}.

handled(F) ->
    Former = process_flag(error_handler, ?MODULE),
    Outcome = outcome(F),
    process_flag(error_handler, Former),
    Outcome.

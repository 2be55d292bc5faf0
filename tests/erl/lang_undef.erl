%% Calls of what does not exist: undef, error_handler, '$handle_undefined_function'.
-module(lang_undef).
-export([main/0]).
-export(['$handle_undefined_function'/2]).
-include("show.hrl").
'$handle_undefined_function'(missing, Args) -> {handled, Args};
'$handle_undefined_function'(F, Args) -> error_handler:raise_undef_exception(?MODULE, F, Args).

main() ->
    ?SHOW(?MODULE:missing(1, 2)),
    ?SHOW(?MODULE:other(1, 2)),
    ?SHOW(apply(?MODULE, missing, [])),
    ?SHOW((fun ?MODULE:missing/1)(x)),
    ?SHOW(lists:no_such_function(1)),
    ?SHOW(no_such_module:f()),
    ?SHOW(no_such_module:f(1, [2], {3})),
    ?SHOW(erlang:no_such_bif(1)),
    ?SHOW(erlang:function_exported(lists, reverse, 1)),
    ?SHOW(erlang:function_exported(lists, reverse, 9)),
    ?SHOW(erlang:function_exported(?MODULE, missing, 2)),
    ?SHOW(erlang:function_exported(erlang, abs, 1)),
    ?SHOW(erlang:function_exported(id(1), a, 1)),
    ?SHOW(erlang:module_loaded(?MODULE)),
    ?SHOW(erlang:module_loaded(no_such_module)),
    ?SHOW(erlang:module_loaded(id("x"))),
    {Pid, Ref} = spawn_monitor(no_such_module, start, [a]),
    ?SHOW(receive {'DOWN', Ref, process, Pid, {R, [F | _]}} -> {R, F} end),
    {Pid2, Ref2} = spawn_monitor(fun() -> exit(no_such_module:x(1)) end),
    ?SHOW(receive {'DOWN', Ref2, process, Pid2, {R, [F | _]}} -> {R, F} end).

%% erts_debug:breakpoint/2: calls of a function go to the error handler's breakpoint/3.
-module(trace_breakpoint).
-export([main/0, breakpoint/3, undefined_function/3, seen/2, many/5, none/0]).
-include("show.hrl").

main() ->
    process_flag(error_handler, ?MODULE),
    ?SHOW(erts_debug:breakpoint({?MODULE, many, 5}, true)),
    ?SHOW(many(1, [2], {3}, <<4:3>>, id(5.0))),
    ?SHOW(?MODULE:many(1, [2], {3}, <<4:3>>, id(5.0))),
    ?SHOW(apply(?MODULE, many, [1, 2, 3, 4, 5])),
    ?SHOW((fun many/5)(1, 2, 3, 4, 5)),
    ?SHOW((fun ?MODULE:many/5)(1, 2, 3, 4, 5)),
    ?SHOW(erts_debug:breakpoint({?MODULE, local, 1}, true)),
    ?SHOW(local(x)),
    ?SHOW([local(X) || X <- lists:seq(1, 3)]),
    ?SHOW(erts_debug:breakpoint({?MODULE, none, '_'}, true)),
    ?SHOW(none()),
    Self = self(),
    spawn(fun() -> Self ! (catch local(other)) end),
    ?SHOW(receive X -> X end),
    %% tracing goes on beside it
    erlang:trace(self(), true, [call]),
    erlang:trace_pattern({?MODULE, local, 1}, true, [local]),
    ?SHOW(local(traced)),
    ?SHOW(receive {trace, _, call, C} -> C after 100 -> none end),
    ?SHOW(erts_debug:breakpoint({?MODULE, local, 1}, false)),
    ?SHOW(local(traced)),
    ?SHOW(receive {trace, _, call, C} -> C after 100 -> none end),
    erlang:trace_pattern({?MODULE, local, 1}, false, [local]),
    erlang:trace(self(), false, [call]),
    ?SHOW(local(free)),
    ?SHOW(erts_debug:breakpoint({?MODULE, '_', '_'}, false) > 5),
    ?SHOW(catch many(1, 2, 3, 4, 5)),
    ?SHOW(none()),
    ?SHOW(erts_debug:breakpoint({no_such_module, '_', '_'}, true)),
    ?SHOW(erts_debug:breakpoint({?MODULE, many, 4}, true)),
    [?SHOW(erts_debug:breakpoint(W, V)) || {W, V} <- [{{'_', many, 5}, true}, {{?MODULE, '_', 5}, true}, {{?MODULE, many}, true},
                                                   {{?MODULE, many, 5}, 1}, {{1, many, 5}, true}, {x, true}]],
    loop(3000).

%% With collections between.
loop(N) ->
    erts_debug:breakpoint({?MODULE, local, 1}, true),
    ?SHOW(length(lists:usort([local([I || I <- lists:seq(1, 20)]) || _ <- lists:seq(1, N)]))),
    erts_debug:breakpoint({?MODULE, local, 1}, false).

local(X) -> {local, id(X)}.
many(_, _, _, _, _) -> exit(not_to_be_called).
none() -> really.
seen(F, Args) -> {seen, F, Args}.
breakpoint(M, F, Args) -> M:seen(F, Args).
undefined_function(M, F, Args) -> error_handler:undefined_function(M, F, Args).

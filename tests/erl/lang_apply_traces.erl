%% Errors raised through apply, and apply through apply: the trace begins with the function that applies.
-module(lang_apply_traces).
-export([main/0]).

main() ->
    [io:format("~p: ~p~n", [How, trace(How)])
     || How <- [last, middle, twice_last, twice_middle, thrice_last, thrice_middle, exits, bad_module, bad_list, undefined,
                too_many, bif_fails]],
    io:format("~p ~p~n", [id(apply(id(erlang), id(apply), [id(lists), id(reverse), [id([1, 2])]])),
                          id(apply(id(erlang), id(apply), [id(erlang), id(apply), [id(?MODULE), id(module_info), [module]]]))]).

trace(How) ->
    try hold(How)
    catch Class:Reason:Trace ->
            {Class, Reason, [{F, A} || {?MODULE, F, A, _} <- Trace, F =:= run orelse F =:= hold]}
    end.

hold(How) ->
    run(How),
    id(ok).

run(last) -> apply(id(erlang), id(error), id([oops, [x]]));
run(middle) -> apply(id(erlang), id(error), id([oops, [x]])), ok;
run(twice_last) -> apply(id(erlang), id(apply), [id(erlang), id(error), id([oops, [x]])]);
run(twice_middle) -> apply(id(erlang), id(apply), [id(erlang), id(error), id([oops])]), ok;
run(thrice_last) -> apply(id(erlang), id(apply), [id(erlang), id(apply), [id(erlang), id(error), id([oops])]]);
run(thrice_middle) -> apply(id(erlang), id(apply), [id(erlang), id(apply), [id(erlang), id(throw), id([oops])]]), ok;
run(exits) -> apply(id(erlang), id(apply), [id(erlang), id(exit), id([oops])]);
run(bad_module) -> apply(id(erlang), id(apply), [id("erlang"), id(error), id([oops])]), ok;
run(bad_list) -> apply(id(erlang), id(apply), [id(erlang), id(error), id([oops | x])]), ok;
run(undefined) -> apply(id(erlang), id(apply), [id(no_such_module), id(f), id([1])]), ok;
run(too_many) -> apply(id(erlang), id(apply), [id(erlang), id(error), lists:seq(1, 300)]), ok;
run(bif_fails) -> apply(id(erlang), id(apply), [id(erlang), id(atom_to_list), id([1])]), ok.

id(X) -> X.

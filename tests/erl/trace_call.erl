%% Call tracing: global, local and meta, with what match specifications ask for.
-module(trace_call).
-export([main/0, exported/1, outer/1, thrower/1, tail/1, loop/0, id/1, rec/2, slow/1]).

main() ->
    T = tracer(),
    P = worker(T),
    basic(T, P),
    returns(T, P),
    exceptions(T, P),
    specs(T, P),
    meta(T, P),
    bifs(T, P),
    infos(T, P),
    ok.

basic(T, P) ->
    show(T, {none, erlang:trace_pattern({?MODULE, exported, 1}, true, []), do(P, fun() -> ?MODULE:exported(1), exported(2) end)}),
    show(T, {flag, erlang:trace(P, true, [call, {tracer, T}])}),
    show(T, {global, do(P, fun() -> ?MODULE:exported(1), exported(2) end)}),
    show(T, {local, erlang:trace_pattern({?MODULE, exported, 1}, true, [local]),
             do(P, fun() -> ?MODULE:exported(3), exported(4) end)}),
    show(T, {all_local, erlang:trace_pattern({?MODULE, '_', '_'}, true, [local]) > 10,
             do(P, fun() -> ?MODULE:outer(3), rec(3, []) end)}),
    show(T, {off, erlang:trace_pattern({?MODULE, '_', '_'}, false, [local]) > 10,
             do(P, fun() -> ?MODULE:outer(3) end)}),
    erlang:trace_pattern({?MODULE, exported, 1}, true, []),
    show(T, {arity, erlang:trace(P, true, [arity, {tracer, T}]), do(P, fun() -> ?MODULE:exported([a]) end)}),
    show(T, {arity_off, erlang:trace(P, false, [arity]), do(P, fun() -> apply(?MODULE, exported, [b]) end)}),
    show(T, {as_fun, do(P, fun() -> F = fun ?MODULE:exported/1, F(<<1, 2>>) end)}),
    erlang:trace_pattern({?MODULE, '_', '_'}, false, []),
    erlang:trace_pattern({?MODULE, '_', '_'}, false, [local]),
    ok.

returns(T, P) ->
    erlang:trace_pattern({?MODULE, exported, 1}, [{'_', [], [{return_trace}]}], [local]),
    erlang:trace_pattern({?MODULE, outer, 1}, [{'_', [], [{return_trace}]}], [local]),
    erlang:trace_pattern({?MODULE, tail, 1}, [{'_', [], [{return_trace}]}], [local]),
    show(T, {return, do(P, fun() -> outer(1) end)}),
    show(T, {tail, do(P, fun() -> tail(3) end)}),
    erlang:trace_pattern({?MODULE, rec, 2}, [{'_', [], [{return_trace}]}], [local]),
    show(T, {rec, do(P, fun() -> rec(3, []) end)}),
    erlang:trace(P, true, [return_to, {tracer, T}]),
    show(T, {return_to, do(P, fun() -> outer(1), ok end)}),
    show(T, {return_to_tail, do(P, fun() -> X = tail(2), {X} end)}),
    erlang:trace(P, true, [silent, {tracer, T}]),
    show(T, {silent, do(P, fun() -> outer(1), ok end)}),
    erlang:trace(P, false, [return_to, silent]),
    erlang:trace_pattern({?MODULE, '_', '_'}, false, [local]),
    ok.

exceptions(T, P) ->
    erlang:trace_pattern({?MODULE, '_', '_'}, false, [local]),
    erlang:trace_pattern({?MODULE, thrower, 1}, [{'_', [], [{exception_trace}]}], [local]),
    show(T, {throw, do(P, fun() -> catch thrower(throw) end)}),
    show(T, {error, do(P, fun() -> try thrower(error) catch error:_ -> caught end end)}),
    show(T, {exit, do(P, fun() -> catch thrower(exit) end)}),
    show(T, {badmatch, do(P, fun() -> catch thrower({badmatch, 1}) end)}),
    show(T, {fine, do(P, fun() -> catch thrower(none) end)}),
    erlang:trace_pattern({?MODULE, outer, 1}, [{'_', [], [{return_trace}]}], [local]),
    erlang:trace(P, true, [return_to, {tracer, T}]),
    show(T, {to, do(P, fun() -> catch thrower(throw), ok end)}),
    erlang:trace(P, false, [return_to]),
    erlang:trace_pattern({?MODULE, '_', '_'}, false, [local]),
    ok.

specs(T, P) ->
    G = fun(Spec) -> erlang:trace_pattern({?MODULE, exported, 1}, Spec, [local]) end,
    Run = fun(A) -> do(P, fun() -> ?MODULE:exported(A) end) end,
    G([{['$1'], [{is_integer, '$1'}], [{message, {{got, '$1'}}}]}]),
    show(T, {message, Run(1), Run(a)}),
    G([{['$1'], [], [{message, false}]}]),
    show(T, {message_false, Run(1)}),
    G([{['$1'], [], [{message, true}]}]),
    show(T, {message_true, Run(1)}),
    G([{['$1'], [], [{message, {self}}]}]),
    show(T, {message_self, Run(1)}),
    G([{['$1'], [], [{message, '$_'}]}]),
    show(T, {message_whole, Run(1)}),
    G([{['$1'], [], [{message, {caller}}]}]),
    show(T, {message_caller, do(P, fun() -> ?MODULE:outer(1) end)}),
    G([{['$1'], [], [{silent, true}]}, {'_', [], []}]),
    show(T, {silent, Run(1), Run(2)}),
    G([{['$1'], [{'==', '$1', off}], [{silent, false}]}, {'_', [], []}]),
    show(T, {silent_off, Run(1), Run(off), Run(3)}),
    G([{['$1'], [], [{message, {set_tcw, 17}}]}]),
    show(T, {tcw, Run(1)}),
    G([{['$1'], [{'==', {get_tcw}, 17}], [{message, {get_tcw}}]}]),
    show(T, {get_tcw, Run(1)}),
    G([{[off], [], [{disable_trace, call}]}, {'_', [], []}]),
    show(T, {disable, Run(1), Run(off), Run(2), erlang:trace_info(P, flags), erlang:trace(P, true, [call, {tracer, T}])}),
    G([{[on], [], [{enable_trace, arity}]}, {[both], [], [{trace, [arity], [return_to]}]}, {'_', [], []}]),
    show(T, {enable, Run(1), Run(on), Run(2), erlang:trace_info(P, flags), Run(both), Run(3), erlang:trace_info(P, flags)}),
    erlang:trace(P, false, [return_to]),
    G([{['$1'], [], [{message, {is_seq_trace}}]}]),
    show(T, {seq, Run(1)}),
    show(T, {bad, [tag(catch erlang:trace_pattern({?MODULE, exported, 1}, S, [local])) ||
                      S <- [x, [], [{x}], [{'_', [], [{nofun}]}], [{['_'], [{return_trace}], []}], [{'_', [], []}]]]}),
    G(false),
    ok.

meta(T, P) ->
    erlang:trace_pattern({?MODULE, exported, 1}, [{'_', [], [{return_trace}]}], [{meta, T}]),
    show(T, {meta, do(P, fun() -> ?MODULE:exported(7) end), do(P, fun() -> exported(8) end)}),
    show(T, {info, element(1, erlang:trace_info({?MODULE, exported, 1}, meta_match_spec)),
             erlang:trace_info({?MODULE, exported, 1}, meta_match_spec)}),
    erlang:trace_pattern({?MODULE, exported, 1}, false, [meta]),
    show(T, {meta_off, do(P, fun() -> ?MODULE:exported(7) end)}),
    ok.

bifs(T, P) ->
    show(T, {bif, erlang:trace_pattern({erlang, atom_to_list, 1}, [{'_', [], [{return_trace}]}], []),
             do(P, fun() -> X = atom_to_list(id(abc)), {X} end)}),
    show(T, {bif_tail, do(P, fun() -> atom_to_list(id(abc)) end)}),
    show(T, {bif_apply, do(P, fun() -> apply(erlang, id(atom_to_list), [abc]) end)}),
    show(T, {bif_off, erlang:trace_pattern({erlang, atom_to_list, 1}, false, []),
             do(P, fun() -> X = atom_to_list(id(abc)), {X} end)}),
    show(T, {bif_local, erlang:trace_pattern({erlang, atom_to_list, 1}, [{'_', [], [{exception_trace}]}], [local]),
             do(P, fun() -> X = atom_to_list(id(abc)), {X} end)}),
    show(T, {bif_error, do(P, fun() -> catch atom_to_list(id(1)) end)}),
    show(T, {bif_off, erlang:trace_pattern({erlang, atom_to_list, 1}, false, [local]),
             do(P, fun() -> X = atom_to_list(id(abc)), {X} end)}),
    ok.

infos(T, P) ->
    F = {?MODULE, exported, 1},
    show(T, {info, [erlang:trace_info(F, K) || K <- [traced, match_spec, meta, meta_match_spec, call_count, call_time, all]]}),
    erlang:trace_pattern(F, [{[a], [], []}], []),
    show(T, {info, [erlang:trace_info(F, K) || K <- [traced, match_spec, meta, meta_match_spec, call_count, call_time, all]]}),
    erlang:trace_pattern(F, true, [local, call_count]),
    do(P, fun() -> exported(1), exported(2), ?MODULE:exported(3) end),
    show(T, {info, [erlang:trace_info(F, K) || K <- [traced, match_spec, meta, meta_match_spec, call_count, call_time, all]]}),
    erlang:trace_pattern(F, pause, [call_count]),
    do(P, fun() -> exported(1), exported(2), ?MODULE:exported(3) end),
    show(T, {info, erlang:trace_info(F, call_count)}),
    erlang:trace_pattern(F, restart, [call_count]),
    show(T, {info, erlang:trace_info(F, call_count)}),
    erlang:trace_pattern(F, false, [call_count]),
    show(T, {info, erlang:trace_info(F, all)}),
    erlang:trace_pattern(F, false, [local]),
    show(T, {info, erlang:trace_info(F, all)}),
    show(T, {info, erlang:trace_info({no, such, 1}, all), erlang:trace_info(on_load, all)}),
    erlang:trace_pattern({?MODULE, slow, 1}, true, [call_time]),
    do(P, fun() -> slow(10), slow(20) end),
    {call_time, [{P, N, S, Us}]} = erlang:trace_info({?MODULE, slow, 1}, call_time),
    show(T, {time, N, S, Us > 20000, Us < 900000}),
    erlang:trace_pattern({?MODULE, slow, 1}, false, [call_time]),
    show(T, {flags, erlang:trace_info(P, flags), erlang:trace_info(self(), flags), erlang:trace_info(new, flags)}),
    erlang:trace(P, false, [all]),
    show(T, {flags, erlang:trace_info(P, flags), erlang:trace_info(P, tracer)}),
    ok.

%% --- the traced -------------------------------------------------------------------------------------------

exported(X) -> id(X).
outer(X) -> [exported(X)].
tail(0) -> done;
tail(N) -> tail(N - 1).
rec(0, L) -> L;
rec(N, L) -> [N | rec(N - 1, L)].
thrower(throw) -> throw(thrown);
thrower(error) -> error(wrong);
thrower(exit) -> exit(away);
thrower({badmatch, X}) -> {_, _} = id(X);
thrower(X) -> X.
slow(Ms) -> receive after Ms -> ok end.
id(X) -> X.

%% --- helpers ----------------------------------------------------------------------------------------------

loop() ->
    receive {do, From, F} -> R = (catch F()), From ! {self(), R}, ?MODULE:loop() end.

worker(T) -> P = spawn(fun loop/0), put(names, [{P, worker}, {T, tracer}, {self(), main}]), P.

do(P, F) -> P ! {do, self(), F}, receive {P, R} -> R end.

tracer() -> spawn(fun() -> collect([]) end).

collect(L) ->
    receive
        {get, From} -> From ! {self(), lists:reverse(L)}, collect([]);
        M -> collect([M | L])
    end.

show(T, What) ->
    Ref = erlang:trace_delivered(all),
    receive {trace_delivered, all, Ref} -> ok end,
    T ! {get, self()},
    L = receive {T, X} -> X end,
    io:format("~p~n", [name(What)]),
    [io:format("    ~p~n", [name(stamp(M))]) || M <- L].

stamp(M) when element(1, M) =:= trace_ts -> {A, B, C} = element(size(M), M), true = is_integer(A + B + C), setelement(size(M), M, ts);
stamp(M) -> M.
tag({_, {R, _}}) -> R; tag(X) -> X.

name(P) when is_pid(P) -> proplists:get_value(P, get(names), other);
name([H | T]) -> [name(H) | name(T)];
name(T) when is_tuple(T) -> list_to_tuple(name(tuple_to_list(T)));
name(F) when is_function(F) -> a_fun;
name(X) -> X.

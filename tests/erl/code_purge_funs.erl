%% Funs whose code is being purged: a caller waits for the end of the purge, then finds them gone, replaced or still there.
-module(code_purge_funs).
-export([main/0]).

main() ->
    [begin
         io:format("~p~n", [How]),
         purge(How)
     end || How <- [stays, goes, comes_again]],
    soft(),
    damaged().

%% The same text each time, so that the fun of a new load is the one of the old.
code() ->
    {ok, Scanned, _} = erl_scan:string("make(N) -> fun(X) -> {N, X} end. hold(F) -> F(), held. "),
    Forms = forms(Scanned, [], []),
    {ok, tt_pf, Bin} = compile:forms([{attribute, 1, module, tt_pf}, {attribute, 1, export, [{make, 1}, {hold, 1}]} | Forms]),
    Bin.

forms([], [], Forms) -> lists:reverse(Forms);
forms([{dot, _} = Dot | Rest], Tokens, Forms) ->
    {ok, F} = erl_parse:parse_form(lists:reverse([Dot | Tokens])),
    forms(Rest, [], [F | Forms]);
forms([T | Rest], Tokens, Forms) -> forms(Rest, [T | Tokens], Forms).

purge(How) ->
    {module, tt_pf} = erlang:load_module(tt_pf, code()),
    F = tt_pf:make(7),
    Self = self(),
    Holder = spawn(tt_pf, hold, [fun() -> Self ! ready, receive go_on -> ok end end]),
    receive ready -> ok end,
    true = erlang:delete_module(tt_pf),
    Purge = purger(test_purge, How =/= stays),
    {First, Ref} = spawn_monitor(fun() -> exit(call(F, 1)) end),
    until(fun() -> process_info(First, status) =:= {status, suspended} end),
    io:format("~p~n", [process_info(First, current_function)]),
    step(Purge, continue, continued),
    {Second, Ref2} = spawn_monitor(fun() -> exit(call(F, 2)) end),
    until(fun() -> process_info(Second, status) =:= {status, suspended} end),
    erlang:garbage_collect(Second),
    How =:= comes_again andalso erlang:load_module(tt_pf, code()),
    erts_code_purger ! {complete, Purge},
    receive {test_purge, Result, Purge} -> io:format("~p~n", [Result]) end,
    receive {'DOWN', Ref, process, First, Got} -> io:format("~p~n", [Got]) end,
    receive {'DOWN', Ref2, process, Second, Got2} -> io:format("~p~n", [Got2]) end,
    Holder ! go_on,
    until(fun() -> not is_process_alive(Holder) end),
    catch erlang:purge_module(tt_pf),
    catch erlang:delete_module(tt_pf),
    catch erlang:purge_module(tt_pf),
    io:format("~p~n", [call(F, 3)]).

purger(What, Type) ->
    Ref = make_ref(),
    erts_code_purger ! {What, tt_pf, self(), Type, Ref},
    receive {started, Ref} -> Ref end.

step(Ref, Tell, Answer) ->
    erts_code_purger ! {Tell, Ref},
    receive {Answer, Ref} -> ok end.

call(F, X) ->
    try F(X)
    catch error:Reason -> {error, Reason, erlang:fun_info(F, name)}
    end.

until(Done) ->
    Done() orelse begin timer:sleep(5), until(Done) end.

%% A soft purge that fails leaves the funs as they were.
soft() ->
    {module, tt_pf} = erlang:load_module(tt_pf, code()),
    F = tt_pf:make(8),
    Self = self(),
    Holder = spawn(tt_pf, hold, [fun() -> Self ! ready, receive go_on -> ok end end]),
    receive ready -> ok end,
    true = erlang:delete_module(tt_pf),
    io:format("~p ~p~n", [code:soft_purge(tt_pf), call(F, 4)]),
    Holder ! go_on,
    until(fun() -> not is_process_alive(Holder) end),
    io:format("~p ~p~n", [code:soft_purge(tt_pf), call(F, 5)]).

%% Attributes that are no term in external format make a file unfit to be loaded.
damaged() ->
    {ok, tt_pf, Chunks} = beam_lib:all_chunks(code()),
    [begin
         {ok, Bin} = beam_lib:build_module(lists:keystore(Id, 1, Chunks, {Id, <<"no term">>})),
         io:format("~s ~p~n", [Id, element(1, erlang:load_module(tt_pf, Bin))])
     end || Id <- ["Attr", "CInf"]].

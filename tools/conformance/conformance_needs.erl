%% Tells which cases of compiled suites start peer nodes, load NIFs or drivers: they are counted apart.
%%
%% `main([Beam...])` writes `suite TAB case TAB need` for each function of arity 1 that reaches such a call through
%% functions of its own module; the modules must be compiled with `debug_info`. What to read next:
%% tools/conformance_suites.py.
-module(conformance_needs).
-export([main/1]).

main(Beams) ->
    lists:foreach(fun one/1, Beams),
    erlang:halt(0).

one(Beam) ->
    {ok, {Module, [{abstract_code, {_, Forms}}]}} = beam_lib:chunks(Beam, [abstract_code]),
    Calls = maps:from_list([{{Name, Arity}, calls(Clauses)} || {function, _, Name, Arity, Clauses} <- Forms]),
    [io:format("~s\t~s\t~s~n", [Module, Name, Need])
     || {Name, 1} = Function <- lists:sort(maps:keys(Calls)),
        Need <- [need(reach([Function], Calls, #{}))],
        Need =/= none].

%% Every local {Name, Arity} and remote {Module, Name} that the code names.
calls(Tree) ->
    lists:usort(calls(Tree, [])).

calls({call, _, {remote, _, {atom, _, M}, {atom, _, F}}, Arguments}, Found) ->
    calls(Arguments, [{remote, M, F} | Found]);
calls({call, _, {atom, _, F}, Arguments}, Found) ->
    calls(Arguments, [{F, length(Arguments)} | Found]);
calls({'fun', _, {function, F, A}}, Found) when is_atom(F) ->
    [{F, A} | Found];
calls(Tree, Found) when is_tuple(Tree) ->
    calls(tuple_to_list(Tree), Found);
calls([Head | Tail], Found) ->
    calls(Tail, calls(Head, Found));
calls(_, Found) ->
    Found.

reach([], _Calls, Seen) ->
    Seen;
reach([Next | Rest], Calls, Seen) when is_map_key(Next, Seen) ->
    reach(Rest, Calls, Seen);
reach([Next | Rest], Calls, Seen) ->
    reach(maps:get(Next, Calls, []) ++ Rest, Calls, Seen#{Next => true}).

need(Seen) ->
    Needs = [need_of(M, F) || {remote, M, F} <- maps:keys(Seen)],
    hd([Need || Need <- [peer, nif, driver], lists:member(Need, Needs)] ++ [none]).

need_of(test_server, start_peer) -> peer;
need_of(test_server, start_node) -> peer;
need_of(peer, _) -> peer;
need_of(ct_slave, _) -> peer;
need_of(slave, _) -> peer;
need_of(erlang, load_nif) -> nif;
need_of(erl_ddll, _) -> driver;
need_of(_, _) -> none.

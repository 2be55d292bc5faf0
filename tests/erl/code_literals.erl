%% Literals of a module outlive its purge in processes, messages, tables and persistent terms.
%% stress: 50
-module(code_literals).
-export([main/0]).
-include("show.hrl").
load(Lit) ->
    Text = lists:flatten(io_lib:format("v() -> ~p.", [Lit])),
    {ok, Ts, _} = erl_scan:string(Text),
    {ok, F} = erl_parse:parse_form(Ts),
    {ok, tt_l, Bin} = compile:forms([{attribute, 1, module, tt_l}, {attribute, 1, export, [{v, 0}]}, F]),
    {module, tt_l} = code:load_binary(tt_l, "made", Bin).

main() ->
    load({big, lists:seq(1, 50), "text", <<"binary">>, #{a => {1, 2}}}),
    L = tt_l:v(),
    S = self(),
    P = spawn(fun() -> M = tt_l:v(), receive go -> erlang:garbage_collect(), S ! {still, M, M =:= L} end end),
    T = ets:new(t, []),
    ets:insert(T, {k, L}),
    persistent_term:put(tt_pt, L),
    S ! {queued, L},
    put(dict, tl(element(2, L))),
    timer:sleep(10),
    code:delete(tt_l),
    ?SHOW(code:purge(tt_l)),
    ?SHOW(L),
    ?SHOW(element(1, hd(ets:lookup(T, k)))),
    ?SHOW(hd(ets:lookup(T, k)) =:= {k, L}),
    ?SHOW(persistent_term:get(tt_pt) =:= L),
    ?SHOW(receive {queued, X} -> X =:= L end),
    ?SHOW(lists:sum(get(dict))),
    P ! go,
    ?SHOW(receive {still, _, Same} -> Same after 500 -> gone end),
    [begin load({N, lists:seq(1, 100)}), code:purge(tt_l) end || N <- lists:seq(1, 10)],
    ?SHOW(L =:= {big, lists:seq(1, 50), "text", <<"binary">>, #{a => {1, 2}}}),
    ?SHOW(persistent_term:erase(tt_pt)),
    ?SHOW(erlang:phash2(L)).

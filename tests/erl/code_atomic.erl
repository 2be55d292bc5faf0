%% code:prepare_loading, atomic_load, ensure_modules_loaded.
-module(code_atomic).
-export([main/0]).
-include("show.hrl").
make(Name, V) ->
    {ok, Ts, _} = erl_scan:string("v() -> " ++ V ++ "."),
    {ok, F} = erl_parse:parse_form(Ts),
    {ok, Name, Bin} = compile:forms([{attribute, 1, module, Name}, {attribute, 1, export, [{v, 0}]}, F]),
    {Name, "made", Bin}.

main() ->
    ?SHOW(code:atomic_load([make(tt_m1, "1"), make(tt_m2, "tt_m1:v() + 1")])),
    ?SHOW({tt_m1:v(), tt_m2:v()}),
    {ok, Prepared} = code:prepare_loading([make(tt_m1, "10"), make(tt_m2, "tt_m1:v() + 10")]),
    ?SHOW({tt_m1:v(), tt_m2:v()}),
    ?SHOW(code:finish_loading(Prepared)),
    ?SHOW({tt_m1:v(), tt_m2:v()}),
    ?SHOW(code:atomic_load([{tt_m1, "made", <<"junk">>}])),
    ?SHOW(code:atomic_load([make(tt_m1, "x"), make(tt_m1, "y")])),
    ?SHOW(code:ensure_modules_loaded([lists, queue, no_such_mod])),
    ?SHOW([begin code:delete(M), code:purge(M) end || M <- [tt_m1, tt_m2]]),
    ?SHOW([code:purge(M) || M <- [tt_m1, tt_m2]]),
    ?SHOW(erlang:has_prepared_code_on_load(make_ref())).

%% -on_load functions: success, refusal, a crash, calls while loading.
%% stress: 50
-module(code_on_load).
-export([main/0]).
-include("show.hrl").
make(Name, Body) ->
    Text = "init() -> " ++ Body ++ ".",
    {ok, Ts, _} = erl_scan:string(Text),
    {ok, F} = erl_parse:parse_form(Ts),
    {ok, Ts2, _} = erl_scan:string("f() -> persistent_term:get(tt_loaded, none)."),
    {ok, G} = erl_parse:parse_form(Ts2),
    {ok, Name, Bin} = compile:forms([{attribute, 1, module, Name}, {attribute, 1, export, [{f, 0}]}, {attribute, 1, on_load,
        {init, 0}}, F, G]),
    code:load_binary(Name, "made", Bin).

main() ->
    logger:set_primary_config(level, none),
    ?SHOW(make(tt_ol1, "persistent_term:put(tt_loaded, yes), ok")),
    ?SHOW(tt_ol1:f()),
    ?SHOW(make(tt_ol2, "no")),
    ?SHOW(code:is_loaded(tt_ol2)),
    ?SHOW(tt_ol2:f()),
    ?SHOW(make(tt_ol3, "error(bad)")),
    ?SHOW(tt_ol3:f()),
    ?SHOW(make(tt_ol1, "exit(refused)")),
    ?SHOW(tt_ol1:f()),
    ?SHOW(make(tt_ol1, "persistent_term:put(tt_loaded, again), ok")),
    ?SHOW(tt_ol1:f()),
    ?SHOW(make(tt_ol4, "lists:sum([1, 2, 3]), lists:map(fun(X) -> X end, [1]), ok")),
    ?SHOW(tt_ol4:f()),
    ?SHOW(persistent_term:erase(tt_loaded)),
    logger:set_primary_config(level, notice).

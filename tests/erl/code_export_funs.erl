%% External funs of loaded, missing and later loaded code; fun_info of each.
-module(code_export_funs).
-export([main/0]).
-include("show.hrl").
load(Body) ->
    {ok, Ts, _} = erl_scan:string("f(X) -> " ++ Body ++ "."),
    {ok, F} = erl_parse:parse_form(Ts),
    {ok, tt_e, Bin} = compile:forms([{attribute, 1, module, tt_e}, {attribute, 1, export, [{f, 1}]}, F]),
    code:load_binary(tt_e, "made", Bin).

main() ->
    F = fun tt_e:f/1,
    G = fun tt_e:g/1,
    ?SHOW(F(1)),
    ?SHOW(is_function(F, 1)),
    load("{one, X}"),
    ?SHOW(F(1)),
    ?SHOW(G(1)),
    load("{two, X}"),
    code:purge(tt_e),
    ?SHOW(F(1)),
    ?SHOW(erlang:fun_info(F, module)),
    ?SHOW(term_to_binary(F)),
    ?SHOW(binary_to_term(term_to_binary(F)) =:= F),
    ?SHOW(erlang:fun_to_list(F)),
    ?SHOW(erlang:fun_to_list(fun erlang:'+'/2)),
    ?SHOW([fun a:b/1, fun 'A':'b c'/2]),
    ?SHOW(lists:map(F, [1, 2])),
    ?SHOW(begin code:delete(tt_e), code:purge(tt_e), F(1) end),
    ?SHOW(lists:sort([fun b:a/1, fun a:b/2, fun a:b/1, fun a:a/3])),
    ?SHOW(erlang:phash2(fun lists:map/2)),
    ?SHOW(apply(fun erlang:max/2, [1, 2])),
    ?SHOW((fun erlang:'++'/2)("a", "b")).

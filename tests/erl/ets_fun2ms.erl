%% Match specifications from funs, match_spec_run, test_ms, compiled specs.
-module(ets_fun2ms).
-export([main/0]).
-include_lib("stdlib/include/ms_transform.hrl").
-include("show.hrl").

main() ->
    M1 = ets:fun2ms(fun({A, B}) when A > 3, is_atom(B) -> {B, A} end),
    ?SHOW(M1),
    ?SHOW(ets:fun2ms(fun({_, #{k := V}} = X) when V > 1 orelse V =:= a -> [X, V] end)),
    ?SHOW(ets:match_spec_run([{1, a}, {5, b}, {6, 7}, {8, c}, x], ets:match_spec_compile(M1))),
    ?SHOW(ets:test_ms({5, b}, M1)),
    ?SHOW(ets:test_ms({1, b}, M1)),
    ?SHOW(ets:test_ms({5, b}, [{bad}])),
    ?SHOW(ets:is_compiled_ms(ets:match_spec_compile(M1))),
    ?SHOW(ets:is_compiled_ms(x)),
    ?SHOW(ets:match_spec_compile([bad])),
    ?SHOW(ets:match_spec_run(id([{1}|x]), ets:match_spec_compile([{'_', [], ['$_']}]))),
    ?SHOW(ets:match_spec_run([{1}], id(x))),
    N = id(4),
    ?SHOW(ets:fun2ms(fun({A, B}) when A =:= N -> B end)),
    ?SHOW(erlang:match_spec_test({a, 1}, [{{'$1', '$2'}, [{is_atom, '$1'}], [{{'$2', '$1'}}]}], table)),
    ?SHOW(erlang:match_spec_test({a, 1}, [{{'$1', '$2'}, [{is_list, '$1'}], ['$2']}], table)),
    ?SHOW(erlang:match_spec_test({a, 1}, [{{'$1', '$2'}, [{no_such, '$1'}], ['$2']}], table)),
    ?SHOW(erlang:match_spec_test([a, b], [{['$1', '$2'], [], [{{'$1', '$2'}}]}], trace)).

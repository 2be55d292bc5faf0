%% Modules made at run time: compile:forms, load, call, replace, delete.
-module(code_forms).
-export([main/0]).
-include("show.hrl").
make(Name, Text) ->
    {ok, Ts, _} = erl_scan:string(Text),
    Forms = [begin {ok, F} = erl_parse:parse_form(T), F end || T <- split(Ts, [], [])],
    {ok, Name, Bin} = compile:forms([{attribute, 1, module, Name}, {attribute, 1, compile, export_all} | Forms]),
    {module, Name} = code:load_binary(Name, "made", Bin),
    Bin.
split([{dot, _} = D | T], A, All) -> split(T, [], [lists:reverse([D | A]) | All]);
split([X | T], A, All) -> split(T, [X | A], All);
split([], _, All) -> lists:reverse(All).

main() ->
    ?SHOW(byte_size(make(tt_a, "f(X) -> X + 1. g(L) -> [f(X) || X <- L].")) > 100),
    ?SHOW(tt_a:f(1)),
    ?SHOW(tt_a:g([1, 2, 3])),
    ?SHOW(tt_a:f(a)),
    ?SHOW(tt_a:h()),
    ?SHOW(byte_size(make(tt_a, "f(X) -> {new, X}.")) > 100),
    ?SHOW(tt_a:f(1)),
    ?SHOW(tt_a:g([1])),
    ?SHOW(erlang:module_loaded(tt_a)),
    ?SHOW(tt_a:module_info(exports)),
    ?SHOW(code:is_loaded(tt_a)),
    ?SHOW(code:delete(tt_a)),
    ?SHOW(erlang:check_old_code(tt_a)),
    ?SHOW(code:purge(tt_a)),
    ?SHOW(code:is_loaded(tt_a)),
    ?SHOW(tt_a:f(1)),
    ?SHOW(is_binary(make(tt_b, "f(<<X:8, R/binary>>) -> [X | f(R)]; f(<<>>) -> []. g(#{k := V}) -> V. h() -> \"lit\".
                            i(F, X) -> try F(X) catch C:R:_ -> {C, R} after put(i, done) end."))),
    ?SHOW(tt_b:f(<<1, 2>>)),
    ?SHOW(tt_b:g(#{k => v})),
    ?SHOW(tt_b:g(#{})),
    ?SHOW(tt_b:h()),
    ?SHOW({tt_b:i(fun(X) -> throw(X) end, ball), get(i)}),
    ?SHOW(begin tt_b:f(x) end),
    ?SHOW(compile:forms([{attribute, 1, module, tt_c}, {function, 2, f, 0, [{clause, 2, [], [], [{var, 2, 'X'}]}]}],
        [return_errors])).

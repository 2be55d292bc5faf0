%% What the shell prints for errors of BIFs: error_info and erl_erts_errors.
-module(lang_format_exception).
-export([main/0]).
-include("show.hrl").
text(F) ->
    try F() of V -> io:format("value ~w~n", [V])
    catch C:R:S ->
        Own = lists:takewhile(fun({M, Fn, _, _}) -> {M, Fn} =/= {?MODULE, text} end, S),
        Text = erl_error:format_exception(1, C, R, [hd(Own)], fun(_, _, _) -> false end,
                                          fun(V, I) -> io_lib:format("~*tp", [I, V]) end, unicode),
        io:format("~ts~n", [mask(lists:flatten(Text))])
    end.

main() ->
    text(fun() -> list_to_integer(id("12x")) end),
    text(fun() -> list_to_atom(id([a])) end),
    text(fun() -> atom_to_list(id("x")) end),
    text(fun() -> element(id(3), {a, b}) end),
    text(fun() -> element(id(x), {a, b}) end),
    text(fun() -> setelement(id(1), [], a) end),
    text(fun() -> binary_to_list(id(<<1:3>>)) end),
    text(fun() -> binary_part(id(<<"abc">>), 2, 5) end),
    text(fun() -> register(id(x), notpid) end),
    text(fun() -> id(x) ! hello end),
    text(fun() -> link(id(x)) end),
    text(fun() -> spawn(id(1), f, []) end),
    text(fun() -> apply(lists, reverse, id(x)) end),
    text(fun() -> ets:lookup(id(no_table), 1) end),
    text(fun() -> ets:new(id(t), [bad_option]) end),
    text(fun() -> maps:get(a, id(#{})) end),
    text(fun() -> maps:get(a, id(x)) end),
    text(fun() -> integer_to_list(id(1), 40) end),
    text(fun() -> float_to_list(id(1.0), [{decimals, -1}]) end),
    text(fun() -> binary_to_term(id(<<>>)) end),
    text(fun() -> length(id([a|b])) end),
    text(fun() -> tl(id([])) end),
    text(fun() -> id(a) + 1 end),
    text(fun() -> id(1) div 0 end),
    text(fun() -> (id(1) bsl 2) band a end),
    text(fun() -> list_to_tuple(id(a)) end),
    text(fun() -> make_tuple(id(1)) end),
    text(fun() -> binary:part(id(<<1>>), 5, 1) end),
    text(fun() -> lists:nth(id(5), [1]) end),
    text(fun() -> unlink(id(1)) end),
    text(fun() -> process_info(id(1), links) end),
    text(fun() -> erlang:monitor(id(x), self()) end),
    text(fun() -> erlang:send_after(-1, self(), x) end),
    text(fun() -> persistent_term:get(id(no_such)) end),
    text(fun() -> atomics:get(id(x), 1) end),
    text(fun() -> unicode:characters_to_binary(id([a])) end),
    text(fun() -> list_to_existing_atom(id("never_seen_before_atom_q")) end).

make_tuple(_) -> erlang:make_tuple(-1, x).

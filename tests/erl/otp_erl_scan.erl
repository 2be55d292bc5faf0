%% erl_scan, erl_parse: tokens, locations, errors, forms, abstract terms.
-module(otp_erl_scan).
-export([main/0]).
-include("show.hrl").
scan(S) -> erl_scan:string(S).
main() ->
    ?SHOW(scan("foo(X) -> X + 1.")),
    ?SHOW(scan("'a b' \"str\\n\" $a $\\n 16#ff 1.5e3 2#101 1_000")),
    ?SHOW(scan("#{a => 1} <<1:8>> := =:= =/= ++ -- || :: ...")),
    ?SHOW(scan("% comment\nx")),
    ?SHOW(erl_scan:string("x % c", 1, [return, text])),
    ?SHOW(erl_scan:string("a b\n c", {1, 1})),
    ?SHOW(scan("\"unterminated")),
    ?SHOW(scan("$")),
    ?SHOW(scan("1.5.6 ?X `")),
    ?SHOW(scan("'日本' \"é\"")),
    ?SHOW(erl_scan:tokens([], "foo. bar", 1)),
    ?SHOW(begin {more, C} = erl_scan:tokens([], "foo ", 1), erl_scan:tokens(C, "+ 1.\n", 1) end),
    ?SHOW(begin {ok, T, _} = scan("f(X) when X > 1 -> [Y || Y <- X]; f(_) -> ok."), erl_parse:parse_form(T) end),
    ?SHOW(begin {ok, T, _} = scan("-record(r, {a = 1, b :: integer()})."), erl_parse:parse_form(T) end),
    ?SHOW(begin {ok, T, _} = scan("-spec f(integer()) -> ok | {error, term()}."), erl_parse:parse_form(T) end),
    ?SHOW(begin {ok, T, _} = scan("X = fun(Y) -> Y end, try X(1) catch _:_ -> x after y end."), erl_parse:parse_exprs(T) end),
    ?SHOW(begin {ok, T, _} = scan("{a, [1, 2.5 | \"x\"], #{k => <<1, \"a\">>}, -1}."), erl_parse:parse_term(T) end),
    ?SHOW(begin {ok, T, _} = scan("f( -> x."), erl_parse:parse_form(T) end),
    ?SHOW(begin {ok, T, _} = scan("a b."), erl_parse:parse_exprs(T) end),
    ?SHOW(begin {error, {_, M, D}} = erl_parse:parse_exprs(element(2, scan("case x of end."))),
        lists:flatten(M:format_error(D)) end),
    ?SHOW(erl_parse:abstract({a, [1, $b], "str", <<"bin">>, #{x => 1.5}})),
    ?SHOW(erl_parse:normalise(erl_parse:abstract({a, [1], <<1:3>>}))),
    ?SHOW(erl_scan:reserved_word('case')),
    ?SHOW(lists:flatten(erl_scan:format_error({illegal, character}))),
    ?SHOW(erl_anno:line(erl_anno:new({3, 4}))).

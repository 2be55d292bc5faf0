%% ~p and ~tp: nesting, line breaks, columns, strings, records, depth.
-module(io_p).
-export([main/0]).
-include("show.hrl").
main() ->
    io:format("~p~n", [lists:seq(1, 60)]),
    io:format("~p~n", [[{key, N, "string value", <<"binary">>} || N <- lists:seq(1, 8)]]),
    io:format("~p~n", [#{a => 1, b => [1, 2, 3], "c" => #{d => {e, f}}}]),
    io:format("~p~n", [{a, {b, {c, {d, {e, {f, lists:duplicate(20, gggggg)}}}}}}]),
    io:format("~p~n", [lists:duplicate(40, "ab")]),
    io:format("~p ~p ~p ~p~n", ["plain", "with \"quotes\" and \\", [65, 66, 300], [0, 1]]),
    io:format("~p ~tp~n", ["åäö", "åäö"]),
    io:format("~tp ~p~n", ["日本語", "日本語"]),
    io:format("~tp ~p~n", [<<"日本語"/utf8>>, <<"日本語"/utf8>>]),
    io:format("~p~n", [['A', 'b c', 'é', '', 'if', 'end', a@b, 'A1', '1a', 'maybe', 'div']]),
    io:format("~tp~n", [['日本', 'Ωmega', 'ça']]),
    io:format("~20p|~n~40p|~n~10p|~n", [lists:seq(1, 20), lists:seq(1, 20), {abc, def, ghi}]),
    io:format("abc ~p~n", [lists:seq(1, 40)]),
    io:format("~P ~P ~P~n", [lists:seq(1, 100), 5, {a, b, c, d, e}, 3, "a long string of characters", 4]),
    io:format("~W ~W~n", [lists:seq(1, 100), 5, {a, [b, [c, [d]]]}, 3]),
    io:format("~p~n", [[1.0, -0.0, 1.0e10, 1.0e100, 0.1, 123456789.123]]),
    io:format("~p~n", [[[] | {}]]),
    io:format("~p ~p~n", [[a | b], [a, b | c]]),
    io:format("~p~n", [fun lists:map/2]),
    io:format("~p~n", [<<1:3, 2:7>>]),
    io:format("~p~n", [{'a-b', "x\ny", [$a, $\n], <<"t\t">>, $\e}]),
    io:format("~0p~n~0p~n", [lists:seq(1, 60), #{x => lists:duplicate(30, "str")}]),
    io:format("~*p|~n", [30, {aaaaaaaaaa, bbbbbbbbbb, cccccccccc}]),
    io:format("~p~n", [[{"a", 1}, {"b", [{"c", 2}]}]]),
    io:format("~lp ~p~n", ["abc", "abc"]),
    io:format("~p~n", [io_lib:format("~w", [x])]),
    io:format("~p", [[]]),
    io:format("~p~n", [""]).

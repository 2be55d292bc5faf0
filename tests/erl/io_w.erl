%% ~w and io:write over every kind of term.
-module(io_w).
-export([main/0]).
-include("show.hrl").
main() ->
    [io:format("~w~n", [T]) || T <- [1, -1, 1.0, -0.0, 1.0e22, 1.0e-5, 1 bsl 70, a, 'A', 'a b', '', 'don\'t', 'new\nline', "str",
        [1, 2 | 3], [], {}, {a, {b}}, <<>>, <<1, 2>>, <<1:3>>,
                                    <<"abc">>, #{}, #{a => 1, b => 2}, fun lists:map/2, [[], [[]]], 'é', '日本', 'nil', 'fun', '_',
                                        '_a', 'a@', '@a', 'aB9_']],
    [io:format("~tw~n", [T]) || T <- ['é', '日本', "日本", <<"é"/utf8>>]],
    io:write({a, "b", 'C'}), io:nl(),
    io:format("~w~n", [[T || T <- [true, false, undefined, 'and', 'or', 'not', 'rem', 'case', 'of', 'when', 'catch', 'try',
        'receive', 'after', 'begin']]]),
    ?SHOW(io_lib:write({1, "a", b}, 2)),
    ?SHOW(lists:flatten(io_lib:write([1, 2, 3, 4, 5], 3))),
    ?SHOW(io_lib:write_atom('a b')),
    ?SHOW(io_lib:write_string("a\"b\n\t\e\x{7f}é")),
    ?SHOW(io_lib:write_string_as_latin1("é")),
    ?SHOW(io_lib:write_char($a)),
    ?SHOW(io_lib:write_char($\n)),
    ?SHOW(io_lib:write_char(16#20ac)),
    ?SHOW(io_lib:write_latin1('é')),
    ?SHOW(io_lib:quote_atom(abc, "abc")),
    ?SHOW(io_lib:printable_list("abc\n")),
    ?SHOW(io_lib:printable_list([1000])),
    ?SHOW(io_lib:printable_unicode_list([1000])),
    ?SHOW(io_lib:deep_char_list(["a", [$b]])),
    ?SHOW(io_lib:deep_char_list(["a", x])),
    ?SHOW(io_lib:latin1_char_list("é")),
    ?SHOW(io_lib:char_list([16#110000])).

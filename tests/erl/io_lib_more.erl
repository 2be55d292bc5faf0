%% format options, scan_format, unscan_format, fread, chars_limit, nl, indentation.
-module(io_lib_more).
-export([main/0]).
-include("show.hrl").
main() ->
    ?SHOW(lists:flatten(io_lib:format("~p", [lists:seq(1, 100)], [{chars_limit, 30}]))),
    ?SHOW(lists:flatten(io_lib:format("~w ~s", [lists:seq(1, 100), "abcdefghijklmnop"], [{chars_limit, 20}]))),
    ?SHOW(io_lib:scan_format("~10.3.xp~w", [a, b])),
    ?SHOW(lists:flatten(io_lib:unscan_format(io_lib:scan_format("a~10.3p~tw", [a, b])))),
    ?SHOW(lists:flatten(io_lib:build_text(io_lib:scan_format("~w-~s", [a, "b"])))),
    ?SHOW(io_lib:fread("~d ~d", "12 34 rest")),
    ?SHOW(io_lib:fread("~f~s", "1.5 word")),
    ?SHOW(io_lib:fread("~a ~c~2c", "atom xyz")),
    ?SHOW(io_lib:fread("~16u ~#", "ff 16#1f")),
    ?SHOW(io_lib:fread("~d", "abc")),
    ?SHOW(io_lib:fread("~d ~d", "12")),
    ?SHOW(io_lib:fread("~~~d", "~5")),
    ?SHOW(io_lib:fread("~*d ~d", "1 2")),
    ?SHOW(io_lib:fread("~3d~l", "12345")),
    ?SHOW(io_lib:fread("~-", "-")),
    ?SHOW(io_lib:nl()),
    ?SHOW(lists:flatten(io_lib:print({a, [b, c], "str"}, 5, 20, -1))),
    ?SHOW(lists:flatten(io_lib:format("~ts", [io_lib:format("~p", [#{k => v}])]))),
    ?SHOW(io_lib:limit_term({a, [1, 2, 3, 4, 5, 6], #{a => 1, b => 2}}, 3)),
    ?SHOW(io_lib:collect_line(start, "abc\ndef", latin1, x)),
    ?SHOW(io_lib:indentation("abc\nde", 0)),
    ?SHOW(io_lib:format_prompt("p> ")).

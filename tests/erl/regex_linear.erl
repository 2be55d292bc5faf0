%% Patterns that backtracking can't finish in any time, on long subjects; and where they have no limit of their own.
-module(regex_linear).
-export([main/0]).
-include("show.hrl").
main() ->
    As = binary:copy(<<"a">>, 28),
    Long = binary:copy(<<"a">>, 20000),
    ?SHOW(re:run([As, $b], "(a+)+$")),
    ?SHOW(re:run(As, "(a+)+b")),
    ?SHOW(re:run(As, "(a|aa)+b", [{capture, none}])),
    ?SHOW(re:run([As, $!], "^(([a-z])+.)+[A-Z]([a-z])+$")),
    ?SHOW(re:run(As, "(a*)*[bc]")),
    ?SHOW(re:run(As, "(.*?)(.*?)(.*?)(.*?)(.*?)[xy]", [dotall])),
    ?SHOW(re:run(Long, "(a|b|ab)*?[cd]$", [anchored])),
    ?SHOW(re:run([Long, "bc"], "[cd]", [])),
    ?SHOW(re:run([Long, "bc"], "(b)(c)?\\Z", [])),
    ?SHOW(re:run([Long, "\nbc"], "^(?:(b)|(c))+$", [multiline])),
    ?SHOW(re:run(Long, "a{3000}(a{2})", [{offset, 5}])),
    ?SHOW(re:run([Long, 16#e9, 16#20ac], ".{3}$", [unicode])),
    ?SHOW(length(re:split([Long, binary:copy(<<"b a">>, 500)], "b\\s"))),
    ?SHOW(byte_size(re:replace([Long, binary:copy(<<"xyb">>, 500)], "(x)(y)", "\\2\\1\\2", [global, {return, binary}]))),
    ?SHOW(re:run(As, "(a+)+b", [{match_limit, 1000}])),
    ?SHOW(re:run(As, "(a+)+b", [{match_limit, 1000}, report_errors])),
    ?SHOW(re:run(As, "(a+)+[bc]", [{match_limit, 1000}, report_errors])),
    ?SHOW(re:run(As, "(a+)+[bc]", [{match_limit_recursion, 5}, report_errors])),
    ?SHOW(re:run("B", "[^[:upper:]]", [caseless, ucp])),
    ?SHOW(re:run("b", "[[:upper:]]", [caseless, ucp])),
    ?SHOW(re:run([16#e9, 16#e9, $a, $b], "\\w+", [unicode])),
    ?SHOW(re:run([16#e9, 16#e9, $a, $b, 16#e9], "\\w{2,3}?", [unicode])),
    ?SHOW(re:run([16#e9, 16#e9, $a], "\\w\\w", [unicode])),
    ?SHOW(re:run([16#e9, 16#e9, $a], "\\W+", [unicode])).

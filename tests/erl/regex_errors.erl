%% What is wrong with a pattern, and where: references by \g, and \o without its brace.
-module(regex_errors).
-export([main/0]).

main() ->
    [io:format("~s ~0p~n", [P, re:compile(P)])
     || P <- ["\\g{", "\\g{}", "\\g{%}", "\\g{%", "\\g{1a}", "\\g{a", "\\g{1", "\\g{-1", "\\g{+1", "\\g{+1}", "\\g{-a}", "\\g{-}", "\\g{-",
              "\\g{ 1}", "\\g{^-1}", "\\g{a b}", "\\g", "\\g-", "\\g+", "\\ga", "\\g<", "\\g<>", "\\g<a", "\\g%", "\\g{-1}", "a\\g{-1}b",
              "a\\g-1b(", "\\g{-2}(x)", "(x)\\g{-2}*[", "x\\g{-1}(", "(?:\\g{-1})", "(a)|\\g{-3}|(b)", "\\g{-10}", "\\g{ -1}", "\\g1(", "\\g{2}(a)[",
              "\\o", "\\oc[", "x\\o2", "[\\o]", "[\\o2]", "a\\o(", "a\\o"]],
    ok.

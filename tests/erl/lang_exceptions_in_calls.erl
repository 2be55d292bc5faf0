%% Exceptions that cross callbacks of library functions, closures, ports of state.
-module(lang_exceptions_in_calls).
-export([main/0]).
-include("show.hrl").
safe(F) -> try {ok, F()} catch C:R -> {C, R} end.

main() ->
    ?SHOW(safe(fun() -> lists:foreach(fun(X) when X > 2 -> throw({found, X}); (_) -> ok end, [1, 2, 3, 4]) end)),
    ?SHOW(safe(fun() -> lists:foldl(fun(X, A) -> A div X end, 100, [5, 2, 0]) end)),
    ?SHOW(safe(fun() -> maps:fold(fun(_, V, _) -> exit(V) end, 0, #{a => b}) end)),
    ?SHOW(safe(fun() -> lists:sort(fun(_, _) -> error(cmp) end, [2, 1]) end)),
    ?SHOW(safe(fun() -> safe(fun() -> throw(inner) end), throw(outer) end)),
    ?SHOW([safe(fun() -> F(X) end) || X <- [0, a], F <- [fun(Y) -> 1 / Y end, fun hd/1, fun list_to_atom/1]]),
    ?SHOW(safe(fun() -> spawn(fun() -> exit(x) end), fine end)),
    ?SHOW(safe(fun() -> (catch throw(a)), throw(b) end)),
    ?SHOW(safe(fun() -> element(1, (catch error(z))) end)),
    ?SHOW(begin try error(a) catch error:a:S1 -> try error(b) catch error:b:S2 -> {length(S1) > 0, S1 =/= S2} end end end),
    ?SHOW(lists:map(fun(X) -> try 10 div X catch error:badarith -> inf end end, [1, 0, 5])),
    ?SHOW(safe(fun() -> [throw(X) || X <- [1, 2], X > 1] end)),
    ?SHOW(safe(fun() -> << <<(error({x, X}))>> || X <- [9] >> end)),
    ?SHOW(safe(fun() -> if hd([]) -> a; true -> b end end)).

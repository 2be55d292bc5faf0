%% The old catch: what each class turns into.
-module(lang_catch).
-export([main/0]).
-include("show.hrl").
strip({'EXIT', {R, [{M, F, A, _} | _]}}) -> {'EXIT', {R, {M, F, A}}};
strip(X) -> X.

main() ->
    ?SHOW(catch throw(ball)),
    ?SHOW(catch exit(bye)),
    ?SHOW(strip(catch error(oops))),
    ?SHOW(strip(catch id(1) + id(a))),
    ?SHOW(strip(catch hd(id([])))),
    ?SHOW(catch 1 + 1),
    ?SHOW(strip(catch error({a, [b]}))),
    ?SHOW({catch throw(a), catch throw(b), catch 3}),
    ?SHOW(catch (catch throw(inner)) ),
    ?SHOW(catch throw(catch throw(x))),
    ?SHOW([catch throw(X) || X <- [1, 2, 3]]),
    ?SHOW(begin X = (catch exit({shutdown, x})), element(2, X) end),
    ?SHOW(case catch throw({a, 1}) of {a, N} -> N end),
    ?SHOW(strip(catch apply(id(nomod), nofun, []))),
    ?SHOW(strip(catch lists:nth(id(0), [1]))).

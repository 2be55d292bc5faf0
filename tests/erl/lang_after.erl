%% Exceptions in after, values of after, nesting of five.
-module(lang_after).
-export([main/0]).
-include("show.hrl").
p(X) -> io:format("<~w>", [X]).

nest(0, F) -> F();
nest(N, F) -> try nest(N - 1, F) after p(N) end.

loop(0) -> done;
loop(N) -> try N catch _:_ -> never after ok end, loop(N - 1).

main() ->
    ?SHOW(try 1 after 2 end),
    ?SHOW(try throw(first) after throw(second) end),
    ?SHOW(try error(first) after id(a) + 1 end),
    ?SHOW(try exit(one) catch exit:one -> throw(two) after p(after_two) end),
    ?SHOW(nest(5, fun() -> value end)),
    ?SHOW(nest(5, fun() -> throw(out) end)),
    ?SHOW(try nest(3, fun() -> error(x) end) catch error:x -> ok end),
    ?SHOW(catch nest(3, fun() -> exit(y) end)),
    ?SHOW(loop(10000)),
    ?SHOW(begin try put(k, 1), throw(x) catch _ -> ok after put(k, get(k) + 1) end, get(k) end),
    ?SHOW(try try throw(a) catch b -> b end catch a -> outer_a end).

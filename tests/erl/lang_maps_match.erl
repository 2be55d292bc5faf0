%% Map patterns, in heads, cases, comprehensions and with bound keys.
-module(lang_maps_match).
-export([main/0]).
-include("show.hrl").
f(#{a := 1, b := B}) -> {one, B};
f(#{a := A}) when A > 5 -> {a, A};
f(#{} = M) when map_size(M) =:= 0 -> empty;
f(#{}) -> map;
f(_) -> other.

g(K, M) -> #{K := V} = M, V.
h(K, M) -> case M of #{K := #{K := V}} -> V; #{K := V} -> {flat, V}; _ -> none end.

main() ->
    ?SHOW([f(X) || X <- [#{a => 1, b => 2}, #{a => 1}, #{a => 9}, #{}, #{c => 1}, [], x]]),
    ?SHOW(g(a, #{a => 1})),
    ?SHOW(g(b, #{a => 1})),
    ?SHOW(g(a, id(x))),
    ?SHOW(h(k, #{k => #{k => deep}})),
    ?SHOW(h(k, #{k => shallow})),
    ?SHOW(h(1, #{1.0 => x})),
    ?SHOW([X || #{x := X} <- [#{x => 1}, #{y => 2}, 3, #{x => 4, y => 5}]]),
    ?SHOW(begin #{<<"key">> := [A, {B}]} = id(#{<<"key">> => [1, {2}]}), A + B end),
    ?SHOW(begin #{{a, 1} := A, [b] := B, 1.5 := C} = id(#{{a, 1} => x, [b] => y, 1.5 => z}), {A, B, C} end),
    ?SHOW(begin #{nope := A} = id(#{}), A end),
    ?SHOW((fun(#{a := A}) -> A end)(id(#{b => 1}))),
    ?SHOW(begin M = id(#{a => 1, b => 2}), M#{a := 10, b := 20, c => 30} end),
    ?SHOW(begin M = id(#{a => 1}), M#{a := 10, x := 20} end),
    ?SHOW(begin M = id(#{}), M#{} end),
    ?SHOW(begin M = id(x), M#{} end),
    ?SHOW(try #{a := 1} = id(#{a => 2}) catch error:{badmatch, V} -> V end).

%% Keys of every kind, in flat and large maps: numbers that are equal but not the same, bignums, strings.
-module(lang_maps_keys).
-export([main/0]).
-include("show.hrl").
keys() ->
    [0, 0.0, 1, 1.0, -1, -1.0, 1 bsl 59, -(1 bsl 59), (1 bsl 59) - 1, 1 bsl 64, float(1 bsl 64), 1.0e300, a, 'B', true,
     [], {}, <<>>, #{}, "a", [a|b], {a}, {1}, {1.0}, <<"a">>, <<1:1>>, <<1:2>>, #{a => 1}, #{a => 1.0}, {[{}]},
     fun lists:map/2, "abc", <<"abc">>, abc, [1], [1.0], {1, 2, 3}, -(1 bsl 64), 1 bsl 4096].

main() ->
    Ks = keys(),
    ?SHOW(length(Ks)),
    Large = maps:from_list(lists:zip(Ks, lists:seq(1, length(Ks)))),
    ?SHOW(map_size(Large)),
    ?SHOW([maps:get(K, Large) || K <- Ks]),
    Small = [maps:from_list([{K, 1}, {z, 2}]) || K <- Ks],
    ?SHOW([maps:get(K, M) || {K, M} <- lists:zip(Ks, Small)]),
    ?SHOW(maps:find(id(2) - 1, Large)),
    ?SHOW(maps:find(id(2.0) - 1, Large)),
    ?SHOW(maps:find(-(id(0.0)), #{0.0 => x})),
    ?SHOW(maps:find(<<(id(97))>>, Large)),
    ?SHOW(maps:find(id(1) bsl 64, Large)),
    ?SHOW(maps:find([id(97) | "bc"], Large)),
    ?SHOW(maps:find(#{id(a) => id(1)}, Large)),
    ?SHOW([map_size(maps:remove(K, Large)) || K <- Ks]),
    ?SHOW(lists:foldl(fun maps:remove/2, Large, Ks)),
    ?SHOW([N || {_, N} <- lists:sort(maps:to_list(Large))]),
    ?SHOW(maps:keys(maps:from_keys([b, 1, a, 2.0, {}, "s", <<>>, #{}, 1.0, [], -1], x))),
    %% several keys of an update are missing: the error names the least
    [begin
         ?SHOW(M#{zz := 1, 42 := 2, {a} := 3}),
         ?SHOW(M#{42.0 := 1, 42 := 2}),
         ?SHOW(M#{<<"x">> := 1, [] := 2, 42.0 := 3})
     end || M <- [#{}, #{42.5 => a}, #{zz => 1}, Large]].

%% persistent_term: put, get, erase, info, terms of every kind, after a purge of the old.
-module(bif_persistent).
-export([main/0]).
-include("show.hrl").
main() ->
    ?SHOW(persistent_term:put(tt_a, 1)),
    ?SHOW(persistent_term:get(tt_a)),
    ?SHOW(persistent_term:get(tt_none)),
    ?SHOW(persistent_term:get(tt_none, default)),
    ?SHOW(persistent_term:put({tt, "key"}, {big, lists:seq(1, 100), #{a => b}, <<"bin">>})),
    ?SHOW(persistent_term:get({tt, "key"}) =:= {big, lists:seq(1, 100), #{a => b}, <<"bin">>}),
    X = persistent_term:get({tt, "key"}),
    S = self(),
    P = spawn(fun() -> Y = persistent_term:get({tt, "key"}), S ! up, receive go -> erlang:garbage_collect(), S ! {mine,
        Y =:= X} end end),
    receive up -> ok end,
    ?SHOW(persistent_term:put({tt, "key"}, replaced)),
    ?SHOW(persistent_term:get({tt, "key"})),
    erlang:garbage_collect(),
    ?SHOW(X =:= {big, lists:seq(1, 100), #{a => b}, <<"bin">>}),
    P ! go,
    ?SHOW(receive {mine, Same} -> Same end),
    ?SHOW(persistent_term:erase({tt, "key"})),
    ?SHOW(persistent_term:erase({tt, "key"})),
    ?SHOW(lists:keyfind(tt_a, 1, persistent_term:get())),
    ?SHOW(lists:sort(maps:keys(persistent_term:info()))),
    ?SHOW([persistent_term:put({tt, N}, [N]) || N <- lists:seq(1, 200)] =:= lists:duplicate(200, ok)),
    ?SHOW(lists:sum([hd(persistent_term:get({tt, N})) || N <- lists:seq(1, 200)])),
    ?SHOW([persistent_term:erase({tt, N}) || N <- lists:seq(1, 200)] =:= lists:duplicate(200, true)),
    ?SHOW(persistent_term:put(tt_a, 1)),
    ?SHOW(persistent_term:erase(tt_a)).

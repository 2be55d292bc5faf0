%% ets:info(Table, memory): the same words as OTP's for small tables of each type.
-module(ets_memory).
-export([main/0]).
-include("show.hrl").

main() -> [?SHOW({Type, Options, [words(Type, Options, Rows) || Rows <- rows()]}) || Type <- types(), Options <- options()], ok.

types() -> [set, bag, duplicate_bag, ordered_set].

options() -> [[], [{keypos, 1}, named_table], [compressed]].

words(Type, Options, Rows) ->
    T = ets:new(memory, [Type | Options]),
    ets:insert(T, Rows),
    Before = ets:info(T, memory),
    ets:delete_all_objects(T),
    ets:insert(T, {x}),
    After = ets:info(T, memory),
    ets:delete(T),
    {Before, After}.

rows() ->
    [[], [{1}], [{1, 2}], [{a, b, c}], [{1, 2.0}], [{1, "abc"}], [{1, <<"abc">>}], [{1, <<0:800>>}], [{<<5:3>>}], [{1, 1 bsl 70}], [{1, #{a => 1}}],
     [{I} || I <- lists:seq(1, 100)], [{I} || I <- lists:seq(1, 300)], [{I} || I <- lists:seq(1, 3000)], [{1}, {1, 2}, {1, 3}],
     [{1, maps:from_list([{I, I} || I <- lists:seq(1, 40)])}], [{1, make_ref()}], [{1, lists:seq(1, 20)}], [{1, lists:duplicate(50, a)}, {2, xyz}]].

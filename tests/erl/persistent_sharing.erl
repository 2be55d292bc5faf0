%% What a persistent term shares stays shared, and readers that take no lock find what is there while others
%% put and erase.
-module(persistent_sharing).
-export([main/0]).
-define(SHOW(X), io:format("~s => ~p~n", [??X, X])).

main() ->
    sharing(),
    between_key_and_value(),
    values(),
    readers(),
    growing().

sharing() ->
    Deep = lists:foldl(fun(_, A) -> [A | A] end, [], lists:seq(1, 60)),
    persistent_term:put(deep, Deep),
    Stored = persistent_term:get(deep),
    ?SHOW(erts_debug:size(Deep)),
    ?SHOW(erts_debug:size(Stored)),
    ?SHOW(depth(Stored, 0)),
    Wide = #{a => {Deep, Deep}, b => [Deep | Deep], c => fun() -> Deep end},
    persistent_term:put(wide, Wide),
    #{a := {D, D}, b := [D | D], c := F} = persistent_term:get(wide),
    ?SHOW({depth(D, 0), depth(F(), 0)}),
    ?SHOW(erts_debug:size({D, D})),
    [persistent_term:erase(K) || K <- [deep, wide]].
depth([A | _], N) -> depth(A, N + 1);
depth([], N) -> N.

between_key_and_value() ->
    Part = [1, 2, 3],
    Key = {key, Part},
    persistent_term:put(Key, {value, Part}),
    [{K, V}] = [P || {{key, _}, _} = P <- persistent_term:get()],
    ?SHOW({K, V}),
    ?SHOW(erts_debug:size({K, V})),
    ?SHOW(persistent_term:erase(Key)),
    ?SHOW({K, V}).

values() ->
    Big = binary:copy(<<"0123456789">>, 100),
    Values = [<<>>, <<1:1>>, Big, binary:part(Big, 3, 500), binary:part(Big, 7, 20), 1.5, 1 bsl 200, -(1 bsl 70), make_ref(),
              self(), fun lists:map/2, fun(X) -> {X, Big} end, #{}, maps:from_list([{I, I} || I <- lists:seq(1, 100)]),
              [improper | tail], {}, list_to_tuple(lists:seq(1, 1000)), "", atomics:new(1, [])],
    [begin persistent_term:put(v, {V, V}), {V, V} = persistent_term:get(v) end || V <- Values],
    persistent_term:put(v, Values),
    garbage_collect(),
    ?SHOW(persistent_term:get(v) =:= Values),
    ?SHOW(persistent_term:put(v, Values)),
    ?SHOW(persistent_term:erase(v)),
    ?SHOW(persistent_term:erase(v)),
    ?SHOW(persistent_term:get(v, none)).

%% One key is always there while its neighbours come and go.
readers() ->
    persistent_term:put({n, here}, {always, here}),
    Readers = [spawn_monitor(fun() -> read(20000), exit(read) end) || _ <- lists:seq(1, 3)],
    Writers = [spawn_monitor(fun() -> write(W, 300), exit(written) end) || W <- [1, 2]],
    ?SHOW(lists:usort([receive {'DOWN', M, process, P, R} -> R end || {P, M} <- Readers ++ Writers])),
    ?SHOW([K || {{n, _} = K, _} <- persistent_term:get()]),
    persistent_term:erase({n, here}).
read(0) -> ok;
read(N) ->
    {always, here} = persistent_term:get({n, here}),
    case persistent_term:get({n, N rem 50}, none) of
        none -> ok;
        {_, [N1, N1]} when is_integer(N1) -> ok
    end,
    read(N - 1).
write(_, 0) -> ok;
write(W, N) ->
    [persistent_term:put({n, I}, {W, [N, N]}) || I <- lists:seq(W, 49, 2)],
    [persistent_term:erase({n, I}) || I <- lists:seq(W, 49, 2)],
    write(W, N - 1).

growing() ->
    #{count := Before} = persistent_term:info(),
    [persistent_term:put({g, I}, I) || I <- lists:seq(1, 2000)],
    ?SHOW(lists:all(fun(I) -> persistent_term:get({g, I}) =:= I end, lists:seq(1, 2000))),
    ?SHOW(maps:get(count, persistent_term:info()) - Before),
    ?SHOW(lists:all(fun(I) -> persistent_term:erase({g, I}) end, lists:seq(1, 2000))),
    ?SHOW(maps:get(count, persistent_term:info()) - Before).

%% Ownership: protection, death of the owner, heirs, give_away.
-module(ets_owner).
-export([main/0]).
-include("show.hrl").
next() -> receive X -> X after 500 -> nothing end.

main() ->
    S = self(),
    {P, _} = spawn_monitor(fun() -> T = ets:new(tt_own, [named_table, protected]), ets:insert(T, {a, 1}), S ! ready,
        receive stop -> ok end end),
    receive ready -> ok end,
    ?SHOW(ets:lookup(tt_own, a)),
    ?SHOW(ets:insert(tt_own, {b, 1})),
    ?SHOW(ets:delete(tt_own, a)),
    ?SHOW(ets:delete(tt_own)),
    ?SHOW(ets:give_away(tt_own, S, x)),
    P ! stop,
    ?SHOW(element(1, next())),
    ?SHOW(ets:lookup(tt_own, a)),
    {Q, _} = spawn_monitor(fun() -> ets:new(tt_priv, [named_table, private]), S ! ready, receive stop -> ok end end),
    receive ready -> ok end,
    ?SHOW(ets:lookup(tt_priv, a)),
    ?SHOW(ets:info(tt_priv, protection)),
    ?SHOW(ets:tab2list(tt_priv)),
    Q ! stop, next(),
    {H, _} = spawn_monitor(fun() -> ets:new(tt_heir, [named_table, {heir, S, {some, data}}]), ets:insert(tt_heir, {k, v}) end),
    ?SHOW(begin {'ETS-TRANSFER', T, From, D} = receive M when element(1, M) =:= 'ETS-TRANSFER' -> M end, {T, From =:= H, D} end),
    ?SHOW(element(1, next())),
    ?SHOW(ets:lookup(tt_heir, k)),
    ?SHOW(ets:info(tt_heir, owner) =:= S),
    R = spawn(fun() -> receive {'ETS-TRANSFER', T, F, D} -> S ! {got, T, F =:= S, D, ets:lookup(T, k)} end end),
    ?SHOW(ets:give_away(tt_heir, R, gift)),
    ?SHOW(next()),
    ?SHOW(next()),
    ?SHOW(ets:info(tt_heir, owner) =:= S),
    T2 = ets:new(tt2, []),
    ?SHOW(ets:give_away(T2, S, x)),
    ?SHOW(ets:give_away(T2, R, x)),
    ?SHOW(ets:give_away(T2, id(x), x)),
    {_, _} = spawn_monitor(fun() -> ets:new(tt_many, [public]), [ets:new(x, []) || _ <- lists:seq(1, 100)] end),
    ?SHOW(element(1, next())),
    ?SHOW(ets:whereis(tt_many)),
    %% who is dead when he is to be an heir is none
    {Dead, Ref} = spawn_monitor(fun() -> ok end),
    receive {'DOWN', Ref, _, _, _} -> ok end,
    ?SHOW(ets:info(ets:new(tt3, [{heir, Dead, x}]), heir)),
    T4 = ets:new(tt4, [{heir, S, x}]),
    ?SHOW(ets:info(T4, heir) =:= S),
    ?SHOW(ets:setopts(T4, {heir, Dead, x})),
    ?SHOW(ets:info(T4, heir)),
    %% who dies while he inherits keeps nothing alive
    Before = length(ets:all()),
    [race() || _ <- lists:seq(1, 300)],
    ?SHOW(settled(Before, 100)).

race() ->
    S = self(),
    {H, HM} = spawn_monitor(fun() -> receive stop -> ok end end),
    {P, PM} = spawn_monitor(fun() -> ets:new(tt_race, [{heir, H, x}]), S ! ready, receive stop -> ok end end),
    receive ready -> ok end,
    P ! stop, H ! stop,
    receive {'DOWN', HM, _, _, _} -> ok end,
    receive {'DOWN', PM, _, _, _} -> ok end.

settled(Before, Times) ->
    case length(ets:all()) of
        Before -> true;
        N when Times =:= 0 -> N - Before;
        _ -> timer:sleep(10), settled(Before, Times - 1)
    end.

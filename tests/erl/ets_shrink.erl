%% Tables that shrink and grow again lose nothing, through every number of buckets.
%% stress: 20
-module(ets_shrink).
-export([main/0]).
-include("show.hrl").

%% Deletes one by one, looking at the size each time; then the half of it, growing again in between.
run(Type, N) ->
    T = ets:new(t, [Type]),
    [ets:insert(T, {{x, I}, I}) || I <- lists:seq(1, N)],
    Down = [I || I <- lists:seq(1, N), begin ets:delete(T, {x, I}), ets:info(T, size) =/= N - I end],
    [ets:insert(T, {{y, I}, I}) || I <- lists:seq(1, N)],
    [ets:delete(T, {y, I}) || I <- lists:seq(1, N), I rem 8 =/= 0],
    Kept = [I || I <- lists:seq(8, N, 8), not ets:member(T, {y, I})],
    [ets:insert(T, {{z, I}, I}) || I <- lists:seq(1, N)],
    Again = [I || I <- lists:seq(1, N), not ets:member(T, {z, I})],
    {Down, Kept, Again, ets:info(T, size) - N - N div 8, length(ets:tab2list(T)) - ets:info(T, size)}.

main() ->
    [?SHOW({Type, N, run(Type, N)}) || Type <- [set, bag, duplicate_bag], N <- [300, 600, 1100, 2200, 4400]].

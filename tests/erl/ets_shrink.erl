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

%% What a scan in slices removes makes the table smaller only once it has seen all.
removed(Type, Left) ->
    T = ets:new(t, [Type]),
    ets:insert(T, [{I, x} || I <- lists:seq(1, 24000)]),
    [ets:delete(T, I) || I <- lists:seq(1, 24000 - Left)],
    {ets:select_delete(T, [{{'$1', '_'}, [{'>', '$1', 0}], [true]}]), ets:tab2list(T)}.

%% What others insert and delete between the slices of a scan does not hide an object from it, nor show it twice.
grown(Type) ->
    T = ets:new(t, [Type, public]),
    ets:insert(T, [{{old, I}, x} || I <- lists:seq(1, 4000)]),
    Self = self(),
    spawn_link(fun() ->
        Fill = fun(K) -> [ets:insert(T, {{new, K, I}, x}) || I <- lists:seq(1, 3000)],
                         [ets:delete(T, {new, K, I}) || I <- lists:seq(1, 3000)] end,
        [Fill(K) || K <- lists:seq(1, 10)],
        Self ! done end),
    All = lists:seq(1, 4000),
    Look = fun Look() ->
        case lists:sort(ets:select(T, [{{{old, '$1'}, x}, [], ['$1']}])) of
            All -> receive done -> right after 0 -> Look() end;
            Other -> {wrong, length(Other)}
        end end,
    Look().

main() ->
    [?SHOW({Type, N, removed(Type, N)}) || Type <- [set, ordered_set, duplicate_bag], N <- [4100, 4200, 8200, 8700, 10300]],
    [?SHOW({Type, grown(Type)}) || Type <- [set, ordered_set, duplicate_bag]],
    [?SHOW({Type, N, run(Type, N)}) || Type <- [set, bag, duplicate_bag], N <- [300, 600, 1100, 2200, 4400]].

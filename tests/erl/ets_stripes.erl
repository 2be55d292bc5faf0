%% Tables that many processes write at once: nothing is lost, whatever comes between.
-module(ets_stripes).
-export([main/0]).
-include("show.hrl").

main() ->
    [begin counters(O), distinct(O), same_keys(O), objects(O), mixed(O), whole(O), names(O) end
     || O <- [[set, {write_concurrency, true}], [bag, {write_concurrency, true}], [duplicate_bag, {write_concurrency, true}],
              [set, {write_concurrency, auto}, {decentralized_counters, true}], [set, {read_concurrency, true}],
              [ordered_set, {write_concurrency, true}], [ordered_set, {read_concurrency, true}]]],
    growing().

all(N, F) ->
    Ms = [spawn_monitor(fun() -> exit({done, F(I)}) end) || I <- lists:seq(1, N)],
    [receive {'DOWN', M, process, P, {done, R}} -> R; {'DOWN', M, process, P, R} -> R end || {P, M} <- Ms].
times(0, _) -> ok;
times(N, F) -> F(N), times(N - 1, F).
what(T) -> ets:info(T, type).
reason(F) -> try F() catch C:R -> {C, R} end.

counters(O) ->
    T = ets:new(t, [public | O]),
    case ets:info(T, type) of
        S when S =:= set; S =:= ordered_set ->
            all(4, fun(_) -> times(2000, fun(N) -> ets:update_counter(T, {c, N rem 7}, 1, {x, 0}) end) end),
            ?SHOW({what(T), lists:sum([V || {_, V} <- ets:tab2list(T)]), ets:info(T, size)}),
            all(4, fun(I) -> times(1000, fun(N) -> true = ets:insert(T, {{own, I}, N}), true = ets:update_element(T, {own, I}, {2, x}) end) end),
            ?SHOW([ets:lookup(T, {own, I}) || I <- lists:seq(1, 4)]);
        _ -> ok
    end,
    ets:delete(T).

distinct(O) ->
    T = ets:new(t, [public | O]),
    all(4, fun(I) -> times(3000, fun(N) -> ets:insert(T, {{I, N}, N}) end) end),
    ?SHOW({what(T), ets:info(T, size), length(ets:tab2list(T))}),
    ?SHOW(lists:usort(all(4, fun(I) -> [length(ets:lookup(T, {I, N})) || N <- lists:seq(1, 3000)] end)) =:= [lists:duplicate(3000, 1)]),
    all(4, fun(I) -> times(3000, fun(N) -> N rem 3 =/= 0 andalso ets:delete(T, {I, N}) end) end),
    ?SHOW({what(T), ets:info(T, size), length(ets:tab2list(T))}),
    all(4, fun(I) -> times(3000, fun(N) -> N rem 3 =:= 0 andalso ets:take(T, {I, N}) end) end),
    ?SHOW({ets:info(T, size), ets:tab2list(T), ets:first(T)}),
    ets:delete(T).

same_keys(O) ->
    T = ets:new(t, [public | O]),
    Won = all(4, fun(I) -> length([N || N <- lists:seq(1, 1000), ets:insert_new(T, {N, I})]) end),
    ?SHOW({what(T), lists:sum(Won), ets:info(T, size)}),
    all(4, fun(I) -> times(1000, fun(N) -> ets:insert(T, {N, I}) end) end),
    ?SHOW({ets:info(T, type), case ets:info(T, type) of duplicate_bag -> 5000; bag -> 4000; _ -> 1000 end =:= ets:info(T, size)}),
    ets:delete(T).

objects(O) ->
    T = ets:new(t, [public, {keypos, 2} | O]),
    all(4, fun(I) -> times(500, fun(N) -> ets:insert(T, {I, N, x}), ets:delete_object(T, {I, N, x}) end) end),
    ?SHOW({what(T), ets:info(T, size)}),
    ?SHOW([reason(fun() -> ets:F(T, X) end) || F <- [insert, insert_new, delete_object], X <- [{one}, {}]]),
    ?SHOW(lists:usort(all(3, fun(_) -> [reason(fun() -> ets:insert(T, {a}) end), reason(fun() -> ets:insert(T, x) end),
                                       reason(fun() -> ets:lookup_element(T, no, 2) end),
                                       reason(fun() -> ets:update_counter(T, no, 1) end), ets:member(T, no), ets:lookup(T, no)] end))),
    ets:delete(T).

%% Those that want the whole table come between those that want a key of it.
mixed(O) ->
    T = ets:new(t, [public | O]),
    Jobs = [fun() -> times(2000, fun(N) -> ets:insert(T, {N rem 500, a, N}) end) end,
            fun() -> times(2000, fun(N) -> ets:delete(T, N rem 500) end) end,
            fun() -> times(50, fun(_) -> ets:select(T, [{{'$1', a, '_'}, [], ['$1']}]) end) end,
            fun() -> times(50, fun(_) -> ets:select_delete(T, [{{'$1', a, '_'}, [{'>', '$1', 400}], [true]}]) end) end,
            fun() -> times(20, fun(_) -> ets:safe_fixtable(T, true), ets:first(T), ets:safe_fixtable(T, false) end) end,
            fun() -> times(20, fun(_) -> ets:insert(T, [{I, a, I} || I <- lists:seq(1, 1000)]) end) end,
            fun() -> times(5, fun(_) -> ets:delete_all_objects(T) end) end,
            fun() -> times(500, fun(_) -> true = is_integer(ets:info(T, size)) end) end,
            fun() -> times(500, fun(_) -> case ets:first(T) of '$end_of_table' -> ok; K -> catch ets:next(T, K) end end) end],
    ?SHOW(lists:usort(all(length(Jobs), fun(I) -> (lists:nth(I, Jobs))() end))),
    ?SHOW({what(T), ets:info(T, size) =:= length(ets:tab2list(T)), ets:info(T, size) =:= ets:select_count(T, [{'_', [], [true]}])}),
    ets:delete_all_objects(T),
    ?SHOW({ets:info(T, size), ets:tab2list(T)}),
    ets:delete(T).

%% It goes while others are in it.
whole(O) ->
    S = self(),
    Owner = spawn(fun() -> T = ets:new(t, [public | O]), S ! T, receive stop -> ok end end),
    T = receive X -> X end,
    Ms = [spawn_monitor(fun() -> forever(T, I * 1000, 0) end) || I <- lists:seq(1, 4)],
    timer:sleep(5),
    Owner ! stop,
    ?SHOW(lists:usort([receive {'DOWN', M, process, P, {R, _}} -> R end || {P, M} <- Ms])).
forever(T, K, N) ->
    ets:insert(T, {K + N rem 1000, N}),
    forever(T, K, N + 1).

names(O) ->
    N = [begin
             ets:new(named, [public, named_table | O]),
             Ms = [spawn_monitor(fun() -> [catch ets:insert(named, {I, J}) || J <- lists:seq(1, 300)], exit(ok) end) || I <- [1, 2, 3]],
             ets:delete(named),
             [receive {'DOWN', M, process, P, R} -> R end || {P, M} <- Ms]
         end || _ <- lists:seq(1, 10)],
    ?SHOW({lists:usort(lists:append(N)), ets:whereis(named)}).

growing() ->
    T = ets:new(t, [public, {write_concurrency, true}]),
    all(3, fun(I) -> times(30000, fun(N) -> ets:insert(T, {{I, N}}) end) end),
    ?SHOW(ets:info(T, size)),
    ?SHOW(lists:all(fun(N) -> ets:member(T, {N rem 3 + 1, N}) end, lists:seq(1, 30000))),
    all(3, fun(I) -> times(29990, fun(N) -> ets:delete(T, {I, N}) end) end),
    ?SHOW({ets:info(T, size), lists:sort(ets:tab2list(T)) =:= [{{I, N}} || I <- [1, 2, 3], N <- lists:seq(29991, 30000)]}).

%% Values survive many collections: closures, maps, binaries, big numbers, cycles of rebuilding.
%% stress: 50
-module(lang_gc).
-export([main/0]).
-include("show.hrl").
churn(0, Keep) -> Keep;
churn(N, {L, M, B, F, I}) ->
    _ = lists:seq(1, 50),
    _ = list_to_tuple(lists:seq(1, N rem 50)),
    Prev = F(1),
    churn(N - 1, {[N | lists:sublist(L, 20)], maps:put(N rem 100, {N, L}, M), <<(N rem 256), (binary_part(B, 0, min(99,
        byte_size(B))))/binary>>,
                  fun(X) -> X + Prev rem 1000 end, (I * 3 + N) rem (1 bsl 200)}).

main() ->
    {L, M, B, F, I} = churn(30000, {[], #{}, <<>>, fun(X) -> X end, 1}),
    ?SHOW(L),
    ?SHOW(map_size(M)),
    ?SHOW(element(1, maps:get(7, M))),
    ?SHOW(B),
    ?SHOW(F(5)),
    ?SHOW(I),
    ?SHOW(erlang:garbage_collect()),
    ?SHOW(erlang:phash2({L, M, B, I})),
    ?SHOW(begin erlang:garbage_collect(self(), [{type, minor}]), L =:= tl([x | L]) end),
    ?SHOW(erlang:garbage_collect(self(), [{async, r}])),
    ?SHOW(receive {garbage_collect, r, X} -> X end),
    ?SHOW(erlang:garbage_collect(id(x))),
    ?SHOW(erlang:garbage_collect(self(), [bad])),
    Dead = spawn(fun() -> ok end),
    R = erlang:monitor(process, Dead), receive {'DOWN', R, _, _, _} -> ok end,
    ?SHOW(erlang:garbage_collect(Dead)).

%% Messages of all sizes under collection pressure on both sides.
%% stress: 50
-module(proc_messages_gc).
-export([main/0]).
-include("show.hrl").
sender(S, 0) -> S ! done;
sender(S, N) -> S ! {N, lists:seq(1, N rem 30), <<N:(N rem 600)>>, #{N => [N]}, list_to_tuple(lists:duplicate(N rem 7, x))},
    sender(S, N - 1).
recv(H, Keep) ->
    receive
        {N, L, B, M, T} -> recv(erlang:phash2({H, N, lists:sum(L), bit_size(B), M, T}), [L | lists:sublist(Keep, 50)]);
        done -> {H, erlang:phash2(Keep)}
    end.
off(S) -> process_flag(message_queue_data, off_heap), S ! ready, receive start -> S ! {result, recv(0, [])} end.

main() ->
    S = self(),
    spawn(fun() -> sender(S, 5000) end),
    ?SHOW(recv(0, [])),
    P = spawn(fun() -> off(S) end),
    receive ready -> ok end,
    P ! start,
    sender(P, 3000),
    ?SHOW(receive {result, X} -> X end),
    [S ! {keep, N, lists:seq(1, 20)} || N <- lists:seq(1, 1000)],
    [begin lists:seq(1, 1000), erlang:garbage_collect() end || _ <- lists:seq(1, 5)],
    ?SHOW(receive {keep, 1000, L} -> lists:sum(L) end),
    ?SHOW(lists:sum([receive {keep, N, _} -> N end || _ <- lists:seq(1, 999)])),
    ?SHOW(process_info(S, message_queue_len)).

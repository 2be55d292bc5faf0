%% Pids of this node's name from an earlier life of it are those of dead processes; a receive with a bad timeout and
%% hibernate with bad arguments leave nothing behind; many replies are taken from behind a long queue by reference.
%% stress: 5
-module(proc_former).
-export([main/0, echo/0]).
-include("show.hrl").

former() ->
    Binary = term_to_binary(self()),
    Size = byte_size(Binary) - 1,
    <<Head:Size/binary, Creation>> = Binary,
    binary_to_term(<<Head/binary, (Creation + 1)>>).

echo() ->
    receive {Ref, From, N} -> [From ! {Ref, I} || I <- lists:seq(1, N)], echo() end.

call(Server, N) ->
    Ref = monitor(process, Server),
    Server ! {Ref, self(), N},
    Sum = replies(Ref, N, 0),
    demonitor(Ref, [flush]),
    Sum.

replies(_, 0, Sum) -> Sum;
replies(Ref, N, Sum) ->
    receive {Ref, I} -> replies(Ref, N - 1, Sum + I);
            {'DOWN', Ref, _, _, Reason} -> exit(Reason) end.

main() ->
    P = former(),
    ?SHOW(node(P) =:= node()),
    ?SHOW(link(P)),
    ?SHOW(begin R = monitor(process, P), receive {'DOWN', R, process, P, X} -> X after 1000 -> nothing end end),
    ?SHOW(is_process_alive(P)),
    ?SHOW(process_info(P)),
    ?SHOW(process_info(P, status)),
    ?SHOW(exit(P, x)),
    ?SHOW(begin process_flag(trap_exit, true), link(P), receive {'EXIT', P, X} -> X after 1000 -> nothing end end),
    self() ! first,
    ?SHOW(receive never -> x after id(soon) -> y end),
    ?SHOW(receive first -> found after 0 -> lost end),
    self() ! second,
    ?SHOW(receive never -> x after soon -> y end),
    Made = make_ref(),
    self() ! Made,
    ?SHOW(receive second -> found after 0 -> lost end),
    ?SHOW(receive Made -> found after 0 -> lost end),
    ?SHOW(catch erlang:hibernate(id(m), {f}, [])),
    ?SHOW(try erlang:hibernate(id(m), f, lists:duplicate(1025, x)) catch error:E -> E end),
    ?SHOW(catch erlang:hibernate(id(m), f, [a | b])),
    H = spawn(fun() -> erlang:hibernate(?MODULE, id, [x]) end),
    timer:sleep(50),
    ?SHOW(element(2, process_info(H, total_heap_size)) < 40),
    Server = spawn(fun echo/0),
    [self() ! {noise, N} || N <- lists:seq(1, 100000)],
    ?SHOW(lists:sum([call(Server, N rem 7) || N <- lists:seq(1, 2000)])),
    ?SHOW(receive {noise, 77777} -> taken after 0 -> lost end),
    ?SHOW(element(2, process_info(self(), message_queue_len))),
    Wide = <<0:8, (id(<<5>>))/binary>>,
    ?SHOW(try <<N:40000000>> = binary:copy(Wide, 3000000), N rem 2 catch error:{badmatch, _} -> too_large end).

%% Ten thousand processes at once: all alive, all answer, all end.
%% stress: 20000
-module(proc_many).
-export([main/0]).
-include("show.hrl").
main() ->
    S = self(),
    N = 10000,
    Before = erlang:system_info(process_count),
    Ps = [spawn(fun() -> receive {add, X} -> S ! X + I end end) || I <- lists:seq(1, N)],
    ?SHOW(length(Ps)),
    ?SHOW(erlang:system_info(process_count) - Before >= N),
    ?SHOW(length(processes()) >= N),
    ?SHOW(lists:all(fun is_process_alive/1, Ps)),
    Rs = [monitor(process, P) || P <- Ps],
    [P ! {add, 1} || P <- Ps],
    ?SHOW(lists:sum([receive X when is_integer(X) -> X end || _ <- Ps])),
    ?SHOW(length([receive {'DOWN', R, process, _, normal} -> ok end || R <- Rs])),
    ?SHOW(lists:any(fun is_process_alive/1, Ps)),
    ?SHOW(erlang:system_info(process_count) =< Before + 10).

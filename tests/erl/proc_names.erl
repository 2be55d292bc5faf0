%% register, unregister, whereis, registered; sending to names; a name dies with its process.
-module(proc_names).
-export([main/0]).
-include("show.hrl").
wait() -> receive stop -> ok; {From, X} -> From ! {self(), X}, wait() end.
gone(P) -> R = monitor(process, P), receive {'DOWN', R, _, _, _} -> ok end.

main() ->
    P = spawn(fun wait/0),
    ?SHOW(register(tt_name, P)),
    ?SHOW(whereis(tt_name) =:= P),
    ?SHOW(lists:member(tt_name, registered())),
    ?SHOW(begin tt_name ! {self(), hi}, receive {P, X} -> X end end),
    ?SHOW(begin {tt_name, node()} ! {self(), hi2}, receive {P, X} -> X end end),
    ?SHOW(begin erlang:send(tt_name, {self(), hi3}), receive {P, X} -> X end end),
    ?SHOW(process_info(P, registered_name)),
    ?SHOW(process_info(self(), registered_name)),
    ?SHOW(process_info(self(), [registered_name, trap_exit])),
    ?SHOW(register(tt_name, self())),
    ?SHOW(register(tt_other, P)),
    ?SHOW(register(undefined, self())),
    ?SHOW(register(id("x"), self())),
    ?SHOW(register(tt_x, id(x))),
    ?SHOW(unregister(tt_name)),
    ?SHOW(unregister(tt_name)),
    ?SHOW(whereis(tt_name)),
    ?SHOW(whereis(id("x"))),
    ?SHOW(tt_name ! lost),
    ?SHOW({tt_name, node()} ! lost),
    ?SHOW({tt_name, 'nonode@elsewhere'} ! lost),
    ?SHOW(erlang:send(tt_name, lost)),
    ?SHOW(register(tt_name, P)),
    ?SHOW(begin P ! stop, gone(P), whereis(tt_name) end),
    ?SHOW(register(tt_name, P)),
    ?SHOW(begin register(tt_self, self()), tt_self ! x, receive x -> unregister(tt_self) end end),
    ?SHOW(begin [register(list_to_atom("tt_" ++ integer_to_list(N)), spawn(fun wait/0)) || N <- lists:seq(1, 50)],
             length([N || N <- registered(), lists:prefix("tt_", atom_to_list(N))]) end),
    ?SHOW(lists:sum([case whereis(N) ! {self(), 1} of _ -> receive {_, X} -> X end end || N <- registered(), lists:prefix("tt_",
        atom_to_list(N))])).

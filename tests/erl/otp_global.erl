%% global, pg, and registration by {via, ...} on a node without distribution.
-module(otp_global).
-export([main/0]).
-include("show.hrl").
next() -> receive X -> X after 100 -> nothing end.
main() ->
    P = spawn(fun() -> receive {F, X} -> F ! {echo, X} end end),
    ?SHOW(global:register_name(tt_g, P)),
    ?SHOW(global:register_name(tt_g, self())),
    ?SHOW(global:whereis_name(tt_g) =:= P),
    ?SHOW(lists:member(tt_g, global:registered_names())),
    ?SHOW(begin global:send(tt_g, {self(), hi}), next() end),
    ?SHOW(begin timer:sleep(20), global:whereis_name(tt_g) end),
    ?SHOW(try global:send(tt_g, x) catch exit:R -> R end),
    ?SHOW(global:set_lock({tt_lock, self()}, [node()], 0)),
    ?SHOW(global:del_lock({tt_lock, self()}, [node()])),
    ?SHOW(global:trans({tt_lock, self()}, fun() -> in_lock end)),
    {ok, Sc} = pg:start(tt_scope),
    ?SHOW(pg:join(tt_scope, g1, self())),
    ?SHOW(pg:join(tt_scope, g1, [self(), self()])),
    ?SHOW(length(pg:get_members(tt_scope, g1))),
    ?SHOW(pg:which_groups(tt_scope)),
    ?SHOW(pg:leave(tt_scope, g1, self())),
    ?SHOW(length(pg:get_local_members(tt_scope, g1))),
    ?SHOW(pg:leave(tt_scope, g2, self())),
    ?SHOW(begin Q = spawn(fun() -> receive x -> x end end), pg:join(tt_scope, g3, Q), exit(Q, kill), timer:sleep(20),
        pg:get_members(tt_scope, g3) end),
    exit(Sc, kill),
    ?SHOW(rpc:call(node(), lists, reverse, [[1, 2]])),
    ?SHOW(rpc:call(node(), erlang, error, [x]) =/= x),
    ?SHOW(erpc:call(node(), fun() -> 42 end)),
    ?SHOW(try erpc:call(node(), erlang, error, [why]) catch error:{exception, R, _} -> R end),
    ?SHOW(rpc:call('no@where', m, f, [])),
    ?SHOW(begin K = rpc:async_call(node(), lists, sum, [[1, 2]]), rpc:yield(K) end),
    ?SHOW(net_kernel:nodename()),
    ?SHOW(net_adm:ping('no@where')).

%% Code is purged and literals are released, which stops the world, while ports deliver, timers fire and literals travel:
%% nothing is lost, and what a process got stays what it was.
-module(proc_world).
-export([main/0]).
-include("show.hrl").

made(V) ->
    Form = fun(T) -> {ok, Ts, _} = erl_scan:string(lists:flatten(T)), {ok, F} = erl_parse:parse_form(Ts), F end,
    {ok, tt_world, Beam} = compile:forms([{attribute, 1, module, tt_world}, {attribute, 1, export, [{v, 0}, {f, 1}]},
                                          Form(io_lib:format("v() -> {~w, ~p, #{~w => <<~w:1600>>}}.",
                                                             [V, lists:duplicate(50, {V, "text"}), V, V])),
                                          Form(io_lib:format("f(X) -> fun() -> {~w, X, v()} end.", [V]))]),
    Beam.

%% Reloads and purges; each literal goes to a keeper, which looks at it later.
reload(_, _, 0) -> ok;
reload(Beams, Keeper, N) ->
    Beam = lists:nth(N rem 3 + 1, Beams),
    {module, tt_world} = erlang:load_module(tt_world, Beam),
    Keeper ! {keep, tt_world:v(), tt_world:f(N)},
    persistent_term:put(tt_world, {N, lists:duplicate(20, N), tt_world:v()}),
    Keeper ! {term, persistent_term:get(tt_world)},
    true = erlang:delete_module(tt_world),
    true = erlang:purge_module(tt_world),
    reload(Beams, Keeper, N - 1).

keeper(Kept, Good) ->
    receive
        {keep, Value, Fun} -> keeper(lists:sublist([Value, Fun | Kept], 30), Good + sound(Value));
        {term, Term} -> keeper(lists:sublist([Term | Kept], 30), Good + lists:sum([sound(K) || K <- Kept]) div max(1, length(Kept)));
        {stop, From} -> From ! {kept, Good, lists:sum([sound(K) || K <- Kept]) =:= length(Kept)}
    end.

sound({V, L, M}) when is_map(M) ->
    L = lists:duplicate(50, {V, "text"}), #{V := <<V:1600>>} = M, 1;
sound({N, L, Value}) -> L = lists:duplicate(20, N), sound(Value);
sound(Fun) when is_function(Fun, 0) -> {env, [_]} = erlang:fun_info(Fun, env), 1.

%% Sends N packets through a port, some at a time, and counts what comes back right.
echo(N) ->
    Port = open_port({spawn, "cat"}, [binary, {packet, 4}]),
    Good = lists:sum([begin
                          Terms = [{K, lists:seq(1, K), <<K:8000>>} || K <- lists:seq(1, 10)],
                          [Port ! {self(), {command, term_to_binary(T)}} || T <- Terms],
                          Back = [receive {Port, {data, D}} -> binary_to_term(D) end || _ <- Terms],
                          true = Back =:= Terms,
                          length(Back)
                      end || _ <- lists:seq(1, N div 10)]),
    port_close(Port),
    Good.

ticks(0) -> 0;
ticks(N) -> erlang:send_after(N rem 3, self(), {tick, N, [N]}), receive {tick, N, [N]} -> 1 + ticks(N - 1) end.

main() ->
    Self = self(),
    Beams = [made(V) || V <- [1, 2, 3]],
    Keeper = spawn_link(fun() -> keeper([], 0) end),
    Do = fun(Name, F) -> spawn_link(fun() -> Self ! {Name, F()} end) end,
    Do(reload, fun() -> reload(Beams, Keeper, 150) end),
    Do(echo, fun() -> echo(500) end),
    Do(ticks, fun() -> ticks(200) end),
    ?SHOW(receive {reload, X} -> X end),
    ?SHOW(receive {echo, X} -> X end),
    ?SHOW(receive {ticks, X} -> X end),
    Keeper ! {stop, Self},
    ?SHOW(receive {kept, Good, Sound} -> {Good, Sound} end),
    persistent_term:erase(tt_world).

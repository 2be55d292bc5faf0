%% A process that was spawned before code is loaded begins in what was current then, though nobody waited for it.
-module(code_turns).
-export([main/0]).
-include("show.hrl").
form(N) ->
    Text = lists:flatten(io_lib:format("wait(F) -> F ! {self(), ~w}, receive stop -> stop end.", [N])),
    {ok, Ts, _} = erl_scan:string(Text),
    {ok, F} = erl_parse:parse_form(Ts),
    {ok, tt_turns, Bin} = compile:forms([{attribute, 1, module, tt_turns}, {attribute, 1, export, [{wait, 1}]}, F]),
    Bin.
version(P) -> receive {P, N} -> N after 2000 -> silence end.

main() ->
    V1 = form(1),
    V2 = form(2),
    Self = self(),
    {module, tt_turns} = erlang:load_module(tt_turns, V1),
    process_flag(scheduler, 1),
    P = spawn_opt(fun() -> tt_turns:wait(Self) end, [{scheduler, 1}]),
    ?SHOW(erlang:load_module(tt_turns, V2)),
    ?SHOW(version(P)),
    ?SHOW(erlang:check_process_code(P, tt_turns)),
    ?SHOW(begin P ! stop, erlang:purge_module(tt_turns) end).

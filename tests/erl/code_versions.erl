%% Two versions of a module at once: local calls stay, external calls move on; purge kills the old ones.
-module(code_versions).
-export([main/0]).
-include("show.hrl").
form(N) ->
    Text = lists:flatten(io_lib:format("loop() -> receive {F, v} -> F ! {v, ~w}, loop(); {F, next} -> F ! switched, tt_v:loop(); stop -> ok end.", [N])),
    {ok, Ts, _} = erl_scan:string(Text),
    {ok, F} = erl_parse:parse_form(Ts),
    {ok, tt_v, Bin} = compile:forms([{attribute, 1, module, tt_v}, {attribute, 1, export, [{loop, 0}]}, {attribute, 1, vsn, N},
        F]),
    Bin.
ask(P, M) -> P ! {self(), M}, receive X -> X after 500 -> silence end.

main() ->
    ?SHOW(code:load_binary(tt_v, "v1", form(1))),
    P = spawn(tt_v, loop, []),
    ?SHOW(ask(P, v)),
    ?SHOW(code:load_binary(tt_v, "v2", form(2))),
    ?SHOW(ask(P, v)),
    ?SHOW(erlang:check_old_code(tt_v)),
    ?SHOW(erlang:check_process_code(P, tt_v)),
    ?SHOW(erlang:check_process_code(self(), tt_v)),
    ?SHOW(code:soft_purge(tt_v)),
    Q = spawn(tt_v, loop, []),
    ?SHOW(ask(Q, v)),
    ?SHOW(ask(P, next)),
    ?SHOW(ask(P, v)),
    ?SHOW(erlang:check_process_code(P, tt_v)),
    ?SHOW(code:soft_purge(tt_v)),
    ?SHOW(erlang:check_old_code(tt_v)),
    ?SHOW(code:load_binary(tt_v, "v3", form(3))),
    R = monitor(process, P),
    ?SHOW(code:purge(tt_v)),
    ?SHOW(receive {'DOWN', R, process, P, Why} -> Why after 500 -> alive end),
    ?SHOW(is_process_alive(Q)),
    ?SHOW(tt_v:module_info(attributes)),
    ?SHOW(code:which(tt_v)),
    ?SHOW(erlang:delete_module(tt_v)),
    ?SHOW(erlang:delete_module(tt_v)),
    ?SHOW(erlang:purge_module(tt_v)),
    ?SHOW(erlang:purge_module(no_such_module)),
    ?SHOW(erlang:check_old_code(no_such_module)),
    ?SHOW(erlang:check_process_code(self(), no_such_module)),
    ?SHOW(erlang:check_process_code(id(x), lists)),
    ?SHOW(erlang:delete_module(no_such_module)).

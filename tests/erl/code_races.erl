%% Processes that load, delete, purge and call one module at the same time; code that is prepared is finished once.
-module(code_races).
-export([main/0]).

main() ->
    Before = logger:get_primary_config(),
    logger:set_primary_config(level, none),
    Beams = list_to_tuple([beam(N) || N <- lists:seq(1, 4)]),
    together(6, fun(I) -> rand:seed(exsss, I), act(150, Beams) end),
    clear(),
    Finished = [finishes(element(1, Beams)) || _ <- lists:seq(1, 40)],
    logger:set_primary_config(Before),
    io:format("~p~n", [lists:usort(Finished)]).

finishes(Beam) ->
    Ref = erlang:prepare_loading(code_races_made, Beam),
    Answers = together(5, fun(_) -> try erlang:finish_loading([Ref]) catch error:Reason -> Reason end end),
    clear(),
    lists:sort(Answers).

together(N, F) ->
    Monitored = [spawn_monitor(fun() -> exit(F(I)) end) || I <- lists:seq(1, N)],
    [receive {'DOWN', M, process, _, Answer} -> Answer end || {_, M} <- Monitored].

clear() ->
    [catch F() || F <- [fun() -> erlang:purge_module(code_races_made) end, fun() -> erlang:delete_module(code_races_made) end,
                        fun() -> erlang:purge_module(code_races_made) end]].

act(0, _) -> done;
act(N, Beams) ->
    case rand:uniform(6) of
        1 -> catch erlang:delete_module(code_races_made);
        2 -> catch erlang:purge_module(code_races_made);
        3 -> catch code_races_made:number();
        4 -> catch (code_races_made:later())();
        _ -> catch erlang:load_module(code_races_made, element(rand:uniform(4), Beams))
    end,
    act(N - 1, Beams).

beam(N) ->
    Number = {clause, 1, [], [], [{integer, 1, N}]},
    {ok, code_races_made, Beam} =
        compile:forms([{attribute, 1, module, code_races_made}, {attribute, 1, export, [{number, 0}, {later, 0}]},
                       {function, 1, number, 0, [Number]},
                       {function, 1, later, 0, [{clause, 1, [], [], [{'fun', 1, {clauses, [Number]}}]}]}], []),
    Beam.

%% A server that allocates for as long as it is told, and says every few seconds what the VM holds.
%% `-run soak main SECONDS SAMPLE`: prints lines `sample SECOND RSS_KB TOTAL PROCESSES BINARY ETS CODE NPROCS NTABLES
%% REQUESTS`, then halts. Runs on both machines. soak.py judges the figures.
%%
%% A gen_server with bounded state answers clients that live for some requests each; every client does one kind of work
%% (work/3) between its requests. Beside them stand processes that live long and make little garbage of their own:
%% those keep what they drop unless binaries count as memory pressure.
-module(soak).
-behaviour(gen_server).
-export([main/1, init/1, handle_call/3, handle_cast/2, handle_info/2]).

-define(CLIENTS, 12).
-define(KEYS, 500).

main([Seconds, Sample]) ->
    logger:set_primary_config(level, none),
    process_flag(trap_exit, true),
    ets:new(soak_shared, [named_table, public, {write_concurrency, true}]),
    ets:new(soak_ordered, [named_table, public, ordered_set]),
    {ok, _} = gen_server:start_link({local, soak_server}, ?MODULE, [], []),
    register(soak_router, spawn_link(fun() -> router(soak_keeper) end)),
    register(soak_keeper, spawn_link(fun() -> keeper(<<>>) end)),
    register(soak_sleeper, spawn_link(fun() -> sleeper(0) end)),
    Beam = made(),
    [client(I, Beam) || I <- lists:seq(1, ?CLIENTS)],
    Start = erlang:monotonic_time(millisecond),
    Every = list_to_integer(Sample) * 1000,
    erlang:start_timer(Every, self(), sample),
    loop(Start, Start + list_to_integer(Seconds) * 1000, Every, ?CLIENTS, Beam).

loop(Start, End, Every, N, Beam) ->
    receive
        {'EXIT', _, {client, _}} ->
            client(N + 1, Beam),
            loop(Start, End, Every, N + 1, Beam);
        {'EXIT', _, Reason} ->
            io:format("a process died: ~p~n", [Reason]),
            halt(1);
        {timeout, _, sample} ->
            Now = erlang:monotonic_time(millisecond),
            sample((Now - Start) div 1000),
            Now < End orelse halt(0),
            erlang:start_timer(Every, self(), sample),
            loop(Start, End, Every, N, Beam)
    end.

sample(Second) ->
    M = erlang:memory(),
    Figure = fun(Key) -> proplists:get_value(Key, M) end,
    io:format("sample ~w ~w ~w ~w ~w ~w ~w ~w ~w ~w~n",
              [Second, resident(), Figure(total), Figure(processes), Figure(binary), Figure(ets), Figure(code),
               erlang:system_info(process_count), length(ets:all()), gen_server:call(soak_server, count, infinity)]).

%% In kB.
resident() ->
    {ok, Text} = file:read_file("/proc/self/statm"),
    [_, Pages | _] = binary:split(Text, <<" ">>, [global]),
    binary_to_integer(Pages) * 4.

%% --- the server: bounded maps, queues and timers ---------------------------------------------------------------

init([]) -> {ok, #{count => 0, queue => queue:new()}}.

handle_call(count, _, State) ->
    {reply, maps:get(count, State), State};
handle_call({put, Key, Value}, _, #{count := N, queue := Q} = State) ->
    Longer = queue:in({Key, Value}, Q),
    Next = case queue:len(Longer) > ?KEYS of true -> queue:drop(Longer); false -> Longer end,
    {reply, {ok, byte_size(term_to_binary(Value))}, State#{count := N + 1, queue := Next, {key, Key} => Value}};
handle_call({get, Key}, From, #{count := N} = State) ->
    Value = maps:get({key, Key}, State, none),
    case N rem 3 of
        0 -> erlang:send_after(1, self(), {later, From, Value}), {noreply, State#{count := N + 1}};
        _ -> {reply, Value, State#{count := N + 1}}
    end;
handle_call({delete, Key}, _, #{count := N} = State) ->
    {reply, ok, maps:remove({key, Key}, State#{count := N + 1})}.

handle_cast(_, State) -> {noreply, State}.

handle_info({later, From, Value}, State) -> gen_server:reply(From, Value), {noreply, State};
handle_info(_, State) -> {noreply, State}.

%% --- those that live long ------------------------------------------------------------------------------------------

%% Passes binaries on and makes nothing of its own: only their size tells it to collect.
router(To) ->
    receive
        {pass, Bin} -> To ! {keep, Bin}, router(To)
    end.

%% Holds a small part of the last binary.
keeper(_) ->
    receive
        {keep, Bin} -> keeper(binary:part(Bin, 0, min(100, byte_size(Bin))))
    end.

%% Sleeps with an emptied heap between messages.
sleeper(N) ->
    receive
        {wake, From, Bin} -> From ! {awake, N, byte_size(Bin)}
    end,
    proc_lib:hibernate(erlang, apply, [fun sleeper/1, [N + 1]]).

%% --- the clients ---------------------------------------------------------------------------------------------------

client(N, Beam) ->
    spawn_link(fun() ->
                       rand:seed(exsss, {N, N, N}),
                       [begin work(N rem 16, I, Beam), request(I) end || I <- lists:seq(1, 5 + N rem 40)],
                       exit({client, binary:copy(<<N:32>>, 100)})
               end).

request(I) ->
    Key = rand:uniform(?KEYS),
    case I rem 4 of
        0 -> gen_server:call(soak_server, {delete, Key}, infinity);
        1 -> gen_server:call(soak_server, {get, Key}, infinity);
        _ -> gen_server:call(soak_server, {put, Key, {I, lists:seq(1, rand:uniform(100)),
                                                      binary:copy(<<I>>, rand:uniform(500))}}, infinity)
    end.

work(0, I, _) ->                                        % large binaries, passed through a process without garbage
    soak_router ! {pass, binary:copy(<<I:32>>, 20000 + rand:uniform(200000))};
work(1, _, _) ->                                        % large terms
    L = lists:seq(1, rand:uniform(20000)),
    M = maps:from_list([{K, [K]} || K <- L]),
    true = maps:size(M) =:= length(lists:reverse(L));
work(2, I, _) ->                                        % timers cancelled, fired, and forgotten with their process
    R = erlang:start_timer(1000000, self(), {never, lists:seq(1, 50)}),
    erlang:cancel_timer(R),
    erlang:send_after(1000, soak_sleeper_gone, {nobody, I}),
    erlang:send_after(200, self(), {late, binary:copy(<<I>>, 200)}),
    erlang:send_after(0, self(), {soon, I}),
    receive {soon, I} -> ok end;
work(3, I, _) ->                                        % shared tables with a bounded set of keys
    K = rand:uniform(?KEYS),
    ets:insert(soak_shared, {K, I, lists:seq(1, rand:uniform(200)), binary:copy(<<I>>, rand:uniform(1000))}),
    ets:insert(soak_ordered, {{K, I}, erlang:make_ref()}),
    ets:select_delete(soak_ordered, [{{{K, '$1'}, '_'}, [{'<', '$1', I}], [true]}]),
    catch ets:update_counter(soak_shared, K, {2, 1});
work(4, I, _) ->                                        % tables of its own, deleted or left behind
    T = ets:new(own, [lists:nth(1 + I rem 3, [set, ordered_set, bag])]),
    [ets:insert(T, {X, lists:seq(1, 10), <<X:800>>}) || X <- lists:seq(1, 200)],
    I rem 2 =:= 0 andalso ets:delete(T);
work(5, I, Beam) when I rem 8 =:= 0 ->                  % a module with literals and funs, loaded again
    global:trans({soak_reload, self()},
                 fun() ->
                         code:purge(soak_made),
                         {module, soak_made} = code:load_binary(soak_made, "soak_made", Beam),
                         Fun = soak_made:f(I),
                         I = Fun(0),
                         200 = length(soak_made:v()),
                         put(literal, soak_made:v())
                 end);
work(5, _, _) -> ok;
work(6, I, _) ->                                        % a crowd that spawns and dies, linked and monitored
    Ps = [spawn_monitor(fun() -> put(x, lists:seq(1, 50)), I = I + (X - X) end) || X <- lists:seq(1, 100)],
    [receive {'DOWN', R, process, P, normal} -> ok end || {P, R} <- Ps];
work(7, I, _) ->                                        % crashes
    {P, R} = spawn_monitor(fun() -> error({crash, I, binary:copy(<<I>>, 1000)}) end),
    receive {'DOWN', R, process, P, {{crash, I, _}, _}} -> ok end;
work(8, I, _) ->                                        % text and numbers
    B = iolist_to_binary(io_lib:format("~p ~ts ~.5f", [{I, lists:seq(1, 100)}, "text", I / 7])),
    {match, _} = re:run(B, "[0-9]+,([0-9]+)"),
    [_ | _] = binary:split(B, [<<",">>, <<" ">>], [global]),
    X = lists:foldl(fun(N, A) -> A * N end, 1, lists:seq(1, 300)),
    X = binary_to_term(term_to_binary(X));
work(9, I, _) ->                                        % append and match
    B = lists:foldl(fun(N, A) -> <<A/binary, N:64>> end, <<>>, lists:seq(1, 2000)),
    <<_:8/binary, Sub:1000/binary, _/binary>> = B,
    put({sub, I rem 5}, Sub);
work(10, I, _) ->                                       % a persistent term that changes
    I rem 10 =:= 0 andalso persistent_term:put({soak, I rem 3}, {I, lists:seq(1, 100), binary:copy(<<I>>, 200)}),
    persistent_term:get({soak, I rem 3}, none);
work(11, I, _) ->                                       % a process that sleeps between messages
    soak_sleeper ! {wake, self(), binary:copy(<<I>>, 10000)},
    receive {awake, _, 10000} -> ok end;
work(12, I, _) ->                                       % messages nobody takes
    P = spawn(fun() -> receive never -> ok after 50 -> ok end end),
    [P ! {X, lists:seq(1, 100), binary:copy(<<I>>, 1000)} || X <- lists:seq(1, 50)];
work(13, I, _) ->                                       % compressed data, checksums, files
    Data = binary:copy(<<"some text ", I:32>>, 5000),
    Data = zlib:uncompress(zlib:compress(Data)),
    Name = filename:join(os:getenv("SOAK_DIR", "/tmp"), "soak" ++ os:getpid() ++ integer_to_list(erlang:unique_integer([positive]))),
    ok = file:write_file(Name, Data),
    {ok, Data} = file:read_file(Name),
    ok = file:delete(Name);
work(14, I, _) when I rem 10 =:= 0 ->                   % an operating system process
    Port = open_port({spawn, "echo text"}, [binary, exit_status]),
    (fun Wait() -> receive {Port, {exit_status, 0}} -> ok; {Port, {data, _}} -> Wait() end end)();
work(14, I, _) ->                                       % a table of the process's own with magic references
    C = counters:new(100, []),
    A = atomics:new(100, []),
    counters:add(C, 1, I),
    put({magic, I rem 7}, {C, A, ets:match_spec_compile([{{'$1', I}, [], ['$1']}])});
work(15, I, _) ->                                       % aliases, monitors with them, signals that come too late
    A = alias([reply]),
    P = spawn(fun() -> receive go -> A ! {A, I}, A ! {A, again} end end),
    M = monitor(process, P, [{alias, demonitor}]),
    P ! go,
    receive {A, I} -> ok end,
    demonitor(M, [flush]).

%% The beam of a module with 200 literals, a fun and a function.
made() ->
    Text = io_lib:format("v() -> ~p.", [[{I, "text", <<I:800>>} || I <- lists:seq(1, 200)]]),
    Form = fun(T) -> {ok, Ts, _} = erl_scan:string(lists:flatten(T)), {ok, F} = erl_parse:parse_form(Ts), F end,
    {ok, soak_made, Beam} = compile:forms([{attribute, 1, module, soak_made}, {attribute, 1, export, [{v, 0}, {f, 1}]},
                                           Form(Text), Form("f(X) -> fun(Y) -> X + Y end.")]),
    Beam.

%% dbg with trace ports: files, files in turn, their clients; the drivers by themselves; and saved match specifications.
%% run: alone
-module(trace_dbg).
-export([main/0, add/2, twice/1]).
-include_lib("stdlib/include/ms_transform.hrl").

main() ->
    Name = filename:join("/tmp", "trace_dbg_" ++ os:getpid() ++ "_"),
    io:format("~s~n", ["file"]),
    {ok, _} = dbg:tracer(port, dbg:trace_port(file, Name)),
    {ok, P} = dbg:get_tracer(),
    io:format("~p ~p~n", [is_port(P), lists:prefix("trace_file_drv n /", element(2, erlang:port_info(P, name)))]),
    traced(),
    io:format("~p ~p~n", [dbg:trace_port_control(flush), element(1, element(2, catch port_control(P, $x, [])))]),
    dbg:stop_clear(),
    show(client(file, Name)),
    follow(Name),
    file:delete(Name),
    io:format("~s~n", ["in turn"]),
    {ok, _} = dbg:tracer(port, dbg:trace_port(file, {Name, wrap, ".trc", 1000, 3})),
    {ok, _} = dbg:p(self(), [c]),
    {ok, _} = dbg:tp(?MODULE, add, 2, []),
    [?MODULE:add(I, I) || I <- lists:seq(1, 30)],
    ok = dbg:flush_trace_port(),
    dbg:stop_clear(),
    Files = lists:sort(filelib:wildcard(Name ++ "*.trc")),
    io:format("~p~n", [[{lists:nthtail(length(Name), F), filelib:file_size(F) > 0} || F <- Files]]),
    show(client(file, {Name, wrap, ".trc"})),
    [file:delete(F) || F <- Files],
    drivers(Name),
    Self = self(),
    {ok, _} = dbg:tracer(process, {fun(M, S) -> Self ! {told, 0, M}, S end, x}),
    {ok, [_, {saved, N}]} = dbg:tp(?MODULE, add, 2, dbg:fun2ms(fun([A, B]) when A > B -> message({A, B}), return_trace() end)),
    {ok, [_, {saved, N}]} = dbg:tp(?MODULE, twice, 1, N),
    {ok, [_, {saved, x}]} = dbg:tp(?MODULE, twice, 1, x),
    {error, E} = dbg:tp(?MODULE, twice, 1, 77),
    io:format("~p ~p~n", [N, E]),
    {ok, _} = dbg:p(self(), [call]),
    ?MODULE:add(1, 2), ?MODULE:add(2, 1), catch ?MODULE:twice(3),
    dbg:ltp(),
    io:format("~p ~p~n", [dbg:dtp(N), dbg:dtp(77)]),
    dbg:ltp(),
    {ok, _} = dbg:ctp(?MODULE, add, 2), ?MODULE:add(3, 1),
    timer:sleep(50),
    show(told([])),
    dbg:stop_clear().

drivers(Name) ->
    Folder = filename:join(code:priv_dir(runtime_tools), "lib"),
    [erl_ddll:load_driver(Folder, D) || D <- ["trace_file_drv", "trace_ip_drv"]],
    [io:format("~p~n", [element(1, element(2, catch open_port({spawn_driver, D}, [])))])
     || D <- ["trace_file_drv", "trace_file_drv x", "trace_file_drv n /no/such/folder/x", "trace_file_drv w 1 2 n /tmp/x",
              "trace_file_drv w 1 2 0 9 n /tmp/x", "trace_ip_drv", "trace_ip_drv 0 -1 0", "trace_ip_drv 0 1 4"]],
    P = open_port({spawn_driver, "trace_file_drv n " ++ Name}, []),
    port_command(P, "abc"),
    P ! {self(), {command, [<<"de">>, $f]}},
    io:format("~p ~p~n", [port_control(P, $f, ""), file:read_file(Name)]),
    port_command(P, lists:duplicate(200000, $x)),
    port_close(P),
    io:format("~p~n", [filelib:file_size(Name)]),
    file:delete(Name),
    W = open_port({spawn_driver, "trace_file_drv w 20 3 0 " ++ integer_to_list(length(Name)) ++ " n " ++ Name ++ ".w"}, []),
    [begin
         port_command(W, lists:duplicate(N, $a + N)),
         Files = [{F, filelib:file_size(F)} || F <- lists:sort(filelib:wildcard(Name ++ "*.w"))],
         io:format("~p~n", [[{lists:nthtail(length(Name), F), Size} || {F, Size} <- Files]])
     end || N <- lists:seq(10, 22)],
    port_close(W),
    [begin io:format("~p~n", [file:read_file(F)]), file:delete(F) end || F <- lists:sort(filelib:wildcard(Name ++ "*.w"))],
    T = open_port({spawn_driver, "trace_file_drv w 20 3 50 " ++ integer_to_list(length(Name)) ++ " n " ++ Name ++ ".w"}, []),
    timer:sleep(120),
    port_close(T),
    Timed = filelib:wildcard(Name ++ "*.w"),
    io:format("~p~n", [length(Timed) > 1]),
    [file:delete(F) || F <- Timed],
    Q = open_port({spawn_driver, "trace_ip_drv 0 5 2"}, []),
    <<0, Number:16>> = port_control(Q, $p, ""),
    [port_command(Q, <<"waits">>) || _ <- lists:seq(1, 9)],
    io:format("~p ~p ~p~n", [Number > 0, element(1, element(2, catch port_control(Q, $f, ""))), port_close(Q)]).

traced() ->
    {ok, _} = dbg:p(self(), [c, timestamp]),
    {ok, _} = dbg:tpl(?MODULE, twice, 1, [{'_', [], [{return_trace}, {message, {caller}}]}]),
    {ok, _} = dbg:tp(?MODULE, add, 2, c),
    ?MODULE:add(twice(1), {a, <<1>>, "text"}),
    twice(2),
    {ok, _} = dbg:p(self(), [clear]).

add(A, B) -> {A, B}.

twice(N) -> 2 * N.

client(Kind, Name) ->
    Self = self(),
    P = dbg:trace_client(Kind, Name, {fun(end_of_trace, _) -> Self ! done; (M, N) -> Self ! {told, N, M}, N + 1 end, 1}),
    R = monitor(process, P),
    receive done -> ok after 5000 -> io:format("no end~n") end,
    receive {'DOWN', R, process, P, _} -> ok after 1000 -> ok end,
    told([]).

follow(Name) ->
    Self = self(),
    P = dbg:trace_client(follow_file, Name, {fun(M, N) -> Self ! {told, N, M}, N + 1 end, 1}),
    timer:sleep(300),
    io:format("followed ~p~n", [length(told([]))]),
    dbg:stop_trace_client(P).

told(All) ->
    receive {told, _, M} -> told([M | All]) after 200 -> lists:reverse(All) end.

show(Events) -> [io:format("  ~p~n", [plain(E)]) || E <- Events].

plain({trace_ts, P, K, V, {_, _, _}}) when is_pid(P) -> {trace_ts, K, V};
plain({trace_ts, P, K, V, W, {_, _, _}}) when is_pid(P) -> {trace_ts, K, V, W};
plain({trace, P, K, V}) when is_pid(P) -> {trace, K, V};
plain({trace, P, K, V, W}) when is_pid(P) -> {trace, K, V, W};
plain(X) -> X.

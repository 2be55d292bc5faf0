%% A loop of HTTP/1.1 requests: one process a connection, keep-alive, routing, answers built as iolists. What goes over
%% a connection are messages with binaries, cut at arbitrary places as a socket would cut them.
-module(prog_http).
-export([run/0]).

-define(ITEMS, 500).

run() -> run(20, 500).

run(Connections, Requests) ->
    Items = ets:new(items, [set, public, {read_concurrency, true}]),
    ets:insert(Items, [{I, <<"item number ", (integer_to_binary(I))/binary>>} || I <- lists:seq(1, ?ITEMS)]),
    Listener = spawn_link(fun() -> listen(Items, 0) end),
    Clients = [spawn_monitor(fun() -> client(Listener, C, Requests) end) || C <- lists:seq(1, Connections)],
    [receive {'DOWN', Ref, process, _, Reason} -> normal = Reason end || {_, Ref} <- Clients],
    Listener ! {stop, self()},
    receive {served, N} -> N = Connections * Requests end.

%% --- the server

%% Who connects is told the process of the connection; that one says how many requests it has served.
listen(Items, Served) ->
    receive
        {connect, Peer} ->
            Listener = self(),
            Peer ! {connected, spawn_link(fun() -> Listener ! {closed, connection(Peer, Items, <<>>, 0)} end)},
            listen(Items, Served);
        {closed, N} -> listen(Items, Served + N);
        {stop, From} when Served > 0 -> From ! {served, Served}
    end.

connection(Peer, Items, Buffer, Served) ->
    {{http_request, Method, {abs_path, Target}, Version}, Rest} = packet(http_bin, Buffer, Peer),
    {Headers, Rest1} = headers(Rest, Peer, #{}),
    {Body, Rest2} = body(maps:get('Content-Length', Headers, <<"0">>), Rest1, Peer),
    [Path | Query] = binary:split(Target, <<"?">>),
    {Status, Type, Answer} = route(Method, binary:split(Path, <<"/">>, [global, trim_all]), Query, Body, Items),
    Keep = keep_alive(Version, Headers),
    send(Peer, response(Status, Type, Answer, Keep)),
    case Keep of
        true -> connection(Peer, Items, Rest2, Served + 1);
        false -> Served + 1
    end.

keep_alive({1, 1}, #{'Connection' := <<"close">>}) -> false;
keep_alive({1, 1}, _) -> true;
keep_alive(_, _) -> false.

route('GET', [], _, _, _) ->
    {200, <<"text/html">>, [<<"<html><body><ul>">>, [[<<"<li>">>, integer_to_binary(I), <<"</li>">>] || I <- lists:seq(1, 10)],
                            <<"</ul></body></html>">>]};
route('GET', [<<"items">>, Id], _, _, Items) ->
    case ets:lookup(Items, binary_to_integer(Id)) of
        [{_, Text}] -> {200, <<"text/plain">>, Text};
        [] -> {404, <<"text/plain">>, <<"no such item">>}
    end;
route('GET', [<<"search">>], [Query], _, Items) ->
    Wanted = maps:from_list(uri_string:dissect_query(Query)),
    From = binary_to_integer(maps:get(<<"from">>, Wanted)),
    To = binary_to_integer(maps:get(<<"to">>, Wanted)),
    {200, <<"text/plain">>, [[ets:lookup_element(Items, I, 2), $\n] || I <- lists:seq(From, To)]};
route('POST', [<<"echo">>], _, Body, _) -> {200, <<"application/octet-stream">>, [<<"you said: ">>, Body]};
route(_, _, _, _, _) -> {404, <<"text/plain">>, <<"nothing here">>}.

response(Status, Type, Body, Keep) ->
    [<<"HTTP/1.1 ">>, integer_to_binary(Status), $\s, reason(Status), <<"\r\nServer: loop\r\nContent-Type: ">>, Type,
     <<"\r\nContent-Length: ">>, integer_to_binary(iolist_size(Body)),
     case Keep of true -> <<"\r\n\r\n">>; false -> <<"\r\nConnection: close\r\n\r\n">> end,
     Body].

reason(200) -> <<"OK">>;
reason(404) -> <<"Not Found">>.

%% --- both ends

send(Peer, Data) -> Peer ! {data, self(), iolist_to_binary(Data)}.

more(Buffer, Peer) -> receive {data, Peer, Data} -> <<Buffer/binary, Data/binary>> end.

packet(Type, Buffer, Peer) ->
    case erlang:decode_packet(Type, Buffer, []) of
        {ok, Packet, Rest} -> {Packet, Rest};
        {more, _} -> packet(Type, more(Buffer, Peer), Peer)
    end.

headers(Buffer, Peer, Headers) ->
    case packet(httph_bin, Buffer, Peer) of
        {{http_header, _, Name, _, Value}, Rest} -> headers(Rest, Peer, Headers#{Name => Value});
        {http_eoh, Rest} -> {Headers, Rest}
    end.

body(Length, Buffer, Peer) ->
    N = binary_to_integer(Length),
    case Buffer of
        <<Body:N/binary, Rest/binary>> -> {Body, Rest};
        _ -> body(Length, more(Buffer, Peer), Peer)
    end.

%% --- the clients

client(Listener, Number, Requests) ->
    Listener ! {connect, self()},
    receive {connected, Server} -> requests(Server, Number, Requests) end.

requests(_, _, 0) -> ok;
requests(Server, Number, N) ->
    {Request, Status, Expected} = request(N rem 5, Number + N),
    Text = iolist_to_binary(Request(case N of 1 -> <<"Connection: close\r\n">>; _ -> <<>> end)),
    {First, Second} = split_binary(Text, 1 + Number * N rem (byte_size(Text) - 1)),
    send(Server, First),
    send(Server, Second),
    {{http_response, {1, 1}, Status, _}, Rest} = packet(http_bin, <<>>, Server),
    {#{'Content-Length' := Length}, Rest1} = headers(Rest, Server, #{}),
    {Body, <<>>} = body(Length, Rest1, Server),
    true = Expected(Body),
    requests(Server, Number, N - 1).

request(0, _) ->
    {fetch(<<"/">>), 200, fun(B) -> binary:longest_common_suffix([B, <<"<li>10</li></ul></body></html>">>]) =:= 30 end};
request(1, K) ->
    Id = integer_to_binary(K rem ?ITEMS + 1),
    {fetch([<<"/items/">>, Id]), 200, fun(B) -> B =:= <<"item number ", Id/binary>> end};
request(2, K) ->
    Said = binary:copy(<<K:16>>, 100),
    {fun(More) ->
         [<<"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\nContent-Length: 200\r\n">>, More,
          <<"\r\n">>, Said]
     end, 200, fun(B) -> B =:= <<"you said: ", Said/binary>> end};
request(3, K) ->
    From = K rem (?ITEMS - 10) + 1,
    {fetch([<<"/search?from=">>, integer_to_binary(From), <<"&to=">>, integer_to_binary(From + 9), <<"&order=by%20number">>]), 200,
     fun(B) -> length(binary:split(B, <<"\n">>, [global, trim])) =:= 10 end};
request(4, K) ->
    {fetch([<<"/nothing/">>, integer_to_binary(K)]), 404, fun(B) -> B =:= <<"nothing here">> end}.

fetch(Target) ->
    fun(More) ->
        [<<"GET ">>, Target, <<" HTTP/1.1\r\nHost: localhost\r\nUser-Agent: loop/1.0 (a client)\r\nAccept: text/html, */*;q=0.8\r\n",
           "Accept-Encoding: identity\r\n">>, More, <<"\r\n">>]
    end.

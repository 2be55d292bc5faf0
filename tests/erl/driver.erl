%% Runs modules of the table one after the other in one VM: `-run driver main TIMEOUT MODULE...`.
%% Each module's main/0 runs in a fresh process whose group leader passes what it prints to standard output,
%% between the lines `@@@ begin NAME` and `@@@ end NAME HOW MILLISECONDS`. Whatever processes it leaves are killed.
-module(driver).
-export([main/1]).

main([Timeout | Names]) ->
    logger:remove_handler(default),
    io:setopts(user, [{encoding, unicode}]),
    lists:foreach(fun(Name) -> run(list_to_atom(Name), list_to_integer(Timeout)) end, Names),
    io:put_chars(user, "@@@ all done\n"),
    halt(0).

run(Module, Timeout) ->
    io:put_chars(user, ["@@@ begin ", atom_to_list(Module), $\n]),
    Start = erlang:monotonic_time(millisecond),
    Leader = spawn(fun leader/0),
    {Pid, Ref} = spawn_monitor(fun() -> group_leader(Leader, self()), exit({returned, call(Module)}) end),
    How = receive
              {'DOWN', Ref, process, Pid, {returned, Result}} -> Result;
              {'DOWN', Ref, process, Pid, Reason} -> io_lib:format("died ~0p", [Reason])
          after Timeout ->
              Where = process_info(Pid, [status, current_stacktrace]),
              exit(Pid, kill),
              receive {'DOWN', Ref, process, Pid, _} -> ok end,
              io_lib:format("timeout ~0p", [Where])
          end,
    Milliseconds = erlang:monotonic_time(millisecond) - Start,
    sweep(Leader),
    io:put_chars(user, io_lib:format("~n@@@ end ~s ~ts ~w~n", [Module, How, Milliseconds])).

call(Module) ->
    try Module:main() of
        _ -> "ok"
    catch
        Class:Reason:Stack -> io_lib:format("~w ~0tp ~0tp", [Class, Reason, [{M, F} || {M, F, _, _} <- Stack]])
    end.

%% Ends all processes of the module, then the leader itself; returns when they are gone.
sweep(Leader) ->
    Mine = [P || P <- processes(), process_info(P, group_leader) =:= {group_leader, Leader}],
    Refs = [{P, monitor(process, P)} || P <- [Leader | Mine]],
    [exit(P, kill) || {P, _} <- Refs],
    [receive {'DOWN', R, process, _, _} -> ok end || {_, R} <- Refs],
    ok.

%% A group leader that passes output on and answers every question for input with eof.
leader() ->
    receive
        {io_request, From, As, Request} ->
            From ! {io_reply, As, request(Request)},
            leader();
        _ ->
            leader()
    end.

request({put_chars, Encoding, Chars}) ->
    case catch unicode:characters_to_binary(Chars, Encoding) of
        Bin when is_binary(Bin) -> io:put_chars(user, Bin);
        _ -> {error, put_chars}
    end;
request({put_chars, Encoding, M, F, A}) ->
    try apply(M, F, A) of
        Chars -> request({put_chars, Encoding, Chars})
    catch
        _:_ -> {error, {put_chars, F}}
    end;
request({requests, Requests}) ->
    lists:foldl(fun(R, ok) -> request(R); (_, Error) -> Error end, ok, Requests);
request(getopts) -> [{binary, false}, {encoding, unicode}];
request({setopts, _}) -> ok;
request({get_geometry, _}) -> {error, enotsup};
request({get_until, _, _, _, _, _}) -> eof;
request({get_line, _, _}) -> eof;
request({get_chars, _, _, _}) -> eof;
request(_) -> {error, request}.

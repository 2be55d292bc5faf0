%% A child inherits the sequential token by a request and a reply, which the system's tracer hears of.
-module(trace_births).
-export([main/0]).

main() ->
    Self = self(),
    [begin
         io:format("~s~n", [Name]),
         Tracer = spawn(fun() -> collect([]) end),
         seq_trace:reset_trace(),
         seq_trace:set_system_tracer(Tracer),
         seq_trace:set_token(label, 17),
         [seq_trace:set_token(F, true) || F <- [send, 'receive']],
         Child = fun() -> T = seq_trace:get_token(), Self ! {hello, T}, receive stop -> ok end end,
         R = Spawn(Child),
         T1 = seq_trace:get_token(),
         seq_trace:set_token([]),
         T2 = receive {hello, T} -> T end,
         T3 = seq_trace:get_token(),
         seq_trace:set_token([]),
         timer:sleep(20),
         Tracer ! {get, self()},
         Events = receive {events, E} -> E end,
         seq_trace:set_system_tracer(false),
         Pid = case R of {P, _} -> P; _ when is_pid(R) -> R; _ -> receive {_, R, ok, P} -> P end end,
         Names = #{Self => self, Pid => child},
         io:format("  ~p~n  ~p~n  ~p~n", [plain(X, Names) || X <- [T1, T2, T3]]),
         %% by serial: a reply may be taken after the child has gone on
         [io:format("  ~p~n", [plain(X, Names)]) || X <- lists:keysort(1, [{element(2, element(3, Ev)), Ev} || Ev <- Events])],
         Ids = lists:usort([I || {seq_trace, _, {_, _, _, _, M}} <- Events, I <- id(M)]),
         io:format("  ~p~n", [[length(Ids), lists:member(R, Ids), is_tuple(R) andalso lists:member(element(2, R), Ids)]]),
         unlink(Pid), exit(Pid, kill),
         receive {'DOWN', _, _, Pid, W} -> io:format("  ~p~n", [W]) after 20 -> ok end
     end || {Name, Spawn} <- [{"spawn", fun(F) -> spawn(F) end},
                              {"spawn_link", fun(F) -> spawn_link(F) end},
                              {"spawn_monitor", fun(F) -> spawn_monitor(F) end},
                              {"spawn_opt", fun(F) -> spawn_opt(F, [link, {priority, low}]) end},
                              {"spawn_opt, monitor", fun(F) -> spawn_opt(F, [monitor]) end},
                              {"spawn_request", fun(F) -> spawn_request(F, [{reply_tag, tag}]) end},
                              {"spawn_request, monitor", fun(F) -> spawn_request(F, [monitor, link]) end},
                              {"spawn_request, taken", fun(F) -> R = spawn_request(F),
                                                                 receive {spawn_reply, R, ok, P} -> P end end}]],
    ok.

id(M) when element(1, M) =:= spawn_request -> [element(2, M)];
id({_, I, ok, _}) -> [I];
id(_) -> [].

collect(Events) ->
    receive
        {get, From} -> From ! {events, lists:reverse(Events)}, collect([]);
        E -> collect([E | Events])
    end.

plain(P, Names) when is_pid(P) -> maps:get(P, Names, pid);
plain(R, _) when is_reference(R) -> ref;
plain(F, _) when is_function(F) -> function;
plain(T, Names) when is_tuple(T) -> list_to_tuple([plain(X, Names) || X <- tuple_to_list(T)]);
plain([H | T], Names) -> [plain(H, Names) | plain(T, Names)];
plain(X, _) -> X.

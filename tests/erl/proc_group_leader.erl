%% Group leaders: inherited, changed, used by io.
-module(proc_group_leader).
-export([main/0]).
-include("show.hrl").
leader(S) -> receive {io_request, F, A, {put_chars, unicode, M, Fn, Args}} -> S ! {put, lists:flatten(apply(M, Fn, Args))},
    F ! {io_reply, A, ok}, leader(S);
                     {io_request, F, A, {put_chars, unicode, C}} -> S ! {put, unicode:characters_to_list(C)}, F ! {io_reply, A,
                         ok}, leader(S);
                     {io_request, F, A, R} -> S ! {other, element(1, R)}, F ! {io_reply, A, {error, request}}, leader(S) end.

main() ->
    S = self(),
    G = spawn(fun() -> leader(S) end),
    Old = group_leader(),
    P = spawn(fun() -> group_leader(G, self()), io:format("x~wy", [1]), S ! {gl, group_leader() =:= G},
        spawn(fun() -> io:put_chars("child") end) end),
    ?SHOW([receive X -> X after 1000 -> none end || _ <- [1, 2, 3]]),
    ?SHOW(is_pid(P)),
    ?SHOW(begin Q = spawn(fun() -> receive go -> io:write({a, 1}) end end), group_leader(G, Q), Q ! go,
        receive X -> X after 1000 -> none end end),
    ?SHOW(begin Q = spawn(fun() -> receive go -> S ! {read, io:get_line("p> ")} end end), group_leader(G, Q), Q ! go,
             [receive X -> X after 1000 -> none end || _ <- [1, 2]] end),
    ?SHOW(io:put_chars(G, <<"direct">>)),
    ?SHOW(receive X -> X after 1000 -> none end),
    ?SHOW(group_leader() =:= Old),
    ?SHOW(group_leader(id(x), self())),
    ?SHOW(group_leader(self(), id(x))),
    ?SHOW(begin exit(G, kill), timer:sleep(10), io:put_chars(G, "late") end).

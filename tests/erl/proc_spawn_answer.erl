%% The answer to spawn_request/2 is in the queue before anything that the child sends.
-module(proc_spawn_answer).
-export([main/0]).
-include("show.hrl").

main() ->
    ?SHOW(lists:usort([first(Options) || Options <- [[], [link], [monitor], [{reply_tag, tag}]], _ <- lists:seq(1, 500)])),
    ?SHOW(lists:usort([first([{reply, no}, link]) || _ <- lists:seq(1, 100)])).

first(Options) ->
    Me = self(),
    Request = spawn_request(fun() -> Me ! child, receive stop -> ok end end, Options),
    One = receive M -> M end,
    Child = case One of
        {_, Request, ok, Pid} -> receive child -> Pid end;
        child -> none
    end,
    is_pid(Child) andalso begin unlink(Child), exit(Child, kill), flush(Options, Child) end,
    case One of {Tag, Request, ok, _} -> Tag; child -> child end.

flush(Options, Child) ->
    case lists:member(monitor, Options) of
        true -> receive {'DOWN', _, process, Child, _} -> ok end;
        false -> ok
    end.

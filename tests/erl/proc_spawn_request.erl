%% spawn_request: replies, options, abandon, errors.
-module(proc_spawn_request).
-export([main/0]).
-include("show.hrl").
next() -> receive X -> X after 500 -> nothing end.
hide({spawn_reply, R, ok, P}) when is_reference(R), is_pid(P) -> {spawn_reply, ok};
hide({spawn_reply, R, error, E}) when is_reference(R) -> {spawn_reply, error, E};
hide({Tag, R, W, P}) when is_reference(R), is_pid(P) -> {Tag, W};
hide({T, R, process, P, W}) when is_reference(R), is_pid(P) -> {T, W};
hide(X) -> X.

main() ->
    S = self(),
    ?SHOW(begin R = spawn_request(fun() -> S ! ran end), [is_reference(R) | lists:sort([hide(next()), hide(next())])] end),
    ?SHOW(begin spawn_request(lists, reverse, [[1]]), hide(next()) end),
    ?SHOW(begin spawn_request(fun() -> ok end, [monitor]), [hide(next()), hide(next())] end),
    ?SHOW(begin spawn_request(fun() -> exit(x) end, [{reply, no}, monitor]), hide(next()) end),
    ?SHOW(begin spawn_request(fun() -> ok end, [{reply_tag, {my, tag}}]), hide(next()) end),
    ?SHOW(begin spawn_request(fun() -> ok end, [{reply, error_only}]), next() end),
    ?SHOW(begin spawn_request(fun() -> ok end, [bad_option]), hide(next()) end),
    ?SHOW(begin spawn_request(fun() -> ok end, [{priority, bad}]), hide(next()) end),
    ?SHOW(spawn_request(id(1))),
    ?SHOW(spawn_request(fun() -> ok end, id(x))),
    ?SHOW(spawn_request_abandon(make_ref())),
    ?SHOW(spawn_request_abandon(id(x))),
    ?SHOW(next()).

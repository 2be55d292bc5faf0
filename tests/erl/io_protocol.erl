%% The I/O protocol from the client's side: a scripted device answers, its errors come back.
-module(io_protocol).
-export([main/0]).
-include("show.hrl").
device(S, Lines) ->
    receive
        {io_request, F, A, {get_line, _, Prompt}} -> [L | T] = Lines, S ! {asked, Prompt}, F ! {io_reply, A, L}, device(S, T);
        {io_request, F, A, {get_until, _, Prompt, M, Fn, Args}} ->
            S ! {until, Prompt, M, Fn, length(Args)}, [L | T] = Lines,
            R = case apply(M, Fn, [[], L | Args]) of {done, X, _} -> X; {more, C} -> case apply(M, Fn, [C, eof | Args]) of {done,
                X, _} -> X end end,
            F ! {io_reply, A, R}, device(S, T);
        {io_request, F, A, {get_chars, _, _, N}} -> [L | T] = Lines, F ! {io_reply, A, lists:sublist(L, N)}, device(S, T);
        {io_request, F, A, getopts} -> F ! {io_reply, A, [{encoding, latin1}, {binary, true}]}, device(S, Lines);
        {io_request, F, A, {setopts, O}} -> S ! {setopts, O}, F ! {io_reply, A, ok}, device(S, Lines);
        {io_request, F, A, {requests, Rs}} -> S ! {requests, length(Rs)}, F ! {io_reply, A, ok}, device(S, Lines);
        {io_request, F, A, {get_geometry, W}} -> F ! {io_reply, A, case W of columns -> 132; rows -> {error, enotsup} end},
            device(S, Lines);
        {io_request, F, A, _} -> F ! {io_reply, A, {error, denied}}, device(S, Lines)
    end.
seen() -> receive X -> [X | seen()] after 0 -> [] end.

main() ->
    S = self(),
    D = spawn(fun() -> device(S, ["line one\n", "{a, [1, 2]}. ", "abcdef", "12 abc\n", eof, "foo(X) -> X. ", "bad{. ", {error,
        interrupted}, "x + y. "]) end),
    ?SHOW(io:get_line(D, "> ")),
    ?SHOW(io:read(D, "t> ")),
    ?SHOW(io:get_chars(D, '', 3)),
    ?SHOW(io:fread(D, "f> ", "~d ~a")),
    ?SHOW(io:get_line(D, "")),
    ?SHOW(io:scan_erl_form(D, "s> ")),
    ?SHOW(io:parse_erl_exprs(D, "e> ")),
    ?SHOW(io:get_line(D, x)),
    ?SHOW(io:parse_erl_exprs(D, "e> ")),
    ?SHOW(io:getopts(D)),
    ?SHOW(io:setopts(D, [binary])),
    ?SHOW(io:columns(D)),
    ?SHOW(io:rows(D)),
    ?SHOW(io:put_chars(D, "x")),
    ?SHOW(io:format(D, "x~w", [1])),
    ?SHOW(io:request(D, {requests, [a, b]})),
    ?SHOW(io:nl(D)),
    ?SHOW(seen()),
    ?SHOW(io:get_line(no_such_device, "p")),
    ?SHOW(io:put_chars(no_such_device, "p")),
    ?SHOW(io:columns()),
    ?SHOW(io:get_line("eof here> ")).

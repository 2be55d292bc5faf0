#!/usr/bin/env escript
%% Compiles the bank into a directory of its own, starts it as an OTP application and runs the demonstration.
main(_) ->
    Here = filename:dirname(escript:script_name()),
    Out = filename:join([Here, "_build", "ebin"]),
    ok = filelib:ensure_path(Out),
    [compile(File, Out) || File <- lists:sort(filelib:wildcard(filename:join([Here, "src", "*.erl"])))],
    {ok, _} = file:copy(filename:join([Here, "src", "bank.app.src"]), filename:join(Out, "bank.app")),
    true = code:add_patha(Out),
    ok = bank_demo:main().

compile(File, Out) ->
    case compile:file(File, [report, {outdir, Out}, debug_info]) of
        {ok, _} -> ok;
        error -> halt(1)
    end.

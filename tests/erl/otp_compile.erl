%% compile: warnings, errors, options, stages, parse transforms, the S and core outputs.
%% stress: 50
-module(otp_compile).
-export([main/0]).
-export([parse_transform/2]).
-include("show.hrl").
parse_transform(Forms, _) -> [case F of {function, L, old, 0, C} -> {function, L, new, 0, C}; _ -> F end || F <- Forms].
file(Text, Opts) ->
    F = "/tmp/tt_comp_" ++ os:getpid() ++ "/tt_comp.erl",
    ok = filelib:ensure_dir(F), ok = file:write_file(F, Text),
    R = compile:file(F, [return, binary | Opts]),
    file:del_dir_r(filename:dirname(F)),
    case R of
        {ok, M, B, W} when is_binary(B) -> code:load_binary(M, "x", B), {ok, M, [X || {_, X} <- W]};
        {ok, M, B, W} -> {ok, M, erlang:phash2(B) > 0, [X || {_, X} <- W]};
        {ok, M, W} -> {ok, M, W};
        {error, E, W} -> {error, [X || {_, X} <- E], [X || {_, X} <- W]}
    end.

main() ->
    ?SHOW(file("-module(tt_comp).\n-export([f/1]).\nf(X) -> Y = 1, X.\n", [])),
    ?SHOW(tt_comp:f(7)),
    ?SHOW(file("-module(tt_comp).\nf(X) -> X.\n", [])),
    ?SHOW(file("-module(tt_comp).\n-export([g/0]).\nf() -> Z.\n", [])),
    ?SHOW(file("-module(tt_comp).\nf( -> x.\ng() -> ok.\n", [])),
    ?SHOW(file("-module(wrong_name).\n", [])),
    ?SHOW(file("-module(tt_comp).\n-export([f/0]).\n-ifdef(D).\nf() -> ?D.\n-else.\nf() -> none.\n-endif.\n", [{d, 'D', 42}])),
    ?SHOW(tt_comp:f()),
    ?SHOW(file("-module(tt_comp).\n-compile(export_all).\nf() -> 1.\n", [nowarn_export_all])),
    ?SHOW(file("-module(tt_comp).\n-export([f/1]).\nf(X) -> case X of 1 -> a; 1 -> b; _ -> c; _ -> d end.\n", [])),
    ?SHOW(file("-module(tt_comp).\n-export([new/0]).\n-compile({parse_transform, otp_compile}).\nold() -> transformed.\n", [])),
    ?SHOW(tt_comp:new()),
    ?SHOW(file("-module(tt_comp).\n-export([f/0]).\nf() -> lists:foo(1), erlang:now().\n", [warnings_as_errors])),
    ?SHOW(file("-module(tt_comp).\n-export([f/2]).\nf(A, B) -> <<A:B/bad>>.\n", [])),
    ?SHOW(file("-module(tt_comp).\n-export([f/0]).\nf() -> g(1).\n", [])),
    ?SHOW(file("-module(tt_comp).\n-export([f/0]).\n-include(\"nothing.hrl\").\nf() -> ok.\n", [])),
    ?SHOW(file("-module(tt_comp).\n-export([f/1, g/1]).\nf(X) -> g(X) + 1.\ng(X) -> X * 2.\n", [inline, to_core])),
    ?SHOW(file("-module(tt_comp).\n-export([f/1]).\nf(X) -> X ! 1, receive {Y, Z} when Y > Z -> [Y | Z] end.\n", ['S',
        deterministic])),
    ?SHOW(file("-module(tt_comp).\n-export([f/1]).\nf(#{a := X} = M) -> try M#{b => X} catch _:_ -> fun() -> X end end.\n", [no_copt,
        no_ssa_opt, no_type_opt])),
    ?SHOW((tt_comp:f(#{a => 1}))),
    ?SHOW(compile:noenv_forms([{attribute, 1, module, x}], [return])),
    ?SHOW(element(1, compile:env_compiler_options_ok())),
    ?SHOW(code:delete(tt_comp)).

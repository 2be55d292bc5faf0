"""The commands of `enigma` (and `python -m enigma`).

No command starts the Erlang shell; `enigma erl` takes erl's own flags. The command line owns the whole
process: its working directory, environment, signals and terminal are the guest's.
"""
from __future__ import annotations

import os
import pathlib
import signal
import sys

from enigma.runtime.flags import FlagError, Settings, parse
from enigma.runtime.otp import OTPNotFound, find_otp

TYPE_CHECKING = False       # typing's, which takes a while to import
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

COMMANDS = ("erl", "run", "eval", "erlc", "dis", "profile", "info")

# Evaluates the expressions in the first plain argument and prints the last one's value.
_EVAL = """
Text = case string:trim(hd(init:get_plain_arguments()), trailing) of
    "" -> ".";
    T -> case lists:last(T) of $. -> T; _ -> T ++ "." end
end,
Fail = fun(F, A) -> io:format(standard_error, F, A), erlang:halt(1) end,
case erl_scan:string(Text, 1, [text]) of
    {ok, Tokens, _} ->
        case erl_parse:parse_exprs(Tokens) of
            {ok, Exprs} ->
                try erl_eval:exprs(Exprs, erl_eval:new_bindings(),
                                   {value, fun(N, As) -> erlang:apply(shell_default, N, As) end}) of
                    {value, Value, _} -> io:format("~p~n", [Value]), erlang:halt(0)
                catch
                    Class:Reason:Stack ->
                        Fail("~ts~n", [erl_error:format_exception(1, Class, Reason, Stack,
                            fun(M, _, _) -> M =:= erl_eval end, fun(V, I) -> io_lib:format("~*tp", [I, V]) end, utf8)])
                end;
            {error, {_, Mod, Info}} -> Fail("~ts~n", [Mod:format_error(Info)])
        end;
    {error, {_, Mod, Info}, _} -> Fail("~ts~n", [Mod:format_error(Info)])
end
"""

# Runs the module in the first plain argument's file: main/1 with the other arguments, else main/0.
_RUN = """
[File | Args] = init:get_plain_arguments(),
Fail = fun(F, A) -> io:format(standard_error, F, A), erlang:halt(1) end,
Load = case filename:extension(File) of
    ".beam" ->
        case file:read_file(File) of
            {ok, Bin0} ->
                case beam_lib:info(Bin0) of
                    {error, _, Why} -> Fail("~ts: ~tp~n", [File, Why]);
                    Info -> {proplists:get_value(module, Info), Bin0}
                end;
            {error, Why} -> Fail("~ts: ~ts~n", [File, file:format_error(Why)])
        end;
    _ ->
        case compile:file(File, [binary, report]) of
            {ok, Mod0, Bin0} -> {Mod0, Bin0};
            error -> erlang:halt(1)
        end
end,
{Mod, Bin} = Load,
code:add_patha(filename:dirname(File)),
case code:load_binary(Mod, File, Bin) of
    {module, Mod} ->
        try
            case {erlang:function_exported(Mod, main, 1), erlang:function_exported(Mod, main, 0)} of
                {true, _} -> Mod:main(Args);
                {_, true} -> Mod:main();
                _ -> Fail("~ts: neither main/1 nor main/0 is exported~n", [File])
            end,
            init:stop()
        catch
            Class:Reason:Stack ->
                Fail("~ts~n", [erl_error:format_exception(1, Class, Reason, Stack,
                    fun(M, _, _) -> M =:= erl_eval end, fun(V, I) -> io_lib:format("~*tp", [I, V]) end, utf8)])
        end;
    {error, What} -> Fail("~ts: ~tp~n", [File, What])
end
"""


def _say(text: str) -> None:
    print(f"enigma: {text}", file=sys.stderr)


def _open_standard_streams() -> None:
    """A closed standard stream becomes /dev/null, so that nothing else gets its number."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    # Python has made None of a stream that was closed when it started.
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115


def run_erl(flags: Sequence[str], quiet_notes: bool = False) -> int:
    """Runs a VM as `erl FLAGS` would; the exit code."""
    from enigma.runtime.launch import run

    try:
        settings = parse(list(flags))
        otp = find_otp()
    except (FlagError, OTPNotFound) as error:
        _say(str(error))
        return 1
    if settings.version_only:
        print(f"Erlang (enigma) emulator version {otp.erts_version}", file=sys.stderr)
        return 0
    if not quiet_notes:
        for note in settings.notes:
            _say(note)
    return run(otp, settings)


def _existing(name: str) -> pathlib.Path:
    path = pathlib.Path(name)
    if not path.exists():
        raise FileNotFoundError(f"no such file: {name}")
    return path


def _run_command(arguments: argparse.Namespace) -> int:
    path = _existing(arguments.file)
    if path.suffix in (".erl", ".beam"):
        return run_erl(["-noshell", "-eval", _RUN, "-extra", str(path), *arguments.args])
    return run_erl(["-boot", "no_dot_erlang", "-noshell", "-run", "escript", "start", "-extra", str(path),
                    *arguments.args])


def _eval_command(arguments: argparse.Namespace) -> int:
    return run_erl(["-noshell", "-eval", _EVAL, "-extra", arguments.expressions])


def _erlc_command(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help"):
        print("usage: enigma erlc [OPTIONS] FILE...\n\nOTP's compiler, with erlc's options (-o DIR, -I DIR, "
              "-D NAME[=VALUE], -W, +TERM ...).")
        return 0 if words else 1
    paths: list[str] = []
    rest: list[str] = []
    while words:
        word = words.pop(0)
        if word in ("-pa", "-pz") and words:         # the emulator's, as erlc passes them on
            paths += [word, words.pop(0)]
        elif word not in ("-smp", "-no-server", "-server"):
            rest.append(word)
    return run_erl(["-noinput", "-mode", "minimal", "-boot", "no_dot_erlang", *paths,
                    "-s", "erl_compile", "compile_cmdline", "-extra", *rest])


def _dis_command(arguments: argparse.Namespace) -> int:
    from enigma.runtime.launch import disassemble

    sys.stdout.write(disassemble(find_otp(), _existing(arguments.file), arguments.function))
    return 0


def _profile_command(arguments: argparse.Namespace) -> int:
    from enigma.cli.profile import profile

    if (arguments.file is None) == (arguments.eval is None):
        raise FlagError("profile: give either a FILE or --eval EXPRS")
    if arguments.file is not None and _existing(arguments.file).suffix not in (".erl", ".beam"):
        raise FlagError(f"profile: neither .erl nor .beam: {arguments.file}")
    if arguments.top < 1:
        raise FlagError("profile: --top must be positive")
    return profile(arguments.file, arguments.args, arguments.eval, instructions=arguments.instructions,
                   top=arguments.top, json_file=arguments.json)


def _info_command(_: argparse.Namespace) -> int:
    from enigma.runtime.launch import information

    for name, value in information():
        print(f"{name:<22}{value}")
    return 0


def _parser() -> argparse.ArgumentParser:
    import argparse

    parser = argparse.ArgumentParser(
        prog="enigma",
        description="An Erlang virtual machine in a Python process. Without a command: the Erlang shell.",
        epilog="enigma erl FLAGS takes the flags of erl; enigma COMMAND --help tells about a command.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("erl", help="run a VM with erl's own flags", add_help=False)
    run = commands.add_parser("run", help="run a .erl, .beam or escript file")
    run.add_argument("file", metavar="FILE")
    run.add_argument("args", metavar="ARGS", nargs=argparse.REMAINDER)
    run.set_defaults(action=_run_command)
    evaluate = commands.add_parser("eval", help="evaluate expressions and print the value")
    evaluate.add_argument("expressions", metavar="EXPRS")
    evaluate.set_defaults(action=_eval_command)
    commands.add_parser("erlc", help="compile files with OTP's compiler", add_help=False)
    dis = commands.add_parser("dis", help="show a .beam file's generic and specialised instructions")
    dis.add_argument("file", metavar="FILE")
    dis.add_argument("function", metavar="NAME/ARITY", nargs="?", help="only this function")
    dis.set_defaults(action=_dis_command)
    profile = commands.add_parser(
        "profile", help="count what a program does: instructions, allocation, collections",
        description="Runs main/1 (with ARGS) or main/0 of FILE, or expressions, on one scheduler, and reports on "
                    "standard error what they did; the boot of OTP does not count.")
    profile.add_argument("--instructions", action="store_true", help="instructions, pairs and triples by frequency")
    profile.add_argument("--top", type=int, default=25, metavar="N", help="lines of each table (25)")
    profile.add_argument("--json", metavar="PATH", help="write all the figures there")
    profile.add_argument("--eval", metavar="EXPRS", help="expressions instead of a file")
    profile.add_argument("file", metavar="FILE", nargs="?")
    profile.add_argument("args", metavar="ARGS", nargs=argparse.REMAINDER)
    profile.set_defaults(action=_profile_command)
    info = commands.add_parser("info", help="show versions and where OTP was found")
    info.set_defaults(action=_info_command)
    return parser


_ERL_HELP = """usage: enigma erl [FLAGS]

A drop-in for erl: -noshell, -noinput, -s, -run, -eval, -pa, -pz, -config, -boot, -env, -args_file, -extra,
+S, +P, +t and the other flags of OTP's erl(1). A flag that would change something this VM does not have says so.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    _open_standard_streams()
    try:
        if not words:
            return run_erl([])
        if words[0] == "erl":
            if words[1:] in (["--help"], ["-h"]):
                print(_ERL_HELP, end="")
                return 0
            return run_erl(words[1:])
        if words[0] == "erlc":
            return _erlc_command(words[1:])
        arguments = _parser().parse_args(words)
        return int(arguments.action(arguments))
    except (FlagError, FileNotFoundError, OTPNotFound) as error:
        _say(str(error))
        return 1


__all__ = ["Settings", "main", "run_erl"]

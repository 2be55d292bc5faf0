"""The command line: exit codes, help, errors of one line, programs of every kind, flags of erl."""
from __future__ import annotations

import json
import pathlib
import re
import subprocess
import sys

import pytest
from support import ENIGMA, ERL, ERL_PROGRAM, ROOT, masked, run_once

PROGRAM = [sys.executable, "-m", "enigma"]
COMMANDS = ("erl", "run", "eval", "erlc", "dis", "profile", "info")
needs_erl = pytest.mark.skipif(ERL_PROGRAM is None, reason="no erl to compare with")


def enigma(*words: str, stdin: str | None = None, cwd: pathlib.Path | None = None,
           env: dict[str, str] | None = None) -> tuple[int, str, str]:
    return run_once(PROGRAM, words, stdin=stdin, cwd=cwd, env=env)


def one_line(errors: str) -> str:
    """The only line on standard error."""
    lines = [line for line in errors.splitlines() if line.strip()]
    assert len(lines) == 1, errors
    return lines[0]


# --- exit codes --------------------------------------------------------------------------------------
@pytest.mark.parametrize(("expression", "code"), [
    ("halt()", 0), ("halt(0)", 0), ("halt(3)", 3), ("halt(255)", 255), ("halt(256)", 0), ("init:stop()", 0),
    ("init:stop(7)", 7), ("erlang:halt(5, [{flush, false}])", 5),
])
def test_exit_code(expression: str, code: int) -> None:
    assert enigma("erl", "-noshell", "-eval", expression + ".") == (code, "", "")


@needs_erl
@pytest.mark.parametrize("expression", [
    'io:format("last words~n"), halt(2)', 'halt("a slogan")', "error(in_eval)", "no_module:f()", "1 +",
    "erlang:display({a, [1]}), init:stop(1)", 'io:format(standard_error, "to stderr~n", []), halt(0)',
    "spawn(fun() -> halt(9) end), timer:sleep(5000)", "self() ! x, receive x -> halt(4) end",
    "init:stop(\"text\")",
])
def test_end_as_erl(expression: str, tmp_path: pathlib.Path) -> None:
    """Exit code and output as erl's; a crash dump is written where ERL_CRASH_DUMP says."""
    results = []
    for command in (ERL, ENIGMA):
        code, out, errors = run_once(command, ["-noshell", "-eval", expression + "."], cwd=tmp_path,
                                     env={"ERL_CRASH_DUMP": str(tmp_path / "dump"), "ERL_CRASH_DUMP_SECONDS": "5"})
        text = masked(out + errors)
        results.append((code, re.sub(r"Crash dump is being written to: .*done", "", text).split()))
    assert results[1] == results[0]


def test_output_is_not_lost() -> None:
    code, out, _ = enigma("erl", "-noshell", "-eval", "[io:format(\"~w~n\", [N]) || N <- lists:seq(1, 20000)], halt().")
    assert code == 0
    assert out == "".join(f"{n}\n" for n in range(1, 20001))


# --- help and errors ---------------------------------------------------------------------------------
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help(command: str) -> None:
    code, out, errors = enigma(*filter(None, [command]), "--help")
    assert code == 0 and errors == ""
    assert "usage" in out.lower() and len(out) > 60
    if command:
        assert command in out
    else:
        assert all(word in out for word in COMMANDS)


@pytest.mark.parametrize("words", [
    ("run", "no_such_file.erl"), ("run", "no_such.escript"), ("dis", "no_such.beam"), ("erl", "+unknown"), ("erl", "+S", "x"),
    ("erl", "+S", "5000"), ("erl", "-args_file", "no_such_args"), ("erl", "+P", "7"), ("erl", "-env", "ONLY_NAME"),
])
def test_error_is_one_line(words: tuple[str, ...]) -> None:
    code, out, errors = enigma(*words)
    assert code != 0 and out == ""
    line = one_line(errors)
    assert line.startswith("enigma: ") and "Traceback" not in line
    assert any(word.lstrip("+-") in line for word in words[1:]), line


def test_unknown_command() -> None:
    code, out, errors = enigma("frobnicate")
    assert code != 0 and out == "" and "frobnicate" in errors and "Traceback" not in errors


def test_no_otp(tmp_path: pathlib.Path) -> None:
    code, _, errors = enigma("eval", "1", env={"ENIGMA_OTP_ROOT": str(tmp_path)})
    assert code != 0
    assert str(tmp_path) in one_line(errors)


def test_no_otp_anywhere(tmp_path: pathlib.Path) -> None:
    """One line that says how to get one, whatever is installed on the machine that runs the test."""
    program = ("import enigma.runtime.otp as otp; otp.USUAL_PLACES = (); "
               "from enigma.cli.main import main; raise SystemExit(main())")
    code, out, errors = run_once([sys.executable, "-c", program], ("eval", "1"),
                                 env={"PATH": str(tmp_path), "ENIGMA_OTP_ROOT": ""})
    assert code == 1 and out == ""
    line = one_line(errors)
    assert line.startswith("enigma: no Erlang/OTP found") and "apt-get install erlang-base" in line


def test_info() -> None:
    code, out, _ = enigma("info")
    assert code == 0 and "25" in out and "/erlang" in out


# --- eval --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("text", "value"), [
    ("1+1", "2"), ("1+1.", "2"), ("X = 5, X * X.", "25"), ("lists:seq(1, 3)", "[1,2,3]"), ("\"text\"", "\"text\""),
    ("[X || X <- [1,2,3], X > 1]", "[2,3]"), ("1 bsl 70", "1180591620717411303424"),
    ("F = fun F(0) -> 1; F(N) -> N * F(N-1) end, F(20)", "2432902008176640000"), ("#{b => 1, a => 2}", "#{a => 2,b => 1}"),
])
def test_eval(text: str, value: str) -> None:
    assert enigma("eval", text) == (0, value + "\n", "")


@pytest.mark.parametrize(("text", "words"), [
    ("1/0", "arithmetic"), ("1 +", "syntax error"), ("X", "unbound"), ("throw(ball)", "ball"), ("foo:bar()", "undefined"),
    ("\"open", "unterminated"),
])
def test_eval_error(text: str, words: str) -> None:
    code, out, errors = enigma("eval", text)
    assert code == 1 and out == "" and words in errors and "Traceback" not in errors


# --- run and erlc ------------------------------------------------------------------------------------
HELLO = '-module(hello).\n-export([main/1]).\nmain(As) -> io:format("hello ~p~n", [As]).\n'


def test_run_source(tmp_path: pathlib.Path) -> None:
    (tmp_path / "hello.erl").write_text(HELLO)
    assert enigma("run", str(tmp_path / "hello.erl"), "a", "-b", "--c") == (0, 'hello ["a","-b","--c"]\n', "")
    assert not list(tmp_path.glob("*.beam"))


def test_compile_then_run(tmp_path: pathlib.Path) -> None:
    (tmp_path / "hello.erl").write_text(HELLO)
    assert enigma("erlc", "-o", str(tmp_path), str(tmp_path / "hello.erl")) == (0, "", "")
    code, out, _ = enigma("run", str(tmp_path / "hello.beam"), "x")
    assert (code, out) == (0, 'hello ["x"]\n')
    code, out, _ = enigma("dis", str(tmp_path / "hello.beam"))
    assert code == 0 and "main/1" in out and len(out.splitlines()) > 10


LISTS = """
-module(lists_of).
-export([select/1, arity/1, bits/1, map/1]).
select(1) -> a; select(5) -> b; select(1000) -> c; select(_) -> d.
arity({_}) -> 1; arity({_, _}) -> 2; arity({_, _, _}) -> 3.
bits(<<A:8, B:16/little, 7:8, _/binary>>) -> {A, B}.
map(#{key := V, other := W}) -> {V, W}.
"""


def test_lists_of_instructions(tmp_path: pathlib.Path) -> None:
    (tmp_path / "lists_of.erl").write_text(LISTS)
    assert enigma("erlc", "-o", str(tmp_path), str(tmp_path / "lists_of.erl")) == (0, "", "")
    code, out, _ = enigma("dis", str(tmp_path / "lists_of.beam"))
    assert code == 0
    out = re.sub(r"@\d+", "@", out.partition("%% specialised")[2])
    for wanted in ("[ 1: @ 5: @ 1000: @ ]", "[ 1: @ 2: @ 3: @ ]", "[ 8 x2 16/little x3 ]", "[ other x2 0 key x1 0 ]"):
        assert wanted in out


def test_run_main_without_arguments(tmp_path: pathlib.Path) -> None:
    (tmp_path / "plain.erl").write_text("-module(plain).\n-export([main/0]).\nmain() -> io:format(\"plain~n\"), halt(6).\n")
    assert enigma("run", str(tmp_path / "plain.erl")) == (6, "plain\n", "")


def test_run_failures(tmp_path: pathlib.Path) -> None:
    (tmp_path / "bad.erl").write_text("-module(bad).\nmain( -> x.\n")
    code, out, errors = enigma("run", str(tmp_path / "bad.erl"))
    assert code == 1 and "syntax error" in out + errors
    (tmp_path / "crash.erl").write_text("-module(crash).\n-export([main/0]).\nmain() -> error(oops).\n")
    code, out, errors = enigma("run", str(tmp_path / "crash.erl"))
    assert code == 1 and "oops" in errors
    (tmp_path / "none.erl").write_text("-module(none).\n-export([f/0]).\nf() -> ok.\n")
    code, _, errors = enigma("run", str(tmp_path / "none.erl"))
    assert code == 1 and "main" in errors
    (tmp_path / "junk.beam").write_bytes(b"FOR1junk")
    code, _, errors = enigma("run", str(tmp_path / "junk.beam"))
    assert code == 1 and "junk.beam" in errors


@needs_erl
@pytest.mark.parametrize("text", [
    "#!/usr/bin/env escript\nmain(As) -> io:format(\"~p ~s~n\", [As, filename:basename(escript:script_name())]).\n",
    "#!/usr/bin/env escript\n%% -*- erlang -*-\n%%! +S 1\nmain(_) -> halt(3).\n",
    "#!/usr/bin/env escript\nmain([A | _]) -> io:format(\"~w~n\", [fac(list_to_integer(A))]).\nfac(0) -> 1; fac(N) -> N * fac(N - 1).\n",
    "#!/usr/bin/env escript\nmain(_) -> error(failed).\n",
    "#!/usr/bin/env escript\nmain(_) -> x +.\n",
    "#!/usr/bin/env escript\n-mode(compile).\nmain(_) -> io:format(\"~p~n\", [lists:sum(lists:seq(1, 1000))]).\n",
])
def test_escript_as_escript(text: str, tmp_path: pathlib.Path) -> None:
    script = tmp_path / "script"
    script.write_text(text)
    script.chmod(0o755)
    expected = run_once(["escript"], [str(script), "12", "b c"])
    found = enigma("run", str(script), "12", "b c")
    assert (found[0], masked(found[1] + found[2])) == (expected[0], masked(expected[1] + expected[2]))


@needs_erl
def test_erlc_warnings_as_erlc(tmp_path: pathlib.Path) -> None:
    (tmp_path / "w.erl").write_text("-module(w).\n-export([f/1]).\n-include(\"w.hrl\").\nf(X) -> Y = ?V, g(X).\n")
    (tmp_path / "inc").mkdir()
    (tmp_path / "inc" / "w.hrl").write_text("-define(V, 1).\n")
    words = ["-I", "inc", "-DX=1", "-W", "w.erl"]
    expected = run_once(["erlc"], words, cwd=tmp_path)
    assert run_once([*PROGRAM, "erlc"], words, cwd=tmp_path) == expected
    assert expected[0] == 1


@needs_erl
@pytest.mark.parametrize("words", [["no_such.erl"], ["-unknown_option", "x.erl"], ["x.unknown"]])
def test_erlc_errors_as_erlc(words: list[str], tmp_path: pathlib.Path) -> None:
    assert run_once([*PROGRAM, "erlc"], words, cwd=tmp_path) == run_once(["erlc"], words, cwd=tmp_path)


@needs_erl
def test_erlc_makes_the_same_file(tmp_path: pathlib.Path) -> None:
    """Only the compile-info chunk may differ (it names no tool), so the whole file is the same."""
    (tmp_path / "same.erl").write_text("-module(same).\n-export([f/1]).\nf(X) -> {X, 1.5, <<\"b\">>, #{X => [X]}}.\n")
    files = []
    for command in (["erlc"], [*PROGRAM, "erlc"]):
        subprocess.run([*command, "+deterministic", "same.erl"], cwd=tmp_path, check=True, timeout=60,
                       env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": "/tmp"})
        files.append((tmp_path / "same.beam").read_bytes())
    assert files[0] == files[1]


# --- flags of erl ------------------------------------------------------------------------------------
def test_flags_reach_init(tmp_path: pathlib.Path) -> None:
    show = "io:format(\"~0p~n~0p~n\", [init:get_argument(my), init:get_plain_arguments()]), halt()."
    code, out, _ = enigma("erl", "-noshell", "-my", "a", "b", "-my", "c", "-eval", show, "-extra", "x", "-y", "z w")
    assert code == 0
    assert out == '{ok,[["a","b"],["c"]]}\n["x","-y","z w"]\n'


def test_pa_s_run(tmp_path: pathlib.Path) -> None:
    (tmp_path / "flag.erl").write_text(
        "-module(flag).\n-export([start/0, start/1, go/1]).\nstart() -> io:format(\"start/0~n\").\n"
        "start(As) -> io:format(\"start/1 ~0p~n\", [As]).\ngo(As) -> io:format(\"go ~0p~n\", [As]), halt().\n")
    assert enigma("erlc", "flag.erl", cwd=tmp_path)[0] == 0
    code, out, _ = enigma("erl", "-noshell", "-pa", str(tmp_path), "-s", "flag", "-s", "flag", "start", "a", "1",
                          "-run", "flag", "go", "b", "2")
    assert (code, out) == (0, 'start/0\nstart/1 [a,\'1\']\ngo ["b","2"]\n')


def test_args_file_env_config(tmp_path: pathlib.Path) -> None:
    (tmp_path / "sys.config").write_text("[{kernel, [{my_key, {a, 1}}]}].\n")
    (tmp_path / "args").write_text(f"# a comment\n-noshell +S 1\n-env ENIGMA_TEST_VALUE \"two words\"\n-config {tmp_path}/sys\n")
    show = ("io:format(\"~0p ~0p ~0p~n\", [os:getenv(\"ENIGMA_TEST_VALUE\"), application:get_env(kernel, my_key), "
            "erlang:system_info(schedulers)]), halt().")
    assert enigma("erl", "-args_file", str(tmp_path / "args"), "-eval", show) == (0, '"two words" {ok,{a,1}} 1\n', "")


def test_erl_flags_variable() -> None:
    show = "io:format(\"~0p ~0p~n\", [init:get_argument(from_env), erlang:system_info(schedulers)]), halt()."
    code, out, _ = enigma("erl", "-noshell", "-eval", show, env={"ERL_FLAGS": "-from_env 1", "ERL_AFLAGS": "+S 3"})
    assert (code, out) == (0, '{ok,[["1"]]} 3\n')


@pytest.mark.parametrize(("flag", "value", "item", "expected"), [
    ("+P", "20000", "process_limit", "32768"), ("+S", "2", "schedulers", "2"),
    ("+Q", "2000", "port_limit", "2048"), ("+hms", "1000", "min_heap_size", "{min_heap_size,1598}"),
    ("+hmbs", "100000", "min_bin_vheap_size", "{min_bin_vheap_size,121536}"),
    ("+hmaxk", "false", "max_heap_size", "#{error_logger => true,kill => false,size => 0}"),
    ("+hmaxel", "false", "max_heap_size", "#{error_logger => false,kill => true,size => 0}"),
    ("+hmqd", "off_heap", "message_queue_data", "off_heap"),
])
def test_limits(flag: str, value: str, item: str, expected: str) -> None:
    code, out, _ = enigma("erl", flag, value, "-noshell", "-eval", f"io:format(\"~0p\", [erlang:system_info({item})]), halt().")
    assert (code, out) == (0, expected)


@needs_erl
@pytest.mark.parametrize("flags", [["+hmqd", "off_heap"], ["+hmaxk", "false", "+hmax", "3000000"]])
def test_flags_of_heaps(flags: list[str]) -> None:
    show = ("P = spawn(fun() -> receive x -> ok end end), io:format(\"~0p~n\", [[process_info(P, message_queue_data), "
            "proplists:get_value(max_heap_size, element(2, process_info(P, garbage_collection))), "
            "process_flag(max_heap_size, 2000000), process_flag(max_heap_size, 1000000)]]), halt().")
    expected = run_once(ERL, [*flags, "-noshell", "-eval", show])
    assert expected[0] == 0
    assert run_once(ENIGMA, [*flags, "-noshell", "-eval", show]) == expected


@needs_erl
@pytest.mark.parametrize("text", [
    "1+1.\n", "X = 5.\nX * 2.\n", "1/0.\n\"after\".\n", "foo(.\nok.\n", "lists:map(fun(X) -> X * 2 end, [1,2]).\n",
    "f().\nb().\nhelp_me.\n", "spawn(fun() -> exit(x) end), ok.\n", "io:get_line(\"p> \").\na line\n", "halt(3).\n", "q().\n", "",
    "rr(file).\n#file_info{size = 1}.\n", "throw(a).\nexit(b).\nerror(c).\n", "A = 1, A = 2.\n", "1 +\n2.\n",
])
def test_piped_shell_as_erl(text: str, tmp_path: pathlib.Path) -> None:
    expected = run_once(ERL, [], stdin=text, cwd=tmp_path)
    found = run_once(PROGRAM, [], stdin=text, cwd=tmp_path)
    assert found[0] == expected[0]
    assert masked(found[1]).splitlines() == masked(expected[1]).splitlines()


def test_closed_standard_streams() -> None:
    for redirection in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
        script = f"{sys.executable} -m enigma erl -noshell -eval 'timer:sleep(20), halt(5).' {redirection}"
        code, _, errors = run_once(["/bin/sh", "-c"], [script])
        assert code == 5, (redirection, errors)


def test_reader_that_goes_away() -> None:
    script = f"{sys.executable} -m enigma erl -noshell -eval '[io:format(\"line~n\") || _ <- lists:seq(1, 100000)], halt().' | head -1"
    code, out, errors = run_once(["/bin/sh", "-c"], [script])
    assert (code, out) == (0, "line\n") and "Traceback" not in errors


def test_terminated_by_a_signal() -> None:
    """SIGTERM stops the VM in order, as with erl."""
    script = (f"{sys.executable} -m enigma erl -noshell -eval 'io:format(\"up~n\"), timer:sleep(60000).' & "
              "sleep 2; kill -TERM $!; wait $!; echo code $?")
    code, out, _ = run_once(["/bin/bash", "-c"], [script], timeout=30)
    assert code == 0 and out.splitlines()[0] == "up" and out.splitlines()[-1] == "code 0"


# --- the example -------------------------------------------------------------------------------------
def test_bank_balances() -> None:
    code, out, errors = enigma("run", "examples/bank/bank.escript", cwd=ROOT)
    assert code == 0, errors
    lines = dict(m.groups() for m in re.finditer(r"^  (.*?)  +(-?\d+)$", out, re.MULTILINE))
    assert lines["money at the opening"] == lines["money at the close"] == "1000000"
    assert lines["difference"] == "0" and lines["customers served"] == "200"
    assert "The books balance." in out


# --- profile -----------------------------------------------------------------------------------------
def profiled(directory: pathlib.Path, n: int) -> dict[str, object]:
    figures = directory / f"{n}.json"
    source = directory / "counted.erl"
    source.write_text("-module(counted).\n-export([main/1]).\n"
                      "main([N]) -> loop(list_to_integer(N), []).\n"
                      "loop(0, L) -> L;\nloop(N, _) -> loop(N - 1, [N]).\n")
    code, out, errors = enigma("profile", "--instructions", "--json", str(figures), str(source), str(n))
    assert (code, out) == (0, "")
    assert "pairs" in errors
    found: dict[str, object] = json.loads(figures.read_text())
    return found


def test_profile_counts_each_instruction(tmp_path: pathlib.Path) -> None:
    """A loop's rounds all count the same, and so do the words that they allocate."""
    few, more, most = (profiled(tmp_path, n) for n in (20000, 30000, 40000))
    first = int(str(more["total"])) - int(str(few["total"]))
    assert first >= 10000 and abs(int(str(most["total"])) - int(str(more["total"])) - first) <= 20
    assert abs(int(str(most["allocated"])) - int(str(few["allocated"])) - 2 * 20000) < 3000
    for figures in (few, most):
        singles, pairs = figures["instructions"], figures["pairs"]
        assert isinstance(singles, dict) and isinstance(pairs, dict)
        assert sum(singles.values()) == figures["total"] == sum(pairs.values()) + 1


def test_profile_refuses(tmp_path: pathlib.Path) -> None:
    for words in (["profile"], ["profile", "--top", "0", "--eval", "1"], ["profile", "none.erl"]):
        code, out, errors = enigma(*words, cwd=tmp_path)
        assert code == 1 and out == "" and one_line(errors).startswith("enigma: ")

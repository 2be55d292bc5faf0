"""Enigma with a later OTP than the system's: 27, from Debian 13's packages, fetched when first asked for.

The real emulator of that release comes along and is what the outcome is compared with; where it does not run, only
that Enigma's runs end well is looked at. `tests/otp27` has modules of what 26 and 27 brought; the compiler is 27's
everywhere. Skipped, with the reason, where the packages cannot be had. Read tools/fetch_otp.py next.
"""
from __future__ import annotations

import functools
import pathlib
import re
import sys
from collections.abc import Iterator

import pytest
from support import (
    ENIGMA,
    PYTHON,
    ROOT,
    SOURCES,
    Outcome,
    Terminal,
    difference,
    masked,
    module_names,
    needs,
    run_once,
    run_table,
    runs_alone,
)

sys.path.insert(0, str(ROOT / "tools"))
from fetch_otp import Release, Unavailable, fetch, runs

LATER = sorted(path.stem for path in (ROOT / "tests" / "otp27").glob("*.erl"))
# Modules of the table that take longest; what they look at does not depend on the release.
SLOW = {"proc_many", "proc_timers", "proc_long_work", "ets_gc", "ets_concurrent", "lang_deep", "num_huge", "otp_timer",
        "otp_compile", "bits_large", "proc_world", "otp_sockets", "otp_inet"}
ORDER = "shows small maps with atoms as keys in their order, which since OTP 26 is that of the emulator's atom table"
# What prints something else than the real 27, and why that is so.
DIFFERENT = {
    "bif_corners": "the hashes of keys, and so the chains that ets:info(T, stats) tells of",
    "bif_iolist": "iolist_to_iovec/1 cuts elsewhere since 27: it copies no part of a large binary",
    "bif_maps": ORDER,
    "bif_prim": "erts_internal:term_type/1 tells kinds of binaries that this VM does not have",
    "bif_time": "the time warp mode since OTP 26 is multi_time_warp; here the offset of time never changes",
    "bif_traces": "erlang:trace_pattern/3 of 27 looks at its options before the specification",
    "ets_continuations": "how far one step through a hash table goes, and so what a continuation holds",
    "ets_memory": "the words that tables take",
    "fun_counts": "the funs that a module's code makes share one reference to their place in the code in 27",
    "lang_maps_flat": ORDER,
    "lang_maps_keys": ORDER,
    "lang_maps_large": "shows a large map in the order of its hashes, which since OTP 26 are others",
    "num_float_text": "the negation of a float changes the float itself in 27.3's native code",
    "otp_rand": ORDER,
    "otp_zip": "an exception's arguments hold the time of the run",
    "system_flags": "the time warp mode since OTP 26, as for bif_time",
    "term_containers": ORDER,
    "term_size": "how large maps hang together, and so their words",
    "trace_call": "trace_info/2 of 27 tells call_memory, which this VM does not count",
    "trace_proc": "set_on_link reaches processes that link/1 is called with since OTP 26",
}


@functools.cache
def obtained() -> Release | str:
    """The release, or why there is none."""
    try:
        return fetch("trixie")
    except (Unavailable, OSError) as problem:
        return str(problem)


@pytest.fixture(scope="session")
def release() -> Release:
    found = obtained()
    if isinstance(found, str):
        pytest.skip(f"OTP 27 could not be fetched: {found}")
    return found


@pytest.fixture(scope="session")
def real(release: Release) -> list[str]:
    """The command of the real emulator, empty if it does not run here."""
    return [str(release.erl)] if runs(release) else []


def environment_of(release: Release) -> dict[str, str]:
    return {"ENIGMA_OTP_ROOT": str(release.root)}


COMPILE = (
    "[Out, Include | Fs] = init:get_plain_arguments(),"
    "Rs = [compile:file(F, [report_errors, {i, Include}, {outdir, Out}]) || F <- Fs],"
    "halt(length([error || error <- Rs]))."
)


@pytest.fixture(scope="session")
def results(release: Release, real: list[str], tmp_path_factory: pytest.TempPathFactory,
            request: pytest.FixtureRequest) -> dict[str, tuple[Outcome | None, Outcome]]:
    """Of each selected module the outcome on the real emulator, if it runs, and on Enigma."""
    wanted = {item.callspec.params["name"] for item in request.session.items
              if hasattr(item, "callspec") and "module" in item.callspec.id and item.path == pathlib.Path(__file__)}
    ebin = tmp_path_factory.mktemp("ebin27")
    sources = [ROOT / "tests" / "otp27" / f"{n}.erl" if n in LATER else SOURCES / f"{n}.erl" for n in sorted(wanted)]
    arguments = ["-noshell", "-eval", COMPILE, "-extra", str(ebin), str(SOURCES), str(SOURCES / "driver.erl")]
    code, out, errors = run_once(real or ENIGMA, [*arguments, *map(str, sources)], env=environment_of(release), timeout=200)
    assert code == 0, out + errors
    found = run_table([*ENIGMA, "+S", "2"], ebin, sorted(wanted), environment_of(release))
    expected = run_table([*real, "+S", "2"], ebin, sorted(wanted)) if real else {}
    return {name: (expected.get(name), found[name]) for name in sorted(wanted)}


def end_of_map(text: str, at: int) -> int:
    """The place behind the `}` that closes the map whose entries begin at `at`; -1 if there is none."""
    depth = 1
    while at < len(text):
        c = text[at]
        if c in "\"'":
            at += 1
            while at < len(text) and text[at] != c:
                at += 2 if text[at] == "\\" else 1
        elif c in "{[(":
            depth += 1
        elif c in "}])":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return -1


def entries_of(text: str) -> list[str]:
    """The text cut at its outermost commas."""
    parts, start, at = [], 0, 0
    while at < len(text):
        c = text[at]
        if c in "\"'":
            at += 1
            while at < len(text) and text[at] != c:
                at += 2 if text[at] == "\\" else 1
        elif c in "{[(":
            close = end_of_map(text, at + 1)
            at = len(text) if close < 0 else close - 1
        elif c == ",":
            parts.append(text[start:at])
            start = at + 1
        at += 1
    return [*parts, text[start:]]


def sorted_maps(text: str) -> str:
    """The text with the entries of printed maps in one order and without the places of line breaks."""
    out, at = [], 0
    while (start := text.find("#{", at)) >= 0:
        close = end_of_map(text, start + 2)
        if close < 0:
            out.append(text[at:start + 2])
            at = start + 2
            continue
        entries = [sorted_maps(entry.strip()) for entry in entries_of(text[start + 2:close - 1])]
        out.append(text[at:start] + "#{" + ",".join(sorted(entries)) + "}")
        at = close
    return "".join(out) + text[at:]


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", sorted_maps(masked(text)))


def chosen() -> list[str]:
    names = [n for n in module_names() if not runs_alone(n) and not needs(n) and n not in SLOW]
    return [*LATER, *names]


@pytest.mark.parametrize("name", chosen(), ids=lambda name: f"module-{name}")
def test_same_as_real(results: dict[str, tuple[Outcome | None, Outcome]], name: str) -> None:
    expected, found = results[name]
    if expected is None or expected.how.startswith(("crash", "hang", "timeout")):
        assert found.how == "ok", found.how
        return
    assert found.how == expected.how, f"{found.how}\n{difference(expected.text, found.text)}"
    if name in DIFFERENT:
        return
    if plain(expected.text) != plain(found.text):
        left, right = sorted_maps(masked(expected.text)), sorted_maps(masked(found.text))
        raise AssertionError(difference(left, right))


def test_boot(release: Release) -> None:
    script = "io:format(\"~s ~p ~p~n\", [erlang:system_info(otp_release), self() > 0, json:decode(<<\"[1]\">>)]), halt(3)."
    found = run_once(ENIGMA, ["-noshell", "-eval", script], env=environment_of(release))
    assert found == (3, "27 true [1]\n", "")


def test_erlc(release: Release, tmp_path: pathlib.Path) -> None:
    (tmp_path / "hello.erl").write_text(
        "-module(hello).\n-export([main/0]).\n"
        "main() -> io:format(\"~ts ~p~n\", [~\"hello\", [X + 1 || <<X>> <= <<1, 2>>]]).\n", encoding="utf-8")
    found = run_once([*PYTHON, "-m", "enigma", "erlc"], ["-o", str(tmp_path), str(tmp_path / "hello.erl")],
                     env=environment_of(release))
    assert found[:2] == (0, ""), found
    found = run_once(ENIGMA, ["-noshell", "-pa", str(tmp_path), "-s", "hello", "main", "-s", "init", "stop"],
                     env=environment_of(release))
    assert found == (0, "hello [2,3]\n", "")
    (tmp_path / "bad.erl").write_text("-module(bad).\nf() -> X.\n", encoding="utf-8")
    code, out, _ = run_once([*PYTHON, "-m", "enigma", "erlc"], [str(tmp_path / "bad.erl")], env=environment_of(release))
    assert code == 1 and "variable 'X' is unbound" in out


def test_lines_of_coverage(release: Release, tmp_path: pathlib.Path) -> None:
    """Code compiled for the coverage of lines has operations that do nothing here."""
    (tmp_path / "covered.erl").write_text(
        "-module(covered).\n-export([main/0]).\nmain() ->\n    X = f(2),\n    io:format(\"~p~n\", [X]).\n"
        "f(0) ->\n    done;\nf(N) ->\n    f(N - 1).\n", encoding="utf-8")
    found = run_once([*PYTHON, "-m", "enigma", "erlc"], ["+line_coverage", "-o", str(tmp_path), str(tmp_path / "covered.erl")],
                     env=environment_of(release))
    assert found[:2] == (0, ""), found
    found = run_once(ENIGMA, ["-noshell", "-pa", str(tmp_path), "-s", "covered", "main", "-s", "init", "stop"],
                     env=environment_of(release))
    assert found == (0, "done\n", "")


def test_shell_through_a_pipe(release: Release, real: list[str], tmp_path: pathlib.Path) -> None:
    text = "X = 6 * 7.\nf().\n#{a => X}.\n[Y || Y <- [1,2]].\n1/0.\nio:format(\"~p~n\", [{1}]).\nq().\n"
    found = run_once(ENIGMA, [], stdin=text, env=environment_of(release), cwd=tmp_path)
    assert found[0] == 0 and "42" in found[1] and "variable 'X' is unbound" in found[1], found
    if real:
        expected = run_once(real, [], stdin=text, cwd=tmp_path)
        assert without_banner(found[1]) == without_banner(expected[1])


def without_banner(text: str) -> str:
    return text.partition("1> ")[2]


@pytest.fixture
def shell(release: Release, tmp_path: pathlib.Path) -> Iterator[Terminal]:
    """Enigma's shell of 27, which puts the terminal into order by itself (prim_tty)."""
    command = ["env", f"ENIGMA_OTP_ROOT={release.root}", *ENIGMA]
    terminal = Terminal(command, tmp_path)
    try:
        yield terminal
    finally:
        terminal.close()


def test_shell_on_a_terminal(shell: Terminal) -> None:
    shell.expect("1> ", 40)
    shell.send("lists:seq(1, 3).\r")
    shell.expect("[1,2,3]")
    shell.expect("2> ")
    shell.send("\x1b[A")                            # the line before
    shell.expect("lists:seq(1, 3).")
    shell.send("\x01\x0b")                          # to its beginning, cut
    shell.send("{io:columns(), io:rows()}.\r")
    shell.expect("{{ok,80},{ok,24}}")
    shell.expect("3> ")
    shell.send("lists:rever\t")
    shell.expect("lists:reverse(")
    shell.send("\x15io:get_line(\"name? \").\r")
    shell.expect("name? ")
    shell.send("mé\r")
    shell.expect("4> ")
    shell.send("receive after infinity -> ok end.\r")
    shell.send("\x07")
    shell.expect("--> ")
    shell.send("i\r")
    shell.expect("--> ")
    shell.send("c\r")
    shell.expect("** exception exit: killed")
    shell.expect("> ")
    shell.send("q().\r")
    assert shell.end(20) == 0

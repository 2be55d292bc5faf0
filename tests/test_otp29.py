"""Enigma with the newest OTP in Debian, 29 or later: fetched when first asked for, skipped where it cannot be had.

That it boots, compiles, and runs what the newest compiler makes, and that code with operations for native records
says why it is not loaded. Read test_otp27.py for the thorough comparison.
"""
from __future__ import annotations

import pathlib
import sys
from collections.abc import Sequence

import pytest
from support import ENIGMA, PYTHON, ROOT, run_once

sys.path.insert(0, str(ROOT / "tools"))
from fetch_otp import Release, Unavailable, fetch


@pytest.fixture(scope="session")
def release() -> Release:
    try:
        found = fetch("sid")
    except (Unavailable, OSError) as problem:
        pytest.skip(f"the newest OTP could not be fetched: {problem}")
    number = int((found.root / "releases" / "start_erl.data").read_text(encoding="utf-8").split()[1])
    if number != 29:
        pytest.skip(f"the newest OTP in Debian is {number}")
    return found


def run(release: Release, arguments: list[str], **more: object) -> tuple[int, str, str]:
    return run_once(ENIGMA, arguments, env={"ENIGMA_OTP_ROOT": str(release.root)}, **more)  # type: ignore[arg-type]


def test_boot(release: Release) -> None:
    script = ("io:format(\"~s ~p~n\", [erlang:system_info(otp_release), [is_integer(N, 1, 5) || N <- [0, 1, 5, 6, 2.0]]]),"
              "{P, I} = erlang:processes_next(erlang:processes_iterator()), true = is_pid(P),"
              "{Q, _} = erlang:processes_next(I), true = Q =/= P, undefined = erlang:system_monitor(), halt(3).")
    assert run(release, ["-noshell", "-eval", script]) == (3, "29 [false,true,true,false,false]\n", "")


def compiled(release: Release, folder: pathlib.Path, name: str, body: str, options: Sequence[str] = ()) -> tuple[int, str, str]:
    (folder / f"{name}.erl").write_text(f"-module({name}).\n-compile([export_all, nowarn_export_all]).\n{body}", encoding="utf-8")
    return run_once([*PYTHON, "-m", "enigma", "erlc"], [*options, "-o", str(folder), str(folder / f"{name}.erl")],
                    env={"ENIGMA_OTP_ROOT": str(release.root)})


def test_compiler(release: Release, tmp_path: pathlib.Path) -> None:
    """Its code has long atom tables and plain literals; zipped and strict generators."""
    body = ("main() -> io:format(\"~p ~p ~p~n\", [[{X, Y} || X <- [1, 2] && Y <- [a, b]], [X || {ok, X} <:- [{ok, 1}]],"
            " catch [X || {ok, X} <:- [{ok, 1}, no]]]).\n")
    assert compiled(release, tmp_path, "later", body)[:2] == (0, "")
    code, out, errors = run(release, ["-noshell", "-pa", str(tmp_path), "-s", "later", "main", "-s", "init", "stop"])
    assert (code, errors) == (0, "") and out.startswith("[{1,a},{2,b}] [1] {'EXIT',") and "{{badmatch,no}," in out, out


def test_lines_of_debugging(release: Release, tmp_path: pathlib.Path) -> None:
    """Code compiled for a debugger has operations that do nothing here."""
    body = "main() ->\n    X = f(2),\n    io:format(\"~p~n\", [X]).\nf(0) ->\n    done;\nf(N) ->\n    f(N - 1).\n"
    assert compiled(release, tmp_path, "debugged", body, ["+beam_debug_info"])[:2] == (0, "")
    assert run(release, ["-noshell", "-pa", str(tmp_path), "-s", "debugged", "main", "-s", "init", "stop"]) == (0, "done\n", "")


def test_native_records_are_refused(release: Release, tmp_path: pathlib.Path) -> None:
    body = "-record #point{x = 1, y}.\nmain() -> #point{y = 3}.\n"
    assert compiled(release, tmp_path, "native", body)[0] == 0
    script = "io:format(\"~p~n\", [code:ensure_loaded(native)]), init:stop()."     # the log is written out first
    code, out, errors = run(release, ["-noshell", "-pa", str(tmp_path), "-eval", script])
    assert code == 0 and "{error,badfile}" in out, out
    assert "put_record" in out + errors, out + errors


def test_shell_through_a_pipe(release: Release, tmp_path: pathlib.Path) -> None:
    code, out, _ = run(release, [], stdin="X = 6 * 7.\n1/0.\n#{a => X}.\nq().\n", cwd=tmp_path)
    assert code == 0 and "42" in out and "an error occurred when evaluating an arithmetic expression" in out and "#{a => 42}" in out

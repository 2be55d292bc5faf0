"""Elixir on Enigma: its scripts find `erl` on PATH, so a folder with an `erl` that is Enigma's goes in front.

`tests/elixir` is a small project: a server under a supervisor, protocols, macros, streams, regular expressions,
tasks, a registry, captured logs, two failing tests whose reports are compared. Skipped where there is no Elixir.
"""
from __future__ import annotations

import os
import pathlib
import re
import shlex
import shutil

import pytest
from support import ENIGMA, ERL_PROGRAM, ROOT, SLOWNESS, difference, masked, run_once

ELIXIR = shutil.which("elixir")
pytestmark = pytest.mark.skipif(ELIXIR is None or ERL_PROGRAM is None, reason="no elixir")

SCRIPT = """
defmodule Point do
  defstruct [:x, y: 1]
  defimpl String.Chars do
    def to_string(p), do: "(#{p.x}, #{p.y})"
  end
end

IO.puts("point #{struct(Point, x: 5)}")
IO.inspect({System.otp_release(), System.version(), [1, 2] ++ ~c"3", %{"b" => 2.5, a: 1}, nil, 1..3, ~r/a.b/i, <<1::3>>})
IO.inspect((for x <- 1..4, rem(x, 2) == 0, do: x * x))
IO.inspect((with {:ok, a} <- Map.fetch(%{k: 1}, :k), :error <- Map.fetch(%{}, a), do: {:both, a}))
{:ok, device} = StringIO.open("some\\nlines\\n")
IO.inspect(IO.stream(device, :line) |> Enum.map(&String.trim/1))
IO.inspect(Code.eval_string("a = 1; binding() ++ [b: a]"))
IO.inspect(Task.async(fn -> :crypto end) |> Task.await())
IO.inspect(try do raise(ArgumentError, "no") rescue e in ArgumentError -> e.message end)
IO.inspect(DateTime.from_unix!(1_700_000_000) |> Calendar.strftime("%Y-%m-%d %H:%M:%S %A"))
IO.inspect("žluťoučký" |> String.split("", trim: true) |> Enum.sort() |> Enum.reverse(), limit: 4)
IO.inspect(Process.info(self(), [:priority, :trap_exit]))
Enum.fetch!([1], 5)
"""


def both(program: str, arguments: list[str], tmp_path: pathlib.Path, prepare: pathlib.Path | None = None,
         stdin: str = "", extra: dict[str, str] | None = None) -> list[tuple[int, str]]:
    """Exit code and output, standard error in it, of one of Elixir's programs on erl and on Enigma."""
    tools = tmp_path / "bin"
    tools.mkdir(exist_ok=True)
    (tools / "erl").write_text(f'#!/bin/sh\nexec {shlex.join(ENIGMA)} "$@"\n', encoding="utf-8")
    (tools / "erl").chmod(0o755)
    results = []
    for path in (os.environ["PATH"], f"{tools}:{os.environ['PATH']}"):
        work = tmp_path / "work"
        shutil.rmtree(work, ignore_errors=True)
        if prepare is not None:
            shutil.copytree(prepare, work)
        else:
            work.mkdir()
        env = {"PATH": path, "MIX_HOME": str(tmp_path / "mix"), "MIX_ENV": "test", **(extra or {})}
        command = ["sh", "-c", f"{shlex.join([program, *arguments])} 2>&1"]
        code, out, _ = run_once(command, [], stdin=stdin, env=env, cwd=work, timeout=240 * SLOWNESS)
        results.append((code, shown(out)))
    return results


def shown(text: str) -> str:
    """The output without pids, times and checksums of modules."""
    text = re.sub(r"^\d\d:\d\d:\d\d\.\d+ ", "", masked(text), flags=re.MULTILINE)
    text = re.sub(r"#Function<(\d+)\.\d+", r"#Function<\1", text)
    return re.sub(r"Finished in .* seconds.*", "Finished", text)


def test_script(tmp_path: pathlib.Path) -> None:
    expected, found = both("elixir", ["-e", SCRIPT], tmp_path)
    assert expected[0] == 1 and "point (5, 1)" in expected[1], expected
    assert found == expected, difference(expected[1], found[1])


def test_project(tmp_path: pathlib.Path) -> None:
    """Compiled, started and tested by mix; its reports of failures are the same."""
    expected, found = both("mix", ["test"], tmp_path, ROOT / "tests" / "elixir", extra={"SHOP_FAILS": "1"})
    assert "2 doctests, 10 tests, 2 failures, 1 skipped" in expected[1], expected[1]
    assert found == expected, difference(expected[1], found[1])


def test_shell_through_a_pipe(tmp_path: pathlib.Path) -> None:
    text = "x = 6 * 7\ndefmodule A do\n  def f(x), do: x + 1\nend\nA.f(x)\nh = &A.f/1\nh.(\"a\")\nIO.puts(\"done\")\n"
    expected, found = both("iex", [], tmp_path, stdin=text)
    assert "43" in found[1] and "done" in found[1], found[1]
    assert [line for line in found[1].splitlines() if "Erlang/OTP" not in line] == \
        [line for line in expected[1].splitlines() if "Erlang/OTP" not in line]

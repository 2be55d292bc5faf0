"""Runs Erlang programs under both machines and reads what they print.

`ERL` and `ENIGMA` are the two commands; they take the same flags. Started under a sanitizer's runtime (LD_PRELOAD, by
tools/sanitize.sh), only Enigma's children get it too; ENIGMA_TEST_SLOWNESS multiplies the time limits. `run_table` runs many modules of tests/erl in
one VM through tests/erl/driver.erl and survives the VM's death in one of them. Read conftest.py next.
"""
from __future__ import annotations

import dataclasses
import difflib
import fcntl
import os
import pathlib
import pty
import queue
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Iterable, Mapping, Sequence

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ROOT / "tests" / "erl"
ERL_PROGRAM = shutil.which("erl")
ERL = [ERL_PROGRAM or "erl"]
PRELOAD = os.environ.pop("LD_PRELOAD", "")
PYTHON = ["env", f"LD_PRELOAD={PRELOAD}", sys.executable] if PRELOAD else [sys.executable]
ENIGMA = [*PYTHON, "-m", "enigma", "erl"]
SLOWNESS = float(os.environ.get("ENIGMA_TEST_SLOWNESS", "1"))
MODULE_TIMEOUT = 60.0 * SLOWNESS  # seconds for one module in the driver
SILENCE = 90.0 * SLOWNESS  # seconds without a line after which a VM counts as hung


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of every child: one locale, the checkout on the path, no user's flags."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("ERL_", "ENIGMA_STRESS"))}
    env.update(LC_ALL="C.UTF-8", TERM="dumb", PYTHONPATH=str(ROOT), HOME=tempfile.gettempdir())
    env.update(extra or {})
    return env


def module_names() -> list[str]:
    """The modules of the table."""
    return sorted(p.stem for p in SOURCES.glob("*.erl") if "_" in p.stem)


def header(name: str) -> str:
    """The comment that opens a module."""
    with open(SOURCES / f"{name}.erl", encoding="utf-8") as file:
        return file.read(600).partition("-module(")[0]


def runs_alone(name: str) -> bool:
    """True if the module needs a VM of its own: its header says `%% run: alone`."""
    return "%% run: alone" in header(name)


def needs(name: str) -> str:
    """What the module needs that this VM does not have yet (`%% needs: sockets`), else an empty text."""
    return header(name).partition("%% needs: ")[2].partition("\n")[0]


def stress_of(name: str) -> int:
    """One in how many chances to collect is taken when the module runs under stress: 1, unless its header says
    `%% stress: N` because it would take too long, or `%% stress: 0` because it counts collections or time itself."""
    return int(header(name).partition("%% stress: ")[2].split(maxsplit=1)[0] if "%% stress: " in header(name) else 1)


def compile_all(directory: pathlib.Path, names: Iterable[str] | None = None) -> None:
    """Compile modules of tests/erl with the real compiler, in one run; raises with its words if one fails."""
    wanted = list(names) if names is not None else [p.stem for p in sorted(SOURCES.glob("*.erl"))]
    script = (
        "[Out | Fs] = init:get_plain_arguments(),"
        "Rs = [compile:file(F, [report_errors, {outdir, Out}]) || F <- Fs],"
        "halt(case lists:member(error, Rs) of true -> 1; false -> 0 end)."
    )
    files = [str(SOURCES / f"{name}.erl") for name in wanted]
    result = subprocess.run([*ERL, "-noshell", "-eval", script, "-extra", str(directory), *files],
                            capture_output=True, text=True, timeout=300, env=environment(), check=False)
    if result.returncode:
        raise RuntimeError(f"tests/erl does not compile:\n{result.stdout}{result.stderr}")


@dataclasses.dataclass
class Outcome:
    """What one module did: its output, how it ended ("ok", "died ...", "crash ...", "hang"), in how many ms."""

    text: str
    how: str
    milliseconds: int = 0


class Child:
    """A VM under test in a process group of its own, its output read line by line."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], cwd: pathlib.Path) -> None:
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        self.process = subprocess.Popen(list(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=self.errors, env=dict(env), cwd=cwd, start_new_session=True)
        self.lines: queue.Queue[bytes | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def kill(self) -> None:
        """End the whole group."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def last_words(self) -> str:
        """The end of standard error."""
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")[-1500:]


_END = re.compile(r"@@@ end (\w+) (.*) (\d+)\n")


def run_table(command: Sequence[str], ebin: pathlib.Path, names: Sequence[str],
              extra_env: Mapping[str, str] | None = None, silence: float = SILENCE) -> dict[str, Outcome]:
    """Run each module's main/0 through the driver; a VM that dies or hangs is started again behind the culprit."""
    results: dict[str, Outcome] = {}
    left = list(names)
    while left:
        timeout = str(int(MODULE_TIMEOUT * 1000))
        child = Child([*command, "-noshell", "-pa", str(ebin), "-run", "driver", "main", timeout, *left],
                      environment(extra_env), ebin)
        current, lines = "", []
        how = ""
        deadline = time.monotonic() + silence
        while True:
            try:
                raw = child.lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                how = "hang"
                break
            if raw is None:
                break
            deadline = time.monotonic() + silence
            line = raw.decode("utf-8", errors="backslashreplace")
            if line.startswith("@@@ begin "):
                current, lines = line[10:].strip(), []
            elif end := _END.fullmatch(line):
                results[end[1]] = Outcome("".join(lines).removesuffix("\n"), end[2], int(end[3]))
                current = ""
            elif line == "@@@ all done\n":
                break
            else:
                lines.append(line)
        if how == "hang" or current:
            child.kill()
        else:
            try:
                child.process.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
        if current or how == "hang":
            culprit = current or left[0]
            how = how or f"crash (exit code {child.process.returncode})"
            results[culprit] = Outcome("".join(lines), f"{how}\n{child.last_words()}")
        left = [name for name in left if name not in results]
        if left and not current and how != "hang":  # the VM ended between modules, or never started one
            results[left[0]] = Outcome("", f"not run (exit code {child.process.returncode})\n{child.last_words()}")
            left = left[1:]
    return results


def run_once(command: Sequence[str], arguments: Sequence[str], *, stdin: str | None = None,
             env: Mapping[str, str] | None = None, cwd: pathlib.Path | None = None, timeout: float = 60.0 * SLOWNESS,
             ) -> tuple[int, str, str]:
    """Run a command to its end: exit code, standard output, standard error."""
    process = subprocess.Popen([*command, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=environment(env), cwd=cwd, start_new_session=True)
    try:
        out, errors = process.communicate((stdin or "").encode(), timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, errors = process.communicate()
        errors += b"\n(killed: no end within the time limit)"
    return process.returncode, out.decode(errors="backslashreplace"), errors.decode(errors="backslashreplace")


_CHANGING = [
    (re.compile(r"<\d+\.\d+\.\d+>"), "<PID>"),
    (re.compile(r"#Ref<[\d.]+>"), "#Ref<>"),
    (re.compile(r"#Port<[\d.]+>"), "#Port<>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)?"), "TIME"),
    (re.compile(r"\d+-[A-Z][a-z]{2}-\d{4}::\d\d:\d\d:\d\d(\.\d+)?"), "TIME"),
    (re.compile(r"\b(heap_size|stack_size|reductions): \d+"), r"\1: N"),
    (re.compile(r"Crash dump is being written to: .*?(done)?\n?$", re.MULTILINE), ""),
]


def masked(text: str) -> str:
    """The text without the pids, references, ports and times in it."""
    text = text.replace("\r\n", "\n")
    for pattern, word in _CHANGING:
        text = pattern.sub(word, text)
    return text.rstrip()


def difference(expected: str, found: str, limit: int = 40) -> str:
    """A unified diff, erl's side first, at most `limit` lines; long lines are cut around the first difference."""
    left, right = expected.splitlines(), found.splitlines()
    for i, (a, b) in enumerate(zip(left, right, strict=False)):
        if a != b and max(len(a), len(b)) > 300:
            at = next((k for k, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
            start = max(0, at - 120)
            left[i] = f"{a[:60]} ...@{start} {a[start:at + 120]}"
            right[i] = f"{b[:60]} ...@{start} {b[start:at + 120]}"
    lines = list(difflib.unified_diff(left, right, "erl", "enigma", lineterm="", n=1))
    if len(lines) > limit:
        lines = [*lines[:limit], f"... {len(lines) - limit} more lines"]
    return "\n".join(lines)


ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]")


class Terminal:
    """A program on a pseudo-terminal of 80 columns: `expect` reads until a text appears, `send` types."""

    def __init__(self, command: list[str], cwd: pathlib.Path = ROOT) -> None:
        env = environment({"TERM": "xterm", "COLUMNS": "80", "LINES": "24"})
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execvpe(command[0], command, env)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.seen = b""
        self.status: int | None = None

    def expect(self, text: str, timeout: float = 15.0) -> str:
        """What came up to and with `text`, escape sequences removed."""
        wanted = text.encode()
        deadline = time.monotonic() + timeout
        while True:
            plain = ESCAPES.sub(b"", self.seen)
            at = plain.find(wanted)
            if at >= 0:
                self.seen = plain[at + len(wanted):]
                return plain[:at + len(wanted)].decode(errors="replace")
            if not self._read(deadline - time.monotonic()):
                raise AssertionError(f"no {text!r} within {timeout} s; seen: {plain[-600:]!r}")

    def _read(self, wait: float) -> bool:
        ready, _, _ = select.select([self.fd], [], [], max(0.0, wait))
        if not ready:
            return False
        try:
            data = os.read(self.fd, 4096)
        except OSError:
            return False
        self.seen += data
        return bool(data)

    def send(self, text: str) -> None:
        os.write(self.fd, text.encode())

    def end(self, timeout: float = 15.0) -> int:
        """Wait for the program; its exit code."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            self._read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
                return self.status
        raise AssertionError(f"no end within {timeout} s; seen: {self.seen[-600:]!r}")

    def close(self) -> None:
        if self.status is None:
            try:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
            except (ProcessLookupError, ChildProcessError):
                pass
        os.close(self.fd)

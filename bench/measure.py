"""Times kernels on several VMs in turn, and what is said of the times.

The VMs are named: `enigma` is under test, `erl` is the installed OTP, `emu` is OTP's interpreter build where there is
one. A row is a dict of one kernel: its name, `<vm>_ms` (median), `<vm>_us` (all rounds), `<vm>_cpu_us` and, for each
VM that Enigma is compared with, the ratios (above 1: Enigma is slower) of the medians, of the fastest rounds and of
the least CPU times: `ratio`, `ratio_best`, `ratio_cpu` for erl, and with `emu_` in front of them for the interpreter.
"""
from __future__ import annotations

import contextlib
import glob
import pathlib
import statistics
import subprocess
import time
from typing import Any

HERE = pathlib.Path(__file__).parent.resolve()
ROOT = HERE.parent
BEAMS = ROOT / "build" / "bench"
REFERENCES = {"erl": "", "emu": "emu_"}    # the VMs to compare with; what stands in front of their ratios' names
SECONDS, LEAST = 60, 3                     # behind so many seconds a kernel gets no round more than so many
WARM = 20                                  # a first round of all VMs that takes so many seconds counts, too

Row = dict[str, Any]
Commands = dict[str, list[str]]     # name of a VM to its command


class Runner:
    """One VM that does rounds of one module's kernels on demand (harness:serve/0)."""

    def __init__(self, vm: list[str], module: str) -> None:
        self.process = subprocess.Popen(
            [*vm, "-noshell", "-pa", str(BEAMS), "-s", "harness", "serve", "-extra", module],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, cwd=ROOT,
        )

    def ask(self, line: str) -> str:
        """The answer to a line; nothing if the VM has ended."""
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except OSError:
            return ""
        return self.process.stdout.readline().strip()

    def cpu(self) -> float:
        """CPU time of all its threads so far, in microseconds; 0 where there is no /proc."""
        total = 0.0
        for path in glob.glob(f"/proc/{self.process.pid}/task/*/schedstat"):
            with contextlib.suppress(OSError, ValueError):
                total += int(pathlib.Path(path).read_text().split()[0]) / 1000
        return total

    def round(self, name: str) -> tuple[float, float] | str:
        """Wall and CPU microseconds of one round, or why it failed."""
        before = self.cpu()
        answer = self.ask(name)
        if not answer.isdigit():
            return answer or "the VM ended"
        return float(answer), max(self.cpu() - before, 1.0)

    def end(self) -> None:
        """Ends the VM: it halts at the end of its input."""
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


def interleaved(runners: dict[str, Runner], name: str, rounds: int) -> dict[str, list[tuple[float, float]]] | str:
    """Rounds of all VMs in turn, the first of each not counted unless it is long; or why one failed."""
    times: dict[str, list[tuple[float, float]]] = {vm: [] for vm in runners}
    begin, warming = time.perf_counter(), True
    while min(map(len, times.values())) < rounds:
        if min(map(len, times.values())) >= LEAST and time.perf_counter() - begin > SECONDS:
            break
        for vm, runner in runners.items():
            got = runner.round(name)
            if isinstance(got, str):
                return f"{vm}: {got}"
            times[vm].append(got)
        if warming and time.perf_counter() - begin < WARM:
            times = {vm: [] for vm in runners}
        warming = False
    return times


def run_kernel(runners: dict[str, Runner], name: str, rounds: int) -> Row:
    """The row of a kernel."""
    times = interleaved(runners, name, rounds)
    if isinstance(times, str):
        return {"name": name, "failed": times}
    wall = {vm: [t[0] for t in pairs] for vm, pairs in times.items()}
    return row(name, wall, {vm: [t[1] for t in pairs] for vm, pairs in times.items()})


def spread(values: list[float]) -> float:
    """Interquartile range over the median."""
    if len(values) < 4:
        return (max(values) - min(values)) / statistics.median(values)
    quarters = statistics.quantiles(values, n=4)
    return (quarters[2] - quarters[0]) / statistics.median(values)


def row(name: str, wall: dict[str, list[float]], cpu: dict[str, list[float]]) -> Row:
    """The figures of one kernel from the microseconds of its rounds."""
    r: Row = {"name": name, "rounds": len(wall["enigma"]), "spread": max(spread(times) for times in wall.values())}
    for vm, times in wall.items():
        r[f"{vm}_ms"] = statistics.median(times) / 1000
        r[f"{vm}_us"] = times
    for vm, times in cpu.items():
        r[f"{vm}_cpu_us"] = times
    for vm, front in REFERENCES.items():
        if vm in wall:
            r[f"{front}ratio"] = statistics.median(wall["enigma"]) / max(statistics.median(wall[vm]), 1)
            r[f"{front}ratio_best"] = min(wall["enigma"]) / max(min(wall[vm]), 1)
            if cpu:
                r[f"{front}ratio_cpu"] = min(cpu["enigma"]) / min(cpu[vm])
    return r


def start_halt(vms: Commands, rounds: int) -> Row:
    """From the start of the command to the end of halt()."""
    times: dict[str, list[float]] = {vm: [] for vm in vms}
    for turn in range(rounds + 1):
        for vm, command in vms.items():
            begin = time.perf_counter()
            subprocess.run([*command, "-noshell", "-eval", "halt()."], check=True, timeout=60, cwd=ROOT)
            if turn:
                times[vm].append((time.perf_counter() - begin) * 1e6)
    return row("start_halt", times, {})


def describe(command: list[str]) -> dict[str, str]:
    """What a VM says of itself: release, version of the emulator, flavor (jit, or emu for an interpreter)."""
    ask = ("io:format(\"~s ~s ~s~n\", [erlang:system_info(otp_release), erlang:system_info(version), "
           "erlang:system_info(emu_flavor)]), halt().")
    try:
        done = subprocess.run([*command, "-noshell", "-eval", ask], capture_output=True, text=True, timeout=60,
                              check=True, cwd=ROOT)
        release, version, flavor = done.stdout.split()
    except (OSError, subprocess.SubprocessError, ValueError) as problem:
        raise SystemExit(f"{' '.join(command)} does not run: {problem}") from problem
    return {"command": " ".join(command), "release": release, "version": version, "flavor": flavor}

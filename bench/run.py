"""Times Enigma and the installed `erl` side by side.

    python bench/run.py [--quick] [--rounds N] [--only GROUP[:KERNEL]] ... [--vm COMMAND]

Both VMs run each kernel (`bench/*.erl`) in turn, round by round, so that a busy machine hurts both alike.
Printed for each kernel: the medians in milliseconds, the ratio of the medians (above 1: Enigma is slower),
of the fastest rounds, and of the least CPU time of all threads (erl without busy waiting), which a busy machine
changes least; then the spread of both (interquartile range over median, the larger one).
Then the time from start to halt() and what an idle process costs. Everything goes into
`bench-results/<time>.json` too. Exit status 1 if a kernel fails or a limit is broken (see LIMITS).
"""
from __future__ import annotations

import argparse
import contextlib
import datetime
import glob
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time
from typing import Any

HERE = pathlib.Path(__file__).parent.resolve()
ROOT = HERE.parent
BEAMS = ROOT / "build" / "bench"
GROUPS = ["compute", "data", "procs", "programs"]
MODULES = ["harness", "nbody", "spectral", "mandel", *GROUPS]

# What must hold, by the issue: the ratio to OTP 25 with its JIT, and bytes of an idle process.
LIMIT = 4.0
LIMITS = {"fib35": 2.5, "start_halt": 2.0}
IDLE_BYTES = 3 * 1024

IDLE = (
    "Rss = fun() -> {ok, B} = file:read_file(\"/proc/self/statm\"), "
    "list_to_integer(lists:nth(2, string:tokens(binary_to_list(B), \" \"))) * 4096 end, "
    "A = Rss(), Ps = [spawn(fun() -> receive stop -> ok end end) || _ <- lists:seq(1, 100000)], "
    "timer:sleep(500), {memory, M} = process_info(hd(Ps), memory), B = Rss(), "
    "io:format(\"~p ~p~n\", [M, (B - A) div 100000]), halt()."
)


def compile_beams() -> None:
    """Compiles the kernels with the installed erlc; both VMs run the same files."""
    BEAMS.mkdir(parents=True, exist_ok=True)
    stale = [
        str(HERE / f"{m}.erl")
        for m in MODULES
        if not (BEAMS / f"{m}.beam").exists()
        or (BEAMS / f"{m}.beam").stat().st_mtime < (HERE / f"{m}.erl").stat().st_mtime
    ]
    if stale:
        subprocess.run(["erlc", "-o", str(BEAMS), *stale], check=True)


class Runner:
    """One VM that does rounds of one group's kernels on demand (harness:serve/0)."""

    def __init__(self, vm: list[str], group: str) -> None:
        self.process = subprocess.Popen(
            [*vm, "-noshell", "-pa", str(BEAMS), "-s", "harness", "serve", "-extra", group],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, cwd=ROOT,
        )

    def ask(self, line: str) -> str:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
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
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


def run_kernel(ours: Runner, theirs: Runner, name: str, rounds: int) -> dict[str, Any]:
    """Rounds of both VMs in turn; the first of each is not counted."""
    times: tuple[list[tuple[float, float]], list[tuple[float, float]]] = ([], [])
    for turn in range(rounds + 1):
        for runner, into in ((ours, times[0]), (theirs, times[1])):
            got = runner.round(name)
            if isinstance(got, str):
                return {"name": name, "failed": got}
            if turn:
                into.append(got)
    r = row(name, [t[0] for t in times[0]], [t[0] for t in times[1]])
    mine, reference = [t[1] for t in times[0]], [t[1] for t in times[1]]
    r["ratio_cpu"] = min(mine) / min(reference)
    r["enigma_cpu_us"], r["erl_cpu_us"] = mine, reference
    return r


def spread(values: list[float]) -> float:
    """Interquartile range over the median."""
    if len(values) < 4:
        return (max(values) - min(values)) / statistics.median(values)
    quarters = statistics.quantiles(values, n=4)
    return (quarters[2] - quarters[0]) / statistics.median(values)


def row(name: str, ours: Any, theirs: Any) -> dict[str, Any]:
    """The figures of one kernel; times in milliseconds."""
    if not isinstance(ours, list) or not isinstance(theirs, list) or not ours or not theirs:
        return {"name": name, "failed": ours if not isinstance(ours, list) else theirs}
    return {
        "name": name,
        "enigma_ms": statistics.median(ours) / 1000,
        "erl_ms": statistics.median(theirs) / 1000,
        "ratio": statistics.median(ours) / max(statistics.median(theirs), 1),
        "ratio_best": min(ours) / max(min(theirs), 1),
        "spread": max(spread(ours), spread(theirs)),
        "rounds": len(ours),
        "enigma_us": ours,
        "erl_us": theirs,
    }


def show(r: dict[str, Any]) -> None:
    """One line of the table."""
    if "failed" in r:
        print(f"{r['name']:24} {'failed: ' + str(r['failed'])[:70]}")
        return
    mark = " <-" if broken(r) else ""
    print(
        f"{r['name']:24} {r['enigma_ms']:10.2f} {r['erl_ms']:10.2f} {r['ratio']:7.2f} "
        f"{r['ratio_best']:7.2f} {r.get('ratio_cpu', r['ratio_best']):7.2f} {r['spread'] * 100:6.0f}%{mark}",
        flush=True,
    )


def broken(r: dict[str, Any]) -> bool:
    """Whether a row is over its limit; noise must not fail a run, so the best of the ratios counts."""
    return "failed" in r or min(r["ratio"], r["ratio_best"], r.get("ratio_cpu", r["ratio"])) > LIMITS.get(r["name"], LIMIT)


def start_halt(ours: list[str], theirs: list[str], rounds: int) -> dict[str, Any]:
    """From the start of the command to the end of halt()."""
    times: tuple[list[int], list[int]] = ([], [])
    for turn in range(rounds + 1):
        for vm, into in ((ours, times[0]), (theirs, times[1])):
            begin = time.perf_counter()
            subprocess.run([*vm, "-noshell", "-eval", "halt()."], check=True, timeout=60, cwd=ROOT)
            if turn:
                into.append(int((time.perf_counter() - begin) * 1e6))
    return row("start_halt", times[0], times[1])


def idle(vm: list[str]) -> tuple[int, int]:
    """Bytes of an idle process: what process_info says, and resident memory of 100,000 of them."""
    done = subprocess.run([*vm, "-noshell", "-eval", IDLE], capture_output=True, text=True, timeout=120, cwd=ROOT,
                          check=False)
    words = done.stdout.split()
    return (int(words[0]), int(words[1])) if len(words) == 2 else (-1, -1)


def main() -> int:
    """Runs what the command line asks for."""
    parser = argparse.ArgumentParser(description="Times Enigma and erl side by side.")
    parser.add_argument("--quick", action="store_true", help="three rounds")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of a kernel")
    parser.add_argument("--only", action="append", default=[], help="GROUP or GROUP:KERNEL")
    parser.add_argument("--vm", default=f"{sys.executable} -m enigma erl", help="the command under test")
    options = parser.parse_args()
    rounds = 3 if options.quick else options.rounds
    ours, theirs = options.vm.split(), ["erl", "+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio", "none"]
    compile_beams()
    print(f"{'kernel':24} {'enigma ms':>10} {'erl ms':>10} {'ratio':>7} {'best':>7} {'cpu':>7} {'spread':>7}", flush=True)
    rows: list[dict[str, Any]] = []
    for group in GROUPS:
        wanted = [o.partition(":")[2] for o in options.only if o.partition(":")[0] == group]
        if options.only and not wanted:
            continue
        both = Runner(ours, group), Runner(theirs, group)
        for name in [w for w in wanted if w] or both[1].ask("list").split():
            rows.append(run_kernel(both[0], both[1], name, rounds))
            show(rows[-1])
        for runner in both:
            runner.end()
    memory: dict[str, list[int]] = {}
    if not options.only or "start" in options.only:
        rows.append(start_halt(ours, theirs, 3 if options.quick else 9))
        show(rows[-1])
    if not options.only or "idle" in options.only:
        for label, vm in (("enigma", ours), ("erl", theirs)):
            memory[label] = list(idle(vm))
            print(f"idle process, {label:8} {memory[label][0]:6} bytes by process_info, {memory[label][1]:6} resident")
    ratios = [r["ratio"] for r in rows if "ratio" in r]
    if len(ratios) > 1:
        print(f"geometric mean of {len(ratios)} ratios: {statistics.geometric_mean(ratios):.2f}")
    results = ROOT / "bench-results"
    results.mkdir(exist_ok=True)
    stamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    body = {
        "time": stamp, "machine": platform.platform(), "cpus": os.cpu_count(), "python": sys.version,
        "rows": rows, "idle": memory,
    }
    (results / f"{stamp}.json").write_text(json.dumps(body, indent=1))
    bad = [r["name"] for r in rows if broken(r)]
    if "enigma" in memory and not 0 < max(memory["enigma"]) <= IDLE_BYTES:
        bad.append("idle process")
    if bad:
        print("over the limit: " + ", ".join(bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

"""Times Enigma and the installed `erl` side by side, with OTP's interpreter build as a third where there is one.

    python bench/run.py [--quick] [--rounds N] [--only GROUP[:KERNEL]] ... [--vm COMMAND] [--emu COMMAND]

All VMs run each kernel (`bench/*.erl`) in turn, round by round, so that a busy machine hurts all alike. Printed for
each kernel: the medians in milliseconds, the ratio of the medians (above 1: Enigma is slower), of the fastest rounds,
and of the least CPU time of all threads (erl without busy waiting), which a busy machine changes least; then the
spread (interquartile range over median, the largest one). Behind the kernels: the time from start to halt(), what two
schedulers gain over one, what things cost in memory, and a summary by class. Groups for --only: compute, data,
prefixes, procs, programs, start, scaling, memory; and prog_estone, the parts of estone one by one.

The interpreter build is the `erl` command that --emu or ERL_EMU names; `tools/otp_interpreter.py` makes one.
Everything goes into `bench-results/<time>.json` too, the ratios as a picture into `<time>.svg`. Exit status 1 if a
kernel fails or a limit is broken (see LIMITS).
"""
from __future__ import annotations

import argparse
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
from typing import Any

import memory
import plot
import scaling
from measure import BEAMS, HERE, ROOT, Commands, Row, Runner, describe, run_kernel, start_halt

GROUPS = ["compute", "data", "prefixes", "procs", "programs"]   # modules with kernels
ASKED = ["prog_estone"]                                 # modules with kernels that run only if --only names them
OTHERS = ["start", "scaling", "memory"]
MODULES = ["harness", "nbody", "spectral", "mandel", "scaling", "prog_estone", "prog_http", "prog_json", "prog_lisp",
           *GROUPS]
ESTONE = ROOT / "build" / "conformance" / "source" / "erts" / "emulator" / "test" / "estone_SUITE.erl"

# What must hold, by the issue: the ratio to OTP 25 with its JIT, and bytes of an idle process.
LIMIT = 4.0
LIMITS = {"fib35": 2.5, "start_halt": 2.0}
IDLE_BYTES = 3 * 1024

# The classes of kernels. Whole programs:
PROGRAMS = {"compile_stdlib", "compile_lists", "json", "lisp", "estone", "http_loop", "bank"}
# Kernels that spend their time in the runtime system: messages, spawning, ETS, big maps, sorting, bignums, searching
# and splitting binaries, re, the external format, unicode, phash2, preparing code. All others are of the class compute.
RUNTIME = """
ring ping_pong send_self many_senders selective_receive ref_receive copy_send gen_server_call gen_server_cast
receive_after timers spawn_exit spawn_link_storm spawn_monitor
ets_insert ets_lookup ets_lookup_shared ets_update_counter ets_ordered_insert ets_ordered_lookup ets_ordered_next
ets_match ets_select ets_tab2list
big_map_build big_map_get big_map_atoms maps_fold maps_map sets_v2
sort factorial big_fib big_pow big_print binary_split binary_find binary_find_many re_run re_small
term_to_binary binary_to_term unicode_list phash2 load_modules
"""
CLASSES = ["compute", "runtime", "program"]

# What `--quick` runs, some of each class; a stand-in runs in quick mode only.
QUICK = """
fib35 int_loop nrev fun_calls queens records exceptions nbody binary_append binary_match small_maps binary_trees
sort big_pow ring ping_pong spawn_exit gen_server_call ets_insert ets_lookup big_map_build binary_split re_small
term_to_binary unicode_list phash2
compile_lists json lisp http_loop bank
"""
STAND_INS = {"compile_lists": "compile_stdlib"}


def class_of(name: str) -> str:
    """The class of a row."""
    if name == "start_halt":
        return "start"
    return "program" if name in PROGRAMS else "runtime" if name in RUNTIME.split() else "compute"


def compile_beams() -> None:
    """Compiles the kernels with the installed erlc; all VMs run the same files."""
    BEAMS.mkdir(parents=True, exist_ok=True)
    # PGO is the suite's own switch for life without common_test.
    for sources, flags in (([HERE / f"{m}.erl" for m in MODULES], []), ([ESTONE], ["-DPGO", "-W0"])):
        stale = [str(s) for s in sources if s.exists() and not fresh(BEAMS / f"{s.stem}.beam", s)]
        if stale:
            subprocess.run(["erlc", *flags, "-o", str(BEAMS), *stale], check=True)


def fresh(beam: pathlib.Path, source: pathlib.Path) -> bool:
    """Whether a source is compiled and unchanged since."""
    return beam.exists() and beam.stat().st_mtime >= source.stat().st_mtime


def chosen(names: list[str], quick: bool) -> list[str]:
    """The kernels of a group to run, by their mode."""
    if quick:
        return [name for name in names if name in QUICK.split()]
    return [name for name in names if name not in STAND_INS]


def show_head(vms: Commands) -> None:
    """The head of the table of kernels."""
    emu = f" {'emu ms':>10} {'to emu':>7}" if "emu" in vms else ""
    print(f"{'kernel':24} {'enigma ms':>10} {'erl ms':>10} {'ratio':>7} {'best':>7} {'cpu':>7} {'spread':>7}{emu}",
          flush=True)


def show(r: Row) -> None:
    """One line of the table of kernels."""
    if "failed" in r:
        print(f"{r['name']:24} failed: {str(r['failed'])[:80]}", flush=True)
        return
    emu = f" {r['emu_ms']:10.2f} {r['emu_ratio']:7.2f}" if "emu_ratio" in r else ""
    print(
        f"{r['name']:24} {r['enigma_ms']:10.2f} {r['erl_ms']:10.2f} {r['ratio']:7.2f} "
        f"{r['ratio_best']:7.2f} {r.get('ratio_cpu', r['ratio_best']):7.2f} {r['spread'] * 100:6.0f}%{emu}"
        f"{' <-' if broken(r) else ''}",
        flush=True,
    )


def broken(r: Row) -> bool:
    """Whether a row is over its limit; noise must not fail a run, so the best of the ratios counts."""
    if "failed" in r:
        return True
    return min(r["ratio"], r["ratio_best"], r.get("ratio_cpu", r["ratio"])) > LIMITS.get(r["name"], LIMIT)


def run_group(vms: Commands, group: str, wanted: list[str], rounds: int, quick: bool) -> list[Row]:
    """Runs the kernels of a group and prints their rows."""
    runners = {vm: Runner(command, group) for vm, command in vms.items()}
    names = runners["erl"].ask("list").split()
    rows = []
    for name in wanted or chosen(names, quick):
        rows.append(run_kernel(runners, name, rounds))
        rows[-1]["class"] = class_of(name) if group in GROUPS else "program"
        show(rows[-1])
    for runner in runners.values():
        runner.end()
    if group == "programs" and "estone" not in names and not wanted and not quick:
        print(f"{'estone':24} left out: {ESTONE.relative_to(ROOT)} is not there; `make conformance-suites` fetches it")
    return rows


def summary(rows: list[Row], vms: Commands) -> dict[str, Any]:
    """Prints, for each class and each VM to compare with, how many times as fast Enigma is; the slowest kernel."""
    fronts = [(vm, front) for vm, front in (("erl", ""), ("emu", "emu_")) if vm in vms]
    found: dict[str, Any] = {}
    print(f"\n{'times as fast as':24} {'kernels':>8}"
          + "".join(f"  {vm:>6}  {'slowest kernel':32}" for vm, _ in fronts), flush=True)
    for label in [*CLASSES, "all"]:
        mine = [r for r in rows if "ratio" in r and r["class"] in (CLASSES if label == "all" else [label])]
        if not mine:
            continue
        found[label] = {"kernels": len(mine)}
        line = f"{label:24} {len(mine):8}"
        for vm, front in fronts:
            speeds = {r["name"]: 1 / r[f"{front}ratio"] for r in mine}
            slowest = min(speeds, key=lambda name: speeds[name])
            mean = statistics.geometric_mean(speeds.values())
            found[label][vm] = {"mean": mean, "slowest": slowest, "slowest_speed": speeds[slowest]}
            line += f"  {mean:6.2f}  {slowest + f' {speeds[slowest]:.2f}':32}"
        print(line.rstrip(), flush=True)
    return found


def save(body: dict[str, Any]) -> None:
    """Writes the results and, if kernels have run, their picture."""
    results = ROOT / "bench-results"
    results.mkdir(exist_ok=True)
    body["time"] = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    path = results / f"{body['time']}.json"
    path.write_text(json.dumps(body, indent=1), encoding="utf-8")
    print(f"\n{path.relative_to(ROOT)}")
    if any("ratio" in r for r in body["rows"]):
        path.with_suffix(".svg").write_text(plot.draw(body), encoding="utf-8")
        print(path.relative_to(ROOT).with_suffix(".svg"))


def main() -> int:
    """Runs what the command line asks for."""
    parser = argparse.ArgumentParser(description="Times Enigma and erl side by side.")
    parser.add_argument("--quick", action="store_true", help="three rounds of a third of the kernels")
    parser.add_argument("--rounds", type=int, help="rounds of a kernel")
    parser.add_argument("--only", action="append", default=[], help="GROUP or GROUP:KERNEL")
    parser.add_argument("--vm", default=f"{sys.executable} -m enigma erl", help="the command under test")
    parser.add_argument("--emu", default=os.environ.get("ERL_EMU", ""), help="the erl of an interpreter build of OTP")
    options = parser.parse_args()
    asked = {o.partition(":")[0] for o in options.only}
    if asked - {*GROUPS, *ASKED, *OTHERS}:
        parser.error(f"no such group: {', '.join(sorted(asked - {*GROUPS, *ASKED, *OTHERS}))}")
    rounds = options.rounds or (3 if options.quick else 9)
    calm = ["+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio", "none"]
    vms: Commands = {"enigma": options.vm.split(), "erl": ["erl", *calm]}
    if options.emu:
        vms["emu"] = [*options.emu.split(), *calm]
    about = {vm: describe(command) for vm, command in vms.items()}
    if options.emu and about["emu"]["flavor"] != "emu":
        parser.error(f"{options.emu} is not an interpreter build, its flavor is {about['emu']['flavor']}")
    for vm, facts in about.items():
        print(f"{vm}: OTP {facts['release']}, emulator {facts['version']} ({facts['flavor']}), {facts['command']}")
    compile_beams()

    def wanted(group: str) -> list[str] | None:
        """The kernels of a group that --only names, [] for all; None if the group is not to be run."""
        names = [o.partition(":")[2] for o in options.only if o.partition(":")[0] == group]
        return None if options.only and not names else [name for name in names if name]

    if options.quick and not options.only:
        print(f"quick: {len(QUICK.split())} kernels, {rounds} rounds: {' '.join(QUICK.split())}")
    if not asked or asked - {"scaling", "memory"}:
        show_head(vms)
    rows: list[Row] = []
    for group in [*GROUPS, *(ASKED if asked else [])]:
        names = wanted(group)
        if names is not None:
            rows += run_group(vms, group, names, rounds, options.quick and not options.only)
    if wanted("start") is not None:
        rows.append(start_halt(vms, rounds))
        rows[-1]["class"] = "start"
        show(rows[-1])
    names = None if options.quick and not options.only else wanted("scaling")
    scaled = scaling.table(vms, rounds, names) if names is not None else []
    costs = memory.table(vms, options.quick) if wanted("memory") is not None else {}
    totals = summary(rows, vms) if rows else {}
    save({
        "machine": platform.platform(), "cpus": os.cpu_count(), "python": sys.version,
        "vms": about, "quick": options.quick, "rows": rows, "scaling": scaled, "memory": costs, "summary": totals,
    })
    bad = [r["name"] for r in rows if broken(r)] + [r["name"] for r in scaled if "failed" in r]
    for title, by_vm in costs.items():
        mine = by_vm["enigma"]
        if not isinstance(mine, list) or (title == "idle process" and max(mine) > IDLE_BYTES):
            bad.append(title)
    if bad:
        print("over the limit or failed: " + ", ".join(bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

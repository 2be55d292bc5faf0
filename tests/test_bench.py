"""The benchmark's instruments: its lists name kernels, its table and picture show them, its programs are right."""
from __future__ import annotations

import pathlib
import re
import subprocess
import sys
import types
import xml.etree.ElementTree

import pytest
from support import ENIGMA, ERL, ERL_PROGRAM, ROOT, run_once

BENCH = ROOT / "bench"
if not BENCH.is_dir():
    pytest.skip("the benchmark is not part of a source archive", allow_module_level=True)
needs_erl = pytest.mark.skipif(ERL_PROGRAM is None, reason="no erl to compare with")


@pytest.fixture(scope="module")
def bench() -> types.SimpleNamespace:
    """The modules of the benchmark, which find each other in their folder."""
    sys.path.insert(0, str(BENCH))
    try:
        import measure
        import plot
        import run
    finally:
        sys.path.remove(str(BENCH))
    return types.SimpleNamespace(measure=measure, plot=plot, run=run)


def kernels() -> set[str]:
    """The names of all kernels of the groups."""
    groups = ("compute", "data", "procs", "programs")
    text = "".join((BENCH / f"{group}.erl").read_text(encoding="utf-8") for group in groups)
    return set(re.findall(r"\{(\w+), fun\(\) ->", text))


class Stopwatch:
    """A VM whose rounds take what the test says, and that notes when it is asked."""

    def __init__(self, name: str, times: list[float], log: list[str]) -> None:
        self.name, self.times, self.log = name, iter(times), log

    def round(self, name: str) -> tuple[float, float] | str:
        self.log.append(self.name)
        time = next(self.times)
        return (time, time * 2) if time else f"{name} went wrong"


def test_classes_and_the_quick_choice_name_kernels(bench: types.SimpleNamespace) -> None:
    run = bench.run
    assert len(kernels()) >= 46
    for names in (run.RUNTIME.split(), run.QUICK.split(), run.PROGRAMS, run.STAND_INS, run.STAND_INS.values()):
        assert set(names) <= kernels()
    assert not run.PROGRAMS & set(run.RUNTIME.split())
    assert {run.class_of(name) for name in run.QUICK.split()} == set(run.CLASSES)
    assert "compile_stdlib" not in run.chosen(sorted(kernels()), quick=True)
    assert "compile_lists" not in run.chosen(sorted(kernels()), quick=False)


def test_rounds_are_interleaved_and_the_first_does_not_count(bench: types.SimpleNamespace) -> None:
    log: list[str] = []
    runners = {"enigma": Stopwatch("enigma", [9000, 400, 200, 300], log),
               "erl": Stopwatch("erl", [9000, 100, 100, 100], log),
               "emu": Stopwatch("emu", [9000, 150, 250, 150], log)}
    row = bench.measure.run_kernel(runners, "tak", 3)
    assert log == ["enigma", "erl", "emu"] * 4
    assert (row["enigma_ms"], row["erl_ms"], row["emu_ms"], row["rounds"]) == (0.3, 0.1, 0.15, 3)
    assert (row["ratio"], row["ratio_best"], row["ratio_cpu"]) == (3, 2, 2)
    assert row["emu_ratio"] == 2
    failed = bench.measure.run_kernel({"enigma": Stopwatch("enigma", [1, 0], log)}, "tak", 3)
    assert failed["failed"] == "enigma: tak went wrong" and bench.run.broken(failed)


def test_the_summary_counts_times_as_fast(bench: types.SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"name": "tak", "class": "compute", "ratio": 2.0, "emu_ratio": 0.5},
            {"name": "fib35", "class": "compute", "ratio": 0.5, "emu_ratio": 0.5},
            {"name": "ring", "class": "runtime", "ratio": 0.5, "emu_ratio": 0.25},
            {"name": "start_halt", "class": "start", "ratio": 9.0, "emu_ratio": 9.0}]
    totals = bench.run.summary(rows, {"enigma": [], "erl": [], "emu": []})
    assert totals["compute"]["erl"] == {"mean": 1.0, "slowest": "tak", "slowest_speed": 0.5}
    assert totals["runtime"]["emu"]["mean"] == 4.0
    assert totals["all"]["kernels"] == 3 and "program" not in totals
    assert "tak 0.50" in capsys.readouterr().out


def test_the_picture_has_a_bar_for_each_kernel(bench: types.SimpleNamespace) -> None:
    rows = [{"name": f"k{i}<&", "class": "compute", "ratio": i / 4, "emu_ratio": i / 8, "erl_us": [1000] * 5,
             "enigma_us": [250 * i, 240 * i, 260 * i, 250 * i, 250 * i]} for i in range(1, 12)]
    body = {"time": "now", "machine": "this & that", "cpus": 2, "rows": [*rows, {"name": "bad", "failed": "so"}]}
    picture = xml.etree.ElementTree.fromstring(bench.plot.draw(body))
    space = "{http://www.w3.org/2000/svg}"
    bars = [e for e in picture.iter(f"{space}rect") if e.get("height") == str(bench.plot.LINE - 4)]
    assert len(bars) == len(rows)
    assert {e.text for e in picture.iter(f"{space}text")} >= {r["name"] for r in rows}


@needs_erl
@pytest.mark.parametrize("vm", [ERL, ENIGMA], ids=["erl", "enigma"])
def test_the_programs_find_their_results_right(vm: list[str], tmp_path: pathlib.Path) -> None:
    sources = [str(BENCH / f"prog_{name}.erl") for name in ("json", "lisp", "http")]
    subprocess.run(["erlc", "-o", str(tmp_path), *sources], check=True)
    code = "[M:run() || M <- [prog_json, prog_lisp, prog_http]], io:put_chars(\"right\"), halt()."
    assert run_once(vm, ["-noshell", "-pa", str(tmp_path), "-eval", code]) == (0, "right", "")

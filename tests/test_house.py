"""The house: who may cimport whom, and what the generated dispatch loop must look like."""
from __future__ import annotations

import collections
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLOORS = {
    "term": 0,
    "memory": 1,
    "code": 2,
    "process": 3,
    "emulator": 4,
    "match": 4,
    "ets": 5,
    "io": 5,
    "trace": 5,
    "bif": 6,
    "runtime": 7,
    "api": 8,
    "cli": 8,
}
CIMPORT = re.compile(r"^\s*(?:from\s+(enigma[\w.]*)\s+cimport\s+([\w*, ()]+)|cimport\s+(enigma[\w., ]*))", re.MULTILINE)


def sources() -> list[pathlib.Path]:
    """Every Cython file of the core, the template of the loop included."""
    return [p for suffix in ("pyx", "pxd", "pyx.in") for p in sorted((ROOT / "enigma").rglob(f"*.{suffix}"))]


def module_of(path: pathlib.Path) -> str:
    """enigma.term.pack for enigma/term/pack.pxd."""
    return ".".join(path.relative_to(ROOT).parts).removesuffix(".in").rsplit(".", 1)[0]


def cimports(path: pathlib.Path) -> set[str]:
    """The enigma modules that a file cimports."""
    found = set()
    for source, _, plain in CIMPORT.findall(path.read_text(encoding="utf-8")):
        for name in [source] if source else plain.split(","):
            found.add(name.strip().split(" ")[0])
    return found


def test_every_room_has_a_floor() -> None:
    rooms = {p.parent.name for p in (ROOT / "enigma").glob("*/__init__.py")}
    assert rooms <= set(FLOORS), rooms - set(FLOORS)


@pytest.mark.parametrize("path", sources(), ids=module_of)
def test_no_arrow_to_a_higher_floor(path: pathlib.Path) -> None:
    own = FLOORS[module_of(path).split(".")[1]]
    for target in cimports(path):
        assert FLOORS[target.split(".")[1]] <= own, f"{module_of(path)} cimports {target} of a higher floor"


def test_no_circle() -> None:
    graph: dict[str, set[str]] = {}
    for path in sources():
        graph.setdefault(module_of(path), set()).update(cimports(path) - {module_of(path)})
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, "circle: " + " -> ".join((*path, name))
        if name in done:
            return
        for target in sorted(graph.get(name, ())):
            visit(target, (*path, name))
        done.add(name)

    for name in sorted(graph):
        visit(name, ())


def test_every_instruction_is_a_goto_target() -> None:
    """The loop is threaded: the generated C jumps through labels, one for each instruction of the table."""
    header = (ROOT / "include" / "enigma" / "instructions_generated.h").read_text(encoding="utf-8")
    code = (ROOT / "enigma" / "emulator" / "dispatch.c").read_text(encoding="utf-8")
    found = re.search(r"#define EN_LABEL_COUNT (\d+)", header)
    assert found
    labels = int(found.group(1)) - 1  # label 0 stands for no instruction
    assert labels > 300
    macros = set(re.findall(r"#define (TARGET_\w+)\(\)", header))
    assert len(macros) == labels
    targets = re.findall(r"^\s*(TARGET_\w+)\(\);", code, re.MULTILINE)
    assert len(targets) == len(set(targets)) == labels and set(targets) == macros
    assert len(re.findall(r"^\s*NEXT\(\);", code, re.MULTILINE)) >= labels // 2


def tool(name: str) -> str:
    """The path of a program of this environment; without it the test is skipped."""
    path = shutil.which(name, path=str(pathlib.Path(sys.executable).parent))
    if path is None:
        pytest.skip(f"{name} is not installed in this environment")
    return path


def lines_of(*words: str) -> tuple[int, str]:
    """The exit code and the output of a command in the root of the project; it finds its own helpers first."""
    path = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    result = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
                            env={**os.environ, "PATH": path})
    return result.returncode, result.stdout + result.stderr


def test_the_loop_keeps_its_registers() -> None:
    """Nearly every instruction ends with a jump through one and the same register, where the compiler keeps `ip`. With too
    much inline work in one instruction it gives that up, and all of them become slower."""
    loop = next((ROOT / "enigma" / "emulator").glob("dispatch.*.so"), None)
    if loop is None or shutil.which("objdump") is None or os.uname().machine != "x86_64" \
            or os.environ.get("LD_PRELOAD"):
        pytest.skip("needs objdump and an optimised build for x86-64")
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", str(loop)], capture_output=True, text=True, check=True)
    jumps = collections.Counter(re.findall(r"jmp +\*\((%r\w+)\)", text.stdout))
    assert jumps.most_common(1)[0][1] > 0.9 * jumps.total(), jumps



def test_the_face_is_typed() -> None:
    """mypy in strict mode over the Python face and the command line."""
    code, output = lines_of(tool("mypy"))
    assert code == 0, output


def test_python_is_clean() -> None:
    """ruff over every Python file."""
    code, output = lines_of(tool("ruff"), "check", ".")
    assert code == 0, output


def test_cython_is_clean() -> None:
    """cython-lint over the core, but for names that are not used: a `cimport *` neighbour that goes makes many."""
    _, output = lines_of(tool("cython-lint"), "enigma")
    unused = re.compile(r"imported but unused|defined but unused|Loop control variable")
    found = [line for line in output.splitlines() if not unused.search(line)]
    assert not found, "\n".join(found)


def test_the_lists_of_otp_suites_agree() -> None:
    """Each known failure is a case that `erl` passes, and says why."""
    tomllib = pytest.importorskip("tomllib")
    lists = ROOT / "tests" / "conformance"
    baseline = tomllib.loads((lists / "baseline.toml").read_text(encoding="utf-8"))
    known = tomllib.loads((lists / "known_failures.toml").read_text(encoding="utf-8"))
    for suite, cases in known.items():
        assert not set(cases) - set(baseline[suite]["pass"]), suite
        assert all(cases.values()), suite

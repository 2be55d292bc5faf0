"""Memory: what a program drops is given back, whatever kind of memory it is, and a closed VM leaves nothing.

Each case runs in a VM of its own: a first round warms up, then the resident size may grow by little only, however
long it goes on. The Erlang side is in `memory_cases.erl` next to this file.
"""
from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess

import pytest
from soak import SLACK_KB, soak
from soak import growth as soak_growth
from support import ENIGMA, ERL_PROGRAM, PRELOAD, PYTHON, ROOT, SLOWNESS, environment

CASES = pathlib.Path(__file__).with_name("memory_cases.erl")
MEGABYTE = 1024 * (20 if PRELOAD else 1)  # in kB, the unit of what the cases print; a sanitizer keeps what is freed


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The directory of the compiled cases."""
    if ERL_PROGRAM is None:
        pytest.skip("no erl to compile with")
    directory = tmp_path_factory.mktemp("memory")
    erlc = shutil.which("erlc") or "erlc"
    subprocess.run([erlc, "-o", str(directory), str(CASES)], check=True)
    return directory


def growth(directory: pathlib.Path, case: str, *numbers: int, timeout: float = 240.0) -> tuple[int, list[int], list[int]]:
    """By how many kB the VM grew after the case's first round; by how many processes, names, tables and ports; by how
    many bytes of processes, binaries and tables, as the VM itself counts them."""
    result = subprocess.run([*ENIGMA, "-noshell", "-pa", str(directory), "-run", "memory_cases", case,
                             *map(str, numbers)], capture_output=True, text=True, timeout=timeout * SLOWNESS, cwd=directory,
                            env=environment({"MALLOC_ARENA_MAX": "2"}), stdin=subprocess.DEVNULL, check=False)
    found = re.fullmatch(r"grew (-?\d+); counts \[(.*)\]; bytes \[(.*)\]\n", result.stdout)
    assert result.returncode == 0 and found, result.stdout[-2000:] + result.stderr[-2000:]
    return int(found[1]), [int(n) for n in found[2].split(",")], [int(n) for n in found[3].split(",")]


# case, its numbers, the growth in MB that allocators and fragmentation may take
TABLE = [
    ("server", (20,), 24),
    ("processes", (100000,), 24),
    ("persistent", (40000,), 24),
    ("reload", (300,), 24),
    ("reload_small", (10000,), 12),
    ("reload_in_use", (3000,), 12),
    ("binaries", (2000,), 24),
    ("sub_binaries", (2000,), 40),
    ("tables", (300,), 24),
    ("timers", (200000,), 24),
    ("messages", (300,), 60),
    ("magic", (5000,), 24),
]


@pytest.mark.parametrize(("case", "numbers", "limit"), TABLE, ids=[c for c, _, _ in TABLE])
def test_what_is_dropped_is_given_back(cases: pathlib.Path, case: str, numbers: tuple[int, ...], limit: int) -> None:
    grown, counts, sizes = growth(cases, case, *numbers)
    assert grown < limit * MEGABYTE
    assert max(counts) <= 0, "processes, names, tables or ports are left"
    assert max(sizes) < 1 << 20, "more bytes of processes, binaries or tables than before"


def test_a_server_stays_flat() -> None:
    """ENIGMA_SOAK_MINUTES makes it longer; `make soak` takes ten and prints what it sees."""
    minutes = float(os.environ.get("ENIGMA_SOAK_MINUTES", "0.6"))
    samples = soak(ENIGMA, minutes * 60, 2)
    assert samples[-1][-1] > samples[0][-1] > 0
    assert soak_growth(samples) < SLACK_KB / 1024 * MEGABYTE + samples[0][1] // 20, samples


OPEN_AND_CLOSE = """
import gc, os, threading
from enigma.api.vm import VM

def size():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024

def once():
    with VM(schedulers=2) as vm:
        assert vm.call("lists", "sum", [1, 2, 3]) == 6
    gc.collect()

for _ in range(3):
    once()
threads, files, before = len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd")), size()
for _ in range(10):
    once()
print(size() - before, len(os.listdir("/proc/self/task")) - threads, len(os.listdir("/proc/self/fd")) - files)
"""


def test_a_closed_vm_leaves_nothing() -> None:
    result = subprocess.run([*PYTHON, "-c", OPEN_AND_CLOSE], capture_output=True, text=True, timeout=240 * SLOWNESS,
                            cwd=ROOT, env=environment({"MALLOC_ARENA_MAX": "2"}), check=False)
    assert result.returncode == 0, result.stderr[-2000:]
    grown, threads, files = map(int, result.stdout.split())
    assert threads <= 0 and files <= 0
    assert grown < 30 * MEGABYTE

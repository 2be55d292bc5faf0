"""Memory: what a program drops is given back, whatever kind of memory it is, and a closed VM leaves nothing.

Each case runs in a VM of its own: a first round warms up, then the resident size may grow by little only, however
long it goes on. The Erlang side is in `memory_cases.erl` next to this file.
"""
from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys

import pytest
from support import ENIGMA, ERL_PROGRAM, ROOT, environment

CASES = pathlib.Path(__file__).with_name("memory_cases.erl")
MEGABYTE = 1024  # in kB, the unit of what the cases print


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The directory of the compiled cases."""
    if ERL_PROGRAM is None:
        pytest.skip("no erl to compile with")
    directory = tmp_path_factory.mktemp("memory")
    erlc = shutil.which("erlc") or "erlc"
    subprocess.run([erlc, "-o", str(directory), str(CASES)], check=True)
    return directory


def growth(directory: pathlib.Path, case: str, *numbers: int, timeout: float = 240.0) -> int:
    """By how many kB the VM grew after the case's first round."""
    result = subprocess.run([*ENIGMA, "-noshell", "-pa", str(directory), "-run", "memory_cases", case,
                             *map(str, numbers)], capture_output=True, text=True, timeout=timeout, cwd=directory,
                            env=environment({"MALLOC_ARENA_MAX": "2"}), stdin=subprocess.DEVNULL, check=False)
    words = result.stdout.split()
    assert result.returncode == 0 and words[:1] == ["grew"], result.stdout[-2000:] + result.stderr[-2000:]
    return int(words[1])


# case, its numbers, the growth in MB that allocators and fragmentation may take
TABLE = [
    ("server", (30,), 24),
    ("processes", (100000,), 24),
    ("persistent", (40000,), 24),
    ("reload", (500,), 24),
    ("binaries", (2000,), 24),
    ("sub_binaries", (2000,), 40),
    ("tables", (300,), 24),
    ("timers", (200000,), 24),
    ("messages", (300,), 60),
]


@pytest.mark.parametrize(("case", "numbers", "limit"), TABLE, ids=[c for c, _, _ in TABLE])
def test_what_is_dropped_is_given_back(cases: pathlib.Path, case: str, numbers: tuple[int, ...], limit: int) -> None:
    assert growth(cases, case, *numbers) < limit * MEGABYTE


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
    result = subprocess.run([sys.executable, "-c", OPEN_AND_CLOSE], capture_output=True, text=True, timeout=240,
                            cwd=ROOT, env=environment({"MALLOC_ARENA_MAX": "2"}), check=False)
    assert result.returncode == 0, result.stderr[-2000:]
    grown, threads, files = map(int, result.stdout.split())
    assert threads <= 0 and files <= 0
    assert grown < 30 * MEGABYTE

"""Damaged .beam files and external terms: every one is refused or accepted, and the VM lives on in bounded memory."""
from __future__ import annotations

import pathlib
import resource
import subprocess

import pytest
from support import ENIGMA, ERL_PROGRAM, PRELOAD, SLOWNESS, environment

MEMORY = 3 << 30  # bytes of writable memory for the child
VICTIMS = ["bits_context", "bits_float", "bits_utf8", "lang_funs", "lang_lc", "lang_maps_match", "lang_receive",
           "lang_select", "lang_try", "num_float_text", "term_size", "otp_gen_server"]
LIBRARY = ["array", "base64", "gb_sets", "maps", "orddict", "queue"]  # of stdlib


def limit() -> None:
    """Run in the child: no more writable memory than MEMORY (a sanitizer needs more), no core files."""
    if not PRELOAD:
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def throw(ebin: pathlib.Path, kind: str, seed: int, count: int) -> None:
    """Run one batch and look at its report."""
    files = [] if kind == "terms" else [str(ebin / f"{name}.beam") for name in VICTIMS]
    if kind == "calls":
        lib = pathlib.Path(ERL_PROGRAM or "erl").resolve().parent.parent / "lib"
        files += [str(path) for module in LIBRARY for path in lib.glob(f"stdlib-*/ebin/{module}.beam")]
    command = [*ENIGMA, "+S", "2", "-noshell", "-pa", str(ebin), "-run", "damage", "main", kind, str(seed), str(count), *files]
    result = subprocess.run(command, capture_output=True, timeout=300 * SLOWNESS, env=environment(), cwd=ebin, preexec_fn=limit,
                            stdin=subprocess.DEVNULL, check=False)
    output = result.stdout.decode(errors="replace")
    assert result.returncode == 0, f"exit code {result.returncode}\n{output[-2000:]}{result.stderr.decode(errors='replace')[-2000:]}"
    assert "unexpected" not in output, output[:4000]
    done = next((line.split() for line in reversed(output.splitlines()) if line.startswith("done ")), [])
    assert len(done) == 3 and int(done[1]) + int(done[2]) == count, output[-1000:]
    assert int(done[2]) > count // 10, "hardly anything was refused: is the damage damage?"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_damaged_beams(seed: int, ebin: pathlib.Path) -> None:
    throw(ebin, "beams", seed, 1500)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_damaged_code_is_called(seed: int, ebin: pathlib.Path) -> None:
    throw(ebin, "calls", seed, 700)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_damaged_terms(seed: int, ebin: pathlib.Path) -> None:
    throw(ebin, "terms", seed, 4000)

"""OTP's compiler, run by Enigma over OTP's own sources, makes the very code that it makes under erl.

`make conformance` does the same with all of kernel, stdlib and compiler (tools/conformance_compiler.py).
"""
from __future__ import annotations

import glob
import subprocess
import sys

import pytest
from support import ERL_PROGRAM, ROOT, environment

# A parser, tables, records, binaries, maps, big case clauses, floats, macros, and the compiler itself.
MODULES = ["lists", "erl_scan", "io_lib_pretty", "gb_trees", "gen_statem", "orddict", "rand", "base64", "queue", "beam_asm",
           "sys_core_bsm", "v3_core", "beam_ssa_type", "inet_dns", "application_master", "maps", "calendar"]


@pytest.mark.skipif(ERL_PROGRAM is None, reason="no erl to compare with")
@pytest.mark.skipif(not glob.glob("/usr/lib/erlang/lib/stdlib-*/src/lists.erl"), reason="no OTP sources (erlang-src)")
@pytest.mark.parametrize("flags", ["+S 1", "+S 2"])
def test_compiler_makes_the_same_code(flags: str) -> None:
    chosen = MODULES if flags == "+S 1" else MODULES[:6]
    command = [sys.executable, str(ROOT / "tools" / "conformance_compiler.py"), "--modules", ",".join(chosen),
               "--flags", flags, "--timeout", "200"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=420, env=environment(), cwd=ROOT, check=False)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    assert f"{len(chosen)} modules, 0 different (0 don't compile" in result.stdout, result.stdout

"""BIFs called with nonsense: the same outcome as under erl, and no VM that dies. `make fuzz` makes many more calls."""
from __future__ import annotations

import re
import sys

import pytest
from support import ERL_PROGRAM, ROOT

sys.path.insert(0, str(ROOT / "tools"))
import fuzz_bifs

# What this VM does not do as erl yet.
NOT_YET = re.compile(r"erlang:system_(monitor|profile)|erlang:statistics")

pytestmark = pytest.mark.skipif(ERL_PROGRAM is None, reason="no erl to compare with")


def numbers(calls: int) -> list[int]:
    """The first so many calls of the functions that are compared."""
    names = fuzz_bifs.functions()
    found = [n for n in range(2 * calls) if not NOT_YET.match(names[n % len(names)])]
    return found[:calls]


def test_every_bif_is_listed() -> None:
    """tests/fuzz/signatures.txt names each BIF of erl: called, or with the reason why not."""
    assert not fuzz_bifs.known_bifs() - fuzz_bifs.listed()


@pytest.mark.parametrize("seed", [101, 102])
def test_calls_with_nonsense(seed: int) -> None:
    report = fuzz_bifs.fuzz(seed, numbers(2400), ["+S", "2"])
    assert not report.wrong, "\n".join(report.wrong[:20])


def test_calls_under_constant_collection() -> None:
    report = fuzz_bifs.fuzz(103, numbers(400), ["+S", "1"], {"ENIGMA_STRESS_GC": "1"})
    assert not report.wrong, "\n".join(report.wrong[:20])

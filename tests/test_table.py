"""The differential table: every module of tests/erl prints the same under erl and under Enigma."""
from __future__ import annotations

import pathlib
from collections.abc import Iterable
from typing import Any

import pytest
from conftest import TWO_SCHEDULERS, Table
from support import ENIGMA, ERL, Outcome, difference, masked, module_names, needs, run_once, runs_alone


def cases(names: Iterable[str]) -> list[Any]:
    """The names as parameters; what this VM lacks altogether is skipped, with the reason."""
    return [pytest.param(n, marks=pytest.mark.skip(reason=f"no {needs(n)} yet")) if needs(n) else n for n in names]


SHARED = [name for name in module_names() if not runs_alone(name)]
ALONE = [name for name in module_names() if runs_alone(name)]
INPUT = "first line\n{a, \"term\"}. abcdef 42\nlast"


def check(erl: Outcome, enigma: Outcome) -> None:
    """Fails with a readable difference."""
    if enigma.how == erl.how and enigma.text == erl.text:
        return
    words = [difference(erl.text, enigma.text)]
    if enigma.how != erl.how:
        words.append(f"erl ended: {erl.how[:500]}\nenigma ended: {enigma.how[:1500]}")
    pytest.fail("\n".join(words), pytrace=False)


@pytest.mark.parametrize("name", cases(SHARED))
def test_one_scheduler(name: str, table: Table) -> None:
    check(table.result(name, "erl"), table.result(name, "enigma", 1))


@pytest.mark.parametrize("name", cases(n for n in SHARED if n.startswith(TWO_SCHEDULERS)))
def test_two_schedulers(name: str, table: Table) -> None:
    check(table.result(name, "erl"), table.result(name, "enigma", 2))


@pytest.mark.parametrize("name", ALONE)
def test_alone(name: str, ebin: pathlib.Path) -> None:
    flags = ["-noshell", "-pa", str(ebin), "-s", name, "main"]
    outcomes = []
    for command in (ERL, ENIGMA):
        code, out, errors = run_once(command, flags, stdin=INPUT, cwd=ebin,
                                     env={"ERL_CRASH_DUMP": "/dev/null", "ERL_CRASH_DUMP_SECONDS": "0"})
        outcomes.append(Outcome(masked(out) + "\n-- standard error --\n" + masked(errors), f"exit code {code}"))
    check(*outcomes)

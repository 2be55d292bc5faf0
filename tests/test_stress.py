"""The table again while chances to collect are taken, freed memory is poisoned and heaps are verified.

Most modules run with every chance taken, those whose header says `%% stress: N` with every Nth.
"""
from __future__ import annotations

import pytest
from conftest import Table
from support import difference, module_names, needs, runs_alone, stress_of

CHOSEN = {name: stress_of(name) for name in module_names()
          if not runs_alone(name) and not needs(name) and stress_of(name) > 0}


@pytest.mark.parametrize("name", CHOSEN)
def test_under_stress(name: str, table: Table) -> None:
    every = CHOSEN[name]
    erl = table.result(name, "erl")
    enigma = table.result(name, "enigma", stress=every, names=[n for n in table.names if CHOSEN.get(n) == every])
    if (enigma.how, enigma.text) != (erl.how, erl.text):
        hint = "\nif it only takes too long: a line `%% stress: N` in its header" if enigma.how.startswith("timeout") else ""
        pytest.fail(f"{difference(erl.text, enigma.text)}\nenigma ended: {enigma.how[:1500]}{hint}", pytrace=False)

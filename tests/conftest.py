"""What the tests share: the compiled modules of tests/erl and both machines' results on them, computed once."""
from __future__ import annotations

import pathlib

import pytest
from support import ENIGMA, ERL, ERL_PROGRAM, Outcome, compile_all, module_names, needs, run_table, runs_alone

TWO_SCHEDULERS = ("fun_", "persistent_", "proc_", "otp_", "code_", "ets_")


@pytest.fixture(scope="session")
def ebin(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A directory with the .beam files of tests/erl, made by OTP's own compiler."""
    if ERL_PROGRAM is None:
        pytest.skip("no erl to compare with")
    directory = tmp_path_factory.mktemp("ebin")
    compile_all(directory)
    return directory


class Table:
    """The table's results, run when first asked for: (machine, schedulers, stress) -> module -> Outcome."""

    def __init__(self, ebin: pathlib.Path, wanted: set[str]) -> None:
        self.ebin = ebin
        self.names = [n for n in module_names() if not runs_alone(n) and not needs(n) and n in wanted]
        self._results: dict[tuple[str, int, int], dict[str, Outcome]] = {}

    def result(self, name: str, machine: str, schedulers: int = 1, stress: int = 0,
               names: list[str] | None = None) -> Outcome:
        """The outcome of one module; with `stress` N one in N chances to collect is taken."""
        key = (machine, schedulers, stress)
        if key not in self._results:
            command = {"erl": ERL, "enigma": ENIGMA}[machine] + ["+S", str(schedulers)]
            chosen = names if names is not None else self.names
            if schedulers > 1:
                chosen = [n for n in chosen if n.startswith(TWO_SCHEDULERS)]
            extra = {"ENIGMA_STRESS_GC": str(stress)} if stress else None
            self._results[key] = run_table(command, self.ebin, chosen, extra)
        return self._results[key][name]


@pytest.fixture(scope="session")
def table(ebin: pathlib.Path, request: pytest.FixtureRequest) -> Table:
    """The results of the modules that the selected tests name."""
    wanted = {item.callspec.params["name"] for item in request.session.items
              if hasattr(item, "callspec") and "name" in item.callspec.params}
    return Table(ebin, wanted)

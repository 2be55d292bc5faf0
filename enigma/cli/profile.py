"""`enigma profile`: runs a program with counters on and says what it did.

One scheduler runs the program, so that what follows what is well defined and the counters need no locks. The loader
puts a counting instruction in front of every other one: times under the profile mean little, numbers are exact.
"""
from __future__ import annotations

import importlib
import json
import pathlib
import sys
from collections.abc import Sequence
from typing import Any

from enigma.api.vm import VM
from enigma.runtime.terms import Atom, ErlangError

WORD = 8


def _table(title: str, rows: dict[Any, int], total: int, top: int) -> list[str]:
    """The `top` most frequent rows: number, share of the total, running sum of the shares, name."""
    lines = [f"{title:<40}{len(rows)} different"]
    running = 0
    for name, n in sorted(rows.items(), key=lambda row: (-row[1], row[0]))[:top]:
        running += n
        text = name if isinstance(name, str) else "  ".join(name)
        lines.append(f"{n:>14} {100 * n / total:6.2f}% {100 * running / total:6.2f}%  {text}")
    return lines


def _pauses(title: str, figures: dict[str, Any]) -> list[str]:
    count = figures["count"]
    if count == 0:
        return [f"{title:<20}none"]
    lines = [(f"{title:<20}{count}, mean {figures['nanoseconds'] / count / 1000:.1f} us, "
              f"longest {figures['longest'] / 1000:.1f} us, together {figures['nanoseconds'] / 1e6:.2f} ms")]
    for low, n in figures["pauses"].items():
        lines.append(f"{n:>14}  from {low / 1000:.3f} us")
    return lines


def report(figures: dict[str, Any], instructions: bool, top: int) -> str:
    """The figures of enigma.code.profile.counters() as text."""
    total = max(figures["total"], 1)
    lines = [f"{'instructions':<20}{figures['total']}",
             (f"{'allocated':<20}{figures['allocated'] * WORD} bytes before collections, "
              f"{figures['reclaimed'] * WORD} reclaimed"),
             *_pauses("minor collections", figures["minor"]), *_pauses("full collections", figures["major"])]
    if instructions:
        for title in ("instructions", "pairs", "triples"):
            lines += ["", *_table(title, figures[title], total, top)]
        if figures["lost"]:
            lines.append(f"{figures['lost']} triples found no room in the table")
    return "\n".join(lines) + "\n"


def profile(file: str | None, arguments: Sequence[str], expressions: str | None, *, instructions: bool, top: int,
            json_file: str | None) -> int:
    """Runs FILE's main/1 or main/0, or the expressions; the exit code is 1 if they failed."""
    counting: Any = importlib.import_module("enigma.code.profile")
    counting.begin()
    code = 0
    with VM(schedulers=1) as vm:
        module = None
        if file is not None:
            module = vm.load(file)
        counting.reset()
        try:
            if module is None:
                vm.eval(str(expressions))
            elif vm.call("erlang", "function_exported", module, Atom("main"), 1):
                vm.call(module, "main", [list(argument.encode()) for argument in arguments])
            else:
                vm.call(module, "main")
        except ErlangError as error:
            print(f"enigma: {error}", file=sys.stderr)
            code = 1
        figures = counting.counters()
    sys.stderr.write(report(figures, instructions, top))
    if json_file is not None:
        plain = {**figures, **{key: {" ".join(name): n for name, n in figures[key].items()}
                               for key in ("pairs", "triples")}}
        pathlib.Path(json_file).write_text(json.dumps(plain, indent=1), encoding="utf-8")
    return code


"""How much faster two schedulers are than one, on each VM: kernels of `scaling.erl` with +S 1 and +S 2 in turn."""
from __future__ import annotations

import statistics
from typing import Any

from measure import Commands, Runner, interleaved


def table(vms: Commands, rounds: int, wanted: list[str]) -> list[dict[str, Any]]:
    """Prints and returns how many times as fast two schedulers are as one."""
    print(f"\n{'two schedulers over one':24} " + " ".join(f"{vm + ' ms (1, 2)':>22} {'gain':>5}" for vm in vms),
          flush=True)
    runners = {f"{vm} {n}": Runner([*command, "+S", n], "scaling") for vm, command in vms.items() for n in "12"}
    rows: list[dict[str, Any]] = []
    for name in wanted or next(iter(runners.values())).ask("list").split():
        times = interleaved(runners, name, rounds)
        if isinstance(times, str):
            rows.append({"name": name, "failed": times})
            print(f"{name:24} failed: {times[:70]}", flush=True)
            continue
        medians = {runner: statistics.median(t[0] for t in pairs) / 1000 for runner, pairs in times.items()}
        gains = {vm: medians[f"{vm} 1"] / medians[f"{vm} 2"] for vm in vms}
        rows.append({"name": name, "ms": medians, "gain": gains})
        print(f"{name:24} " + " ".join(
            f"{medians[f'{vm} 1']:11.2f} {medians[f'{vm} 2']:10.2f} {gains[vm]:5.2f}" for vm in vms), flush=True)
    for runner in runners.values():
        runner.end()
    return rows

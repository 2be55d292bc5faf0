"""What things cost in memory on each VM: the idle VM, a process, a row of a table.

Each figure comes from a VM of its own, one after the other, with its address space limited. Bytes are what the VM
itself says (`process_info`, `ets:info`) and how much resident memory grew.
"""
from __future__ import annotations

import subprocess

from measure import ROOT, Commands

LIMIT_KB = 12_000_000    # of address space; erl reserves some gigabytes that it never touches
RSS = (
    "Rss = fun() -> {ok, B} = file:read_file(\"/proc/self/statm\"), "
    "list_to_integer(lists:nth(2, string:tokens(binary_to_list(B), \" \"))) * 4096 end, "
)
PROCESSES = (
    "A = Rss(), Spawn = fun Spawn(0, L) -> L; "
    "Spawn(N, L) -> Spawn(N - 1, [spawn(fun() -> receive stop -> ok end end) | L]) end, "
    "Ps = Spawn(%d, []), timer:sleep(500), %d = length([P || P <- Ps, is_process_alive(P)]), "
    "{memory, M} = process_info(hd(Ps), memory), B = Rss(), "
    "io:format(\"~p ~p~n\", [M, (B - A) div length(Ps)]), halt()."
)
TABLE = (
    "A = Rss(), T = ets:new(t, [set]), [ets:insert(T, {I, I}) || I <- lists:seq(1, 1000000)], "
    "garbage_collect(), M = ets:info(T, memory) * erlang:system_info(wordsize), B = Rss(), "
    "io:format(\"~p ~p~n\", [M div 1000000, (B - A) div 1000000]), halt()."
)
# Title, flags and code of a measurement that prints two numbers of bytes: what the VM says, what is resident.
QUICK = [
    ("idle VM", [], "timer:sleep(300), io:format(\"~p ~p~n\", [erlang:memory(total), Rss()]), halt()."),
    ("idle process", [], PROCESSES % (100_000, 100_000)),
]
FULL = [
    *QUICK,
    ("process of 1,000,000", ["+P", "2000000"], PROCESSES % (1_000_000, 1_000_000)),
    ("row of 1,000,000 in ETS", [], TABLE),
]


def measure(vm: list[str], flags: list[str], code: str) -> list[int] | str:
    """The two numbers, or why there are none."""
    limited = ["sh", "-c", f'ulimit -v {LIMIT_KB}; exec "$@"', "sh", *vm, *flags, "-noshell", "-eval", RSS + code]
    try:
        done = subprocess.run(limited, capture_output=True, text=True, timeout=300, cwd=ROOT, check=False)
    except subprocess.TimeoutExpired:
        return "no end within 300 s"
    words = done.stdout.split()
    if len(words) != 2 or not all(word.isdigit() for word in words):
        return (done.stdout + done.stderr).strip()[-200:] or f"exit status {done.returncode}"
    return [int(word) for word in words]


def table(vms: Commands, quick: bool) -> dict[str, dict[str, list[int] | str]]:
    """Prints the figures of all VMs; returns them by title and VM."""
    print(f"\n{'memory':24} " + " ".join(f"{vm:>24}" for vm in vms), flush=True)
    print(f"{'bytes: counted, resident':24}", flush=True)
    found: dict[str, dict[str, list[int] | str]] = {}
    for title, flags, code in QUICK if quick else FULL:
        found[title] = {vm: measure(command, flags, code) for vm, command in vms.items()}
        cells = [f"{f[0]:12,} {f[1]:11,}" if isinstance(f, list) else f"{f[:24]:>24}" for f in found[title].values()]
        print(f"{title:24} " + " ".join(cells), flush=True)
    return found

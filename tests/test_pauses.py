"""Long work on tables of 300,000 objects must not keep other processes waiting, with one scheduler."""
import pathlib
import subprocess

from support import ENIGMA, environment

HERE = pathlib.Path(__file__).parent
BOUND = 150      # ms; slices take about one, the rest is for collections and a busy machine
TRIES = 4        # whatever else the machine does, it does not do each time


def pauses(ebin: pathlib.Path) -> dict[str, int]:
    """The longest pause, in milliseconds, that each operation made."""
    command = [*ENIGMA, "+S", "1", "-noshell", "-pa", str(ebin), "-s", "pauses", "main", "-s", "init", "stop"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True, env=environment())
    lines = [line.rsplit(maxsplit=1) for line in done.stdout.splitlines()]
    return {name: int(ms) for name, ms in lines}


def test_tables_pause_nobody(tmp_path: pathlib.Path) -> None:
    subprocess.run(["erlc", "-o", str(tmp_path), str(HERE / "pauses.erl")], check=True, timeout=120)
    shortest = pauses(tmp_path)
    assert len(shortest) == 43
    for _ in range(TRIES - 1):
        if max(shortest.values()) < BOUND:
            break
        again = pauses(tmp_path)
        shortest = {name: min(ms, again[name]) for name, ms in shortest.items()}
    assert {name: ms for name, ms in shortest.items() if ms >= BOUND} == {}

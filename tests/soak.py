"""Keeps a server that allocates under load for some minutes and says whether its resident size stays flat.

`make soak` or `python tests/soak.py [--minutes M] [--sample SECONDS] [--erl]`. It prints a line for each sample and
fails if the size grew. soak.erl next to this file is the program; test_memory.py runs the same for a short while.
"""
from __future__ import annotations

import argparse
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from support import ENIGMA, ERL, environment

PROGRAM = pathlib.Path(__file__).with_name("soak.erl")
HEADS = ["second", "rss kB", "total", "processes", "binary", "ets", "code", "procs", "tables", "requests"]
SLACK_KB = 12 * 1024  # allocators and the spread of the samples


def soak(command: list[str], seconds: float, sample: int, show: bool = False) -> list[list[int]]:
    """Run the program; the samples, each with the columns of HEADS. RuntimeError if it ends before its time."""
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([shutil.which("erlc") or "erlc", "-o", directory, str(PROGRAM)], check=True)
        process = subprocess.Popen(
            [*command, "-noshell", "-pa", directory, "-run", "soak", "main", str(int(seconds)), str(sample)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            env=environment({"SOAK_DIR": directory, "MALLOC_ARENA_MAX": "2"}))
        assert process.stdout is not None
        samples, other = [], []
        deadline = time.monotonic() + seconds * 1.5 + 60
        for line in process.stdout:
            words = line.split()
            if words[:1] == ["sample"]:
                samples.append([int(word) for word in words[1:]])
                if show:
                    print(" ".join(f"{n:>10}" for n in samples[-1]), flush=True)
            else:
                other.append(line)
            if time.monotonic() > deadline:
                process.kill()
        if process.wait() != 0 or not samples:
            raise RuntimeError(f"exit code {process.returncode}\n{''.join(other)[-3000:]}")
        return samples


def growth(samples: list[list[int]]) -> int:
    """By how many kB the resident size grew: the middle of the last third of the samples against that of the first
    third, without the first tenth, in which caches fill."""
    sizes = [s[1] for s in samples[len(samples) // 10:]]
    third = max(1, len(sizes) // 3)
    return round(statistics.median(sizes[-third:]) - statistics.median(sizes[:third]))


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--sample", type=int, default=10, help="seconds between two samples")
    parser.add_argument("--erl", action="store_true", help="run it under erl, to compare")
    options = parser.parse_args()
    print(" ".join(f"{head:>10}" for head in HEADS))
    samples = soak(ERL if options.erl else ENIGMA, options.minutes * 60, options.sample, show=True)
    grown = growth(samples)
    allowed = SLACK_KB + samples[0][1] // 20
    print(f"{samples[-1][-1]} requests in {samples[-1][0]} s; the resident size grew by {grown} kB ({allowed} kB allowed)")
    return 0 if grown <= allowed else 1


if __name__ == "__main__":
    sys.exit(main())

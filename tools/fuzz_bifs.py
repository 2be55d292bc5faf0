"""Calls every BIF with drawn arguments under erl and under Enigma and compares what comes of it.

The calls, their arguments and what may differ stand in tests/fuzz: `signatures.txt` (read it first), `fuzz.erl`
(runs calls and writes one line each), `fuzzpool.erl` (terms). Call N of seed S is the same on both machines. A VM that
dies or stops answering is started again behind the call at fault. What erl itself does not survive is listed and
not compared; what differs at first is called once more, alone, before it counts.

    tools/fuzz_bifs.py --calls 40000 --seed 1       # what `make fuzz` does
    tools/fuzz_bifs.py --only ets: --calls 2000     # calls of some functions only
"""
from __future__ import annotations

import argparse
import collections
import dataclasses
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from support import ENIGMA, ERL, Child, environment

SOURCES = ROOT / "tests" / "fuzz"
SIGNATURES = SOURCES / "signatures.txt"
SILENCE = 30.0  # seconds without a finished call after which a VM counts as hung
PART = 2500  # calls in one VM
DEAD = "the VM died"
HUNG = "the VM hung"
LATE = "no end within the time limit"


@dataclasses.dataclass
class Call:
    """What one machine wrote about a call."""

    function: str
    arguments: str
    outcome: str


def compile_sources(directory: pathlib.Path) -> None:
    """Compile tests/fuzz/*.erl with OTP's compiler."""
    files = [str(p) for p in sorted(SOURCES.glob("*.erl"))]
    subprocess.run(["erlc", "-o", str(directory), *files], check=True, timeout=120, env=environment())


def functions() -> list[str]:
    """The called functions in the file's order, `module:function/arity`; call N is function N modulo their number."""
    found = []
    for line in SIGNATURES.read_text(encoding="utf-8").splitlines():
        if line and line[0] not in "#-":
            name, *kinds = re.sub(r"^[~&*=^] ", "", line).split(" ")
            found.append(f"{name}/{len(kinds)}")
    return found


def listed() -> set[str]:
    """All functions that the signature file names, those it says not to call included."""
    refused = re.findall(r"^- (\S+) \S", SIGNATURES.read_text(encoding="utf-8"), re.MULTILINE)
    return set(functions()) | set(refused)


def known_bifs() -> set[str]:
    """The BIFs that erl says it has."""
    script = "[io:format(\"~s:~s/~w~n\", [M, F, A]) || {M, F, A} <- erlang:system_info(snifs)], halt()."
    result = subprocess.run([*ERL, "-noshell", "-eval", script], capture_output=True, text=True, check=True, env=environment())
    return set(result.stdout.split())


class Machine:
    """One of the two VMs, with a directory of its own for what the calls do to files."""

    def __init__(self, name: str, command: list[str], ebin: pathlib.Path, seed: int, extra: dict[str, str]) -> None:
        self.name, self.command, self.ebin, self.seed, self.extra = name, command, ebin, seed, extra
        self.calls: dict[int, Call] = {}

    def run(self, numbers: list[int]) -> None:
        """Make these calls; `calls` holds an entry for each afterwards."""
        left = numbers
        while left:
            with tempfile.TemporaryDirectory(prefix="fuzz") as place:
                self._run_some(left, pathlib.Path(place))
            left = [n for n in left if n not in self.calls]

    def _run_some(self, numbers: list[int], place: pathlib.Path) -> None:
        work, results = place / "work", place / "results"
        work.mkdir()
        results.touch()
        child = Child([*self.command, "-noshell", "-pa", str(self.ebin), "-run", "fuzz", "main", str(SIGNATURES), str(results),
                       str(self.seed), *ranges(numbers)], environment({"ERL_CRASH_DUMP_SECONDS": "0", **self.extra}), work)
        last, size = time.monotonic(), 0
        how = ""
        while child.process.poll() is None:
            time.sleep(0.05)
            now = results.stat().st_size
            if now != size:
                last, size = time.monotonic(), now
            elif time.monotonic() - last > SILENCE:
                how = HUNG
                break
        child.kill()
        for line in results.read_text(encoding="utf-8", errors="backslashreplace").split("\n")[:-1]:
            number, function, arguments, outcome = line.split("\t")
            self.calls[int(number)] = Call(function, arguments, outcome)
        missing = next((n for n in numbers if n not in self.calls), None)
        if missing is not None:
            words = how or f"{DEAD} (exit code {child.process.returncode})"
            self.calls[missing] = Call("", "", f"{words} {child.last_words()[-600:]}".strip())


def ranges(numbers: list[int]) -> list[str]:
    """[1, 2, 3, 7] as ["1-3", "7"]."""
    found: list[list[int]] = []
    for n in numbers:
        if found and found[-1][1] == n - 1:
            found[-1][1] = n
        else:
            found.append([n, n])
    return [str(a) if a == b else f"{a}-{b}" for a, b in found]


def two(what: str, a: str, b: str, width: int = 400) -> str:
    """Lines that show erl's text and Enigma's, long ones cut around their first difference; one line if they are equal."""
    if a == b or not a or not b:
        return f"  {what} {cut(a or b, 0, width)}\n"
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return f"  erl    {cut(a, at, width)}\n  enigma {cut(b, at, width)}\n"


def cut(text: str, at: int, width: int) -> str:
    """The text's beginning, or a part around `at`, at most about `width` characters long."""
    if at < width * 3 // 4:
        return text if len(text) <= width else f"{text[:width]}..."
    return f"{text[:width // 4]} ... {text[at - width // 4:at + width // 2]}"


def undefined(call: Call) -> bool:
    """True for an outcome of erl that says nothing: it died, hung, or found itself in the wrong."""
    return call.outcome.startswith((DEAD, HUNG, "{died,{internal_error,"))


def differing(erl: Machine, enigma: Machine, numbers: list[int]) -> list[int]:
    """The calls whose outcomes differ. Under constant collection a call may be too slow for the time limit."""
    found = [n for n in numbers if not undefined(erl.calls[n]) and erl.calls[n].outcome != enigma.calls[n].outcome]
    return [n for n in found if not ("ENIGMA_STRESS_GC" in enigma.extra and enigma.calls[n].outcome == LATE)]


def both(erl: Machine, enigma: Machine, numbers: list[int]) -> None:
    """Make calls on both machines at once."""
    threads = [threading.Thread(target=m.run, args=(numbers,)) for m in (erl, enigma)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


@dataclasses.dataclass
class Report:
    """What a run found."""

    calls: int
    wrong: list[str]  # a paragraph for each call that differs
    unstable: int  # differed in the long run, not alone
    refused: list[str]  # what erl does not survive


def fuzz(seed: int, numbers: list[int], flags: list[str], extra: dict[str, str] | None = None, talk: bool = False) -> Report:
    """Make the calls on both machines and compare."""
    with tempfile.TemporaryDirectory(prefix="fuzz") as directory:
        ebin = pathlib.Path(directory)
        compile_sources(ebin)
        erl = Machine("erl", [*ERL, *flags], ebin, seed, {})
        enigma = Machine("enigma", [*ENIGMA, *flags], ebin, seed, extra or {})
        for start in range(0, len(numbers), PART):
            part = numbers[start:start + PART]
            both(erl, enigma, part)
            if talk:
                print(f"{start + len(part)} calls, {len(differing(erl, enigma, numbers[:start + PART]))} differ", flush=True)
        suspects = differing(erl, enigma, numbers)
        first = {n: (erl.calls.pop(n), enigma.calls.pop(n)) for n in suspects}
        both(erl, enigma, suspects)
        wrong = differing(erl, enigma, suspects)
        for n in suspects:  # a death is no accident of the order
            if undefined(first[n][1]) and n not in wrong:
                erl.calls[n], enigma.calls[n] = first[n]
                wrong.append(n)
        names = functions()
        words = [f"{seed}:{n} {names[n % len(names)]}\n{two('arguments', erl.calls[n].arguments, enigma.calls[n].arguments)}"
                 f"{two('outcome', erl.calls[n].outcome, enigma.calls[n].outcome)}" for n in wrong]
        refused = [f"{seed}:{n} {names[n % len(names)]}: {erl.calls[n].outcome.splitlines()[0][:200]}" for n in numbers if undefined(erl.calls[n])]
        return Report(len(numbers), words, len(suspects) - len(wrong), refused)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--calls", type=int, default=40000)
    parser.add_argument("--only", default="", help="a regular expression on module:function/arity")
    parser.add_argument("--schedulers", default="2")
    parser.add_argument("--stress", action="store_true", help="collect at every chance")
    parser.add_argument("--show", type=int, default=3, help="differences shown of one function")
    options = parser.parse_args()
    unlisted = known_bifs() - listed()
    if unlisted:
        print("BIFs that tests/fuzz/signatures.txt does not name:", *sorted(unlisted))
        return 1
    names = functions()
    chosen = [i for i, name in enumerate(names) if re.search(options.only, name)]
    rounds = -(-options.calls // len(chosen))
    numbers = [r * len(names) + i for r in range(rounds) for i in chosen][:options.calls]
    report = fuzz(options.seed, numbers, ["+S", options.schedulers], {"ENIGMA_STRESS_GC": "1"} if options.stress else None, talk=True)
    grouped: dict[str, list[str]] = collections.defaultdict(list)
    for words in report.wrong:
        grouped[words.split("\n")[0].split(" ")[1]].append(words)
    for name in sorted(grouped):
        print(f"\n== {name}: {len(grouped[name])}")
        print("".join(grouped[name][:options.show]), end="")
    for words in report.refused:
        print("erl does not survive", words)
    print(f"\n{report.calls} calls of {len(chosen)} functions, {len(report.wrong)} differ, {report.unstable} differed once, "
          f"{len(report.refused)} end erl itself")
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())

"""Runs OTP's own test suites of the emulator on Enigma and compares the outcome with `erl`.

The suites come from Debian's source package of the installed OTP and stay under `build/conformance`. Each runs
under OTP's `common_test`, in a plain node, one VM per suite; when a case crashes or hangs the VM, another VM goes on
behind it. What `erl` passes here is in `tests/conformance/baseline.toml`, what Enigma is known to fail of that, with
the reasons, in `tests/conformance/known_failures.toml`.

    tools/conformance_suites.py                       # all suites
    tools/conformance_suites.py --suites map,ets --update   # two, and write their known failures
    tools/conformance_suites.py --suites map --baseline     # repeat the run on erl
    tools/conformance_suites.py --stress 1                  # a third of them, collecting at every chance

Exit status 1 if a case that is not listed fails or one that is listed passes. A reason that begins with `sometimes`
allows both. Cases that need peer nodes, NIFs or drivers are counted apart and never decide. What to read next:
`tools/conformance/conformance_hook.erl`, which runs inside both VMs.
"""
import argparse
import dataclasses
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import tomllib

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BASELINE = ROOT / "tests/conformance/baseline.toml"
KNOWN = ROOT / "tests/conformance/known_failures.toml"
KNOWN_STRESSED = ROOT / "tests/conformance/known_under_stress.toml"     # these besides, with --stress
FOLDERS = ("erts/emulator/test", "lib/stdlib/test", "lib/kernel/test", "lib/runtime_tools/test", "lib/tools/test")
SERVER = "lib/common_test/test_server"      # what all suites lean on
UNPACKED = (*FOLDERS, SERVER)
HELPED = FOLDERS[:2]                        # their other modules are helpers of the suites
NO_OPT = """bs_bincomp bs_bit_binaries bs_construct bs_match_bin bs_match_int bs_match_tail bs_match_misc bs_utf guard
map"""
PLAIN = """
after atomics beam beam_literals bif big binary bs_bincomp bs_bit_binaries bs_construct bs_match_bin bs_match_int
bs_match_misc bs_match_tail bs_utf call_trace code code_parallel_load counters crypto decode_packet dirty_bif erl_link
erts_debug evil exception float fun gc guard hash hash_property_test hello hibernate iovec list_bif map match_spec
message_queue_data module_info monitor multi_load nested nofrag num_bif op persistent_term prim_eval process pseudoknot
receive ref register save_calls scheduler sensitive signal small smoke_test statistics system_info system_profile time
timer_bif trace trace_bif trace_call_count trace_call_time trace_local trace_meta trace_nif trace_port tracer tuple
unique ets re binary_module seq_trace dbg fprof eprof cprof cover unicode base64 queue
"""
# What `--stress` runs: the suites of terms, of code that builds and matches them, and of what goes between processes.
STRESSED = """
after beam_literals big bs_bincomp bs_bit_binaries bs_construct bs_match_bin bs_match_int bs_match_misc bs_match_tail
bs_utf erl_link evil exception fun gc guard hibernate iovec list_bif match_spec message_queue_data module_info monitor
nested num_bif pseudoknot receive ref register signal tuple unique
"""
SUITES = PLAIN.split() + [f"{name}_no_opt" for name in NO_OPT.split()]


@dataclasses.dataclass
class Outcome:
    """What became of one case."""
    status: str     # pass, fail, skip, or unreached (its suite or group could not be set up)
    reason: str = ""


@dataclasses.dataclass
class Side:
    """One VM under test."""
    name: str               # also the folder of its copies
    command: list[str]      # all up to its flags
    limit: float            # seconds without any event before the VM is killed
    memory: int             # bytes of address space
    work: Path


# --- the sources ------------------------------------------------------------------------------------------------------


def source_lists() -> list[tuple[Path, str]]:
    """The system's own lists of packages, as lists of source packages: name and content. The system's stay as they are."""
    found = []
    for path in [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]:
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".sources":
            found.append((path, re.sub(r"^Types:.*$", "Types: deb-src", text, flags=re.MULTILINE)))
        elif path.suffix == ".list":
            found.append((path, re.sub(r"^deb\s", "deb-src ", text, flags=re.MULTILINE)))
    return found


def download_source(apt: Path) -> Path:
    """The archive of the installed OTP's source, from Debian's source package; all else lies in the folder `apt`, too."""
    version = subprocess.run(["dpkg-query", "-W", "-f", "${source:Version}", "erlang-base"], check=True,
                             capture_output=True, text=True).stdout
    (apt / "lists/partial").mkdir(parents=True)
    (apt / "cache/archives/partial").mkdir(parents=True)
    (apt / "parts").mkdir()
    for path, text in source_lists():
        (apt / "parts" / path.name).write_text(text, encoding="utf-8")
    options = ["-qq", "-o", "Dir::Etc::SourceList=/dev/null", "-o", f"Dir::Etc::SourceParts={apt}/parts",
               "-o", f"Dir::State::Lists={apt}/lists", "-o", f"Dir::Cache={apt}/cache",
               "-o", "APT::Sandbox::User=", "-o", "Acquire::Languages=none"]
    print(f"fetching the source of erlang {version}", file=sys.stderr)
    subprocess.run(["apt-get", *options, "update"], check=True, stdout=sys.stderr)
    subprocess.run(["apt-get", *options, "source", "--download-only", f"erlang={version}"], check=True, cwd=apt,
                   stdout=sys.stderr)
    return next(apt.glob("erlang_*.orig.tar.*"))


def fetch_sources(cache: Path) -> Path:
    """The folder with the suites, unpacked from Debian's source package unless it is there already."""
    source = cache / "source"
    if all((source / folder).is_dir() for folder in UNPACKED):
        return source
    with tempfile.TemporaryDirectory() as name:
        apt = Path(name)
        with tarfile.open(download_source(apt)) as archive:
            wanted = [entry for entry in archive
                      if entry.name.partition("/")[2].startswith(tuple(f"{folder}/" for folder in UNPACKED))]
            archive.extractall(apt / "unpacked", members=wanted, filter="data")
        shutil.copytree(next((apt / "unpacked").iterdir()), source, dirs_exist_ok=True)
    return source


def install_packages() -> None:
    """Installs the OTP applications that the suites use and that the tests of this project don't."""
    wanted = {"common_test": "erlang-common-test", "compiler": "erlang-base", "crypto": "erlang-crypto",
              "tools": "erlang-tools", "parsetools": "erlang-parsetools", "inets": "erlang-inets",
              "syntax_tools": "erlang-syntax-tools", "xmerl": "erlang-xmerl", "eunit": "erlang-eunit"}
    applications = Path("/usr/lib/erlang/lib")
    missing = sorted({package for name, package in wanted.items() if not list(applications.glob(f"{name}-*/ebin"))})
    if not list(applications.glob("common_test-*/include/ct.hrl")):
        missing.append("erlang-dev")
    if missing:
        print("installing:", *missing)
        sudo = [] if os.geteuid() == 0 else ["sudo"]
        subprocess.run([*sudo, "apt-get", "update", "-qq"], check=True)
        subprocess.run([*sudo, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], check=True,
                       env=dict(os.environ, DEBIAN_FRONTEND="noninteractive"), stdout=subprocess.DEVNULL)


def compile_suites(source: Path, work: Path, suites: list[str]) -> dict[str, Path]:
    """Compiles the hook, the helpers and the suites that are not compiled yet; suite name to its source folder."""
    beams = work / "beams"
    beams.mkdir(parents=True, exist_ok=True)
    tools = sorted((HERE / "conformance").glob("*.erl"))
    helpers = [path for path in sorted((source / SERVER).glob("ts*.erl"))]
    for folder in HELPED:
        helpers += [path for path in sorted((source / folder).glob("*.erl")) if not path.stem.endswith("_SUITE")]
    homes, todo = {}, {}
    for name in suites:
        plain = name.removesuffix("_no_opt")
        for folder in FOLDERS:
            path = source / folder / f"{plain}_SUITE.erl"
            if path.exists():
                break
        else:
            raise SystemExit(f"no suite {plain} in {source}")
        homes[name] = path.parent
        if plain != name:
            (work / "no_opt").mkdir(exist_ok=True)
            changed = work / "no_opt" / f"{name}_SUITE.erl"
            if not changed.exists():
                text = path.read_text(encoding="utf-8", errors="surrogateescape")
                changed.write_text(text.replace(f"-module({plain}_SUITE)", f"-module({name}_SUITE)"),
                                   encoding="utf-8", errors="surrogateescape")
            path = changed
        todo[path] = path.parent if plain == name else homes[name]
    jobs = [(path, path.parent) for path in tools + helpers] + list(todo.items())
    for path, include in jobs:
        beam = beams / f"{path.stem}.beam"
        if beam.exists() and beam.stat().st_mtime >= path.stat().st_mtime:
            continue
        flags = ["+no_copt", "+no_postopt", "+no_ssa_opt", "+no_bsm_opt"] if "_no_opt_" in path.stem else []
        done = subprocess.run(["erlc", "+debug_info", "+nowarn_export_all", "-W0", *flags, "-I", str(include),
                               "-I", str(source / SERVER), "-pa", str(beams), "-o", str(beams), path.name],
                              check=False, capture_output=True, text=True, cwd=path.parent)
        if done.returncode and path in todo:
            raise SystemExit(f"{path} does not compile:\n{done.stdout}{done.stderr}")
    return homes


def needs_of(work: Path, suites: list[str]) -> dict[str, dict[str, str]]:
    """Suite to case to what it needs: peer, nif or driver."""
    beams = [str(work / "beams" / f"{name}_SUITE.beam") for name in suites]
    text = subprocess.run(["erl", "-noinput", "-pa", str(work / "beams"), "-run", "conformance_needs", "main", *beams],
                          check=True, capture_output=True, text=True).stdout
    needs: dict[str, dict[str, str]] = {}
    for line in text.splitlines():
        suite, case, need = line.split("\t")
        needs.setdefault(suite.removesuffix("_SUITE"), {})[case] = need
    return needs


# --- running a suite --------------------------------------------------------------------------------------------------


def prepare(side: Side, suite: str, home: Path) -> Path:
    """A fresh folder for the suite: beams of everything, its data folders, empty logs."""
    folder = side.work / side.name / suite
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "test").mkdir(parents=True)
    (folder / "logs").mkdir()
    for beam in (side.work / "beams").glob("*.beam"):
        if not beam.stem.endswith("_SUITE") or beam.stem == f"{suite}_SUITE":
            shutil.copy(beam, folder / "test")
    plain = suite.removesuffix("_no_opt")
    for extra in (f"{plain}_SUITE_data", "property_test"):
        if (home / extra).is_dir():
            target = extra if extra == "property_test" else f"{suite}_SUITE_data"
            shutil.copytree(home / extra, folder / "test" / target)
    for path in [*home.glob(f"{plain}_SUITE.erl"), *home.glob("*.hrl")]:
        shutil.copy(path, folder / "test")
    return folder


def run_vm(side: Side, suite: str, folder: Path, flags: list[str], only: str) -> str:
    """Runs one VM until it ends, or until no event came for the limit; how it ended, or '' if it finished."""
    log = folder / "events"
    command = [*side.command, *flags, "-noinput", "-pa", str(folder / "test"), "-run", "conformance_hook", "run"]
    environment = dict(
        os.environ, CONFORMANCE_SUITE=f"{suite}_SUITE", CONFORMANCE_DIR=str(folder / "test"),
        CONFORMANCE_LOGS=str(folder / "logs"), CONFORMANCE_DONE=str(folder / "done"), CONFORMANCE_LOG=str(log),
        CONFORMANCE_ONLY=only, PYTHONPATH=str(ROOT), ERL_CRASH_DUMP=str(folder / "crash.dump"))

    limited = ["sh", "-c", f'ulimit -v {side.memory >> 10} -c 0; exec "$@"', "sh", *command]
    with open(folder / "output", "ab") as output:
        process = subprocess.Popen(limited, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT, start_new_session=True)
    started = time.time()
    try:
        while True:
            try:
                process.wait(1)
                break
            except subprocess.TimeoutExpired:
                last = max(started, log.stat().st_mtime) if log.exists() else started
                if time.time() - last > side.limit:
                    return f"no end within {side.limit:.0f} s"
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
    if log.exists() and "\nfinished\t" in "\n" + log.read_text(encoding="utf-8", errors="replace"):
        return ""
    code = process.returncode
    tail = (folder / "output").read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
    name = signal.Signals(-code).name if code < 0 else f"status {code}"
    return f"VM ended: {name} {' '.join(tail)[:300]}".strip()


def read_events(folder: Path, outcomes: dict[str, Outcome]) -> list[str]:
    """Adds the outcomes in the event file; returns the cases that were started and have none."""
    log = folder / "events"
    running: list[str] = []
    settled = {case for case, outcome in outcomes.items() if outcome.status != "unreached"}
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    for line in lines:
        event, case, reason = (line.split("\t", 2) + ["", ""])[:3]
        name = case.rpartition("/")[2]
        if event == "finished" or name.startswith(("init_per_", "end_per_")) or case in settled:
            continue
        if "conformance_passed_over" in reason:
            continue
        if event == "start":
            running.append(case)
            continue
        if case in running:
            running.remove(case)
        before = outcomes.get(case)
        if before is None or (event in ("fail", "skip") and before.status in ("pass", "unreached")):
            outcomes[case] = Outcome(event, "" if event == "pass" else reason)
    log.unlink(missing_ok=True)
    return [case for case in dict.fromkeys(running) if case not in outcomes]


def run_suite(side: Side, suite: str, home: Path, flags: list[str], only: str = "") -> dict[str, Outcome]:
    """All cases of a suite on one side, with as many VMs as it takes."""
    folder = prepare(side, suite, home)
    outcomes: dict[str, Outcome] = {}
    suspects: list[str] = []
    while True:
        alone = suspects[0] if suspects else only
        done = [case for case, outcome in outcomes.items() if outcome.status != "unreached"]
        (folder / "done").write_text("\n".join(done), encoding="utf-8")
        ended = run_vm(side, suite, folder, flags, alone)
        before = len(done)
        running = read_events(folder, outcomes)
        if suspects:
            suspects.pop(0)
            running = [case for case in running if case == alone]
        if not ended:
            if suspects:
                continue
            if not alone or only:
                return outcomes
            continue
        if len(running) == 1:
            outcomes[running[0]] = Outcome("fail", ended)
        elif running:
            suspects = running
        elif len(outcomes) <= before and not suspects:
            outcomes["init_per_suite"] = Outcome("fail", ended)
            return outcomes
        if only:
            return outcomes


# --- the lists --------------------------------------------------------------------------------------------------------


def quote(text: str) -> str:
    """A TOML basic string."""
    clean = text.encode("utf-8", "replace").decode("utf-8").replace("\x7f", "?")
    return json.dumps(clean, ensure_ascii=False)


def read_toml(path: Path) -> dict[str, dict]:
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def wrapped(names: list[str]) -> str:
    """A TOML array of strings over lines of at most 118 columns."""
    lines, line = [], ""
    for name in names:
        item = f"{quote(name)}, "
        if len(line) + len(item) > 114:
            lines.append(line.rstrip())
            line = ""
        line += item
    lines.append(line.rstrip())
    return "[\n    " + "\n    ".join(lines) + "\n]" if names else "[]"


def write_baseline(table: dict[str, dict[str, list[str]]]) -> None:
    text = "# What `erl` of Debian's OTP 25.2.3 makes of its own suites in a plain node: written by\n" \
           "# tools/conformance_suites.py --baseline.\n"
    for suite in sorted(table):
        text += f"\n[{suite}]\n"
        for status in ("pass", "skip", "fail"):
            if table[suite].get(status):
                text += f"{status} = {wrapped(table[suite][status])}\n"
    BASELINE.write_text(text, encoding="utf-8")


def write_known(known: dict[str, dict[str, str]]) -> None:
    text = "# Cases that `erl` passes and Enigma does not, with the reason seen: written by\n" \
           "# tools/conformance_suites.py --update. A reason that begins with `sometimes` allows a pass too;\n" \
           "# one that begins with `because` was written by hand and is kept.\n"
    for suite in sorted(known):
        if known[suite]:
            text += f"\n[{suite}]\n"
            text += "".join(f"{quote(case)} = {quote(reason)}\n" for case, reason in sorted(known[suite].items()))
    KNOWN.write_text(text, encoding="utf-8")


def brief(outcome: Outcome) -> str:
    """A reason for the list: status and text on one line, without what changes from run to run."""
    reason = re.sub(r"<\d+\.\d+\.\d+>", "<pid>", outcome.reason)
    reason = re.sub(r"#Ref<[\d.]+>", "#Ref<>", reason)
    reason = re.sub(r"#(Port|Fun)<[^>]*>", r"#\1<>", reason)
    reason = re.sub(r'"/[^"]*/([^"/]*)"', r'"\1"', reason)
    reason = re.sub(r"\s+", " ", reason)
    return f"{outcome.status}: {reason[:200]}" if reason else outcome.status


def judge(suite: str, passed: list[str], outcomes: dict[str, Outcome], needs: dict[str, str],
          listed: dict[str, str], wrong: list[str], failures: list[str],
          may_skip: bool = False) -> tuple[list[int], dict[str, str]]:
    """Compares what Enigma made of a suite with what `erl` passed and with the list of known failures.

    Returns the counts (cases of erl, pass, fail, skip, of those apart passed and all) and the list as it should be;
    appends what contradicts the list to `wrong`, and every failure in full to `failures`. `may_skip`: under other flags
    than erl had, a case or a whole suite may find that it does not apply.
    """
    row = [0] * 6
    found: dict[str, str] = {}
    no_setup = outcomes.get("init_per_suite")
    for case in passed:
        missing = "skip" if may_skip and not outcomes else "fail"
        outcome = outcomes.get(case) or Outcome(missing, no_setup.reason if no_setup else "not run")
        status = outcome.status if outcome.status in ("pass", "skip") else "fail"
        need = needs.get(case.rpartition("/")[2])
        if status != "pass":
            failures.append(f"{suite}:{case}{f' ({need})' if need else ''}\n    {outcome.status}: {outcome.reason}\n")
        if need:
            row[4] += status == "pass"
            row[5] += 1
            continue
        row[0] += 1
        row[("pass", "fail", "skip").index(status) + 1] += 1
        allowed = listed.get(case, "")
        if allowed.startswith("sometimes"):
            found[case] = allowed
        elif status != "pass" and not (status == "skip" and may_skip):
            found[case] = allowed if allowed.startswith("because") else brief(outcome)
            if not allowed:
                wrong.append(f"{suite}:{case} is not listed and did not pass: {found[case]}")
        elif allowed:
            wrong.append(f"{suite}:{case} is listed and passes")
    return row, found


def table_row(name: str, row: list[int]) -> str:
    return f"{name:24} {row[0]:5} {row[1]:5} {row[2]:5} {row[3]:5} {f'{row[4]}/{row[5]}':>9}"


# --- the run ----------------------------------------------------------------------------------------------------------


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--suites", default="", help="names without _SUITE, by commas or blanks (default: all)")
    parser.add_argument("--case", default="", help="only this case of the one suite; prints what became of it")
    parser.add_argument("--cache", type=Path, default=ROOT / "build/conformance", help="folder for all that is fetched")
    parser.add_argument("--source", type=Path, help="an unpacked source package instead of fetching one")
    parser.add_argument("--baseline", action="store_true", help="run the suites on erl again")
    parser.add_argument("--update", action="store_true", help="write the known failures of these suites")
    parser.add_argument("--erl", default="erl", help="the reference VM (default: %(default)s)")
    parser.add_argument("--flags", default="", help="more flags for Enigma, such as '+S 1'")
    parser.add_argument("--limit", type=float, default=150, help="seconds for one case (default: %(default)s)")
    parser.add_argument("--memory", type=float, default=8, help="GB of address space a VM may take")
    parser.add_argument("--stress", type=int, metavar="N", help="collect at every Nth chance; limits of cases grow")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="suites that run at the same time")
    parser.add_argument("--report", type=Path, help="also write the full reasons of all failures to this file")
    arguments = parser.parse_args()

    everything = STRESSED.split() if arguments.stress else SUITES
    suites = re.split(r"[,\s]+", arguments.suites.strip()) if arguments.suites.strip() else everything
    suites = [name.removesuffix("_SUITE") for name in suites]
    work = arguments.cache.resolve()
    install_packages()
    source = (arguments.source or fetch_sources(work)).resolve()
    homes = compile_suites(source, work, suites)
    needs = needs_of(work, suites)
    memory = int(arguments.memory * 2**30)
    enigma = Side("enigma", [sys.executable, "-m", "enigma", "erl"], arguments.limit, memory, work)
    erl = Side("erl", [arguments.erl], arguments.limit, 2 * memory, work)
    flags = shlex.split(arguments.flags)
    if arguments.stress:
        if arguments.update or arguments.baseline:
            parser.error("--stress goes with neither --update nor --baseline")
        os.environ["ENIGMA_STRESS_GC"] = str(arguments.stress)
        enigma.limit *= 4

    if arguments.case:
        outcomes = run_suite(erl if arguments.baseline else enigma, suites[0], homes[suites[0]],
                             [] if arguments.baseline else flags, arguments.case)
        for case, outcome in outcomes.items():
            print(f"{case}: {outcome.status} {outcome.reason}")
        return 0

    baseline = read_toml(BASELINE)
    fresh = [name for name in suites if arguments.baseline or name not in baseline]
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for name, outcomes in zip(fresh, pool.map(lambda name: run_suite(erl, name, homes[name], []), fresh),
                                  strict=True):
            entry: dict[str, list[str]] = {}
            for case, outcome in sorted(outcomes.items()):
                status = outcome.status if outcome.status in ("pass", "fail") else "skip"
                entry.setdefault(status, []).append(case)
            baseline[name] = entry
            write_baseline(baseline)
            print(f"erl: {name:24} {' '.join(f'{len(cases)} {status}' for status, cases in entry.items())}", flush=True)

        known = read_toml(KNOWN)
        if arguments.stress:
            for name, cases in read_toml(KNOWN_STRESSED).items():
                known[name] = known.get(name, {}) | cases
        print(f"{'suite':24} {'erl':>5} {'pass':>5} {'fail':>5} {'skip':>5} {'apart':>9} {'seconds':>8}")
        wrong: list[str] = []
        failures: list[str] = []
        totals = [0] * 6

        def timed(name: str) -> tuple[dict[str, Outcome], float]:
            started = time.monotonic()
            return run_suite(enigma, name, homes[name], flags), time.monotonic() - started

        for name, (outcomes, seconds) in zip(suites, pool.map(timed, suites), strict=True):
            row, known[name] = judge(name, baseline[name].get("pass", []), outcomes, needs.get(name, {}),
                                     known.get(name, {}), wrong, failures, bool(flags))
            totals = [a + b for a, b in zip(totals, row, strict=True)]
            print(table_row(name, row), f"{seconds:8.0f}", flush=True)
            if arguments.update:
                write_known(known)
            if arguments.report:
                arguments.report.write_text("".join(failures), encoding="utf-8")
    print(table_row("all", totals))
    if arguments.update:
        return 0
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

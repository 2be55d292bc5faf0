"""Compiles OTP's own sources on `erl` and on Enigma and compares the checksums of what comes out.

The compiler is the largest pure program at hand, and it checks itself: one wrong bit in arithmetic, order,
maps, binaries or the collector shows as another `beam_lib:md5/1`. Every module of the applications named (their
`src` directories must be installed: Debian's `erlang-src`) is compiled in one VM by each side.

    tools/conformance_compiler.py                         # kernel, stdlib, compiler
    tools/conformance_compiler.py --apps mnesia,ssl --flags "+S 1"
    ENIGMA_STRESS_GC=1 tools/conformance_compiler.py --modules lists,erl_scan

Exit status 0 if all are equal, 1 if not; differences go to standard output, one a line. What to read next:
`enigma/cli/main.py` for the command line that runs the guest side.
"""
import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

APPLICATIONS = "kernel,stdlib,compiler"

# Reads jobs {Source, Options}, writes a line `Source TAB checksum-or-error` for each as soon as it is done, so
# that a hang or crash names its module.
DRIVER = r"""
-module(conformance_driver).
-export([main/0]).

main() ->
    {ok, [Jobs]} = file:consult(os:getenv("CONFORMANCE_JOBS")),
    {ok, Out} = file:open(os:getenv("CONFORMANCE_OUT"), [write, raw]),
    lists:foreach(fun(Job) -> ok = file:write(Out, line(Job)) end, Jobs),
    ok = file:close(Out),
    erlang:halt(0).

line({Source, _} = Job) ->
    unicode:characters_to_binary([Source, $\t, result(Job), $\n]).

result({Source, Options}) ->
    try compile:file(Source, [binary, return, deterministic | Options]) of
        {ok, _Module, Code, _Warnings} ->
            {ok, {_, Checksum}} = beam_lib:md5(Code),
            binary:encode_hex(Checksum);
        {error, Errors, _Warnings} ->
            io_lib:format("error ~0tp", [Errors])
    catch
        Class:Reason:Stack ->
            io_lib:format("crash ~0tp", [{Class, Reason, Stack}])
    end.
"""


def otp_library(erl: str) -> Path:
    """The directory that holds the applications of the OTP which `erl` runs."""
    command = [erl, "-noshell", "-eval", 'io:put_chars(code:lib_dir()), halt().']
    return Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def text(value: object) -> str:
    """An Erlang string literal."""
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def job(source: Path, library: Path, includes: list[Path]) -> str:
    """One `{Source, Options}`: every application's include directory, as OTP's build has them a few at a time."""
    version = source.parent.parent.name.rpartition("-")[2]
    options = [f"{{i,{text(path)}}}" for path in [source.parent, *includes, library]]
    options += [f"{{d,'{name}',{text(version)}}}" for name in ("COMPILER_VSN", "VSN")]
    return f"{{{text(source.with_suffix(''))},[{','.join(options)}]}}"


def run(command: list[str], jobs: Path, out: Path, limit: float) -> tuple[dict[str, str], float]:
    """Compiles all jobs with one VM: module path to checksum or error, and the seconds it took."""
    environment = dict(os.environ, CONFORMANCE_JOBS=str(jobs), CONFORMANCE_OUT=str(out))
    started = time.monotonic()
    try:
        status = subprocess.run(command, env=environment, timeout=limit, stdin=subprocess.DEVNULL, check=False).returncode
    except subprocess.TimeoutExpired:
        status = "time limit"
    if status:
        print(f"{command[0]} ended with {status}")
    lines = out.read_text(encoding="utf-8").splitlines() if out.exists() else []
    return dict(line.split("\t", 1) for line in lines if "\t" in line), time.monotonic() - started


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--apps", default=APPLICATIONS, help="applications, by commas, or all (default: %(default)s)")
    parser.add_argument("--modules", default="", help="only these modules, by commas")
    parser.add_argument("--erl", default="erl", help="the reference VM (default: %(default)s)")
    parser.add_argument("--flags", default="", help="more flags for Enigma, such as '+S 1'")
    parser.add_argument("--timeout", type=float, default=1800, help="seconds for each side")
    arguments = parser.parse_args()

    library = otp_library(arguments.erl)
    includes = sorted(library.glob("*/include"))
    names = ["*"] if arguments.apps == "all" else [f"{name}-*" for name in arguments.apps.split(",")]
    folders = [folder for name in names for folder in sorted(library.glob(f"{name}/src"))]
    chosen = set(filter(None, arguments.modules.split(",")))
    sources = [source for folder in folders for source in sorted(folder.rglob("*.erl"))
               if not chosen or source.stem in chosen]
    if not sources:
        print(f"no sources below {library}: is erlang-src installed?")
        return 1

    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        driver = work / "conformance_driver.erl"
        driver.write_text(DRIVER, encoding="utf-8")
        subprocess.run(["erlc", "-o", name, str(driver)], check=True)
        jobs = work / "jobs"
        jobs.write_text("[" + ",\n".join(job(source, library, includes) for source in sources) + "].\n",
                        encoding="utf-8")
        tail = ["-noshell", "-pa", name, "-s", "conformance_driver", "main"]
        wanted, there = run([arguments.erl, *tail], jobs, work / "wanted", arguments.timeout)
        enigma = [sys.executable, "-m", "enigma", "erl", *shlex.split(arguments.flags), *tail]
        got, here = run(enigma, jobs, work / "got", arguments.timeout)

    different = [path for path in wanted if got.get(path) != wanted[path]]
    for path in different:
        print(f"{path}\n  erl     {wanted[path][:300]}\n  enigma  {got.get(path, 'nothing')[:300]}")
    failed = sum(" " in result for result in wanted.values())
    print(f"{len(sources)} modules, {len(different)} different ({failed} don't compile with erl); "
          f"erl {there:.0f} s, enigma {here:.0f} s")
    return 1 if different or len(wanted) != len(sources) else 0


if __name__ == "__main__":
    sys.exit(main())

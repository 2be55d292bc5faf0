"""Builds OTP's emulator without its JIT, as an interpreter, for the benchmark's third column.

    tools/otp_interpreter.py [--jobs N]     # prints the path of its `erl`: ERL_EMU for `make bench`

The source is Debian's source package of the installed OTP (as for the conformance suites); configuring and compiling
the emulator takes some ten minutes of one core. Only the emulator is built, with the same compiler flags that OTP
chooses for its JIT: `erl` here starts it with the installed OTP's libraries, so that both run the same code. All lies
in `build/otp/interpreter`.
"""
from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from conformance_suites import download_source

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "build" / "otp" / "interpreter"
NEEDED = ["beam.smp", "erlexec", "erl_child_setup", "inet_gethost"]
OPTIONS = ["--disable-jit", "--without-javac", "--without-wx", "--without-odbc", "--without-ssl", "--without-termcap"]


def installed() -> Path:
    """Where the installed OTP is."""
    ask = "io:put_chars(code:root_dir()), halt()."
    return Path(subprocess.run(["erl", "-noshell", "-eval", ask], check=True, capture_output=True, text=True).stdout)


def unpack(source: Path) -> None:
    """The whole source, in the folder."""
    with tempfile.TemporaryDirectory(dir=HOME) as name:
        with tarfile.open(download_source(Path(name))) as archive:
            archive.extractall(Path(name) / "unpacked", filter="data")
        shutil.move(next((Path(name) / "unpacked").iterdir()), source)


def programs(source: Path) -> Path | None:
    """The folder of the programs that are needed, if all of them have been made."""
    for emulator in source.glob("bin/*/beam.smp"):
        if all((emulator.parent / name).exists() for name in NEEDED):
            return emulator.parent
    return None


def build(source: Path, jobs: int) -> Path:
    """Configures and makes the emulator; the folder of its programs."""
    environment = dict(os.environ, ERL_TOP=str(source), LC_ALL="C.UTF-8", MAKEFLAGS="")
    with open(HOME / "log", "ab") as log:
        # With -k, since erl_call, which nobody needs here, wants a library that is not made.
        for command in (["./configure", *OPTIONS], ["make", "-k", f"-j{jobs}", "emulator"]):
            subprocess.run(command, cwd=source, env=environment, stdout=log, stderr=log, check=False)
    made = programs(source)
    if made is None:
        raise SystemExit(f"no emulator has come of it, see {HOME}/log")
    return made


def main() -> None:
    """Does what is not done yet and prints the path."""
    parser = argparse.ArgumentParser(description="Builds OTP's emulator without its JIT.")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    jobs = parser.parse_args().jobs
    erl, source = HOME / "erl", HOME / "source"
    if not erl.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        if not source.exists():
            unpack(source)
        folder = programs(source) or build(source, jobs)
        erl.write_text(
            f"#!/bin/sh\nexport BINDIR={shlex.quote(str(folder))} ROOTDIR={shlex.quote(str(installed()))} "
            'EMU=beam PROGNAME=erl\nexec "$BINDIR/erlexec" "$@"\n', encoding="utf-8")
        erl.chmod(0o755)
    ask = "halt(case erlang:system_info(emu_flavor) of emu -> 0; _ -> 1 end)."
    subprocess.run([str(erl), "-noshell", "-eval", ask], check=True)
    print(erl)


if __name__ == "__main__":
    main()

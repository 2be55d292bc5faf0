"""Fetches another release of OTP than the system's, from Debian's package archive, and what it takes to run it here.

    tools/fetch_otp.py trixie       # OTP 27, into build/otp/trixie
    tools/fetch_otp.py sid          # the newest in Debian

The lists of packages are the system's own, read for the other suite; the system stays as it is: everything lies in
the folder. Beside OTP come the C library and its kin of that suite, so that the real emulator runs although it was
built for them: `erl` in the folder starts it. Enigma needs nothing but the folder `root/usr/lib/erlang`, as
ENIGMA_OTP_ROOT.
"""
from __future__ import annotations

import dataclasses
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ["erlang-base"]
LIBRARIES = ["libc6", "libstdc++6", "libgcc-s1", "libtinfo6", "zlib1g", "libzstd1"]


class Unavailable(RuntimeError):
    """The packages could not be had; the message says why."""


@dataclasses.dataclass(frozen=True)
class Release:
    """An unpacked release: `root` for ENIGMA_OTP_ROOT, `erl` starts the real one, or tries to."""

    root: Path
    erl: Path


def codename() -> str:
    """The suite of this system: bookworm."""
    try:
        text = Path("/etc/os-release").read_text(encoding="utf-8")
    except OSError:
        text = ""
    found = re.search(r"^VERSION_CODENAME=(\S+)", text, flags=re.MULTILINE)
    if not found:
        raise Unavailable("this system has no Debian suite")
    return found[1]


def package_lists(suite: str) -> list[tuple[str, str]]:
    """The system's own lists of its suite, for another suite: file name and content."""
    here, found = codename(), []
    for path in [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]:
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".sources":
            parts = [re.sub(r"^Suites:.*$", f"Suites: {suite}", part, flags=re.MULTILINE)
                     for part in re.split(r"\n\s*\n", text)
                     if here in re.sub(r"(?ms).*^Suites:([^\n]*).*", r"\1", part).split()]
            text = "\n\n".join(parts)
        elif path.suffix == ".list":
            lines = [re.sub(rf"(\s){here}(\s)", rf"\1{suite}\2", line, count=1) for line in text.splitlines()
                     if line.startswith("deb ") and here in line.split()]
            text = "\n".join(lines)
        else:
            continue
        if text.strip():
            found.append((path.name, text + "\n"))
    if not found:
        raise Unavailable(f"the system's package lists name no {here}")
    return found


def command(arguments: list[str], folder: Path) -> None:
    """Run it; what it says is the reason if it fails."""
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, cwd=folder, timeout=240, check=False)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise Unavailable(f"{arguments[0]}: {problem}") from problem
    if done.returncode:
        raise Unavailable(f"{arguments[0]} failed: {(done.stdout + done.stderr).strip()[-400:]}")


def download(suite: str, folder: Path) -> None:
    """The packages of the suite, as files in the folder."""
    for name in ("lists/partial", "cache/archives/partial", "parts", "debs"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()
    for name, text in package_lists(suite):
        (folder / "parts" / name).write_text(text, encoding="utf-8")
    options = ["-qq", "-o", "Dir::Etc::SourceList=/dev/null", "-o", f"Dir::Etc::SourceParts={folder}/parts",
               "-o", f"Dir::State::Lists={folder}/lists", "-o", f"Dir::State::status={folder}/status",
               "-o", f"Dir::Cache={folder}/cache", "-o", "APT::Sandbox::User=", "-o", "Acquire::Languages=none",
               "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20"]
    command(["apt-get", *options, "update"], folder)
    command(["apt-get", *options, "download", *PACKAGES, *LIBRARIES], folder / "debs")


def wrappers(folder: Path) -> None:
    """`bin`: OTP's programs, each started by the loader of its own C library; `erl`: the emulator."""
    loader = next(iter(sorted(folder.glob("root/usr/lib/*/ld-linux*.so*"))), None)
    otp = folder / "root/usr/lib/erlang"
    programs = next(iter(sorted(otp.glob("erts-*/bin"))), None)
    if loader is None or programs is None:
        raise Unavailable("the packages are not as expected")
    (folder / "bin").mkdir()
    for program in programs.iterdir():
        if not program.is_file():
            continue
        with open(program, "rb") as file:
            binary = file.read(4) == b"\x7fELF"
        target = folder / "bin" / program.name
        if binary:
            words = [str(loader), "--library-path", str(loader.parent), "--argv0", str(target), str(program)]
            target.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', encoding="utf-8")
            target.chmod(0o755)
        else:
            shutil.copy(program, target)
    (folder / "erl").write_text(
        f"#!/bin/sh\nexport BINDIR={shlex.quote(str(folder / 'bin'))} ROOTDIR={shlex.quote(str(otp))} "
        f'EMU=beam PROGNAME=erl\nexec "$BINDIR/erlexec" "$@"\n', encoding="utf-8")
    (folder / "erl").chmod(0o755)


def fetch(suite: str, cache: Path = ROOT / "build" / "otp") -> Release:
    """The release of a Debian suite, downloaded unless it is there already. Raises Unavailable."""
    home = (cache / suite).resolve()
    release = Release(home / "root/usr/lib/erlang", home / "erl")
    if not release.erl.is_file():
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.parent) as name:
            folder = Path(name)
            download(suite, folder)
            home.mkdir(exist_ok=True)
            for part in ("root", "bin"):
                shutil.rmtree(home / part, ignore_errors=True)
            for package in sorted((folder / "debs").glob("*.deb")):
                command(["dpkg-deb", "-x", str(package), str(home / "root")], folder)
        wrappers(home)
    return release


def runs(release: Release) -> bool:
    """True if the real emulator works on this machine."""
    try:
        done = subprocess.run([str(release.erl), "-noshell", "-eval", "io:put_chars(os:cmd(\"echo works\")), halt()."],
                              capture_output=True, timeout=60, check=False, env=dict(os.environ, ERL_FLAGS=""))
    except (OSError, subprocess.TimeoutExpired):
        return False
    return b"works" in done.stdout


if __name__ == "__main__":
    for wanted in sys.argv[1:]:
        got = fetch(wanted)
        print(got.root, got.erl, "runs" if runs(got) else "does not run here")

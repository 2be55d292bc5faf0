"""Finding an Erlang/OTP installation: where its root is, which release, which modules it preloads."""
from __future__ import annotations

import os
import pathlib
import re

BUNDLE = pathlib.Path(__file__).resolve().parent.parent / "otp"
USUAL_PLACES = (
    "/usr/lib/erlang",
    "/usr/local/lib/erlang",
    "/usr/lib64/erlang",
    "/opt/homebrew/lib/erlang",
    "/opt/local/lib/erlang",
)
# What a running system always has; anything else in erts' ebin directory is preloaded too.
REQUIRED = ("erl_init", "init", "erlang", "erts_internal", "erl_prim_loader", "prim_file", "prim_eval")


class OTPNotFound(RuntimeError):
    """No Erlang/OTP installation was found; the message says how to get one."""


class OTPRoot:
    """An installation: `root` is what `code:root_dir()` gives, `preloaded` the files of its preloaded modules."""

    def __init__(self, root: pathlib.Path, release: str, erts_version: str, preloaded: tuple[pathlib.Path, ...]) -> None:
        self.root = root
        self.release = release
        self.erts_version = erts_version
        self.preloaded = preloaded

    @property
    def release_number(self) -> int:
        """The release as a number: 25, 27 ..."""
        digits = re.match(r"\d+", self.release)
        return int(digits[0]) if digits else 0

    @property
    def bindir(self) -> pathlib.Path:
        """The emulator's directory, as erl puts it into BINDIR."""
        return self.root / f"erts-{self.erts_version}" / "bin"

    def library(self, name: str) -> pathlib.Path | None:
        """The newest `lib/NAME-VERSION` directory."""
        found = sorted(
            (p for p in (self.root / "lib").glob(f"{name}-*") if (p / "ebin").is_dir()),
            key=lambda p: [int(n) for n in re.findall(r"\d+", p.name[len(name) :])],
        )
        return found[-1] if found else None


def _inspect(root: pathlib.Path) -> OTPRoot | None:
    """An OTPRoot if the directory holds one whose preloaded modules are there too."""
    start = root / "releases" / "start_erl.data"
    if not start.is_file():
        return None
    words = start.read_text(encoding="utf-8").split()
    if len(words) < 2:
        return None
    erts, release = words[0], words[1]
    candidates = [root / "lib" / f"erts-{erts}" / "ebin", root / f"erts-{erts}" / "ebin"]
    for ebin in candidates:
        beams = sorted(ebin.glob("*.beam"))
        if set(REQUIRED) <= {b.stem for b in beams}:
            return OTPRoot(root, release, erts, tuple(beams))
    return None


def _erl_on_path() -> pathlib.Path | None:
    """The `erl` that a shell would run. (Importing shutil takes longer than all that is done here.)"""
    for directory in os.get_exec_path():
        path = os.path.join(directory, "erl")
        if os.access(path, os.X_OK) and os.path.isfile(path):
            return pathlib.Path(path)
    return None


def find_otp(root: str | os.PathLike[str] | None = None) -> OTPRoot:
    """The OTP installation to run, searched in this order: the argument, ENIGMA_OTP_ROOT, the bundle
    inside the installed package, an `erl` on PATH, the usual places.

    Raises OTPNotFound with the command that fixes it.
    """
    explicit = root or os.environ.get("ENIGMA_OTP_ROOT")
    if explicit:
        found = _inspect(pathlib.Path(explicit))
        if found is None:
            raise OTPNotFound(f"no Erlang/OTP with its preloaded modules at {explicit}")
        return found
    places = [BUNDLE]
    erl = _erl_on_path()
    if erl is not None:
        real = erl.resolve()
        places += [p for p in real.parents if (p / "releases").is_dir()][:1]
    places += [pathlib.Path(p) for p in USUAL_PLACES]
    for place in places:
        found = _inspect(place)
        if found is not None:
            return found
    raise OTPNotFound(
        "no Erlang/OTP found; on Debian: apt-get install erlang-base (or set ENIGMA_OTP_ROOT to an installation)"
    )

"""Running a VM for the command line: the words for init, the host's signals, the exit code."""
from __future__ import annotations

import os
import pathlib
import sys
import time

from enigma.runtime.flags import Settings
from enigma.runtime.otp import OTPRoot, find_otp


def init_arguments(otp: OTPRoot, settings: Settings, program: str = "erl") -> list[str]:
    """The words that init reads: erl's own (-root, -bindir, -progname, -home), then the user's."""
    home = settings.environment.get("HOME") or os.environ.get("HOME") or "/"
    return ["-root", str(otp.root), "-bindir", str(otp.bindir), "-progname", program, "--", "-home", home, "--",
            *settings.init_args]


def run(otp: OTPRoot, settings: Settings) -> int:
    """Boots OTP with these settings and waits for its end; the exit code of `halt`."""
    from enigma.runtime.machine import Machine

    for name, value in settings.environment.items():
        os.environ[name] = value
    os.environ.setdefault("ROOTDIR", str(otp.root))
    os.environ.setdefault("BINDIR", str(otp.bindir))
    os.environ.setdefault("EMU", "beam")
    os.environ.setdefault("PROGNAME", "erl")
    sys.stdout.flush()
    machine = Machine(otp, settings, owns_process=True)
    machine.boot(init_arguments(otp, settings))
    interrupted = 0.0
    while True:
        try:
            code = machine.wait()
            break
        except KeyboardInterrupt:
            # A menu as erl's would have to read the terminal that the guest is reading: asks for a second Ctrl-C.
            now = time.monotonic()
            if now - interrupted < 3 or not os.isatty(0):
                machine.interrupt()
            else:
                os.write(2, b"\r\nBREAK: Ctrl-C again within 3 seconds aborts\r\n")
            interrupted = now
    machine.leave()
    if machine.halt_text is not None:
        sys.stderr.buffer.write(f"{machine.halt_text}\r\n".encode(errors="replace"))
        sys.stderr.flush()
    return int(code) & 0xFF


def information() -> list[tuple[str, str]]:
    """Names and values for `enigma info`."""
    import enigma

    rows = [("enigma", enigma.__version__), ("python", sys.version.split()[0])]
    try:
        otp = find_otp()
        rows += [("OTP release", otp.release), ("erts", otp.erts_version), ("OTP root", str(otp.root)),
                 ("preloaded modules", str(len(otp.preloaded)))]
    except RuntimeError as error:
        rows.append(("OTP", str(error)))
    rows += [("processors", str(os.cpu_count())), ("package", str(pathlib.Path(__file__).resolve().parent.parent))]
    return rows


def disassemble(otp: OTPRoot, path: pathlib.Path, function: str | None) -> str:
    """The file's instructions as text: generic operations and what the specialiser makes of them."""
    from enigma.runtime.machine import Machine

    machine = Machine(otp, Settings(schedulers=1))
    try:
        return str(machine.disassemble(path.read_bytes(), path.stem, function))
    finally:
        machine.close()

"""Running a VM for the command line: the words for init, the host's signals, the exit code."""
from __future__ import annotations

import gc
import os
import pathlib
import signal
import sys

from enigma.runtime.flags import Settings
from enigma.runtime.otp import OTPRoot, find_otp


def init_arguments(otp: OTPRoot, settings: Settings, program: str = "erl") -> list[str]:
    """The words that init reads: erl's own (-root, -bindir, -progname, -home), then the user's."""
    home = settings.environment.get("HOME") or os.environ.get("HOME") or "/"
    return ["-root", str(otp.root), "-bindir", str(otp.bindir), "-progname", program, "--", "-home", home, "--",
            *settings.init_args]


def _break_handling(mode: str) -> None:
    """What Ctrl-C does, by the letter of +B: the menu, nothing, the shell's business, or the end."""
    from enigma.runtime.machine import keep_interrupt_key

    if mode == "i":
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP):
            signal.signal(number, signal.SIG_IGN)
    elif mode == "d":
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    else:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if mode == "c":
            keep_interrupt_key()


def run(otp: OTPRoot, settings: Settings) -> int:
    """Boots OTP with these settings and waits for its end; the exit code of `halt`."""
    gc.disable()                # all that the imports make stays
    from enigma.runtime.machine import Machine

    for name, value in settings.environment.items():
        os.environ[name] = value
    os.environ.setdefault("ROOTDIR", str(otp.root))
    os.environ.setdefault("BINDIR", str(otp.bindir))
    os.environ.setdefault("EMU", "beam")
    os.environ.setdefault("PROGNAME", "erl")
    sys.stdout.flush()
    machine = Machine(otp, settings, owns_process=True)
    gc.freeze()
    gc.enable()
    _break_handling(settings.break_mode)
    machine.boot(init_arguments(otp, settings))
    while True:
        try:
            code = machine.wait()
            break
        except KeyboardInterrupt:
            how = machine.interrupt()
            if how == machine.EXIT:
                return 0
            if how == machine.ABORT:
                signal.signal(signal.SIGABRT, signal.SIG_DFL)
                os.kill(os.getpid(), signal.SIGABRT)
    machine.leave()
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

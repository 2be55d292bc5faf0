"""The face: a VM as a Python object."""
from __future__ import annotations

import os
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from enigma.runtime.flags import parse
from enigma.runtime.launch import init_arguments
from enigma.runtime.machine import Machine
from enigma.runtime.otp import find_otp
from enigma.runtime.terms import Atom, ErlangError


class VM:
    """A running Erlang virtual machine with OTP's kernel and stdlib started.

    `flags` are erl's own flags; `schedulers` the number of scheduler threads (default: the processors);
    `otp_root` an OTP installation to use instead of the one that is found.

    Values: int, float, bytes (binaries; a str goes in as UTF-8), list, tuple, dict (maps), True and False;
    `enigma.Atom`, `Pid`, `Ref`, `Port`, `Fun`, `ImproperList` and `Bitstring` for the rest. What has no
    Erlang term is a TypeError.
    """

    def __init__(
        self,
        flags: Sequence[str] = (),
        *,
        schedulers: int | None = None,
        otp_root: str | os.PathLike[str] | None = None,
        boot_timeout: float = 60.0,
    ) -> None:
        """Boot OTP; returns when kernel and stdlib are up. Raises OTPNotFound or BootError."""
        words = list(flags)
        if schedulers is not None:
            words += ["+S", str(schedulers)]
        settings = parse(["-noshell", "-noinput", *words])
        otp = find_otp(otp_root)
        self._machine = Machine(otp, settings)
        try:
            self._machine.boot(init_arguments(otp, settings))
            self._machine.wait_booted(boot_timeout)
        except BaseException:
            self._machine.close()
            raise

    # --- calling ---------------------------------------------------------------------------------
    def call(self, module: str | Atom, function: str | Atom, *args: Any, timeout: float | None = None) -> Any:
        """Call module:function(args...) in a process of its own and return its value.

        Raises ErlangError for an Erlang exception, TimeoutError after `timeout` seconds (the process is
        killed then).
        """
        return self._machine.call(str(module), str(function), list(args), timeout)

    def eval(self, text: str, bindings: dict[str, Any] | None = None, *, timeout: float | None = None) -> Any:
        """Evaluate Erlang expressions ("X = 1, X + 1." - the final dot may be left out); the last value.

        `bindings` gives variables by name. Raises SyntaxError for text that is no Erlang, and as `call` does.
        """
        source = text.rstrip()
        if not source.endswith("."):
            source += "."
        scanned = self.call("erl_scan", "string", [ord(c) for c in source], timeout=timeout)
        if scanned[0] is not Atom("ok"):
            raise SyntaxError(self._message(scanned[1]))
        parsed = self.call("erl_parse", "parse_exprs", scanned[1], timeout=timeout)
        if parsed[0] is not Atom("ok"):
            raise SyntaxError(self._message(parsed[1]))
        variables = {Atom(name): value for name, value in (bindings or {}).items()}
        value = self.call("erl_eval", "exprs", parsed[1], variables, timeout=timeout)
        return value[1]

    def _message(self, info: Any) -> str:
        """The compiler's own words for an {Location, Module, Description}."""
        location, module, description = info
        text = self.call(str(module), "format_error", description)
        chars = self.call("unicode", "characters_to_binary", text).decode("utf-8")
        line = location[0] if isinstance(location, tuple) else location
        return f"line {line}: {chars}"

    def load(self, path: str | os.PathLike[str]) -> Atom:
        """Load a .beam file, or compile and load a .erl file; the module's name.

        Raises FileNotFoundError, or ErlangError with the compiler's or loader's reason.
        """
        name = os.fspath(path)
        if not os.path.exists(name):
            raise FileNotFoundError(name)
        if name.endswith(".erl"):
            options = [Atom("binary"), Atom("return_errors")]
            compiled = self.call("compile", "file", [ord(c) for c in name], options)
            if compiled is Atom("error") or compiled[0] is not Atom("ok"):
                raise ErlangError("error", compiled, [], f"{name} does not compile: {compiled!r}")
            module: Atom = compiled[1]
            code: bytes = compiled[2]
        else:
            with open(name, "rb") as file:
                code = file.read()
            module = Atom(os.path.basename(name).removesuffix(".beam"))
        loaded = self.call("code", "load_binary", module, [ord(c) for c in os.path.abspath(name)], code)
        if loaded[0] is not Atom("module"):
            raise ErlangError("error", loaded[1], [], f"{name} cannot be loaded: {loaded[1]!r}")
        return module

    # --- processes -------------------------------------------------------------------------------
    def spawn(self, module: str | Atom, function: str | Atom, *args: Any) -> Any:
        """Start a process that runs module:function(args...); its Pid."""
        return self._machine.spawn(str(module), str(function), list(args))

    def send(self, destination: Any, message: Any) -> None:
        """Send a message to a Pid or a registered name (Atom or str)."""
        self._machine.send(Atom(destination) if isinstance(destination, str) else destination, message)

    @property
    def self(self) -> Any:
        """The Pid of Python's own mailbox: what is sent there, `receive` returns."""
        return self._machine.host_pid()

    def receive(self, timeout: float | None = None) -> Any:
        """The next message in Python's mailbox. Raises TimeoutError after `timeout` seconds without one."""
        return self._machine.receive(timeout)

    # --- the end ---------------------------------------------------------------------------------
    @property
    def closed(self) -> bool:
        """True once the VM has ended: closed, or halted from Erlang."""
        return bool(self._machine.closed or self._machine.halted)

    def close(self) -> None:
        """Stop the VM and free its threads, memory and files. May be called again."""
        self._machine.close()

    def __enter__(self) -> VM:  # noqa: PYI034 - typing.Self needs Python 3.11
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

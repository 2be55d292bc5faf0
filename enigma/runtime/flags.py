"""The command line of `erl`: which words are the emulator's, which go to init, and what they ask for.

Flags come from ERL_AFLAGS, the command line, ERL_FLAGS and ERL_ZFLAGS, in that order, as with erl.
A `+` flag that changes nothing in this VM is accepted; one that asks for a behaviour it does not have
is noted in `Settings.notes`, which the command line prints.
"""
from __future__ import annotations

import os
import pathlib
import shlex

MAX_PROCESSES = 134_217_727


class FlagError(ValueError):
    """A flag that cannot be understood; the message is one line for the user."""


class Settings:
    """What the emulator flags ask for."""

    process_limit = 0  # as many as the release allows by itself
    port_limit = 65_536
    atom_limit = 1_048_576
    ets_limit = 8_192
    min_heap = 233
    min_vheap = 46_422
    max_heap = 0
    max_heap_kill = True
    max_heap_log = True
    max_heap_binaries: bool | None = None  # as the release does by itself
    fullsweep_after = 65_535
    off_heap_messages = False
    boot_module = "init"
    printable = "latin1"
    file_names = "unicode"
    break_mode = "b"
    version_only = False
    detached = False

    def __init__(self, schedulers: int = 0) -> None:
        self.schedulers = schedulers or os.cpu_count() or 1
        self.schedulers_online: int | None = None
        self.init_args: list[str] = []
        self.emulator_args: list[str] = []
        self.environment: dict[str, str] = {}
        self.notes: list[str] = []


# Flags with a value that mean nothing here: asynchronous threads, busy waits, allocators and so on.
_VALUE_FLAGS = {
    "+a", "+A", "+IOt", "+IOp", "+IOPp", "+IOPt", "+SDio", "+T", "+zdbbl", "+zdntgc", "+zosrl", "+zebwt",
    "+sbt", "+sbwt", "+sbwtdcpu", "+sbwtdio", "+scl", "+sct", "+secio", "+sfwi", "+spp", "+ssdcpu", "+ssdio",
    "+sss", "+stbt", "+sub", "+swct", "+swt", "+swtdcpu", "+swtdio", "+sws", "+rg", "+C", "+K", "+n",
    "+W", "+hpds", "+SP", "+SDPcpu", "+SDcpu", "+R",
}
_PLAIN_FLAGS = {"+d", "+l", "+L", "+v", "+V", "+i", "+Mea", "+r", "+JPperf", "+ssrct"}


def _number(flag: str, text: str, low: int, high: int) -> int:
    try:
        value = int(text)
    except ValueError:
        raise FlagError(f"bad value for {flag}: {text!r} is not a number") from None
    if not low <= value <= high:
        raise FlagError(f"bad value for {flag}: {value} is not between {low} and {high}")
    return value


def _schedulers(settings: Settings, text: str) -> None:
    total, _, online = text.partition(":")
    if total:
        settings.schedulers = _number("+S", total, 0, 1024) or (os.cpu_count() or 1)
    if online:
        settings.schedulers_online = _number("+S", online, 1, settings.schedulers)


def _emulator_flag(settings: Settings, flag: str, rest: list[str]) -> None:
    """Takes one + flag (and its value from the front of `rest`)."""

    def value(prefix: str) -> str:
        if len(flag) > len(prefix):
            return flag[len(prefix) :]
        if not rest:
            raise FlagError(f"{prefix} needs a value")
        return rest.pop(0)

    if flag in ("+MIscs",) or flag.startswith(("+M", "+J")):
        if len(flag) > 2 and flag not in _PLAIN_FLAGS and rest and not rest[0].startswith(("-", "+")):
            rest.pop(0)
    elif flag in ("+hmaxk", "+hmaxel", "+hmaxib"):
        answer = value(flag)
        if answer not in ("true", "false"):
            raise FlagError(f"bad value for {flag}: {answer!r}")
        name = {"+hmaxk": "max_heap_kill", "+hmaxel": "max_heap_log", "+hmaxib": "max_heap_binaries"}[flag]
        setattr(settings, name, answer == "true")
    elif flag == "+c":
        if rest and rest[0] in ("true", "false"):
            rest.pop(0)
    elif flag.startswith("+B"):
        letter = flag[2:3]
        if letter not in ("i", "c", "d"):
            letter = rest.pop(0)[0] if rest and rest[0][:1] in ("i", "c", "d") else "d"
        settings.break_mode = letter
    elif flag.startswith("+e"):
        settings.ets_limit = max(settings.ets_limit, _number("+e", value("+e"), 0, 2**31 - 1))
    elif flag == "+hmax":
        settings.max_heap = _number(flag, value(flag), 0, 2**59)
    elif flag == "+hms":
        settings.min_heap = _number(flag, value(flag), 12, 2**31 - 1)
    elif flag == "+hmbs":
        settings.min_vheap = _number(flag, value(flag), 12, 2**40)
    elif flag == "+hmqd":
        mode = value(flag)
        if mode not in ("on_heap", "off_heap"):
            raise FlagError(f"bad value for +hmqd: {mode!r}")
        settings.off_heap_messages = mode == "off_heap"
    elif flag in _VALUE_FLAGS:
        value(flag)
    elif flag.startswith("+pc"):
        mode = value("+pc")
        if mode not in ("latin1", "unicode"):
            raise FlagError(f"bad value for +pc: {mode!r}")
        settings.printable = mode
    elif flag.startswith("+fn"):
        kind = flag[3:4]
        if kind not in ("l", "u", "a"):
            raise FlagError(f"bad flag {flag}")
        settings.file_names = "latin1" if kind == "l" else "unicode"
    elif flag in _PLAIN_FLAGS:
        if flag == "+i":
            settings.boot_module = value("+i")
        if flag == "+V":
            settings.version_only = True
    elif flag.startswith(("+SP", "+SD")):
        if flag in ("+SP", "+SDPcpu", "+SDcpu", "+SDio"):
            value(flag)
    elif flag.startswith("+S"):
        _schedulers(settings, value("+S"))
    elif flag.startswith("+P"):
        text = value("+P")
        if text == "legacy":
            return
        wanted = _number("+P", text, 1024, MAX_PROCESSES)
        settings.process_limit = 1 << (wanted - 1).bit_length()
    elif flag.startswith("+Q"):
        text = value("+Q")
        if text == "legacy":
            return
        wanted = _number("+Q", text, 1024, MAX_PROCESSES)
        settings.port_limit = 1 << (wanted - 1).bit_length()
    elif flag.startswith("+t"):
        settings.atom_limit = _number("+t", value("+t"), 8192, 2**31 - 1)
    elif flag.startswith(("+A", "+a", "+T", "+K")):
        return
    else:
        raise FlagError(f"unknown emulator flag {flag}")


def _read_args_file(name: str) -> list[str]:
    try:
        text = pathlib.Path(name).read_text(encoding="utf-8")
    except OSError as error:
        raise FlagError(f"cannot read the arguments file {name}: {error.strerror}") from None
    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace_split = True
    lexer.commenters = "#"
    return list(lexer)


def parse(arguments: list[str], environ: dict[str, str] | None = None) -> Settings:
    """Settings of a command line (without the program's name).

    Raises FlagError for what erl would refuse.
    """
    env = dict(os.environ) if environ is None else environ
    words = shlex.split(env.get("ERL_AFLAGS", "")) + list(arguments)
    extra_at = next((i for i, w in enumerate(words) if w == "-extra"), len(words))
    words[extra_at:extra_at] = shlex.split(env.get("ERL_FLAGS", "")) + shlex.split(env.get("ERL_ZFLAGS", ""))
    settings = Settings()
    rest = words
    while rest:
        word = rest.pop(0)
        if word == "-extra":
            settings.init_args += [word, *rest]
            break
        if word == "-args_file":
            if not rest:
                raise FlagError("-args_file needs a file name")
            rest[:0] = _read_args_file(rest.pop(0))
        elif word == "-env":
            if len(rest) < 2:
                raise FlagError("-env needs a name and a value")
            name = rest.pop(0)
            settings.environment[name] = rest.pop(0)
        elif word in ("-smp", "-emu_type", "-emu_flavor"):
            if rest and not rest[0].startswith(("-", "+")):
                rest.pop(0)
        elif word in ("-emu_args", "-emu_args_exit", "-emu_name_exit"):
            settings.notes.append(f"{word}: there is no separate emulator process here")
        elif word == "-detached":
            settings.detached = True
            settings.init_args += ["-noshell", "-noinput"]
        elif word in ("-version",):
            settings.version_only = True
        elif word in ("-name", "-sname"):
            settings.notes.append(f"{word}: this VM has no distribution yet; the node stays nonode@nohost")
            if rest and not rest[0].startswith(("-", "+")):
                rest.pop(0)
        elif word == "-heart":
            settings.notes.append("-heart: this VM is not watched by heart")
        elif word == "-noinput":
            settings.init_args += ["-noshell", "-noinput"]
        elif word == "-compile":
            settings.init_args += ["-noshell", "-noinput", "-s", "c", "lc_batch"]
        elif word == "-make":
            settings.init_args += ["-noshell", "-noinput", "-s", "make", "all_or_nothing"]
        elif word in ("-instr", "-nohup", "-keep_window"):
            continue
        elif word.startswith("+") and len(word) > 1:
            following = list(rest)
            _emulator_flag(settings, word, rest)
            settings.emulator_args += ["-" + word[1:], *following[:len(following) - len(rest)]]
        else:
            settings.init_args.append(word)
            if word == "-eval" and rest:
                settings.init_args.append(rest.pop(0))
    return settings

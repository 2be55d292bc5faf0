"""The Python face: calling, evaluating, loading, messages, conversions both ways, errors, several VMs."""
from __future__ import annotations

import copy
import gc
import os
import pathlib
import pickle
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from support import PYTHON

import enigma
from enigma import Atom, Bitstring, ErlangError, ImproperList

ok = Atom("ok")


@pytest.fixture(scope="module")
def vm() -> Iterator[enigma.VM]:
    """One VM for all tests that leave no traces."""
    with enigma.VM() as machine:
        yield machine


# --- calling and evaluating --------------------------------------------------------------------------
def test_call(vm: enigma.VM) -> None:
    assert vm.call("lists", "reverse", [1, 2, 3]) == [3, 2, 1]
    assert vm.call(Atom("erlang"), Atom("+"), 1, 2) == 3
    assert vm.call("erlang", "self") != vm.self


def test_eval(vm: enigma.VM) -> None:
    assert vm.eval("X = 1, X + 1.") == 2
    assert vm.eval("A ++ B", {"A": [1], "B": [2]}) == [1, 2]
    assert vm.eval("\"é€\"") == [233, 8364]
    fun = vm.eval("fun(X) -> X * 2 end")
    assert isinstance(fun, enigma.Fun)
    assert vm.call("erlang", "apply", fun, [21]) == 42


def test_eval_syntax_errors(vm: enigma.VM) -> None:
    for text in ("1 +", "\"open", "case x of", ")"):
        with pytest.raises(SyntaxError):
            vm.eval(text)


@pytest.mark.parametrize(("expression", "kind", "reason"), [
    ("error(oops)", "error", Atom("oops")), ("exit({a, 1})", "exit", (Atom("a"), 1)), ("throw([ball])", "throw", [Atom("ball")]),
    ("1 div 0", "error", Atom("badarith")), ("hd([])", "error", Atom("badarg")), ("exit(kill)", "exit", Atom("kill")),
    ("exit(normal)", "exit", Atom("normal")), ("foo:bar(1)", "error", Atom("undef")), ("#{} = 1", "error", (Atom("badmatch"), 1)),
])
def test_exceptions(vm: enigma.VM, expression: str, kind: str, reason: Any) -> None:
    with pytest.raises(ErlangError) as caught:
        vm.eval(expression)
    assert caught.value.kind == kind
    assert caught.value.reason == reason
    assert repr(reason) in str(caught.value) or str(reason) in str(caught.value)


def test_stacktrace(vm: enigma.VM) -> None:
    with pytest.raises(ErlangError) as caught:
        vm.call("lists", "nth", 9, [1])
    module, function, arity, location = caught.value.stacktrace[0]
    assert (module, function) == (Atom("lists"), Atom("nth"))
    assert isinstance(location, list) and arity


def test_call_of_what_is_not_there(vm: enigma.VM) -> None:
    with pytest.raises(ErlangError) as caught:
        vm.call("no_such_module", "f", 1)
    assert caught.value.reason is Atom("undef")


def test_killed_while_calling(vm: enigma.VM) -> None:
    with pytest.raises(ErlangError) as caught:
        vm.eval("exit(self(), kill), receive after infinity -> ok end")
    assert caught.value.kind == "exit"
    assert caught.value.reason is Atom("killed")


def test_timeout(vm: enigma.VM) -> None:
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        vm.call("timer", "sleep", 60000, timeout=0.2)
    assert time.monotonic() - start < 5
    with pytest.raises(TimeoutError):
        vm.eval("F = fun F() -> F() end, F()", timeout=0.2)
    assert vm.call("erlang", "abs", -1) == 1


# --- values ------------------------------------------------------------------------------------------
VALUES: list[Any] = [
    0, 1, -1, 2**59 - 1, 2**59, -(2**59), -(2**59) - 1, 2**63, 2**64, -(2**64), 2**4096 + 1, -(2**4096), 0.0, 1.5, -2.5e-300, 1e308,
    True, False, Atom("a"), Atom(""), Atom("é"), Atom("日本"), Atom("x" * 255), b"", b"bytes", bytes(range(256)), b"x" * 100_000,
    [], [1, 2, 3], [[], [[]]], list(range(10_000)), (), (1,), (1, (2, [3])), tuple(range(500)), {}, {1: 2}, {Atom("k"): [b"v"]},
    {n: str(n).encode() for n in range(1000)}, {(1, 2): {b"in": {}}}, ImproperList([1, 2], 3), ImproperList([b"x"], Atom("t")),
    Bitstring(b"\xa0", 3), Bitstring(b"\xff\xfe", 15), [1, 1.0, True], {Atom("a"): Atom("b")}, Atom("nil"), Atom("undefined"), Atom("None"),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda v: repr(v)[:30])
def test_values_come_back(vm: enigma.VM, value: Any) -> None:
    back = vm.call("erlang", "hd", [value])
    assert back == value and type(back) is type(value)


@pytest.mark.parametrize(("value", "text"), [
    ("é", "<<\"é\"/utf8>>"), (bytearray(b"ab"), "<<\"ab\">>"), (memoryview(b"ab"), "<<\"ab\">>"), (True, "true"), (Atom("A b"), "'A b'"),
    ([1, [2]], "[1,[2]]"), ((), "{}"), ({b"k": 1.5}, "#{<<\"k\">> => 1.5}"), (2**64, "18446744073709551616"), (-0.0, "-0.0"),
    (ImproperList([1], 2), "[1|2]"), (Bitstring(b"\xa0", 3), "<<5:3>>"), ({1: {2: {}}}, "#{1 => #{2 => #{}}}"),
])
def test_values_as_erlang_sees_them(vm: enigma.VM, value: Any, text: str) -> None:
    shown = vm.call("io_lib", "format", [ord(c) for c in "~0tp"], [value])
    assert vm.call("unicode", "characters_to_binary", shown).decode() == text


@pytest.mark.parametrize(("text", "value"), [
    ("[1|2]", ImproperList([1], 2)), ("<<5:3>>", Bitstring(b"\xa0", 3)), ("<<1,5:3>>", Bitstring(b"\x01\xa0", 11)), ("\"abc\"", [97, 98, 99]),
    ("nil", Atom("nil")), ("true", True), ("1.0", 1.0), ("1 bsl 200", 2**200), ("-(1 bsl 60)", -(2**60)),
    ("binary:part(<<\"hello\">>, 1, 3)", b"ell"), ("<<_:3, R/bits>> = <<0:3, \"unaligned\">>, R", b"unaligned"),
])
def test_values_from_erlang(vm: enigma.VM, text: str, value: Any) -> None:
    found = vm.eval(text)
    assert found == value and type(found) is type(value)


def test_keys_of_maps(vm: enigma.VM) -> None:
    mixed = vm.eval("#{1 => a, 1.0 => b, true => c, [x] => d, #{k => v} => e, {1, [2]} => f, \"s\" => g}")
    assert len(mixed) == 7
    assert mixed[1] is Atom("a")
    assert mixed[enigma.NumberKey(1.0)] is Atom("b")
    assert mixed[enigma.NumberKey(True)] is Atom("c")
    assert mixed[enigma.ListKey([Atom("x")])] is Atom("d")
    assert mixed[enigma.MapKey({Atom("k"): Atom("v")})] is Atom("e")
    assert vm.call("maps", "size", mixed) == 7
    assert vm.call("erlang", "hd", [mixed]) == mixed


class Odd:
    def __repr__(self) -> str:
        return "<the odd one>"


@pytest.mark.parametrize(("value", "words"), [
    (None, "None"), (Odd(), "<the odd one>"), ({1, 2}, "{1, 2}"), (1j, "1j"), (float("nan"), "nan"), (float("inf"), "inf"),
    ([1, None], "None"), ({1: Odd()}, "<the odd one>"), ((1, [object]), "object"), (range(3), "range(0, 3)"), (lambda: 0, "lambda"),
])
def test_type_errors_name_the_value(vm: enigma.VM, value: Any, words: str) -> None:
    with pytest.raises(TypeError) as caught:
        vm.call("erlang", "hd", [value])
    assert words in str(caught.value)
    assert vm.call("erlang", "hd", [1]) == 1


def test_atoms() -> None:
    assert Atom("x") is Atom("x")
    assert Atom("x") != "x"
    assert len({Atom("x"), Atom("x"), Atom("y")}) == 2
    with pytest.raises(ValueError):
        Atom("x" * 256)
    with pytest.raises(TypeError):
        Atom(1)  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        Atom("x").name = "y"


def test_value_classes() -> None:
    with pytest.raises(ValueError):
        ImproperList([], 1)
    with pytest.raises(ValueError):
        Bitstring(b"ab", 3)
    assert Bitstring(b"\xff", 3) == Bitstring(b"\xe0", 3)
    assert len(Bitstring(b"\xff", 3)) == 3
    assert ImproperList([1], 2) != ImproperList([1], 3)


def test_deep_and_cyclic_values(vm: enigma.VM) -> None:
    cyclic: list[Any] = []
    cyclic.append(cyclic)
    with pytest.raises(ValueError, match="contains itself"):
        vm.call("erlang", "hd", [cyclic])
    loop: dict[Any, Any] = {}
    loop[1] = (loop,)
    with pytest.raises(ValueError, match="contains itself"):
        vm.call("erlang", "hd", [loop])
    shared = [1]
    assert vm.call("erlang", "hd", [[shared, shared]]) == [[1], [1]]
    deep = vm.eval("lists:foldl(fun(_, A) -> {A} end, x, lists:seq(1, 1000000))")
    back = vm.call("erlang", "hd", [deep])
    for value in (deep, back):
        levels = 0
        while isinstance(value, tuple):
            value = value[0]
            levels += 1
        assert (levels, value) == (1_000_000, Atom("x"))
    for wrap in (lambda v: [v], lambda v: {1: v}, lambda v: ImproperList([1], (v,))):
        value = 0
        for _ in range(100_000):
            value = wrap(value)
        assert vm.call("erlang", "is_integer", value) is False
    assert vm.call("erlang", "hd", [1]) == 1


def test_keys_that_python_takes_for_equal(vm: enigma.VM) -> None:
    number = enigma.NumberKey
    found = vm.eval("#{{1} => a, {1.0} => b, {true} => c, [1] => d, [1.0] => e, #{1 => 1} => f, #{1 => 1.0} => g, 0 => h, 0.0 => i}")
    assert len(found) == 9
    assert found[(1,)] is Atom("a") and found[(number(1.0),)] is Atom("b") and found[(number(True),)] is Atom("c")
    assert found[0] is Atom("h") and found[number(0.0)] is Atom("i")
    assert vm.call("maps", "size", found) == 9
    assert vm.call("erlang", "=:=", found, found) is True


class Number(int):
    def bit_length(self) -> int:
        return 1


class Text(str):
    __slots__ = ()

    def encode(self, *_: Any) -> bytes:
        raise RuntimeError("not this one")


class Items(list[Any]):
    def __len__(self) -> int:
        return 1_000_000


class Mapping(dict[Any, Any]):
    def items(self) -> Any:
        return [(n, n) for n in range(1000)]


def test_subclasses_are_what_they_derive_from(vm: enigma.VM) -> None:
    assert vm.call("erlang", "hd", [Number(2**80)]) == 2**80
    assert vm.call("erlang", "hd", [Text("é")]) == "é".encode()
    assert vm.call("erlang", "hd", [Items([1, 2])]) == [1, 2]
    assert vm.call("erlang", "hd", [Mapping({1: 2})]) == {1: 2}


def test_values_without_a_term(vm: enigma.VM) -> None:
    for value, words in (("\ud800", "UTF-8"), (float("-inf"), "-inf"), (1 << (1 << 26), "bits"), ((None,) * 3, "None")):
        with pytest.raises(TypeError, match=words):
            vm.call("erlang", "hd", [value])
    with pytest.raises(TypeError) as caught:
        vm.call("erlang", "hd", [{b"x" * 100_000}])
    assert len(str(caught.value)) < 1000


def test_objects_of_another_vm_are_refused() -> None:
    with enigma.VM(schedulers=1) as one, enigma.VM(schedulers=1) as two:
        things = [one.self, one.call("erlang", "make_ref"), one.eval("fun() -> 1 end"), one.eval("fun lists:map/2"),
                  one.eval("hd(erlang:ports())"), one.eval("ets:new(t, [])")]
        for thing in things:
            assert thing == one.call("erlang", "hd", [thing])
            with pytest.raises(TypeError, match="another VM") as caught:
                two.call("erlang", "hd", [[thing]])
            assert str(thing) in str(caught.value)
        with pytest.raises(TypeError, match="another VM"):
            two.send(one.self, 1)
        assert one.self != two.self and one.self == one.self
        texts = [str(thing) for thing in things]
    assert [str(thing) for thing in things] == texts
    with enigma.VM(schedulers=1) as three, pytest.raises(TypeError, match="another VM"):
        three.call("erlang", "hd", [things])


def test_copies_and_pickles(vm: enigma.VM) -> None:
    for value in (Atom("a"), ImproperList([1, [2]], 3), Bitstring(b"\xa0", 3), {enigma.ListKey([1]): enigma.MapKey({1: 2})},
                  enigma.NumberKey(1.0)):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            assert pickle.loads(pickle.dumps(value, protocol)) == value
        assert copy.deepcopy(value) == value
    assert pickle.loads(pickle.dumps(Atom("a"))) is Atom("a")
    error = pickle.loads(pickle.dumps(ErlangError("exit", (Atom("x"), 1), [])))
    assert (error.kind, error.class_, error.reason, error.stacktrace) == ("exit", "exit", (Atom("x"), 1), [])
    pid = vm.self
    assert copy.copy(pid) is pid and copy.deepcopy([pid])[0] is pid
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(pid)
    for kind in (enigma.Pid, enigma.Ref, enigma.Port, enigma.Fun):
        with pytest.raises(TypeError):
            kind()
    with pytest.raises(AttributeError):
        ImproperList([1], 2).tail = 3  # type: ignore[misc]


def test_atom_limit_ends_only_its_vm(tmp_path: pathlib.Path) -> None:
    with enigma.VM(["+t", "12000"], schedulers=2) as small, enigma.VM(schedulers=1) as other:
        small.call("file", "set_cwd", [ord(c) for c in str(tmp_path)])
        assert small.eval("erlang:system_info(atom_limit)") == 12000
        with pytest.raises(RuntimeError, match="no more index entries in atom_tab"):
            small.eval("[list_to_atom(\"many\" ++ integer_to_list(N)) || N <- lists:seq(1, 12000)]", timeout=60)
        assert small.closed
        with pytest.raises(RuntimeError, match="atom_tab"):
            small.eval("1")
        assert other.eval("list_to_atom(\"one\" ++ \" more\")") is Atom("one more")
        end = time.monotonic() + 20
        while not (tmp_path / "erl_crash.dump").exists() and time.monotonic() < end:
            time.sleep(0.05)
    assert (tmp_path / "erl_crash.dump").exists()


# --- threads, signals, forks ---------------------------------------------------------------------------
def test_receiving_blocks_nobody_else(vm: enigma.VM) -> None:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(vm.receive(20)))
    thread.start()
    time.sleep(0.2)
    with pytest.raises(TimeoutError):
        vm.receive(timeout=0.2)
    pid = vm.spawn("timer", "sleep", 10)
    assert isinstance(pid, enigma.Pid) and vm.call("erlang", "abs", -1) == 1
    vm.send(vm.self, (Atom("for"), b"you"))
    thread.join(20)
    assert found == [(Atom("for"), b"you")]


def test_closing_while_others_call() -> None:
    machine = enigma.VM(schedulers=2)
    ends: list[BaseException] = []

    def wait(action: Any) -> None:
        try:
            while True:
                action()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test looks at it
            ends.append(error)

    actions = [lambda: machine.call("timer", "sleep", 60_000), lambda: machine.receive(60), lambda: machine.eval("1 + 1"),
               lambda: machine.send(machine.self, 1), lambda: machine.spawn("erlang", "self")]
    threads = [threading.Thread(target=wait, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    closers = [threading.Thread(target=machine.close) for _ in range(2)]
    for thread in closers:
        thread.start()
    for thread in [*threads, *closers]:
        thread.join(30)
        assert not thread.is_alive()
    assert len(ends) == len(actions) and all(isinstance(end, RuntimeError) for end in ends), ends
    assert machine.closed


def test_interrupted_call(vm: enigma.VM) -> None:
    vm.eval("register(api_sleeper_maker, self()), ok")
    threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        vm.eval("register(api_sleeper, self()), timer:sleep(60000)")
    end = time.monotonic() + 10
    while vm.eval("whereis(api_sleeper)") is not Atom("undefined"):
        assert time.monotonic() < end
    assert vm.call("erlang", "abs", -1) == 1


def test_closed_by_a_signal_within_a_call() -> None:
    machine = enigma.VM(schedulers=1)
    before = signal.signal(signal.SIGUSR2, lambda *_: machine.close())
    try:
        threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGUSR2)).start()
        with pytest.raises(RuntimeError):
            machine.call("timer", "sleep", 60_000)
        assert machine.closed
        machine.close()
    finally:
        signal.signal(signal.SIGUSR2, before)


def test_forked_child_is_told() -> None:
    script = """
import os, enigma
vm = enigma.VM(schedulers=1)
child = os.fork()
if child == 0:
    try:
        vm.call("erlang", "self")
    except RuntimeError as error:
        vm.close()
        with enigma.VM(schedulers=1) as own:
            os._exit(own.call("erlang", "+", 3, 4) if "fork" in str(error) else 1)
    os._exit(2)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert vm.call("erlang", "+", 1, 2) == 3
print("well", flush=True)
"""
    done = subprocess.run([*PYTHON, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "well\n"), done.stderr


def test_exit_with_an_open_vm() -> None:
    script = "import enigma; vm = enigma.VM(); vm.eval('spawn(fun L() -> L() end)'); f = vm.eval('fun() -> 1 end'); print('well')"
    done = subprocess.run([*PYTHON, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "well\n"), done.stderr


def test_vm_in_a_thread() -> None:
    found: list[Any] = []

    def work() -> None:
        with enigma.VM(schedulers=1) as own:
            found.append(own.eval("lists:sum(lists:seq(1, 1000))"))

    threading.stack_size(256 * 1024)
    try:
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
    finally:
        threading.stack_size(0)
    for thread in threads:
        thread.join(60)
    assert found == [500500] * 3


# --- loading -----------------------------------------------------------------------------------------
def test_load_source_and_beam(vm: enigma.VM, tmp_path: pathlib.Path) -> None:
    source = tmp_path / "api_mod.erl"
    source.write_text("-module(api_mod).\n-export([f/1]).\nf(X) -> {first, X}.\n")
    assert vm.load(source) is Atom("api_mod")
    assert vm.call("api_mod", "f", 1) == (Atom("first"), 1)
    source.write_text("-module(api_mod).\n-export([f/1]).\nf(X) -> {second, X}.\n")
    assert vm.load(str(source)) is Atom("api_mod")
    assert vm.call("api_mod", "f", 1) == (Atom("second"), 1)
    assert vm.call("compile", "file", [ord(c) for c in str(source)], [(Atom("outdir"), [ord(c) for c in str(tmp_path)])])[0] is ok
    assert vm.load(tmp_path / "api_mod.beam") is Atom("api_mod")


def test_load_failures(vm: enigma.VM, tmp_path: pathlib.Path) -> None:
    with pytest.raises(FileNotFoundError):
        vm.load(tmp_path / "nothing.erl")
    bad = tmp_path / "api_bad.erl"
    bad.write_text("-module(api_bad).\nf( ->")
    with pytest.raises(ErlangError, match="api_bad"):
        vm.load(bad)
    junk = tmp_path / "api_junk.beam"
    junk.write_bytes(b"FOR1" + os.urandom(100))
    with pytest.raises(ErlangError):
        vm.load(junk)


# --- processes and messages --------------------------------------------------------------------------
def test_messages(vm: enigma.VM) -> None:
    pid = vm.spawn("erl_eval", "exprs", *_parsed(vm, "receive {From, X} -> From ! {self(), X * 2} end"))
    assert isinstance(pid, enigma.Pid)
    vm.send(pid, (vm.self, 21))
    assert vm.receive(timeout=5) == (pid, 42)


def _parsed(vm: enigma.VM, text: str) -> tuple[Any, dict[Any, Any]]:
    tokens = vm.call("erl_scan", "string", [ord(c) for c in text + "."])[1]
    return vm.call("erl_parse", "parse_exprs", tokens)[1], {}


def test_order_of_messages(vm: enigma.VM) -> None:
    vm.eval("[Me ! {n, N} || N <- lists:seq(1, 1000)], ok", {"Me": vm.self})
    assert [vm.receive(5)[1] for _ in range(1000)] == list(range(1, 1001))
    with pytest.raises(TimeoutError):
        vm.receive(timeout=0.05)


def test_send_to_a_name(vm: enigma.VM) -> None:
    vm.eval("register(api_echo, spawn(fun L() -> receive {F, M} -> F ! {echo, M}, L() end end))")
    vm.send("api_echo", (vm.self, b"hi"))
    assert vm.receive(5) == (Atom("echo"), b"hi")
    vm.send(Atom("api_echo"), (vm.self, [1]))
    assert vm.receive(5) == (Atom("echo"), [1])
    with pytest.raises(ValueError, match="no_such_name_registered"):
        vm.send("no_such_name_registered", 1)


def test_identifiers(vm: enigma.VM) -> None:
    pid, again, ref = vm.self, vm.self, vm.call("erlang", "make_ref")
    assert pid == again and hash(pid) == hash(again)
    assert isinstance(ref, enigma.Ref) and ref != vm.call("erlang", "make_ref")
    assert vm.call("erlang", "is_pid", pid) is True
    assert vm.call("erlang", "pid_to_list", pid)
    assert "0." in repr(pid)
    fun = vm.eval("fun lists:reverse/1")
    assert vm.call("erlang", "apply", fun, [[1, 2]]) == [2, 1]


def test_many_threads_call(vm: enigma.VM) -> None:
    results: list[int] = []
    failures: list[Exception] = []

    def work(n: int) -> None:
        try:
            for i in range(50):
                results.append(vm.call("erlang", "+", n, i))
        except Exception as error:  # noqa: BLE001 - whatever it is, the test looks at it
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures and len(results) == 400
    assert sum(results) == sum(n + i for n in range(8) for i in range(50))


def test_python_runs_while_erlang_works(vm: enigma.VM) -> None:
    """A call releases the GIL."""
    ticks = 0
    done = threading.Event()

    def count() -> None:
        nonlocal ticks
        while not done.is_set():
            ticks += 1
            time.sleep(0.005)

    thread = threading.Thread(target=count)
    thread.start()
    vm.eval("lists:foldl(fun(X, A) -> X + A end, 0, lists:seq(1, 300000))")
    vm.call("timer", "sleep", 200)
    done.set()
    thread.join()
    assert ticks > 10


# --- the life of a VM --------------------------------------------------------------------------------
def test_close_and_open_again() -> None:
    before = threading.active_count()
    files = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        machine = enigma.VM()
        assert machine.call("erlang", "node") is Atom("nonode@nohost")
        assert not machine.closed
        machine.close()
        machine.close()
        assert machine.closed
    gc.collect()
    assert threading.active_count() <= before
    assert len(os.listdir("/proc/self/fd")) <= files + 2


def test_closed_vm_says_so() -> None:
    machine = enigma.VM(schedulers=1)
    pid = machine.self
    machine.close()
    for action in (lambda: machine.call("erlang", "self"), lambda: machine.eval("1"), lambda: machine.send(pid, 1),
                   lambda: machine.receive(0.1), lambda: machine.spawn("erlang", "self")):
        with pytest.raises((RuntimeError, ValueError)) as caught:
            action()
        assert "clos" in str(caught.value).lower() or "end" in str(caught.value).lower() or "stop" in str(caught.value).lower()


def test_two_side_by_side() -> None:
    with enigma.VM(schedulers=1) as one, enigma.VM(schedulers=1) as two:
        one.eval("register(only_here, spawn(fun() -> receive stop -> ok end end))")
        assert one.eval("is_pid(whereis(only_here))") is True
        assert two.eval("whereis(only_here)") is Atom("undefined")
        one.call("application", "set_env", Atom("kernel"), Atom("k"), 1)
        assert two.call("application", "get_env", Atom("kernel"), Atom("k")) is Atom("undefined")
        one.eval("ets:new(api_table, [named_table, public]), persistent_term:put(api, 1), os:putenv(\"API_ENV\", \"1\")")
        assert two.eval("{ets:whereis(api_table), persistent_term:get(api, none)}") == (Atom("undefined"), Atom("none"))
        assert two.eval("os:getenv(\"API_ENV\")") is False
        assert "API_ENV" not in os.environ
        one.close()
        assert two.call("lists", "sum", [1, 2, 3]) == 6


def test_halt_ends_only_the_vm() -> None:
    machine = enigma.VM(schedulers=1)
    with pytest.raises((ErlangError, RuntimeError)):
        machine.eval("halt(3), receive after infinity -> ok end", timeout=20)
    assert machine.closed
    machine.close()
    with enigma.VM(schedulers=1) as again:
        assert again.eval("1") == 1


def test_guest_leaves_the_host_alone(tmp_path: pathlib.Path) -> None:
    here = os.getcwd()
    with enigma.VM(schedulers=1) as machine:
        assert machine.eval(f"file:set_cwd(\"{tmp_path}\"), file:get_cwd()") == (ok, [ord(c) for c in str(tmp_path)])
        assert os.getcwd() == here
        machine.eval("file:write_file(\"made_here\", <<\"x\">>)")
    assert (tmp_path / "made_here").exists()
    assert os.getcwd() == here


def test_bad_arguments() -> None:
    with pytest.raises(ValueError):
        enigma.VM(["+S", "many"])
    with pytest.raises(Exception, match="no such|not|OTP"):
        enigma.VM(otp_root="/no/such/otp")


def test_with_one_scheduler_and_flags() -> None:
    with enigma.VM(["-my_flag", "v"], schedulers=1) as machine:
        assert machine.eval("erlang:system_info(schedulers)") == 1
        assert machine.eval("init:get_argument(my_flag)") == (ok, [[[ord("v")]]])


@pytest.mark.parametrize("at", [0, 1, 32767, 32768, 32769, 65537, 219999, 220000])
@pytest.mark.parametrize("byte", [b"\xff", b"\x80", b"\xe2\x82"])
def test_error_far_into_a_long_subject(vm: enigma.VM, at: int, byte: bytes) -> None:
    """re:run finds it in a later turn; erl ends such a call with an internal_error."""
    whole = "aé€𐍈\n".encode() * 20000
    subject = whole[:at] + byte + whole[at:]
    pattern = vm.call("re", "compile", b"x", [Atom("unicode")])[1]
    for options in ([], [Atom("global")]):
        with pytest.raises(ErlangError) as caught:
            vm.call("re", "run", subject, pattern, options)
        assert caught.value.reason == Atom("badarg")
        assert caught.value.stacktrace[0][:3] == (Atom("re"), Atom("run"), [subject, pattern, options])
    with pytest.raises(ErlangError) as caught:
        vm.call("re", "run", whole, pattern, [(Atom("offset"), len(whole) + 1)])
    assert caught.value.stacktrace[0][1] == Atom("run")


def test_memory_is_given_back() -> None:
    def resident() -> int:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * 4096

    with enigma.VM(schedulers=1) as machine:
        machine.eval("lists:sum(lists:seq(1, 100000))")
    gc.collect()
    start = resident()
    for _ in range(4):
        with enigma.VM(schedulers=1) as machine:
            machine.eval("lists:sum(lists:seq(1, 100000))")
    gc.collect()
    assert resident() - start < 60 << 20

"""The Python face: calling, evaluating, loading, messages, conversions both ways, errors, several VMs."""
from __future__ import annotations

import gc
import os
import pathlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

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
    with pytest.raises((RecursionError, ValueError)):
        vm.call("erlang", "hd", [cyclic])
    with pytest.raises((RecursionError, ValueError)):
        vm.eval("lists:foldl(fun(_, A) -> {A} end, x, lists:seq(1, 1000000))")
    assert vm.call("erlang", "hd", [1]) == 1


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
        except Exception as error:
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

"""The ends of a VM and what they leave: the break menu, signals, crash dumps, limits that stop it."""
from __future__ import annotations

import pathlib
import re
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest
from support import ENIGMA, ERL, ERL_PROGRAM, Terminal, environment, run_once

needs_erl = pytest.mark.skipif(ERL_PROGRAM is None, reason="no erl to compare with")
BOTH = [pytest.param(ENIGMA, id="enigma"), pytest.param(ERL, id="erl", marks=needs_erl)]
MENU = "(l)oaded (v)ersion (k)ill (D)b-tables (d)istribution"


@pytest.fixture(params=BOTH)
def shell(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Iterator[Terminal]:
    """The shell in a directory of its own, on Enigma and, to prove the test right, on erl."""
    terminal = Terminal(list(request.param), tmp_path)
    try:
        terminal.expect("1> ")
        yield terminal
    finally:
        terminal.close()


# --- the break menu ----------------------------------------------------------------------------------
def enter(shell: Terminal, letter: str) -> None:
    """Ctrl-C, then a letter when the menu is there."""
    shell.send("\x03")
    assert "BREAK: (a)bort (A)bort with dump (c)ontinue (p)roc info (i)nfo" in shell.expect(MENU)
    shell.send(letter)


@pytest.mark.parametrize("letter", ["a\n", "q\n", "\x03", "\x04"])
def test_break_ends(shell: Terminal, letter: str) -> None:
    enter(shell, letter)
    assert shell.end() == 0


def test_break_and_go_on(shell: Terminal) -> None:
    enter(shell, "x\n")
    shell.expect("Invalid option 'x'. Please enter one of the following:")
    shell.send("\n")
    shell.send("c\n")
    time.sleep(0.3)
    shell.send("7 * 6.\r")
    shell.expect("42")
    shell.expect("2> ")


@pytest.mark.parametrize(("letter", "texts"), [
    ("p", ["=proc:<0.0.0>", "State: Waiting", "Name: init", "Stack dump:", "Return addr", "=port:#Port<0."]),
    ("i", ["=memory", "total: ", "=index_table:atom_tab", "limit: 1048576", "=allocated_areas"]),
    ("l", ["Current code: ", "Old code: 0", "lists "]),
    ("v", ["emulator version 13.1.5"]),
    ("D", ["=ets:<0.", "Table: ac_tab", "{{env,kernel,net_ticktime},60}", "Type: set"]),
    ("d", ["=node:'nonode@nohost'", "=no_distribution"]),
])
def test_break_shows(shell: Terminal, letter: str, texts: list[str]) -> None:
    enter(shell, letter + "\n")
    for text in texts:
        shell.expect(text)
    time.sleep(0.3)
    shell.send("7 * 6.\r")
    shell.expect("42")


def test_break_kills(shell: Terminal) -> None:
    shell.send("P = spawn(fun() -> register(victim, self()), receive never -> ok end end), ok.\r")
    shell.expect("2> ")
    enter(shell, "k\n")
    while "Name: victim" not in shell.expect("(k)ill (n)ext (r)eturn:"):
        shell.send("n\n")
    shell.send("k\n")
    shell.expect("(k)ill (n)ext (r)eturn:")
    shell.send("r\n")
    time.sleep(0.3)
    shell.send("is_process_alive(P).\r")
    shell.expect("false")


def test_break_stops_the_world(shell: Terminal) -> None:
    shell.send("spawn(fun() -> timer:sleep(1000), io:format(\"tick~n\") end), ok.\r")
    shell.expect("2> ")
    enter(shell, "")
    time.sleep(2.0)
    shell._read(0.1)
    assert b"tick" not in shell.seen
    shell.send("c\n")
    shell.expect("tick")


def test_abort_with_dump(shell: Terminal, tmp_path: pathlib.Path) -> None:
    enter(shell, "A\n")
    shell.expect("Crash dump requested by user")
    shell.expect("erl_crash.dump...done", 60)
    assert shell.end() == -signal.SIGABRT
    assert "Slogan: Crash dump requested by user" in (tmp_path / "erl_crash.dump").read_text(errors="replace")


@pytest.mark.parametrize(("flags", "code"), [
    (["+B"], -signal.SIGINT), (["+Bd"], -signal.SIGINT), (["+B", "d"], -signal.SIGINT), (["+Bi"], 7), (["+B", "i"], 7),
])
@pytest.mark.parametrize("program", BOTH)
def test_break_modes(program: list[str], flags: list[str], code: int) -> None:
    terminal = Terminal([*program, *flags, "-noshell", "-eval", "io:format(\"up~n\"), timer:sleep(1500), halt(7)."])
    try:
        terminal.expect("up")
        terminal.send("\x03")
        assert terminal.end() == code
    finally:
        terminal.close()


@pytest.mark.parametrize("program", BOTH)
def test_break_belongs_to_the_shell(program: list[str]) -> None:
    terminal = Terminal([*program, "+Bc"])
    try:
        terminal.expect("1> ")
        terminal.send("timer:sleep(infinity).\r")
        time.sleep(0.5)
        terminal.send("\x03")
        terminal.expect("** exception exit: killed")
    finally:
        terminal.close()


# --- signals -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("program", BOTH)
@pytest.mark.parametrize(("number", "code", "words", "dump"), [
    (signal.SIGTERM, 0, "SIGTERM received - shutting down", False), (signal.SIGUSR1, 1, "Received SIGUSR1", True),
    (signal.SIGQUIT, 0, "", False), (signal.SIGHUP, -signal.SIGHUP, "", False),
])
def test_signals(program: list[str], number: int, code: int, words: str, dump: bool, tmp_path: pathlib.Path) -> None:
    process = subprocess.Popen([*program, "-noshell", "-eval", "io:format(\"up~n\"), timer:sleep(60000)."], cwd=tmp_path,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment())
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == code
    assert words in out.decode()
    assert (tmp_path / "erl_crash.dump").exists() == dump


def test_interrupt_without_a_terminal() -> None:
    """The menu's input is at its end: the VM ends."""
    process = subprocess.Popen([*ENIGMA, "-noshell", "-eval", "io:format(\"up~n\"), timer:sleep(60000)."],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment())
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0 and b"BREAK: (a)bort" in out


# --- crash dumps -------------------------------------------------------------------------------------
@pytest.mark.parametrize(("variables", "size"), [
    ({}, None), ({"ERL_CRASH_DUMP_SECONDS": "0"}, -1), ({"ERL_CRASH_DUMP_BYTES": "0"}, -1), ({"ERL_CRASH_DUMP_BYTES": "5000"}, 5000),
    ({"ERL_CRASH_DUMP_SECONDS": "60"}, None),
])
@pytest.mark.parametrize("program", BOTH)
def test_dump_variables(program: list[str], variables: dict[str, str], size: int | None, tmp_path: pathlib.Path) -> None:
    code, _, errors = run_once(program, ["-noshell", "-eval", "halt(\"the slogan\")."], cwd=tmp_path,
                               env={"ERL_CRASH_DUMP": str(tmp_path / "where.dump"), **variables})
    path = tmp_path / "where.dump"
    assert code == 1 and errors.startswith("the slogan\r\n")
    assert path.exists() == (size != -1)
    if size != -1:
        done = "done\r\n" if size is None else ""
        assert errors == f"the slogan\r\n\r\nCrash dump is being written to: {path}...{done}"
        text = path.read_text(errors="replace")
        assert text.startswith("=erl_crash_dump:0.5\n") and "\nSlogan: the slogan\n" in text
        if size is None:
            assert text.endswith("=end\n")
        else:
            assert abs(path.stat().st_size - size) < 100


SCENE = """
-module(scene).
-export([main/0]).
main() ->
    ets:new(tab_one, [named_table, public]), ets:insert(tab_one, [{a, 1}, {"str", <<"bin">>}]),
    ets:new(tab_two, [ordered_set, named_table, compressed]), ets:insert(tab_two, [{1, x}, {2, y}]),
    P = spawn(fun() -> put(dk, {dict, 1.5, #{a => 1}}), put(big, 1 bsl 100), Main = self(),
                       deep([here, Main], binary:copy(<<"y">>, 10)) end),
    register(waiter, P),
    Big = binary:copy(<<"x">>, 1000),
    P ! {msg, 1, [a, "s"], Big, binary:part(Big, 10, 100), <<1:3>>, 3.25, fun() -> P end, fun lists:map/2, self(),
         -(1 bsl 70), maps:from_list([{I, I} || I <- lists:seq(1, 40)]), [1, 2 | three], {}, #{}},
    P ! second,
    erlang:monitor(process, P), link(P),
    erlang:send_after(100000, P, timer_msg),
    persistent_term:put(scene_term, {some, "literal", [<<"b">>]}),
    [spawn(fun() -> sensitive() end) || _ <- [1, 2]],
    timer:sleep(200),
    halt("the scene's end").
deep(X, Y) -> R = try wait() catch _:_ -> X end, {X, Y, R}.
wait() -> receive never -> ok end.
sensitive() -> process_flag(sensitive, true), receive never -> ok end.
"""

# What crashdump_viewer's server finds in a dump, in a form that does not depend on who has written it.
VIEWER = """
main([File]) ->
    register(observer_sink, spawn(fun L() -> receive _ -> L() end end)),
    {ok, _} = crashdump_viewer:start_link(),
    crashdump_viewer:read_file(File),
    {ok, General, Warnings} = crashdump_viewer:general_info(),
    io:format("slogan ~p~nwarnings ~p~nnode ~p~n", [element(3, General), Warnings, element(7, General)]),
    {ok, Ps, []} = crashdump_viewer:processes(),
    [W] = [P || P <- Ps, element(3, P) =:= "waiter"],
    [{ok, _, []} = crashdump_viewer:proc_details(id(element(2, P))) || P <- Ps],
    {ok, D, []} = crashdump_viewer:proc_details(id(element(2, W))),
    Fields = tuple_to_list(D),
    [{Message, []}, {second, []}] = element(10, D),
    Parts = [X || X <- tuple_to_list(Message), not is_function(X), not is_list(X) orelse hd(X) =/= '#CDVPid'],
    io:format("message ~p~n", [[case X of ['#CDVBin', O, S, _] -> {bin, O, S}; _ -> X end || X <- Parts, not is_bitstring(X)]]),
    io:format("funs ~p~n", [length([X || X <- tuple_to_list(Message), is_function(X)])]),
    io:format("dictionary ~p~n", [lists:sort([X || {_, _} = X <- lists:append([L || L <- Fields, is_list(L)]),
                                              lists:member(element(1, X), [dk, big])])]),
    io:format("frames ~p~n", [[lists:nthtail(string:str(T, "("), T) || {_, "Return addr" ++ T} <- lists:append([L || L <- Fields, is_list(L)])] =/= []]),
    io:format("state ~p links ~p~n", [element(7, D), length([L || L <- Fields, is_list(L), L =/= [], is_tuple(hd(L))])]),
    {ok, Mods, []} = crashdump_viewer:loaded_modules(),
    io:format("modules ~p~n", [[lists:keymember({M, nq}, 2, Mods) || M <- [<<"lists">>, <<"scene">>, <<"nosuch">>]]]),
    {ok, Ets, []} = crashdump_viewer:ets_tables(all),
    io:format("ets ~p~n", [lists:sort([{element(4, T), element(6, T), element(8, T)} || T <- Ets, is_list(element(4, T)),
                                       lists:prefix("tab_", element(4, T))])]),
    {ok, Ts, []} = crashdump_viewer:timers(all),
    io:format("timer ~p~n", [[M || T <- Ts, M <- tuple_to_list(T), M =:= "timer_msg"]]),
    {ok, As, []} = crashdump_viewer:atoms(),
    io:format("atoms ~p~n", [[lists:keymember(A, 2, As) || A <- [{<<"tab_one">>, nq}, {<<"no_such_atom_here">>, nq}]]]),
    {ok, Fs, []} = crashdump_viewer:funs(),
    io:format("funs of scene ~p~n", [length([F || F <- Fs, element(2, F) =:= "scene"]) > 2]),
    {ok, Memory, []} = crashdump_viewer:memory(),
    io:format("memory ~p~n", [lists:sort([K || {K, _} <- Memory])]),
    {ok, Schedulers, []} = crashdump_viewer:schedulers(),
    io:format("schedulers ~p~n", [length([S || S <- Schedulers, element(3, S) =:= normal])]),
    {ok, Terms, []} = crashdump_viewer:persistent_terms(),
    io:format("persistent ~p~n", [[T || {scene_term, _} = T <- Terms]]),
    {ok, Ports, []} = crashdump_viewer:ports(),
    io:format("ports ~p~n", [length(Ports) > 0]),
    io:format("distribution ~p~n", [crashdump_viewer:dist_info()]),
    {ok, _, []} = crashdump_viewer:loaded_mod_details("lists"), ok.
id(P) when is_pid(P) -> pid_to_list(P); id(P) -> P.
"""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A directory with scene.beam, and the viewer as an escript."""
    viewers = pathlib.Path("/usr/lib/erlang/lib").glob("observer-*/ebin/crashdump_viewer.beam")
    if ERL_PROGRAM is None or not list(viewers):
        pytest.skip("no crashdump_viewer")
    directory = tmp_path_factory.mktemp("scene")
    (directory / "scene.erl").write_text(SCENE)
    (directory / "view").write_text("#!/usr/bin/env escript\n%%! -noinput\n" + VIEWER)
    subprocess.run(["erlc", "scene.erl"], cwd=directory, check=True, timeout=60)
    return directory


def viewed(program: list[str], scene: pathlib.Path, tmp_path: pathlib.Path) -> str:
    dump = tmp_path / "scene.dump"
    code, out, _ = run_once([*program, "+S", "2"], ["-noshell", "-pa", str(scene), "-s", "scene", "main"], cwd=tmp_path,
                            env={"ERL_CRASH_DUMP": str(dump)})
    assert code == 1, out
    code, out, errors = run_once(["escript"], [str(scene / "view"), str(dump)], timeout=120)
    assert code == 0, out + errors
    return re.sub(r"#Fun<scene\.\d+\.\d+>", "#Fun", out)


def test_dump_as_the_viewer_sees_it(scene: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "erl").mkdir()
    (tmp_path / "enigma").mkdir()
    expected = viewed(ERL, scene, tmp_path / "erl")
    assert "slogan \"the scene's end\"" in expected
    assert viewed(ENIGMA, scene, tmp_path / "enigma") == expected


def test_dump_of_a_deep_term(tmp_path: pathlib.Path) -> None:
    dump = tmp_path / "deep.dump"
    text = "put(deep, lists:foldl(fun(_, A) -> {A} end, x, lists:seq(1, 200000))), halt(\"deep\")."
    code, _, _ = run_once(ENIGMA, ["-noshell", "-eval", text], env={"ERL_CRASH_DUMP": str(dump)})
    assert code == 1 and dump.read_text(errors="replace").count(":t1:") >= 200000


# --- limits -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("program", BOTH)
def test_atom_limit(program: list[str], tmp_path: pathlib.Path) -> None:
    text = "[list_to_atom(\"many_\" ++ integer_to_list(N)) || N <- lists:seq(1, 20000)], io:format(\"never~n\"), halt()."
    code, out, errors = run_once(program, ["+t", "20000", "-noshell", "-eval", text], cwd=tmp_path)
    assert (code, out) == (1, "")
    assert errors.splitlines()[0] == "no more index entries in atom_tab (max=20000)"
    assert "Slogan: no more index entries in atom_tab (max=20000)\n" in (tmp_path / "erl_crash.dump").read_text(errors="replace")


@pytest.mark.parametrize("program", BOTH)
@pytest.mark.parametrize(("flags", "expression"), [
    (["+P", "1024"], "[spawn(fun() -> receive a -> b end end) || _ <- lists:seq(1, 3000)]"),
    (["+Q", "1024"], "[open_port({spawn, \"cat\"}, []) || _ <- lists:seq(1, 1100)]"),
])
def test_process_and_port_limit(program: list[str], flags: list[str], expression: str) -> None:
    text = f"{{'EXIT', {{R, _}}}} = (catch {expression}), io:format(\"~p~n\", [R]), halt()."
    code, out, _ = run_once([*program, *flags], ["-noshell", "-eval", text])
    assert code == 0 and "system_limit" in out.splitlines()


@pytest.mark.parametrize("program", BOTH)
@pytest.mark.parametrize("expression", ["exit(whereis(init), kill)", "exit(whereis(erts_code_purger), kill)"])
def test_death_of_a_vital_process(program: list[str], expression: str) -> None:
    code, _, errors = run_once(program, ["-noshell", "-eval", expression + ", timer:sleep(5000)."],
                               env={"ERL_CRASH_DUMP_SECONDS": "0"})
    assert code == 1 and re.fullmatch(r"System process <0\.\d\.0> terminated: killed\r\n", errors)


@pytest.mark.parametrize("program", BOTH)
def test_death_of_the_kernel(program: list[str]) -> None:
    code, out, _ = run_once(program, ["-noshell", "-eval", "spawn(fun() -> exit(whereis(kernel_sup), kill) end), timer:sleep(9000)."],
                            env={"ERL_CRASH_DUMP_SECONDS": "0"})
    assert code == 1 and ("Kernel pid terminated" in out or "init terminating" in out)

"""The interactive shell on a terminal of its own: prompt, editing, history, completion, Ctrl-C, leaving."""
from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator

import pytest
from support import ERL_PROGRAM, Terminal


@pytest.fixture(params=["enigma", pytest.param("erl", marks=pytest.mark.skipif(ERL_PROGRAM is None, reason="no erl"))])
def shell(request: pytest.FixtureRequest) -> Iterator[Terminal]:
    """The shell, on Enigma and, to prove the test right, on erl."""
    terminal = Terminal([sys.executable, "-m", "enigma"] if request.param == "enigma" else ["erl"])
    try:
        yield terminal
    finally:
        terminal.close()


def test_banner_and_leaving(shell: Terminal) -> None:
    banner = shell.expect("1> ")
    assert "Eshell V13.1.5" in banner and "(abort with ^G)" in banner
    assert banner.lstrip().startswith("Erlang/OTP 25")
    shell.send("1 + 1.\r")
    shell.expect("2\r\n")
    shell.expect("2> ")
    shell.send("q().\r")
    assert shell.end() == 0


def test_exit_code(shell: Terminal) -> None:
    shell.expect("1> ")
    shell.send("halt(3).\r")
    assert shell.end() == 3


def test_bindings_and_errors(shell: Terminal) -> None:
    shell.expect("1> ")
    shell.send("X = {a, \"text\"}.\r")
    shell.expect('{a,"text"}')
    shell.expect("2> ")
    shell.send("1/0.\r")
    shell.expect("** exception error: an error occurred when evaluating an arithmetic expression")
    shell.expect("3> ")
    shell.send("X.\r")
    shell.expect('{a,"text"}')
    shell.expect("4> ")
    shell.send("[1,\r2].\r")
    shell.expect("[1,2]")


def test_history(shell: Terminal) -> None:
    shell.expect("1> ")
    shell.send("first_one.\r")
    shell.expect("\r\nfirst_one\r\n")
    shell.expect("2> ")
    shell.send("second_one.\r")
    shell.expect("\r\nsecond_one\r\n")
    shell.expect("3> ")
    shell.send("\x1b[A")
    shell.expect("second_one.")
    shell.send("\x1b[A")
    shell.expect("first_one.")
    shell.send("\r")
    shell.expect("\r\nfirst_one\r\n")
    shell.expect("4> ")
    shell.send("\x10")                               # Ctrl-P
    shell.expect("first_one.")
    shell.send("\x1b[B")
    time.sleep(0.3)
    shell.send("other.\r")
    shell.expect("\r\nother\r\n")


def test_editing(shell: Terminal) -> None:
    shell.expect("1> ")
    shell.send("bc.\x01a\x05\r")                     # start of line, insert, end of line
    shell.expect("\r\nabc\r\n")
    shell.expect("2> ")
    shell.send("xyz\x7f\x7f.\x1b[D\x1b[Dq\x1b[C\r")  # rub out two, go left twice, insert, go right
    shell.expect("\r\nqx\r\n")
    shell.expect("3> ")
    shell.send("wrong\x15right.\r")                  # kill the line
    shell.expect("\r\nright\r\n")
    shell.expect("4> ")
    shell.send("\"é日\".\r")
    shell.expect("[233,26085]")


def test_completion(shell: Terminal) -> None:
    shell.expect("1> ")
    shell.send("lists:rever\t")
    shell.expect("lists:reverse(")
    shell.send("[1,2]).\r")
    shell.expect("[2,1]")
    shell.expect("2> ")
    shell.send("lists:dr\t")
    shell.expect("lists:drop")
    shell.send("\t")
    seen = shell.expect("dropwhile/2")
    assert "droplast/1" in seen


def test_switch_menu(shell: Terminal) -> None:
    shell.expect("1> ")
    shell.send("\x07")
    shell.expect("User switch command")
    shell.expect("--> ")
    shell.send("h\r")
    shell.expect("c [nn]")
    shell.expect("--> ")
    shell.send("c\r")
    time.sleep(0.3)
    shell.send("\r")
    shell.expect("1> ")
    shell.send("back_again.\r")
    shell.expect("back_again\r\n")


def test_interrupting_an_endless_evaluation(shell: Terminal) -> None:
    shell.expect("1> ")
    shell.send("F = fun F() -> F() end, F().\r")
    time.sleep(0.5)
    shell.send("\x07")
    shell.expect("--> ")
    shell.send("i\r")
    shell.expect("--> ")
    shell.send("c\r")
    shell.expect("** exception exit: killed")
    shell.expect("2> ")


def test_input_functions(shell: Terminal) -> None:
    shell.expect("1> ")
    shell.send("io:get_line(\"name? \").\r")
    shell.expect("name? ")
    shell.send("me\r")
    shell.expect("\"me\\n\"")
    shell.expect("2> ")
    shell.send("io:columns().\r")
    shell.expect("{ok,80}")
    shell.expect("3> ")
    shell.send("io:rows().\r")
    shell.expect("{ok,24}")


def test_end_of_input(shell: Terminal) -> None:
    shell.expect("1> ")
    shell.send("unfinished")
    shell.send("\x15ok.\r")
    shell.expect("ok\r\n")
    shell.expect("2> ")


def test_terminal_is_left_in_order() -> None:
    """After the shell's end the terminal echoes and edits lines again."""
    terminal = Terminal(["/bin/sh", "-c", f"{sys.executable} -m enigma; stty -a; echo the end"])
    try:
        terminal.expect("1> ")
        terminal.send("q().\r")
        seen = terminal.expect("the end")
        assert re.search(r"(?<!-)\bicanon\b", seen) and re.search(r"(?<!-)\becho\b", seen) and re.search(r"(?<!-)\bisig\b", seen), seen
    finally:
        terminal.close()

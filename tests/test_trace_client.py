"""Clients of a trace port, one after the other: each gets whole packets, and hears of all that found no room."""
import pathlib
import socket
import subprocess

from support import ENIGMA

SOURCE = r"""
-module(trace_client).
-export([main/0]).

main() ->
    P = open_port({spawn, "trace_ip_drv 0 2 2"}, []),
    <<0, Number:16>> = port_control(P, $p, ""),
    io:format("~p~n", [Number]),
    serve(P).

serve(P) ->
    case io:get_line("") of
        eof -> halt();
        Line ->
            [Size, Byte, Times] = [list_to_integer(T) || T <- string:lexemes(Line, " \n")],
            [true = port_command(P, binary:copy(<<Byte>>, Size)) || _ <- lists:seq(1, Times)],
            io:format("sent~n"),
            serve(P)
    end.
"""


def read(client: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = client.recv(size - len(data))
        assert part, "the port has closed the connection"
        data += part
    return data


def packet(client: socket.socket) -> tuple[int, bytes]:
    """A packet, or how many were dropped."""
    head = read(client, 5)
    number = int.from_bytes(head[1:], "big")
    assert head[0] in (0, 1)
    return (0, read(client, number)) if head[0] == 0 else (number, b"")


def test_client_after_client(tmp_path: pathlib.Path) -> None:
    (tmp_path / "trace_client.erl").write_text(SOURCE)
    subprocess.run(["erlc", "trace_client.erl"], cwd=tmp_path, check=True)
    vm = subprocess.Popen([*ENIGMA, "erl", "-noshell", "-pa", str(tmp_path), "-s", "trace_client", "main"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    to_vm, from_vm = vm.stdin, vm.stdout
    assert to_vm is not None and from_vm is not None

    def send(size: int, byte: int, times: int) -> None:
        to_vm.write(f"{size} {byte} {times}\n")
        to_vm.flush()
        assert from_vm.readline() == "sent\n"

    try:
        number = int(from_vm.readline())
        send(3, 65, 5)
        with socket.create_connection(("127.0.0.1", number), timeout=20) as first:
            assert [packet(first) for _ in range(3)] == [(0, b"AAA"), (0, b"AAA"), (3, b"")]
            send(8_000_000, 66, 2)          # more than the sockets take: the rest waits
            read(first, 1000)
        send(3, 67, 3)
        with socket.create_connection(("127.0.0.1", number), timeout=20) as second:
            received = [packet(second) for _ in range(2)]
            assert all(dropped == 0 and data in (b"B" * 8_000_000, b"CCC") for dropped, data in received), received
            assert received[0][1][:1] == b"B"
            assert packet(second)[0] > 0
    finally:
        to_vm.close()
        assert vm.wait(20) == 0

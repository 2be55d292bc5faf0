"""Ports that trace each other in a circle. Not in the table: erl hangs there now and then."""
import pathlib
import subprocess

import pytest
from support import ENIGMA, run_once

SOURCE = r"""
%% Ports that trace each other in a circle: what is told to one while the other works stops neither.
-module(trace_port_circle).
-export([main/0]).

main() ->
    process_flag(trap_exit, true),
    circle(2, ['receive']),
    circle(3, ['receive', running_ports, ports]),
    dying(),
    ok.

circle(N, Flags) ->
    Ports = [open() || _ <- lists:seq(1, N)],
    Tracers = tl(Ports) ++ [hd(Ports)],
    [1 = erlang:trace(P, true, [{tracer, T} | Flags]) || {P, T} <- lists:zip(Ports, Tracers)],
    Owner = self(),
    Pids = [spawn_link(fun() -> work(P, 2000), Owner ! {done, self()} end) || P <- Ports, _ <- [1, 2]],
    io:format("~p: ~p~n", [N, [receive {done, Pid} -> ok after 10000 -> hangs end || Pid <- Pids]]),
    [receive {'EXIT', Pid, R} -> normal = R end || Pid <- Pids],
    io:format("~p~n", [[catch port_close(P) || P <- Ports]]),
    [receive {'EXIT', P, normal} -> ok end || P <- Ports].

open() -> (dbg:trace_port(file, "/dev/null"))().

work(_, 0) -> ok;
work(P, N) ->
    true = port_command(P, <<"x">>),
    case N rem 7 of 0 -> erlang:port_info(P, name), link(P), unlink(P); _ -> ok end,
    work(P, N - 1).

%% Each of two hears of the other's end.
dying() ->
    [begin
         A = open(), B = open(),
         1 = erlang:trace(A, true, [ports, {tracer, B}]),
         1 = erlang:trace(B, true, [ports, {tracer, A}]),
         Pids = [spawn_link(fun() -> exit(P, kill) end) || P <- [A, B]],
         [receive {'EXIT', P, killed} -> ok end || P <- [A, B]],
         [receive {'EXIT', P, normal} -> ok end || P <- Pids]
     end || _ <- lists:seq(1, 30)],
    io:format("both are gone~n").
"""
EXPECTED = """\
2: [ok,ok,ok,ok]
[true,true]
3: [ok,ok,ok,ok,ok,ok]
[true,true,true]
both are gone
"""


@pytest.mark.parametrize("schedulers", [1, 2])
def test_circle(schedulers: int, tmp_path: pathlib.Path) -> None:
    (tmp_path / "trace_port_circle.erl").write_text(SOURCE, encoding="utf-8")
    subprocess.run(["erlc", "trace_port_circle.erl"], check=True, cwd=tmp_path)
    flags = ["+S", str(schedulers), "-noshell", "-pa", str(tmp_path), "-s", "trace_port_circle", "main",
             "-s", "init", "stop"]
    code, out, errors = run_once(ENIGMA, flags, cwd=tmp_path)
    assert (code, out) == (0, EXPECTED), errors

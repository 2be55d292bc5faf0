%% open_port: spawning, lines, packets, exit status, errors, links, control.
-module(bif_ports).
-export([main/0]).
-include("show.hrl").
next() -> receive {P, X} when is_port(P) -> X; {'EXIT', P, R} when is_port(P) -> {'EXIT', R}; X -> {other,
    X} after 3000 -> nothing end.
%% The end of the output and the exit status may come in either order.
all() -> all([], []).
all(Data, [_, _] = Ends) ->
    Lines = lists:reverse(Data),
    {case Lines of [{_, _} | _] -> Lines; _ -> iolist_to_binary(Lines) end, lists:sort(Ends)};
all(Data, Ends) -> case next() of {data, D} -> all([D | Data], Ends); X -> all(Data, [X | Ends]) end.

main() ->
    process_flag(trap_exit, true),
    ?SHOW(begin open_port({spawn, "echo hello"}, [stream, exit_status, eof]), all() end),
    ?SHOW(begin open_port({spawn, "echo hello"}, [stream, binary, exit_status, eof]), all() end),
    ?SHOW(begin open_port({spawn, "printf 'one\\ntwo\\nthree'"}, [{line, 80}, exit_status, eof]), all() end),
    ?SHOW(begin open_port({spawn, "printf abcdefgh"}, [{line, 3}, exit_status, eof]), all() end),
    ?SHOW(begin open_port({spawn_executable, "/bin/sh"}, [{args, ["-c", "exit 7"]}, exit_status, eof]), all() end),
    ?SHOW(begin open_port({spawn_executable, "/bin/sh"}, [{args, ["-c", "echo $0 $1", "a b", "c"]}, binary, exit_status, eof]),
        all() end),
    ?SHOW(begin open_port({spawn_executable, "/bin/sh"}, [{args, ["-c", "echo $TT_V; pwd"]}, {env, [{"TT_V", "val"}]}, {cd, "/"},
        {line, 100}, exit_status, eof]), all() end),
    ?SHOW(begin open_port({spawn, "sh -c 'echo err 1>&2; exit 1'"}, [stderr_to_stdout, binary, exit_status, eof]), all() end),
    P = open_port({spawn, "cat"}, [binary, {packet, 2}]),
    ?SHOW(begin P ! {self(), {command, <<"via message">>}}, next() end),
    ?SHOW(port_command(P, [<<"io">>, "list"])),
    ?SHOW(next()),
    ?SHOW(erlang:port_info(P, name)),
    ?SHOW(erlang:port_info(P, connected) =:= {connected, self()}),
    ?SHOW(erlang:port_info(P, links) =:= {links, [self()]}),
    ?SHOW(lists:member(P, erlang:ports())),
    ?SHOW(is_integer(element(2, erlang:port_info(P, os_pid)))),
    ?SHOW(port_command(P, binary:copy(<<"x">>, 60000))),
    ?SHOW(begin {data, D} = next(), byte_size(D) end),
    ?SHOW(register(tt_port, P)),
    ?SHOW(begin tt_port ! {self(), {command, "named"}}, next() end),
    ?SHOW(port_close(P)),
    ?SHOW(next()),
    ?SHOW(erlang:port_info(P)),
    ?SHOW(port_close(P)),
    ?SHOW(port_command(P, "x")),
    ?SHOW(whereis(tt_port)),
    Q = open_port({spawn, "cat"}, [stream, binary]),
    ?SHOW(begin Q ! {self(), {command, "abc"}}, next() end),
    ?SHOW(begin Q ! {self(), close}, [next(), next()] end),
    R = open_port({spawn, "cat"}, [stream, binary, exit_status]),
    ?SHOW(begin exit(R, stop), next() end),
    T = open_port({spawn, "cat"}, []),
    ?SHOW(begin port_connect(T, self()), unlink(T), port_close(T) end),
    ?SHOW(begin open_port({spawn, "no_such_program_tt 2>/dev/null"}, [exit_status, eof]), all() end),
    ?SHOW(open_port({spawn_executable, "/no/such"}, [])),
    ?SHOW(begin open_port({spawn_executable, "/etc"}, [exit_status, eof]), all() end),
    ?SHOW(open_port(id({x, y}), [])),
    ?SHOW(open_port({spawn, "cat"}, [bad])),
    ?SHOW(open_port({spawn, "cat"}, id(x))),
    ?SHOW(begin timer:sleep(20), next2() end),
    ?SHOW(byte_size(element(1, begin open_port({spawn, "head -c 300000 /dev/zero"}, [binary, exit_status, eof]), all() end))),
    ?SHOW(begin W = open_port({spawn, "sleep 5"}, [exit_status]), M = monitor(port, W), port_close(W), receive {'DOWN', M, port, W,
        Why} -> Why after 1000 -> alive end end),
    ?SHOW(begin M2 = monitor(port, no_such_port_name), receive {'DOWN', M2, port, {N, _}, Why2} -> {N,
        Why2} after 1000 -> none end end),
    ?SHOW(next2()).

%% Takes all that is left.
next2() -> receive X when element(1, X) =:= never -> X; _ -> next2() after 10 -> nothing end.

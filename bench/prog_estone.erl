%% The micro-benchmarks of OTP's estone_SUITE, without common_test. The suite is not part of this project: `run.py`
%% compiles it where the sources of OTP's suites have been fetched. Each is a kernel, too (`--only prog_estone`).
-module(prog_estone).
-export([kernels/0, found/0, run/0]).

found() -> code:which(estone_SUITE) =/= non_existing.

%% One after another, each in a process of its own, as in the suite, with a part of the suite's number of loops.
run() -> [run(Micro) || Micro <- estone_SUITE:micros()].

kernels() -> [{name(Micro), fun() -> run(Micro) end} || found(), Micro <- estone_SUITE:micros()].

%% Fields of the suite's record: tag, function, weight, loops, ...
name(Micro) -> element(2, Micro).

run(Micro) ->
    {_, Ref} = spawn_monitor(fun() ->
        put(estone_cat, "cat"),     % the program behind the ports of port_io
        apply(estone_SUITE, name(Micro), [max(1, element(4, Micro) div 4)])
    end),
    receive {'DOWN', Ref, process, _, Reason} -> normal = Reason end.

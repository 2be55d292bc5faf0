%% Runs kernels and prints their times. Each kernel is {Name, Fun}; a round calls Fun in a fresh process, so
%% that no kernel inherits another's heap. Lines on standard output: "Name Microseconds Microseconds ...",
%% or "Name failed Reason". What a kernel computes is checked by its own match, not here.
-module(harness).
-export([main/0, serve/0]).

%% Kernels on demand: a line "Name" on standard input is one round of it, answered by "Microseconds" or
%% "failed Reason"; "list" is answered by all names, the end of input ends the VM. Arguments behind -extra: module.
serve() ->
    [Module | _] = init:get_plain_arguments(),
    serve((list_to_atom(Module)):kernels()).

serve(Kernels) ->
    case io:get_line("") of
        Line when is_list(Line) ->
            case string:trim(Line) of
                "list" -> io:format("~s~n", [lists:join(" ", [atom_to_list(K) || {K, _} <- Kernels])]);
                Name ->
                    case once(proplists:get_value(list_to_atom(Name), Kernels)) of
                        {failed, Reason} -> io:format("failed ~0p~n", [Reason]);
                        Time -> io:format("~w~n", [Time])
                    end
            end,
            serve(Kernels);
        _ -> erlang:halt(0)
    end.

%% Arguments behind -extra: module, rounds, then the names to run (none: all).
main() ->
    [Module, Rounds | Names] = init:get_plain_arguments(),
    M = list_to_atom(Module),
    N = list_to_integer(Rounds),
    [run(Name, Fun, N) || {Name, Fun} <- M:kernels(), Names =:= [] orelse lists:member(atom_to_list(Name), Names)],
    erlang:halt(0).

run(Name, Fun, N) ->
    Times = [once(Fun) || _ <- lists:seq(0, N)],
    case [R || {failed, R} <- Times] of
        [] -> io:format("~s~s~n", [Name, [[" ", integer_to_list(T)] || T <- tl(Times)]]);
        [Reason | _] -> io:format("~s failed ~0p~n", [Name, Reason])
    end.

once(Fun) ->
    Me = self(),
    {_, Ref} = spawn_monitor(fun() ->
        T0 = erlang:monotonic_time(microsecond),
        _ = Fun(),
        T1 = erlang:monotonic_time(microsecond),
        Me ! {time, self(), T1 - T0}
    end),
    receive
        {'DOWN', Ref, _, _, normal} -> receive {time, _, T} -> T end;
        {'DOWN', Ref, _, _, Reason} -> {failed, Reason}
    end.

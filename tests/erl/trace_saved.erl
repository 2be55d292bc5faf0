%% process_flag(save_calls, N) and what process_info(last_calls) shows of it.
-module(trace_saved).
-export([main/0, twice/1]).

main() ->
    io:format("~p~n", [process_info(self(), last_calls)]),
    Self = self(),
    Pid = spawn_link(fun() -> loop(Self) end),
    Pid ! {self(), all}, show(),
    Pid ! {self(), off}, show(),
    Pid ! {self(), small}, show(),
    [io:format("~p~n", [failed(catch process_flag(save_calls, X))]) || X <- [-1, 10001, a, 1 bsl 70]],
    io:format("~p ~p~n", [catch process_flag(Pid, save_calls, 5), process_info(Pid, last_calls)]),
    Pid ! {self(), after_other}, show(),
    io:format("~p ~p~n", [process_flag(Pid, save_calls, 0), process_info(Pid, last_calls)]),
    [io:format("~p~n", [failed(catch process_flag(Pid, save_calls, X))]) || X <- [-1, 10001, a]],
    io:format("~p~n", [failed(catch process_flag(Pid, trap_exit, true))]),
    io:format("~p~n", [failed(catch process_flag(a, save_calls, 1))]),
    ported(),
    many().

failed({'EXIT', {Reason, [{M, F, _, Info} | _]}}) -> {Reason, M, F, Info}.

%% What is sent to ports, aliases and nobody.
ported() ->
    Self = self(),
    spawn_link(fun() ->
        P = open_port({spawn, "cat"}, []),
        A = alias(),
        process_flag(save_calls, 20),
        erlang:yield(),
        P ! {self(), {command, "x"}},
        A ! to_alias,
        catch (no_such_name ! x),
        {trace_saved_no_name, node()} ! x,
        {last_calls, L} = process_info(self(), last_calls),
        Self ! {result, L -- [{erlang, yield, 0}]}
    end),
    show().

%% Calls go on while others save theirs, and code comes and goes.
many() ->
    Pids = [spawn_link(fun() -> process_flag(save_calls, N), busy(200), receive {stop, F} -> F ! {self(), N} end end)
            || N <- lists:seq(1, 8)],
    [begin P ! {stop, self()}, receive {P, N} -> io:format("~p ", [N]) end end || P <- Pids],
    io:format("~p~n", [lists:reverse([3, 2, 1])]).

busy(0) -> ok;
busy(N) ->
    _ = lists:sort(lists:seq(1, 20)),
    _ = atom_to_list(erlang:binary_to_atom(<<"x">>)),
    busy(N - 1).

show() ->
    receive {result, R} -> io:format("~p~n", [R]) end.

loop(Self) ->
    receive
        {Self, all} ->
            Old = process_flag(save_calls, 40),
            work(),
            Last = process_info(self(), last_calls),
            process_flag(sensitive, true),
            lists:reverse([1]),
            process_flag(sensitive, false),
            Self ! {result, {Old, Last, process_info(self(), last_calls)}},
            loop(Self);
        {Self, off} ->
            Old = process_flag(save_calls, 0),
            Self ! {result, {Old, process_info(self(), last_calls)}},
            loop(Self);
        {Self, small} ->
            process_flag(save_calls, 3),
            erlang:yield(),                     % erl heeds the flag from the next turn on
            _ = lists:reverse([1]), _ = lists:seq(1, 2), _ = ?MODULE:twice(3), _ = lists:sum([1]),
            R = [process_info(self(), last_calls)],
            process_flag(save_calls, 4),
            R2 = process_info(self(), last_calls),
            Self ! {result, {R, R2, process_flag(save_calls, 0)}},
            loop(Self);
        {Self, after_other} ->
            ?MODULE:twice(2),
            Self ! {result, process_info(self(), last_calls)},
            loop(Self)
    end.

twice(N) -> 2 * N.

work() ->
    ?MODULE:twice(1),
    twice(2),
    self() ! hello,
    receive hello -> ok end,
    receive nothing -> ok after 1 -> ok end,
    receive nothing -> ok after 0 -> ok end,
    erlang:send(self(), again),
    receive again -> ok end,
    apply(?MODULE, twice, [3]),
    apply(lists, list_to_atom("reverse"), [[1]]),
    F = fun lists:append/1,
    F([[1]]),
    G = fun(X) -> X end,
    G(1),
    _ = length(F([[2]])),
    _ = maps:get(a, #{a => 1}),
    catch error(bad),
    _ = catch exit(bad),
    _ = atom_to_list(element(1, {a})),
    lists:map(fun erlang:abs/1, [1]),
    register(save_calls_test, self()), save_calls_test ! x, receive x -> ok end, unregister(save_calls_test),
    ets:info(no_table),
    _ = term_to_binary(a),
    _ = [1] ++ [2],
    put(a, 1),
    ok.

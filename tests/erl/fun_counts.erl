%% fun_info(F, refc): one for the module that holds the fun's code, one for each fun of that place in the code, wherever
%% it lives: on heaps (garbage that has not been collected included), in messages, tables, timers, persistent terms.
-module(fun_counts).
-export([main/0]).
-include("show.hrl").

main() ->
    heap(),
    generations(),
    messages(),
    others(),
    ends(),
    [table(Type) || Type <- [set, ordered_set, bag, duplicate_bag]],
    matches(),
    external(),
    persistent(),
    crowd(),
    modules(),
    again().

refc(F) ->
    {refc, N} = erlang:fun_info(F, refc),
    N.

%% The count once what goes on meanwhile is over.
settled(F, N) -> settled(F, N, 2000).

settled(F, N, Left) ->
    case refc(F) of
        N -> N;
        Other when Left =:= 0 -> {not_settled, Other};
        _ -> receive after 5 -> settled(F, N, Left - 1) end
    end.

collected(F) ->
    erlang:garbage_collect(),
    refc(F).

%% --- heaps

adder(N) -> fun(X) -> X + N end.

heap() ->
    F = adder(id(1)),
    ?SHOW(refc(F)),
    G = adder(id(2)),
    ?SHOW(refc(G)),
    Many = [adder(N) || N <- lists:seq(1, 100)],
    io:format("a list: ~p~n", [refc(F)]),
    ?SHOW(lists:sum([H(1) || H <- Many])),
    io:format("collected: ~p~n", [collected(F)]),
    ?SHOW(length(Many)),
    io:format("the list is gone: ~p~n", [collected(F)]),
    ?SHOW(F(1) + G(1)),
    M = #{key => {F, [F, G | F]}},
    io:format("shared: ~p~n", [refc(F)]),
    Pid = spawn(fun() -> receive stop -> length([M]) end end),
    io:format("copied: ~p~n", [refc(F)]),
    Pid ! stop,
    io:format("gone: ~p~n", [settled(F, 3)]),
    ?SHOW(maps:size(M)).

pair(N) -> fun() -> {N, N} end.

%% Funs that grow old while others die young.
generations() ->
    First = pair(id(0)),
    Old = [pair(N) || N <- lists:seq(1, 500)],
    erlang:garbage_collect(),
    Young = churn(30, Old),
    io:format("after churning: ~p~n", [collected(First)]),
    {Left, _} = lists:split(100, Young),
    ?SHOW(length(Young)),
    io:format("a part: ~p~n", [collected(First)]),
    churn(30, Left),
    io:format("the part: ~p~n", [collected(First)]),
    ?SHOW(lists:sum([element(1, F()) || F <- Left]) + element(1, First())),
    io:format("one: ~p~n", [collected(First)]),
    First().

churn(0, Funs) -> Funs;
churn(N, Funs) ->
    _ = [pair(K) || K <- lists:seq(1, 300)],
    churn(N - 1, [pair(N) | Funs]).

%% --- messages and processes

keeper(N) -> fun() -> N end.

messages() ->
    F = keeper(id(1)),
    self() ! {to_self, F},
    receive {to_self, G} -> G() end,
    io:format("dropped: ~p ~p~n", [collected(F), F()]),
    Pid = spawn(fun() -> receive stop -> ok end end),
    [Pid ! {keep, F, N} || N <- lists:seq(1, 10)],
    io:format("in another's queue: ~p~n", [refc(F)]),
    Pid ! stop,
    io:format("that one is gone: ~p~n", [settled(F, 2)]),
    Nobody = Pid ! F,
    io:format("to a dead one: ~p~n", [settled(F, 2)]),
    ?SHOW(Nobody()),
    io:format("forgotten: ~p~n", [collected(F)]),
    Timer = erlang:send_after(1000000, self(), {late, F}),
    io:format("in a timer: ~p~n", [refc(F)]),
    true = is_integer(erlang:cancel_timer(Timer)),
    io:format("no more: ~p~n", [settled(F, 2)]),
    erlang:send_after(1, self(), {late, F}),
    receive {late, H} -> io:format("time is up: ~p ~p~n", [settled(F, 3), H()]) end,
    Echo = spawn(fun Loop() -> receive {From, What} -> From ! {self(), What}, Loop(); stop -> ok end end),
    Echo ! {self(), [F, F]},
    receive {Echo, [I, J]} -> ok end,
    erlang:garbage_collect(Echo),
    io:format("there and back: ~p ~p~n", [collected(F), I() + J()]),
    Echo ! stop,
    io:format("in the end: ~p ~p~n", [collected(F), F()]).

outer(F) -> fun() -> {outer, F} end.
inner(N) -> fun() -> N end.

others() ->
    F = inner(id(1)),
    G = outer(F),
    Self = self(),
    io:format("one in another: ~p ~p~n", [refc(F), refc(G)]),
    {Pid, Ref} = spawn_monitor(fun() -> Self ! ready, receive stop -> G() end end),
    receive ready -> ok end,
    io:format("both copied: ~p ~p~n", [refc(F), refc(G)]),
    erlang:garbage_collect(Pid),
    io:format("still there: ~p ~p~n", [refc(F), refc(G)]),
    Pid ! stop,
    receive {'DOWN', Ref, process, Pid, normal} -> ok end,
    io:format("gone: ~p ~p~n", [settled(F, 2), settled(G, 2)]),
    Sleeper = spawn(fun() -> put(key, F), Self ! ready, erlang:hibernate(?MODULE, id, [{F, G}]) end),
    receive ready -> ok end,
    until(fun() -> process_info(Sleeper, current_function) =:= {current_function, {erlang, hibernate, 3}} end),
    io:format("asleep: ~p ~p~n", [settled(F, 4), settled(G, 3)]),
    exit(Sleeper, kill),
    io:format("killed: ~p ~p~n", [settled(F, 2), settled(G, 2)]),
    io:format("~p~n", [G() =:= {outer, F}]).

until(Done) ->
    Done() orelse begin receive after 5 -> ok end, until(Done) end.

reason(N) -> fun() -> N end.

%% Exit reasons and exceptions.
ends() ->
    F = reason(id(1)),
    {Pid, Ref} = spawn_monitor(fun() -> exit({because, F}) end),
    receive {'DOWN', Ref, process, Pid, {because, G}} -> ok end,
    io:format("a reason: ~p ~p~n", [settled(F, 3), G()]),
    io:format("told: ~p~n", [collected(F)]),
    Caught = try throw({F, [F]}) catch throw:What -> What end,
    io:format("thrown: ~p~n", [refc(F)]),
    ?SHOW(tuple_size(Caught)),
    put(fun_in_dictionary, F),
    io:format("in the dictionary: ~p~n", [refc(F)]),
    erase(fun_in_dictionary),
    io:format("~p ~p~n", [collected(F), F()]).

%% --- tables

entry(N) -> fun() -> N end.

table(Type) ->
    erlang:garbage_collect(),
    F = entry(id(1)),
    T = ets:new(t, [Type]),
    ets:insert(T, {key, F}),
    A = refc(F),
    [{key, G}] = ets:lookup(T, key),
    B = refc(F),
    ets:insert(T, {key, none}),
    C = refc(F),
    ets:insert(T, [{N, F, [F]} || N <- lists:seq(1, 10)]),
    D = refc(F),
    ets:delete(T, 5),
    E = refc(F),
    ets:match_delete(T, {'_', '_', '_'}),
    H = refc(F),
    ets:delete(T),
    I = settled(F, 3),
    io:format("~p: ~p ~p~n", [Type, [A, B, C, D, E, H, I], G()]),
    io:format("~p: ~p ~p~n", [Type, collected(F), F()]).

matches() ->
    erlang:garbage_collect(),
    F = entry(id(2)),
    T = ets:new(t, [ordered_set, public]),
    ets:insert(T, [{N, F, N rem 2} || N <- lists:seq(1, 20)]),
    io:format("inserted: ~p~n", [refc(F)]),
    Odd = ets:select(T, [{{'_', '$1', 1}, [], ['$1']}]),
    io:format("selected: ~p ~p~n", [length(Odd), collected(F)]),
    ?SHOW(length(Odd)),
    io:format("dropped: ~p~n", [collected(F)]),
    ets:update_element(T, 1, {2, none}),
    io:format("replaced: ~p~n", [refc(F)]),
    ets:update_element(T, 1, [{2, F}, {3, F}]),
    io:format("twice: ~p~n", [refc(F)]),
    ets:update_counter(T, 2, {3, 1}),
    io:format("counted: ~p~n", [refc(F)]),
    Taken = ets:take(T, 1),
    io:format("taken: ~p ~p~n", [length(Taken), collected(F)]),
    ?SHOW(length(Taken)),
    18 = ets:select_delete(T, [{{'$1', '_', '_'}, [{'>', '$1', 2}], [true]}]),
    io:format("deleted: ~p~n", [collected(F)]),
    ets:foldl(fun({_, G, _}, _) -> G() end, none, T),
    io:format("folded: ~p~n", [collected(F)]),
    Pid = spawn(fun() -> receive {'ETS-TRANSFER', _, _, _} -> receive stop -> ok end end end),
    ets:give_away(T, Pid, {F}),
    Pid ! stop,
    io:format("with its owner: ~p ~p~n", [settled(F, 2), F()]).

%% --- the external format

coded(N) -> fun() -> N end.

external() ->
    F = coded(id(<<"a binary">>)),
    Bin = term_to_binary([F, {F}]),
    io:format("encoded: ~p~n", [refc(F)]),
    Back = binary_to_term(Bin),
    io:format("decoded: ~p ~p~n", [refc(F), Back =:= [F, {F}]]),
    io:format("forgotten: ~p~n", [collected(F)]),
    Cut = [catch binary_to_term(binary:part(Bin, 0, N)) || N <- lists:seq(10, byte_size(Bin) - 1, 7)],
    io:format("cut: ~p ~p~n", [lists:all(fun({'EXIT', {badarg, _}}) -> true end, Cut), collected(F)]),
    Large = binary_to_term(term_to_binary(lists:duplicate(1000, F), [compressed])),
    io:format("a thousand: ~p~n", [collected(F)]),
    ?SHOW(length(Large)),
    io:format("none: ~p ~p~n", [collected(F), F()]).

%% --- persistent terms

literal(N) -> fun() -> N end.

persistent() ->
    F = literal(id(1)),
    persistent_term:put({?MODULE, key}, {F, [F]}),
    io:format("persistent: ~p~n", [refc(F)]),
    {Pid, Ref} = spawn_monitor(fun() -> reader(F) end),
    receive {'DOWN', Ref, process, Pid, Said} -> io:format("~p~n", [Said]) end,
    persistent_term:put({?MODULE, other}, F),
    io:format("two of them: ~p~n", [settled(F, 4)]),
    persistent_term:erase({?MODULE, key}),
    persistent_term:erase({?MODULE, other}),
    io:format("erased: ~p ~p~n", [released(F, 200), F()]).

reader(F) ->
    {G, [H]} = persistent_term:get({?MODULE, key}),
    Got = {refc(F), G(), H()},
    Pid = spawn(fun() -> receive stop -> G() end end),
    With = refc(F),
    Pid ! stop,
    exit({Got, With}).

%% Memory that nobody uses any more goes when there is enough of it.
released(F, Left) ->
    persistent_term:put({?MODULE, large}, lists:seq(1, 50000)),
    persistent_term:erase({?MODULE, large}),
    case refc(F) of
        2 -> 2;
        Other when Left =:= 0 -> {not_released, Other};
        _ -> receive after 5 -> released(F, Left - 1) end
    end.

%% --- many at once

busy(N) -> fun(X) -> X + N end.

crowd() ->
    F = busy(id(0)),
    Self = self(),
    Pids = [spawn(fun() -> worker(500, 0, []), receive _ -> Self ! {done, self()} end end) || _ <- lists:seq(1, 8)],
    [P ! go || P <- Pids],
    [receive {done, P} -> ok end || P <- Pids],
    Ring = [spawn(fun Loop() -> receive {N, G, [Next | More]} -> Next ! {N + 1, G, More}, Loop();
                                        {N, G, []} -> Self ! {N, G}, Loop() end end) || _ <- lists:seq(1, 20)],
    [hd(Ring) ! {0, busy(N), tl(Ring)} || N <- lists:seq(1, 50)],
    Sums = [receive {19, G} -> G(1) end || _ <- lists:seq(1, 50)],
    [exit(P, kill) || P <- Ring],
    erlang:garbage_collect(),
    io:format("after all: ~p ~p ~p~n", [lists:sum(Sums), settled(F, 2), F(0)]).

worker(0, Sum, _) -> Sum;
worker(N, Sum, Kept) ->
    Funs = [busy(K) || K <- lists:seq(1, 20)],
    worker(N - 1, lists:foldl(fun(G, X) -> G(X) rem 1000 end, Sum, Funs), lists:sublist([hd(Funs) | Kept], 50)).

%% --- modules

%% The same text each time, so that the funs of a new load are those of the old.
code() ->
    Texts = ["make(N) -> fun() -> N end.", "bytes(N) -> term_to_binary(make(N))."],
    Forms = [begin {ok, Ts, _} = erl_scan:string(T), {ok, F} = erl_parse:parse_form(Ts), F end || T <- Texts],
    {ok, tt_fc, Bin} = compile:forms([{attribute, 1, module, tt_fc}, {attribute, 1, export, [{make, 1}, {bytes, 1}]} | Forms]),
    Bin.

modules() ->
    Code = code(),
    {module, tt_fc} = erlang:load_module(tt_fc, Code),
    Bytes = tt_fc:bytes(1),
    erlang:garbage_collect(),
    F = binary_to_term(Bytes),
    io:format("loaded: ~p~n", [refc(F)]),
    {module, tt_fc} = erlang:load_module(tt_fc, Code),
    io:format("loaded again: ~p~n", [refc(F)]),
    ?SHOW(code:soft_purge(tt_fc)),
    io:format("the old is gone: ~p~n", [refc(F)]),
    true = erlang:delete_module(tt_fc),
    io:format("deleted: ~p ~p~n", [refc(F), F()]),
    ok.

%% With no fun left, the code is purged; what is decoded then has no module.
again() ->
    erlang:garbage_collect(),
    Bytes = tt_fc_bytes(),
    erlang:garbage_collect(),
    ?SHOW(code:purge(tt_fc)),
    ?SHOW(erlang:module_loaded(tt_fc)),
    F = binary_to_term(Bytes),
    io:format("unloaded: ~p~n", [refc(F)]),
    G = binary_to_term(Bytes),
    io:format("two: ~p~n", [refc(F)]),
    {module, tt_fc} = erlang:load_module(tt_fc, code()),
    io:format("they have code: ~p ~p~n", [refc(G), F() + G()]),
    true = erlang:delete_module(tt_fc),
    {Pid, Ref} = spawn_monitor(fun() -> receive go -> exit(code:purge(tt_fc)) end end),
    io:format("to be purged: ~p~n", [collected(F)]),
    ?SHOW(F() =:= G()),
    erlang:garbage_collect(),
    Pid ! go,
    receive {'DOWN', Ref, process, Pid, Result} -> io:format("~p~n", [Result]) end,
    H = binary_to_term(Bytes),
    io:format("purged: ~p~n", [refc(H)]).

tt_fc_bytes() ->
    {_, Ref} = spawn_monitor(fun() ->
        true = code:soft_purge(tt_fc),
        {module, tt_fc} = erlang:load_module(tt_fc, code()),
        Bytes = tt_fc:bytes(7),
        true = erlang:delete_module(tt_fc),
        exit(Bytes)
    end),
    receive {'DOWN', Ref, process, _, Bytes} -> Bytes end.

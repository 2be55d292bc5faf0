%% The Erlang side of test_memory.py. Each case takes numbers, prints `grew KB; counts [N...]; bytes [N...]` (see
%% figures/0) and halts.
-module(memory_cases).
-export([server/1, processes/1, persistent/1, reload/1, reload_small/1, reload_in_use/1, binaries/1, sub_binaries/1,
         tables/1, timers/1, messages/1, magic/1]).

%% Resident size of this OS process in kB.
size() ->
    {ok, Text} = file:read_file("/proc/self/statm"),
    [_, Pages | _] = binary:split(Text, <<" ">>, [global]),
    binary_to_integer(Pages) * 4.

%% What the VM says it holds: processes, names, tables, ports; bytes of processes, binaries, tables.
figures() ->
    {[erlang:system_info(process_count), length(registered()), length(ets:all()), erlang:system_info(port_count)],
     [erlang:memory(Kind) || Kind <- [processes, binary, ets]]}.

%% The growth that Work causes once Warm has run.
measure(Warm, Work) ->
    Warm(),
    settle(),
    {Counts, Bytes} = figures(),
    Before = size(),
    Work(),
    settle(),
    After = size(),
    {MoreCounts, MoreBytes} = figures(),
    Grown = fun(New, Old) -> lists:zipwith(fun(N, O) -> N - O end, New, Old) end,
    io:format("grew ~w; counts ~w; bytes ~w~n", [After - Before, Grown(MoreCounts, Counts), Grown(MoreBytes, Bytes)]),
    halt(0).

%% Processes that are about to end do so; those that live drop their garbage.
settle() ->
    receive after 200 -> ok end,
    [erlang:garbage_collect(P) || P <- processes()],
    ok.

number([Text]) -> list_to_integer(Text).

times(0, _) -> ok;
times(N, Fun) -> Fun(N), times(N - 1, Fun).

%% A server under load for N seconds: binaries, sub-binaries kept, lists, maps, a table, timers.
server(Args) ->
    Seconds = number(Args),
    Table = ets:new(t, [public]),
    Server = spawn_link(fun() -> serve(#{}, Table, 0) end),
    measure(fun() -> drive(Server, 5) end, fun() -> drive(Server, Seconds) end).

drive(Server, Seconds) ->
    drive_until(Server, erlang:monotonic_time(millisecond) + Seconds * 1000).

drive_until(Server, End) ->
    times(100, fun(I) ->
                       Server ! {self(), I, binary:copy(<<I>>, 100 + 10 * I), lists:seq(1, I), #{I => a, b => [I]}},
                       receive {Server, I, _} -> ok end
               end),
    case erlang:monotonic_time(millisecond) < End of
        true -> drive_until(Server, End);
        false -> ok
    end.

serve(Map, Table, N) ->
    receive
        {From, I, Bin, List, More} ->
            ets:insert(Table, {N rem 1000, Bin, List}),
            ets:delete(Table, (N + 500) rem 1000),
            erlang:send_after(100 + I, self(), {tick, Bin}),
            <<_:10/binary, Sub:70/binary, _/binary>> = Bin,
            Next = maps:merge(Map#{N rem 200 => Sub}, More),
            From ! {self(), I, {List, Sub}},
            serve(Next, Table, N + 1);
        {tick, _} ->
            serve(Map, Table, N)
    end.

%% N processes in crowds of two thousand. Each has a heap, a dictionary, a message, and one thing more that must not
%% outlive it; they end in all the ways there are.
processes(Args) ->
    process_flag(trap_exit, true),
    logger:set_primary_config(level, none),
    Crowds = max(1, number(Args) div 2000),
    measure(fun() -> times(5, fun crowd/1) end, fun() -> times(Crowds, fun crowd/1) end).

crowd(_) ->
    Self = self(),
    Started = [begin
                   {Pid, Ref} = spawn_opt(fun() -> member(Self, I) end, [monitor | options(I rem 5)]),
                   {I, Pid, Ref}
               end || I <- lists:seq(1, 2000)],
    [Pid ! {go, self()} || {_, Pid, _} <- Started],
    [receive {I, _, 100} -> ok end || I <- lists:seq(1, 2000)],
    [begin Pid ! {unread, <<0:8000>>}, end_of(I rem 7, Pid) end || {I, Pid, _} <- Started],
    [receive {'DOWN', Ref, process, Pid, _} -> ok end || {_, Pid, Ref} <- Started],
    drop_exits(),
    ok.

options(0) -> [link];
options(1) -> [{min_heap_size, 2000}];
options(2) -> [{message_queue_data, off_heap}];
options(3) -> [{priority, high}];
options(_) -> [].

end_of(0, Pid) -> exit(Pid, kill);
end_of(1, Pid) -> exit(Pid, shutdown), Pid ! stop;
end_of(_, Pid) -> Pid ! stop.

drop_exits() -> receive {'EXIT', _, _} -> drop_exits() after 0 -> ok end.

member(Parent, I) ->
    List = lists:seq(1, 100),
    put(list, List),
    Bin = binary:copy(<<I>>, 300),
    more(I rem 11, Parent, I),
    receive {go, _} -> Parent ! {I, Bin, length(List)} end,
    receive stop -> ending(I rem 6, Bin) end.

more(0, _, I) -> ets:new(own, [public]), ets:insert(ets:new(named(I), [named_table]), {1, lists:seq(1, 100)});
more(1, _, I) -> register(named(I), self());
more(2, _, _) -> erlang:start_timer(3600000, self(), lists:seq(1, 100));
more(3, _, _) -> erlang:send_after(3600000, self(), binary:copy(<<1>>, 1000));
more(4, Parent, _) -> monitor(process, Parent), monitor(process, soak_nobody);
more(5, Parent, _) -> link(spawn(fun() -> link(Parent), receive never -> ok after 20 -> ok end end));
more(6, _, _) -> alias(), put(counter, counters:new(10, []));
more(7, _, _) -> put(large, [binary:copy(<<N>>, 100000) || N <- lists:seq(1, 3)]);
more(8, _, _) -> process_flag(trap_exit, true);
more(9, _, _) -> spawn_link(fun() -> process_flag(trap_exit, true), receive {'EXIT', _, _} -> ok end end);
more(10, _, _) -> erlang:garbage_collect().

named(I) -> list_to_atom("member" ++ integer_to_list(I)).

ending(0, Bin) -> error({crash, Bin});
ending(1, Bin) -> exit(Bin);
ending(2, Bin) -> throw(Bin);
ending(3, _) -> exit(normal);
ending(4, _) -> exit(self(), kill), receive never -> ok end;
ending(5, Bin) -> Bin.

%% A persistent term that changes N times; an old value that is still held stays whole.
persistent(Args) ->
    Put = fun(N) ->
                  persistent_term:put(?MODULE, {N, lists:seq(1, 200), <<N:800>>}),
                  {N, _, _} = persistent_term:get(?MODULE)
          end,
    persistent_term:put(held, {held, lists:seq(1, 100)}),
    {held, List} = persistent_term:get(held),
    persistent_term:erase(held),
    measure(fun() -> times(2000, Put) end, fun() -> times(number(Args), Put), 5050 = lists:sum(List) end).

%% A module with literals, loaded N times.
reload(Args) ->
    Beam = compiled(made, [{v, 0}], [io_lib:format("v() -> ~p.", [[{I, "text", <<I:8000>>} || I <- lists:seq(1, 200)]])]),
    Load = fun(_) ->
                   {module, made} = code:load_binary(made, "made", Beam),
                   200 = length(made:v()),
                   code:purge(made)
           end,
    measure(fun() -> times(20, Load) end, fun() -> times(number(Args), Load) end).

%% A small module loaded N times, another version each time; the last few are still referred to by literals and funs.
reload_small(Args) ->
    Beams = [small_module(V) || V <- [1, 2, 3]],
    Load = fun(N) ->
                   V = N rem 3 + 1,
                   {module, small} = code:load_binary(small, "small", lists:nth(V, Beams)),
                   {V, [_ | _]} = Literal = small:v(),
                   put({literal, N rem 5}, Literal),
                   put({'fun', N rem 5}, small:f(N)),
                   {V, N} = (small:f(N))(),
                   code:purge(small)
           end,
    measure(fun() -> times(100, Load) end, fun() -> times(number(Args), Load) end).

small_module(V) ->
    compiled(small, [{v, 0}, {f, 1}, {w, 1}],
             [io_lib:format("v() -> {~w, [a, \"text\", <<~w:1600>>, 1.5]}.", [V, V]),
              io_lib:format("f(X) -> fun() -> {~w, X} end.", [V]),
              "w(P) -> P ! {self(), in}, receive stop -> v() end."]).

compiled(Module, Exports, Texts) ->
    Form = fun(Text) ->
                   {ok, Tokens, _} = erl_scan:string(lists:flatten(Text)),
                   {ok, Form} = erl_parse:parse_form(Tokens),
                   Form
           end,
    {ok, Module, Beam} = compile:forms([{attribute, 1, module, Module}, {attribute, 1, export, Exports}
                                        | [Form(T) || T <- Texts]]),
    Beam.

%% The same while a process is in the old code when it is purged: it goes on there, and what is kept for it goes later.
reload_in_use(Args) ->
    Beams = [large_module(V) || V <- [1, 2, 3]],
    Self = self(),
    Load = fun(N) ->
                   {module, large} = erlang:load_module(large, lists:nth(N rem 3 + 1, Beams)),
                   Pid = spawn(large, w, [Self]),
                   receive {Pid, in} -> ok end,
                   true = erlang:delete_module(large),
                   true = erts_internal:purge_module(large, prepare),
                   true = erts_internal:purge_module(large, complete),
                   Ref = monitor(process, Pid),
                   Pid ! stop,
                   receive {'DOWN', Ref, process, Pid, normal} -> ok end
           end,
    measure(fun() -> times(100, Load) end, fun() -> times(number(Args), Load) end).

large_module(V) ->
    compiled(large, [{w, 1}],
             [io_lib:format("w(P) -> P ! {self(), in}, receive stop -> ~p end.", [[{V, I, <<I:800>>} || I <- lists:seq(1, 200)]])]).

%% What magic references hold: counters, compiled match specifications, prepared code that is never loaded.
magic(Args) ->
    Beam = small_module(1),
    Make = fun(N) ->
                   put(N rem 5, {counters:new(1000, []), atomics:new(1000, []),
                                 ets:match_spec_compile([{{'$1', N}, [], ['$_']}])}),
                   N rem 20 =:= 0 andalso put(code, erlang:prepare_loading(small, Beam))
           end,
    measure(fun() -> times(500, Make) end, fun() -> times(number(Args), Make) end).

%% N binaries of a megabyte, none of them kept.
binaries(Args) ->
    Make = fun(N) -> _ = binary:copy(<<N:32>>, 250000) end,
    Append = fun(_) -> append(<<>>, 200) end,
    measure(fun() -> times(20, Make), times(3, Append) end,
            fun() -> times(number(Args), Make), times(100, Append) end).

append(Bin, 0) -> byte_size(Bin);
append(Bin, N) -> append(<<Bin/binary, N:8000>>, N - 1).

%% The same with a part of each kept for a while.
sub_binaries(Args) ->
    Make = fun(N) ->
                   <<_:100, Part:1000/bitstring, _/bitstring>> = <<N:8000000>>,
                   put(N rem 10, Part)
           end,
    measure(fun() -> times(50, Make) end, fun() -> times(number(Args), Make) end).

%% Tables filled and deleted, or emptied.
tables(Args) ->
    Fill = fun(N) ->
                   T = ets:new(t, [case N rem 2 of 0 -> set; 1 -> ordered_set end]),
                   [ets:insert(T, {I, lists:seq(1, 20), <<I:800>>}) || I <- lists:seq(1, 1000)],
                   case N rem 3 of
                       0 -> ets:delete_all_objects(T);
                       1 -> ets:select_delete(T, [{{'_', '_', '_'}, [], [true]}]);
                       2 -> ok
                   end,
                   ets:delete(T)
           end,
    measure(fun() -> times(10, Fill) end, fun() -> times(number(Args), Fill) end).

%% Timers started and cancelled, or left to fire.
timers(Args) ->
    Start = fun(N) ->
                    R = erlang:start_timer(100000, self(), {timer, N, lists:seq(1, 20)}),
                    is_integer(erlang:cancel_timer(R)) orelse exit(lost),
                    erlang:send_after(0, self(), {fired, N}),
                    receive {fired, N} -> ok end,
                    receive never -> ok after 0 -> ok end
            end,
    measure(fun() -> times(5000, Start) end, fun() -> times(number(Args), Start) end).

%% Large messages to a process that waits before it takes them.
messages(Args) ->
    Self = self(),
    Send = fun(_) ->
                   Pid = spawn(fun() -> receive go -> ok end, Self ! {done, drain(0)} end),
                   [Pid ! {I, lists:seq(1, 1000), <<0:80000>>} || I <- lists:seq(1, 100)],
                   Pid ! go,
                   receive {done, 100} -> ok end
           end,
    measure(fun() -> times(10, Send) end, fun() -> times(number(Args), Send) end).

drain(N) -> receive {_, _, _} -> drain(N + 1) after 0 -> N end.

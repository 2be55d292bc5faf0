%% The Erlang side of test_memory.py. Each case takes numbers, prints `grew KB` and halts.
-module(memory_cases).
-export([server/1, processes/1, persistent/1, reload/1, binaries/1, sub_binaries/1, tables/1, timers/1, messages/1]).

%% Resident size of this OS process in kB.
size() ->
    {ok, Text} = file:read_file("/proc/self/statm"),
    [_, Pages | _] = binary:split(Text, <<" ">>, [global]),
    binary_to_integer(Pages) * 4.

%% The growth that Work causes once Warm has run.
measure(Warm, Work) ->
    Warm(),
    erlang:garbage_collect(),
    Before = size(),
    Work(),
    erlang:garbage_collect(),
    io:format("grew ~w~n", [size() - Before]),
    halt(0).

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

%% N processes with a heap, a dictionary, a message each, in crowds of two thousand.
processes(Args) ->
    Crowds = max(1, number(Args) div 2000),
    measure(fun() -> times(5, fun crowd/1) end, fun() -> times(Crowds, fun crowd/1) end).

crowd(_) ->
    Self = self(),
    Started = [spawn_monitor(fun() -> member(Self, I) end) || I <- lists:seq(1, 2000)],
    [Pid ! {go, self()} || {Pid, _} <- Started],
    [receive {I, _, 100} -> ok end || I <- lists:seq(1, 2000)],
    [receive {'DOWN', Ref, process, _, normal} -> ok end || {_, Ref} <- Started],
    ok.

member(Parent, I) ->
    List = lists:seq(1, 100),
    put(list, List),
    Bin = binary:copy(<<I>>, 300),
    receive {go, _} -> Parent ! {I, Bin, length(List)} end.

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
    Text = io_lib:format("v() -> ~p.", [[{I, "text", <<I:8000>>} || I <- lists:seq(1, 200)]]),
    {ok, Tokens, _} = erl_scan:string(lists:flatten(Text)),
    {ok, Form} = erl_parse:parse_form(Tokens),
    {ok, made, Beam} = compile:forms([{attribute, 1, module, made}, {attribute, 1, export, [{v, 0}]}, Form]),
    Load = fun(_) ->
                   {module, made} = code:load_binary(made, "made", Beam),
                   200 = length(made:v()),
                   code:purge(made)
           end,
    measure(fun() -> times(20, Load) end, fun() -> times(number(Args), Load) end).

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

%% Messages kept off the heap: a receive that looks at them and takes another leaves them where they are.
-module(proc_off_heap_messages).
-export([main/0]).

main() ->
    io:format("~p~n", [[heap_stays(F) || F <- [fun plain/1, fun binaries/1, fun nested/1]]]),
    io:format("~p~n", [order(off_heap)]),
    io:format("~p~n", [order(on_heap)]),
    io:format("~p~n", [bignum_guards()]),
    io:format("~p~n", [collected_between()]),
    io:format("~p~n", [seen()]),
    io:format("~p~n", [binaries_go()]),
    io:format("~p~n", [changed()]),
    io:format("~p~n", [kept_in_frame()]).

plain(N) -> lists:duplicate(N, N).
binaries(N) -> {N, binary:copy(<<N>>, 100 + N), <<N:64>>}.
nested(N) -> #{N => [{N, [N]}], list => lists:seq(1, N), float => N / 2}.

%% Skipped messages are not part of the heap, however often they are looked at.
heap_stays(Make) ->
    P = spawn_opt(fun server/0, [{message_queue_data, off_heap}, link]),
    {total_heap_size, Before} = process_info(P, total_heap_size),
    [P ! Make(N) || N <- lists:seq(1, 100)],
    [begin P ! self(), receive ok -> ok end end || _ <- lists:seq(1, 5)],
    {total_heap_size, After} = process_info(P, total_heap_size),
    {message_queue_len, Length} = process_info(P, message_queue_len),
    {messages, Messages} = process_info(P, messages),
    Same = Messages =:= [Make(N) || N <- lists:seq(1, 100)],
    unlink(P),
    exit(P, kill),
    {Before =:= After, Length, Same}.

server() ->
    receive
        P when is_pid(P) -> P ! ok, server()
    end.

with(Flag, F) ->
    {P, M} = spawn_opt(fun() -> exit({result, F()}) end, [{message_queue_data, Flag}, monitor]),
    receive {'DOWN', M, process, P, Reason} -> Reason end.

%% Taken from the end, with garbage made in between.
order(Flag) ->
    with(Flag, fun() ->
        [self() ! {N, integer_to_list(N), binary:copy(<<N:16>>, N)} || N <- lists:seq(1, 200)],
        erlang:phash2([begin
                           garbage(N),
                           receive {N, List, Binary} -> {N, List, byte_size(Binary), erlang:phash2(Binary)} end
                       end || N <- lists:seq(200, 1, -1)])
    end).

garbage(N) -> length(lists:seq(1, 5 * N)).

%% What a guard builds may stand beside the message.
bignum_guards() ->
    with(off_heap, fun() ->
        [self() ! {1 bsl (60 + N), [N]} || N <- lists:seq(1, 50)],
        [receive {Big, [N]} when Big + Big =:= 1 bsl (61 + K), length([N]) + K =:= K + 1 -> N end
         || K <- lists:seq(50, 1, -1)]
    end).

collected_between() ->
    with(off_heap, fun() ->
        [self() ! {N, lists:seq(1, N), make_fun(N)} || N <- lists:seq(1, 60)],
        [begin
             {F, L} = receive {N, List, Fun} -> {Fun, List} end,
             erlang:garbage_collect(),
             self() ! {again, N, L},
             {N, F(1), length(L)}
         end || N <- lists:seq(60, 1, -7)]
    end).

make_fun(N) -> fun(X) -> X + N end.

%% A process looks at its own queue.
seen() ->
    with(off_heap, fun() ->
        self() ! {a, [1, 2, 3]},
        self() ! {b, <<"binary">>},
        self() ! c,
        receive c -> ok end,
        {messages, First} = process_info(self(), messages),
        erlang:garbage_collect(),
        A = receive {a, _} = M -> M end,
        {messages, Second} = process_info(self(), messages),
        erlang:garbage_collect(),
        {First, A, Second}
    end).

%% Counted binaries go with their messages.
binaries_go() ->
    B = binary:copy(<<"x">>, 1000),
    P = spawn_opt(fun server/0, [{message_queue_data, off_heap}]),
    [P ! {N, B} || N <- lists:seq(1, 10)],
    P ! self(),
    receive ok -> ok end,
    P ! self(),
    receive ok -> ok end,
    M = monitor(process, P),
    exit(P, kill),
    receive {'DOWN', M, process, P, killed} -> ok end,
    {byte_size(B), erlang:garbage_collect()}.

%% The flag changes with messages there, some of them looked at.
changed() ->
    with(on_heap, fun() ->
        Send = fun(From, To) -> [self() ! {N, [N, N]} || N <- lists:seq(From, To)] end,
        Take = fun(N) -> receive {N, [N, N]} -> N end end,
        Send(1, 20),
        A = Take(20),
        on_heap = process_flag(message_queue_data, off_heap),
        Send(21, 40),
        B = Take(40),
        erlang:garbage_collect(),
        C = Take(1),
        off_heap = process_flag(message_queue_data, on_heap),
        D = Take(39),
        erlang:garbage_collect(),
        {[A, B, C, D], [Take(N) || N <- lists:seq(2, 38) -- [20]] =:= lists:seq(2, 38) -- [20]}
    end).

%% No compiler makes this: a part of a message that is not taken stays in the frame.
kept_in_frame() ->
    Code = {proc_off_heap_messages_asm, [{keep, 0}, {module_info, 0}, {module_info, 1}], [],
            [{function, keep, 0, 2,
              [{label, 1}, {func_info, {atom, proc_off_heap_messages_asm}, {atom, keep}, 0}, {label, 2},
               {allocate, 1, 0}, {init_yregs, {list, [{y, 0}]}},
               {label, 3}, {loop_rec, {f, 5}, {x, 0}},
               {test, is_tuple, {f, 4}, [{x, 0}]},
               {get_tuple_element, {x, 0}, 0, {y, 0}},
               {loop_rec_end, {f, 3}},
               {label, 4}, remove_message,
               {move, {y, 0}, {x, 0}}, {deallocate, 1}, return,
               {label, 5}, {wait, {f, 3}}]},
             {function, module_info, 0, 7,
              [{label, 6}, {func_info, {atom, proc_off_heap_messages_asm}, {atom, module_info}, 0}, {label, 7},
               {move, {atom, proc_off_heap_messages_asm}, {x, 0}}, return]},
             {function, module_info, 1, 9,
              [{label, 8}, {func_info, {atom, proc_off_heap_messages_asm}, {atom, module_info}, 1}, {label, 9},
               {move, {atom, proc_off_heap_messages_asm}, {x, 0}}, return]}], 10},
    {ok, Binary} = beam_asm:module(Code, [], [], []),
    {module, proc_off_heap_messages_asm} = code:load_binary(proc_off_heap_messages_asm, "made.beam", Binary),
    with(off_heap, fun() ->
        self() ! {[1, 2, 3]},
        self() ! {[4, 5, 6]},
        self() ! stop,
        Kept = proc_off_heap_messages_asm:keep(),
        {Kept, receive {L} -> L end}
    end).

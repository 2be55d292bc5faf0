%% Throws damaged .beam files and external terms at the VM: `-run damage main beams|calls|terms SEED COUNT FILE...`.
%% `beams` only loads them, or tries to; `calls` wounds operations and operands, so that many still load, and then
%% calls every exported function. What such calls do is no matter, as long as the VM lives and they can be ended.
%% Everything but a refusal or a success is printed as `unexpected ...`; the last line is `done SUCCESSES REFUSALS`.
%% The generator is a fixed one, so that a number in a report names one input for ever.
-module(damage).
-export([main/1, one/4, call/3, sink/0]).

main(["one", Kind, N, Seed | Files]) ->        % one input alone, to look into a failure
    io:format("~0p~n", [attempt(Kind, list_to_integer(N), list_to_integer(Seed), sources(Kind, Files))]),
    halt(0);
main([Kind, Seed, Count | Files]) ->
    logger:set_primary_config(level, none),
    Sources = sources(Kind, Files),
    Results = [run(Kind, N, list_to_integer(Seed), Sources) || N <- lists:seq(1, list_to_integer(Count))],
    io:format("done ~w ~w~n", [length([ok || good <- Results]), length([no || refused <- Results])]),
    halt(0).

sources("calls", Files) ->
    [{renamed(M), [{Name, expanded(Name, renamed(Name, M, Data))} || {Name, Data} <- chunks(B)]} || {M, B} <- sources("beams", Files)];
sources("beams", Files) ->
    [begin {ok, B} = file:read_file(F), {list_to_atom(filename:basename(F, ".beam")), B} end || F <- Files];
sources("terms", _) ->
    K = self(),
    Ts = [0, -1, 1 bsl 59, -(1 bsl 70), 1 bsl 3000, 1.5, a, 'é', "string", lists:seq(1, 300), [a | b], {}, {1, {2, [3]}}, #{}, #{a => 1, "k" => [v]},
          maps:from_list([{N, {N}} || N <- lists:seq(1, 60)]), <<>>, <<"bytes">>, <<5:3>>, <<1, 2, 3:7>>, binary:copy(<<"long">>, 100), self(), make_ref(),
          hd(erlang:ports()), fun lists:map/2, fun(X) -> {X, K} end, erlang:make_tuple(300, x), [[[[]]]], lists:duplicate(50, {a, 1.0, <<1:1>>})],
    Nested = lists:foldl(fun(T, A) -> [T, {A}, #{T => A} | []] end, [], lists:sublist(Ts, 12)),
    All = [Ts, Nested | Ts],
    [term_to_binary(T) || T <- All] ++ [term_to_binary(T, [compressed]) || T <- All] ++ [term_to_binary(T, [{minor_version, 0}]) || T <- All].

run(Kind, N, Seed, Sources) ->
    {Pid, Ref} = spawn_opt(?MODULE, one, [Kind, N, Seed, Sources],
                           [monitor, {max_heap_size, #{size => 20000000, kill => true, error_logger => false}}]),
    receive
        {'DOWN', Ref, process, Pid, {result, R}} when R =:= good; R =:= refused -> R;
        {'DOWN', Ref, process, Pid, killed} -> refused;
        {'DOWN', Ref, process, Pid, Other} -> io:format("unexpected ~s ~w ~w: ~0p~n", [Kind, Seed, N, Other])
    after 20000 ->
        exit(Pid, kill),
        io:format("unexpected ~s ~w ~w: no end~n", [Kind, Seed, N])
    end.

one(Kind, N, Seed, Sources) -> exit({result, attempt(Kind, N, Seed, Sources)}).

attempt("beams", N, Seed, Sources) ->
    {R, S} = random(length(Sources), start(N, Seed)),
    {Module, Good} = lists:nth(R + 1, Sources),
    {Bad, _} = damaged(Good, S),
    %% Not through the code server: it dies, under erl too, of a Meta chunk that is no external term.
    case erlang:prepare_loading(Module, Bad) of
        {error, _} -> refused;
        Prepared when N rem 4 =:= 0 ->
            code:purge(Module),
            ok = erlang:finish_loading([Prepared]),
            good;
        Prepared when is_reference(Prepared) -> good
    end;
attempt("calls", N, Seed, Sources) ->
    {R, S} = random(length(Sources), start(N, Seed)),
    {Module, Chunks} = lists:nth(R + 1, Sources),
    {Wounds, S2} = random(2, S),
    Bad = joined(wounded(Chunks, Wounds + 1, S2)),
    case erlang:prepare_loading(Module, Bad) of
        {error, _} -> refused;
        Prepared ->
            code:purge(Module),
            case erlang:finish_loading([Prepared]) of
                ok -> calls(Module, N);
                _ -> ok                         % on_load
            end,
            code:delete(Module),
            code:purge(Module),
            good
    end;
attempt("terms", N, Seed, Sources) ->
    {R, S} = random(length(Sources), start(N, Seed)),
    {Bad, S2} = damaged(lists:nth(R + 1, Sources), S),
    {Options, _} = random(3, S2),
    try binary_to_term(Bad, lists:nth(Options + 1, [[], [safe], [used]])) of
        T -> _ = erlang:phash2(T), true = binary_to_term(term_to_binary(T)) =:= T, good
    catch
        error:badarg -> refused;
        error:system_limit -> refused
    end.

%% Every exported function, three times with different arguments, each in a process with a limit of heap and time.
calls(Module, N) ->
    Before = processes(),
    Sink = spawn(?MODULE, sink, []),
    Functions = [F || {Name, _} = F <- erlang:get_module_info(Module, exports), Name =/= module_info],
    Jobs = [begin
                {Pid, Ref} = spawn_opt(?MODULE, call, [Module, Name, arguments(Arity, N + K)],
                                       [monitor, {max_heap_size, #{size => 2000000, kill => true, error_logger => false}}]),
                group_leader(Sink, Pid),
                Pid ! go,
                {Pid, Ref}
            end || {Name, Arity} <- lists:sublist(Functions, 12), K <- lists:seq(1, min(3, Arity + 1))],
    Timer = erlang:start_timer(150, self(), late),
    finished(Jobs, Timer),
    _ = [exit(P, kill) || P <- processes() -- [self() | Before]],
    ok.

finished([], Timer) ->
    erlang:cancel_timer(Timer),
    receive {timeout, Timer, late} -> ok after 0 -> ok end;
finished([{Pid, Ref} | Jobs], Timer) ->
    receive
        {'DOWN', Ref, process, Pid, _} -> finished(Jobs, Timer);
        {timeout, Timer, late} ->
            _ = [exit(P, kill) || {P, _} <- [{Pid, Ref} | Jobs]],
            _ = [receive {'DOWN', R, process, P, _} -> ok end || {P, R} <- [{Pid, Ref} | Jobs]]
    end.

call(Module, Name, Arguments) ->
    receive go -> ok end,
    try apply(Module, Name, Arguments) of
        V -> _ = term_to_binary(V), _ = erlang:phash2(V), io_lib:format("~P", [V, 30])
    catch
        _:E:T -> _ = term_to_binary({E, T}), io_lib:format("~P", [{E, T}, 50])
    end.

arguments(Arity, N) ->
    Terms = {1, [1, 2, 3], {a, b}, <<"bytes">>, a, #{a => 1}, 2.5, [], -7, [{k, v}], <<1:3>>, fun(X) -> X end, 1 bsl 70, "text", {}, self(),
             {state, 1, 2, 3, 4, 5}, <<0:2000>>, [[a], [b]], make_ref()},
    [element(1 + (N * 7 + K * 13 + N div 20) rem tuple_size(Terms), Terms) || K <- lists:seq(1, Arity)].

%% Swallows what they print.
sink() ->
    receive
        {io_request, From, As, Request} ->
            From ! {io_reply, As, case element(1, Request) of put_chars -> ok; _ -> {error, enotsup} end},
            sink();
        _ -> sink()
    end.

%% --- the parts of a .beam file ------------------------------------------------------------------------------

chunks(<<"FOR1", _:32, "BEAM", Rest/binary>>) -> chunks1(Rest).
chunks1(<<Name:4/binary, Size:32, Data:Size/binary, Rest/binary>>) ->
    Skip = (4 - Size rem 4) rem 4,
    <<_:Skip/binary, More/binary>> = Rest,
    [{binary_to_list(Name), Data} | chunks1(More)];
chunks1(_) -> [].

joined(Chunks) ->
    Body = << <<(chunk(Name, packed(Name, Data)))/binary>> || {Name, Data} <- Chunks >>,
    <<"FOR1", (byte_size(Body) + 4):32, "BEAM", Body/binary>>.
packed("LitT", Data) -> <<(byte_size(Data)):32, (zlib:compress(Data))/binary>>;
packed("Code", {Head, Operations}) -> iolist_to_binary([Head | Operations]);
packed(_, Data) -> Data.
chunk(Name, Data) ->
    Fill = (4 - byte_size(Data) rem 4) rem 4,
    <<(list_to_binary(Name))/binary, (byte_size(Data)):32, Data/binary, 0:(8 * Fill)>>.

%% Under another name, so that a module may be thrown that is in use.
renamed(Module) -> list_to_atom("damaged_" ++ atom_to_list(Module)).
renamed("AtU8", Module, <<Count:32, Size, _:Size/binary, Rest/binary>>) ->
    Name = atom_to_binary(renamed(Module)),
    <<Count:32, (byte_size(Name)), Name/binary, Rest/binary>>;
renamed(_, _, Data) -> Data.

expanded("LitT", <<_:32, Data/binary>>) -> zlib:uncompress(Data);
expanded("Code", <<Head:20/binary, Code/binary>>) -> {Head, operations(Code)};
expanded(_, Data) -> Data.

%% A wound: mostly of operations, else some bytes of one of the other chunks that decide what code does.
wounded(Chunks, 0, _) -> Chunks;
wounded(Chunks, N, S) ->
    {Which, S2} = random(12, S),
    Name = element(1 + Which, {"Code", "Code", "Code", "Code", "Code", "Code", "Code", "Type", "LitT", "FunT", "ImpT", "StrT"}),
    case lists:keyfind(Name, 1, Chunks) of
        {_, {Head, Operations}} ->
            {New, S3} = cut(Operations, S2),
            wounded(lists:keyreplace(Name, 1, Chunks, {Name, {Head, New}}), N - 1, S3);
        {_, Data} when byte_size(Data) > 8 ->
            {X, S3} = random(byte_size(Data) - 4, S2),
            {Bit, S4} = random(8, S3),
            <<Before:(X + 4)/binary, Byte, After/binary>> = Data,
            wounded(lists:keyreplace(Name, 1, Chunks, {Name, <<Before/binary, (Byte bxor (1 bsl Bit)), After/binary>>}), N - 1, S4);
        _ -> wounded(Chunks, N, S2)
    end.

%% Operations as lists of binaries: the opcode, then each operand.
operations(<<>>) -> [];
operations(<<Opcode, Rest/binary>>) ->
    {Operands, More} = operands(arity(Opcode), Rest, []),
    [[<<Opcode>> | Operands] | operations(More)].

arity(180) -> 1;            % from here on of later releases
arity(181) -> 5;
arity(182) -> 3;
arity(183) -> 2;
arity(184) -> 4;
arity(Opcode) -> element(2, beam_opcodes:opname(Opcode)).

operands(0, Rest, Done) -> {lists:reverse(Done), Rest};
operands(N, Rest, Done) ->
    Size = operand(Rest),
    <<O:Size/binary, More/binary>> = Rest,
    operands(N - 1, More, [O | Done]).

operand(<<2#00010:5, 7:3, Rest/binary>>) ->                             % a list
    Size = simple(Rest),
    <<N:Size/binary, More/binary>> = Rest,
    1 + Size + items(value(N), More);
operand(<<2#00110:5, 7:3, Rest/binary>>) ->                             % words to allocate
    Size = simple(Rest),
    <<N:Size/binary, More/binary>> = Rest,
    1 + Size + items(2 * value(N), More);
operand(<<2#01010:5, 7:3, Rest/binary>>) -> 1 + items(2, Rest);         % a register and its type
operand(<<_:5, 7:3, Rest/binary>>) -> 1 + simple(Rest);
operand(B) -> simple(B).

items(0, _) -> 0;
items(N, B) ->
    Size = operand(B),
    <<_:Size/binary, More/binary>> = B,
    Size + items(N - 1, More).

simple(<<_:4, 0:1, _:3, _/binary>>) -> 1;
simple(<<_:3, 1:2, _:3, _/binary>>) -> 2;
simple(<<7:3, 3:2, _:3, _:4, 0:1, _/bitstring>> = B) -> <<_, N:4, _:4, _/binary>> = B, 1 + 1 + 9 + N;
simple(<<N:3, 3:2, _:3, _/binary>>) -> 1 + 2 + N.

value(<<V:4, 0:1, _:3>>) -> V;
value(<<H:3, 1:2, _:3, L>>) -> H bsl 8 bor L;
value(<<_, V/binary>>) -> binary:decode_unsigned(V).

cut(Operations, S) ->
    {How, S2} = random(12, S),
    {At, S3} = random(length(Operations) - 1, S2),
    {Before, [Op | After]} = lists:split(At, Operations),
    {X, S4} = random(64, S3),
    {Y, S5} = random(length(Operations), S4),
    Other = lists:nth(Y + 1, Operations),
    {case How of
         0 -> Before ++ After;                                          % left out
         1 -> Before ++ [Op, Op | After];                               % twice
         2 when After =/= [] -> Before ++ [hd(After), Op | tl(After)];  % in another order
         3 -> Before ++ [Op, Other | After];                            % one more
         4 -> Before ++ [[<<(1 + X * 3)>> | tl(Op)] | After];           % another opcode
         5 -> Before ++ [[hd(Op) | lists:reverse(tl(Op))] | After];     % operands in another order
         6 when tl(Op) =/= [], tl(Other) =/= [] ->                      % an operand of some other operation
             Before ++ [replaced(Op, X, lists:nth(1 + X rem length(tl(Other)), tl(Other))) | After];
         _ when tl(Op) =/= [] ->                                        % another number or register
             K = 1 + X rem length(tl(Op)),
             <<First, Rest/binary>> = lists:nth(K + 1, Op),
             New = case X bsr 3 of
                       0 -> First bxor 16;
                       1 -> First bxor 32;
                       2 -> First bxor 7;                               % X and Y
                       3 -> First + 16;
                       4 -> First - 16;
                       5 -> First bxor 1;
                       6 -> First bxor 16#30;
                       _ -> First bxor 128
                   end band 255,
             Before ++ [replaced(Op, X, <<New, Rest/binary>>) | After];
         _ -> Before ++ After
     end, S5}.

replaced([Opcode | Operands], X, New) ->
    {Before, [_ | After]} = lists:split(X rem length(Operands), Operands),
    [Opcode | Before] ++ [New | After].

start(N, Seed) -> next(next(Seed * 1000003 + N)).
next(S) -> (S * 6364136223846793005 + 1442695040888963407) band 16#ffffffffffffffff.
random(Below, S) -> {(S bsr 33) rem Below, next(S)}.

%% One to four wounds: a cut, flipped bits, a byte set to an extreme, bytes repeated or taken out.
damaged(Bin, S) ->
    {Wounds, S2} = random(4, S),
    damaged(Bin, Wounds + 1, S2).
damaged(Bin, 0, S) -> {Bin, S};
damaged(<<>>, _, S) -> {<<>>, S};
damaged(Bin, N, S) ->
    {Kind, S2} = random(8, S),
    {At, S3} = random(byte_size(Bin), S2),
    {X, S4} = random(256, S3),
    <<Before:At/binary, Byte, After/binary>> = Bin,
    New = case Kind of
              0 -> Before;
              1 -> <<Before/binary, (element(1 + X rem 5, {0, 255, 127, 128, 131})), After/binary>>;
              2 -> <<Before/binary, Byte, Byte, After/binary>>;
              3 -> <<Before/binary, After/binary>>;
              4 -> <<Before/binary, X, After/binary>>;
              _ -> <<Before/binary, (Byte bxor (1 bsl (X rem 8))), After/binary>>
          end,
    damaged(New, N - 1, S4).

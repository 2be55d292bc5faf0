%% Throws damaged .beam files and external terms at the VM: `-run damage main beams|terms SEED COUNT FILE...`.
%% Everything but a refusal or a success is printed as `unexpected ...`; the last line is `done SUCCESSES REFUSALS`.
%% The generator is a fixed one, so that a number in a report names one input for ever.
-module(damage).
-export([main/1, one/4]).

main(["one", Kind, N, Seed | Files]) ->        % one input alone, to look into a failure
    io:format("~0p~n", [attempt(Kind, list_to_integer(N), list_to_integer(Seed), sources(Kind, Files))]),
    halt(0);
main([Kind, Seed, Count | Files]) ->
    logger:set_primary_config(level, none),
    Sources = sources(Kind, Files),
    Results = [run(Kind, N, list_to_integer(Seed), Sources) || N <- lists:seq(1, list_to_integer(Count))],
    io:format("done ~w ~w~n", [length([ok || good <- Results]), length([no || refused <- Results])]),
    halt(0).

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

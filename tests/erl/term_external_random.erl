%% Random terms in the external format: the bytes, with every option, and the way back.
-module(term_external_random).
-export([main/0]).
main() ->
    [io:format("~p ~p~n", [Seed, run(Seed, 150)]) || Seed <- lists:seq(1, 8)],
    ok.

run(Seed, N) ->
    rand:seed(exsss, {Seed, 5, 40009}),
    erlang:phash2([one(term(rand:uniform(4))) || _ <- lists:seq(1, N)]).

one(Term) ->
    Plain = term_to_binary(Term),
    Options = pick([[{minor_version, V} || V <- [rand:uniform(3) - 1]], [deterministic], [{compressed, rand:uniform(10) - 1}],
                    [compressed], [deterministic, {minor_version, 1}], [compressed, {minor_version, 2}]]),
    Special = term_to_binary(Term, Options),
    Vector = term_to_iovec(Term, Options),
    Special = iolist_to_binary(Vector),
    Term = binary_to_term(Plain),
    {Back, Used} = binary_to_term(<<Special/binary, 1, 2, 3>>, [safe, used]),
    Back = Term,
    Used = byte_size(Special),
    Lost = rand:uniform(byte_size(Plain)) - 1,
    Cut = try binary_to_term(binary:part(Plain, 0, Lost)) catch error:Reason -> Reason end,
    Damaged = damage(Plain, rand:uniform(byte_size(Plain) - 1), rand:uniform(256) - 1),
    [erlang:md5(Plain), Special, erlang:external_size(Term), erlang:external_size(Term, [{minor_version, 1}]), Cut,
     Damaged].

%% What becomes of a changed byte; numbers of atoms and the like may come out of it, so only their printed form counts.
damage(Bytes, At, New) ->
    <<Before:At/binary, _, After/binary>> = Bytes,
    try io_lib:format("~0p", [binary_to_term(<<Before/binary, New, After/binary>>, [safe])])
    catch error:Reason -> Reason
    end.

pick(List) -> lists:nth(rand:uniform(length(List)), List).

term(0) -> leaf();
term(Depth) ->
    Parts = fun() -> [term(Depth - 1) || _ <- lists:seq(1, rand:uniform(5) - 1)] end,
    case rand:uniform(7) of
        1 -> list_to_tuple(Parts());
        2 -> Parts();
        3 -> maps:from_list([{term(Depth - 1), term(Depth - 1)} || _ <- Parts()]);
        4 -> [leaf() | leaf()];
        5 -> lists:duplicate(rand:uniform(40), leaf());
        _ -> leaf()
    end.

leaf() ->
    case rand:uniform(14) of
        1 -> rand:uniform(256) - 1;
        2 -> (rand:uniform(1 bsl 33) - (1 bsl 32));
        3 -> (rand:uniform(1 bsl 130) - (1 bsl 129)) bsr rand:uniform(120);
        4 -> 1 bsl (rand:uniform(2200));
        5 -> -(1 bsl (rand:uniform(2200)));
        6 -> (rand:uniform() - 0.5) * math:pow(10, rand:uniform(300) - 150);
        7 -> pick([a, 'B c', [], true, '\x{e9}', '\x{20ac}', list_to_atom(lists:duplicate(255, $x)), '']);
        8 -> list_to_binary([rand:uniform(256) - 1 || _ <- lists:seq(1, rand:uniform(100))]);
        9 -> Size = rand:uniform(40), <<(rand:uniform(1 bsl 40)):Size>>;
        10 -> [rand:uniform(255) || _ <- lists:seq(1, rand:uniform(20))];
        11 -> fun lists:map/2;
        12 -> pick([0.0, -0.0, 1.5, 1.0e300, 5.0e-324]);
        13 -> "text of a list";
        _ -> binary:copy(<<"abc">>, rand:uniform(200))
    end.

%% Long subjects are looked through in slices before anything is matched.
-module(re_long_subject).
-export([main/0]).

main() ->
    Long = binary:copy(<<"aé€𐍈\n"/utf8>>, 20000),
    Size = byte_size(Long),
    {ok, Compiled} = re:compile("(*ANYCRLF)x+|€€", [unicode]),
    Calls = [{run, [Compiled]},
             {run, [Compiled, []]},
             {run, [Compiled, [{capture, all, index}]]},
             {run, [<<"x+">>, [unicode]]},
             {run, ["[x]+", [unicode, {capture, first, binary}]]},
             {run, [Compiled, [{offset, Size}]]},
             {run, [Compiled, [global]]},
             {run, [<<"x">>, [unicode, global, {capture, all, list}]]},
             {replace, [Compiled, <<"y">>, [{return, binary}]]},
             {split, [Compiled, [{parts, 2}]]}],
    [io:format("~w ~p~n", [End, [outcome(F, [<<Long/binary, End/binary>> | A]) || {F, A} <- Calls]])
     || End <- [<<>>, <<"xx">>, <<"x ", 16#E2, 16#82, 16#AC>>]],
    [io:format("~p~n", [[outcome(run, [binary:part(Subject, 0, At), Compiled, [{offset, Offset}]])
                         || At <- [32760, 32767, 32768, 32769, 65536, 65538], Offset <- [0, 5, 16389]]])
     || Subject <- [binary:copy(<<"abc">>, 30000), binary:copy(<<"xyz">>, 30000)]],
    io:format("~p~n", [outcome(run, [<<0:1, Long/binary>>, Compiled, []])]),
    <<_:3, Odd/bitstring>> = <<0:3, Long/binary, "xx">>,
    io:format("~p~n", [outcome(run, [Odd, Compiled, []])]),
    io:format("~p~n", [outcome(run, [binary:part(<<Long/binary, "xx">>, Size - 40000, 40002), Compiled, []])]),
    io:format("~p~n", [outcome(run, [[Long, "xx"], Compiled, []])]),
    %% Many at once, with garbage in between.
    Self = self(),
    [spawn(fun() -> Self ! [begin lists:seq(1, 1000), outcome(run, [<<Long/binary, E/binary>>, Compiled, []]) end
                            || E <- [<<"xx">>, <<>>]] end) || _ <- [1, 2, 3]],
    io:format("~p~n", [lists:usort([receive L -> L end || _ <- [1, 2, 3]])]).

outcome(F, Args) ->
    try apply(re, F, Args) of
        {match, L} when length(L) > 20 -> {many, length(L), erlang:phash2(L)};
        B when is_binary(B) -> {byte_size(B), erlang:phash2(B)};
        L when is_list(L) -> {pieces, length(L), erlang:phash2(L)};
        V -> V
    catch
        C:R:S -> {C, R, case S of
                            [{re, G, A, _} | _] when is_list(A) -> {G, A =:= Args};
                            [{M, G, A, _} | _] -> {M, G, if is_list(A) -> length(A); true -> A end}
                        end}
    end.

%% BIFs on arguments so large that their work leaves the scheduler or is cut in slices: values, errors, traces,
%% reductions, and the end of processes that are in the middle of it.
%% stress: 0
-module(proc_long_work).
-export([main/0]).
-include("show.hrl").

main() ->
    L = lists:seq(1, 300000),
    R = lists:reverse(L),
    B = binary:copy(<<"abcdefgh">>, 100000),
    Bytes = binary_to_list(B),
    ?SHOW({erlang:phash2(R), erlang:phash2(R, 77), erlang:phash2([R | R])}),
    ?SHOW(begin true = erlang:garbage_collect(), true = erlang:garbage_collect(self(), [{type, minor}]), length(R) end),
    ?SHOW(length(R ++ [x])),
    ?SHOW(lists:last(R ++ [x])),
    ?SHOW(R -- (L -- [7, 5, 9])),
    ?SHOW(length(L -- lists:seq(2, 300000, 2))),
    ?SHOW({lists:member(x, L), lists:member(300000, L), lists:member(1.0, L)}),
    Pairs = [{X, -X} || X <- L],
    ?SHOW({lists:keyfind(300000, 1, Pairs), lists:keyfind(x, 1, Pairs), lists:keymember(-299999.0, 2, Pairs)}),
    ?SHOW(lists:keysearch(300000.0, 1, Pairs)),
    ?SHOW(tuple_size(list_to_tuple(L))),
    ?SHOW(tuple_to_list(list_to_tuple(L)) =:= L),
    T = term_to_binary(Pairs),
    ?SHOW({byte_size(T), erlang:md5(T)}),
    ?SHOW(erlang:external_size(Pairs)),
    ?SHOW(binary_to_term(T) =:= Pairs),
    ?SHOW(element(2, binary_to_term(<<T/binary, 1, 2>>, [used]))),
    C = term_to_binary(Pairs, [compressed]),
    ?SHOW(binary_to_term(C) =:= Pairs),
    ?SHOW(iolist_to_binary(term_to_iovec(Pairs)) =:= T),
    ?SHOW(list_to_binary(Bytes) =:= B),
    ?SHOW(iolist_size([Bytes, B | Bytes])),
    ?SHOW(iolist_size([Bytes, B | B])),
    ?SHOW(erlang:md5(iolist_to_binary([Bytes, [B | B]]))),
    ?SHOW(erlang:md5(erlang:iolist_to_iovec([Bytes, [B | B]]))),
    ?SHOW(bit_size(list_to_bitstring([Bytes, <<1:3>>]))),
    ?SHOW({erlang:crc32([B, Bytes, B, B, B, B]), erlang:adler32([Bytes, B, B, B, B, B]), erlang:md5([Bytes, B, B, B, B, B])}),
    M = maps:from_list(Pairs),
    ?SHOW({maps:size(M), maps:get(77, M)}),
    ?SHOW(maps:size(maps:merge(M, maps:from_keys(lists:seq(200000, 400000), x)))),
    ?SHOW(erlang:phash2({maps:keys(M), maps:values(M), maps:to_list(M)})),
    ?SHOW(lists:sort(maps:keys(M)) =:= L),
    ?SHOW(byte_size(binary:copy(B, 30))),
    ?SHOW(length(binary:matches(B, <<"h">>))),
    ?SHOW(length(binary:split(B, <<"ha">>, [global]))),
    ?SHOW(byte_size(binary:replace(B, <<"ha">>, <<"xyz">>, [global]))),
    ?SHOW(binary:longest_common_prefix([binary:copy(B, 10), binary:copy(B, 8)])),
    ?SHOW(binary:bin_to_list(B) =:= Bytes),
    I = list_to_integer(lists:duplicate(60000, $7)),
    ?SHOW(erlang:phash2(I)),
    ?SHOW(binary_to_integer(integer_to_binary(I)) =:= I),
    ?SHOW(list_to_integer(integer_to_list(I)) =:= I),
    L2 = [X rem 50000 || X <- L],
    ?SHOW(erlang:md5(unicode:characters_to_binary(L2))),
    ?SHOW(unicode:characters_to_list(unicode:characters_to_binary(L2)) =:= L2),
    errors(L, B, Bytes),
    reductions(L, T, Bytes, Pairs),
    endings(L, Pairs, T).

%% What is found wrong at the far end names the arguments as they were.
errors(L, B, Bytes) ->
    Improper = L ++ tail,
    wrong(fun() -> length(Improper) end),
    wrong(fun() -> lists:member(x, Improper) end),
    wrong(fun() -> lists:keyfind(x, 1, Improper) end),
    wrong(fun() -> Improper ++ [] end),
    wrong(fun() -> id(1), L -- Improper end),
    wrong(fun() -> id(list_to_tuple(Improper)), ok end),
    wrong(fun() -> list_to_binary(Bytes ++ [x]) end),
    wrong(fun() -> maps:from_list(Improper) end),
    wrong(fun() -> binary_to_term(B) end),
    wrong(fun() -> binary_to_term(<<131, 104, 4, (term_to_binary(L))/binary>>) end),
    wrong(fun() -> list_to_integer(lists:duplicate(60000, $7) ++ "x") end),
    wrong(fun() -> binary_to_integer(B) end),
    wrong(fun() -> binary:longest_common_prefix([binary:copy(B, 10), binary:copy(B, 8), x]) end).

wrong(F) ->
    try F() of
        V -> io:format("value ~w~n", [erlang:phash2(V)])
    catch
        C:R:S ->
            Own = lists:takewhile(fun({_, N, _, _}) -> N =/= wrong end, S),
            io:format("~w ~w ~p~n", [C, R, [{M, N, if is_list(A) -> [brief(X) || X <- A]; true -> A end, I}
                || {M, N, A, I} <- Own]])
    end.
brief(X) when is_list(X), length(X) > 10 -> long_list;
brief([_ | _]) -> list;
brief(X) when is_binary(X), byte_size(X) > 100 -> long_binary;
brief(X) -> X.

%% Long work is paid for.
reductions(L, T, Bytes, Pairs) ->
    [io:format("~w ~w~n", [N, cost(F) > 5000]) || {N, F} <- [
        {reverse, fun() -> lists:reverse(L) end},
        {append, fun() -> L ++ [x] end},
        {subtract, fun() -> L -- [x, y] end},
        {member, fun() -> lists:member(x, L) end},
        {list_to_binary, fun() -> list_to_binary(Bytes) end},
        {binary_to_term, fun() -> binary_to_term(T) end},
        {term_to_binary, fun() -> term_to_binary(Pairs) end},
        {maps_from_list, fun() -> maps:from_list(Pairs) end},
        {phash2, fun() -> erlang:phash2(Pairs) end},
        {md5, fun() -> erlang:md5(T) end}]].

cost(F) ->
    {reductions, A} = process_info(self(), reductions),
    F(),
    {reductions, Z} = process_info(self(), reductions),
    Z - A.

%% Killed, asked and sent to while they work.
endings(L, Pairs, T) ->
    Work = [fun() -> lists:reverse(L) end, fun() -> L -- lists:reverse(L) end, fun() -> binary_to_term(T) end,
        fun() -> term_to_binary(Pairs) end, fun() -> maps:from_list(Pairs) end,
        fun() -> binary:matches(T, <<0>>) end],
    [io:format("~w~n", [ending(F, After)]) || F <- Work, After <- [0, 1, 5]].

ending(F, After) ->
    Me = self(),
    {P, M} = spawn_monitor(fun() -> register(long_worker, self()), put(k, v), Me ! go, forever(F) end),
    receive go -> ok end,
    receive after After -> ok end,
    P ! hello,
    {dictionary, [{k, v}]} = process_info(P, dictionary),
    true = is_process_alive(P),
    link(P),
    unlink(P),
    exit(P, kill),
    receive {'DOWN', M, process, P, Why} -> {Why, is_process_alive(P), whereis(long_worker)} end.

forever(F) -> F(), forever(F).

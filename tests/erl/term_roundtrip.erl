%% A seeded stream of random terms through the external format, messages, tables, copies and comparison.
%% stress: 50
-module(term_roundtrip).
-export([main/0]).
-include("show.hrl").
next(S) -> (S * 6364136223846793005 + 1442695040888963407) band 16#ffffffffffffffff.
term(S, D) ->
    S1 = next(S),
    case (S bsr 33) rem (if D > 0 -> 16; true -> 9 end) of
        0 -> {S1, S bsr 40}; 1 -> {S1, -S}; 2 -> {S1, S * S * S}; 3 -> {S1, (S bsr 11) / 1024.0}; 4 -> {S1, element(1 + S rem 4,
            {a, 'é', '', true})};
        5 -> {S1, <<S:(S rem 130)>>}; 6 -> {S1, []}; 7 -> {S1, binary:copy(<<S:16>>, S rem 70)}; 8 -> {S1,
            integer_to_list(S rem 1000)};
        9 -> terms(S1, D, S rem 7, fun list_to_tuple/1); 10 -> terms(S1, D, S rem 7, fun(L) -> L end); 11 -> terms(S1, D,
            S rem 40, fun(L) -> maps:from_list([{X, D} || X <- L]) end);
        12 -> terms(S1, D, 2, fun([A, B]) -> [A | B] end); 13 -> {S1, fun lists:map/2}; 14 -> terms(S1, D, 3, fun(L) -> {L,
            L} end); 15 -> {S1, lists:seq(1, S rem 50)}
    end.
terms(S, D, N, F) -> {S2, L} = terms(S, D, N), {S2, F(L)}.
terms(S, _, 0) -> {S, []};
terms(S, D, N) -> {S1, T} = term(S, D - 1), {S2, Ts} = terms(S1, D, N - 1), {S2, [T | Ts]}.
many(_, 0) -> [];
many(S, N) -> {S1, T} = term(S, 4), [T | many(next(S1 + N), N - 1)].

main() ->
    Ts = many(42, 300),
    ?SHOW(erlang:phash2(Ts)),
    ?SHOW(lists:all(fun(T) -> binary_to_term(term_to_binary(T)) =:= T end, Ts)),
    ?SHOW(lists:all(fun(T) -> byte_size(term_to_binary(T)) =:= erlang:external_size(T) end, Ts)),
    ?SHOW(lists:sum([erlang:external_size(T) || T <- Ts])),
    ?SHOW(lists:sum([erts_debug:flat_size(T) || T <- Ts, is_number(T)])),
    ?SHOW(begin self() ! Ts, receive X -> X =:= Ts end end),
    ?SHOW(begin E = ets:new(t, []), [ets:insert(E, {N, T}) || {N, T} <- lists:zip(lists:seq(1, 300), Ts)], [ets:lookup_element(E, N,
        2) || N <- lists:seq(1, 300)] =:= Ts end),
    Sorted = lists:sort(Ts),
    ?SHOW(erlang:phash2(Sorted)),
    ?SHOW(lists:sort(lists:reverse(Ts)) == Sorted),
    ?SHOW(length(lists:usort(Ts))),
    ?SHOW(erlang:phash2([erlang:phash2(T) || T <- Ts])),
    ?SHOW(erlang:crc32(unicode:characters_to_binary(io_lib:format("~tw", [[T || T <- Ts, not has_map(T)]])))),
    ?SHOW(begin erlang:garbage_collect(), erlang:phash2(Ts) end).

has_map(T) when is_map(T) -> true;
has_map([H | T]) -> has_map(H) orelse has_map(T);
has_map(T) when is_tuple(T) -> has_map(tuple_to_list(T));
has_map(_) -> false.

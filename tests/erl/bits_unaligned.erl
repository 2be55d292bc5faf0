%% Bitstrings that start or end inside a byte: copying, comparing, concatenating, converting.
-module(bits_unaligned).
-export([main/0]).
-include("show.hrl").
main() ->
    B = id(<<1, 2, 3, 4, 5, 6, 7, 8, 9, 10>>),
    Subs = [begin <<_:S, X:N/bits, _/bits>> = B, X end || S <- [0, 1, 4, 7, 8, 11], N <- [0, 1, 3, 8, 9, 16, 23, 40]],
    ?SHOW(Subs),
    ?SHOW([X =:= <<X/bits>> || X <- Subs]),
    ?SHOW(lists:usort([X =:= binary_to_term(term_to_binary(X)) || X <- Subs])),
    ?SHOW([erlang:phash2(X) || X <- Subs]),
    ?SHOW(lists:sort(Subs)),
    ?SHOW([X < Y || X <- lists:sublist(Subs, 8), Y <- lists:sublist(Subs, 9, 8)]),
    ?SHOW([bitstring_to_list(X) || X <- Subs]),
    ?SHOW([list_to_bitstring([X, X]) || X <- Subs]),
    ?SHOW([<<1:1, X/bits, 1:1>> || X <- Subs]),
    ?SHOW([bit_size(X) || X <- Subs]),
    ?SHOW([byte_size(X) || X <- Subs]),
    ?SHOW([is_binary(X) || X <- Subs]),
    ?SHOW([catch binary_to_list(X, 1, 1) || X <- [<<1, 2>>, <<1:3>>, <<1, 1:3>>, <<>>]]),
    ?SHOW(maps:size(maps:from_list([{X, 1} || X <- Subs]))),
    ?SHOW(begin self() ! Subs, receive Y -> Y =:= Subs end end),
    ?SHOW(begin ets:new(t, [named_table]), ets:insert(t, {hd(Subs), Subs}), [{_, Z}] = ets:lookup(t, hd(Subs)), Z =:= Subs end),
    Large = << <<X:7>> || X <- lists:seq(0, 127) >>,
    ?SHOW(Large),
    ?SHOW(begin <<_:3, L2/bits>> = Large, erlang:phash2(L2) end),
    ?SHOW(begin <<_:3, L2:880/bits, _/bits>> = Large, {L2 =:= binary:copy(L2), erlang:crc32(L2), erlang:md5(L2)} end).

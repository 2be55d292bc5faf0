%% Values of thousands of digits: powers, text, external form, hashing, comparison, in containers.
-module(num_huge).
-export([main/0]).
-include("show.hrl").
main() ->
    A = (1 bsl 4096) - 1,
    B = -(1 bsl 4096),
    ?SHOW(erlang:phash2(A)),
    ?SHOW(erlang:phash2(B)),
    ?SHOW(erlang:phash(A, 1 bsl 32)),
    ?SHOW(A + 1 =:= -B),
    ?SHOW(A > B),
    ?SHOW(A * B + (1 bsl 8192) =:= 1 bsl 4096),
    ?SHOW(length(integer_to_list(A))),
    ?SHOW(erlang:crc32(integer_to_binary(A))),
    ?SHOW(erlang:crc32(term_to_binary(A))),
    ?SHOW(binary_to_term(term_to_binary(B)) =:= B),
    ?SHOW(erlang:crc32(binary:encode_unsigned(A))),
    ?SHOW(binary:decode_unsigned(binary:encode_unsigned(A)) =:= A),
    ?SHOW(erts_debug:flat_size(A)),
    ?SHOW(maps:get(A + 0, #{A => x, B => y})),
    ?SHOW(begin self() ! {A, B}, receive {X, Y} -> {X =:= A, Y =:= B} end end),
    ?SHOW(lists:sort([A, B, 0, A + 1, 1.0e308]) =:= [B, 0, 1.0e308, A, A + 1]),
    ?SHOW(A band 16#ffffffffffffffffffff),
    ?SHOW((A bsr 4000)),
    ?SHOW((B bsr 4090)),
    ?SHOW(A rem 1000000007),
    ?SHOW(B rem 1000000007),
    ?SHOW(A / (1 bsl 4090)),
    ?SHOW(list_to_integer(lists:duplicate(3000, $9)) rem 65537),
    ?SHOW(list_to_integer(lists:duplicate(3000, $f), 16) =:= (1 bsl 12000) - 1).

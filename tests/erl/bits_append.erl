%% Appending: the accumulator pattern, two continuations of one prefix, large growth, unaligned appends.
%% stress: 50
-module(bits_append).
-export([main/0]).
-include("show.hrl").
grow(0, A) -> A;
grow(N, A) -> grow(N - 1, <<A/binary, (N rem 256)>>).
bits(0, A) -> A;
bits(N, A) -> bits(N - 1, <<A/bits, (N band 1):1>>).
mixed(0, A) -> A;
mixed(N, A) -> mixed(N - 1, <<A/bits, N:(N rem 13), (<<N:16>>)/binary>>).

main() ->
    A = grow(1000, <<>>),
    ?SHOW(erlang:crc32(A)),
    B = <<A/binary, "first">>,
    C = <<A/binary, "second">>,
    D = <<B/binary, "third">>,
    ?SHOW({binary_part(B, 1000, 5), binary_part(C, 1000, 6), binary_part(D, 1000, 10)}),
    ?SHOW(byte_size(grow(200000, <<>>))),
    ?SHOW(erlang:phash2(bits(1003, <<>>))),
    ?SHOW(bits(21, <<>>)),
    ?SHOW(erlang:phash2(mixed(300, <<>>))),
    ?SHOW(mixed(9, <<>>)),
    E = id(<<>>),
    ?SHOW({<<E/binary, 1>>, <<E/binary, 2>>, E}),
    F = <<(id(<<"x">>))/binary, "y">>,
    G = [<<F/binary, N>> || N <- [1, 2, 3]],
    ?SHOW({F, G}),
    S = self(),
    P = spawn(fun() -> receive X -> S ! {got, <<X/binary, "child">>} end end),
    P ! B,
    H = <<B/binary, "parent">>,
    ?SHOW(receive {got, Y} -> binary_part(Y, byte_size(Y), -10) end),
    ?SHOW(binary_part(H, byte_size(H), -11)),
    ?SHOW(begin erlang:garbage_collect(), erlang:crc32(<<H/binary, D/binary>>) end),
    ?SHOW(byte_size(lists:foldl(fun(X, Acc) -> <<Acc/binary, X/binary>> end, <<>>, [<<N:64>> || N <- lists:seq(1, 5000)]))),
    ?SHOW(<<(id(<<1:3>>))/bits, 1:5>>),
    ?SHOW(<<(id(<<1:3>>))/bits, (id(<<"abc">>))/binary>>),
    ?SHOW(<<(id(a))/binary, 1>>).

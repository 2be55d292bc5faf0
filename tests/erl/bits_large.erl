%% Binaries above the heap limit: sharing, parts of parts, copying, referenced size, sending.
-module(bits_large).
-export([main/0]).
-include("show.hrl").
main() ->
    B = binary:copy(<<"0123456789abcdef">>, 65536),
    ?SHOW(byte_size(B)),
    P = binary:part(B, 1000, 500000),
    ?SHOW(binary:referenced_byte_size(P)),
    ?SHOW(binary:referenced_byte_size(binary:copy(P))),
    Q = binary:part(P, 7, 3),
    ?SHOW(Q),
    ?SHOW(binary:referenced_byte_size(Q)),
    ?SHOW(erlang:crc32(P)),
    S = self(),
    Pid = spawn(fun() -> receive {F, X, Y} -> F ! {erlang:md5(X), Y, byte_size(X)} end end),
    Pid ! {S, B, Q},
    ?SHOW(receive M -> M end),
    ?SHOW(erlang:external_size(B)),
    ?SHOW(byte_size(term_to_binary([B, B]))),
    ?SHOW(B =:= <<B/binary>>),
    ?SHOW(B < <<B/binary, 0>>),
    ?SHOW(byte_size(<<B/binary, B/binary>>)),
    ?SHOW(begin <<_:3, R/bits>> = B, {bit_size(R), erlang:phash2(R)} end),
    ?SHOW(begin Parts = [binary:part(B, N * 1024, 1024) || N <- lists:seq(0, 1023)], iolist_size(Parts) =:= byte_size(B) end),
    ?SHOW(begin Parts = [binary:part(B, N * 1024, 1024) || N <- lists:seq(0, 1023)], iolist_to_binary(Parts) =:= B end),
    ?SHOW([byte_size(binary:copy(<<1>>, N)) || N <- [63, 64, 65, 66]]),
    ?SHOW([binary:referenced_byte_size(binary:copy(<<1>>, N)) || N <- [63, 64, 65]]).

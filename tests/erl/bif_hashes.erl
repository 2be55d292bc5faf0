%% crc32, adler32, md5 in parts and combined.
-module(bif_hashes).
-export([main/0]).
-include("show.hrl").
main() ->
    ?SHOW([erlang:crc32(D) || D <- [<<>>, <<"a">>, "abc", <<"The quick brown fox">>]]),
    ?SHOW([erlang:adler32(D) || D <- [<<>>, <<"a">>, "abc", <<"The quick brown fox">>]]),
    ?SHOW([erlang:md5(D) || D <- [<<>>, <<"a">>, "abc", <<"The quick brown fox">>]]),
    ?SHOW(erlang:crc32(erlang:crc32(<<"abc">>), <<"def">>) =:= erlang:crc32(<<"abcdef">>)),
    ?SHOW(erlang:crc32_combine(erlang:crc32(<<"abc">>), erlang:crc32(<<"def">>), 3) =:= erlang:crc32(<<"abcdef">>)),
    ?SHOW(erlang:adler32(erlang:adler32(<<"abc">>), <<"def">>) =:= erlang:adler32(<<"abcdef">>)),
    ?SHOW(erlang:adler32_combine(erlang:adler32(<<"abc">>), erlang:adler32(<<"def">>), 3) =:= erlang:adler32(<<"abcdef">>)),
    ?SHOW(begin C = erlang:md5_init(), C1 = erlang:md5_update(C, "The quick"), C2 = erlang:md5_update(C1, <<" brown fox">>),
        erlang:md5_final(C2) end),
    Big = binary:copy(<<"0123456789">>, 5000),
    ?SHOW({erlang:crc32(Big), erlang:adler32(Big), erlang:md5(Big)}),
    ?SHOW(begin <<_:3, U/bits>> = <<0:3, Big/binary>>, {erlang:crc32(U), erlang:adler32(U), erlang:md5(U)} end),
    ?SHOW(erlang:crc32(id(x))),
    ?SHOW(erlang:crc32(-1, <<>>)),
    ?SHOW(erlang:crc32(1 bsl 33, <<>>)),
    ?SHOW(erlang:md5([a])),
    ?SHOW(erlang:md5_update(<<"bad">>, <<"x">>)),
    ?SHOW(erlang:adler32([256])),
    ?SHOW(erlang:crc32_combine(1, 2, id(-1))).

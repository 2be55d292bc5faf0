%% Literal segments in patterns: constants of odd sizes, strings, many alternatives, backtracking.
-module(bits_literal).
-export([main/0]).
-include("show.hrl").
f(<<1:1, 0:1, R:6>>) -> {ten, R};
f(<<2#011:3, R:5>>) -> {oh_eleven, R};
f(<<16#ff>>) -> never;
f(<<X>>) -> {byte, X};
f(<<0:16, X:16/little, "end">>) -> {zero, X};
f(<<"abc", R/binary>>) -> {abc, R};
f(<<"abd", R/binary>>) -> {abd, R};
f(<<"ab", C, R/binary>>) -> {ab, C, R};
f(<<1.5/float, R/binary>>) -> {float, R};
f(<<-1:24/signed, R/binary>>) -> {minus, R};
f(<<16#123456789abcdef0123456789:100, R/bits>>) -> {big, R};
f(_) -> other.

http(<<"GET ", R/binary>>) -> {get, R};
http(<<"POST ", R/binary>>) -> {post, R};
http(<<"PUT ", R/binary>>) -> {put, R};
http(<<M:3/binary, " ", R/binary>>) -> {M, R};
http(_) -> none.

main() ->
    ?SHOW([f(B) || B <- [<<2#10111111>>, <<2#01100001>>, <<255>>, <<0>>, <<0, 0, 5, 1, "end">>, <<0, 0, 5, 1, "enx">>, <<"abcdef">>,
        <<"abde">>, <<"abz!">>,
                      <<"ab">>, <<1.5/float, 1>>, <<255, 255, 255, 9>>, <<16#123456789abcdef0123456789:100, 5:3>>, <<>>, <<1:3>>,
                          foo]]),
    ?SHOW([http(B) || B <- [<<"GET /">>, <<"POST /x">>, <<"PUT">>, <<"PUT ">>, <<"DEL y">>, <<"GE">>, <<>>]]),
    ?SHOW([case B of <<0:N, _/bits>> -> N; _ -> no end || {N, B} <- [{3, <<16#1f>>}, {4, <<16#1f>>}, {70, <<0:80>>}, {0, <<>>}]]).

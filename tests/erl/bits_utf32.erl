%% utf32 and its errors.
-module(bits_utf32).
-export([main/0]).
-include("show.hrl").
m(B) -> case B of <<C/utf32, R/bits>> -> {C, R}; _ -> no end.
l(B) -> case B of <<C/utf32-little, R/bits>> -> {C, R}; _ -> no end.

main() ->
    Cs = [0, 16#41, 16#d7ff, 16#e000, 16#ffff, 16#10ffff],
    ?SHOW([<<(id(C))/utf32>> || C <- Cs]),
    ?SHOW([<<(id(C))/utf32-little>> || C <- Cs]),
    ?SHOW([m(<<C/utf32, 1>>) || C <- Cs]),
    ?SHOW([l(<<C/utf32-little, 1:1>>) || C <- Cs]),
    ?SHOW([m(<<C:32>>) || C <- [16#d800, 16#dfff, 16#110000, 16#ffffffff, 16#80000000, 16#fffe]]),
    ?SHOW([l(<<C:32/little>>) || C <- [16#d800, 16#dfff, 16#110000, 16#ffffffff]]),
    ?SHOW([m(B) || B <- [<<>>, <<0, 0, 0>>, <<0:31>>]]),
    ?SHOW(begin <<_:3, C/utf32, R/bits>> = id(<<0:3, 65/utf32, 1:2>>), {C, R} end),
    ?SHOW(<<"aé"/utf32>>),
    ?SHOW(<<"aé"/utf32-little>>),
    ?SHOW(<<(id(16#d900))/utf32>>),
    ?SHOW(begin <<_/utf32, R/binary>> = id(<<"xy"/utf32>>), R end).

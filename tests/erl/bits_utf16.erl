%% utf16: surrogates, both ends, lone halves.
-module(bits_utf16).
-export([main/0]).
-include("show.hrl").
m(B) -> case B of <<C/utf16, R/bits>> -> {C, R}; _ -> no end.
l(B) -> case B of <<C/utf16-little, R/bits>> -> {C, R}; _ -> no end.

main() ->
    Cs = [0, 16#41, 16#d7ff, 16#e000, 16#ffff, 16#10000, 16#10437, 16#10ffff],
    ?SHOW([<<(id(C))/utf16>> || C <- Cs]),
    ?SHOW([<<(id(C))/utf16-little>> || C <- Cs]),
    ?SHOW([<<(id(C))/utf16-native>> =:= <<C/utf16-little>> || C <- Cs]),
    ?SHOW([m(<<C/utf16, 1>>) || C <- Cs]),
    ?SHOW([l(<<C/utf16-little, 1>>) || C <- Cs]),
    ?SHOW([m(B) || B <- [<<>>, <<0>>, <<16#d800:16>>, <<16#d800:16, 0>>, <<16#d800:16, 16#41:16>>, <<16#dc00:16>>, <<16#dc00:16,
        16#d800:16>>,
                      <<16#dbff:16, 16#dfff:16>>, <<16#d800:16, 16#dbff:16>>]]),
    ?SHOW([l(B) || B <- [<<0, 16#d8>>, <<0, 16#d8, 0, 16#dc>>, <<0, 16#dc>>]]),
    ?SHOW([begin <<_:S, C/utf16, R/bits>> = <<0:S, (id(16#1f600))/utf16, 3:2>>, {C, R} end || S <- [1, 5]]),
    ?SHOW(<<"a€𐍈"/utf16>>),
    ?SHOW(<<"a€𐍈"/utf16-little>>),
    ?SHOW(begin <<_/utf16, R/binary>> = id(<<"𐍈x"/utf16>>), R end),
    ?SHOW(<<(id(16#d800))/utf16>>),
    ?SHOW(<<(id(16#110000))/utf16-little>>).

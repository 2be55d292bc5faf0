%% Building integers of all sizes, endiannesses, signs; truncation of what does not fit.
-module(bits_build_int).
-export([main/0]).
-include("show.hrl").
main() ->
    ?SHOW([<<(id(V)):8>> || V <- [0, 1, 127, 128, 255, 256, -1, -128, -129, 1 bsl 64, -(1 bsl 70)]]),
    ?SHOW([<<(id(16#123456789abcdef)):N>> || N <- [0, 1, 4, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 56, 59, 60, 63, 64, 65, 72]]),
    ?SHOW([<<(id(16#123456789abcdef)):N/little>> || N <- [0, 1, 4, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 56, 59, 60, 63, 64,
        65]]),
    ?SHOW([<<(id(-5)):N>> || N <- [1, 7, 8, 9, 63, 64, 65, 70]]),
    ?SHOW([<<(id(-5)):N/little>> || N <- [1, 7, 8, 9, 63, 64, 65, 70]]),
    ?SHOW([<<(id(-(1 bsl 100) + 1)):N>> || N <- [8, 64, 99, 100, 101, 128]]),
    ?SHOW([<<(id(-(1 bsl 100) + 1)):N/little>> || N <- [8, 64, 99, 100, 101, 128]]),
    ?SHOW(<<(id(1)):16/native>> =:= <<(id(1)):16/little>>),
    ?SHOW(<<(id(1)):3, (id(2)):5, (id(3)):13, (id(4)):3>>),
    ?SHOW(<<1:1, (id(1000)):32/little, 0:7>>),
    ?SHOW(<<5:3, (id(1 bsl 65)):70/little>>),
    ?SHOW(<<(id(7)):2/unit:8>>),
    ?SHOW(<<(id(7)):3/little-unit:7>>),
    ?SHOW([<<(id(X)):N/signed>> || X <- [-1, 1], N <- [3, 8, 64]]),
    ?SHOW(<<(id(1)), (id(2)):16, (id(3)):24/little>>),
    ?SHOW(bit_size(<<(id(1)):100000>>)),
    ?SHOW(<<"abc", (id(1)), "é"/utf8, "xy":16/little>>),
    ?SHOW(<<"ab":4>>),
    ?SHOW([begin <<_:S, R/bits>> = <<0:S, (id(16#a5c3)):16>>, R end || S <- lists:seq(0, 8)]).

%% Matching integers at every size and offset.
-module(bits_match_int).
-export([main/0]).
-include("show.hrl").
field(B, S, N) -> case B of <<_:S, X:N, _/bits>> -> X; _ -> no end.
little(B, S, N) -> case B of <<_:S, X:N/little, _/bits>> -> X; _ -> no end.
signed(B, S, N) -> case B of <<_:S, X:N/signed, _/bits>> -> X; _ -> no end.
slittle(B, S, N) -> case B of <<_:S, X:N/signed-little, _/bits>> -> X; _ -> no end.

main() ->
    B = id(<<16#80, 16#fe, 16#12, 16#ff, 16#7f, 16#01, 16#aa, 16#55, 16#c3, 16#3c, 16#99>>),
    Sizes = [0, 1, 2, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 32, 33, 47, 48, 58, 59, 60, 61, 63, 64, 65, 70, 80, 88, 89],
    [begin
         ?SHOW([{S, N, field(B, S, N)} || N <- Sizes]),
         ?SHOW([little(B, S, N) || N <- Sizes]),
         ?SHOW([signed(B, S, N) || N <- Sizes]),
         ?SHOW([slittle(B, S, N) || N <- Sizes])
     end || S <- [0, 1, 3, 7, 8, 13]],
    ?SHOW(field(<<>>, 0, 0)),
    ?SHOW(field(<<>>, 0, 1)),
    ?SHOW(field(x, 0, 1)),
    ?SHOW(field(<<1>>, -1, 1)),
    ?SHOW(field(<<1>>, 0, -1)),
    ?SHOW(field(<<1>>, a, 1)),
    ?SHOW(field(<<1>>, 1 bsl 70, 1)),
    ?SHOW(begin <<A:4, B1:4, C/bits>> = id(<<16#ab, 1:1>>), {A, B1, C} end),
    ?SHOW(begin <<A:2/unit:12, R/bits>> = id(<<1, 2, 3, 4>>), {A, R} end),
    ?SHOW(begin <<N, X:N, R/bits>> = id(<<12, 255, 255>>), {N, X, R} end),
    ?SHOW(begin <<N, X:(N * 2 + 1), _/bits>> = id(<<3, 255, 255>>), {N, X} end).

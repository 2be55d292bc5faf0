%% band, bor, bxor, bnot, shifts over negative and mixed-length bignums.
%% stress: 50
-module(num_big_bits).
-export([main/0]).
-include("show.hrl").
main() ->
    Vs = [0, 1, -1, 255, -256, (1 bsl 60) - 1, -(1 bsl 60), 1 bsl 64, -(1 bsl 64), (1 bsl 64) - 1, -(1 bsl 64) - 1,
        (1 bsl 128) + (1 bsl 64), -(1 bsl 128),
          16#0f0f0f0f0f0f0f0f0f0f0f0f, -16#0f0f0f0f0f0f0f0f0f0f0f0f, (1 bsl 200) - 1, -(1 bsl 200) + 1],
    ?SHOW([[A band B || A <- Vs] || B <- Vs]),
    ?SHOW([[A bor B || A <- Vs] || B <- Vs]),
    ?SHOW([[A bxor B || A <- Vs] || B <- Vs]),
    ?SHOW([bnot A || A <- Vs]),
    ?SHOW(lists:all(fun(A) -> bnot A =:= -A - 1 end, Vs)),
    ?SHOW([[A bsr S || A <- Vs] || S <- [1, 4, 59, 60, 63, 64, 65, 127, 128, 199, 200, 201, 1000]]),
    ?SHOW([[A bsl S || A <- Vs] || S <- [1, 4, 59, 60, 63, 64, 65]]),
    ?SHOW([[A bsl -S || A <- Vs] || S <- [1, 64, 1000]]),
    ?SHOW([[A bsr -S || A <- Vs] || S <- [1, 64]]),
    ?SHOW([id(0) bsl S || S <- [1, 1000, 1 bsl 40, 1 bsl 70]]),
    ?SHOW([A bsr (1 bsl 70) || A <- Vs]),
    ?SHOW([A bsl -(1 bsl 70) || A <- Vs]),
    ?SHOW(id(1) bsl id(1 bsl 70)),
    ?SHOW(id(-1) bsr id(-(1 bsl 70))),
    ?SHOW(id(1) bsr id(-(1 bsl 40))),
    ?SHOW([erlang:phash2(A bsl 4096) || A <- Vs]),
    ?SHOW(lists:all(fun(A) -> (A bsl 4097) bsr 4097 =:= A end, Vs)).

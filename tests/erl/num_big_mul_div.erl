%% Long multiplication and division: exact identities over many lengths and signs.
-module(num_big_mul_div).
-export([main/0]).
-include("show.hrl").
value(N, Seed) -> lists:foldl(fun(I, A) -> (A bsl 61) + ((I * Seed * 2654435761) bxor (A band 16#ffffffff)) end, Seed,
    lists:seq(1, N)).
check(A, B) -> Q = A div B, R = A rem B, Q * B + R =:= A andalso abs(R) < abs(B) andalso (R =:= 0 orelse (R < 0) =:= (A < 0)).

main() ->
    Vs = [value(N, S) || N <- [1, 2, 3, 5, 8, 17, 40], S <- [1, 7, -9]],
    ?SHOW([erlang:phash2(V) || V <- Vs]),
    ?SHOW(lists:usort([check(A, B) || A <- Vs, B <- Vs])),
    ?SHOW(lists:usort([check(A, B) || A <- Vs, B <- [1, -1, 3, -7, 1 bsl 31, (1 bsl 32) - 1, 1 bsl 59, (1 bsl 64) - 1]])),
    ?SHOW(lists:usort([(A + B) * (A - B) =:= A * A - B * B || A <- Vs, B <- Vs])),
    ?SHOW(erlang:phash2([A * B || A <- Vs, B <- Vs])),
    ?SHOW([V rem 97 || V <- Vs]),
    ?SHOW([V div (1 bsl 2400) || V <- Vs]),
    ?SHOW(value(5, 3) * value(5, -3)),
    ?SHOW(value(8, 3) div value(3, 5)),
    ?SHOW(value(8, 3) rem value(3, 5)),
    ?SHOW(value(8, -3) div value(3, 5)),
    ?SHOW(value(8, -3) rem value(3, 5)),
    ?SHOW(value(3, 5) div value(8, 3)),
    ?SHOW(value(3, 5) rem value(8, 3)),
    ?SHOW(((1 bsl 4096) - 1) div ((1 bsl 2048) + 1) =:= (1 bsl 2048) - 1),
    ?SHOW(((1 bsl 4096) - 1) rem ((1 bsl 2048) - 1)),
    ?SHOW(erlang:phash2(((1 bsl 4096) - 1) * ((1 bsl 4096) + 1))),
    ?SHOW(byte_size(integer_to_binary((1 bsl 4096) * (1 bsl 4096)))),
    ?SHOW((1 bsl 128) div (1 bsl 64)),
    ?SHOW((1 bsl 128) rem ((1 bsl 64) - 1)),
    ?SHOW(-(1 bsl 59) div id(-1)),
    ?SHOW(id(1 bsl 64) - id(1 bsl 64)),
    ?SHOW(id(1 bsl 64) - id((1 bsl 64) - 5)),
    ?SHOW(id(1 bsl 64) * id(0)).

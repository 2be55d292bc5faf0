%% A seeded stream of operations over operands of random lengths, folded into hashes.
%% stress: 50
-module(num_random).
-export([main/0]).
-include("show.hrl").
next(S) -> (S * 6364136223846793005 + 1442695040888963407) band 16#ffffffffffffffff.
value(S, N) -> lists:foldl(fun(_, {S1, A}) -> S2 = next(S1), {S2, (A bsl 64) bor S2} end, {S, 0}, lists:seq(1, N)).
signed(S, {S1, V}) -> {S1, if S band 256 =:= 0 -> V; true -> -V end}.
op(0, A, B) -> A + B; op(1, A, B) -> A - B; op(2, A, B) -> A * B; op(3, A, 0) -> A; op(3, A, B) -> A div B;
op(4, A, 0) -> A; op(4, A, B) -> A rem B; op(5, A, B) -> A band B; op(6, A, B) -> A bor B; op(7, A, B) -> A bxor B;
op(8, A, B) -> A bsl (B band 127); op(9, A, B) -> A bsr (B band 127); op(10, A, _) -> bnot A; op(11, A, _) -> -A.

run(_, 0, H) -> H;
run(S0, N, H) ->
    {S1, A} = signed(S0, value(S0, (S0 bsr 40) rem 6)),
    {S2, B} = signed(S1, value(S1, (S1 bsr 41) rem 5)),
    R = op((S2 bsr 33) rem 12, A, B bsr (S2 rem 64)),
    run(next(S2), N - 1, erlang:phash2({H, R})).

main() ->
    ?SHOW([run(Seed, 400, 0) || Seed <- lists:seq(1, 40)]).

%% Arithmetic that crosses from small to big and back within loops and accumulators.
-module(num_small_loops).
-export([main/0]).
-include("show.hrl").
fact(0) -> 1; fact(N) -> N * fact(N - 1).
fib(N) -> fib(N, 0, 1).
fib(0, A, _) -> A; fib(N, A, B) -> fib(N - 1, B, A + B).
pow(_, 0) -> 1; pow(B, E) -> B * pow(B, E - 1).
gcd(A, 0) -> A; gcd(A, B) -> gcd(B, A rem B).
collatz(1, N) -> N; collatz(X, N) when X rem 2 =:= 0 -> collatz(X div 2, N + 1); collatz(X, N) -> collatz(3 * X + 1, N + 1).
down(X, N) when X =:= 0 -> N; down(X, N) -> down(X div 10, N + 1).
modpow(_, 0, _) -> 1;
modpow(B, E, M) when E band 1 =:= 1 -> B * modpow(B * B rem M, E bsr 1, M) rem M;
modpow(B, E, M) -> modpow(B * B rem M, E bsr 1, M).

main() ->
    ?SHOW([fact(N) || N <- [0, 1, 5, 19, 20, 21, 22, 50]]),
    ?SHOW(erlang:phash2(fact(1000))),
    ?SHOW(down(fact(1000), 0)),
    ?SHOW(fact(200) div fact(198)),
    ?SHOW([fib(N) || N <- [0, 1, 10, 86, 87, 88, 92, 93, 94, 300]]),
    ?SHOW([pow(-3, N) || N <- [37, 38, 39, 40, 41, 80]]),
    ?SHOW(gcd(fact(60), pow(2, 100) * 81)),
    ?SHOW([collatz(N, 0) || N <- [27, 97, 837799, (1 bsl 61) - 1]]),
    ?SHOW(modpow(3, (1 bsl 127) - 2, (1 bsl 127) - 1)),
    ?SHOW(modpow(2, 12345678901234567890, 1000000007)),
    ?SHOW(lists:foldl(fun(N, A) -> (A * 6364136223846793005 + N) band 16#ffffffffffffffff end, 1, lists:seq(1, 1000))),
    ?SHOW(lists:foldl(fun(N, A) -> A bxor (N bsl (N rem 70)) end, 0, lists:seq(1, 500))),
    ?SHOW(lists:sum([X * (1 bsl 57) || X <- lists:seq(-20, 21)])).

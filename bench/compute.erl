%% Kernels of arithmetic, calls, lists, tuples, funs and exceptions: the dispatch loop and the collector.
-module(compute).
-export([kernels/0]).
-record(point, {x = 0, y = 0, z = 0, tag}).

kernels() ->
    [{fib35, fun() -> 9227465 = fib(35) end},
     {tak, fun() -> 7 = tak(18, 12, 6), [tak(18, 12, 6) || _ <- lists:seq(1, 20)] end},
     {int_loop, fun() -> loop(20000000, 0) end},
     {collatz, fun() -> collatz_all(60000, 0) end},
     {nrev, fun() -> L = lists:seq(1, 500), [nrev(L) || _ <- lists:seq(1, 40)] end},
     {list_sum, fun() -> L = lists:seq(1, 10000), repeat(600, fun() -> 50005000 = sum(L, 0) end) end},
     {comprehension, fun() -> L = lists:seq(1, 10000), repeat(100, fun() -> [{X, X * 2} || X <- L, X rem 3 =/= 0] end) end},
     {sort, fun() -> L = randoms(100000, 17, []), repeat(3, fun() -> lists:sort(L) end) end},
     {map_filter_fold, fun() -> L = lists:seq(1, 10000), repeat(100, fun() -> mff(L) end) end},
     {fun_calls, fun() -> K = 3, apply_n(fun(X) -> X + K end, 5000000, 0) end},
     {apply_mfa, fun() -> applies(2000000, lists, [[]]) end},
     {queens, fun() -> 92 = length(queens(8)), 92 = length(queens(8)) end},
     {records, fun() -> records(1000000, #point{}) end},
     {tuples, fun() -> tuples(1000, erlang:make_tuple(100, 0)) end},
     {select, fun() -> select(3000000, 0) end},
     {process_dict, fun() -> pdict(1000000) end},
     {exceptions, fun() -> catches(500000, 0) end},
     {exceptions_deep, fun() -> deep_throws(3000) end},
     {nbody, fun() -> nbody:run(20000) end},
     {spectral_norm, fun() -> spectral:run(100) end},
     {mandelbrot, fun() -> mandel:run(120) end},
     {factorial, fun() -> repeat(10, fun() -> fact(2000) end) end},
     {big_fib, fun() -> repeat(20, fun() -> bigfib(10000, 0, 1) end) end},
     {big_pow, fun() -> repeat(20, fun() -> powmod(16#123456789ABCDEF0123456789, (1 bsl 300) + 12345, (1 bsl 521) - 1) end) end},
     {big_print, fun() -> N = fact(1500), repeat(10, fun() -> integer_to_list(N) end) end},
     {binary_trees, fun() -> [check(tree(14)) || _ <- lists:seq(1, 8)] end},
     {big_heap, fun() -> Keep = lists:seq(1, 1000000), churn(3000000, []), 1000000 = length(Keep) end}].

repeat(0, _) -> ok;
repeat(N, F) -> _ = F(), repeat(N - 1, F).

fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).

tak(X, Y, Z) when Y >= X -> Z;
tak(X, Y, Z) -> tak(tak(X - 1, Y, Z), tak(Y - 1, Z, X), tak(Z - 1, X, Y)).

loop(0, A) -> A;
loop(N, A) -> loop(N - 1, (A + N * 3) band 16#FFFFFF).

collatz_all(0, Best) -> Best;
collatz_all(N, Best) -> collatz_all(N - 1, max(Best, collatz(N, 0))).
collatz(1, S) -> S;
collatz(N, S) when N band 1 =:= 0 -> collatz(N bsr 1, S + 1);
collatz(N, S) -> collatz(3 * N + 1, S + 1).

nrev([]) -> [];
nrev([H | T]) -> app(nrev(T), [H]).
app([], L) -> L;
app([H | T], L) -> [H | app(T, L)].

sum([H | T], A) -> sum(T, A + H);
sum([], A) -> A.

randoms(0, _, L) -> L;
randoms(N, S, L) -> S1 = (S * 1103515245 + 12345) band 16#7FFFFFFF, randoms(N - 1, S1, [S1 | L]).

mff(L) -> lists:foldl(fun(X, A) -> X + A end, 0, lists:filter(fun(X) -> X band 1 =:= 0 end, lists:map(fun(X) -> X * 3 end, L))).

apply_n(_, 0, A) -> A;
apply_n(F, N, A) -> apply_n(F, N - 1, F(A)).

applies(0, _, _) -> ok;
applies(N, M, A) -> F = pick(N), [] = apply(M, F, A), applies(N - 1, M, A).
pick(N) when N band 1 =:= 0 -> flatten;
pick(_) -> append.

queens(N) -> queens(N, N).
queens(0, _) -> [[]];
queens(K, N) -> [[Q | B] || B <- queens(K - 1, N), Q <- lists:seq(1, N), safe(Q, 1, B)].
safe(_, _, []) -> true;
safe(Q, D, [H | T]) -> Q =/= H andalso Q =/= H + D andalso Q =/= H - D andalso safe(Q, D + 1, T).

records(0, P) -> P;
records(N, #point{x = X, y = Y} = P) -> records(N - 1, P#point{x = X + 1, y = X + Y, tag = N}).

tuples(0, T) -> T;
tuples(N, T) -> tuples(N - 1, set_all(100, T)).
set_all(0, T) -> T;
set_all(I, T) -> set_all(I - 1, setelement(I, T, element(I, T) + I)).

select(0, A) -> A;
select(N, A) ->
    V = case N band 7 of
        0 -> a; 1 -> b; 2 -> c; 3 -> d; 4 -> e; 5 -> f; 6 -> g; 7 -> h
    end,
    W = case V of
        a -> 1; b -> 20; c -> 300; d -> 7; e -> 9; f -> 12; g -> 5; h -> 4
    end,
    select(N - 1, A + W).

pdict(0) -> get(a);
pdict(N) -> put(a, N), put(b, get(a)), pdict(N - 1).

catches(0, A) -> A;
catches(N, A) ->
    R = try thrower(N) catch throw:{t, X} -> X; error:E:_ -> E end,
    catches(N - 1, A + R).
thrower(N) when N band 1 =:= 0 -> throw({t, 1});
thrower(_) -> error(2).

deep_throws(0) -> ok;
deep_throws(N) -> 1 = (catch deep(100)), deep_throws(N - 1).
deep(0) -> throw(1);
deep(N) -> 1 + deep(N - 1).

fact(0) -> 1;
fact(N) -> N * fact(N - 1).

bigfib(0, A, _) -> A;
bigfib(N, A, B) -> bigfib(N - 1, B, A + B).

powmod(B, E, M) -> powmod(B, E, M, 1).
powmod(_, 0, _, R) -> R;
powmod(B, E, M, R) when E band 1 =:= 1 -> powmod(B * B rem M, E bsr 1, M, R * B rem M);
powmod(B, E, M, R) -> powmod(B * B rem M, E bsr 1, M, R).

tree(0) -> {leaf, leaf};
tree(D) -> {tree(D - 1), tree(D - 1)}.
check({leaf, leaf}) -> 1;
check({L, R}) -> 1 + check(L) + check(R).

churn(0, _) -> ok;
churn(N, _) -> churn(N - 1, [N, {N, N}]).

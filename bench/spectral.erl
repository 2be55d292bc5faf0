%% Spectral norm: integer and float arithmetic mixed in inner loops.
-module(spectral).
-export([run/1]).

run(N) ->
    U = lists:duplicate(N, 1.0),
    iterate(10, N, U, U).

iterate(0, _, U, V) -> math:sqrt(dot(U, V, 0.0) / dot(V, V, 0.0));
iterate(K, N, U, _) -> V = atau(N, U), iterate(K - 1, N, atau(N, V), V).

atau(N, U) -> mul_t(N, mul(N, U)).
mul(N, U) -> [row(I, 0, U, 0.0) || I <- lists:seq(0, N - 1)].
mul_t(N, U) -> [column(I, 0, U, 0.0) || I <- lists:seq(0, N - 1)].
row(I, J, [H | T], S) -> row(I, J + 1, T, S + H / a(I, J));
row(_, _, [], S) -> S.
column(I, J, [H | T], S) -> column(I, J + 1, T, S + H / a(J, I));
column(_, _, [], S) -> S.
a(I, J) -> (I + J) * (I + J + 1) div 2 + I + 1.
dot([A | T], [B | U], S) -> dot(T, U, S + A * B);
dot([], [], S) -> S.

%% The planets of the benchmarks game: floats in tuples and lists.
-module(nbody).
-export([run/1]).

run(N) ->
    Bodies = [{0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 39.47},
              {4.84, -1.16, -0.103, 0.606, 2.81, -0.02, 0.0376},
              {8.34, 4.12, -0.4, -1.01, 1.82, 0.0084, 0.0112},
              {12.89, -15.11, -0.22, 1.08, 0.868, -0.0108, 0.0017},
              {15.37, -25.9, 0.179, 0.979, 0.594, -0.034, 0.002}],
    energy(steps(N, Bodies), 0.0).

steps(0, B) -> B;
steps(N, B) -> steps(N - 1, [move(X) || X <- advance(B, [])]).

advance([], Done) -> lists:reverse(Done);
advance([B | Rest], Done) ->
    {B1, Rest1} = pairs(B, Rest, []),
    advance(Rest1, [B1 | Done]).

pairs(B, [], Acc) -> {B, lists:reverse(Acc)};
pairs({X, Y, Z, VX, VY, VZ, M}, [{X2, Y2, Z2, VX2, VY2, VZ2, M2} | T], Acc) ->
    DX = X - X2, DY = Y - Y2, DZ = Z - Z2,
    D2 = DX * DX + DY * DY + DZ * DZ + 0.001,
    Mag = 0.01 / (D2 * math:sqrt(D2)),
    A = M2 * Mag, C = M * Mag,
    pairs({X, Y, Z, VX - DX * A, VY - DY * A, VZ - DZ * A, M}, T,
          [{X2, Y2, Z2, VX2 + DX * C, VY2 + DY * C, VZ2 + DZ * C, M2} | Acc]).

move({X, Y, Z, VX, VY, VZ, M}) -> {X + 0.01 * VX, Y + 0.01 * VY, Z + 0.01 * VZ, VX, VY, VZ, M}.

energy([], E) -> E;
energy([{_, _, _, VX, VY, VZ, M} | T], E) -> energy(T, E + 0.5 * M * (VX * VX + VY * VY + VZ * VZ)).

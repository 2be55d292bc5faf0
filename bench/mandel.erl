%% Mandelbrot set: a float loop without memory.
-module(mandel).
-export([run/1]).

run(N) -> rows(N, N, 0).
rows(0, _, A) -> A;
rows(Y, N, A) -> rows(Y - 1, N, columns(N, N, 2.0 * Y / N - 1.0, A)).
columns(0, _, _, A) -> A;
columns(X, N, CI, A) -> columns(X - 1, N, CI, A + point(2.0 * X / N - 1.5, CI, 0.0, 0.0, 50)).
point(_, _, _, _, 0) -> 1;
point(CR, CI, ZR, ZI, K) when is_float(CR), is_float(CI), is_float(ZR), is_float(ZI) ->
    R2 = ZR * ZR, I2 = ZI * ZI,
    if R2 + I2 > 4.0 -> 0;
       true -> point(CR, CI, R2 - I2 + CR, 2.0 * ZR * ZI + CI, K - 1)
    end.

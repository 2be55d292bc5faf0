%% Floats of 16, 32 and 64 bits: building, matching, rounding, what does not match.
-module(bits_float).
-export([main/0]).
-include("show.hrl").
f16(X) -> <<X:16/float>>.
f32(X) -> <<X:32/float>>.
b(<<X:16/float>>) -> X; b(<<X:32/float>>) -> X; b(<<X:64/float>>) -> X; b(_) -> no.

main() ->
    Vs = [0, 0.0, -0.0, 1, -1, 0.5, 1.5, 2.0, 3.1415926, 65504.0, 1.0e-5, 6.0e-8, 2.98e-8, 0.1, 1 / 3, 1024.5, 1.0e-8, -2.5e-3,
        100],
    ?SHOW([f16(id(V)) || V <- Vs]),
    ?SHOW([b(f16(V)) || V <- Vs]),
    ?SHOW([f32(id(V)) || V <- Vs]),
    ?SHOW([b(f32(V)) || V <- Vs]),
    ?SHOW([<<(id(V))/float>> || V <- Vs]),
    ?SHOW([<<(id(V))/float-little>> || V <- Vs]),
    ?SHOW([f16(V) || V <- [65519.0, 65505.0, 2049, 2050.9, 2051, 4099.0, 5.9e-8, 8.9e-8, 6.1e-5]]),
    ?SHOW(f16(65520.0)),
    ?SHOW(f32(3.5e38)),
    ?SHOW(f32(3.4028235e38)),
    ?SHOW(f32(3.40282356e38)),
    ?SHOW(f32(1.0e-45)),
    ?SHOW(f32(1.0e-50)),
    ?SHOW([b(<<X:16>>) || X <- [16#7c00, 16#fc00, 16#7e00, 16#0001, 16#03ff, 16#0400, 16#7bff, 16#8000, 16#3555]]),
    ?SHOW([b(<<X:32>>) || X <- [16#7f800000, 16#ff800000, 16#7fc00000, 1, 16#7fffff, 16#800000, 16#7f7fffff, 16#80000000]]),
    ?SHOW([b(<<X:64>>) || X <- [16#7ff0000000000000, 16#fff0000000000000, 16#7ff8000000000001, 1, 16#7fefffffffffffff,
        16#8000000000000000]]),
    ?SHOW(begin <<X:64/float-little>> = id(<<0, 0, 0, 0, 0, 0, 240, 63>>), X end),
    ?SHOW(begin <<_:3, X/float, R/bits>> = id(<<1:3, 1.5/float, 7:4>>), {X, R} end),
    ?SHOW(begin <<_:1, X:32/float-little, _/bits>> = id(<<1:1, 2.5:32/float-little, 0:7>>), X end),
    ?SHOW(begin <<_:5, X:16/float>> = id(<<1:5, -0.25:16/float>>), X end),
    ?SHOW(begin N = id(32), <<X:N/float>> = id(<<1.25:32/float>>), X end),
    ?SHOW(begin N = id(24), case id(<<1:24>>) of <<X:N/float>> -> X; _ -> no end end),
    ?SHOW(<<(id(1.5)):(id(32))/float, (id(1)):(id(16))/float, (id(2)):(id(64))/float>>),
    ?SHOW(<<0:3, (id(1 bsl 60))/float, 1:5>>),
    ?SHOW(<<(id(1 bsl 100)):32/float>>),
    ?SHOW(<<(id((1 bsl 24) + 1)):32/float>>).

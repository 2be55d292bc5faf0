%% Integers against floats: exactness beyond 2^53, both signs, large powers.
-module(num_mixed_compare).
-export([main/0]).
-include("show.hrl").
sign(A, B) when A < B -> lt; sign(A, B) when A > B -> gt; sign(A, B) when A == B -> eq.

main() ->
    Is = [0, 1, -1, (1 bsl 53) - 1, 1 bsl 53, (1 bsl 53) + 1, (1 bsl 59) - 1, 1 bsl 59, (1 bsl 60) + 1, 1 bsl 64, (1 bsl 64) + 1,
        -(1 bsl 64) - 1, 1 bsl 1023, 1 bsl 1024],
    Fs = [0.0, -0.0, 0.5, 1.0, -1.0, 9007199254740992.0, 9007199254740994.0, 5.76460752303423488e17, 1.152921504606846976e18,
        1.8446744073709552e19,
          -1.8446744073709552e19, 8.98846567431158e307, 1.7976931348623157e308],
    ?SHOW([[sign(I, F) || F <- Fs] || I <- Is]),
    ?SHOW([[sign(F, -I) || F <- Fs] || I <- Is]),
    ?SHOW([[I == F || F <- Fs] || I <- Is]),
    ?SHOW([[I =:= F || F <- Fs] || I <- [0, 1]]),
    ?SHOW([[{I, x} < {F, x} || F <- Fs] || I <- Is]),
    ?SHOW(lists:sort(Is ++ Fs)),
    ?SHOW(lists:usort([1, 1.0, 2.0, 2])),
    ?SHOW(lists:member(1, [1.0])),
    ?SHOW(lists:keyfind(1, 1, [{1.0, a}])),
    ?SHOW(lists:keymember(1, 1, [{1.0, a}])),
    ?SHOW(max(1, 1.0)),
    ?SHOW(min(1.0, 1)),
    ?SHOW(max(id(1.0), id(1))),
    ?SHOW([1] == [1.0]),
    ?SHOW({1, [2.0]} == {1.0, [2]}),
    ?SHOW(#{a => 1} == #{a => 1.0}),
    ?SHOW(case id(1) of 1.0 -> float; 1 -> int end).

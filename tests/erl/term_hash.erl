%% phash2, phash and phash/2 ranges over all kinds of terms.
-module(term_hash).
-export([main/0]).
-include("show.hrl").
main() ->
    Ts = [0, 1, -1, 255, 1 bsl 27, (1 bsl 59) - 1, 1 bsl 59, -(1 bsl 59), -(1 bsl 59) - 1, 1 bsl 64, -(1 bsl 64), 1 bsl 1000, 0.0,
        -0.0, 1.0, -1.5, 1.0e300, a, 'é', '', true, [], [1],
          "abc", [a | b], [1, 2, 256], [300, 1], {}, {a}, {1, {2}}, <<>>, <<1>>, <<"hello world">>, <<1:1>>, <<5:3>>, <<1, 2:7>>,
              #{}, #{a => 1}, #{1 => 2, a => [b]},
          fun lists:map/2, lists:seq(1, 300), maps:from_list([{N, N} || N <- lists:seq(1, 50)]), binary:copy(<<"ab">>, 500),
              "string" ++ [x], [[]], [[[1]], {[]}]],
    ?SHOW([erlang:phash2(T) || T <- Ts]),
    ?SHOW([erlang:phash2(T, 1 bsl 32) || T <- Ts]),
    ?SHOW([erlang:phash2(T, 1000) || T <- Ts]),
    ?SHOW([erlang:phash2(T, 1) || T <- lists:sublist(Ts, 3)]),
    ?SHOW([erlang:phash(T, 1 bsl 32) || T <- Ts, not is_map(T)]),
    ?SHOW([erlang:phash(T, 17) || T <- lists:sublist(Ts, 20)]),
    ?SHOW(erlang:phash2(a, 0)),
    ?SHOW(erlang:phash2(a, (1 bsl 32) + 1)),
    ?SHOW(erlang:phash2(a, id(x))),
    ?SHOW(erlang:phash(a, 0)),
    ?SHOW(begin <<_:3, R/bits>> = <<1:3, "hello world">>, erlang:phash2(R) =:= erlang:phash2(<<"hello world">>) end),
    ?SHOW(erlang:phash2(lists:seq(1, 100000))),
    ?SHOW([erlang:phash2(lists:duplicate(N, $a)) || N <- [0, 1, 11, 12, 13, 24]]),
    ?SHOW([erlang:phash2(binary:copy(<<"a">>, N)) || N <- [0, 1, 3, 4, 11, 12, 13, 24, 25]]).

%% The borders of small integers, words and limbs: + - * div rem and comparison around each.
%% stress: 50
-module(num_edges).
-export([main/0]).
-include("show.hrl").
around(N) -> [N - 2, N - 1, N, N + 1, N + 2].

main() ->
    Ps = [1 bsl E || E <- [58, 59, 60, 61, 62, 63, 64, 65, 127, 128, 129]],
    Vs = lists:usort(lists:append([around(P) ++ around(-P) || P <- Ps])),
    ?SHOW(Vs),
    ?SHOW([V + id(1) || V <- Vs]),
    ?SHOW([V - id(1) || V <- Vs]),
    ?SHOW([-V || V <- Vs]),
    ?SHOW([abs(V) || V <- Vs]),
    ?SHOW([V * id(-1) || V <- Vs]),
    ?SHOW([V div id(-1) || V <- Vs]),
    ?SHOW([V rem id(-1) || V <- Vs]),
    ?SHOW([V div id(7) || V <- Vs]),
    ?SHOW([V rem id(7) || V <- Vs]),
    ?SHOW([V div id(-(1 bsl 59)) || V <- Vs]),
    ?SHOW([V rem id((1 bsl 59) - 1) || V <- Vs]),
    ?SHOW([bnot V || V <- Vs]),
    ?SHOW([V bsr id(1) || V <- Vs]),
    ?SHOW([V bsl id(1) || V <- Vs]),
    ?SHOW(erlang:phash2([A + B || A <- Vs, B <- Vs])),
    ?SHOW(erlang:phash2([A - B || A <- Vs, B <- Vs])),
    ?SHOW(erlang:phash2([A * B || A <- Vs, B <- Vs])),
    ?SHOW(erlang:phash2([{A div B, A rem B} || A <- Vs, B <- Vs])),
    ?SHOW(erlang:phash2([{A band B, A bor B, A bxor B} || A <- Vs, B <- Vs])),
    ?SHOW(erlang:phash2([{A < B, A =< B, A == B, A =:= B, A > B} || A <- Vs, B <- Vs])),
    ?SHOW([erlang:phash2(V) || V <- Vs]),
    ?SHOW([erts_debug:flat_size(V) || V <- Vs]),
    ?SHOW(lists:all(fun(V) -> list_to_integer(integer_to_list(V)) =:= V end, Vs)),
    ?SHOW(lists:all(fun(V) -> binary_to_term(term_to_binary(V)) =:= V end, Vs)),
    ?SHOW([float(V) || V <- Vs]),
    ?SHOW([trunc(float(V)) - V || V <- Vs]).

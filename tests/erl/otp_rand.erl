%% rand: every algorithm from fixed seeds, jumps, normal and uniform reals, exports; random of old.
-module(otp_rand).
-export([main/0]).
-include("show.hrl").
main() ->
    [begin
         S = rand:seed_s(A, {1, 2, 3}),
         {L, S2} = lists:mapfoldl(fun(N, X) -> rand:uniform_s(N, X) end, S, [10, 100, 1000, 1 bsl 20, 1 bsl 40, 1 bsl 58,
             1 bsl 64, 1 bsl 100]),
         {F, S3} = rand:uniform_s(S2), {R, S4} = rand:uniform_real_s(S3), {N, S5} = rand:normal_s(S4), {N2, S6} = rand:normal_s(3,
             2.5, S5),
         ?SHOW({A, L, F, R, N, N2, element(1, rand:bytes_s(10, S6))})
     end || A <- [exsss, exro928ss, exrop, exs1024s, exsp, exs1024, exsplus, exs64]],
    ?SHOW(begin S = rand:seed_s(exsss, 42), element(1, rand:uniform_s(1000, rand:jump(S))) end),
    ?SHOW(begin rand:seed(exsss, {9, 8, 7}), [rand:uniform(100) || _ <- lists:seq(1, 20)] end),
    ?SHOW([rand:uniform() || _ <- [1, 2, 3]]),
    ?SHOW(begin {E, _} = rand:export_seed(), E end),
    ?SHOW(begin X = rand:export_seed(), A = rand:uniform(1000), rand:seed(X), A =:= rand:uniform(1000) end),
    ?SHOW([rand:mwc59_value(rand:mwc59(X)) || X <- [1, 2, 1 bsl 57]]),
    ?SHOW(element(1, rand:splitmix64_next(1))),
    ?SHOW(begin random:seed(1, 2, 3), [random:uniform(100) || _ <- lists:seq(1, 10)] end),
    ?SHOW(rand:uniform(0)),
    ?SHOW(rand:seed(bad, 1)),
    ?SHOW(erlang:phash2(element(1, lists:mapfoldl(fun(_, S) -> rand:uniform_s(S) end, rand:seed_s(exsss, 1), lists:seq(1, 2000))))),
    ?SHOW([rand:exsp_next(rand:exsp_jump(element(2, rand:seed_s(exsp, {1, 2, 3}))))] =/= []).

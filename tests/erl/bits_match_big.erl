%% Fields of 64 to 4096 bits, both signs and ends, aligned or not.
-module(bits_match_big).
-export([main/0]).
-include("show.hrl").
round(N, V) ->
    <<A:N>> = <<V:N>>, <<B:N/little>> = <<V:N/little>>, <<C:N/signed>> = <<V:N>>, <<D:N/signed-little>> = <<V:N/little>>,
    <<_:3, E:N, _/bits>> = <<5:3, V:N>>, <<_:5, F:N/signed-little>> = <<1:5, V:N/little>>,
    {A =:= B, A =:= E, C =:= D, C =:= F, erlang:phash2(A), erlang:phash2(C)}.

main() ->
    Vs = [0, 1, -1, 1 bsl 59, (1 bsl 60) - 1, 1 bsl 63, (1 bsl 64) - 1, 1 bsl 64, -(1 bsl 63), -(1 bsl 64), (1 bsl 4095) + 12345,
        -(1 bsl 1000) - 1,
          16#123456789abcdef0fedcba9876543210],
    [begin io:format("~w:~n", [N]), [?SHOW(round(id(N), id(V))) || V <- Vs] end || N <- [64, 65, 71, 72, 127, 128, 129, 1001, 4096]],
    ?SHOW(begin <<X:128/signed>> = id(<<255:8, 0:120>>), X end),
    ?SHOW(begin <<X:128/signed-little>> = id(<<0:120, 128:8>>), X end),
    ?SHOW(begin <<X:60>> = id(<<16#fffffffffffffff:60>>), X end),
    ?SHOW(begin <<X:60/signed>> = id(<<16#fffffffffffffff:60>>), X end),
    ?SHOW(begin <<X:60/signed>> = id(<<16#800000000000000:60>>), X end),
    ?SHOW(begin <<X:59>> = id(<<16#7ffffffffffffff:59>>), X end),
    ?SHOW(begin <<X:61/signed>> = id(<<16#800000000000000:61>>), X end),
    ?SHOW(begin <<X:64/signed>> = id(<<16#f7ffffffffffffff:64>>), X end),
    ?SHOW(begin <<X:64/signed-little>> = id(<<0, 0, 0, 0, 0, 0, 0, 16#f8>>), X end).

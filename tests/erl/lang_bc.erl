%% Binary comprehensions.
-module(lang_bc).
-export([main/0]).
-include("show.hrl").
main() ->
    ?SHOW(<< <<(X * 2)>> || X <- [1, 2, 3] >>),
    ?SHOW(<< <<X:1>> || X <- [1, 0, 1, 1, 0] >>),
    ?SHOW(<< <<X:4>> || <<X:8>> <= <<1, 2, 3>> >>),
    ?SHOW(<< <<X/utf8>> || X <- "aé€😀" >>),
    ?SHOW(<< <<X/little-signed>> || X <- [-1, 300] >>),
    ?SHOW(<< <<X:16/float>> || X <- [1, 0.5] >>),
    ?SHOW(<< <<B/binary, 0>> || B <- [<<"ab">>, <<>>, <<"c">>] >>),
    ?SHOW(<< <<X>> || X <- id([1, a]) >>),
    ?SHOW(<< <<X>> || X <- id([1|a]) >>),
    ?SHOW(<< <<X:3, Y:5>> || X <- [1, 2], Y <- [3, 4] >>),
    ?SHOW(<< <<X>> || <<X:3>> <= <<2#101100:6, 2#11:2>> >>),
    ?SHOW(bit_size(<< <<0:1>> || _ <- lists:seq(1, 1001) >>)),
    ?SHOW(<< (<<X:X>>) || X <- [1, 2, 3] >>),
    ?SHOW(byte_size(<< <<X:32>> || X <- lists:seq(1, 10000) >>)),
    ?SHOW(erlang:crc32(<< <<X:24/little>> || X <- lists:seq(1, 10000), X rem 7 =/= 0 >>)),
    ?SHOW(<< <<(X bxor Y)>> || <<X>> <= <<"hello">>, <<Y>> <= <<"k">> >>),
    ?SHOW(<< <<X:N>> || {X, N} <- [{1, 1}, {2, 7}, {255, 8}, {1, 0}] >>).

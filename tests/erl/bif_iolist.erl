%% iolist_to_binary, iolist_size, iolist_to_iovec over deep, odd and wrong lists.
-module(bif_iolist).
-export([main/0]).
-include("show.hrl").
main() ->
    Ls = [[], <<>>, [[]], [1, 2], "abc", [<<"a">>, $b, ["c", [[<<"d">>]]]], [[] | <<"x">>], [1 | <<2>>], [[[[[[1]]]]]], [<<>>, [],
        <<>>]],
    ?SHOW([iolist_to_binary(L) || L <- Ls]),
    ?SHOW([iolist_size(L) || L <- Ls]),
    ?SHOW([iolist_to_binary(erlang:iolist_to_iovec(L)) || L <- Ls]),
    Bad = [[256], [-1], [a], a, 1, [1 | 2], [<<1:1>>], <<1:1>>, [{}], [[1 | a]], [1.0], [1 bsl 64]],
    ?SHOW([catch_badarg(fun iolist_to_binary/1, B) || B <- Bad]),
    ?SHOW([catch_badarg(fun iolist_size/1, B) || B <- Bad]),
    ?SHOW([catch_badarg(fun erlang:iolist_to_iovec/1, B) || B <- Bad]),
    ?SHOW(iolist_to_binary(lists:foldl(fun(N, A) -> [A, N rem 256] end, [], lists:seq(1, 20))) =:= list_to_binary(lists:seq(1, 20))),
    ?SHOW(byte_size(iolist_to_binary(lists:foldl(fun(N, A) -> [A | <<N:32>>] end, [], lists:seq(1, 50000))))),
    ?SHOW(erlang:crc32([1, [<<2>>, "abc"] | <<"d">>])),
    ?SHOW(erlang:md5(["a", <<"b">>, [$c]])),
    ?SHOW(erlang:adler32(["a", <<"b">>, [$c]])),
    Big = binary:copy(<<"x">>, 10000),
    ?SHOW([byte_size(B) || B <- erlang:iolist_to_iovec([Big, "small", Big])]),
    ?SHOW(iolist_to_binary([<<(id(5)):4>>, 1])).

catch_badarg(F, X) -> try F(X) catch error:R -> R end.

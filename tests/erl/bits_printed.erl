%% How bitstrings are printed.
-module(bits_printed).
-export([main/0]).
-include("show.hrl").
main() ->
    Bs = [<<>>, <<1>>, <<1:1>>, <<1, 2:2>>, <<"text">>, <<"té"/utf8>>, <<"té">>, <<255, 254>>, <<0:9>>, <<"a\nb\t\"q\"\\">>,
        <<127>>, <<31>>, <<"~">>,
          <<160>>, <<"日本"/utf8>>, <<128:8, "abc">>, <<"abc", 0>>],
    [io:format("~~w ~w|~~p ~p|~~tp ~tp|~~0p ~0p~n", [B, B, B, B]) || B <- Bs],
    io:format("~s|~ts|~s~n", [<<"bytes">>, <<"té"/utf8>>, [<<"a">>, "b", [$c]]]),
    io:format("~p~n", [binary:copy(<<"long text ">>, 20)]),
    io:format("~p~n", [list_to_binary(lists:seq(0, 99))]),
    io:format("~P~n", [binary:copy(<<"long text ">>, 20), 10]),
    io:format("~W~n", [list_to_binary(lists:seq(0, 99)), 10]),
    io:format("~p~n", [[{<<"k", N>>, <<N:N>>} || N <- lists:seq(1, 12)]]).

%% What makes construction fail, and what the error says.
-module(bits_build_errors).
-export([main/0]).
-include("show.hrl").
text(F) ->
    try F() of V -> io:format("~w~n", [V])
    catch error:R:S ->
        io:format("~ts~n", [erl_error:format_exception(1, error, R, [hd(S)], fun(_, _, _) -> false end,
                                                      fun(V, I) -> io_lib:format("~*tp", [I, V]) end, unicode)])
    end.

main() ->
    ?SHOW(<<(id(a))>>),
    ?SHOW(<<(id(1.0))>>),
    ?SHOW(<<(id(1)):(id(-1))>>),
    ?SHOW(<<(id(1)):(id(a))>>),
    ?SHOW(<<(id(1)):(id(1.0))>>),
    ?SHOW(<<(id(1)):(id(1 bsl 70))>>),
    ?SHOW(<<(id(1))/binary>>),
    ?SHOW(<<(id(<<1:3>>))/binary>>),
    ?SHOW(<<(id(<<1, 2>>)):3/binary>>),
    ?SHOW(<<(id(<<1, 2>>)):1/binary>>),
    ?SHOW(<<(id(<<1, 2>>)):(id(-1))/binary>>),
    ?SHOW(<<(id(<<1, 2>>)):17/bits>>),
    ?SHOW(<<(id(a))/float>>),
    ?SHOW(<<(id(1)):(id(15))/float>>),
    ?SHOW(<<(id(1 bsl 1024))/float>>),
    ?SHOW(<<(id(1.0e300)):32/float>>),
    ?SHOW(<<(id(70000)):16/float>>),
    ?SHOW(<<(id(-1))/utf8>>),
    ?SHOW(<<(id(16#d800))/utf8>>),
    ?SHOW(<<(id(16#110000))/utf8>>),
    ?SHOW(<<(id(a))/utf16>>),
    ?SHOW(<<(id(16#dfff))/utf32>>),
    ?SHOW(<<(id(1 bsl 70))/utf32>>),
    ?SHOW(<<"ok", (id([1]))/binary>>),
    ?SHOW(<<(id(1)):32, (id(<<>>))/float>>),
    text(fun() -> <<(id(a))>> end),
    text(fun() -> <<1, (id(<<1:1>>))/binary>> end),
    text(fun() -> <<1, 2, (id(x)):8/float>> end),
    text(fun() -> <<1, (id(1)):(id(-5))>> end),
    text(fun() -> <<(id(<<1>>)):4/binary>> end),
    text(fun() -> <<(id(55555555))/utf8>> end),
    text(fun() -> <<(id(1.0e300)):32/float>> end).

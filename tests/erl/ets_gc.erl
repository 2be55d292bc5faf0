%% Terms kept in tables: large, nested, binaries, funs, references; tables as long-lived roots.
%% stress: 50
-module(ets_gc).
-export([main/0]).
-include("show.hrl").
main() ->
    K = id(10),
    Vs = [lists:seq(1, 1000), {1.5, 1 bsl 100, -(1 bsl 60)}, binary:copy(<<"x">>, 10000), <<5:3>>, fun(X) -> X + K end,
        #{a => #{b => [c]}}, "string",
          maps:from_list([{N, N} || N <- lists:seq(1, 100)]), self(), [[[[]]]], {}],
    [begin
         T = ets:new(tt, Opts),
         ets:insert(T, [{N, V} || {N, V} <- lists:zip(lists:seq(1, length(Vs)), Vs)]),
         erlang:garbage_collect(),
         ?SHOW(Opts),
         ?SHOW([[V] =:= [X || {_, X} <- ets:lookup(T, N)] || {N, V} <- lists:zip(lists:seq(1, length(Vs)), Vs)]),
         ?SHOW((ets:lookup_element(T, 5, 2))(1)),
         ?SHOW(begin [ets:insert(T, {N rem 100 + 1000, lists:duplicate(N rem 50, N), <<N:800>>}) || N <- lists:seq(1, 5000)],
             ets:info(T, size) end),
         ?SHOW(erlang:phash2(lists:sort([X || X <- ets:tab2list(T), is_integer(element(1, X)), element(1, X) >= 1000]))),
         ?SHOW(begin B = ets:lookup_element(T, 3, 2), ets:delete(T), erlang:garbage_collect(), byte_size(B) end)
     end || Opts <- [[set], [ordered_set], [bag], [set, compressed], [ordered_set, compressed]]].

%% put, get, erase and their lists.
%% stress: 50
-module(proc_dictionary).
-export([main/0]).
-include("show.hrl").
main() ->
    ?SHOW(get()),
    ?SHOW(put(a, 1)),
    ?SHOW(put(a, 2)),
    ?SHOW(get(a)),
    ?SHOW(get(b)),
    ?SHOW(put({k, "x"}, [v])),
    ?SHOW(get({k, "x"})),
    ?SHOW(put(1, int)),
    ?SHOW(get(1.0)),
    ?SHOW(lists:sort(get())),
    ?SHOW(lists:sort(get_keys())),
    ?SHOW(get_keys(2)),
    ?SHOW(get_keys(none)),
    ?SHOW(erase(a)),
    ?SHOW(erase(a)),
    ?SHOW(lists:sort(erase())),
    ?SHOW(get()),
    ?SHOW([put({n, N}, N) || N <- lists:seq(1, 10)]),
    ?SHOW(begin [put({n, N}, N * N) || N <- lists:seq(1, 5000)], lists:sum([get({n, N}) || N <- lists:seq(1, 5000)]) end),
    ?SHOW(length(get())),
    ?SHOW(begin [erase({n, N}) || N <- lists:seq(1, 4990)], erlang:garbage_collect(), lists:sort(get()) end),
    ?SHOW(begin put(big, lists:seq(1, 1000)), erlang:garbage_collect(), lists:sum(get(big)) end),
    S = self(),
    spawn(fun() -> S ! {child, get()} end),
    ?SHOW(receive X -> X end),
    ?SHOW(length(get_keys())).

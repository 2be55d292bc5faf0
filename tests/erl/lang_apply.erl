%% apply/2,3 and dynamic calls: what they call, and how they fail.
-module(lang_apply).
-export([main/0]).
-export([f/0, f/1, f/3]).
-include("show.hrl").
f() -> zero.
f(X) -> {one, X}.
f(A, B, C) -> {A, B, C}.

main() ->
    ?SHOW(apply(?MODULE, f, [])),
    ?SHOW(apply(?MODULE, f, [1])),
    ?SHOW(apply(id(?MODULE), id(f), id([1, 2, 3]))),
    ?SHOW(apply(?MODULE, f, [1, 2])),
    ?SHOW(apply(?MODULE, f, id([1|2]))),
    ?SHOW(apply(id(1), f, [])),
    ?SHOW(apply(?MODULE, id("f"), [])),
    ?SHOW(apply(?MODULE, f, id(x))),
    ?SHOW(apply(fun f/1, [7])),
    ?SHOW(apply(fun f/1, [7, 8])),
    ?SHOW(apply(id({?MODULE, f}), [])),
    ?SHOW(apply(fun ?MODULE:f/3, "abc")),
    ?SHOW(erlang:apply(erlang, '+', [1, 2])),
    ?SHOW(erlang:apply(erlang, '+', [1, a])),
    ?SHOW(apply(erlang, apply, [lists, reverse, [[1, 2]]])),
    ?SHOW(apply(erlang, apply, [fun lists:reverse/1, [[1, 2]]])),
    ?SHOW(begin M = id(lists), M:reverse([1, 2, 3]) end),
    ?SHOW(begin M = id(?MODULE), F = id(f), M:F(a, b, c) end),
    ?SHOW(begin M = id(?MODULE), M:missing(a) end),
    ?SHOW(begin M = id({?MODULE, x}), M:f() end),
    ?SHOW(begin M = id(no_such_module_x), M:f(1, 2) end),
    ?SHOW(apply(erlang, self, []) =:= self()),
    ?SHOW(apply(erlang, hd, [[]])),
    ?SHOW(apply(erlang, error, [reason])),
    ?SHOW(apply(erlang, throw, [ball])),
    ?SHOW(apply(erlang, exit, [gone])),
    ?SHOW(apply(erlang, send, [self(), hello])),
    ?SHOW(receive X -> X end),
    ?SHOW(apply(lists, seq, [1|[5]])),
    ?SHOW(apply(id(fun(A) -> A end), lists:duplicate(300, x))).

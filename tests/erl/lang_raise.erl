%% erlang:raise/3, error/1,2,3, exit/1, throw/1.
-module(lang_raise).
-export([main/0]).
-include("show.hrl").
inner(R) -> error(R).
outer(R) -> X = inner(R), {X}.
reraise() -> try outer(first) catch C:R:S -> erlang:raise(C, {again, R}, S) end.
reraise_tail() -> try outer(first) catch error:R:S -> erlang:raise(exit, R, tl(S)) end.

main() ->
    ?SHOW(outer(r)),
    ?SHOW(reraise()),
    ?SHOW(reraise_tail()),
    ?SHOW(erlang:raise(throw, x, [])),
    ?SHOW(erlang:raise(error, x, [{m, f, 1, []}, {m, g, [a], [{line, 3}]}])),
    ?SHOW(erlang:raise(error, x, [{m, f, 1}])),
    ?SHOW(erlang:raise(id(bad_class), x, [])),
    ?SHOW(erlang:raise(error, x, id(not_a_list))),
    ?SHOW(erlang:raise(error, x, id([not_a_frame]))),
    ?SHOW(erlang:raise(error, x, id([{m, f, x, []}]))),
    ?SHOW(error(id(x), [a, b])),
    ?SHOW(error(id(x), none)),
    ?SHOW(error(id(x), [a], [{error_info, #{module => m, cause => c}}])),
    ?SHOW(error(id(x), [a], id(bad))),
    ?SHOW(error(id(x), [a], [{bad, 1}])),
    ?SHOW(exit(id({a, b}))),
    ?SHOW(throw(id(#{a => 1}))),
    ?SHOW(erlang:nif_error(id(not_loaded))),
    ?SHOW(erlang:nif_error(id(not_loaded), [arg])).

%% Tuples: element, setelement, make_tuple, large ones, updates through several setelements.
-module(lang_tuples).
-export([main/0]).
-include("show.hrl").
upd(T) -> setelement(1, setelement(2, setelement(3, T, c), b), a).

main() ->
    ?SHOW(element(id(1), {a})),
    ?SHOW(element(id(0), {a})),
    ?SHOW(element(id(2), {a})),
    ?SHOW(element(id(1), id([a]))),
    ?SHOW(element(id(1.0), {a})),
    ?SHOW(element(id(1 bsl 70), {a})),
    ?SHOW(setelement(id(2), {a, b, c}, x)),
    ?SHOW(setelement(id(4), {a, b, c}, x)),
    ?SHOW(setelement(id(0), {a, b, c}, x)),
    ?SHOW(upd({1, 2, 3, 4})),
    ?SHOW(upd(id({1, 2}))),
    ?SHOW(tuple_size(id({}))),
    ?SHOW(tuple_size(id([]))),
    ?SHOW(size(id({1, 2}))),
    ?SHOW(size(id(<<1, 2:3>>))),
    ?SHOW(size(id([]))),
    ?SHOW(erlang:make_tuple(3, x)),
    ?SHOW(erlang:make_tuple(0, x)),
    ?SHOW(erlang:make_tuple(id(-1), x)),
    ?SHOW(erlang:make_tuple(5, d, [{1, a}, {3, c}, {1, z}])),
    ?SHOW(erlang:make_tuple(2, d, [{3, a}])),
    ?SHOW(erlang:append_element({a}, b)),
    ?SHOW(erlang:insert_element(1, {a}, b)),
    ?SHOW(erlang:insert_element(2, {a}, b)),
    ?SHOW(erlang:insert_element(3, {a}, b)),
    ?SHOW(erlang:delete_element(1, {a, b})),
    ?SHOW(erlang:delete_element(3, {a, b})),
    ?SHOW(tuple_to_list(id({1, {2}}))),
    ?SHOW(list_to_tuple(id([1|2]))),
    ?SHOW(tuple_size(list_to_tuple(lists:seq(1, 100000)))),
    ?SHOW(element(99999, list_to_tuple(lists:seq(1, 100000)))),
    ?SHOW(begin T = erlang:make_tuple(70000, 0), U = setelement(70000, T, 1), {T =:= U, T < U} end),
    ?SHOW(list_to_tuple("abc")),
    ?SHOW({{}, {{}}}).

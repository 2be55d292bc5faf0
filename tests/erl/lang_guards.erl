%% Guards: what fails silently, what is strict, what a type test says about each kind of term.
-module(lang_guards).
-export([main/0]).
-include("show.hrl").
kind(X) when is_integer(X) -> integer;
kind(X) when is_float(X) -> float;
kind(X) when is_atom(X), is_boolean(X) -> boolean;
kind(X) when is_atom(X) -> atom;
kind(X) when is_binary(X) -> binary;
kind(X) when is_bitstring(X) -> bitstring;
kind(X) when is_map(X) -> map;
kind(X) when is_tuple(X) -> tuple;
kind([]) -> nil;
kind(X) when is_list(X) -> list;
kind(X) when is_function(X, 2) -> fun2;
kind(X) when is_function(X) -> function;
kind(X) when is_pid(X) -> pid;
kind(X) when is_reference(X) -> reference;
kind(X) when is_port(X) -> port.

size_of(X) when tuple_size(X) =:= 2; byte_size(X) =:= 2; map_size(X) =:= 2; length(X) =:= 2 -> two;
size_of(X) when hd(X) =:= a -> head_a;
size_of(X) when element(3, X) =:= c -> third_c;
size_of(X) when 1 / X > 0.4 -> small_number;
size_of(_) -> other.

logic(A, B) when A andalso B -> both;
logic(A, B) when A orelse B -> one;
logic(A, B) when A xor B -> never;
logic(A, _) when not A -> no;
logic(_, _) -> not_boolean.

key(M, K) when is_map_key(K, M), map_get(K, M) > 1 -> {over, map_get(K, M)};
key(M, K) when map_get(K, M) =:= 1 -> one;
key(_, _) -> none.

arity_guard(F, A) when is_function(F, A) -> yes;
arity_guard(_, _) -> no.

main() ->
    Terms = [1, 1 bsl 70, 1.5, true, foo, <<1>>, <<1:3>>, #{}, {}, [], [a|b], fun lists:map/2, fun() -> 1 end,
             self(), make_ref(), hd(erlang:ports() ++ [no_port])],
    [io:format("~w ", [kind(T)]) || T <- lists:sublist(Terms, 15)],
    io:nl(),
    [?SHOW(size_of(T)) || T <- [{1, 2}, <<"ab">>, #{a => 1, b => 2}, [1, 2], [a|b], {a, b, c}, 2, 2.5, 0, 0.0, [], {}, <<1:7>>, -1]],
    [?SHOW(logic(A, B)) || A <- [true, false, 1], B <- [true, false, 1]],
    [?SHOW(key(M, a)) || M <- [#{a => 5}, #{a => 1}, #{b => 1}, not_a_map, #{}]],
    ?SHOW(arity_guard(fun erlang:abs/1, 1)),
    ?SHOW(arity_guard(fun erlang:abs/1, -1)),
    ?SHOW(arity_guard(fun erlang:abs/1, a)),
    ?SHOW(arity_guard(fun erlang:abs/1, 1 bsl 70)),
    ?SHOW(is_function(id(x), id(-1))),
    ?SHOW(is_function(id(fun erlang:abs/1), id(a))),
    ?SHOW(is_record(id({r, 1}), id(r), id(2))),
    ?SHOW(is_record(id({r, 1}), id(r), id(3))),
    ?SHOW(is_record(id({r, 1}), id(1), id(2))),
    ?SHOW(is_record(id({}), id(r))).

%% Map patterns with immediate keys, at places that meet maps of many shapes: small and large, with and without the keys.
-module(lang_map_patterns).
-export([main/0]).
-include("show.hrl").

main() ->
    Shapes = shapes(),
    [?SHOW([catch F(M) || M <- Shapes]) || F <- [fun one/1, fun two/1, fun three/1, fun numbers/1, fun mixed/1, fun nested/1, fun bound/1]],
    %% Again and again, in many orders.
    ?SHOW(erlang:phash2([catch F(M) || _ <- lists:seq(1, 50), F <- [fun one/1, fun two/1, fun three/1, fun numbers/1], M <- Shapes ++ lists:reverse(Shapes)])),
    Parent = self(),
    Workers = [spawn_link(fun() -> Parent ! {self(), erlang:phash2([two(M) || _ <- lists:seq(1, 300), M <- rotate(N, Shapes), is_map(M)])} end)
               || N <- lists:seq(1, 4)],
    ?SHOW(length(lists:usort([receive {W, H} -> H end || W <- Workers])) > 0),
    ?SHOW(lists:sum([two(#{b => I, a => 1}) || I <- lists:seq(1, 1000)])).

rotate(N, L) -> {A, B} = lists:split(N, L), B ++ A.

shapes() ->
    [#{}, #{a => 1}, #{b => 2}, #{a => 1, b => 2}, #{a => 1, b => 2, c => 3}, #{0 => z, a => 1, b => 2, x => 9},
     #{<<"a">> => 1, a => 4, b => 5}, #{1 => one, 2 => two}, #{1.0 => float, 2 => two}, #{[] => nil, a => #{a => 7, b => 8}},
     maps:from_list([{I, I * I} || I <- lists:seq(1, 40)]),
     maps:from_list([{a, first}, {b, second}, {c, third} | [{I, I} || I <- lists:seq(1, 100)]]),
     maps:from_list([{list_to_atom("k" ++ integer_to_list(I)), I} || I <- lists:seq(1, 32)]),
     not_a_map, [], {a, 1}, 17].

one(#{a := A}) -> A;
one(#{k7 := K}) -> {k, K};
one(#{}) -> map;
one(_) -> none.

two(#{a := A, b := B}) when is_integer(A), is_integer(B) -> A + B;
two(#{a := A, b := B}) -> {A, B};
two(#{b := B}) -> {only, B};
two(#{k31 := A, k2 := B}) -> A - B;
two(M) when is_map(M) -> 0;
two(_) -> none.

three(#{c := C, a := A, b := B}) -> [A, B, C];
three(#{a := A, x := X}) -> [A, X];
three(_) -> [].

numbers(#{1 := A, 2 := B}) -> {A, B};
numbers(#{[] := A}) -> {nil, A};
numbers(#{39 := A}) -> {large, A};
numbers(_) -> none.

mixed(#{<<"a">> := A, a := B}) -> {A, B};
mixed(#{1.0 := A}) -> A;
mixed(_) -> none.

nested(#{a := #{a := A, b := B} = M, [] := N}) -> {A, B, M, N};
nested(_) -> none.

bound(M) ->
    K = two,
    case M of
        #{2 := K, 1 := V} -> V;
        #{2 := K} -> two_only;
        _ -> none
    end.

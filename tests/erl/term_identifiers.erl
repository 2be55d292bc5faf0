%% External format of pids, ports, references, funs, exports: round trips, foreign nodes.
-module(term_identifiers).
-export([main/0]).
-include("show.hrl").
main() ->
    ?SHOW([binary_to_term(term_to_binary(T)) =:= T || T <- [self(), make_ref(), hd(erlang:ports() ++ [x]), fun lists:map/2]]),
    ?SHOW(term_to_binary(fun lists:map/2)),
    ?SHOW(begin K = id(3), F = fun(X) -> X + K end, G = binary_to_term(term_to_binary(F)), {G(1), G =:= F} end),
    Node = <<119, 5, "a@b.c">>,
    P = binary_to_term(<<131, 88, Node/binary, 1:32, 2:32, 3:32>>),
    ?SHOW(is_pid(P)),
    ?SHOW(node(P)),
    ?SHOW(term_to_binary(P)),
    ?SHOW(P =:= binary_to_term(<<131, 88, Node/binary, 1:32, 2:32, 3:32>>)),
    ?SHOW(P =:= binary_to_term(<<131, 88, Node/binary, 1:32, 2:32, 4:32>>)),
    ?SHOW(P < self() orelse P > self()),
    Q = binary_to_term(<<131, 103, Node/binary, 1:32, 2:32, 3:8>>),
    ?SHOW(Q =:= P),
    R = binary_to_term(<<131, 90, 3:16, Node/binary, 1:32, 1:32, 2:32, 3:32>>),
    ?SHOW({is_reference(R), node(R)}),
    ?SHOW(term_to_binary(R)),
    ?SHOW(binary_to_term(<<131, 114, 1:16, Node/binary, 1:8, 5:32>>) =:= R),
    T = binary_to_term(<<131, 120, Node/binary, 7:64, 3:32>>),
    ?SHOW({is_port(T), node(T)}),
    ?SHOW(term_to_binary(T)),
    ?SHOW(is_port(binary_to_term(<<131, 89, Node/binary, 7:32, 3:32>>))),
    ?SHOW(binary_to_term(<<131, 113, 119, 5, "lists", 119, 3, "map", 97, 2>>)),
    ?SHOW(binary_to_term(<<131, 113, 119, 5, "lists", 119, 3, "map", 98, 0, 0, 1, 1>>)),
    ?SHOW(binary_to_term(<<131, 113, 97, 1, 119, 3, "map", 97, 2>>)),
    ?SHOW(binary_to_term(<<131, 88, 97, 1, 1:32, 2:32, 3:32>>)),
    ?SHOW(binary_to_term(<<131, 90, 6:16, Node/binary, 1:32, 0:192>>)),
    ?SHOW(binary_to_term(<<131, 112, 0, 0, 0, 9, 1, 2, 3>>)),
    ?SHOW(erlang:phash2(P)),
    ?SHOW(lists:sort([T, R, P, a, 1, {}]) =:= [1, a, R, T, P, {}]).

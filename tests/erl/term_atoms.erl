%% External format of atoms: utf8, latin1, cache-free, lengths, and the safe option.
-module(term_atoms).
-export([main/0]).
-include("show.hrl").
main() ->
    As = [a, '', 'a b', 'é', '日本', true, list_to_atom(lists:duplicate(255, $x)), list_to_atom(lists:duplicate(255, 16#e9)),
        list_to_atom(lists:duplicate(255, 16#10000))],
    ?SHOW([term_to_binary(A) || A <- lists:sublist(As, 6)]),
    ?SHOW([byte_size(term_to_binary(A)) || A <- As]),
    ?SHOW([term_to_binary(A, [{minor_version, 2}]) || A <- lists:sublist(As, 6)]),
    ?SHOW([byte_size(term_to_binary(A, [{minor_version, 2}])) || A <- As]),
    ?SHOW([binary_to_term(term_to_binary(A)) =:= A || A <- As]),
    ?SHOW(binary_to_term(<<131, 100, 0, 3, "foo">>)),
    ?SHOW(binary_to_term(<<131, 115, 3, "foo">>)),
    ?SHOW(binary_to_term(<<131, 100, 0, 2, 233, 234>>)),
    ?SHOW(binary_to_term(<<131, 118, 0, 2, 195, 169>>)),
    ?SHOW(binary_to_term(<<131, 119, 2, 195, 169>>)),
    ?SHOW(binary_to_term(<<131, 119, 1, 195>>)),
    ?SHOW(binary_to_term(<<131, 119, 2, 195, 40>>)),
    ?SHOW(binary_to_term(<<131, 100, 1, 0, (binary:copy(<<"a">>, 256))/binary>>)),
    ?SHOW(binary_to_term(<<131, 118, 1, 0, (binary:copy(<<"a">>, 256))/binary>>)),
    ?SHOW(binary_to_term(<<131, 119, 19, "tt_not_known_before">>, [safe])),
    ?SHOW(binary_to_term(<<131, 119, 3, "foo">>, [safe])),
    ?SHOW(binary_to_term(<<131, 119, 5, "foo">>)).

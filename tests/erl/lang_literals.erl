%% Constants of modules: nested, large, shared, compared and sent.
-module(lang_literals).
-export([main/0]).
-include("show.hrl").
nested() -> {a, [1, 2.5, <<"bin">>, #{k => {v, "str", [x|y]}}], 1 bsl 100, -1.0e-10, {}}.
table() -> #{a => 1, b => 2, c => [d, e], {f} => <<1, 2, 3>>}.
long() -> "a fairly long literal string that the literal table holds as one list of characters and never copies".
big_tuple() -> {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
    31}.
bin() -> <<"a literal binary longer than sixty-four bytes, so that it is kept by reference and not on the heap">>.
bits() -> <<5:3>>.

main() ->
    ?SHOW(nested()),
    ?SHOW(table()),
    ?SHOW(long()),
    ?SHOW(erlang:phash2({nested(), table(), long(), big_tuple(), bin()})),
    ?SHOW(nested() =:= id(nested())),
    ?SHOW(setelement(32, big_tuple(), x) =:= big_tuple()),
    ?SHOW(element(32, big_tuple())),
    ?SHOW(byte_size(bin())),
    ?SHOW(bits()),
    ?SHOW(<<(bits())/bits, (bits())/bits>>),
    S = self(),
    spawn(fun() -> S ! {nested(), long(), bin()} end),
    ?SHOW(receive {A, B, C} -> {A =:= nested(), B =:= long(), C =:= bin()} end),
    ?SHOW(begin erlang:garbage_collect(), element(1, nested()) end),
    ?SHOW((table())#{a := 2}),
    ?SHOW(erts_debug:flat_size(big_tuple())),
    ?SHOW([1 | long()] =:= [1 | id(long())]),
    ?SHOW(<<(bin())/binary, "x">> =:= <<(bin())/binary, (id($x))>>).

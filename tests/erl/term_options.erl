%% Options: compressed, used, safe, deterministic sizes, iovec, errors.
-module(term_options).
-export([main/0]).
-include("show.hrl").
main() ->
    L = lists:duplicate(1000, hello),
    C = term_to_binary(L, [compressed]),
    ?SHOW(byte_size(C) < 200),
    ?SHOW(binary_part(C, 0, 6)),
    ?SHOW(binary_to_term(C) =:= L),
    ?SHOW([binary_to_term(term_to_binary(L, [{compressed, N}])) =:= L || N <- [0, 1, 6, 9]]),
    ?SHOW(byte_size(term_to_binary(L, [{compressed, 0}]))),
    ?SHOW(term_to_binary(a, [compressed])),
    ?SHOW(term_to_binary(a, [{compressed, 10}])),
    ?SHOW(term_to_binary(a, [bad])),
    ?SHOW(term_to_binary(a, id(x))),
    ?SHOW(term_to_binary(a, [{minor_version, 3}])),
    ?SHOW(binary_to_term(<<131, 97, 1, 2, 3>>, [used])),
    ?SHOW(binary_to_term(<<C/binary, "rest">>, [used]) =:= {L, byte_size(C)}),
    ?SHOW(binary_to_term(<<131, 97, 1>>, [bad])),
    ?SHOW(binary_to_term(<<131, 97, 1>>, id(x))),
    ?SHOW(binary_to_term(<<131, 80, 0, 0, 0, 2, 1, 2, 3>>)),
    ?SHOW(binary_to_term(<<131, 80, 0, 0, 0, 100, (zlib:compress(<<97, 5>>))/binary>>)),
    ?SHOW(binary_to_term(<<131, 80, 0, 0, 0, 2, (zlib:compress(<<97, 5>>))/binary>>)),
    ?SHOW(binary_to_term(<<131, 80, 255, 255, 255, 255, (zlib:compress(<<97, 5>>))/binary>>)),
    ?SHOW(iolist_to_binary(erlang:term_to_iovec({a, [1, 2], <<"bin">>})) =:= term_to_binary({a, [1, 2], <<"bin">>})),
    ?SHOW(iolist_to_binary(erlang:term_to_iovec(binary:copy(<<"x">>, 100000))) =:= term_to_binary(binary:copy(<<"x">>, 100000))),
    ?SHOW(binary_to_term(term_to_binary(lists:seq(1, 100000), [compressed])) =:= lists:seq(1, 100000)).

%% Kernels of binaries, strings, maps, the external format, hashing and formatting.
-module(data).
-export([kernels/0]).

kernels() ->
    [{binary_append, fun() -> 3000000 = byte_size(append(1000000, <<>>)) end},
     {binary_match, fun() -> B = binary:copy(<<"abcdefgh">>, 100000), repeat(3, fun() -> bytes(B, 0) end) end},
     {binary_fields, fun() -> B = << <<I:16, (I band 255):8, I:32/little>> || I <- lists:seq(1, 30000) >>, repeat(10, fun() -> fields(B, 0) end) end},
     {bits_odd, fun() -> B = << <<I:5, I:11>> || I <- lists:seq(1, 100000) >>, repeat(3, fun() -> odd(B, 0) end) end},
     {binary_comprehension, fun() -> B = binary:copy(<<"hello world">>, 20000), repeat(3, fun() -> << <<(C bxor 32)>> || <<C>> <= B >> end) end},
     {utf8_match, fun() -> B = unicode:characters_to_binary(lists:duplicate(100000, $é)), repeat(5, fun() -> utf(B, 0) end) end},
     {tokens, fun() -> S = lists:flatten(lists:duplicate(3000, "word other, third ")), repeat(5, fun() -> string:tokens(S, " ,") end) end},
     {string_split, fun() -> S = iolist_to_binary(lists:duplicate(5000, "word other,third ")), string:split(S, ",", all) end},
     {string_upper, fun() -> S = lists:duplicate(50000, $a), string:uppercase(S) end},
     {unicode_list, fun() -> L = lists:duplicate(100000, 233), repeat(5, fun() -> unicode:characters_to_list(unicode:characters_to_binary(L)) end) end},
     {list_to_binary, fun() -> L = lists:duplicate(100000, $x), repeat(20, fun() -> binary_to_list(list_to_binary(L)) end) end},
     {iolist_size, fun() -> L = [[<<"abc">>, "def" | "g"] || _ <- lists:seq(1, 20000)], repeat(20, fun() -> iolist_to_binary(L) end) end},
     {binary_split, fun() -> B = binary:copy(<<"key=value;">>, 20000), repeat(3, fun() -> binary:split(B, <<";">>, [global]) end) end},
     {binary_find, fun() -> B = <<(binary:copy(<<"abcabcabd">>, 50000))/binary, "needle">>, repeat(20, fun() -> binary:match(B, <<"needle">>) end) end},
     {binary_find_many, fun() -> B = binary:copy(<<"abcabcabd the quick brown">>, 10000), repeat(3, fun() -> binary:matches(B, [<<"quick">>, <<"brown">>, <<"fox">>]) end) end},
     {re_run, fun() -> B = binary:copy(<<"foo=12 bar=abc ">>, 2000), repeat(5, fun() -> re:run(B, "([a-z]+)=([0-9]+)", [global, {capture, all, binary}]) end) end},
     {re_small, fun() -> {ok, R} = re:compile("^([^@]+)@([a-z.]+)$"), repeat(30000, fun() -> {match, _} = re:run(<<"someone@example.org">>, R) end) end},
     {small_maps, fun() -> smalls(1000000, #{a => 1, b => 2, c => 3}) end},
     {map_match, fun() -> matches(3000000, #{a => 1, b => 2, c => 3, d => 4}, 0) end},
     {big_map_build, fun() -> L = lists:seq(1, 30000), lists:foldl(fun(X, M) -> M#{X => X} end, #{}, L) end},
     {big_map_get, fun() -> M = maps:from_list([{X, X} || X <- lists:seq(1, 50000)]), gets(1000000, M, 0) end},
     {big_map_atoms, fun() -> M = maps:from_list([{{k, X}, X} || X <- lists:seq(1, 5000)]), pairs(300000, M, 0) end},
     {maps_fold, fun() -> M = maps:from_list([{X, X} || X <- lists:seq(1, 20000)]), repeat(10, fun() -> maps:fold(fun(_, V, A) -> A + V end, 0, M) end) end},
     {maps_map, fun() -> M = maps:from_list([{X, X} || X <- lists:seq(1, 20000)]), repeat(10, fun() -> maps:map(fun(_, V) -> V + 1 end, M) end) end},
     {gb_trees, fun() -> lists:foldl(fun(X, T) -> gb_trees:enter(X * 7919 rem 65537, X, T) end, gb_trees:empty(), lists:seq(1, 20000)) end},
     {dict, fun() -> lists:foldl(fun(X, T) -> dict:store(X, X, T) end, dict:new(), lists:seq(1, 20000)) end},
     {array, fun() -> lists:foldl(fun(X, T) -> array:set(X, X, T) end, array:new(), lists:seq(1, 50000)) end},
     {sets_v2, fun() -> S = sets:from_list(lists:seq(1, 30000), [{version, 2}]), repeat(3, fun() -> sets:size(sets:union(S, sets:from_list(lists:seq(20000, 50000), [{version, 2}]))) end) end},
     {term_to_binary, fun() -> T = term(), repeat(30, fun() -> term_to_binary(T) end) end},
     {binary_to_term, fun() -> B = term_to_binary(term()), repeat(30, fun() -> binary_to_term(B) end) end},
     {phash2, fun() -> T = term(), repeat(30, fun() -> erlang:phash2(T) end), hashes(1000000, 0) end},
     {compare, fun() -> A = term(), B = binary_to_term(term_to_binary(A)), repeat(50, fun() -> true = (A == B) end) end},
     {copy_send, fun() -> T = term(), P = spawn(fun Sink() -> receive {F, _} -> F ! ok, Sink(); stop -> ok end end), repeat(50, fun() -> P ! {self(), T}, receive ok -> ok end end), P ! stop end},
     {int_text, fun() -> texts(500000) end},
     {float_text, fun() -> floats(100000, 0.1) end},
     {io_lib_format, fun() -> repeat(10000, fun() -> io_lib:format("~p ~s ~w ~10.3f~n", [{a, [1, 2]}, "abc", 12, 3.14]) end) end},
     {io_lib_p_big, fun() -> T = lists:sublist(term(), 300), io_lib:format("~p", [T]) end},
     {md5_crc, fun() -> B = binary:copy(<<"abcdefgh">>, 100000), repeat(3, fun() -> erlang:md5(B), erlang:crc32(B) end) end},
     {scan_parse, fun() -> S = lists:append(lists:duplicate(500, "f(X) -> case X of {a, Y} when Y > 1 -> [Y | f(Y)]; _ -> ok end;\n")) ++ "f(_) -> ok.", {ok, T, _} = erl_scan:string(S), {ok, _} = erl_parse:parse_form(T) end}].

repeat(0, _) -> ok;
repeat(N, F) -> _ = F(), repeat(N - 1, F).

append(0, B) -> B;
append(N, B) -> append(N - 1, <<B/binary, N:16, 1>>).

bytes(<<B, T/binary>>, A) -> bytes(T, A + B);
bytes(<<>>, A) -> A.

fields(<<A:16, B, C:32/little, T/binary>>, S) -> fields(T, S + A + B + C);
fields(<<>>, S) -> S.

odd(<<A:5, B:11, T/bitstring>>, S) -> odd(T, S + A + B);
odd(<<>>, S) -> S.

utf(<<C/utf8, T/binary>>, S) -> utf(T, S + C);
utf(<<>>, S) -> S.

smalls(0, M) -> M;
smalls(N, #{a := A} = M) -> smalls(N - 1, M#{a := A + 1, b := N}).

matches(0, _, S) -> S;
matches(N, M, S) -> #{b := B, d := D} = M, matches(N - 1, M, S + B + D).

gets(0, _, S) -> S;
gets(N, M, S) -> gets(N - 1, M, S + maps:get(N rem 50000 + 1, M)).

pairs(0, _, S) -> S;
pairs(N, M, S) -> #{{k, 77} := V} = M, pairs(N - 1, M, S + V + maps:get({k, N rem 5000 + 1}, M)).

hashes(0, A) -> A;
hashes(N, A) -> hashes(N - 1, A bxor erlang:phash2({N, a})).

term() -> [{X, integer_to_binary(X), [X, {a, b}], #{x => X}, 1.5 * X} || X <- lists:seq(1, 5000)].

texts(0) -> ok;
texts(N) -> N = list_to_integer(integer_to_list(N)), N = binary_to_integer(integer_to_binary(N)), texts(N - 1).

floats(0, _) -> ok;
floats(N, F) -> F = list_to_float(float_to_list(F, [short])), floats(N - 1, F * 1.0001).

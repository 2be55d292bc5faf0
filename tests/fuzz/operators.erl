%% Instructions with nonsense operands, as functions that fuzz.erl calls like BIFs: guards that must fail silently,
%% bit syntax with every size and unit, map updates, applications, comparisons.
%% What a function does several times is gathered in a list, an exception as {Class, Reason}.
-module(operators).
-compile([nowarn_unused_vars, nowarn_obsolete_guard, nowarn_deprecated_catch]).
-export([guards/0, guards/3, calls/0, calls/3, apply_mfa/3, apply_fun/2, process_flag/2, build_integer/3, build_binary/3, build_float/3,
         build_utf/2, match_integer/2, match_float/2, match_binary/2, match_utf/1, comprehend/2, map_update/3, map_exact/3, map_fetch/2,
         map_match/2, record/2, tuple_match/2, list_match/1, cons_tail/2, select/1, compare/2, float_math/3, exceptions/2, receive_after/1]).
-record(r, {a, b = 2}).

-define(TRY(E), attempt(fun() -> E end)).
-define(GUARD1(N), guards(N, A, _) when N(A) -> yes; guards(N, A, _) when N(A) =:= N(A) -> {value, N(A)}; guards(N, A, _) -> {no, ?TRY(N(A))}).
-define(GUARD2(N), guards(N, A, B) when N(A, B) -> yes; guards(N, A, B) when N(A, B) =:= N(A, B) -> {value, N(A, B)}; guards(N, A, B) -> {no, ?TRY(N(A, B))}).
-define(OPERATOR(N, O), guards(N, A, B) when A O B -> yes; guards(N, A, B) when (A O B) =:= (A O B) -> {value, A O B}; guards(N, A, B) -> {no, ?TRY(A O B)}).

guards() ->
    [abs, bit_size, byte_size, ceil, float, floor, hd, is_atom, is_binary, is_bitstring, is_boolean, is_float, is_function, is_integer, is_list, is_map,
     is_number, is_pid, is_port, is_reference, is_tuple, length, map_size, node, round, size, tl, trunc, tuple_size, binary_part, element, is_map_key,
     map_get, is_function2, is_record3, max, min, '+', '-', '*', '/', 'div', 'rem', 'band', 'bor', 'bxor', 'bsl', 'bsr', 'and', 'or', 'xor', 'andalso', 'orelse',
     '==', '/=', '=:=', '=/=', '<', '>', '=<', '>=', 'not', 'bnot', negative, mixed].

?GUARD1(abs);
?GUARD1(bit_size);
?GUARD1(byte_size);
?GUARD1(ceil);
?GUARD1(float);
?GUARD1(floor);
?GUARD1(hd);
?GUARD1(is_atom);
?GUARD1(is_binary);
?GUARD1(is_bitstring);
?GUARD1(is_boolean);
?GUARD1(is_float);
?GUARD1(is_function);
?GUARD1(is_integer);
?GUARD1(is_list);
?GUARD1(is_map);
?GUARD1(is_number);
?GUARD1(is_pid);
?GUARD1(is_port);
?GUARD1(is_reference);
?GUARD1(is_tuple);
?GUARD1(length);
?GUARD1(map_size);
?GUARD1(node);
?GUARD1(round);
?GUARD1(size);
?GUARD1(tl);
?GUARD1(trunc);
?GUARD1(tuple_size);
?GUARD2(binary_part);
?GUARD2(element);
?GUARD2(is_map_key);
?GUARD2(map_get);
?OPERATOR('+', +);
?OPERATOR('-', -);
?OPERATOR('*', *);
?OPERATOR('/', /);
?OPERATOR('div', div);
?OPERATOR('rem', rem);
?OPERATOR('band', band);
?OPERATOR('bor', bor);
?OPERATOR('bxor', bxor);
?OPERATOR('and', and);
?OPERATOR('or', or);
?OPERATOR('xor', xor);
?OPERATOR('andalso', andalso);
?OPERATOR('orelse', orelse);
?OPERATOR('==', ==);
?OPERATOR('/=', /=);
?OPERATOR('=:=', =:=);
?OPERATOR('=/=', =/=);
?OPERATOR('<', <);
?OPERATOR('>', >);
?OPERATOR('=<', =<);
?OPERATOR('>=', >=);
guards('bsl', A, B) when is_integer(B), B > 100000 -> large;
?OPERATOR('bsl', bsl);
guards('bsr', A, B) when is_integer(B), B < -100000 -> large;
?OPERATOR('bsr', bsr);
guards(max, A, B) -> max(A, B);
guards(min, A, B) -> min(A, B);
guards(is_function2, A, B) when is_function(A, B) -> yes;
guards(is_function2, A, B) -> {no, ?TRY(is_function(A, B))};
guards(is_record3, A, B) when is_record(A, r, 3) -> yes;
guards(is_record3, A, B) -> {no, ?TRY(is_record(A, B, 3))};
guards('not', A, _) when not A -> yes;
guards('not', A, _) -> {no, ?TRY(not A)};
guards('bnot', A, _) when bnot A < 0 -> yes;
guards('bnot', A, _) -> {no, ?TRY(bnot A)};
guards(negative, A, B) when -A < B -> yes;
guards(negative, A, B) -> {no, ?TRY(-A), ?TRY(+A)};
guards(mixed, A, B) when hd(A) > 1; A + 1 > B, is_list(tl(B)); element(1, A) =:= b orelse map_size(B) > 0; length(A) + byte_size(B) < 4 -> yes;
guards(mixed, A, B) -> {no, ?TRY(if hd(A) -> 1; B -> 2; A =:= B -> 3 end)}.

calls() -> [mfa, fun_expr, local_fun, tuple_module, atom_fun, arity, external_variable, deep, spawn_fun].

calls(mfa, A, Args) -> ?TRY(apply(victim, A, Args));
calls(fun_expr, A, Args) -> {?TRY(A()), ?TRY(A(Args)), ?TRY(A(Args, Args))};
calls(local_fun, A, Args) -> F = fun(X) -> {X, A} end, {?TRY(F(1)), ?TRY(apply(F, Args))};
calls(tuple_module, A, Args) -> {?TRY(A:id()), ?TRY(A:id(Args))};
calls(atom_fun, A, Args) -> ?TRY(victim:A(Args));
%% (not with 257 arguments and the like, which erl takes for one)
calls(arity, A, Args) when length(Args) > 254 -> F = fun victim:id/1, {?TRY(F(A)), ?TRY(F(A, A))};
calls(arity, A, Args) -> F = fun victim:id/1, {?TRY(F(A)), ?TRY(apply(F, [A | Args]))};
calls(external_variable, A, Args) -> {?TRY(fun victim:A/1), ?TRY(fun A:id/1), ?TRY(fun victim:id/A)};
calls(deep, A, Args) -> ?TRY([A(X) || X <- Args]);
calls(spawn_fun, A, Args) -> {?TRY(spawn(A)), ?TRY(spawn(A, Args))}.

apply_mfa(M, F, Args) -> {?TRY(apply(M, F, Args)), ?TRY(M:F()), ?TRY(M:F(Args))}.

apply_fun(F, Args) -> {?TRY(apply(F, Args)), ?TRY(F(Args)), ?TRY(F(Args, 1))}.

%% The driver waits for the exit of the caller, so the flag must not change how that looks.
process_flag(Flag, Value) ->
    Old = ?TRY(erlang:process_flag(Flag, Value)),
    Now = case Flag of
              message_queue_data -> ?TRY(process_info(self(), message_queue_data));
              F when F =:= trap_exit; F =:= priority; F =:= error_handler; F =:= max_heap_size; F =:= min_heap_size; F =:= min_bin_vheap_size -> ?TRY(process_info(self(), F));
              _ -> unknown
          end,
    [catch erlang:process_flag(F, V) || {F, V} <- [{trap_exit, false}, {priority, normal}, {error_handler, error_handler}, {max_heap_size, 0}, {sensitive, false}]],
    {Old, Now}.

build_integer(V, {S, _, signed}, B) -> {?TRY(<<V:S>>), ?TRY(<<B/bytes, V:S/signed>>)};
build_integer(V, {S, 1, little}, _) -> ?TRY(<<1:1, V:S/little>>);
build_integer(V, {S, 2, _}, _) -> ?TRY(<<V:S/unit:2>>);
build_integer(V, {S, 3, _}, _) -> ?TRY(<<V:S/little-unit:3, 0:2>>);
build_integer(V, {S, 8, big}, _) -> ?TRY(<<V:S/unit:8>>);
build_integer(V, {S, 8, _}, _) -> ?TRY(<<V:S/native-unit:8>>);
build_integer(V, {S, 13, _}, B) -> ?TRY(<<V:S/unit:13, B:S/unit:13>>);
build_integer(V, {S, 256, _}, _) -> ?TRY(<<V:S/unit:256>>);
build_integer(V, {S, _, little}, _) -> {?TRY(<<V:16/little>>), ?TRY(<<V:7/little, V:77/little>>), ?TRY(<<V:S/little>>)};
build_integer(V, {S, _, _}, _) -> {?TRY(<<V>>), ?TRY(<<V:32>>), ?TRY(<<V:64, V:3>>), ?TRY(<<V:S, V:S>>)}.

build_binary(V, {S, 1, _}, _) -> ?TRY(<<1:3, V:S/bits>>);
build_binary(V, {S, 8, _}, B) -> {?TRY(<<V:S/bytes>>), ?TRY(<<V/bytes, B/bytes>>)};
build_binary(V, {S, 16, _}, _) -> {?TRY(<<V:S/binary-unit:16>>), ?TRY(<<V/binary-unit:16>>)};
build_binary(V, {S, 3, _}, _) -> {?TRY(<<V:S/binary-unit:3>>), ?TRY(<<V/binary-unit:3>>)};
build_binary(V, {S, 256, _}, _) -> ?TRY(<<V:S/binary-unit:256>>);
build_binary(V, {S, _, little}, B) -> {?TRY(<<V/bits, B/bits>>), ?TRY(<<V/bits, V/bits, 1:1>>)};
build_binary(V, {S, _, _}, B) -> {?TRY(<<V/bytes, B:S>>), ?TRY(<<B/float, V/bits>>)}.

build_float(V, {S, 1, big}, _) -> {?TRY(<<V:S/float>>), ?TRY(<<V:16/float>>)};
build_float(V, {S, 1, little}, _) -> {?TRY(<<V:S/float-little>>), ?TRY(<<1:1, V:32/float>>)};
build_float(V, {S, 1, native}, _) -> ?TRY(<<V:S/float-native, 1:3>>);
build_float(V, {S, 2, _}, _) -> ?TRY(<<V:S/float-unit:2>>);
build_float(V, {S, 8, _}, B) -> ?TRY(<<V:S/float-unit:8, B:3>>);
build_float(V, {S, 16, _}, _) -> ?TRY(<<V:S/float-little-unit:16>>);
build_float(V, {S, 32, _}, _) -> ?TRY(<<V:S/float-unit:32>>);
build_float(V, _, _) -> {?TRY(<<V/float>>), ?TRY(<<V:64/float-little>>)}.

build_utf(V, W) ->
    {?TRY(<<V/utf8>>), ?TRY(<<V/utf16>>), ?TRY(<<V/utf16-little>>), ?TRY(<<V/utf32>>), ?TRY(<<V/utf32-little>>), ?TRY(<<1:3, V/utf8, W/utf16>>), ?TRY(<<V/utf8, W>>)}.

match_integer(B, {S, 1, _}) -> {?TRY((fun(<<X:S, R/bits>>) -> {X, R} end)(B)), ?TRY((fun(<<_:3, X:S/signed-little, R/bits>>) -> {X, R} end)(B))};
match_integer(B, {S, 2, _}) -> ?TRY((fun(<<X:S/unit:2, R/bits>>) -> {X, R} end)(B));
match_integer(B, {S, 3, _}) -> ?TRY((fun(<<X:S/little-unit:3, _/bits>>) -> X end)(B));
match_integer(B, {S, 8, signed}) -> ?TRY((fun(<<X:S/signed-unit:8, _/bits>>) -> X end)(B));
match_integer(B, {S, 8, _}) -> ?TRY((fun(<<_:1, X:S/little-unit:8, _/bits>>) -> X end)(B));
match_integer(B, {S, 256, _}) -> ?TRY((fun(<<X:S/unit:256>>) -> X; (<<>>) -> empty; (_) -> other end)(B));
match_integer(B, {S, _, signed}) -> ?TRY((fun(<<X:13/signed, Y:S, _/bits>>) -> {X, Y}; (<<X:8, Y/bits>>) -> {X, Y} end)(B));
match_integer(B, {S, _, _}) -> ?TRY((fun(<<N, X:N/unit:3, Y:S/bits, _/bits>>) -> {X, Y}; (<<X:59, _/bits>>) -> X; (<<X:60/signed, _/bits>>) -> X; (<<_, _/bits>>) -> byte end)(B)).

match_float(B, {S, 1, big}) -> {?TRY((fun(<<X:S/float, _/bits>>) -> X end)(B)), ?TRY((fun(<<X:16/float, _/bits>>) -> X end)(B))};
match_float(B, {S, 1, _}) -> ?TRY((fun(<<_:1, X:S/float-little, _/bits>>) -> X end)(B));
match_float(B, {S, 2, _}) -> ?TRY((fun(<<X:S/float-unit:2, _/bits>>) -> X end)(B));
match_float(B, {S, 8, _}) -> ?TRY((fun(<<X:S/float-unit:8, _/bits>>) -> X end)(B));
match_float(B, _) -> {?TRY((fun(<<X:32/float, _/bits>>) -> X end)(B)), ?TRY((fun(<<X/float-little, _/bits>>) -> X end)(B))}.

match_binary(B, {S, 1, _}) -> ?TRY((fun(<<X:S/bits, R/bits>>) -> {X, R} end)(B));
match_binary(B, {S, 8, _}) -> ?TRY((fun(<<X:S/bytes, R/bytes>>) -> {X, R} end)(B));
match_binary(B, {S, 3, _}) -> {?TRY((fun(<<X:S/binary-unit:3, R/binary-unit:3>>) -> {X, R} end)(B)), ?TRY((fun(<<_:1, X/binary-unit:3>>) -> X end)(B))};
match_binary(B, {S, 16, _}) -> {?TRY((fun(<<X:S/binary-unit:16, _/bits>>) -> X end)(B)), ?TRY((fun(<<X/binary-unit:16>>) -> X end)(B))};
match_binary(B, {S, 256, _}) -> ?TRY((fun(<<X:S/binary-unit:256, _/bits>>) -> X end)(B));
match_binary(B, {S, _, _}) -> ?TRY((fun(<<_:S, X:2/bytes, _/bits>>) -> X; (<<"abc", X/bits>>) -> X; (<<X/bytes>>) -> {bytes, X}; (<<X/bits>>) -> {bits, X} end)(B)).

match_utf(B) ->
    {?TRY((fun(<<X/utf8, R/bits>>) -> {X, R} end)(B)), ?TRY((fun(<<X/utf16, R/bits>>) -> {X, R} end)(B)), ?TRY((fun(<<X/utf16-little, R/bits>>) -> {X, R} end)(B)),
     ?TRY((fun(<<X/utf32, R/bits>>) -> {X, R} end)(B)), ?TRY((fun(<<_, X/utf32-little, R/bits>>) -> {X, R} end)(B)), ?TRY([X || <<X/utf8>> <= B])}.

comprehend(G, F) ->
    {?TRY([F(X) || X <- G]), ?TRY(<< <<X>> || X <- G >>), ?TRY([X || <<X:3>> <= G]), ?TRY([X || X <- G, F]), ?TRY(<< <<X:5>> || <<X:4>> <= G >>),
     ?TRY([X || {X, _} <- G, X > 1]), ?TRY(<< X || X <- G >>)}.

map_update(M, K, V) -> {?TRY(M#{K => V}), ?TRY(M#{a => V, K => V, b => 1}), ?TRY(M#{K => V, K => K}), ?TRY((id(M))#{1 => V, 1.0 => K})}.

map_exact(M, K, V) -> {?TRY(M#{K := V}), ?TRY(M#{a := V}), ?TRY(M#{a := V, K => 1}), ?TRY(M#{K := V, b := V})}.

map_fetch(M, K) -> {?TRY(map_get(K, M)), ?TRY(is_map_key(K, M)), if map_get(K, M) =:= 1 -> one; is_map_key(K, M) -> present; true -> other end}.

map_match(M, K) -> ?TRY(case M of #{K := V, a := A} -> {V, A}; #{K := V} -> {k, V}; #{a := 1, b := 2} -> ab; #{} -> map; _ -> none end).

record(R, V) -> {?TRY(R#r.a), ?TRY(R#r{b = V}), ?TRY(case R of #r{a = V} -> same; #r{} -> r; _ -> other end), is_record(R, r)}.

tuple_match(T, V) -> ?TRY(case T of {} -> 0; {V} -> same; {X} -> X; {a, X} -> X; {_, V} -> second; {X, X, Y} -> Y; {X, _, _, _, _} -> X; T when element(1, T) =:= x -> size(T) end).

list_match(L) -> ?TRY(case L of [] -> empty; [a | T] -> T; [X] -> X; [_, Y | _] when Y > 2 -> Y; "abc" ++ R -> R; [_ | T] -> T end).

cons_tail(L, X) -> {?TRY([X | L]), ?TRY(L ++ [X]), ?TRY([X] ++ L), ?TRY(L -- [X]), ?TRY(length([X | L]))}.

select(X) -> [case X of a -> 1; b -> 2; foo -> 3; true -> 4; _ -> 0 end, case X of 0 -> z; 1 -> one; 255 -> ff; 576460752303423487 -> edge; 576460752303423488 -> big; _ -> none end,
              case X of 0.0 -> zero; 1.0 -> one; <<"a">> -> bin; [] -> nil; {} -> tuple; "abc" -> str; _ -> none end].

compare(A, B) -> [A < B, A > B, A == B, A =:= B, A =< B, A >= B, A /= B, A =/= B, max(A, B), min(A, B), {A} < {B}, [A | B] =:= [B | A], #{A => 1} == #{B => 1}, #{a => A} < #{a => B}].

float_math(A, B, C) ->
    {?TRY(A * B + C), ?TRY(A / B - C), ?TRY((A + 1.0) * (B - 2.0)), ?TRY(-(A * 1.0)), ?TRY(case A of _ when is_float(A), is_float(B) -> A * B / C; _ -> none end), ?TRY(float(A) / float(B))}.

exceptions(A, B) ->
    {?TRY(error(A)), ?TRY(error(A, B)), ?TRY(exit(A)), ?TRY(throw(A)), ?TRY(A = B), ?TRY(case A of B -> ok end), ?TRY(if A -> 1 end), catch throw(A), element(1, catch_it(A)),
     ?TRY(try A of B -> yes catch _ -> no end), ?TRY(try error(A) catch throw:_ -> no after B end), ?TRY((fun(b) -> ok end)(A)), ?TRY(erlang:raise(A, B, [])), ?TRY(A and B), ?TRY(A andalso B)}.

catch_it(A) -> {case catch error(A) of {'EXIT', {A, _}} -> exit; Other -> Other end}.

receive_after(T) when is_integer(T), T > 0, T < 1 bsl 32 -> long;
receive_after(T) -> ?TRY(receive nothing -> 1 after T -> 2 end).

attempt(F) -> try F() catch C:R -> {C, R} end.

id(X) -> X.

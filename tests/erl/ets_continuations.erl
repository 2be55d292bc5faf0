%% Continuations of select: what they hold, after a change of name, through the external format, and fixations that
%% end with the scan.
-module(ets_continuations).
-export([main/0]).
-include("show.hrl").

main() -> [table(Type) || Type <- [set, bag, duplicate_bag, ordered_set]], ok.

table(Type) ->
    T = ets:new(first_name, [Type, public, named_table]),
    [ets:insert(T, {I, a}) || I <- lists:seq(1, 20000)],
    Spec = [{{'$1', a}, [{'=:=', {'rem', '$1', 5000}, 0}], ['$1']}],
    ?SHOW(ets:select(T, [{{'$1', b}, [], ['$1']}], 5)),
    ?SHOW(ets:select_count(T, [{{'$1', a}, [], [true]}])),
    {L, C} = ets:select(T, Spec, 2),
    ?SHOW({Type, L, element(3, C), tuple_size(C), is_atom(element(1, C))}),
    {L2, _} = ets:select(C),
    ?SHOW(lists:sort(L ++ L2)),
    ?SHOW({ets:info(T, fixed), ets:info(T, safe_fixed)}),
    Self = self(),
    [spawn(fun() -> Self ! {self(), length(ets:select(T, [{{'$1', a}, [], ['$1']}]))} end) || _ <- lists:seq(1, 5)],
    ?SHOW([receive {_, N} -> N end || _ <- lists:seq(1, 5)]),
    Repaired = ets:repair_continuation(binary_to_term(term_to_binary(C)), Spec),
    ?SHOW(element(1, ets:select(Repaired)) =:= L2),
    ?SHOW(ets:select(list_to_tuple(tuple_to_list(C) ++ [a]))),
    ?SHOW(ets:select(setelement(2, C, x))),
    Ref = ets:whereis(T),
    Copy = binary_to_term(term_to_binary(Ref)),
    ?SHOW({Copy =:= Ref, ets:info(Copy, size), ets:lookup(Copy, 7), ets:lookup(list_to_ref(ref_to_list(Ref)), 8)}),
    ets:rename(T, second_name),
    ?SHOW(case catch ets:select(C) of {L2, _} -> same; {'EXIT', {badarg, _}} -> badarg end),
    ?SHOW([{N, ets:info(Ref, N)} || N <- [name, size, memory, fixed]]),
    ets:delete(Ref).

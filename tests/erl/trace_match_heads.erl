-module(trace_match_heads).
-export([main/0, f/0, f/1, f/2]).

%% Heads of specifications for calls: lists, tuples as if they were lists, variables; what else is there is refused.
main() ->
    [test(A, [{H, [], [true]}]) || H <- heads(), A <- arguments()],
    [test(A, [{H, G, [{message, {{'$$', B}}}]}])
     || {A, H} <- [{[a, b], {'$1', '$2'}}, {[a, b], {'$2', '$1'}}, {[{x, y}, z], {{'$3', y}, '$7'}}, {[[a | b]], {['$1' | '$2']}},
                   {[#{a => 1, b => 2}], {#{a => '$1'}}}, {[z | y], {'$3'}}, {[z | y], '$1'}, {[z | y], '_'}, {[z, y | x], ['$1', '_']}],
        G <- [[], [{is_atom, '$1'}], [{'=:=', '$1', '$2'}]], B <- ['$_', '$1']],
    [test(lists:seq(1, N), [{list_to_tuple(lists:seq(1, N)), [], [true]}]) || N <- [16, 255, 256, 300]],
    test([a], [{{b}, [], []}, {['$1'], [], [{message, x}]}]),
    test([a], [{{'$1'}, [], [{message, '$1'}]}, {['$1'], [], [{message, x}]}]),
    test([a], [{a, [], []}, {{b}, [], wrong}, {['$1' | '$2'], [], [{f}]}, {{}, [x | y], []}]),
    test({a}, [{{'$1'}, [], []}]),
    test(a, [{{'$1'}, [], []}]),
    [io:format("~p ~p: ~p~n", [S, H, catch erlang:match_spec_test(S, [{H, [], ['$_']}], table)])
     || S <- [{a}, [a], {}], H <- [{'$1'}, {}, '_', ['$1']]],
    traced().

heads() ->
    [{}, {'_'}, {'$1'}, {a}, {'$1', '$2'}, {'_', '_'}, {a, b}, '_', '$1', '$0', [], ['$1'], ['$1', '$2'], ['$1' | '$2'],
     ['$1' | '_'], [a | b], a, 1, 1.0, 1 bsl 70, #{}, #{a => '$1'}, "ab", {'$1', '$1'}, {{'$1'}, '$2'}, {{}}, {[]}, {"a", '$1'},
     {'$1', '$2', '$3'}, <<>>, <<"bin">>, '$a', '', fun erlang:abs/1].

arguments() ->
    [[], [a], [a, b], [b, a], [a, a], [{a}, b], [{a, b}], [{a, b}, c], [{}], [[]], [{a}], [[a, b]], [[a], b], ["a", b],
     [#{a => 1}], [a, b, c], [a | b], [a, b | c]].

test(Arguments, Spec) ->
    io:format("~p ~p: ~p~n", [Arguments, Spec, try erlang:match_spec_test(Arguments, Spec, trace) catch C:R -> {C, R} end]).

f() -> 0.
f(_) -> 1.
f(_, _) -> 2.

traced() ->
    Self = self(),
    [begin
         P = spawn_link(fun() ->
                                receive go -> ok end,
                                [?MODULE:f(), ?MODULE:f(1), ?MODULE:f({1}), ?MODULE:f(1, 2), ?MODULE:f(2, 1)],
                                Self ! done
                        end),
         erlang:trace(P, true, [call]),
         Set = try erlang:trace_pattern({?MODULE, f, '_'}, Spec, []) catch C:R -> {C, R} end,
         P ! go,
         receive done -> ok end,
         Ref = erlang:trace_delivered(P),
         receive {trace_delivered, P, Ref} -> ok end,
         io:format("~p: ~p ~p~n", [Spec, Set, calls()]),
         erlang:trace_pattern({?MODULE, f, '_'}, false, [])
     end || Spec <- [[{{}, [], []}], [{{'$1'}, [], [{message, '$1'}]}], [{{'$1', '$2'}, [{'<', '$1', '$2'}], [{message, '$$'}]}],
                     [{{{'$1'}}, [], [{message, '$$'}]}], [{{1}, [], []}, {[1, '_'], [], []}], [{#{}, [], []}], [{[1 | 2], [], []}]]].

calls() ->
    receive
        {trace, _, call, MFA} -> [MFA | calls()];
        {trace, _, call, MFA, M} -> [{MFA, M} | calls()]
    after 0 -> []
    end.

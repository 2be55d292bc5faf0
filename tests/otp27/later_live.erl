%% What a bs_match keeps when it collects or fails, in code that no compiler makes: later commands call fewer registers
%% live; one fails behind a destination on the stack that has been written.
-module(later_live).
-export([main/0]).

main() ->
    [io:format("~p~n", [{First, Later, outcome(First, Later)}]) || First <- [2, 3], Later <- [0, 1, 2, First]],
    io:format("~p~n", [outcome(half(), fun halfway/1)]).

outcome(First, Later) when is_integer(First) -> outcome(code(First, Later), fun once/1);
outcome(Code, Once) ->
    {ok, Beam} = beam_asm:module(Code, [], [], []),
    {module, later_live_made} = code:load_binary(later_live_made, "later_live_made", Beam),
    Seen = lists:usort([Once(N) || N <- lists:seq(1, 3000)]),
    code:purge(later_live_made),
    code:delete(later_live_made),
    Seen.

once(N) ->
    Kept = {N, "kept"},
    later_live_made:match(<<7, 9, N>>, Kept, other) =:= {Kept, 7, <<9>>}.

%% The second field is not there.
halfway(N) ->
    garbage(N rem 7, later_live_made:match(<<0:N/unit:8, 9, N, N, N>>, {N, "kept"}, N)) =:= {N, "kept"}.

garbage(0, X) -> X;
garbage(N, X) -> garbage(N - 1, element(1, {X, lists:seq(1, 10 * N)})).

half() ->
    {later_live_made, [{match, 3}], [],
     [{function, match, 3, 2,
       [{label, 1}, {func_info, {atom, later_live_made}, {atom, match}, 3},
        {label, 2}, {allocate, 2, 3}, {init_yregs, {list, [{y, 0}, {y, 1}]}},
        {test, bs_start_match3, {f, 3}, 3, [{x, 0}], {x, 0}},
        {bs_match, {f, 3}, {x, 0},
         {commands, [{binary, 3, {literal, []}, 3, 8, {y, 1}}, {integer, 3, {literal, []}, 9000, 8, {y, 0}}]}},
        {label, 3}, {test_heap, 30, 2},
        {put_list, {x, 1}, nil, {x, 3}}, {put_list, {x, 1}, {x, 3}, {x, 3}}, {put_list, {x, 1}, {x, 3}, {x, 3}},
        {test_heap, 100, 2}, {move, {x, 1}, {x, 0}}, {deallocate, 2}, return]}], 4}.

code(First, Later) ->
    {later_live_made, [{match, 3}], [],
     [{function, match, 3, 2,
       [{label, 1}, {func_info, {atom, later_live_made}, {atom, match}, 3},
        {label, 2},
        {test, bs_start_match3, {f, 3}, 3, [{x, 0}], {x, 0}},
        {bs_match, {f, 3}, {x, 0},
         {commands, [{ensure_at_least, 16, 8},
                     {integer, First, {literal, []}, 8, 1, {x, First}},
                     {binary, Later, {literal, []}, 8, 1, {x, First + 1}}]}},
        {test_heap, 4, First + 2},
        {put_tuple2, {x, 0}, {list, [{x, 1}, {x, First}, {x, First + 1}]}},
        return,
        {label, 3}, {move, {atom, none}, {x, 0}}, return]}], 4}.

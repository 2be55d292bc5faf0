%% What a bs_match keeps when it collects, in code that no compiler makes: later commands call fewer registers live.
-module(later_live).
-export([main/0]).

main() ->
    [io:format("~p~n", [{First, Later, outcome(First, Later)}]) || First <- [2, 3], Later <- [0, 1, 2, First]].

outcome(First, Later) ->
    {ok, Beam} = beam_asm:module(code(First, Later), [], [], []),
    {module, later_live_made} = code:load_binary(later_live_made, "later_live_made", Beam),
    Seen = lists:usort([once(N) || N <- lists:seq(1, 3000)]),
    code:purge(later_live_made),
    code:delete(later_live_made),
    Seen.

once(N) ->
    Kept = {N, "kept"},
    later_live_made:match(<<7, 9, N>>, Kept, other) =:= {Kept, 7, <<9>>}.

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

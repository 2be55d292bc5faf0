%% Random patterns on random subjects: the same answers everywhere, whichever engine gives them. The loop limit of 1
%% makes nearly every match leave the backtracking engine, a limit of the program's own keeps it there.
-module(regex_random).
-export([main/0, run/2]).

main() ->
    limit(available),
    [io:format("~p ~p~n", [Seed, run(Seed, 100)]) || Seed <- lists:seq(1, 8)],
    ok.

run(Seed, N) ->
    rand:seed(exsss, {Seed, 77, 1009}),
    erlang:phash2([one(rand:uniform(3)) || _ <- lists:seq(1, N)]).

one(Depth) ->
    Unicode = rand:uniform(3) =:= 1,
    Pattern = unicode:characters_to_binary(alternatives(Depth), unicode, encoding(Unicode)),
    Options = [unicode || Unicode] ++ some([caseless, multiline, dotall, ungreedy, dollar_endonly, extended, ucp,
                                            no_auto_capture, no_start_optimize, {newline, cr}], 5),
    case re:compile(Pattern, Options) of
        {ok, Compiled} ->
            [matched(subject(Unicode), Compiled, {Pattern, Options}) || _ <- lists:seq(1, 6)];
        Error ->
            Error
    end.

encoding(true) -> utf8;
encoding(false) -> latin1.

matched(Subject, Compiled, What) ->
    Offset = case Subject of <<C, D, _/binary>> when C < 128, D < 128 -> [{offset, 1}]; _ -> [] end,
    Options = some([anchored, notbol, noteol, notempty, notempty_atstart | Offset], 8),
    Usual = re:run(Subject, Compiled, Options),
    Own = re:run(Subject, Compiled, [{match_limit, 10000000} | Options]),
    limit(1),
    Early = re:run(Subject, Compiled, Options),
    All = re:run(Subject, Compiled, [global | Options]),
    limit(default),
    All2 = re:run(Subject, Compiled, [global, {match_limit, 10000000} | Options]),
    case Usual =:= Own andalso Own =:= Early andalso All =:= All2 of
        true -> ok;
        false -> io:format("~w ~w ~w: ~w~n", [What, Subject, Options, [Usual, Own, Early, All, All2]])
    end,
    erlang:phash2({Own, All2}).

%% The older library loses options when it is interrupted.
limit(Limit) ->
    case re:version() of
        <<"8.", _/binary>> -> ok;
        _ when Limit =:= available -> erts_debug:set_internal_state(available_internal_state, true);
        _ -> erts_debug:set_internal_state(re_loop_limit, Limit)
    end.

some(List, Rare) -> [X || X <- List, rand:uniform(Rare) =:= 1].

pick(List) -> lists:nth(rand:uniform(length(List)), List).

subject(Unicode) ->
    Few = rand:uniform(3),
    Letters = element(Few, {"ab", "abc1 \n\r_-", "aAbB1 \n" ++ [16#e9, 16#c9, 16#df, 16#b5, 16#a0, 16#85, 16#ff]}),
    More = if Unicode, Few =:= 3 -> Letters ++ [16#3b1, 16#391, 16#3c2, 16#17f, 16#212a, 16#20ac, 16#1f600, 16#2028];
              true -> Letters end,
    Text = [pick(More) || _ <- lists:seq(1, rand:uniform(12) - 1)],
    unicode:characters_to_binary(Text, unicode, encoding(Unicode)).

alternatives(Depth) ->
    lists:join($|, [sequence(Depth) || _ <- lists:seq(1, pick([1, 1, 1, 2, 2, 3]))]).

sequence(Depth) -> [item(Depth) || _ <- lists:seq(1, pick([0, 1, 1, 2, 2, 3]))].

item(Depth) ->
    case rand:uniform(8) of
        1 -> pick(["^", "$", "\\b", "\\B", "\\A", "\\Z", "\\z", "\\G", "(?i)", "(?s)", "(?-m)", "(?#x)", "\\Q.*\\E"]);
        N when N < 4, Depth > 0 -> [group(Depth - 1), count()];
        _ -> [atom(), count()]
    end.

group(Depth) ->
    [pick(["(", "(", "(", "(?:", "(?:", "(?i:", "(?s-i:", "(?m:", "(?U:", "(?x:"]), alternatives(Depth), ")"].

atom() ->
    pick(["a", "a", "a", "b", "b", "c", "1", ".", ".", "[ab]", "[^a]", "[b-y]", "\\d", "\\D", "\\w", "\\W", "\\s", "\\S",
          "\\h", "\\v", "\\N", "[[:alpha:]]", "[^[:digit:]b]", "[]a]", "[\\w-]", "\\n", "\\x61", "\\x{e9}", "\\012",
          "\\.", [16#e9], [16#df], [$[, 16#e0, $-, 16#ef, $]], "[[:punct:]]", "\\pL", "\\P{Lu}", "k", "s", "-"]).

count() ->
    pick(["", "", "", "", "*", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,3}?", "{2,}", "{0}", "{,2}"]).

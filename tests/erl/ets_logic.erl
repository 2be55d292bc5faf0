%% and, or, andalso and orelse of match specifications: of any number of operands, which may be anything.
-module(ets_logic).
-export([main/0]).
-include("show.hrl").

main() ->
    Values = [true, false, 5, {self}, {hd, 1}],
    Some = [true, false, 5],
    [?SHOW({Op, Args, of_body(list_to_tuple([Op | Args])), of_guard(list_to_tuple([Op | Args])),
            of_guard({'not', list_to_tuple([Op | Args])})})
     || Op <- ['andalso', 'orelse', 'and', 'or', 'xor'],
        Args <- [[]] ++ [[V] || V <- Values] ++ [[V, W] || V <- Values, W <- Values]
             ++ [[V, W, X] || V <- Some, W <- Some, X <- Some] ++ [[true, true, true, true], [false, true, {hd, 1}, false]]].

of_body(E) -> run([{x, [], [E]}]).
of_guard(E) -> run([{x, [E], [yes]}]).

run(Spec) ->
    try ets:match_spec_run([x], ets:match_spec_compile(Spec))
    catch error:Reason -> Reason
    end.

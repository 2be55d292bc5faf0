%% Stack traces of other processes and of exits seen through monitors and links.
-module(proc_stacktrace).
-export([main/0]).
-export([outer/1]).
-include("show.hrl").
inner(S) -> S ! in, receive go -> error(gone) end.
middle(S) -> R = inner(S), {R}.
outer(S) -> X = middle(S), [X].
short(St) -> [{M, F, if is_list(A) -> length(A); true -> A end, proplists:get_value(line, I)} || {M, F, A, I} <- St].

main() ->
    S = self(),
    {P, R} = spawn_monitor(?MODULE, outer, [S]),
    receive in -> timer:sleep(10) end,
    ?SHOW(begin {current_stacktrace, St} = process_info(P, current_stacktrace), short(St) end),
    ?SHOW(begin {current_location, {M, F, A, L}} = process_info(P, current_location), {M, F, A, proplists:get_value(line, L)} end),
    P ! go,
    ?SHOW(receive {'DOWN', R, process, P, {gone, St}} -> short(St) end),
    process_flag(trap_exit, true),
    Q = spawn_link(fun() -> lists:map(fun(X) -> 1 / X end, [1, 0]) end),
    ?SHOW(receive {'EXIT', Q, {badarith, St}} -> short(St) end),
    Q2 = spawn_link(fun() -> throw(oops) end),
    ?SHOW(receive {'EXIT', Q2, {E, St}} -> {E, length(St)} end),
    Q3 = spawn_link(erlang, hd, [[]]),
    ?SHOW(receive {'EXIT', Q3, {E, St}} -> {E, short(St)} end),
    ?SHOW(begin {current_stacktrace, St} = process_info(self(), current_stacktrace), element(2, hd(tl(St))) end).

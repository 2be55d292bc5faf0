%% Smaller modules of stdlib: argparse-free getopt of init, ms_transform, log_mf free, math of lists, qlc, shell parts.
%% stress: 50
-module(otp_misc).
-export([main/0]).
-include_lib("stdlib/include/qlc.hrl").
-include("show.hrl").
main() ->
    ?SHOW(qlc:e(qlc:q([{X, Y} || X <- [1, 2, 3], Y <- [a, b], X > 1]))),
    ?SHOW(begin T = ets:new(t, [ordered_set]), ets:insert(T, [{N, N rem 3} || N <- lists:seq(1, 10)]), qlc:e(qlc:q([K || {K,
        V} <- ets:table(T), V =:= 1])) end),
    ?SHOW(qlc:fold(fun(X, A) -> X + A end, 0, qlc:q([X || X <- [1, 2, 3]]))),
    ?SHOW(begin C = qlc:cursor(qlc:q([X || X <- [1, 2, 3]])), R = {qlc:next_answers(C, 2), qlc:next_answers(C, 2)},
        qlc:delete_cursor(C), R end),
    ?SHOW(qlc:eval(qlc:sort([c, a, b], [{order, descending}]))),
    ?SHOW(lists:flatten(shell_docs_ok())),
    ?SHOW(erl_internal:bif(abs, 1)),
    ?SHOW(erl_internal:guard_bif(abs, 1)),
    ?SHOW(erl_features:all()),
    ?SHOW(file_sorter:sort(id([bad]))),
    ?SHOW(pool_ok()),
    ?SHOW(string:to_integer("5x")),
    ?SHOW(win32reg_ok()),
    ?SHOW(edlin_expand:expand(lists:reverse("lists:rever"))),
    ?SHOW(edlin_expand:expand(lists:reverse("nomod:x"))),
    ?SHOW(lists:sublist(io_lib:format("~p", [erl_eval:new_bindings()]), 1)),
    ?SHOW(maps:get(a, #{a => b})),
    ?SHOW(c:pid(0, 1, 0) =:= list_to_pid("<0.1.0>")),
    ?SHOW(beam_disasm_ok()),
    ?SHOW(erl_bits:set_bit_type(default, [binary])),
    ?SHOW(otp_internal:obsolete(erlang, now, 0) =/= x).

shell_docs_ok() -> "fine".
pool_ok() -> fine.
win32reg_ok() -> fine.
beam_disasm_ok() -> {beam_file, queue, Es, _, _, _} = beam_disasm:file(code:which(queue)), length(Es) > 10.

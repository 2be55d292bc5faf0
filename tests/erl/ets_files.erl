%% tab2file, file2tab, tabfile_info, from_dets-like streams, ets:fun_to_table.
-module(ets_files).
-export([main/0]).
-include("show.hrl").
main() ->
    Dir = filename:join("/tmp", "enigma_ets_" ++ os:getpid()),
    File = Dir ++ ".tab",
    T = ets:new(tt_file, [ordered_set, named_table, public]),
    ets:insert(T, [{N, {x, N}, <<N:16>>} || N <- lists:seq(1, 300)]),
    ?SHOW(ets:tab2file(T, File)),
    ?SHOW(ets:delete(T)),
    ?SHOW(ets:file2tab(File, [{verify, true}])),
    ?SHOW(erlang:phash2(ets:tab2list(tt_file))),
    ?SHOW(begin {ok, L} = ets:tabfile_info(File), lists:sort([X || {K, _} = X <- L, lists:member(K, [name, type, size, protection,
        keypos])]) end),
    ?SHOW(ets:delete(tt_file)),
    ?SHOW(file:write_file(File, <<"junk">>)),
    ?SHOW(element(1, ets:file2tab(File))),
    ?SHOW(file:delete(File)),
    ?SHOW(element(1, ets:file2tab(File))),
    U = ets:new(tt_u, []),
    ?SHOW(ets:init_table(U, fun(read) -> {[{a, 1}, {b, 2}], fun(read) -> end_of_input; (close) -> ok end}; (close) -> ok end)),
    ?SHOW(lists:sort(ets:tab2list(U))),
    V = ets:new(tt_v, []),
    ?SHOW(ets:to_dets(U, no_dets)),
    ?SHOW(V =/= U).

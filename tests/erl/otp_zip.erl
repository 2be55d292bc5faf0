%% zip, erl_tar, in memory and on disk; dets; disk_log.
-module(otp_zip).
-export([main/0]).
-include("show.hrl").
main() ->
    D = "/tmp/enigma_zip_" ++ os:getpid(),
    file:make_dir(D),
    {ok, {"z.zip", Z}} = zip:create("z.zip", [{"a.txt", <<"hello">>}, {"d/b.bin", binary:copy(<<"xyz">>, 1000)}], [memory]),
    ?SHOW(zip:extract(Z, [memory]) =:= {ok, [{"a.txt", <<"hello">>}, {"d/b.bin", binary:copy(<<"xyz">>, 1000)}]}),
    ?SHOW(begin {ok, [_ | Fs]} = zip:table(Z), [element(2, F) || F <- Fs] end),
    ?SHOW(begin {ok, H} = zip:openzip_open(Z, [memory]), R = zip:openzip_get("a.txt", H), zip:openzip_close(H), R end),
    ?SHOW(zip:extract(<<"junk">>, [memory])),
    ?SHOW(erl_tar:create(D ++ "/t.tar", [{"one", <<"1">>}, {"two/three", <<"23">>}])),
    ?SHOW(erl_tar:table(D ++ "/t.tar")),
    ?SHOW(erl_tar:extract(D ++ "/t.tar", [memory])),
    ?SHOW(erl_tar:create(D ++ "/t.tgz", [{"one", binary:copy(<<"1">>, 5000)}], [compressed])),
    ?SHOW(begin {ok, [{N, B}]} = erl_tar:extract(D ++ "/t.tgz", [memory, compressed]), {N, byte_size(B)} end),
    ?SHOW(begin {ok, tt_dets} = dets:open_file(tt_dets, [{file, D ++ "/d.dets"}, {type, set}]), dets:insert(tt_dets, [{N,
        N * N} || N <- lists:seq(1, 200)]), dets:lookup(tt_dets, 9) end),
    ?SHOW(dets:info(tt_dets, size)),
    ?SHOW(length(dets:match(tt_dets, {'$1', '_'}))),
    ?SHOW(dets:delete(tt_dets, 9)),
    ?SHOW(dets:close(tt_dets)),
    ?SHOW(begin {ok, tt_dets} = dets:open_file(tt_dets, [{file, D ++ "/d.dets"}]), R = {dets:lookup(tt_dets, 9), dets:lookup(tt_dets,
        200)}, dets:close(tt_dets), R end),
    ?SHOW(begin {ok, tt_log} = disk_log:open([{name, tt_log}, {file, D ++ "/l.log"}]), [disk_log:log(tt_log, {entry, N}) || N <- [1,
        2, 3]], disk_log:sync(tt_log), {_, L} = disk_log:chunk(tt_log, start), disk_log:close(tt_log), L end),
    ?SHOW(file:del_dir_r(D)).

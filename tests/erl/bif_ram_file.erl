%% Files in memory: reading, writing, seeking, truncating, the errors of each, lists and binaries.
-module(bif_ram_file).
-export([main/0]).
-include("show.hrl").
open(Data, Modes) -> {ok, F} = file:open(Data, [ram | Modes]), F.
all(F) -> {ok, B} = ram_file:get_file(F), B.

main() ->
    ?SHOW(begin F = open("abcdef", [read]), R = {file:read(F, 2), file:read(F, 10), file:read(F, 1), file:read(F, 0)}, {R, file:close(F)} end),
    ?SHOW(begin F = open(<<"abcdef">>, [read, binary]), {file:read(F, 2), file:pread(F, 4, 9), file:pread(F, 6, 1), file:pread(F, 9, 0),
                 file:read(F, 1), file:pread(F, [{0, 1}, {5, 3}, {7, 2}])} end),
    ?SHOW(begin F = open([<<"ab">>, "c"], [write, read, binary]), A = file:write(F, <<"XY">>), B = file:position(F, cur),
                 C = file:pwrite(F, 6, "Z"), D = file:position(F, {eof, -2}), {A, B, C, D, file:read(F, 5), all(F)} end),
    ?SHOW(begin F = open(<<"abcdef">>, [write, read, binary]), {file:position(F, 2), file:truncate(F), all(F), file:position(F, 5),
                 file:truncate(F), all(F), ram_file:get_size(F), file:write(F, "q"), all(F)} end),
    ?SHOW(begin F = open(<<"abcdef">>, [write, read]), {file:position(F, 9), file:write(F, "!"), all(F), file:position(F, {bof, 1}),
                 file:position(F, {cur, 3}), file:position(F, {cur, -9}), file:position(F, {eof, 1}), file:position(F, bad)} end),
    ?SHOW(begin F = open("abc", [read]), {file:write(F, "x"), file:pwrite(F, 0, "x"), file:truncate(F), file:sync(F), file:datasync(F)} end),
    ?SHOW(begin F = open("abc", [write]), {file:read(F, 1), file:pread(F, 0, 1), file:write(F, "x"), file:close(F)} end),
    ?SHOW(begin F = open("abc", [read, write]), {file:pread(F, -1, 1), file:pwrite(F, -1, "x"), file:pread(F, 1 bsl 31, 1), file:read(F, 1 bsl 32)} end),
    ?SHOW(begin F = open("abc", [read]), {file:advise(F, 0, 0, normal), file:advise(F, 0, 0, never), file:allocate(F, 0, 10)} end),
    ?SHOW(begin F = open("", [read, binary]), {file:read(F, 1), file:read(F, 0), all(F), ram_file:get_size(F), file:close(F), file:read(F, 1)} end),
    ?SHOW(begin {ok, G} = file:open("head", [ram, read, binary]), {ok, H} = file:open([], [ram, write, read, binary]),
                 {file:copy(G, H), all(H), file:position(H, 0), file:copy(H, G, 2)} end),
    ?SHOW(begin B = binary:copy(<<"0123456789">>, 100000), F = open([], [read, write, binary]), ok = file:write(F, B), {ok, C} = file:pread(F, 0, 2000000), {B =:= C, ram_file:get_size(F)} end),
    ?SHOW(file:open(a_name, [ram])),
    ?SHOW(file:open("x", [ram, no_mode])).

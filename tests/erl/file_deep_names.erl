%% Names of files are strings, deep or not, or bytes; what else there may be in them.
-module(file_deep_names).
-export([main/0]).
-include("show.hrl").

main() ->
    [show(io_lib:format("~0p", [N]), fun() -> prim_file:internal_name2native(N) end)
     || N <- [[], [[]], [[], []], "/tmp", [["/"], "tmp"], ["/", $t, ["m", ["p"]]], [[], $/], [["/t"], 300], [[[[16#20AC]]]],
              [0], ["a", [0], "b"], [-1], [1.0], [16#D7FF], [16#D800],
              [16#DFFF], [16#E000], [16#10FFFF], [16#110000], [1 bsl 70], <<>>, <<"/tmp">>, <<0>>]],
    [show(io_lib:format("~0p", [N]), fun() -> case prim_file:list_dir(N) of {ok, L} -> {ok, is_list(L)}; E -> E end end)
     || N <- [[[]], [["/"], "tmp"], ["/", $t, ["m", ["p"]]], [["/no"], 300]]].

%% Too large to be an integer: system_limit.
-module(num_system_limit).
-export([main/0]).
-include("show.hrl").
main() ->
    ?SHOW(id(1) bsl id(1 bsl 30)),
    ?SHOW(begin X = id(1) bsl 60000000, bit_size(binary:encode_unsigned(X)) > 1 end),
    ?SHOW(id(1) bsl id(67108800) > 0),
    ?SHOW(try id(1) bsl id(1 bsl 26) of _ -> fits catch error:system_limit -> limit end),
    ?SHOW(id(-1) bsl id(1 bsl 30)),
    ?SHOW(id(1) bsr id(-(1 bsl 30))),
    ?SHOW(id(1 bsl 100) bsl id(1 bsl 59)).

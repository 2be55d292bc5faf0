%% One value of another process's dictionary: process_info(Pid, {dictionary, Key}), known since OTP 26.
-module(proc_dictionary_key).
-export([main/0]).
-include("show.hrl").
main() ->
    put(k, v),
    put({compound, [key]}, #{value => <<"of some bytes">>}),
    Parent = self(),
    P = spawn_link(fun() ->
        put(x, {1, <<"a">>, [list]}),
        put({compound, 2}, 1 bsl 70),
        Parent ! ready,
        receive stop -> ok end
    end),
    receive ready -> ok end,
    timer:sleep(20),
    [?SHOW(process_info(Who, Item)) || Who <- [self(), P], Item <- [
        {dictionary, k}, {dictionary, x}, {dictionary, {compound, [key]}}, {dictionary, {compound, 2}},
        [{dictionary, x}, status, {dictionary, none}, {dictionary, k}], [status, trap_exit], [], [{dictionary, undefined}],
        {dictionary}, {dictionary, a, b}, {other, x}, [{dictionary, x} | a], [{dictionary, x}, nonsense], {status, x}, 1, <<>>]],
    ?SHOW(length(process_info(P, lists:duplicate(100, {dictionary, x})))),
    process_flag(sensitive, true),
    ?SHOW(process_info(self(), {dictionary, k})),
    process_flag(sensitive, false),
    Dead = spawn(fun() -> ok end),
    Ref = monitor(process, Dead),
    receive {'DOWN', Ref, _, _, _} -> ok end,
    ?SHOW(process_info(Dead, {dictionary, x})),
    P ! stop,
    ok.

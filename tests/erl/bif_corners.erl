-module(bif_corners).
-export([main/0]).

%% Calls that nobody makes on purpose, and what comes of them.
main() ->
    inserted(),
    io:format("~p~n", [chains()]),
    drivers(),
    io:format("~p~n", [output()]).

shown(F, A) ->
    try apply(ets, F, A) of
        V -> {ok, V}
    catch
        C:R:Stack ->
            [{ets, _, _, Info} = Frame | Rest] = Stack,
            {C, R, [maps:get(cause, I, none) || {error_info, I} <- Info],
             erl_stdlib_errors:format_error(R, [setelement(3, Frame, A) | Rest])}
    end.

%% A reference that holds something is no object, whatever the table is.
inserted() ->
    T = ets:new(t, [public]),
    Gone = ets:new(t, []),
    ets:delete(Gone),
    Objects = [{table, T}, {gone, Gone}, {counters, element(2, counters:new(1, []))}, {compiled, ets:match_spec_compile([{'_', [], [true]}])},
               {ref, make_ref()}, {list, [T]}, {tuple, {T}}],
    [io:format("~p ~p ~p: ~p~n", [F, NameT, NameO, shown(F, [Table, Object])])
     || F <- [insert, insert_new], {NameT, Table} <- [{table, T}, {gone, Gone}, {nosuch, nosuch}, {tuple, {a}}, {list, [a]}],
        {NameO, Object} <- Objects].

%% Figures of chains, in single precision.
chains() ->
    [begin
         T = ets:new(t, [Type]),
         [ets:insert(T, {N * 7919, N}) || N <- lists:seq(1, Count)],
         [ets:insert(T, {N rem 3, N}) || N <- lists:seq(1, Count div 2)],
         ets:info(T, stats)
     end || Type <- [set, bag, duplicate_bag], Count <- [0, 1, 2, 10, 100, 1000]].

%% What a loader would say of files that are no libraries; numbers stand for words.
drivers() ->
    D = "/tmp/enigma_drivers_" ++ os:getpid(),
    ok = file:make_dir(D),
    Files = [{"short", "abc"}, {"empty", ""}, {"text", lists:duplicate(1000, $a)}],
    [ok = file:write_file(filename:join(D, N ++ ".so"), Bytes) || {N, Bytes} <- Files],
    ok = file:make_dir(filename:join(D, "dir.so")),
    Load = fun(Path, Name) ->
                   case erl_ddll:try_load(Path, Name, []) of
                       {error, {open_error, N} = E} -> {N =< -10, erl_ddll:format_error_int(E)};
                       Other -> Other
                   end
           end,
    [io:format("~p: ~p~n", [N, Load(D, N)]) || N <- ["short", "nosuch", "text", "empty", "dir", "short", "text/x", lists:duplicate(300, $a), "text\0x"]],
    io:format("~p~n", [Load(filename:join(D, "text.so"), "x")]),
    io:format("~p~n", [[Load(P, "x") || P <- [<<"nosuch", 0>>, <<"nosuch", 0, "x">>, <<255>>]]]),
    io:format("~p~n", [[catch element(1, catch Load(P, "x")) || P <- ["nosuch" ++ [0], nosuch, [a]]]]),
    io:format("~p~n", [[erl_ddll:format_error_int({open_error, N}) || N <- lists:seq(-9, 2) ++ [1 bsl 40, -(1 bsl 40) - 3, -1000, 1 bsl 31, -(1 bsl 31)]]]),
    io:format("~p~n", [[try erl_ddll:format_error_int(E) catch C:R -> {C, R} end
                        || E <- [{open_error, a}, {open_error, 1 bsl 70}, {open_error, -(1 bsl 70)}, {open_error}, 3, x]]]),
    file:del_dir_r(D).

%% Less than a byte is nothing to a port.
output() ->
    logger:set_primary_config(level, none),
    Long = binary:copy(<<"long">>, 30),
    [begin
         P = open_port({spawn, "cat"}, [binary]),
         R = try port_command(P, X) catch C:E -> {C, E} end,
         R =:= true andalso port_command(P, "."),
         Got = case R of true -> all(P, <<>>); _ -> none end,
         port_close(P),
         {R, Got}
     end || X <- [[<<5:3>>], <<5:3>>, [<<1, 5:3>>], [1 | <<5:3>>], [1, <<5:3>>, 2], [[1 | <<5:3>>], Long | <<1:1>>], [Long | <<Long/binary, 1:1>>],
                  [<<>> | <<5:7>>], [[<<5:3>>] | a], [256], [Long, -1], [a], a, [1 | 2]]].

all(P, Bytes) ->
    case binary:last(<<0, Bytes/binary>>) of
        $. -> Bytes;
        _ -> receive {P, {data, More}} -> all(P, <<Bytes/binary, More/binary>>) after 5000 -> {timeout, Bytes} end
    end.

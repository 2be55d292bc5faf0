%% Calls BIFs with drawn arguments and writes what came of it, one line a call: `-run fuzz main SIGNATURES RESULTS SEED NUMBER...`,
%% where a number may also be a range FROM-TO. Call N of seed S is the same call on every VM.
%% A line is `N TAB module:function TAB arguments TAB outcome`; what a VM may choose (pids, references, ports, local funs, results
%% marked ~, the order of large maps) is left out of it. Each call runs in a process of its own; what it leaves behind is taken away after it.
%% `one` instead of `main` prints to standard output. Read fuzzpool.erl and signatures.txt next.
-module(fuzz).
-export([main/1, one/1]).

-define(LIMIT, 3000).           % milliseconds for one call
-define(WIDTH, 900).            % characters of an outcome; the hash stands for the rest

main([Signatures, Results, Seed | Numbers]) ->
    {ok, Out} = file:open(Results, [append, raw, binary]),
    run(Signatures, Seed, Numbers, fun(Line) -> ok = file:write(Out, Line) end).

one([Signatures, Seed | Numbers]) ->
    run(Signatures, Seed, Numbers, fun(Line) -> io:put_chars([string:replace(Line, "\t", "\n  ", all), $\n]) end).

run(Signatures, Seed, Numbers, Write) ->
    logger:set_primary_config(level, none),
    process_flag(trap_exit, true),
    process_flag(priority, high),
    Calls = list_to_tuple([L || <<C, _/bytes>> = L <- lines(Signatures), C =/= $-]),
    reset_files(),
    {module, victim} = code:ensure_loaded(victim),
    {module, operators} = code:ensure_loaded(operators),
    {module, erl_erts_errors} = code:ensure_loaded(erl_erts_errors),
    {module, erl_stdlib_errors} = code:ensure_loaded(erl_stdlib_errors),
    [code:ensure_loaded(M) || M <- [re, zlib, binary, maps, math, unicode, string, io_lib, io_lib_pretty, io_lib_format, timer]],
    {ok, Base} = file:get_cwd(),
    Before = {processes(), erlang:ports(), Base},
    lists:foreach(fun(N) -> Write(line(list_to_integer(Seed), N, Calls, Before)) end, lists:append([range(N) || N <- Numbers])),
    halt(0).

range(Text) ->
    case string:lexemes(Text, "-") of
        [From, To] -> lists:seq(list_to_integer(From), list_to_integer(To));
        [N] -> [list_to_integer(N)]
    end.

%% The lines of the signature file, and what one says: {Mark, Module, Function, Kinds}, the mark `exact` or the
%% character in front.
lines(File) ->
    {ok, Text} = file:read_file(File),
    [L || <<C, _/bytes>> = L <- binary:split(Text, <<"\n">>, [global]), C =/= $#].

signature([Mark, $\s | Line]) -> setelement(1, signature(Line), list_to_atom([Mark]));
signature(Line) ->
    [Name | Kinds] = string:lexemes(Line, " "),
    {Module, Function} = name(Name),
    {exact, list_to_atom(Module), list_to_atom(Function), [fuzzpool:parse(K) || K <- Kinds]}.

name(Text) ->
    {Module, [$: | Function]} = lists:splitwith(fun(C) -> C =/= $: end, Text),
    {Module, Function}.

line(Seed, N, Calls, Before) ->
    Call = element(N rem tuple_size(Calls) + 1, Calls),
    Self = self(),
    {Pid, Ref} = spawn_opt(fun() -> attempt(Self, Seed, N, signature(binary_to_list(Call))) end,
                           [monitor, {max_heap_size, #{size => 40000000, kill => true, error_logger => false}}]),
    {Name, Shown} = receive {arguments, Pid, Called, Text} -> {Called, Text} after 10 * ?LIMIT -> {Call, <<"not drawn within the time limit">>} end,
    Outcome = receive
                  {'DOWN', Ref, process, Pid, {outcome, O}} -> O;
                  {'DOWN', Ref, process, Pid, Reason} -> show({died, Reason})
              after ?LIMIT ->
                  exit(Pid, kill),
                  receive
                      {'DOWN', Ref, process, Pid, {outcome, O}} -> O;
                      {'DOWN', Ref, process, Pid, _} -> <<"no end within the time limit">>
                  end
              end,
    cleanup(Before),
    flush(),
    [integer_to_binary(N), $\t, Name, $\t, Shown, $\t, Outcome, $\n].

flush() -> receive _ -> flush() after 0 -> ok end.

attempt(Parent, Seed, N, {Mark, M, F, Kinds}) ->
    fuzzpool:start(Seed, N),
    Mode = element(fuzzpool:random(12) + 1, {near, near, near, near, near, one_wrong, one_wrong, one_wrong, one_wrong, wild, wild, wild}),
    Args = fuzzpool:arguments(Kinds, Mode),
    Table = fuzzpool:finish(),
    Parent ! {arguments, self(), io_lib:format("~w:~w/~w", [M, F, length(Args)]), show(Args)},
    put(key, value),
    put({a, 1}, b),
    Result = try apply(M, F, Args) of
                 V -> {ok, result(Mark, V, Args)}
             catch
                 C:R:_ when Mark =:= '^' -> {C, R};
                 C:R:Stack -> {C, R, frame(Stack)}
             end,
    exit({outcome, show({Result, aftermath(Table)})}).

%% The value as it is compared.
result('~', V, _) -> type(V);
result('=', V, Args) when is_list(V); is_binary(V) -> result('&', iolist_to_binary(V), Args);
result('*', V, _) when is_list(V) -> {sorted, lists:sort(V)};
result('&', V, Args) ->
    case own(Args) of
        true when is_boolean(V) -> boolean;
        true -> type(V);
        false -> V
    end;
result(_, V, _) -> V.

%% Does the term hold a process, a reference or the like, whose number a VM chooses?
own([H | T]) -> own(H) orelse own(T);
own(T) when is_tuple(T) -> own(tuple_to_list(T));
own(M) when is_map(M) -> own(maps:to_list(M));
own(F) when is_function(F) -> erlang:fun_info(F, type) =:= {type, local};
own(T) -> is_pid(T) orelse is_reference(T) orelse is_port(T).

%% What the call did to its process and its table.
aftermath(Table) ->
    case process_info(self(), [links, monitors]) of
        [{links, []}, {monitors, []}] -> ok;
        _ -> receive after 20 -> ok end          % signals may still be on their way
    end,
    Own = [{I, V} || {I, V} <- [{I, count(process_info(self(), I))} || I <- [links, monitors, trap_exit, registered_name, priority]],
                     V =/= 0, V =/= false, V =/= [], V =/= normal],
    case Table of
        undefined -> Own;
        T -> [catch {ets:info(T, size), lists:sort(ets:tab2list(T))} | Own]
    end.

count({_, L}) when is_list(L) -> length(L);
count({_, V}) -> V;
count([]) -> [].

%% The innermost frame and the words of its error_info.
frame([{M, F, A, Info} = Top | _] = Stack) when is_list(Info) ->
    case lists:keyfind(error_info, 1, Info) of
        {error_info, Map} when is_map(Map) ->
            Module = maps:get(module, Map, M),
            Text = case erlang:function_exported(Module, format_error, 2) of
                       true -> try Module:format_error(badarg, Stack) catch X:Y -> {format_error, X, Y} end;
                       false -> none
                   end,
            {M, F, arity(A), Map, Text};
        _ -> case lists:member(M, [fuzz]) of true -> none; false -> {M, F, arity(A), element(4, Top) =:= []} end
    end;
frame(_) -> none.

arity(A) when is_list(A) -> {arguments, length(A)};
arity(A) -> A.

type(T) when is_tuple(T) -> list_to_tuple([type(E) || E <- tuple_to_list(T)]);
type(T) when is_atom(T) -> T;
type(T) when is_integer(T) -> integer;
type(T) when is_float(T) -> float;
type([]) -> list;
type([_ | _]) -> list;
type(T) when is_map(T) -> {map, lists:sort(maps:keys(T))};
type(T) when is_bitstring(T) -> binary;
type(T) when is_pid(T) -> pid;
type(T) when is_reference(T) -> reference;
type(T) when is_port(T) -> port;
type(T) when is_function(T) -> function.

%% As text without tabs and newlines, with a hash if it is long.
show(Term) ->
    Plain = plain(Term),
    Text = unicode:characters_to_binary(io_lib:format("~0tP", [Plain, 150])),
    case byte_size(Text) > ?WIDTH of
        true -> io_lib:format("~ts... ~w", [string:slice(Text, 0, ?WIDTH), erlang:phash2(Plain)]);
        false -> Text
    end.

plain({dictionary, D}) when is_list(D) -> {dictionary, lists:sort(D)};
plain({exports, L}) when length(L) >= 0 -> {exports, lists:sort([plain(E) || E <- L])};     % as they came to be known
plain({md5, <<_:16/binary>>}) -> {md5, '<md5>'};            % erl's preloaded modules are not built from the files beside it
plain(P) when is_pid(P) -> '<pid>';
plain(P) when is_port(P) -> '<port>';
plain(R) when is_reference(R) -> '<ref>';
plain(F) when is_function(F) ->
    case erlang:fun_info(F, type) of
        {type, external} -> F;
        _ -> {'<fun>', element(2, erlang:fun_info(F, module)), element(2, erlang:fun_info(F, arity))}
    end;
plain([H | T]) -> plain_list([H | T], []);
plain({re_pattern, A, B, C, Code}) when is_binary(Code) -> plain({re_pattern, A, B, C, '<code>'});
plain(T) when is_tuple(T) -> list_to_tuple([plain(E) || E <- tuple_to_list(T)]);
plain(M) when is_map(M) ->
    Pairs = [{plain(K), plain(V)} || {K, V} <- maps:to_list(M)],
    case maps:from_list(Pairs) of
        Same when map_size(Same) =:= map_size(M), map_size(M) =< 32 -> Same;
        _ -> {'<map>', lists:sort(Pairs)}
    end;
plain(T) -> T.

plain_list([H | T], Done) -> plain_list(T, [plain(H) | Done]);
plain_list([], Done) -> lists:reverse(Done);
plain_list(Tail, Done) -> lists:reverse(Done, plain(Tail)).

%% Puts the system back as it was.
cleanup({Processes, Ports, Base}) ->
    New = processes() -- Processes,
    Refs = [monitor(process, P) || P <- New, P =/= self()],
    [erlang:exit(P, kill) || P <- New, P =/= self()],
    [catch erlang:resume_process(P) || P <- New],
    [receive {'DOWN', R, _, _, _} -> ok after 2000 -> ok end || R <- Refs],
    [catch port_close(P) || P <- erlang:ports() -- Ports],
    [persistent_term:erase(K) || K <- [fuzz_key1, {fuzz, 2}, "fuzz3", <<"fuzz4">>, 5.0], persistent_term:get(K, '$none') =/= '$none'],
    [os:unsetenv(V) || V <- ["FUZZ_A", "FUZZ_B", "FUZZ_é"]],
    case file:get_cwd() of {ok, Base} -> ok; _ -> ok = file:set_cwd(Base) end,
    case erlang:function_exported(victim, id, 1) andalso not erlang:check_old_code(victim) of
        true -> ok;
        false -> reload()
    end,
    reset_files().

reload() ->
    code:purge(victim),
    case code:load_file(victim) of
        {module, victim} -> ok;
        Other -> io:format("victim is not loaded: ~p~n", [Other])
    end.

reset_files() ->
    {ok, Names} = file:list_dir_all("."),
    case lists:sort(Names) of
        ["fuzz_dir", "fuzz_file", "fuzz_link"] -> ok;
        _ ->
            [case file:read_link_info(N) of {ok, I} when element(3, I) =:= directory -> file:del_dir_r(N); _ -> file:delete(N) end || N <- Names],
            ok = file:make_dir("fuzz_dir"),
            ok = file:make_symlink("fuzz_file", "fuzz_link")
    end,
    case file:read_file("fuzz_file") of
        {ok, <<"0123456789 a file\n">>} -> ok;
        _ -> ok = file:write_file("fuzz_file", <<"0123456789 a file\n">>)
    end.

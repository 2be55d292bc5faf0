%% Terms for fuzz.erl, drawn by a generator of its own, so that a seed means the same terms on every VM.
%% arguments(Kinds, Mode) draws the arguments of one call. A kind is a word of the signature file:
%%   =a|b      one of these atoms        [K]  a list of K, now and then no proper one
%%   {K;K}     a tuple                   K/K  one kind or the other
%% and else a name that word/1 knows; `any` is a term of the corners of each type.
%% What needs a process, table, port or file is made when it is drawn, for the calling process.
%% The generator's state and that table stand in the process dictionary until finish/0 takes them out.
-module(fuzzpool).
-export([start/2, finish/0, arguments/2, parse/1, random/1]).

-define(RANDOM, '$fuzz random').
-define(TABLE, '$fuzz table').

start(Seed, N) -> put(?RANDOM, next(next(next(Seed * 1000003 + N)))).

%% The table that was drawn, or none; the dictionary is empty afterwards.
finish() ->
    Table = get(?TABLE),
    erase(),
    Table.

next(S) -> (S * 6364136223846793005 + 1442695040888963407) band 16#ffffffffffffffff.

random(Below) ->
    S = get(?RANDOM),
    put(?RANDOM, next(S)),
    (S bsr 33) rem Below.

one(List) when is_list(List) -> lists:nth(random(length(List)) + 1, List);
one(Tuple) -> element(random(tuple_size(Tuple)) + 1, Tuple).

many(Most, Make) -> [Make() || _ <- lists:seq(1, random(Most + 1))].

%% Arguments of the kinds; about a third of the calls has one that is not of its kind, a quarter has none that is.
arguments(Kinds, near) -> [kind(K) || K <- Kinds];
arguments(Kinds, wild) -> [wild(K) || K <- Kinds];
arguments([], one_wrong) -> [];
arguments(Kinds, one_wrong) ->
    Wrong = random(length(Kinds)),
    [case I of Wrong -> wild(K); _ -> kind(K) end || {I, K} <- lists:zip(lists:seq(0, length(Kinds) - 1), Kinds)].

%% Any term, but where the kind is a count no number that is merely large: that costs memory and shows nothing.
wild(count) ->
    case any() of
        N when is_integer(N), N > 1 bsl 16, N < 1 bsl 58 -> N band 255;
        N when is_integer(N), N > 1 bsl 64 -> 1 bsl 64;
        Term -> Term
    end;
%% Before the year 0 erl's days are one off.
wild(posix) ->
    case any() of
        N when is_integer(N), N < -62135596800 -> -N;
        Term -> Term
    end;
wild(_) -> any().

parse(Word) ->
    {K, []} = union(Word),
    K.

union(Text) ->
    {First, Rest} = simple(Text),
    case Rest of
        [$/ | More] ->
            case union(More) of
                {{union, Ks}, Left} -> {{union, [First | Ks]}, Left};
                {K, Left} -> {{union, [First, K]}, Left}
            end;
        _ -> {First, Rest}
    end.

simple([$[ | Text]) ->
    {K, [$] | Rest]} = union(Text),
    {{list, K}, Rest};
simple([${ | Text]) -> members(Text, []);
simple([$= | Text]) ->
    {Names, Rest} = name(Text),
    case string:lexemes(Names, "|") of
        [[D | _] = Number] when D >= $0, D =< $9 -> {{value, [list_to_integer(Number)]}, Rest};
        Each -> {{value, [list_to_atom(N) || N <- Each]}, Rest}
    end;
simple(Text) ->
    {Name, Rest} = name(Text),
    {list_to_atom(Name), Rest}.

members(Text, Ks) ->
    case union(Text) of
        {K, [$; | More]} -> members(More, [K | Ks]);
        {K, [$} | Rest]} -> {{tuple, lists:reverse([K | Ks])}, Rest}
    end.

name(Text) -> lists:splitwith(fun(C) -> not lists:member(C, "/];}") end, Text).

kind({value, Atoms}) -> one(Atoms);
kind({union, Ks}) -> kind(one(Ks));
kind({tuple, Ks}) -> list_to_tuple([kind(K) || K <- Ks]);
kind({list, K}) ->
    L = many(3, fun() -> kind(K) end),
    case random(20) of
        0 -> L ++ any();
        1 -> [any() | L];
        _ -> L
    end;
kind(Word) -> word(Word).

%% Any term at all.
any() ->
    case random(34) of
        0 -> word(atom);
        1 -> word(bool);
        2 -> word(int);
        3 -> word(int);
        4 -> word(float);
        5 -> [];
        6 -> word(str);
        7 -> word(list);
        8 -> [any() | any()];
        9 -> word(tuple);
        10 -> {};
        11 -> word(map);
        12 -> word(smallmap);
        13 -> word(bin);
        14 -> word(bits);
        15 -> <<>>;
        16 -> word(fun1);
        17 -> word(extfun);
        18 -> word(fun2);
        19 -> word(pid);
        20 -> word(ref);
        21 -> word(port);
        22 -> word(iolist);
        23 -> {victim, id, 1};
        24 -> {victim, id, [x]};
        25 -> [{a, 1}, b, {c, [d]}];
        26 -> word(atomics);
        27 -> word(row);
        28 -> -1;
        29 -> 0;
        30 -> 1;
        31 -> word(bin);
        32 -> word(atom);
        33 -> word(nat)
    end.

%% Numbers
word(any) -> any();
word(int) ->
    case random(4) of
        0 -> random(20) - 5;
        1 -> one([1, -1]) * (1 bsl one([8, 16, 31, 32, 57, 58, 59, 60, 61, 62, 63, 64, 65, 127, 128, 500])) + random(3) - 1;
        2 -> one({0, 1, -1, 255, 256, 65535, 65536, 16#d7ff, 16#d800, 16#dfff, 16#e000, 16#fffe, 16#10ffff, 16#110000,
                  -(1 bsl 59), (1 bsl 59) - 1, 1 bsl 59, -(1 bsl 59) - 1, 1 bsl 63, (1 bsl 64) - 1, 1000000000000000000000000000000});
        3 -> random(1000) - 500
    end;
word(nat) -> random(6);
word(pos) -> 1 + random(200);
word(idx) -> random(6) - (random(8) div 7);
word(posix) -> max(word(int), -62135596800);
word(size) -> one({0, 1, 2, 3, 7, 8, 10, 64, 100});
word(byte) -> random(256);
word(base) -> one({2, 8, 10, 16, 36, 37, 1, 0, 10, 16, 7});
word(level) -> random(12) - 1;
word(wbits) -> one({8, 9, 15, -8, -15, 24, 31, 47, 16, 0, 7, -7, 32, 40});
word(strategy) -> one({default, filtered, huffman_only, rle, fixed, nosuch});
word(count) -> one({0, 1, 2, 5, 60, 63, 64, 65, 100, 1000, -1, -3, -64});
word(float) ->
    one({0.0, -0.0, 1.0, -1.5, 0.1, 1.0e308, -1.7976931348623157e308, 5.0e-324, 2.2250738585072014e-308, 9007199254740993.0, 4503599627370496.5,
         123456.789, 1.0e22, 1.0e23, 18446744073709551616.0, -576460752303423488.0, 0.5, 1.5, 2.5, -0.5, 3.0e-5});
word(num) -> case random(2) of 0 -> word(int); 1 -> word(float) end;
word(char) -> one({0, $a, 127, 128, 255, 256, 16#7ff, 16#800, 16#d7ff, 16#d800, 16#dfff, 16#e000, 16#fffe, 16#ffff, 16#10000, 16#10ffff, 16#110000, -1});
%% Atoms and text
word(bool) -> one({true, false});
word(atom) ->
    one({foo, true, false, undefined, '', 'é', 'ł𐐷', infinity, all, none, fuzz_name, fuzz_table, victim, id, key, '$1', '_', '$end_of_table',
         error, badarg, normal, kill, latin1, a, b, c, ok, 'with space', list_to_atom(lists:duplicate(255, $x)), list_to_atom(lists:duplicate(255, 16#e9))});
word(str) -> one({"", "a", "abc", "foo", "fuzz", "123", [0], [255], [16#e9, $x], [16#400, 16#10000], "a b\n", [a], "é", lists:duplicate(256, $a), lists:duplicate(255, 16#e9),
                  [16#d800], [16#110000], "fuzz_name", "cat", "nosuch"});
word(bin) ->
    case random(14) of
        0 -> <<>>;
        1 -> <<"a">>;
        2 -> <<"abcabcabcabc">>;
        3 -> <<"héé€𐐷"/utf8>>;
        4 -> <<255, 254, 0, 128>>;
        5 -> <<"a", 16#c3>>;
        6 -> <<16#ed, 16#a0, 16#80>>;
        7 -> binary:copy(<<"0123456789">>, 10);
        8 -> binary:part(binary:copy(<<"abcdefghij">>, 20), 7, 90);
        9 -> <<_:3, B:5/binary, _/bits>> = binary:copy(<<"xyz">>, 40), B;
        10 -> <<0:800>>;
        11 -> <<"foo">>;
        12 -> list_to_binary([I band 255 || I <- lists:seq(1, 300)]);
        13 -> <<"true">>
    end;
word(bits) ->
    case random(6) of
        0 -> <<5:3>>;
        1 -> <<"abc", 1:1>>;
        2 -> <<_:5, B/bits>> = <<"some bytes">>, B;
        3 -> <<_:5, B:77/bits, _/bits>> = binary:copy(<<"bits">>, 30), B;
        _ -> word(bin)
    end;
word(numtext) ->
    case random(3) of
        0 -> any_number_text(fun list_to_binary/1);
        _ -> list_to_binary(word(numstr))
    end;
word(numstr) ->
    one({"", "0", "1", "-1", "+17", "-", "+", "12a", "ff", "ZZ", " 1", "1 ", "1.0", "-1.5e3", "1.0e400", "-1.0e400", "1e5", "1.", ".5", "1.5e", "1.5E+07", "0.0",
         "-0.0", "1_000", "576460752303423488", "-576460752303423489", "123456789012345678901234567890", "1.0e-400", "0001", "1.7976931348623159e308",
         "16#ff", "--1", "1.0xyz", "9223372036854775808", "zzzzzzzzzzzzzzzzzzzz", "\n1", "1.0e10abc"});
word(chars) ->
    case random(6) of
        0 -> word(str);
        1 -> word(bin);
        2 -> [word(bin), word(str)];
        3 -> [word(char), word(bin), [word(char) | word(bin)]];
        4 -> [[[word(str)]], word(bin) | word(bits)];
        5 -> [<<"é"/utf8>>, $é, 16#400]
    end;
word(encoding) -> one({latin1, unicode, utf8, {utf16, big}, {utf16, little}, {utf32, big}, {utf32, little}, utf16, utf32, {utf16, middle}, ascii});
word(iolist) ->
    case random(8) of
        0 -> word(bin);
        1 -> word(str);
        2 -> [word(bin), word(bin)];
        3 -> [1, 2, <<3>>, [4, [<<5, 6>>]] | <<7>>];
        4 -> [word(str) | word(bin)];
        5 -> [[], [[]], [], <<>>];
        6 -> [word(bits), word(bin)];
        7 -> [word(byte), word(bin), word(byte) | word(bits)]
    end;
word(iovec) -> many(3, fun() -> word(bin) end);
%% Containers
word(list) ->
    case random(7) of
        0 -> [];
        1 -> many(5, fun any/0);
        2 -> lists:seq(1, one({3, 10, 100}));
        3 -> [a, b, c, a];
        4 -> [any(), any() | any()];
        5 -> [1, 1.0, a, {b}];
        6 -> word(str)
    end;
word(tuple) ->
    case random(6) of
        0 -> {};
        1 -> {a};
        2 -> {any(), any()};
        3 -> {a, 1, "x", <<"y">>, 2.0};
        4 -> erlang:make_tuple(one({3, 64, 300}), x);
        5 -> list_to_tuple(many(5, fun any/0))
    end;
word(key) -> one({a, b, c, 1, 1.0, 2, <<"k">>, "k", {7}, 0, -0.0, 17, 1 bsl 64, [], key});
word(smallmap) ->
    one({#{}, #{a => 1}, #{a => 1, b => 2, c => 3}, #{1 => x, 1.0 => y}, #{<<"k">> => v, "k" => w, {7} => 1, key => 5}, #{0 => z, -0.0 => mz, [] => nil}});
word(map) ->
    case random(5) of
        0 -> maps:from_list([{I, I * I} || I <- lists:seq(1, 33)]);
        1 -> maps:from_list([{{I}, I} || I <- lists:seq(1, 100)] ++ [{1, i}, {1.0, f}, {<<"k">>, b}]);
        2 -> maps:from_list([{any(), any()}, {word(key), any()}]);
        _ -> word(smallmap)
    end;
word(fun0) -> fun() -> ok end;
word(fun1) -> X = word(nat), one({fun(Y) -> {X, Y} end, fun victim:id/1, fun erlang:abs/1, fun(_) -> error(inside) end, fun nosuch:nosuch/1});
word(fun2) -> one({fun(A, B) -> {B, A} end, fun erlang:'+'/2, fun lists:map/2, fun(_, _) -> throw(inside) end});
word(extfun) -> one({fun victim:id/1, fun nosuch:'A b'/0, fun erlang:'+'/2, fun 'é':x/255});
%% Processes and their like
word(self) -> self();
word(live) -> sleeper();
word(pid) -> one({fun() -> self() end, fun sleeper/0, fun dead/0}, call);
word(ref) -> one({fun() -> make_ref() end, fun() -> word(alias) end, fun() -> word(atomics) end}, call);
word(alias) -> case random(4) of 0 -> make_ref(); _ -> alias(one({[], [reply], [explicit_unalias]})) end;
word(tref) -> case random(3) of 0 -> make_ref(); _ -> erlang:start_timer(one({100000, 1000000}), self(), x), erlang:send_after(5000000, self(), y) end;
word(monref) -> case random(4) of 0 -> make_ref(); 1 -> monitor(process, dead()); _ -> monitor(process, sleeper()) end;
word(name) ->
    case random(3) of
        0 -> catch register(fuzz_name, self());
        1 -> catch register(fuzz_other, sleeper());
        2 -> ok
    end,
    one({fuzz_name, fuzz_other, nosuch_name, undefined, 'é'});
word(node) -> one({node(), nonode@nohost, 'a@b', foo, '', '@', 'x@'});
word(timeout) -> one({100000, 1000000, 0, 1, 16#ffffffff, 16#100000000, -1, 1 bsl 60, 1 bsl 64, infinity, 1 bsl 53});
word(pidstr) -> one({"<0.0.0>", "<0.1.0>", "<0.99999999.0>", "<0.0.99999999>", "<1.2.3>", "<0.1>", "<0.1.0", "", "<a.b.c>", "<0.-1.0>", "<0.1.0>x", "<0.268435456.0>", "<0.0.8192>"});
word(portstr) -> one({"#Port<0.0>", "#Port<0.99>", "#Port<1.2>", "#Port<0>", "#Port<", "", "#Port<0.1>x", "#Port<0.1152921504606846975>"});
word(refstr) -> one({"#Ref<0.1.2.3>", "#Ref<0.0.0.0>", "#Ref<1.2.3.4>", "#Ref<0.1.2>", "#Ref<0.4294967296.1.1>", "#Ref<0.1.262144.1>", "", "#Ref<0.1.2.3>x", "#Ref<0.1.2.3.4.5>", "#Ref<0.7>"});
word(port) ->
    case random(3) of
        0 -> P = open_port({spawn, "cat"}, [binary]), port_close(P), P;
        _ -> open_port({spawn, "cat"}, one({[binary], [{packet, 2}], [stream]}))
    end;
word(infoitem) ->
    one({registered_name, status, message_queue_len, messages, links, monitors, monitored_by, trap_exit, group_leader, priority, error_handler, catchlevel,
         min_heap_size, min_bin_vheap_size, sequential_trace_token, suspending, dictionary, initial_call, last_calls, message_queue_data, parent, nosuch,
         trace, max_heap_size, backtrace_foo});
word(spawnopt) ->
    one({monitor, link, {monitor, []}, {monitor, [{alias, reply_demonitor}]}, {priority, high}, {priority, nosuch}, {min_heap_size, 500}, {min_heap_size, -1},
         {fullsweep_after, 3}, {max_heap_size, 0}, {max_heap_size, #{size => 1000000, kill => false}}, {message_queue_data, off_heap}, nosuch, {scheduler, 1},
         {async_dist, true}, {reply, yes}, {reply, error_only}, {reply_tag, t}, {min_bin_vheap_size, 100}, {monitor, [{tag, x}]}});
word(monopt) -> one({{alias, explicit_unalias}, {alias, demonitor}, {alias, reply_demonitor}, {alias, nosuch}, {tag, a}, {tag, {t, [u]}}, nosuch, {tag}});
word(gcrequest) -> {one({garbage_collect, check_process_code, nosuch}), make_ref(), one({major, minor, 1})};
word(mfargs) -> {word(mod), word(func), word(list)};
word(mod) -> one({victim, victim, victim, nosuch, lists, erlang});
word(victim) -> one({victim, victim, nosuch});
word(func) -> one({id, id, crash, loop, leave, '+', nosuch, reverse, module_info, raise});
word(arity) -> one({0, 1, 2, 3, 255, 256, -1, 1 bsl 64});
word(stack) ->
    one({[], [{victim, id, 1, []}], [{victim, id, [x], [{file, "f"}, {line, 3}]}], [{victim, id, 1}], [x], [{victim, id, -1, []}], [{victim, id, 1, x}], [{fun() -> ok end, [], []}],
         [{victim, id, 1, []} | x]});
%% Code and external terms
word(beam) -> case random(4) of 0 -> word(bin); 1 -> {_, B, _} = code:get_object_code(victim), binary:part(B, 0, byte_size(B) - 40);
                                _ -> {_, B, _} = code:get_object_code(victim), B end;
word(chunk) -> one({"Atom", "AtU8", "Code", "ExpT", "Nope", "", "Abst", 'Code', "Docs1"});
word(prepared) -> case random(4) of 0 -> make_ref(); _ -> {_, B, _} = code:get_object_code(victim), erts_internal:prepare_loading(victim, B) end;
word(etf) ->
    case random(6) of
        0 -> word(bin);
        1 -> <<131, 104, 1, 97>>;
        2 -> term_to_binary(any(), [compressed]);
        3 -> B = term_to_binary(any()), <<B/binary, "more">>;
        _ -> term_to_binary(any())
    end;
word(etfopt) -> one({compressed, {compressed, 0}, {compressed, 9}, {compressed, 10}, {minor_version, 0}, {minor_version, 1}, {minor_version, 2}, {minor_version, 3}, deterministic, nosuch, local});
word(floatopt) -> one({compact, short, {decimals, 0}, {decimals, 5}, {decimals, 253}, {decimals, 254}, {decimals, -1}, {scientific, 0}, {scientific, 20}, {scientific, 249}, {scientific, 250}, nosuch,
                       {decimals, 20}});
word(md5) -> case random(3) of 0 -> word(bin); _ -> erlang:md5_update(erlang:md5_init(), word(bin)) end;
%% Packets, patterns
word(packettype) -> one({raw, 0, 1, 2, 4, asn1, sunrm, cdr, fcgi, tpkt, line, http, httph, http_bin, httph_bin, ssl_tls, nosuch, 3});
word(packet) -> one({<<>>, <<3, "abcdef">>, <<0, 2, "xyz">>, <<0, 0, 0, 1, 65, 66>>, <<"line one\nline two">>, <<"GET /x?y HTTP/1.1\r\nHost: a\r\n\r\n">>, <<"HTTP/1.0 200 OK\r\n">>,
                     <<"Host: abc\r\nX: y\r\n\r\n">>, <<"Content-Length: 5\r\n\r\nabc">>, <<22, 3, 1, 0, 2, 1, 2>>, <<255, 255, 255, 255, 0>>, <<"\r\n">>, <<3, 0, 0, 7, 1, 2, 3, 4>>,
                     <<48, 3, 1, 2, 3, 4>>, <<"x-very-odd: 1\r\n v\r\n\r\n">>, <<"<junk>\r\n">>, <<1, 3, 0, 1, 0, 4, 0, 0, "abcd">>, word(bin), word(bits)});
word(packetopt) -> one({{packet_size, 0}, {packet_size, 3}, {packet_size, 1000}, {line_length, 4}, {line_delimiter, $x}, {line_length, 0}, {packet_size, -1}, nosuch});
word(binpattern) -> one({<<"b">>, <<"abc">>, <<>>, [<<"a">>, <<"c">>], [<<"bc">>, <<"abcabc">>, <<"c">>], [], [<<>>], <<"0123">>, [<<"9">>, x], {ac, make_ref()}, {bm, 1}, [<<"é"/utf8>>, <<0>>]});
word(bp) -> case word(binpattern) of
                <<>> -> binary:compile_pattern(<<"a">>);
                B when is_binary(B) -> binary:compile_pattern(B);
                _ -> binary:compile_pattern([<<"bc">>, <<"12">>, <<0>>])
            end;
word(regex) -> one({<<"b">>, "a(b)?c", <<"(?<n>a)(?<m>b)?">>, "(", <<>>, "[", "a**", "^$", "\\d+", <<"(a+)+$">>, "x|y|", "(?i)ABC", "é", [16#400], "(.)\\1", "\\", "(?=a)", ".*", "(?<n>", "a{2,3}", "[[:alpha:]]", "\\p{L}",
                    "a{99999}", [$a, <<"b">>], "(?|(a)|(b))", "(?P<x>.)", "\\bfoo\\b", "(?R)", "(*UTF8)é", "(*ACCEPT)a"});
word(mp) -> case random(3) of
                0 -> {ok, M} = re:compile(<<"(?<n>a)(b)?">>), M;
                1 -> {ok, M} = re:compile("(b|c)+", [unicode, caseless]), M;
                2 -> one({{re_pattern, 0, 0, 0, <<>>}, {re_pattern, 1, 0, 0, <<1, 2, 3>>}, {re_pattern, x}, {re_pattern, 0, 0, 0, make_ref()}})
            end;
word(reopt) -> one({unicode, anchored, caseless, dollar_endonly, dotall, extended, firstline, multiline, no_auto_capture, dupnames, ungreedy, {newline, cr}, {newline, lf}, {newline, crlf},
                    {newline, any}, {newline, anycrlf}, {newline, nosuch}, bsr_anycrlf, bsr_unicode, no_start_optimize, ucp, never_utf, nosuch});
word(runopt) -> one({global, notbol, noteol, notempty, notempty_atstart, report_errors, {offset, 0}, {offset, 1}, {offset, 5}, {offset, 1000}, {offset, -1}, {match_limit, 3}, {match_limit_recursion, 3},
                     {capture, all}, {capture, first}, {capture, none}, {capture, all_but_first}, {capture, all_names, list}, {capture, all_names}, {capture, [1, 0], binary}, {capture, [n, "m"], list},
                     {capture, [99]}, {capture, all, index}, {capture, all, list}, {capture, all, binary}, {capture, nosuch}, {capture, all, nosuch}, {newline, any}, {capture, [<<"n">>], binary}});
%% Tables
word(tab) ->
    case random(12) of
        0 -> one({nosuch_table, fuzz_table, make_ref()});
        _ ->
            case get(?TABLE) of
                undefined -> T = table(), put(?TABLE, T), T;
                T -> T
            end
    end;
word(row) -> one({{a, 1}, {b, 2, x}, {c, 0, 0, 0}, {1, one}, {1.0, one}, {word(key), any()}, {word(key), word(int), any()}, {}, {key}, {"k", <<"v">>}, {17, [1, 2, 3]}});
word(rows) -> many(4, fun() -> word(row) end) ++ one({[], [], [], [x], [{}], x});
word(pattern) -> one({'_', '$1', {'$1', '$2'}, {'$1', '_'}, {a, '$1'}, {'_', '_', '$3'}, {'$2', '$1', '$2'}, {word(key), '$1'}, '$0', {'$100000000', '$1'}, {'$1', #{a => '$1'}}, {[{'$1'} | '_'], x},
                      <<"k">>, {{'$1'}, '_'}, {'$1', '$1'}, {1, '_'}});
word(rms) -> [{{'$1', '$2'}, guards(), [{{'$1', one([{const, new}, '$2', {{'$1', '$2'}}, '$1'])}}]} || _ <- [x]] ++ one({[], [], [x], [{{'$1', '_', '_'}, [], [{{'$1'}}]}], [{{'$1', '$2'}, [], [{{'$2', '$1'}}]}]});
word(ms) ->
    case random(6) of
        0 -> one({[], [{'_', [], ['$_']}], [{'$1', [], [true]}], [x], [{x}], [{'_', [], []}], [{'_', x, ['$_']}], '_', [{{'$1', '$2'}, [], [{'$1'}]}], [{'_', [], [{message, a}]}], [{'_', [], [{return_trace}]}]});
        _ -> many(1, fun clause/0) ++ [clause()]
    end;
word(cms) -> case random(4) of 0 -> make_ref(); _ -> ets:match_spec_compile([{{'$1', '$2'}, [], ['$2']}, {'_', [], [{{'$_'}}]}]) end;
word(cont) ->
    case random(5) of
        0 -> one({'$end_of_table', x, {fuzz_table, 1}, {}, {fuzz_table, 0, 1, <<>>, [], 0}, {fuzz_table, a, '$1', 1, make_ref(), [], 0}});
        N ->
            T = table(),
            case (case N of 1 -> ets:select(T, [{'$1', [], ['$1']}], 2); 2 -> ets:match(T, '$1', 1); 3 -> ets:match_object(T, '_', 2);
                      4 -> ets:select_reverse(T, [{'$1', [], ['$1']}], 1) end) of
                {_, C} -> C;
                End -> End
            end
    end;
word(incr) -> one({1, -1, 0, {2, 1}, {2, 1, 10, 0}, {2, -5, -3, 100}, {3, 1}, {1, 1}, {2, 1 bsl 59}, {2, 1 bsl 70}, [{2, 1}, {2, 2}], [], [{2, 1}, {9, 1}], {0, 1}, {2, a}, {2, 1, 1, a}, {2, 1.0}, [1], [{2, 1} | x]});
word(etsitem) -> one({binary, compressed, decentralized_counters, fixed, heir, id, keypos, memory, name, named_table, node, owner, protection, safe_fixed, safe_fixed_monotonic_time, size, stats, type,
                      write_concurrency, read_concurrency, nosuch});
word(tabname) -> one({fuzz_table, fuzz_table2, undefined, 'é', []});
word(tabopt) ->
    one({set, ordered_set, bag, duplicate_bag, named_table, public, private, protected, {keypos, 1}, {keypos, 2}, {keypos, 0}, {heir, none}, {heir, self(), x}, {heir, dead(), x}, compressed,
         {write_concurrency, true}, {write_concurrency, auto}, {read_concurrency, true}, {decentralized_counters, true}, {decentralized_counters, x}, {keypos, -1}, nosuch, {write_concurrency, x}});
word(ptkey) -> one({fuzz_key1, {fuzz, 2}, "fuzz3", <<"fuzz4">>, 5.0, fuzz_none});
word(atomics) -> case random(5) of 0 -> make_ref(); N -> atomics:new(1 + N, [{signed, N > 2}]) end;
word(counters) -> case random(5) of 0 -> make_ref(); 1 -> word(atomics); N -> erts_internal:counters_new(N) end;
%% Time and system
word(timeunit) -> one({second, millisecond, microsecond, nanosecond, native, perf_counter, seconds, milli_seconds, micro_seconds, nano_seconds, 1, 1000, 7, 0, -1, 1 bsl 64, nosuch});
word(datetime) -> one({{{2024, 2, 29}, {12, 30, 59}}, {{1970, 1, 1}, {0, 0, 0}}, {{2023, 2, 29}, {0, 0, 0}}, {{1, 1, 1}, {0, 0, 0}}, {{2024, 13, 1}, {0, 0, 0}}, {{2024, 1, 1}, {24, 0, 0}}, {{2024, 1, 1}, {0, 60, 0}},
                       {{1969, 12, 31}, {23, 59, 59}}, {{9999, 12, 31}, {23, 59, 60}}, {{2024, 0, 1}, {1, 1, 1}}, {{10000, 1, 1}, {1, 1, 1}}, {{-1, 1, 1}, {0, 0, 0}}, {2024, 1, 1}, {{2024.0, 1, 1}, {0, 0, 0}}});
%% (emu_flavor is not here: jit and emu are what two machines are)
word(sysitem) -> one({allocated_areas, atom_count, atom_limit, build_type, c_compiler_used, check_io, compat_rel, cpu_topology, creation, debug_compiled, delayed_node_table_gc, dirty_cpu_schedulers,
                      dirty_cpu_schedulers_online, dirty_io_schedulers, dist_buf_busy_limit, dist_ctrl, driver_version, dynamic_trace, dynamic_trace_probes, ets_count, ets_limit, ets_always_compress,
                      fullsweep_after, garbage_collection, heap_sizes, heap_type, kernel_poll, logical_processors, machine, max_heap_size, message_queue_data, min_heap_size, min_bin_vheap_size, modified_timing_level,
                      multi_scheduling, multi_scheduling_blockers, nif_version, normal_multi_scheduling_blockers, otp_release, os_monotonic_time_source, port_count, port_limit, port_parallelism,
                      process_count, process_limit, scheduler_bind_type, scheduler_id, schedulers, schedulers_online, smp_support, threads, thread_pool_size, system_architecture, wordsize, {wordsize, internal},
                      {wordsize, external}, version, system_version, tolerant_timeofday, time_correction, time_offset, time_warp_mode, start_time, end_time, nosuch, {allocator, nosuch}, emu_type, procs});
word(envname) -> one({"FUZZ_A", "FUZZ_B", "", "A=B", [0], "FUZZ_é", [16#400], <<"FUZZ_A">>, 'FUZZ_A'});
word(file) -> one({"fuzz_file", "fuzz_none", "", <<"fuzz_file">>, <<255, 254>>, "fuzz_dir", "fuzz_dir/x", [0], "fuzz\0x", [16#400, $x], 'fuzz_file', ["fuzz", $_, 'file'], [$f | <<"uzz">>], <<"fuzz_none\0">>, "fuzz_link"});
word(fd) -> {ok, Fd} = prim_file:open("fuzz_file", one({[read, binary, raw], [read, write, binary, raw], [read, raw], [append, raw]})),
            case random(5) of 0 -> prim_file:close(Fd), Fd; _ -> Fd end;
word(position) -> one({0, 3, 100, {bof, 1}, {cur, 1}, {eof, -1}, {eof, -100}, bof, cur, eof, {nosuch, 1}, -1, {bof, -1}, 1 bsl 62, 1 bsl 64});
word(portname) -> one({{spawn, "cat"}, {spawn, ""}, {spawn_executable, "/bin/cat"}, {spawn_executable, "/nosuch"}, {spawn_driver, "nosuch"}, {spawn, "nosuch_program_at_all"}, {fd, -1, -1}, {spawn, a}, x, {spawn, <<"cat">>}, "cat"});
word(portopt) -> one({binary, stream, {packet, 1}, {packet, 2}, {packet, 4}, {packet, 3}, {line, 10}, {line, 0}, use_stdio, nouse_stdio, exit_status, eof, in, out, hide, {cd, "/"}, {env, [{"A", "b"}]}, {env, [{"A", false}]},
                      {env, x}, {args, ["-"]}, {args, [x]}, {arg0, "x"}, {parallelism, true}, {busy_limits_port, {1, 2}}, {busy_limits_msgq, disabled}, overlapped_io, nosuch, {parallelism, x}, stderr_to_stdout});
word(buffer) -> B = prim_buffer:new(), prim_buffer:write(B, [<<"some text">>, binary:copy(<<"x">>, 100)]), B;
word(zs) -> case random(6) of 0 -> make_ref(); 1 -> Z = zlib:open(), zlib:close(Z), Z; _ -> zlib:open() end;
word(dzs) -> Z = zlib:open(), case random(8) of 0 -> ok; _ -> zlib:deflateInit(Z) end, Z;
word(izs) -> Z = zlib:open(), case random(8) of 0 -> ok; _ -> zlib:inflateInit(Z) end, Z;
word(zdata) -> case random(5) of 0 -> word(bin); 1 -> zlib:gzip(word(bin)); 2 -> zlib:zip(word(bin)); 3 -> B = zlib:compress(word(bin)), binary:part(B, 0, byte_size(B) - 3); _ -> zlib:compress(word(bin)) end;
%% For operators.erl
word(guardname) -> one(operators:guards());
word(callname) -> one(operators:calls());
word(seg) -> {one({0, 1, 3, 7, 8, 9, 16, 31, 32, 59, 60, 61, 63, 64, 65, 100, 128, 1000, -1, a, 1.0, 1 bsl 40, 1 bsl 64, 1 bsl 65, 1 bsl 58}), one({1, 2, 3, 8, 13, 16, 32, 64, 256}), one({big, little, native, signed, unsigned})};
word(fseg) -> {one({16, 32, 64, 0, 8, 1, 2, -1, 4, a, 1.0, 1 bsl 64}), one({1, 2, 8, 16, 32}), one({big, little, native})}.

one(Makers, call) -> (one(Makers))().

any_number_text(Make) -> Make(lists:flatten(io_lib:format("~w", [word(num)]))).

%% The sleeper lives for the case only: fuzz.erl ends what the case leaves behind.
sleeper() ->
    case get('$fuzz sleeper') of
        undefined -> P = spawn(fun victim:loop/0), put('$fuzz sleeper', P), P;
        P -> P
    end.

dead() ->
    {P, R} = spawn_monitor(fun() -> ok end),
    receive {'DOWN', R, _, _, _} -> P end.

table() ->
    Type = one({set, ordered_set, bag, duplicate_bag}),
    T = ets:new(fuzz_table, [Type, one({public, protected, private})] ++ one({[], [], [named_table], [{keypos, 2}], [compressed], [{read_concurrency, true}]})),
    ets:insert(T, [{a, 1}, {b, 2}, {c, 3.0, x}, {1, 10}, {1.0, 20}, {"k", <<"v">>}, {<<"k">>, "v"}, {17, 1 bsl 70}, {{7}, -1}, {key, 0, 0, 0}]),
    T.

guards() -> case random(3) of 0 -> []; _ -> many(2, fun guard/0) end.

clause() -> {one({'_', '$1', {'$1', '$2'}, {'$1', '_', '_'}, {'$1', '$2', '$3'}, {a, '$1'}, {'$1', '$1'}}), guards(), many(1, fun body/0) ++ [body()]}.

guard() ->
    {one(['<', '>', '=:=', '==', '=/=', '/=', '=<', '>=', 'and', 'or', 'xor', 'andalso', 'orelse', element, is_function, is_record, map_get, is_map_key, '+', nosuch]), operand(), operand()}.

operand() ->
    case random(12) of
        0 -> '$1';
        1 -> '$2';
        2 -> '$_';
        3 -> '$$';
        4 -> {one([hd, tl, length, size, is_atom, is_list, is_tuple, is_integer, is_map, is_binary, tuple_size, map_size, bit_size, byte_size, 'not', abs, float, round, trunc, node, ceil, floor]), operand()};
        5 -> {one(['+', '-', '*', 'div', 'rem', 'band', 'bor', 'bxor', 'bsl', 'bsr', '/', binary_part]), operand(), operand()};
        6 -> {const, any()};
        7 -> {self};
        8 -> {{operand(), operand()}};
        9 -> #{a => operand()};
        _ -> word(key)
    end.

body() -> one(['$_', '$$', '$1', operand(), {{'$1', operand()}}, [operand()], [operand() | '$1']]).

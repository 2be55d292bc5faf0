%% A JSON codec over a generated document of about a megabyte. Objects are maps, strings are binaries.
-module(prog_json).
-export([run/0, encode/1, decode/1]).

run() ->
    Document = document(5000),
    Text = encode(Document),
    true = byte_size(Text) > 1000000,
    Document = decode(Text),
    [-1.5e10, 20.0, <<"\x{1F600}é/"/utf8>>, #{}, []] = decode(<<" [-1.5e10, 2e+1, \"\\ud83d\\ude00\\u00e9\\/\", { },[ ]]\n">>),
    ok.

document(N) ->
    #{<<"format">> => 1, <<"complete">> => true, <<"comment">> => null, <<"items">> => [item(I) || I <- lists:seq(1, N)]}.

item(I) ->
    #{<<"id">> => I,
      <<"name">> => <<"item \"", (integer_to_binary(I))/binary, "\"">>,
      <<"description">> => <<"Größe\t", (integer_to_binary(I * 7919))/binary, "\n", (binary:copy(<<"plain words ">>, I rem 5))/binary>>,
      <<"price">> => I * 1.25 + 0.1,
      <<"weight">> => I / 7,
      <<"available">> => I rem 3 =:= 0,
      <<"owner">> => case I rem 4 of 0 -> null; R -> #{<<"number">> => R, <<"path">> => <<"c:\\", (integer_to_binary(R))/binary>>} end,
      <<"numbers">> => [I * K || K <- lists:seq(1, I rem 8)]}.

%% --- writing

encode(Value) -> iolist_to_binary(write(Value)).

write(null) -> <<"null">>;
write(true) -> <<"true">>;
write(false) -> <<"false">>;
write(Text) when is_binary(Text) -> [$", escaped(Text, Text, 0, 0)];
write(Number) when is_integer(Number) -> integer_to_binary(Number);
write(Number) when is_float(Number) -> float_to_binary(Number, [short]);
write([]) -> <<"[]">>;
write([First | Rest]) -> [$[, write(First), [[$, | write(Value)] || Value <- Rest], $]];
write(Object) when is_map(Object) -> [${, members(maps:to_list(Object)), $}].

members([]) -> [];
members([Last]) -> member(Last);
members([Member | Rest]) -> [member(Member), $, | members(Rest)].

member({Key, Value}) -> [write(Key), $: | write(Value)].

%% The N bytes of Text from From on need no escape and stay together.
escaped(<<C, Rest/binary>>, Text, From, N) when C >= 32, C =/= $", C =/= $\\ -> escaped(Rest, Text, From, N + 1);
escaped(<<C, Rest/binary>>, Text, From, N) ->
    [binary:part(Text, From, N), escape(C) | escaped(Rest, Text, From + N + 1, 0)];
escaped(<<>>, Text, From, N) -> [binary:part(Text, From, N), $"].

escape($") -> <<"\\\"">>;
escape($\\) -> <<"\\\\">>;
escape($\n) -> <<"\\n">>;
escape($\t) -> <<"\\t">>;
escape(C) -> [<<"\\u00">>, digit(C bsr 4), digit(C band 15)].

digit(D) when D < 10 -> $0 + D;
digit(D) -> $a + D - 10.

%% --- reading

decode(Text) ->
    {Value, Rest} = value(Text),
    <<>> = blank(Rest),
    Value.

blank(<<C, Rest/binary>>) when C =:= $\s; C =:= $\n; C =:= $\t; C =:= $\r -> blank(Rest);
blank(Rest) -> Rest.

value(<<C, Rest/binary>>) when C =:= $\s; C =:= $\n; C =:= $\t; C =:= $\r -> value(Rest);
value(<<$", Rest/binary>>) -> string(Rest, Rest, 0, <<>>);
value(<<${, Rest/binary>>) ->
    case blank(Rest) of
        <<$}, After/binary>> -> {#{}, After};
        Members -> object(Members, [])
    end;
value(<<$[, Rest/binary>>) ->
    case blank(Rest) of
        <<$], After/binary>> -> {[], After};
        Values -> array(Values, [])
    end;
value(<<"null", Rest/binary>>) -> {null, Rest};
value(<<"true", Rest/binary>>) -> {true, Rest};
value(<<"false", Rest/binary>>) -> {false, Rest};
value(<<C, _/binary>> = Text) when C =:= $-; C >= $0, C =< $9 -> integer(Text, Text, 0).

array(Text, Done) ->
    {Value, Rest} = value(Text),
    case blank(Rest) of
        <<$,, More/binary>> -> array(More, [Value | Done]);
        <<$], After/binary>> -> {lists:reverse(Done, [Value]), After}
    end.

object(Text, Done) ->
    <<$", Name/binary>> = blank(Text),
    {Key, Middle} = string(Name, Name, 0, <<>>),
    <<$:, Member/binary>> = blank(Middle),
    {Value, Rest} = value(Member),
    case blank(Rest) of
        <<$,, More/binary>> -> object(More, [{Key, Value} | Done]);
        <<$}, After/binary>> -> {maps:from_list([{Key, Value} | Done]), After}
    end.

%% The string begins with Done and the first N bytes of Text.
string(<<$", Rest/binary>>, Text, N, <<>>) -> {binary:part(Text, 0, N), Rest};
string(<<$", Rest/binary>>, Text, N, Done) -> {<<Done/binary, Text:N/binary>>, Rest};
string(<<$\\, Rest/binary>>, Text, N, Done) ->
    {C, After} = unescape(Rest),
    string(After, After, 0, <<Done/binary, Text:N/binary, C/utf8>>);
string(<<C, Rest/binary>>, Text, N, Done) when C >= 32 -> string(Rest, Text, N + 1, Done).

unescape(<<$n, Rest/binary>>) -> {$\n, Rest};
unescape(<<$t, Rest/binary>>) -> {$\t, Rest};
unescape(<<$r, Rest/binary>>) -> {$\r, Rest};
unescape(<<$b, Rest/binary>>) -> {$\b, Rest};
unescape(<<$f, Rest/binary>>) -> {$\f, Rest};
unescape(<<$u, Hex:4/binary, Rest/binary>>) ->
    case binary_to_integer(Hex, 16) of
        High when High >= 16#D800, High < 16#DC00 ->
            <<"\\u", Low:4/binary, After/binary>> = Rest,
            {16#10000 + ((High band 16#3FF) bsl 10) + (binary_to_integer(Low, 16) band 16#3FF), After};
        C -> {C, Rest}
    end;
unescape(<<C, Rest/binary>>) when C =:= $"; C =:= $\\; C =:= $/ -> {C, Rest}.

integer(<<C, Rest/binary>>, Text, N) when C >= $0, C =< $9; C =:= $- -> integer(Rest, Text, N + 1);
integer(<<$., Rest/binary>>, Text, N) -> float(Rest, Text, N + 1);
integer(<<C, Rest/binary>>, Text, N) when C =:= $e; C =:= $E ->
    {Exponent, After} = exponent(Rest, Rest, 0),
    {binary_to_float(<<Text:N/binary, ".0e", Exponent/binary>>), After};
integer(Rest, Text, N) -> {binary_to_integer(binary:part(Text, 0, N)), Rest}.

float(<<C, Rest/binary>>, Text, N) when C >= $0, C =< $9; C =:= $e; C =:= $E; C =:= $-; C =:= $+ -> float(Rest, Text, N + 1);
float(Rest, Text, N) -> {binary_to_float(binary:part(Text, 0, N)), Rest}.

exponent(<<C, Rest/binary>>, Text, N) when C >= $0, C =< $9; C =:= $-; C =:= $+ -> exponent(Rest, Text, N + 1);
exponent(Rest, Text, N) -> {binary:part(Text, 0, N), Rest}.

%% Functions of drawn clauses on the beginning of binaries, called with drawn inputs: at whole bytes, where what the loader
%% has made of the clauses decides, and behind three bits, where the ordinary code does. All must agree.
%% stress: 50
-module(decide_random).
-export([main/0]).

main() ->
    rand:seed(exsss, 20261130),
    Sums = [module(N, Clauses) || {N, Clauses} <- lists:enumerate(
        [2, 3, 4, 5, 6, 8, 8, 10, 12, 16, 20, 24, 32, 40, 64, 96])],
    io:format("~p~n", [Sums]).

%% Compiles a function of so many clauses; a hash of what it returns.
module(N, Count) ->
    Alphabet = lists:sublist("abcxyz\0\377", 2 + rand:uniform(6)),
    Clauses = [clause(Alphabet, I) || I <- lists:seq(1, Count)],
    Name = "drawn_" ++ integer_to_list(N),
    Text = ["-module(", Name, ").\n", "-export([f/2]).\n", [["f(", P, ", X)", G, " -> ", B, ";\n"] || {P, G, B, _} <- Clauses],
            "f(Y, _) -> {none, Y}.\n"],
    {ok, Tokens, _} = erl_scan:string(lists:flatten(Text)),
    {ok, Module, Code} = compile:forms(forms(Tokens), []),
    {module, Module} = code:load_binary(Module, Name, Code),
    Inputs = lists:append([inputs(Alphabet, Parts) || {_, _, _, Parts} <- Clauses]),
    Results = [begin
        R = Module:f(B, X),
        <<_:3, Other/bitstring>> = <<5:3, B/bitstring>>,
        case Module:f(Other, X) of
            R -> R;
            Else -> io:format("~s~n~p ~p: ~p, ~p~n", [Text, B, X, R, Else]), Else
        end
    end || B <- Inputs, X <- [0, 97, 300]],
    {Count, length(Results), erlang:phash2(Results)}.

forms(Tokens) ->
    case lists:splitwith(fun({dot, _}) -> false; (_) -> true end, Tokens) of
        {[], []} -> [];
        {Some, [Dot | Rest]} -> {ok, F} = erl_parse:parse_form(Some ++ [Dot]), [F | forms(Rest)]
    end.

pick(L) -> lists:nth(rand:uniform(length(L)), L).

%% {Pattern, guard, body, Parts}: a part is {Bits, Value} or {Bits, any}.
clause(Alphabet, I) ->
    Drawn = [part(Alphabet, J) || J <- lists:seq(1, rand:uniform(4))],
    {Tail, Rest} = pick([{"", []}, {"R/binary", ["R"]}, {"R/bitstring", ["R"]}, {"R/binary", ["R"]}, {"_/binary", []},
                         {"_/bitstring", []}]),
    Texts = [T || {T, _, _} <- Drawn] ++ [Tail || Tail =/= ""],
    Names = lists:append([Ns || {_, Ns, _} <- Drawn]),
    Guards = [guard(V) || V <- Names, rand:uniform(2) =:= 1],
    Body = ["{", lists:join(", ", [integer_to_list(I) | Names ++ Rest]), "}"],
    {["<<", lists:join(", ", Texts), ">>"],
     case Guards of [] -> ""; _ -> [" when ", lists:join(", ", Guards)] end,
     Body, [P || {_, _, P} <- Drawn]}.

part(Alphabet, J) ->
    V = "V" ++ integer_to_list(J),
    case rand:uniform(10) of
        N when N =< 5 ->
            S = [pick(Alphabet) || _ <- lists:seq(1, pick([1, 1, 2, 3, 5, 9, 17]))],
            B = list_to_binary(S),
            {["\"", [escaped(C) || C <- S], "\""], [], {bit_size(B), binary:decode_unsigned(B)}};
        6 ->
            Size = pick([1, 3, 4, 7, 9, 12, 16]),
            Value = rand:uniform(1 bsl Size) - 1,
            {[integer_to_list(Value), ":", integer_to_list(Size)], [], {Size, Value}};
        7 -> {[V, ":8"], [V], {8, any}};
        8 ->
            Size = pick([4, 8, 12, 16, 24, 32, 40, 56, 60, 64]),
            {[V, ":", integer_to_list(Size), pick(["", "/little", "/signed", "/signed-little", "/native"])], [V], {Size, any}};
        9 -> {["_:", integer_to_list(pick([3, 8, 16])), "/bitstring"], [], {8, any}};
        10 -> {[V, "/utf8"], [V], {8, any}}
    end.

escaped(0) -> "\\0";
escaped(255) -> "\\377";
escaped(C) -> C.

guard(V) ->
    C = integer_to_list(pick([-1, 0, 1, 97, 98, 120, 200, 255, 256, 24930, 16#7FFFFF, 1 bsl 59])),
    pick([[V, " < ", C], [V, " >= ", C], [C, " < ", V], [C, " >= ", V], [V, " =:= ", C], [V, " =/= ", C], [V, " == ", C],
          [V, " /= ", C], [V, " > X"], [V, " =:= X"], [V, " =/= a"], ["is_integer(", V, ")"], ["X < ", C], [V, " band 1 =:= 0"]]).

%% What the clause matches, and what it nearly matches.
inputs(Alphabet, Parts) ->
    Whole = << <<(value(Alphabet, P)):(element(1, P))>> || P <- Parts >>,
    Size = bit_size(Whole),
    Cut = rand:uniform(Size + 1) - 1,
    <<Short:Cut/bitstring, _/bitstring>> = Whole,
    At = rand:uniform(Size) - 1,
    <<Front:At/bitstring, Bit:1, Back/bitstring>> = Whole,
    [Whole, <<Whole/bitstring, (pick(Alphabet))>>, <<Whole/bitstring, 1:3>>, <<Whole/bitstring, "abcdefghijklmnop">>, Short,
     <<Front/bitstring, (1 - Bit):1, Back/bitstring>>, <<Short/bitstring, (pick(Alphabet))>>].

value(Alphabet, {Size, any}) ->
    case rand:uniform(3) of
        1 -> pick(Alphabet);
        2 -> rand:uniform(1 bsl Size) - 1;
        3 -> pick([0, 1, 97, 98, 120, 200, 255])
    end;
value(_, {_, Value}) -> Value.

%% Clauses that match the beginning of a binary: 8, 64 and 512 different prefixes, side by side, or with a guarded clause of
%% another shape after every second one. The modules are compiled when the kernels are asked for.
-module(prefixes).
-export([kernels/0]).

kernels() ->
    [kernel(Kind, N) || Kind <- [grouped, interleaved], N <- [8, 64, 512]].

kernel(Kind, N) ->
    Name = list_to_atom(lists:concat(["prefixes_", Kind, "_", N])),
    Prefixes = prefixes(N),
    load(Name, clauses(Kind, Prefixes)),
    Inputs = [<<P/binary, " and some more text">> || P <- Prefixes],
    Sum = N * (N + 1) div 2,
    {Name, fun() -> [Sum = lists:foldl(fun(B, S) -> S + Name:f(B) end, 0, Inputs) || _ <- lists:seq(1, 200000 div N)] end}.

%% Words of four to ten letters of which none begins another, always the same ones.
prefixes(N) -> prefixes(N, 12345, []).
prefixes(0, _, Done) -> Done;
prefixes(N, Seed0, Done) ->
    {Length, Seed1} = draw(7, Seed0),
    {Word, Seed2} = lists:mapfoldl(fun(_, S) -> {C, S1} = draw(26, S), {$a + C, S1} end, Seed1, lists:seq(1, 4 + Length)),
    New = list_to_binary(Word),
    case lists:any(fun(P) -> begins(P, New) orelse begins(New, P) end, Done) of
        true -> prefixes(N, Seed2, Done);
        false -> prefixes(N - 1, Seed2, [New | Done])
    end.

draw(N, Seed) -> New = (Seed * 1103515245 + 12345) band 16#7FFFFFFF, {(New bsr 8) rem N, New}.

begins(A, B) -> binary:longest_common_prefix([A, B]) =:= byte_size(A).

clauses(Kind, Prefixes) ->
    [[io_lib:format("f(<<\"~s\", _/binary>>) -> ~w;\n", [P, I]),
      [io_lib:format("f(<<C, D, _/binary>>) when C > 200, D < ~w -> ~w;\n", [I rem 256, -I]) || Kind =:= interleaved, I rem 2 =:= 0]]
     || {I, P} <- lists:enumerate(Prefixes)].

load(Name, Clauses) ->
    Text = lists:flatten([io_lib:format("-module(~s).\n-export([f/1]).\n", [Name]), Clauses, "f(_) -> 0.\n"]),
    {ok, Tokens, _} = erl_scan:string(Text),
    {ok, Name, Code} = compile:forms(forms(Tokens), []),
    {module, Name} = code:load_binary(Name, atom_to_list(Name), Code).

forms([]) -> [];
forms(Tokens) ->
    {Some, [Dot | Rest]} = lists:splitwith(fun(T) -> element(1, T) =/= dot end, Tokens),
    {ok, Form} = erl_parse:parse_form(Some ++ [Dot]),
    [Form | forms(Rest)].

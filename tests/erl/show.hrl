%% Included by every module of the table.
%% ?SHOW(Expr) prints the expression and its value, or its exception with the top of the stack trace.
%% Pids, ports and references are printed without their numbers.
-export([id/1]).
-compile([nowarn_unused_function]).

-define(SHOW(E), show(??E, fun() -> E end)).

%% Exported, so that the compiler knows nothing about the argument and folds nothing.
id(X) -> X.

show(Text, Fun) ->
    Shown = try io_lib:format("~0tp", [Fun()])
            catch Class:Reason:Stack -> io_lib:format("~w ~0tp at ~0tp", [Class, Reason, frames(Stack)])
            end,
    io:format("~ts => ~ts~n", [string:slice(Text, 0, 110), mask(lists:flatten(Shown))]).

mask([$<, D | T] = Text) when D >= $0, D =< $9 ->
    case lists:splitwith(fun(C) -> C =:= $. orelse (C >= $0 andalso C =< $9) end, [D | T]) of
        {Number, [$> | Rest]} ->
            case lists:member($., Number) of
                true -> "<>" ++ mask(Rest);
                false -> [hd(Text) | mask(tl(Text))]
            end;
        _ -> [hd(Text) | mask(tl(Text))]
    end;
mask([C | T]) -> [C | mask(T)];
mask([]) -> [].

%% The frames of a stack trace above ?SHOW, at most five: module, function, arity or arguments, then the line
%% and the error_info of those that have them.
frames(Stack) ->
    Own = lists:takewhile(fun({?MODULE, F, _, _}) -> F =/= show; (_) -> true end, Stack),
    [frame(F) || F <- lists:sublist(Own, 5)].

frame({M, F, A, Info}) ->
    Extra = [I || {Key, _} = I <- Info, Key =:= line orelse Key =:= error_info],
    list_to_tuple([M, F, A | Extra]).

%% erl_pp, erl_prettypr-like output, io_lib_pretty on forms; epp over a file with macros.
-module(otp_erl_pp).
-export([main/0]).
-include("show.hrl").
form(S) -> {ok, T, _} = erl_scan:string(S), {ok, F} = erl_parse:parse_form(T), F.
main() ->
    [io:put_chars(erl_pp:form(form(S))) ||
        S <- ["f(X,Y) when X>1,Y<2;X=:=Y -> case X of {a,[H|T]} -> H; #{k:=V} -> V; <<A:8,B/binary>> -> A end; f(_,_) -> ok.",
              "-record(point, {x=0 :: integer(), y}).",
                  "-spec foo(X :: integer(), [atom()]) -> {ok, X} | error when X :: term().",
              "g() -> try a:b() of x -> y catch throw:Z:S when Z > 1 -> {Z,S} after done end.",
                  "h(L) -> [X || X <- L, X > 1] ++ << <<Y>> || <<Y:4>> <= L >>.",
              "i() -> receive {a,B} -> B after 100 -> timeout end, fun lists:map/2, fun(Q) -> Q end, fun N(0) -> 1; N(K) -> N(K-1) end.",
              "j(R) -> R#point{x=1}, R#point.x, #point{}, M#{a=>1,b:=2}, -1, not true, (1+2)*3, \"a long string\", $a, 1.5, 'q a', catch x, A = B.",
              "-type t(A) :: [A] | #{atom() => integer()} | fun((...) -> ok) | <<_:8,_:_*16>>."]],
    D = "/tmp/enigma_pp_" ++ os:getpid(),
    file:make_dir(D),
    file:write_file(D ++ "/m.erl",
        "-module(m).\n-define(A, 1).\n-define(F(X), {X, ??X, ?LINE}).\n-ifdef(A).\n-export([f/0]).\n-else.\n-bad.\n-endif.\nf() -> {?A, ?F(b + c), ?MODULE}.\n-error(\"stop\").\n"),
    {ok, Fs} = epp:parse_file(D ++ "/m.erl", []),
    ?SHOW([case F of {attribute, L, file, _} -> {file, L}; _ -> F end || F <- Fs]),
    ?SHOW(element(2, hd([E || {error, E} <- Fs]))),
    file:del_dir_r(D),
    ?SHOW(lists:flatten(erl_pp:expr({op, 1, '+', {integer, 1, 1}, {var, 1, 'X'}}))),
    ?SHOW(erl_lint:module([{attribute, 1, module, m}, {function, 2, f, 1, [{clause, 2, [{var, 2, 'X'}], [], [{var, 2, 'Y'}]}]}])),
    ?SHOW(lists:flatten(erl_lint:format_error({unbound_var, 'Y'}))).

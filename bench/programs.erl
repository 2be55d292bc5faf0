%% Whole programs (`prog_*.erl`), and whole pieces of OTP at work.
-module(programs).
-export([kernels/0]).

kernels() ->
    [{compile_lists, fun() -> compile(stdlib, lists) end},
     {compile_stdlib, fun() -> [compile(stdlib, M) || M <- modules(stdlib)] end},
     {load_modules, fun() -> [load(M) || M <- [lists, dict, gb_trees, erl_lint, string]] end},
     {json, fun() -> prog_json:run() end},
     {lisp, fun() -> prog_lisp:run() end},
     {http_loop, fun() -> prog_http:run() end}] ++
    [{estone, fun() -> prog_estone:run() end} || prog_estone:found()].

modules(App) ->
    {ok, Names} = file:list_dir(code:lib_dir(App, ebin)),
    lists:sort([list_to_atom(filename:rootname(N)) || N <- Names, filename:extension(N) =:= ".beam"]).

%% The source need not be installed: abstract code comes from the beam's debug information.
compile(App, Module) ->
    Beam = filename:join(code:lib_dir(App, ebin), atom_to_list(Module) ++ ".beam"),
    Code = case beam_lib:chunks(Beam, [abstract_code]) of
        {ok, {_, [{abstract_code, {_, Forms}}]}} -> Forms;
        _ -> forms()
    end,
    {ok, _, _} = compile:forms(Code, [binary]).

%% A program of some size for an OTP without debug information.
forms() ->
    Functions = [lists:flatten(io_lib:format(
        "f~w(X, L) when X > ~w -> case L of [{a, Y} | T] -> [Y + X | f~w(X - 1, T)]; "
        "[H | T] when is_map(H) -> #{k := V} = H, {V, f~w(X, T)}; <<A:8, R/binary>> -> {A, R}; [] -> [] end;\n"
        "f~w(X, _) -> try list_to_integer(X) of N -> N catch error:E -> {E, fun(Z) -> Z + X end} end.\n",
        [N, N, N, N, N])) || N <- lists:seq(1, 60)],
    [form(S) || S <- ["-module(generated).", "-compile(export_all)." | Functions]].
form(S) -> {ok, T, _} = erl_scan:string(S), {ok, F} = erl_parse:parse_form(T), F.

%% Reading and preparing a file of code, without making it current.
load(M) ->
    {ok, Bin, _} = erl_prim_loader:get_file(code:which(M)),
    true = is_reference(erlang:prepare_loading(M, Bin)).

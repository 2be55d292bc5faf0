%% A long call goes on with the table it began with, whatever becomes of that and of its name: it ends, and touches no other.
%% stress: 200
-module(ets_same_table).
-export([main/0]).
-include("show.hrl").
-define(N, 12000).

%% Runs F while another process, which goes first, does G again and again, until F has ended.
beside(F, G) ->
    Self = self(),
    Ref = make_ref(),
    {Pid, Mon} = spawn_opt(fun() -> loop(Self, Ref, G) end, [monitor, {priority, high}]),
    receive {Ref, ready} -> ok end,
    Result = try F() catch C:R -> {C, R} end,
    Pid ! {Ref, stop},
    receive {'DOWN', Mon, process, Pid, normal} -> Result;
            {'DOWN', Mon, process, Pid, Why} -> {Result, Why}
    end.

loop(Parent, Ref, G) ->
    G(first),
    Parent ! {Ref, ready},
    again(Ref, G).

again(Ref, G) ->
    receive {Ref, stop} -> G(last)
    after 1 -> G(next), again(Ref, G)
    end.

new(Options) -> ets:new(ets_same_table, [named_table, public | Options]).

%% The table is deleted, and another of its name takes its place: of another type and with another place of the key.
replaced(Options, Others) ->
    fun(first) -> new(Options);
       (next) -> ets:delete(ets_same_table), new(case rand:uniform(2) of 1 -> Options; 2 -> Others end);
       (last) -> ets:delete(ets_same_table)
    end.

%% The table dies with its owner, and another process makes one of its name.
died(Options) ->
    Owner = fun() ->
        Self = self(),
        {Pid, Mon} = spawn_opt(fun() -> new(Options), Self ! made, receive never -> ok end end, [monitor, {priority, high}]),
        receive made -> put(owner, {Pid, Mon}) end
    end,
    Kill = fun() ->
        {Pid, Mon} = get(owner),
        exit(Pid, kill),
        receive {'DOWN', Mon, process, Pid, _} -> ok end
    end,
    fun(first) -> Owner();
       (next) -> Kill(), Owner();
       (last) -> Kill()
    end.

%% It only gets another name for a while.
renamed(Options) ->
    fun(first) -> new(Options);
       (next) -> ets:rename(ets_same_table, ets_same_table_2), ets:rename(ets_same_table_2, ets_same_table);
       (last) -> ets:delete(ets_same_table)
    end.

%% The outcomes that are right.
right(true) -> right;
right({error, badarg}) -> right;
right(N) when is_integer(N) -> right;
right(L) when is_list(L) -> right;
right({_, '$end_of_table'}) -> right;
right('$end_of_table') -> right;
right(Other) -> Other.

fill() ->
    catch ets:insert(ets_same_table, [{N, x, y} || N <- lists:seq(1, ?N)]).

calls() ->
    L = [{N} || N <- lists:seq(1, ?N)],
    [{insert, fun() -> true = ets:insert(ets_same_table, L), keys() end},
     {insert_new, fun() -> ets:insert_new(ets_same_table, L), keys() end},
     {select, fun() -> fill(), length(ets:select(ets_same_table, [{'_', [], ['$_']}])) end},
     {chunk, fun() -> fill(), all(ets:select(ets_same_table, [{{'$1', x, '_'}, [{'=:=', {'rem', '$1', 5000}, 0}], ['$1']}], 2)) end},
     {count, fun() -> fill(), ets:select_count(ets_same_table, [{'_', [], [true]}]) end},
     {replace, fun() -> fill(), ets:select_replace(ets_same_table, [{{'$1', x, y}, [], [{{'$1', x, z}}]}]) end},
     {delete, fun() -> fill(), ets:select_delete(ets_same_table, [{'_', [], [true]}]) end},
     {clear, fun() -> fill(), ets:safe_fixtable(ets_same_table, true), ets:delete_all_objects(ets_same_table) end}].

%% No object without a key has got in.
keys() ->
    Position = ets:info(ets_same_table, keypos),
    [] = [O || O <- ets:tab2list(ets_same_table), tuple_size(O) < Position, Position =:= ets:info(ets_same_table, keypos)].

all({L, C}) when C =/= '$end_of_table' -> L ++ all(ets:select(C));
all(_) -> [].

main() ->
    rand:seed(exsss, {1, 2, 3}),
    [?SHOW({Name, Type, lists:usort([right(beside(F, replaced([Type], [ordered_set, {keypos, 2}]))) || _ <- [1, 2, 3]])})
     || {Name, F} <- calls(), Type <- [set, ordered_set, duplicate_bag]],
    [?SHOW({Name, Type, lists:usort([right(beside(F, died([Type]))) || _ <- [1, 2, 3]])})
     || {Name, F} <- calls(), Type <- [set, ordered_set, duplicate_bag]],
    [?SHOW({Name, Type, lists:usort([right(beside(F, renamed([Type]))) || _ <- [1, 2, 3]])})
     || {Name, F} <- calls(), Type <- [set, ordered_set, duplicate_bag]],
    fixed(),
    ok.

%% A renaming leaves no fixation behind.
fixed() ->
    T = new([]),
    fill(),
    Self = self(),
    spawn_link(fun() ->
        Self ! go,
        [begin ets:rename(ets_same_table, ets_same_table_2), erlang:yield(), ets:rename(ets_same_table_2, ets_same_table) end
         || _ <- lists:seq(1, 1000)], Self ! done end),
    receive go -> ok end,
    Tid = case ets:whereis(T) of undefined -> ets:whereis(ets_same_table_2); W -> W end,
    Run = fun Run() -> catch ets:select_replace(T, [{{'$1', '$2', '$3'}, [], [{{'$1', '$3', '$2'}}]}]),
                       catch ets:select_count(T, [{'_', [], [true]}]),
                       receive done -> ok after 0 -> Run() end end,
    Run(),
    ?SHOW({ets:info(Tid, safe_fixed), ets:info(Tid, size)}).

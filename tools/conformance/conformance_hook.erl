%% A Common Test hook that writes one line per event of a test case, and the function that starts a run.
%%
%% A line is `Event TAB Case TAB Text`, where Event is start, pass, fail or skip, and Case is `name` or
%% `group/name`. Each is on disk before the run goes on, so a crash or hang of the VM names its case. Cases listed
%% in the file CONFORMANCE_DONE are passed over; with CONFORMANCE_ONLY, all but that one are. What to read next:
%% tools/conformance_suites.py, which starts this on both VMs.
-module(conformance_hook).
-export([run/0]).
-export([id/1, init/2, pre_init_per_testcase/4, post_end_per_testcase/5, on_tc_fail/4, on_tc_skip/4, terminate/1]).

run() ->
    Suite = list_to_atom(os:getenv("CONFORMANCE_SUITE")),
    %% With this priority the hooks that suites bring come first: they can't take the skip of a case passed over.
    Outcome = (catch ct:run_test([{dir, os:getenv("CONFORMANCE_DIR")}, {suite, Suite},
                                  {logdir, os:getenv("CONFORMANCE_LOGS")}, {auto_compile, false},
                                  {ct_hooks, [{?MODULE, [], 1000}]}, {enable_builtin_hooks, false}])),
    event(finished, Suite, Outcome),
    erlang:halt(0).

id(_Options) -> ?MODULE.

init(_Id, _Options) ->
    {ok, Text} = file:read_file(os:getenv("CONFORMANCE_DONE")),
    Done = maps:from_keys(string:lexemes(Text, "\n"), done),
    {ok, {Done, os:getenv("CONFORMANCE_ONLY", "")}}.

pre_init_per_testcase(_Suite, Case, Config, {Done, Only} = State) ->
    Key = key({Case, group(Config)}),
    Name = unicode:characters_to_binary(Key),
    if
        is_map_key(Name, Done); Only =/= "", Only =/= Key ->
            {{skip, conformance_passed_over}, State};
        true ->
            event(start, {Case, group(Config)}, ""),
            {Config, State}
    end.

post_end_per_testcase(_Suite, Case, Config, Return, State) ->
    case Return of
        {fail, Reason} -> event(fail, {Case, group(Config)}, Reason);
        {error, Reason} -> event(fail, {Case, group(Config)}, Reason);
        {failed, Reason} -> event(fail, {Case, group(Config)}, Reason);
        {'EXIT', Reason} -> event(fail, {Case, group(Config)}, Reason);
        {timetrap_timeout, _} -> event(fail, {Case, group(Config)}, Return);
        {testcase_aborted, _, _} -> event(fail, {Case, group(Config)}, Return);
        {skip, Reason} -> event(skip, {Case, group(Config)}, Reason);
        {skipped, Reason} -> event(skip, {Case, group(Config)}, Reason);
        {skip_and_save, Reason, _} -> event(skip, {Case, group(Config)}, Reason);
        _ -> event(pass, {Case, group(Config)}, "")
    end,
    {Return, State}.

on_tc_fail(_Suite, Case, Reason, State) ->
    event(fail, Case, Reason),
    State.

on_tc_skip(_Suite, Case, {tc_user_skip, Reason}, State) ->
    event(skip, Case, Reason),
    State;
on_tc_skip(_Suite, Case, Reason, State) ->
    event(unreached, Case, Reason),
    State.

terminate(_State) ->
    ok.

group(Config) ->
    case lists:keyfind(tc_group_properties, 1, Config) of
        {_, Properties} -> proplists:get_value(name, Properties, undefined);
        false -> undefined
    end.

key({Case, undefined}) -> atom_to_list(Case);
key({Case, Group}) -> lists:concat([Group, "/", Case]);
key(Case) -> atom_to_list(Case).

event(Event, Case, Reason) ->
    Text = lists:sublist(lists:flatten(io_lib:format("~0tp", [Reason])), 1500),
    Line = [atom_to_list(Event), "\t", key(Case), "\t", [clean(C) || C <- Text], "\n"],
    ok = file:write_file(os:getenv("CONFORMANCE_LOG"), unicode:characters_to_binary(Line), [append]).

clean($\n) -> $\s;
clean($\t) -> $\s;
clean(C) -> C.

%% Opens the bank, lets the customers in, kills a few accounts meanwhile, and prints the books at the end.
-module(bank_demo).
-export([main/0]).

main() ->
    {ok, Started} = application:ensure_all_started(bank),
    {ok, Accounts} = application:get_env(bank, accounts),
    {ok, Clients} = application:get_env(bank, clients),
    {ok, Transfers} = application:get_env(bank, transfers_per_client),
    {ok, Opening} = application:get_env(bank, opening_balance),
    io:format("The bank opens (~p): ~p accounts with ~p each.~n", [Started, Accounts, Opening]),
    Before = total(),
    Self = self(),
    T0 = erlang:monotonic_time(millisecond),
    Pids = [spawn_link(fun() -> Self ! {self(), bank_client:run(N, Accounts, Transfers)} end)
            || N <- lists:seq(1, Clients)],
    %% Killed between two requests: the supervisor starts it again from the ledger.
    Killed = [kill(Id) || Id <- [1, Accounts div 2, Accounts]],
    Results = [receive {Pid, Result} -> Result end || Pid <- Pids],
    Back = [comes_back(Id, Old) || {Id, Old} <- Killed],
    Time = erlang:monotonic_time(millisecond) - T0,
    After = total(),
    report(Results, Back, Before, After, Accounts),
    io:format(standard_error, "(~p transfers in ~p ms, ~p audits)~n",
              [Clients * Transfers, Time, element(1, bank_auditor:audits())]),
    ok = application:stop(bank),
    case Before =:= After andalso lists:all(fun(B) -> B end, Back) of
        true -> io:format("The books balance.~n"), ok;
        false -> io:format("THE BOOKS DO NOT BALANCE.~n"), exit(unbalanced)
    end.

total() ->
    lists:sum([Balance || {_, Balance, _} <- bank_registry:accounts()]).

%% sys:suspend waits until the server has answered what it was doing, so no transfer is cut in half.
kill(Id) ->
    {ok, Pid} = bank_registry:whereis_account(Id),
    ok = sys:suspend(Pid),
    exit(Pid, kill),
    {Id, Pid}.

comes_back(Id, Old) -> comes_back(Id, Old, 500).

comes_back(_Id, _Old, 0) -> false;
comes_back(Id, Old, Tries) ->
    case bank_registry:whereis_account(Id) of
        {ok, New} when New =/= Old -> is_process_alive(New);
        _ -> timer:sleep(5), comes_back(Id, Old, Tries - 1)
    end.

report(Results, Back, Before, After, Accounts) ->
    Counts = lists:foldl(fun({_, C}, Sum) -> merge(C, Sum) end, #{}, Results),
    Balances = [Balance || {_, Balance, _} <- bank_registry:accounts()],
    Line = fun(Label, Value) -> io:format("  ~-34ts ~14w~n", [Label, Value]) end,
    io:format("~n~ts~n", [lists:duplicate(51, $=)]),
    Line("customers served", length(Results)),
    Line("transfers asked for", lists:sum(maps:values(Counts))),
    Line("accounts killed and back again", length([B || B <- Back, B])),
    Line("accounts", Accounts),
    Line("accounts in the ledger", length(Balances)),
    Line("accounts below zero", length([B || B <- Balances, B < 0])),
    Line("money at the opening", Before),
    Line("money at the close", After),
    Line("difference", After - Before),
    io:format("~ts~n~n", [lists:duplicate(51, $=)]).

merge(A, B) ->
    maps:fold(fun(K, N, Acc) -> maps:update_with(K, fun(M) -> M + N end, N, Acc) end, B, A).

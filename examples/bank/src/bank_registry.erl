%% Owner of the ETS tables: who serves an account, and what was last committed on it.
-module(bank_registry).
-behaviour(gen_server).
-export([start_link/0, whereis_account/1, register_account/2, committed/2, commit/3, accounts/0]).
-export([init/1, handle_call/3, handle_cast/2]).

start_link() ->
    gen_server:start_link({local, ?MODULE}, ?MODULE, [], []).

whereis_account(Id) ->
    case ets:lookup(bank_accounts, Id) of
        [{Id, Pid}] -> {ok, Pid};
        [] -> {error, no_account}
    end.

register_account(Id, Pid) ->
    true = ets:insert(bank_accounts, {Id, Pid}),
    ok.

%% What an account held when it last committed, or the opening balance of a new one.
committed(Id, Opening) ->
    case ets:lookup(bank_ledger, Id) of
        [{Id, Balance, Version}] -> {Balance, Version};
        [] -> commit(Id, Opening, 0), {Opening, 0}
    end.

commit(Id, Balance, Version) ->
    true = ets:insert(bank_ledger, {Id, Balance, Version}),
    ok.

accounts() ->
    lists:sort(ets:tab2list(bank_ledger)).

init([]) ->
    bank_accounts = ets:new(bank_accounts, [named_table, public, set, {read_concurrency, true}]),
    bank_ledger = ets:new(bank_ledger, [named_table, public, ordered_set]),
    {ok, no_state}.

handle_call(_Request, _From, State) ->
    {reply, {error, unknown_request}, State}.

handle_cast(_Message, State) ->
    {noreply, State}.

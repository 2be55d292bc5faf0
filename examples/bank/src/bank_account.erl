%% One account. It commits each change to the ledger before it answers, so it may be killed at any time.
-module(bank_account).
-behaviour(gen_server).
-export([start_link/2, balance/1, withdraw/2, deposit/2, history/1]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).

-record(account, {id, balance, version = 0, history = queue:new(), length = 0}).
-define(HISTORY, 10).

start_link(Id, Opening) ->
    gen_server:start_link(?MODULE, {Id, Opening}, []).

balance(Id) -> call(Id, balance).
history(Id) -> call(Id, history).
withdraw(Id, Amount) when is_integer(Amount), Amount > 0 -> call(Id, {withdraw, Amount}).
deposit(Id, Amount) when is_integer(Amount), Amount > 0 -> call(Id, {deposit, Amount}).

%% A killed server comes back within moments, so the caller tries again before it gives up. The request that
%% met the kill was not carried out: a server answers what it has begun before it can be suspended and killed.
call(Id, Request) -> call(Id, Request, 50).

call(_Id, _Request, 0) -> {error, unavailable};
call(Id, Request, Tries) ->
    case bank_registry:whereis_account(Id) of
        {ok, Pid} ->
            try gen_server:call(Pid, Request)
            catch exit:{Reason, _} when Reason =:= noproc; Reason =:= killed; Reason =:= shutdown ->
                timer:sleep(2),
                call(Id, Request, Tries - 1)
            end;
        Error -> Error
    end.

init({Id, Opening}) ->
    {Balance, Version} = bank_registry:committed(Id, Opening),
    ok = bank_registry:register_account(Id, self()),
    {ok, #account{id = Id, balance = Balance, version = Version}}.

handle_call(balance, _From, #account{balance = Balance} = A) ->
    {reply, {ok, Balance}, A};
handle_call(history, _From, #account{history = History} = A) ->
    {reply, {ok, queue:to_list(History)}, A};
handle_call({withdraw, Amount}, _From, #account{balance = Balance} = A) when Amount > Balance ->
    {reply, {error, insufficient_funds}, A};
handle_call({withdraw, Amount}, _From, A) ->
    {reply, ok, change(A, -Amount)};
handle_call({deposit, Amount}, _From, A) ->
    {reply, ok, change(A, Amount)}.

handle_cast(_Message, A) -> {noreply, A}.
handle_info(_Message, A) -> {noreply, A}.

change(#account{id = Id, balance = Balance, version = Version, history = H, length = L} = A, By) ->
    ok = bank_registry:commit(Id, Balance + By, Version + 1),
    {History, Length} = case L of
        ?HISTORY -> {queue:in(By, queue:drop(H)), L};
        _ -> {queue:in(By, H), L + 1}
    end,
    A#account{balance = Balance + By, version = Version + 1, history = History, length = Length}.

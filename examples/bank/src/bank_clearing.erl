%% Transfers: withdraw, then deposit; what was withdrawn and could not be paid in goes back.
-module(bank_clearing).
-behaviour(gen_server).
-export([start_link/0, transfer/3, statistics/0]).
-export([init/1, handle_call/3, handle_cast/2]).

start_link() ->
    gen_server:start_link({local, ?MODULE}, ?MODULE, [], []).

transfer(From, From, _Amount) -> {error, same_account};
transfer(From, To, Amount) ->
    Result = case bank_account:withdraw(From, Amount) of
        ok -> pay_in(From, To, Amount);
        Error -> Error
    end,
    gen_server:cast(?MODULE, {done, Result, Amount}),
    Result.

pay_in(From, To, Amount) ->
    case bank_account:deposit(To, Amount) of
        ok -> ok;
        Error -> ok = bank_account:deposit(From, Amount), Error
    end.

statistics() -> gen_server:call(?MODULE, statistics).

init([]) -> {ok, #{}}.

handle_call(statistics, _From, Counts) -> {reply, Counts, Counts}.

handle_cast({done, Result, Amount}, Counts) ->
    Add = fun({N, Sum}) -> {N + 1, Sum + Amount} end,
    {noreply, maps:update_with(Result, Add, {1, Amount}, Counts)}.

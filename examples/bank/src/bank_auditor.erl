%% Looks at the books on a timer while the bank is open; the ledger's sum may only differ by money on its way.
-module(bank_auditor).
-behaviour(gen_server).
-export([start_link/0, audits/0]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).

start_link() ->
    gen_server:start_link({local, ?MODULE}, ?MODULE, [], []).

audits() -> gen_server:call(?MODULE, audits).

init([]) ->
    {ok, Interval} = application:get_env(bank, interest_interval),
    {ok, _} = timer:send_interval(Interval, audit),
    {ok, {0, undefined}}.

handle_call(audits, _From, State) -> {reply, State, State}.
handle_cast(_Message, State) -> {noreply, State}.

handle_info(audit, {N, _}) ->
    {noreply, {N + 1, lists:sum([Balance || {_, Balance, _} <- bank_registry:accounts()])}}.

%% One account server a child; a killed one is started again and finds its balance in the registry.
-module(bank_account_sup).
-behaviour(supervisor).
-export([start_link/0, init/1, open/2]).

start_link() ->
    supervisor:start_link({local, ?MODULE}, ?MODULE, []).

open(Id, Balance) ->
    supervisor:start_child(?MODULE, [Id, Balance]).

init([]) ->
    Account = #{id => account, start => {bank_account, start_link, []}, restart => permanent, shutdown => 1000},
    {ok, {#{strategy => simple_one_for_one, intensity => 100, period => 1}, [Account]}}.

%% Top supervisor: the registry outlives the accounts, and they outlive who works with them.
-module(bank_sup).
-behaviour(supervisor).
-export([start_link/0, init/1]).

start_link() ->
    supervisor:start_link({local, ?MODULE}, ?MODULE, []).

init([]) ->
    Worker = fun(Mod) -> #{id => Mod, start => {Mod, start_link, []}} end,
    Children = [Worker(bank_registry),
                #{id => bank_account_sup, start => {bank_account_sup, start_link, []}, type => supervisor},
                Worker(bank_clearing),
                Worker(bank_auditor)],
    {ok, {#{strategy => rest_for_one, intensity => 5, period => 10}, Children}}.

%% The application: starts the supervision tree and opens the accounts of its environment.
-module(bank_app).
-behaviour(application).
-export([start/2, stop/1]).

start(_Type, _Args) ->
    {ok, Sup} = bank_sup:start_link(),
    {ok, Count} = application:get_env(bank, accounts),
    {ok, Balance} = application:get_env(bank, opening_balance),
    [{ok, _} = bank_account_sup:open(Id, Balance) || Id <- lists:seq(1, Count)],
    {ok, Sup}.

stop(_State) ->
    ok.

%% A customer: some transfers between accounts drawn from a generator seeded by the customer's number.
-module(bank_client).
-export([run/3]).

run(Number, Accounts, Transfers) ->
    _ = rand:seed(exsss, {Number, 1999, 2026}),
    Outcomes = [transfer(Accounts) || _ <- lists:seq(1, Transfers)],
    {Number, lists:foldl(fun count/2, #{}, Outcomes)}.

transfer(Accounts) ->
    From = rand:uniform(Accounts),
    To = rand:uniform(Accounts),
    bank_clearing:transfer(From, To, rand:uniform(500)).

count(Outcome, Counts) ->
    maps:update_with(Outcome, fun(N) -> N + 1 end, 1, Counts).

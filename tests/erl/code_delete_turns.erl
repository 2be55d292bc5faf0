%% Who deletes a module waits until all schedulers have had turns: others begin in the code that was current when they
%% were spawned, however urgent the caller is.
-module(code_delete_turns).
-export([main/0]).
-include("show.hrl").

module(Name) ->
    Text = "wait(F) -> F ! {self(), here}, receive stop -> stop end.",
    {ok, Ts, _} = erl_scan:string(Text),
    {ok, F} = erl_parse:parse_form(Ts),
    {ok, Name, Bin} = compile:forms([{attribute, 1, module, Name}, {attribute, 1, export, [{wait, 1}]}, F]),
    Bin.

%% A process of lower priority, queued where the caller runs, is in the old code when the call returns.
in_old_code(Name, Bin, Priority) ->
    Self = self(),
    process_flag(scheduler, 1),
    {module, Name} = erlang:load_module(Name, Bin),
    Old = process_flag(priority, Priority),
    P = spawn_opt(fun() -> catch Name:wait(Self) end, [{scheduler, 1}]),
    true = erlang:delete_module(Name),
    Used = erlang:check_process_code(P, Name),
    process_flag(priority, Old),
    process_flag(scheduler, 0),
    Here = receive {P, Where} -> Where after 1000 * length([Used || Used]) -> silence end,
    P ! stop,
    until(fun() -> not is_process_alive(P) end),
    {Used, Here, erlang:purge_module(Name), erlang:delete_module(Name)}.

%% With one scheduler erl does not let others come in between, if the caller is urgent; but never is one said to be where it is not.
consistent({Used, Here, A, B}) -> {Used =:= (Here =:= here), A, B}.

busy() -> busy().

%% Each has modules of its own that come and go.
rounds(Name, Bin, N) ->
    lists:usort([begin
                     {module, Name} = erlang:load_module(Name, Bin),
                     {erlang:delete_module(Name), erlang:purge_module(Name), erlang:module_loaded(Name)}
                 end || _ <- lists:seq(1, N)]).

names(N) -> [list_to_atom("tt_deleted" ++ integer_to_list(I)) || I <- lists:seq(1, N)].

at_once(Funs) ->
    [receive {'DOWN', R, process, _, Why} -> Why end
     || {_, R} <- [spawn_monitor(fun() -> exit(F()) end) || F <- Funs]].

%% Those that wait in the call are sent messages, which they keep.
disturbed(Name, Bin) ->
    Self = self(),
    {P, R} = spawn_monitor(fun() -> exit({rounds(Name, Bin, 100), message_queue(0)}) end),
    [begin P ! {N, Self}, N rem 100 =:= 0 andalso erlang:yield() end || N <- lists:seq(1, 2000)],
    receive {'DOWN', R, process, P, {Results, Messages}} -> {Results, Messages =< 2000} end.

message_queue(N) -> receive _ -> message_queue(N + 1) after 0 -> N end.

%% Killed in the call at any time; what they have left can be taken up by others.
killed(Bins) ->
    Victims = [spawn_monitor(fun() -> rounds(Name, Bin, 1000000) end) || {Name, Bin} <- Bins],
    timer:sleep(100),
    [exit(P, kill) || {P, _} <- Victims],
    Ends = [receive {'DOWN', R, process, P, Why} -> Why end || {P, R} <- Victims],
    {lists:usort(Ends), [begin code:purge(Name), erlang:delete_module(Name), code:purge(Name), rounds(Name, Bin, 5) end
                         || {Name, Bin} <- Bins]}.

until(Fun) ->
    case Fun() of
        true -> true;
        false -> timer:sleep(1), until(Fun)
    end.

main() ->
    Name = tt_deleted0,
    Bin = module(Name),
    ?SHOW(erlang:delete_module(Name)),
    ?SHOW(in_old_code(Name, Bin, normal)),
    [?SHOW(consistent(in_old_code(Name, Bin, P))) || P <- [high, max]],
    Bins = [{N, module(N)} || N <- names(4)],
    ?SHOW(at_once([fun() -> rounds(N, B, 10) end || {N, B} <- Bins])),
    Busy = [spawn_opt(fun busy/0, [{priority, P}]) || P <- [normal, normal, normal, low]],
    ?SHOW(at_once([fun() -> rounds(N, B, 5) end || {N, B} <- Bins])),
    ?SHOW(begin process_flag(priority, max), rounds(Name, Bin, 5) end),
    ?SHOW(begin process_flag(priority, normal), rounds(Name, Bin, 5) end),
    [exit(P, kill) || P <- Busy],
    ?SHOW(disturbed(Name, Bin)),
    ?SHOW(killed(Bins)),
    ?SHOW(begin
              blocked = erlang:system_flag(multi_scheduling, block),
              R = rounds(Name, Bin, 5),
              {R, erlang:system_flag(multi_scheduling, unblock)}
          end).

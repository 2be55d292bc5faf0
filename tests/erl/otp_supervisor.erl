%% supervisor: strategies, restart types, intensity, dynamic children, errors, counts.
%% stress: 50
-module(otp_supervisor).
-export([main/0]).
-behaviour(supervisor).
-export([init/1, start_child/2, worker/2]).
-include("show.hrl").
init({Flags, Specs}) -> {ok, {Flags, Specs}};
init(X) -> X.
start_child(S, Name) -> proc_lib:start_link(?MODULE, worker, [S, Name]).
worker(S, Name) ->
    process_flag(trap_exit, true), register(Name, self()), S ! {up, Name}, proc_lib:init_ack({ok, self()}), loop(S, Name).
loop(S, Name) -> receive {die, R} -> S ! {down, Name}, exit(R); {'EXIT', _, R} -> S ! {stopped, Name, R}, exit(R) end.
spec(S, Name, Restart) -> #{id => Name, start => {?MODULE, start_child, [S, Name]}, restart => Restart, shutdown => 1000}.
events() -> receive X when element(1, X) =/= 'EXIT' -> [X | events()] after 60 -> [] end.
kids(P) -> [{I, if is_pid(C) -> alive; true -> C end, T} || {I, C, T, _} <- supervisor:which_children(P)].

main() ->
    logger:set_primary_config(level, none),
    process_flag(trap_exit, true),
    S = self(),
    [begin
         ?SHOW(Strategy),
         {ok, P} = supervisor:start_link(?MODULE, {#{strategy => Strategy, intensity => 5, period => 10}, [spec(S, tt_a,
             permanent), spec(S, tt_b, transient), spec(S, tt_c, temporary)]}),
         ?SHOW(events()),
         ?SHOW(kids(P)),
         tt_b ! {die, crash},
         ?SHOW(events()),
         tt_b ! {die, normal},
         ?SHOW(events()),
         tt_a ! {die, normal},
         ?SHOW(events()),
         ?SHOW(supervisor:count_children(P)),
         exit(P, shutdown),
         ?SHOW(events()),
         ?SHOW(receive {'EXIT', P, R} -> R after 500 -> none end)
     end || Strategy <- [one_for_one, one_for_all, rest_for_one]],
    {ok, Q} = supervisor:start_link({local, tt_sup}, ?MODULE, {#{intensity => 1, period => 10}, []}),
    ?SHOW(begin {ok, C} = supervisor:start_child(tt_sup, spec(S, tt_a, permanent)), is_pid(C) end),
    ?SHOW(begin {error, {already_started, C}} = supervisor:start_child(tt_sup, spec(S, tt_a, permanent)), is_pid(C) end),
    ?SHOW(supervisor:terminate_child(tt_sup, tt_a)),
    ?SHOW(kids(Q)),
    ?SHOW(supervisor:delete_child(tt_sup, no)),
    ?SHOW(element(1, supervisor:restart_child(tt_sup, tt_a))),
    ?SHOW(supervisor:delete_child(tt_sup, tt_a)),
    ?SHOW(maps:get(restart, element(2, supervisor:get_childspec(tt_sup, tt_a)))),
    ?SHOW(events()),
    tt_a ! {die, x}, ?SHOW(events()),
    tt_a ! {die, x}, ?SHOW(events()),
    ?SHOW(receive {'EXIT', Q, R} -> R after 500 -> none end),
    {ok, D} = supervisor:start_link(?MODULE, {#{strategy => simple_one_for_one}, [#{id => d, start => {?MODULE, start_child, [S]},
        restart => temporary, shutdown => 100}]}),
    ?SHOW([element(1, supervisor:start_child(D, [N])) || N <- [tt_d1, tt_d2, tt_d3]]),
    ?SHOW(supervisor:count_children(D)),
    ?SHOW(supervisor:terminate_child(D, whereis(tt_d2))),
    ?SHOW(lists:sort(events())),
    ?SHOW(length(supervisor:which_children(D))),
    ?SHOW(supervisor:restart_child(D, x)),
    exit(D, shutdown), ?SHOW(lists:sort(events())),
    ?SHOW(supervisor:start_link(?MODULE, ignore)),
    ?SHOW(supervisor:start_link(?MODULE, bad)),
    ?SHOW(supervisor:start_link(?MODULE, {#{strategy => bad}, []})),
    ?SHOW(supervisor:start_link(?MODULE, {#{}, [#{id => x}]})),
    ?SHOW(begin {error, {shutdown, {failed_to_start_child, x, W}}} = supervisor:start_link(?MODULE, {#{}, [#{id => x,
        start => {erlang, error, [boom]}}]}), element(1, element(2, W)) end),
    ?SHOW(supervisor:check_childspecs([#{id => a, start => {m, f, []}}, #{id => a, start => {m, f, []}}])),
    ?SHOW(supervisor:check_childspecs([{a, {m, f, []}, permanent, 5, worker, [m]}])),
    logger:set_primary_config(level, notice).

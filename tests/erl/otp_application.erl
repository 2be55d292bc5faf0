%% application: loading, starting, environment, stopping, errors.
-module(otp_application).
-export([main/0]).
-behaviour(application).
-export([start/2, stop/1, prep_stop/1]).
-include("show.hrl").
start(normal, Args) -> persistent_term:put(tt_app, {started, Args}), {ok, spawn_link(fun() -> receive stop -> ok end end), state}.
prep_stop(S) -> S.
stop(S) -> persistent_term:put(tt_app, {stopped, S}).
app(Name, Extra) -> {application, Name, [{description, "test"}, {vsn, "1.2"}, {modules, []}, {registered, []}, {applications,
    [kernel, stdlib]} | Extra]}.

main() ->
    logger:set_primary_config(level, none),
    ?SHOW(application:load(app(tt_app, [{mod, {?MODULE, [a]}}, {env, [{k, v}, {n, 1}]}]))),
    ?SHOW(application:load(app(tt_app, []))),
    ?SHOW(application:get_env(tt_app, k)),
    ?SHOW(application:get_env(tt_app, none)),
    ?SHOW(application:get_env(tt_app, none, dflt)),
    ?SHOW(application:set_env(tt_app, k, w)),
    ?SHOW(lists:sort(application:get_all_env(tt_app))),
    ?SHOW(application:get_key(tt_app, vsn)),
    ?SHOW(application:start(tt_app)),
    ?SHOW(persistent_term:get(tt_app)),
    ?SHOW(application:start(tt_app)),
    ?SHOW(lists:keyfind(tt_app, 1, application:which_applications())),
    ?SHOW(application:unset_env(tt_app, n)),
    ?SHOW(application:get_all_env(tt_app)),
    ?SHOW(application:stop(tt_app)),
    ?SHOW(persistent_term:get(tt_app)),
    ?SHOW(application:stop(tt_app)),
    ?SHOW(application:unload(tt_app)),
    ?SHOW(application:unload(tt_app)),
    ?SHOW(application:start(no_such_app)),
    ?SHOW(application:load(id(bad))),
    ?SHOW(application:ensure_all_started(kernel)),
    ?SHOW(application:load(app(tt_lib, []))),
    ?SHOW(application:ensure_all_started(tt_lib)),
    ?SHOW(application:stop(tt_lib)),
    ?SHOW(application:load({application, tt_dep, [{vsn, "1"}, {modules, []}, {registered, []}, {applications, [kernel,
        tt_missing]}]})),
    ?SHOW(application:start(tt_dep)),
    ?SHOW(application:get_application(?MODULE)),
    ?SHOW(application:get_application(whereis(kernel_sup))),
    ?SHOW(persistent_term:erase(tt_app)),
    logger:set_primary_config(level, notice).

%% logger: handlers, filters, levels, formatter, metadata, reports.
-module(otp_logger).
-export([main/0]).
-export([log/2, adding_handler/1, removing_handler/1, filter/2]).
-include("show.hrl").
log(Event, #{config := To}) ->
    Text = logger_formatter:format(Event, #{template => [level, ": ", msg, " ", [line, "|"], mfa], single_line => true}),
    To ! {logged, maps:get(level, Event), lists:flatten(Text)}.
adding_handler(C) -> {ok, C}.
removing_handler(_) -> ok.
filter(#{msg := {"drop" ++ _, _}}, _) -> stop;
filter(E, _) -> E.
next() -> receive {logged, L, T} -> {L, mask(T)} after 60 -> nothing end.

main() ->
    logger:set_primary_config(level, notice),
    ?SHOW(logger:add_handler(tt_h, ?MODULE, #{config => self(), level => info})),
    ?SHOW(begin logger:error("text ~p ~s", [1, "s"]), next() end),
    ?SHOW(begin logger:info("below the primary level"), next() end),
    ?SHOW(logger:set_primary_config(level, debug)),
    ?SHOW(begin logger:info("now shown"), next() end),
    ?SHOW(begin logger:debug("below the handler's level"), next() end),
    ?SHOW(begin logger:warning(#{a => 1, what => report}), next() end),
    ?SHOW(begin logger:notice([{k, v}, "text"]), next() end),
    ?SHOW(begin logger:log(alert, "with meta", [], #{mfa => {m, f, 1}, line => 7}), next() end),
    ?SHOW(logger:add_handler_filter(tt_h, f, {fun ?MODULE:filter/2, x})),
    ?SHOW(begin logger:error("drop this", []), next() end),
    ?SHOW(begin logger:error(fun(X) -> {"lazy ~w", [X]} end, arg), next() end),
    ?SHOW(logger:set_process_metadata(#{domain => [tt]})),
    ?SHOW(logger:get_process_metadata()),
    ?SHOW(logger:update_process_metadata(#{x => 1})),
    ?SHOW(logger:get_process_metadata()),
    ?SHOW(logger:compare_levels(error, info)),
    ?SHOW(begin error_logger:error_msg("old ~w~n", [api]), next() end),
    ?SHOW(begin error_logger:error_report([{old, report}]), next() end),
    ?SHOW(logger:set_handler_config(tt_h, level, error)),
    ?SHOW(begin {ok, C} = logger:get_handler_config(tt_h), maps:get(level, C) end),
    ?SHOW(begin logger:warning("hidden"), next() end),
    ?SHOW(begin spawn(fun() -> error(oops) end), {L, T} = next(), {L, lists:sublist(T, 30)} end),
    ?SHOW(logger:set_module_level(?MODULE, none)),
    ?SHOW(begin logger:error("module level"), next() end),
    ?SHOW(logger:unset_module_level(?MODULE)),
    ?SHOW(logger:add_handler(tt_h, ?MODULE, #{})),
    ?SHOW(logger:remove_handler(tt_h)),
    ?SHOW(logger:remove_handler(tt_h)),
    ?SHOW(logger:add_handler(bad, no_such_module, #{})),
    ?SHOW(logger:set_primary_config(level, bad)),
    ?SHOW(logger:set_primary_config(level, notice)),
    ?SHOW(logger:allow(debug, ?MODULE)),
    ?SHOW(lists:flatten(logger_formatter:format(#{level => error, msg => {string, "m"}, meta => #{time => 0, pid => x}},
        #{template => [level, " ", msg, "\n"]}))).

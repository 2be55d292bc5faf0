%% What code:load_binary and erlang:load_module say about damaged and foreign files.
%% stress: 1000
-module(code_load_errors).
-export([main/0]).
-include("show.hrl").
main() ->
    logger:set_primary_config(level, none),
    {_, Good, _} = code:get_object_code(queue),
    ?SHOW(code:load_binary(queue, "x", <<>>)),
    ?SHOW(code:load_binary(queue, "x", <<"FOR1">>)),
    ?SHOW(code:load_binary(queue, "x", <<"not a beam at all">>)),
    ?SHOW(code:load_binary(other_name, "x", Good)),
    ?SHOW(code:load_binary(id("x"), "x", <<>>)),
    ?SHOW(code:load_binary(queue, "x", id(not_binary))),
    ?SHOW(erlang:load_module(tt_x, <<>>)),
    ?SHOW(erlang:load_module(tt_x, Good)),
    ?SHOW(erlang:load_module(id("x"), Good)),
    ?SHOW(erlang:load_module(tt_x, id(x))),
    ?SHOW(erlang:prepare_loading(tt_x, <<"FOR1", 0, 0, 0, 4, "BEAM">>)),
    ?SHOW(erlang:prepare_loading(tt_x, binary_part(Good, 0, byte_size(Good) div 2))),
    ?SHOW(is_reference(erlang:prepare_loading(queue, Good))),
    ?SHOW(erlang:finish_loading([])),
    ?SHOW(erlang:finish_loading(id(x))),
    ?SHOW(erlang:finish_loading([{queue, make_ref()}])),
    ?SHOW(code:load_abs("no_such_file")),
    ?SHOW(code:load_file(no_such_module_here)),
    ?SHOW(code:ensure_loaded(no_such_module_here)),
    ?SHOW(code:ensure_loaded(lists)),
    ?SHOW(code:is_sticky(lists)),
    ?SHOW(code:load_binary(lists, "x", <<"junk">>)),
    ?SHOW(code:get_object_code(no_such_module_here)),
    ?SHOW(code:which(no_such_module_here)),
    ?SHOW(code:which(erlang)),
    logger:set_primary_config(level, notice).

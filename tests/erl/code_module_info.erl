%% module_info of loaded code, erlang:get_module_info, md5 and attributes.
-module(code_module_info).
-export([main/0]).
-export([extra/2]).
-author(someone).
-vsn([1, 2]).
-include("show.hrl").
extra(A, B) -> {A, B}.
private(X) -> X.

main() ->
    private(1),
    ?SHOW(lists:sort(?MODULE:module_info(exports))),
    ?SHOW(?MODULE:module_info(module)),
    ?SHOW(?MODULE:module_info(attributes)),
    ?SHOW([K || {K, _} <- ?MODULE:module_info()]),
    ?SHOW(lists:member({private, 1}, ?MODULE:module_info(functions))),
    ?SHOW(?MODULE:module_info(nifs)),
    ?SHOW(byte_size(?MODULE:module_info(md5))),
    ?SHOW([K || {K, _} <- ?MODULE:module_info(compile)]),
    ?SHOW(?MODULE:module_info(bad_item)),
    ?SHOW(erlang:get_module_info(?MODULE, module)),
    ?SHOW(erlang:get_module_info(no_such_module)),
    ?SHOW(lists:keyfind(version, 1, lists:module_info(compile)) =/= false),
    ?SHOW(lists:member({reverse, 1}, lists:module_info(exports))),
    ?SHOW(lists:member({abs, 1}, erlang:module_info(exports))),
    ?SHOW(erlang:module_info(module)),
    ?SHOW(beam_lib:md5(code:which(queue)) =:= {ok, {queue, queue:module_info(md5)}}),
    ?SHOW(code:module_md5(element(2, code:get_object_code(queue))) =:= queue:module_info(md5)),
    ?SHOW(erlang:md5(<<>>)).

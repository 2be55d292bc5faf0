%% Modules below the surface: prim_file, prim_eval, erts_internal, prim_zip-like helpers that OTP calls.
-module(bif_prim).
-export([main/0]).
-include("show.hrl").
main() ->
    ?SHOW(prim_file:read_file(<<"/no/such">>)),
    ?SHOW(prim_file:get_cwd() =/= x),
    ?SHOW(prim_file:list_dir("/no/such")),
    ?SHOW(element(1, prim_file:list_dir("/etc"))),
    ?SHOW(prim_file:read_link("/etc/passwd")),
    ?SHOW(erts_internal:map_next(0, #{a => 1}, iterator)),
    ?SHOW(erts_internal:map_hashmap_children(#{})),
    ?SHOW(erts_debug:get_internal_state(reds_left_no)),
    ?SHOW(erts_internal:is_system_process(self())),
    ?SHOW(erts_internal:is_system_process(id(x))),
    ?SHOW(erts_internal:cmp_term(1, 2)),
    ?SHOW(erts_internal:cmp_term(1, 1.0)),
    ?SHOW(erts_internal:cmp_term(a, b)),
    ?SHOW(erts_internal:term_type(1)),
    ?SHOW([erts_internal:term_type(T) || T <- [1 bsl 70, 1.5, a, [], [1], {}, <<>>, binary:copy(<<1>>, 100), #{}, fun lists:map/2,
        self(), make_ref()]]),
    ?SHOW(string:length("abc")),
    ?SHOW(unicode_util:gc("e\x{301}x")),
    ?SHOW(unicode_util:cp("ab")),
    ?SHOW(prim_eval:'receive'(fun(_) -> nomatch end, 0)),
    ?SHOW(erl_tracer:enabled(x, y, z)),
    ?SHOW(net_kernel:get_state() =/= x).

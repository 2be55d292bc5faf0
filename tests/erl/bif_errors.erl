%% Wrong arguments to a long list of BIFs: the reason, and the arguments in the trace.
-module(bif_errors).
-export([main/0]).
-include("show.hrl").
try_it(M, F, As) ->
    try apply(M, F, As) of V -> io:format("~w:~w~w = ~w~n", [M, F, As, is_atom(V)])
    catch C:R:S -> io:format("~w:~w~w: ~w ~w ~w~n", [M, F, As, C, R, element(3, hd(S)) =:= As])
    end.

main() ->
    Bad = [x, 1, 1.5, [], [a | b], {}, <<1:1>>, #{}],
    One = [abs, atom_to_list, atom_to_binary, binary_to_atom, binary_to_float, binary_to_integer, binary_to_list, binary_to_term,
        bit_size, bitstring_to_list, byte_size, ceil,
           demonitor, float, float_to_binary, float_to_list, floor, fun_to_list, hd, integer_to_binary, integer_to_list,
               iolist_size, iolist_to_binary, is_process_alive,
           length, link, list_to_atom, list_to_binary, list_to_bitstring, list_to_existing_atom, list_to_float, list_to_integer,
               list_to_pid, list_to_tuple, map_size, monitor_node,
           node, pid_to_list, port_close, purge_module, round, size, tl, trunc, tuple_size, tuple_to_list, unlink, unregister,
               cancel_timer, read_timer, external_size_no, md5, crc32],
    [try_it(erlang, F, [X]) || F <- One, erlang:function_exported(erlang, F, 1), X <- Bad, {F, X} =/= {tuple_size, {}}],
    Two = [element, split_binary, binary_part, is_map_key, map_get, append_element, delete_element, 'div', 'rem', 'band', 'bsl',
        '++', '--', register, group_leader, exit,
           atom_to_binary, make_tuple, send_after, phash2, integer_to_list, float_to_list, process_flag, resume_process,
               convert_x],
    [try_it(erlang, F, [X, Y]) || F <- Two, erlang:function_exported(erlang, F, 2), X <- [x, [], {}, <<1>>], Y <- [y, -1, [],
        #{}]],
    [try_it(maps, F, [a, X]) || F <- [find, get, is_key, remove, take, keys], erlang:function_exported(maps, F, 2), X <- [x, [],
        1]],
    [try_it(maps, F, [X]) || F <- [keys, values, to_list, size, from_list, iterator], X <- [x, [a], 1]],
    [try_it(lists, F, [X, Y]) || F <- [member, reverse, append, subtract, nth, nthtail], X <- [0, x], Y <- [y, [a | b]]].

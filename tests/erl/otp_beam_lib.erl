%% beam_lib: chunks, info, md5, strip, comparison, damaged files.
%% stress: 1000
-module(otp_beam_lib).
-export([main/0]).
-include("show.hrl").
main() ->
    {_, Bin, File} = code:get_object_code(queue),
    ?SHOW(proplists:get_value(module, beam_lib:info(Bin))),
    ?SHOW([I || {I, _, _} <- proplists:get_value(chunks, beam_lib:info(Bin))] =/= []),
    ?SHOW(beam_lib:chunks(Bin, [exports]) =:= beam_lib:chunks(File, [exports])),
    ?SHOW(begin {ok, {queue, [{attributes, A}]}} = beam_lib:chunks(Bin, [attributes]), [K || {K, _} <- A] end),
    ?SHOW(begin {ok, {queue, [{imports, I}]}} = beam_lib:chunks(Bin, [imports]), length(I) > 5 end),
    ?SHOW(begin {ok, {queue, [{"AtU8", A}]}} = beam_lib:chunks(Bin, ["AtU8"]), is_binary(A) end),
    ?SHOW(beam_lib:chunks(Bin, ["none"]) =/= x),
    ?SHOW(beam_lib:chunks(Bin, [bad])),
    ?SHOW(beam_lib:version(Bin) =:= beam_lib:version(File)),
    ?SHOW(beam_lib:md5(Bin) =:= beam_lib:md5(File)),
    ?SHOW(begin {ok, {queue, S}} = beam_lib:strip(Bin), {byte_size(S) < byte_size(Bin), beam_lib:md5(S) =:= beam_lib:md5(Bin)} end),
    ?SHOW(begin {ok, {queue, S}} = beam_lib:strip(Bin), beam_lib:cmp(S, Bin) end),
    ?SHOW(beam_lib:cmp(Bin, Bin)),
    ?SHOW(beam_lib:diff_files_ok()),
    ?SHOW(beam_lib:chunks(<<"junk">>, [exports])),
    ?SHOW(beam_lib:info(binary_part(Bin, 0, 100))),
    ?SHOW(beam_lib:chunks("/no/such.beam", [exports])),
    ?SHOW(begin {error, M, R} = beam_lib:chunks(<<"FOR1", 0, 0, 0, 4, "BEAM">>, [exports]), lists:flatten(M:format_error({error, M,
        R})) =/= "" end).

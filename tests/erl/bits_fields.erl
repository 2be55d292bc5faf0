%% Clauses that read several fields of known sizes: the loader joins them (code/joining.pxd). Every length of input,
%% every bit offset, failures in the middle, and what follows a failure.
-module(bits_fields).
-export([main/0]).
-include("show.hrl").

main() ->
    Bytes = << <<((I * 37 + 11) band 255)>> || I <- lists:seq(0, 23) >>,
    Funs = [fun bytes/1, fun mixed/1, fun odd/1, fun small/1, fun signed/1, fun skipped/1, fun exact/1, fun wide/1,
            fun units/1, fun literal/1, fun header/1, fun reuse/1, fun sizes/1, fun native/1],
    [?SHOW({N, hash([catch F(part(Bytes, Offset, Bits)) || Offset <- lists:seq(0, 9), Bits <- lists:seq(0, 150)])})
     || {N, F} <- lists:zip(lists:seq(1, length(Funs)), Funs)],
    [?SHOW({Bits, [catch F(part(Bytes, 3, Bits)) || F <- Funs]}) || Bits <- [0, 7, 8, 16, 31, 32, 56, 57, 64, 65, 96, 128]],
    ?SHOW(loop(Bytes, 0)),
    ?SHOW(catch loop(<<Bytes/binary, 1:3>>, 0)),
    ?SHOW([records(Bytes), records(<<Bytes/binary, 1>>)]),
    ?SHOW([kind(B) || B <- [<<1, 2, 3>>, <<1, 9>>, <<2, 7:16>>, <<3, -5:8>>, <<3>>, <<>>, <<9>>, <<1, 2:4>>]]).

part(Bytes, Offset, Bits) ->
    <<_:Offset, B:Bits/bits, _/bits>> = Bytes,
    B.

hash(L) -> erlang:phash2([case R of {'EXIT', {Why, _}} -> {exit, Why}; _ -> R end || R <- L]).

bytes(<<A, B, C, D, T/binary>>) -> {A, B, C, D, T};
bytes(<<A, B, T/bits>>) -> {A, B, T};
bytes(<<A, T/bits>>) -> {A, T};
bytes(T) -> T.

mixed(<<A:16, B, C:32/little, D:24/little-signed, T/binary>>) -> {A, B, C, D, T};
mixed(<<A:4, B:12, C:3, T/bits>>) -> {A, B, C, T};
mixed(T) -> T.

odd(<<A:1, B:2, C:3, D:4, E:5, F:6, G:7, H:8, I:9, J:10, K:11, L:12, T/bits>>) -> {A, B, C, D, E, F, G, H, I, J, K, L, T};
odd(<<A:5, B:11/little, T/bits>>) -> {A, B, T};
odd(<<A:1, T/bits>>) -> {A, T};
odd(<<>>) -> none.

small(<<A:56, B:57, T/bits>>) -> {A, B, T};
small(<<A:57/signed, B:7, T/bits>>) -> {A, B, T};
small(<<A:28/signed-little, B:28/signed-little, T/bits>>) -> {A, B, T};
small(T) -> {rest, T}.

signed(<<A/signed, B:16/signed, C:16/signed-little, D:7/signed, _/bits>>) -> {A, B, C, D};
signed(<<A:3/signed, B:2/signed, C:1/signed, T/bits>>) -> {A, B, C, T};
signed(_) -> no.

skipped(<<_, A, _:16, B:8, _:40, C, T/bits>>) -> {A, B, C, T};
skipped(<<_:3, A:13, _:5, T/bits>>) -> {A, T};
skipped(<<_:60, T/bits>>) -> T;
skipped(_) -> no.

exact(<<A, B:24>>) -> {A, B};
exact(<<A:64>>) -> A;
exact(<<A:60, B:4>>) -> {A, B};
exact(<<A:3, B:30>>) -> {A, B};
exact(<<_:17, _:15, _:20>>) -> skipped;
exact(_) -> no.

wide(<<A:32, B:32, C:32, D:32, T/bits>>) -> {A, B, C, D, T};
wide(<<A:64, B:16, C:16, T/bits>>) -> {A, B, C, T};
wide(<<A:16, B:64/little-signed, T/bits>>) -> {A, B, T};
wide(<<A:8, B:65, T/bits>>) -> {A, B, T};
wide(_) -> no.

units(<<A:2/unit:8, B:3/unit:4, T/binary-unit:12>>) -> {A, B, T};
units(<<A:2/unit:8, B:3/unit:4, T/binary-unit:7>>) -> {A, B, T};
units(<<A:2/unit:8, B:3/unit:4, T/binary-unit:16>>) -> {A, B, T};
units(_) -> no.

literal(<<16#0B, A, 16#55, T/bits>>) -> {one, A, T};
literal(<<16#58, A:4, 5:4, T/bits>>) -> {two, A, T};
literal(<<A:2, 1:2, B:4, T/bits>>) -> {three, A, B, T};
literal(<<"abc", T/bits>>) -> {four, T};
literal(<<1:1, T/bits>>) -> {five, T};
literal(_) -> no.

header(<<V:4, H:4, _TOS:8, Len:16, Id:16, Flags:3, Off:13, TTL:8, Proto:8, Sum:16, Src:32, T/bits>>) ->
    {V, H, Len, Id, Flags, Off, TTL, Proto, Sum, Src, T};
header(<<V:4, H:4, T/bits>>) -> {V, H, T};
header(_) -> no.

%% The same register may be read and written.
reuse(B) ->
    case B of
        <<B1, B2, Rest/bits>> when B1 > B2 -> {B1, reuse_more(Rest)};
        <<B1:4, B2:4, Rest/bits>> when B1 =/= B2 -> {B2, reuse_more(Rest)};
        Other -> Other
    end.

reuse_more(<<A, _:3, T/bits>>) -> {A, bit_size(T)};
reuse_more(T) -> T.

sizes(<<N:4, A:N, B:N/unit:2, C:8, T/bits>>) -> {N, A, B, C, T};
sizes(<<N, M, T:N/binary, _/bits>>) -> {N, M, T};
sizes(_) -> no.

native(<<A:16/native, B:32/native-signed, T/binary>>) -> {A, B, T};
native(<<A:13/native, T/bits>>) -> {A, T};
native(_) -> no.

loop(<<A:16, B, T/binary>>, S) -> loop(T, S * 3 + A + B);
loop(<<>>, S) -> S.

records(B) -> [{A, C} || <<A:4, C:20/little>> <= B].

kind(<<1, A, B, T/bits>>) -> {one, A, B, T};
kind(<<1, A, T/bits>>) -> {short, A, T};
kind(<<2, A:16>>) -> {two, A};
kind(<<3, A:8/signed>>) -> {three, A};
kind(<<A, T/bits>>) -> {other, A, T};
kind(<<>>) -> empty.

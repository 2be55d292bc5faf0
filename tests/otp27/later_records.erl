%% update_record with its hints, tests of tagged tuples, and badrecord.
-module(later_records).
-export([main/0, set_a/2, set_all/2, same/2, chain/1, nested/1, counter/2, kind/1, field/1, both/2, default/1]).
-include("show.hrl").
-record(r, {a = 1, b = two, c, d = "four", e = 5.0}).
-record(one, {x}).
-record(wide, {f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20}).

set_a(R, V) -> R#r{a = V}.
set_all(R, V) -> R#r{a = V, b = {V, V}, c = [V], d = V, e = V}.
same(#r{a = A} = R, V) -> {R#r{a = A}, R#r{b = V}#r{b = V}}.
chain(R) -> R2 = R#r{a = 1}, R3 = R2#r{b = 2}, R4 = R3#r{c = 3}, {R4, R2#r{e = R3}}.
nested(#r{c = #r{c = #one{} = O} = I} = R) -> R#r{c = I#r{c = O#one{x = deep}, a = R#r.b}}.
counter(R, 0) -> R;
counter(#r{a = A} = R, N) -> counter(R#r{a = A + 1, b = N}, N - 1).
kind(#r{a = 1}) -> r_one;
kind(#r{}) -> r;
kind(#one{}) -> one;
kind({r, _, _}) -> short;
kind(R) when is_record(R, wide) -> wide;
kind(_) -> other.
field(R) -> R#r.d.
both(#r{a = A}, #r{a = A}) -> same;
both(#r{}, #r{}) -> different;
both(_, _) -> no.
default(R) -> R#wide{f1 = a, f7 = b, f20 = c}.

main() ->
    R = id(#r{}),
    ?SHOW(set_a(R, 1)),
    ?SHOW(set_a(R, {new, term})),
    ?SHOW(set_all(R, x)),
    ?SHOW(same(R, two)),
    ?SHOW(same(R, other)),
    ?SHOW(chain(R)),
    ?SHOW(nested(R#r{c = R#r{c = #one{x = 1}}})),
    ?SHOW(nested(R)),
    ?SHOW(counter(R, 1000)),
    ?SHOW({R, erts_debug:same(R, set_a(R, id(1)))}),
    Bad = [{}, {r}, {r, 1, 2, 3, 4}, {r, 1, 2, 3, 4, 5, 6}, {q, 1, 2, 3, 4, 5}, r, [], <<>>, 1 bsl 80, #{}, fun id/1, self(), "r"],
    [?SHOW(set_a(B, 1)) || B <- Bad],
    [?SHOW(field(B)) || B <- Bad],
    ?SHOW([kind(B) || B <- [R, R#r{a = 2}, #one{}, {r, 1, 2}, #wide{}, default(#wide{}) | Bad]]),
    ?SHOW(default(#wide{f2 = kept, f19 = too})),
    ?SHOW(default(id(R))),
    ?SHOW([both(A, B) || A <- [R, R#r{a = 2}, x], B <- [R, R#r{a = 2.0}, {r}]]),
    ?SHOW((id(fun(X) -> X#r.a end))(id(nothing))),
    ?SHOW((id(fun(X) -> X + 1 end))(id(1), id(2))),
    ?SHOW((id(not_a_fun))(id(1))),
    ?SHOW([F(1) || F <- [fun(X) -> X end, fun erlang:abs/1, id(fun ?MODULE:id/1)]]),
    %% Old records updated while the new ones are made: a collection in between.
    ?SHOW(begin L = lists:foldl(fun(N, [H | _] = Acc) -> [H#r{a = N, c = lists:seq(1, N rem 7)} | Acc] end, [R], lists:seq(1, 5000)),
        erlang:phash2(L) end).

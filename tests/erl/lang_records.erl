%% Records: defaults, update, match, index, badrecord.
-module(lang_records).
-export([main/0]).
-include("show.hrl").
-record(point, {x = 0, y = 0 :: integer(), label}).
-record(deep, {p = #point{x = 1}, list = []}).
-record(empty, {}).

area(#point{x = X, y = Y}) -> X * Y.
move(P = #point{x = X}, D) -> P#point{x = X + D}.
get_x(P) -> P#point.x.
is_point(P) when is_record(P, point) -> true;
is_point(_) -> false.
guard(P) when P#point.x > 1 -> big;
guard(_) -> small.

main() ->
    P = #point{x = 3, y = 4},
    ?SHOW(P),
    ?SHOW(#point{_ = z}),
    ?SHOW(area(P)),
    ?SHOW(move(P, 10)),
    ?SHOW(get_x(id(P))),
    ?SHOW(get_x(id({point, 1}))),
    ?SHOW(get_x(id(x))),
    ?SHOW(move(id({other, 1, 2, 3}), 1)),
    ?SHOW([is_point(X) || X <- [P, {point}, {point, 1, 2, 3}, {point, 1, 2}, x]]),
    ?SHOW([guard(X) || X <- [P, #point{}, x]]),
    ?SHOW(#point.y),
    ?SHOW(record_info(size, point)),
    ?SHOW(record_info(fields, point)),
    ?SHOW(#empty{}),
    D = #deep{},
    ?SHOW(D#deep.p#point.x),
    ?SHOW(D#deep{p = (D#deep.p)#point{y = 9}}),
    ?SHOW((id(D))#deep{list = [a]}),
    ?SHOW((id(P))#deep.list),
    ?SHOW((id(P))#point{x = a, y = b, label = c}).

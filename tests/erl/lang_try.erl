%% try ... of ... catch ... after: the order of effects and which part guards which.
-module(lang_try).
-export([main/0]).
-include("show.hrl").
p(X) -> io:format("[~w]", [X]), X.

t1(F) -> try p(F()) of 1 -> p(one); X when X > 5 -> p({big, X}) catch throw:T -> p({thrown, T}); error:E -> p({error,
    E}) after p(done) end.
t2(F) -> try F() catch exit:{a, B} -> {exit_a, B}; C:R when R =/= secret -> {C, R} end.
t3(F) -> try F() after p(cleanup) end.
t4(F) -> try (try F() catch throw:1 -> throw(2) after p(inner) end) catch throw:2 -> two after p(outer) end.
t5(F) -> try F() of X -> throw({of_part, X}) catch throw:_ -> should_not_happen end.
t6(F) -> try F() catch throw:X -> X; X -> {plain, X} end.
t7() -> try 1 = id(2) catch error:{badmatch, V} -> V end.

main() ->
    ?SHOW(t1(fun() -> 1 end)),
    ?SHOW(t1(fun() -> 7 end)),
    ?SHOW(t1(fun() -> 3 end)),
    ?SHOW(t1(fun() -> throw(x) end)),
    ?SHOW(t1(fun() -> id(a) + 1 end)),
    ?SHOW(t1(fun() -> exit(bye) end)),
    ?SHOW(t2(fun() -> exit({a, 1}) end)),
    ?SHOW(t2(fun() -> exit({b, 1}) end)),
    ?SHOW(t2(fun() -> throw(secret) end)),
    ?SHOW(t2(fun() -> 5 end)),
    ?SHOW(t3(fun() -> 5 end)),
    ?SHOW(t3(fun() -> throw(five) end)),
    ?SHOW(t4(fun() -> throw(1) end)),
    ?SHOW(t4(fun() -> throw(3) end)),
    ?SHOW(t4(fun() -> ok end)),
    ?SHOW(t5(fun() -> 1 end)),
    ?SHOW(t6(fun() -> throw(z) end)),
    ?SHOW(t7()),
    ?SHOW(try throw(a) catch a -> caught_a end),
    ?SHOW(try throw(b) catch a -> caught_a end),
    ?SHOW(try id(1) of Y -> {y, Y} catch _:_ -> no end),
    ?SHOW(begin X = try id(1) + 1 catch _:_ -> 0 end, X * 10 end).

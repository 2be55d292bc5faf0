%% A ring of processes, a pipeline, and many short-lived ones.
%% stress: 50
-module(proc_ring).
-export([main/0]).
-include("show.hrl").
node_loop(Next) -> receive {token, 0, To} -> To ! done; {token, N, To} -> Next ! {token, N - 1, To}, node_loop(Next) end.
ring(N) -> lists:foldl(fun(_, Next) -> spawn(fun() -> node_loop(Next) end) end, self(), lists:seq(1, N)).
relay(First) -> receive {token, 0, To} -> To ! done, ok; {token, N, To} -> First ! {token, N - 1, To},
    relay(First); done -> done end.
pipe(S, 0) -> S;
pipe(S, N) -> P = spawn(fun() -> stage(S) end), pipe(P, N - 1).
stage(Next) -> receive eof -> Next ! eof; X -> Next ! X + 1, stage(Next) end.
drain(A) -> receive eof -> A; X -> drain(A + X) end.
tree(0, To) -> To ! 1;
tree(D, To) -> S = self(), [spawn(fun() -> tree(D - 1, S) end) || _ <- [1, 2]], To ! 1 + receive A -> A end + receive B -> B end.

main() ->
    First = ring(100),
    First ! {token, 20000, self()},
    ?SHOW(relay(First)),
    P = pipe(self(), 50),
    [P ! N || N <- lists:seq(1, 200)],
    P ! eof,
    ?SHOW(drain(0)),
    ?SHOW(begin S = self(), spawn(fun() -> tree(10, S) end), receive X -> X end end),
    ?SHOW(begin S = self(), [spawn(fun() -> S ! N * N end) || N <- lists:seq(1, 5000)],
        lists:sum([receive X -> X end || _ <- lists:seq(1, 5000)]) end).

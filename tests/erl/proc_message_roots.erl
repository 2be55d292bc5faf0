%% Messages taken out of order, some of which are atoms: the others stay whole, however often the heap is collected.
%% stress: 1
-module(proc_message_roots).
-export([main/0]).
-include("show.hrl").

%% A queue of terms and atoms, from whose middle terms are taken, then atoms, then all the rest.
queue(N) ->
    [begin self() ! {term, K, [K, "text"]}, self() ! list_to_atom("atom" ++ integer_to_list(K rem 5)), self() ! {big, K, lists:seq(1, 20)}
     end || K <- lists:seq(1, N)],
    Middle = [receive {big, K, L} -> length(L) end || K <- [N div 2, 1, N]],
    Atoms = [receive A when is_atom(A) -> A end || _ <- lists:seq(1, N div 2)],
    garbage_collect(),
    More = [receive {big, K, L} -> hd(L) end || K <- [2, N - 1]],
    Rest = [receive A when is_atom(A) -> A end || _ <- lists:seq(N div 2 + 1, N)],
    garbage_collect(),
    Terms = [receive {term, K, [K, T]} -> T end || K <- lists:seq(N, 1, -1)],
    {Middle, length(Atoms), More, length(Rest), lists:usort(Terms), length(left())}.

left() -> receive X -> [X | left()] after 0 -> [] end.

%% Two terms are looked at in vain; the first is taken, then the atom behind it, then the other is a root still.
three(Garbage) ->
    self() ! {one, id([1, 2])}, self() ! two, self() ! {three, id([3, 4])},
    receive never -> ok after 0 -> ok end,
    receive {one, A} -> A end,
    receive two -> ok end,
    [self() ! more || _ <- lists:seq(1, 3)],
    _ = [lists:seq(1, 100) || _ <- lists:seq(1, Garbage)],
    garbage_collect(),
    receive {three, B} -> {A, B, left()} end.

main() ->
    [?SHOW(three(N)) || N <- [1, 10, 1000]],
    [?SHOW(queue(N)) || N <- [10, 100]].

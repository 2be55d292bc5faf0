%% The module that fuzz.erl's calls load, delete, purge and apply.
-module(victim).
-export([id/1, id/0, crash/0, loop/0, leave/1, '+'/2, raise/1]).

id() -> id.
id(X) -> X.
crash() -> error(crashed).
loop() -> receive stop_the_loop -> ok end.
leave(X) -> exit(X).
'+'(A, B) -> A + B.
raise(X) -> throw(X).

%% A small Lisp: a reader, an evaluator with closures and tail calls, and programs in it.
%% Symbols are atoms, strings are binaries, a closure is {closure, Parameters, Body, Environment}. Local names live in
%% maps that closures keep; names of `define` live in the process dictionary, so that functions may know each other.
-module(prog_lisp).
-export([run/0]).

run() ->
    Forms = read_all(program()),
    Forms = read_all(iolist_to_binary([[show(F), $\n] || F <- Forms])),
    [put({global, Name}, {builtin, Fun}) || {Name, Fun} <- builtins()],
    Results = [V || F <- Forms, (V = eval(F, #{})) =/= defined],
    [6765, 509, 300000, Sorted, <<"xyxyxyxyxy", _/binary>> = Text, 100, Primes, [3, 2, 1], 120, true] = Results,
    Sorted = lists:sort(Sorted),
    600 = length(Sorted),
    4000 = byte_size(Text),
    303 = length(Primes),
    ok.

program() -> <<"
    (define (fib n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))
    (fib 20)
    (define (ackermann m n)
      (cond ((= m 0) (+ n 1))
            ((= n 0) (ackermann (- m 1) 1))
            (else (ackermann (- m 1) (ackermann m (- n 1))))))
    (ackermann 3 6)
    ; a loop of tail calls
    (define (count n so-far) (if (= n 0) so-far (count (- n 1) (+ so-far 1))))
    (count 300000 0)
    (define (filter keep l)
      (cond ((null? l) '()) ((keep (car l)) (cons (car l) (filter keep (cdr l)))) (else (filter keep (cdr l)))))
    (define (append a b) (if (null? a) b (cons (car a) (append (cdr a) b))))
    (define (sort l)
      (if (null? l) '()
        (let ((pivot (car l)) (rest (cdr l)))
          (append (sort (filter (lambda (x) (< x pivot)) rest))
                  (cons pivot (sort (filter (lambda (x) (not (< x pivot))) rest)))))))
    (define (random-list n seed)
      (if (= n 0) '() (cons seed (random-list (- n 1) (mod (+ (* seed 1103515245) 12345) 2147483648)))))
    (sort (random-list 600 42))
    (define (repeat text n) (if (= n 0) \"\" (concat text (repeat text (- n 1)))))
    (repeat \"xy\" 2000)
    ; closures as numbers
    (define (compose f g) (lambda (x) (f (g x))))
    (define (power f n) (if (= n 0) (lambda (x) x) (compose f (power f (- n 1)))))
    (((power (lambda (f) (compose f f)) 2) (lambda (x) (+ x 25))) 0)
    (define (range from to) (if (< to from) '() (cons from (range (+ from 1) to))))
    (define (sieve l)
      (if (null? l) '()
        (let ((p (car l))) (cons p (sieve (filter (lambda (n) (not (= 0 (mod n p)))) (cdr l)))))))
    (sieve (range 2 2000))
    (define (reverse l done) (if (null? l) done (reverse (cdr l) (cons (car l) done))))
    (reverse '(1 2 3) '())
    ; recursion without a name
    (((lambda (f) (lambda (n) (f f n))) (lambda (self n) (if (= n 0) 1 (* n (self self (- n 1)))))) 5)
    (and (or (< 2 1) (= 1 1)) (begin (count 10 0) (not (null? '(a \"b\")))))
">>.

%% --- reading

read_all(Text) ->
    case skip(Text) of
        <<>> -> [];
        Rest -> {Form, After} = read(Rest), [Form | read_all(After)]
    end.

skip(<<C, T/binary>>) when C =:= $\s; C =:= $\n; C =:= $\t -> skip(T);
skip(<<$;, T/binary>>) -> [_, Rest] = binary:split(T, <<"\n">>), skip(Rest);
skip(T) -> T.

read(<<$(, T/binary>>) -> read_list(skip(T), []);
read(<<$', T/binary>>) -> {Form, Rest} = read(skip(T)), {[quote, Form], Rest};
read(<<$", T/binary>>) -> [Text, Rest] = binary:split(T, <<"\"">>), {Text, Rest};
read(T) -> read_word(T, []).

read_list(<<$), T/binary>>, Done) -> {lists:reverse(Done), T};
read_list(T, Done) -> {Form, Rest} = read(T), read_list(skip(Rest), [Form | Done]).

read_word(<<C, T/binary>>, Word) when C > $\s, C =/= $(, C =/= $) -> read_word(T, [C | Word]);
read_word(T, Word) -> {word(lists:reverse(Word)), T}.

word(Word) ->
    try list_to_integer(Word) catch error:badarg -> list_to_atom(Word) end.

show(Form) when is_list(Form) -> [$(, lists:join($\s, [show(F) || F <- Form]), $)];
show(Form) when is_integer(Form) -> integer_to_binary(Form);
show(Form) when is_binary(Form) -> [$", Form, $"];
show(Form) -> atom_to_binary(Form).

%% --- evaluating

eval(Name, Env) when is_atom(Name) -> lookup(Name, Env);
eval([quote, Value], _) -> Value;
eval(['if', Test, Then, Else], Env) ->
    case eval(Test, Env) of false -> eval(Else, Env); _ -> eval(Then, Env) end;
eval(['cond' | Clauses], Env) -> choose(Clauses, Env);
eval([lambda, Parameters | Body], Env) -> {closure, Parameters, Body, Env};
eval(['let', Bindings | Body], Env) ->
    sequence(Body, lists:foldl(fun([Name, Form], New) -> New#{Name => eval(Form, Env)} end, Env, Bindings));
eval([define, [Name | Parameters] | Body], Env) ->
    put({global, Name}, {closure, Parameters, Body, Env}), defined;
eval(['begin' | Body], Env) -> sequence(Body, Env);
eval(['and', First, Second], Env) -> case eval(First, Env) of false -> false; _ -> eval(Second, Env) end;
eval(['or', First, Second], Env) -> case eval(First, Env) of false -> eval(Second, Env); Value -> Value end;
eval([Function | Arguments], Env) -> apply_to(eval(Function, Env), [eval(A, Env) || A <- Arguments]);
eval(Value, _) -> Value.

lookup(Name, Env) ->
    case Env of
        #{Name := Value} -> Value;
        #{} -> case get({global, Name}) of undefined -> error({unbound, Name}); Value -> Value end
    end.

choose([['else' | Body] | _], Env) -> sequence(Body, Env);
choose([[Test | Body] | Clauses], Env) ->
    case eval(Test, Env) of false -> choose(Clauses, Env); _ -> sequence(Body, Env) end.

sequence([Last], Env) -> eval(Last, Env);
sequence([Form | Forms], Env) -> eval(Form, Env), sequence(Forms, Env).

apply_to({builtin, Fun}, Arguments) -> Fun(Arguments);
apply_to({closure, Parameters, Body, Env}, Arguments) -> sequence(Body, bind(Parameters, Arguments, Env)).

bind([Name | Names], [Value | Values], Env) -> bind(Names, Values, Env#{Name => Value});
bind([], [], Env) -> Env.

builtins() ->
    [{'+', fun([A, B]) -> A + B end}, {'-', fun([A, B]) -> A - B end}, {'*', fun([A, B]) -> A * B end},
     {mod, fun([A, B]) -> A rem B end}, {'<', fun([A, B]) -> A < B end}, {'=', fun([A, B]) -> A =:= B end},
     {'not', fun([A]) -> A =:= false end}, {'null?', fun([A]) -> A =:= [] end},
     {cons, fun([A, B]) -> [A | B] end}, {car, fun([[A | _]]) -> A end}, {cdr, fun([[_ | B]]) -> B end},
     {concat, fun([A, B]) -> <<A/binary, B/binary>> end}].

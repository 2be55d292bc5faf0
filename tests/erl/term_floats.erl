%% External format of floats: 64 bits, and the old text form.
-module(term_floats).
-export([main/0]).
-include("show.hrl").
main() ->
    Vs = [0.0, -0.0, 1.0, -1.5, 1.0e300, 5.0e-324, 0.1],
    ?SHOW([term_to_binary(V) || V <- Vs]),
    ?SHOW([term_to_binary(V, [{minor_version, 0}]) || V <- Vs]),
    ?SHOW([binary_to_term(term_to_binary(V, [{minor_version, 0}])) =:= V || V <- Vs]),
    ?SHOW([term_to_binary(V, [{minor_version, 1}]) || V <- [1.0, a]]),
    ?SHOW(binary_to_term(<<131, 70, 16#7ff0000000000000:64>>)),
    ?SHOW(binary_to_term(<<131, 70, 16#7ff8000000000000:64>>)),
    ?SHOW(binary_to_term(<<131, 99, "1.5", 0:224>>)),
    ?SHOW(binary_to_term(<<131, 99, "1.50000000000000000000e+00", 0:40>>)),
    ?SHOW(binary_to_term(<<131, 99, "nonsense", 0:184>>)),
    ?SHOW(binary_to_term(<<131, 70, 1, 2>>)),
    %% Zero's sign: a constant is added or subtracted as an increment.
    ?SHOW([<<X/float>> || X <- [id(-0.0) - 0, id(-0.0) - id(0), id(-0.0) + 0, + id(-0.0), - id(0.0), 0.0 - id(0),
        id(-0.0) - 0.0, id(-0.0) + 0.0, id(-0.0) * 1, 0 + id(-0.0), 0 - id(0.0), id(0.0) * -1]]).

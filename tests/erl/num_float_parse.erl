%% Text to floats: nearest value, halfway cases, denormals, what is refused.
-module(num_float_parse).
-export([main/0]).
-include("show.hrl").
main() ->
    Ts = ["0.0", "-0.0", "1.0", "+1.5", "1.0e10", "1.0E-10", "1.0e+5", "123456789.123456789", "0.1", "1.7976931348623157e308",
        "2.2250738585072011e-308",
          "4.9e-324", "2.4703282292062327e-324", "2.4703282292062328e-324", "9007199254740993.0", "9007199254740992.9999",
              "1.0e-400", "00001.5", "1.50000000000000000000000001",
          "100000000000000000000000000000000000000.0", "3.14159265358979323846264338327950288"],
    ?SHOW([list_to_float(T) || T <- Ts]),
    ?SHOW([<<(list_to_float(T))/float>> || T <- Ts]),
    ?SHOW([binary_to_float(list_to_binary(T)) =:= list_to_float(T) || T <- Ts]),
    Bad = ["", "1", "1.", ".5", "1e5", "1.0e", "1.0e+", "1.0x", " 1.0", "1.0 ", "1.0e999", "-1.0e999", "inf", "nan", "1,0",
        "--1.0", "1.0e1.0", "1_0.0"],
    ?SHOW([try list_to_float(T) catch error:R -> R end || T <- Bad]),
    ?SHOW([try binary_to_float(list_to_binary(T)) catch error:R -> R end || T <- Bad]),
    ?SHOW(list_to_float(id(x))),
    ?SHOW(list_to_float(id([$1, $., a]))),
    ?SHOW(binary_to_float(<<1:1>>)),
    ?SHOW(string:to_float("1.5e3abc")),
    ?SHOW(string:to_float("15")),
    ?SHOW(string:to_float("1.5e")),
    ?SHOW([1.0e0, 12.5E3, 1.0e-3, 0.000001, 1.0e+2]),
    ?SHOW(lists:all(fun(X) -> list_to_float(float_to_list(X, [short])) =:= X end,
                 [math:pow(1.37, N) * 1.0e-20 || N <- lists:seq(1, 300)])).

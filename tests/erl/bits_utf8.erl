%% utf8: building, matching, every border, and what is not utf8.
%% stress: 50
-module(bits_utf8).
-export([main/0]).
-include("show.hrl").
m(B) -> case B of <<C/utf8, R/binary>> -> {C, R}; _ -> no end.
all(<<C/utf8, R/bits>>) -> [C | all(R)];
all(<<>>) -> [];
all(R) -> {bad, R}.

main() ->
    Cs = [0, 1, 16#7f, 16#80, 16#7ff, 16#800, 16#fff, 16#d7ff, 16#e000, 16#fffd, 16#fffe, 16#ffff, 16#10000, 16#10ffff],
    ?SHOW([<<(id(C))/utf8>> || C <- Cs]),
    ?SHOW([m(<<C/utf8, $x>>) || C <- Cs]),
    Bad = [<<>>, <<16#80>>, <<16#bf>>, <<16#c0, 16#80>>, <<16#c1, 16#bf>>, <<16#c2>>, <<16#c2, $a>>, <<16#e0, 16#80, 16#80>>,
        <<16#e0, 16#a0>>,
           <<16#ed, 16#a0, 16#80>>, <<16#ed, 16#bf, 16#bf>>, <<16#ef, 16#bf, 16#bf>>, <<16#f0, 16#80, 16#80, 16#80>>, <<16#f0,
               16#90, 16#80>>,
           <<16#f4, 16#90, 16#80, 16#80>>, <<16#f5, 16#80, 16#80, 16#80>>, <<16#ff>>, <<16#fe>>, <<16#c2:7>>, <<1:1>>],
    ?SHOW([m(B) || B <- Bad]),
    ?SHOW(all(<<"héllo wörld €𐍈"/utf8>>)),
    ?SHOW(all(<<"ab", 255, "c">>)),
    ?SHOW(all(<<"ab", 3:3>>)),
    ?SHOW([begin <<_:S, R/bits>> = <<0:S, "é€𐍈a"/utf8>>, all(R) end || S <- lists:seq(0, 7)]),
    ?SHOW([<<5:S, (id(16#20ac))/utf8>> || S <- [1, 4, 7]]),
    ?SHOW(begin <<_/utf8, R/binary>> = id(<<"éx"/utf8>>), R end),
    ?SHOW(case id(<<"é"/utf8>>) of <<$é/utf8>> -> yes; _ -> no end),
    ?SHOW(begin <<"éa"/utf8, R/binary>> = id(<<"éab"/utf8>>), R end),
    ?SHOW(<<"€"/utf8, (id($x))/utf8, "tail">>),
    ?SHOW(byte_size(<< <<C/utf8>> || C <- lists:seq(0, 16#d7ff) >>)),
    ?SHOW(length(all(<< <<C/utf8>> || C <- lists:seq(16#e000, 16#ffff) >>))).

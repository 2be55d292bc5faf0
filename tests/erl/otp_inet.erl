%% Addresses and error texts: the part of inet that needs no socket.
-module(otp_inet).
-export([main/0]).
-include("show.hrl").
main() ->
    ?SHOW(inet:parse_address("::1")),
    ?SHOW(inet:parse_address("1.2.3.4")),
    ?SHOW(inet:parse_address("x")),
    ?SHOW(inet:ntoa({127, 0, 0, 1})),
    ?SHOW(inet:format_error(econnrefused)),
    ?SHOW([inet:parse_ipv4_address(A) || A <- ["1.2.3", "255.255.255.255", "256.1.1.1", "0x7f.1", ""]]),
    ?SHOW([inet:parse_ipv6strict_address(A) || A <- ["fe80::1%lo", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8", ":::", "1::2::3"]]),
    ?SHOW([inet:ntoa(A) || A <- [{0, 0, 0, 0, 0, 0, 0, 1}, {16#fe80, 0, 0, 0, 1, 0, 0, 0}, {1, 2, 3}, x]]),
    ?SHOW(inet:ipv4_mapped_ipv6_address({1, 2, 3, 4})).

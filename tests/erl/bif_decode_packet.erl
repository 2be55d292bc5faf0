%% erlang:decode_packet in its many forms.
-module(bif_decode_packet).
-export([main/0]).
-include("show.hrl").
main() ->
    ?SHOW(erlang:decode_packet(raw, <<"abc">>, [])),
    ?SHOW(erlang:decode_packet(1, <<3, "abcd">>, [])),
    ?SHOW(erlang:decode_packet(2, <<0, 3, "ab">>, [])),
    ?SHOW(erlang:decode_packet(4, <<0, 0, 0, 2, "abc">>, [])),
    ?SHOW(erlang:decode_packet(line, <<"one\ntwo">>, [])),
    ?SHOW(erlang:decode_packet(line, <<"one">>, [])),
    ?SHOW(erlang:decode_packet(line, <<"onetwothree">>, [{line_length, 5}])),
    ?SHOW(erlang:decode_packet(line, <<"a;b">>, [{line_delimiter, $;}])),
    ?SHOW(erlang:decode_packet(http, <<"GET /x?y HTTP/1.1\r\nHost: h\r\n\r\n">>, [])),
    ?SHOW(erlang:decode_packet(http_bin, <<"HTTP/1.0 404 Not Found\r\n">>, [])),
    ?SHOW(erlang:decode_packet(httph, <<"Content-Length: 5\r\nX: y\r\n">>, [])),
    ?SHOW(erlang:decode_packet(httph, <<"\r\nbody">>, [])),
    ?SHOW(erlang:decode_packet(http, <<"nonsense\r\n\r\n">>, [])),
    ?SHOW(erlang:decode_packet(http, <<"POST http://host:80/p HTTP/1.1\r\nx">>, [])),
    ?SHOW(erlang:decode_packet(4, <<0, 0, 1, 0, 1>>, [{packet_size, 10}])),
    ?SHOW(erlang:decode_packet(asn1, <<48, 3, 2, 1, 5, 9>>, [])),
    ?SHOW(erlang:decode_packet(tpkt, <<3, 0, 0, 6, "ab", "c">>, [])),
    ?SHOW(erlang:decode_packet(bad, <<>>, [])),
    ?SHOW(erlang:decode_packet(1, id(x), [])),
    ?SHOW(erlang:decode_packet(1, <<1>>, [bad])).

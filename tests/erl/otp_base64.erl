%% base64, uri_string, binary hex, json-free text formats.
-module(otp_base64).
-export([main/0]).
-include("show.hrl").
main() ->
    ?SHOW([base64:encode(B) || B <- [<<>>, <<"a">>, <<"ab">>, <<"abc">>, <<255, 254, 253>>]]),
    ?SHOW(base64:encode_to_string("list")),
    ?SHOW([base64:decode(B) || B <- [<<>>, <<"YQ==">>, <<"YWI=">>, <<"YWJj">>]]),
    ?SHOW(base64:decode("Y W\nJj")),
    ?SHOW(base64:decode(<<"bad!">>)),
    ?SHOW(base64:decode(<<"YQ">>)),
    ?SHOW(base64:mime_decode(<<"Y*Q=:=">>)),
    ?SHOW(base64:decode(base64:encode(binary:copy(<<"xyz">>, 10000))) =:= binary:copy(<<"xyz">>, 10000)),
    ?SHOW(uri_string:parse("http://user@host:8080/path/x?q=1&r=é#frag")),
    ?SHOW(uri_string:parse(<<"mailto:a@b.c">>)),
    ?SHOW(uri_string:parse("http://[::1]/")),
    ?SHOW(uri_string:parse("http://bad host/")),
    ?SHOW(uri_string:recompose(#{scheme => "http", host => "h", path => "/p", query => "a=b"})),
    ?SHOW(uri_string:normalize("HTTP://Host/a/../b/./c%7e")),
    ?SHOW(uri_string:resolve("../x", "http://h/a/b/c")),
    ?SHOW(uri_string:compose_query([{"a", "1 2"}, {"b", "é&"}])),
    ?SHOW(uri_string:dissect_query("a=1+2&b=%C3%A9%26&c")),
    ?SHOW(uri_string:percent_decode("%41%zz")),
    ?SHOW(uri_string:quote("a b/é")),
    ?SHOW(uri_string:unquote("a%20b")).

%% calendar: conversions, leap years, rfc3339, week numbers.
-module(otp_calendar).
-export([main/0]).
-include("show.hrl").
main() ->
    ?SHOW([calendar:is_leap_year(Y) || Y <- [1900, 2000, 2023, 2024]]),
    ?SHOW([calendar:last_day_of_the_month(2024, M) || M <- lists:seq(1, 12)]),
    ?SHOW(calendar:date_to_gregorian_days(2024, 2, 29)),
    ?SHOW(calendar:gregorian_days_to_date(739310)),
    ?SHOW(calendar:datetime_to_gregorian_seconds({{2024, 2, 29}, {12, 30, 45}})),
    ?SHOW(calendar:gregorian_seconds_to_datetime(63876429045)),
    ?SHOW([calendar:day_of_the_week(2024, 2, D) || D <- lists:seq(26, 29)]),
    ?SHOW([calendar:iso_week_number({Y, 1, 1}) || Y <- lists:seq(2018, 2026)]),
    ?SHOW(calendar:valid_date(2023, 2, 29)),
    ?SHOW(calendar:seconds_to_daystime(100000)),
    ?SHOW(calendar:time_to_seconds({1, 2, 3})),
    ?SHOW(calendar:seconds_to_time(3723)),
    ?SHOW(calendar:time_difference({{2024, 1, 1}, {0, 0, 0}}, {{2024, 1, 2}, {1, 0, 0}})),
    ?SHOW(calendar:rfc3339_to_system_time("2024-02-29T12:30:45Z")),
    ?SHOW(calendar:rfc3339_to_system_time("2024-02-29T12:30:45.123+01:00", [{unit, millisecond}])),
    ?SHOW(calendar:system_time_to_rfc3339(1709209845, [{offset, "Z"}])),
    ?SHOW(calendar:system_time_to_rfc3339(1709209845123, [{unit, millisecond}, {offset, "+02:00"}])),
    ?SHOW(calendar:rfc3339_to_system_time("bad")),
    ?SHOW(calendar:date_to_gregorian_days(2023, 2, 30)),
    ?SHOW(calendar:day_of_the_week(2023, 13, 1)).

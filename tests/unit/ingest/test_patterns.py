"""Java-style patterns: strict, English, whole values; instants through a time zone."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from jobs.ingest.delivery import compile_delivery, newest_day
from jobs.ingest.patterns import compile_pattern, days_of_instants, local_days, texts, utc_instants


def day(value: str, *patterns: str) -> str | None:
    found = local_days(pa.array([value]), patterns)[0]
    return None if np.isnat(found) else str(found)


def instant(value: str, pattern: str, zone: str = "Asia/Shanghai") -> str | None:
    found = utc_instants(pa.array([value]), [pattern], zone)[0]
    return None if np.isnat(found) else str(found)


@pytest.mark.parametrize(
    ("value", "pattern", "expected"),
    [
        ("2024/03/05", "yyyy/MM/dd", "2024-03-05"),
        ("20240305", "yyyyMMdd", "2024-03-05"),
        ("5.3.24", "d.M.yy", "2024-03-05"),
        ("Mar 5, 2024", "MMM d, yyyy", "2024-03-05"),
        ("MARCH 05 2024", "MMMM dd yyyy", "2024-03-05"),
        ("2024年3月5日", "yyyy年M月d日", "2024-03-05"),
        ("2024-03-05T23:59:59.999+08:00", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2024-03-05"),
        ("2024-03-05 23:59:59.123456", "yyyy-MM-dd HH:mm:ss.SSSSSS", "2024-03-05"),
        ("5/3/2024 12:05 AM", "d/M/yyyy hh:mm a", "2024-03-05"),
        ("0001-01-01", "yyyy-MM-dd", "0001-01-01"),
        ("9999-12-31", "yyyy-MM-dd", "9999-12-31"),
        ("2024-02-29", "yyyy-MM-dd", "2024-02-29"),
        ("5 o'clock 2024-03-05", "h 'o''clock' yyyy-MM-dd a", None),
    ],
)
def test_a_value_that_fits_gives_its_local_day(value, pattern, expected):
    assert day(value, pattern) == expected


@pytest.mark.parametrize(
    ("value", "pattern"),
    [
        ("2023-02-29", "yyyy-MM-dd"),  # no leap year
        ("2024-13-01", "yyyy-MM-dd"),
        ("2024-00-10", "yyyy-MM-dd"),
        ("2024-04-31", "yyyy-MM-dd"),
        ("0000-01-01", "yyyy-MM-dd"),  # years are 0001–9999
        ("2024-3-5", "yyyy-MM-dd"),  # MM wants two digits
        ("2024-03-05 ", "yyyy-MM-dd"),  # cells are trimmed before; a pattern fits as a whole
        ("x2024-03-05", "yyyy-MM-dd"),
        ("２０２４-03-05", "yyyy-MM-dd"),  # full-width digits are not digits of a date
        ("Mär 5, 2024", "MMM d, yyyy"),
        ("2024-03-05 24:00", "yyyy-MM-dd HH:mm"),
        ("2024-03-05 13:00 PM", "yyyy-MM-dd hh:mm a"),
        ("2024-03-05 10:60", "yyyy-MM-dd HH:mm"),
    ],
)
def test_a_value_that_does_not_fit_gives_none(value, pattern):
    assert day(value, pattern) is None


def test_the_first_pattern_that_fits_wins():
    assert day("03/04/2024", "dd/MM/yyyy", "MM/dd/yyyy") == "2024-04-03"
    assert day("03/14/2024", "dd/MM/yyyy", "MM/dd/yyyy") == "2024-03-14"


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("YYYY-MM-dd", "'YYYY'"),
        ("yyyy-MM", "no day"),
        ("yyyyMd", "ambiguous"),
        ("yyyy-MM-dd'T", "not closed"),
        ("yyyy-MM-dd hh:mm", "a stand together"),
        ("yyyy-MM-dd M", "month twice"),
        ("yyyy-MM-dd SSS.SSSSSS", "milli twice"),
        ("yyyy-MM-ddTHH", "'T'"),
    ],
)
def test_a_wrong_pattern_says_what_is_wrong(pattern, complaint):
    with pytest.raises(ValueError, match=complaint):
        compile_pattern(pattern)


def test_an_instant_goes_through_the_time_zone_unless_its_offset_is_written():
    assert instant("2024-01-01 00:30:00", "yyyy-MM-dd HH:mm:ss") == "2023-12-31T16:30:00.000000"
    assert instant("2024-01-01 00:30:00.123456", "yyyy-MM-dd HH:mm:ss.SSSSSS") == "2023-12-31T16:30:00.123456"
    assert instant("2024-01-01T00:30Z", "yyyy-MM-dd'T'HH:mmXXX") == "2024-01-01T00:30:00.000000"
    assert instant("2024-01-01T00:30-05:30", "yyyy-MM-dd'T'HH:mmXXX") == "2024-01-01T06:00:00.000000"
    assert instant("2024-01-01T00:30+19:00", "yyyy-MM-dd'T'HH:mmXXX") is None


def test_an_hour_that_comes_twice_is_the_earlier_one_and_one_left_out_fits_nothing():
    assert instant("2024-11-03 01:30", "yyyy-MM-dd HH:mm", "America/New_York") == "2024-11-03T05:30:00.000000"
    assert instant("2024-03-10 02:30", "yyyy-MM-dd HH:mm", "America/New_York") is None
    assert instant("2024-03-10 03:30", "yyyy-MM-dd HH:mm", "America/New_York") == "2024-03-10T07:30:00.000000"


def test_instants_of_the_first_and_last_years_are_exact_or_out_of_range():
    assert instant("0001-01-02 00:00", "yyyy-MM-dd HH:mm", "UTC") == "0001-01-02T00:00:00.000000"
    assert instant("0001-01-01 00:00", "yyyy-MM-dd HH:mm") is None  # in UTC it lies before year 1
    assert instant("9999-12-31 23:59", "yyyy-MM-dd HH:mm") == "9999-12-31T15:59:00.000000"
    assert instant("9999-12-31 23:59", "yyyy-MM-dd HH:mm", "America/New_York") is None
    assert instant("1900-01-01 00:00", "yyyy-MM-dd HH:mm") == "1899-12-31T15:54:17.000000"  # local mean time


def test_instants_agree_with_the_standard_library_through_all_changes_of_two_zones():
    from zoneinfo import ZoneInfo

    for zone in ("Asia/Shanghai", "Europe/London"):
        moments = [dt.datetime(1986, 1, 1) + dt.timedelta(hours=7 * i) for i in range(9000)]
        cells = pa.array([m.strftime("%Y-%m-%d %H:%M") for m in moments])
        got = utc_instants(cells, ["yyyy-MM-dd HH:mm"], zone)
        for moment, utc in zip(moments, got, strict=True):
            expected = moment.replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
            exists = expected.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == moment
            assert (None if np.isnat(utc) else utc.astype(object)) == (
                expected.replace(tzinfo=None) if exists else None
            )


def test_days_of_instants_are_local():
    instants = np.array(["2023-12-31T15:59:59", "2023-12-31T16:00:00", "NaT"], dtype="datetime64[us]")
    assert [str(d) for d in days_of_instants(instants, "Asia/Shanghai")] == [
        "2023-12-31",
        "2024-01-01",
        "NaT",
    ]


def test_texts_keep_what_did_not_fit():
    moments = np.array(["2024-01-01T00:00:00.5", "NaT"], dtype="datetime64[us]")
    assert texts(moments, pa.array(["a", "b"])).to_pylist() == ["2024-01-01T00:00:00.500000Z", "b"]


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("listings_{yyyyMMdd}", "listings_20240305.csv.gz", dt.date(2024, 3, 5)),
        ("listings_{yyyyMMdd}", "listings_20241305.csv.gz", None),
        ("listings_{yyyyMMdd}", "listings_202403051.csv", None),  # nine digits are no date
        ("{yyyy-MM-dd}", "x_2024-13-01_2024-03-05.csv", dt.date(2024, 3, 5)),
        ("*_{MMM yyyy d}", "a_Mar 2024 5.csv", dt.date(2024, 3, 5)),
    ],
)
def test_the_delivery_date_stands_in_the_name(text, name, expected):
    assert compile_delivery(text).day(name) == expected


def test_a_delivery_pattern_has_one_date_in_braces():
    with pytest.raises(ValueError, match="braces"):
        compile_delivery("listings_yyyyMMdd")


def test_the_newest_event_day_leaves_out_the_future_and_what_is_no_day():
    cells = pa.array(["2024-01-05", None, "2031-01-01", "rubbish", "2024-01-05T16:30:00.000000Z"])
    assert newest_day(cells, dt.date(2024, 12, 31)) == dt.date(
        2024, 1, 6
    )  # 16:30 UTC is the next day in Shanghai
    assert newest_day(pa.array(["rubbish"]), dt.date(2024, 12, 31)) is None


def test_each_value_is_read_by_the_first_pattern_that_fits_it():
    values, patterns = pa.array(["01/02/2024", "13/02/2024", "2024-03-05", "x"]), ["MM/dd/yyyy", "dd/MM/yyyy"]
    assert local_days(values, patterns).astype(str).tolist() == ["2024-01-02", "2024-02-13", "NaT", "NaT"]
    assert local_days(values[:1], patterns).astype(str).tolist() == ["2024-01-02"]
    timed = pa.array(["01/02/2024 08:00", "13/02/2024 08:00"])
    assert utc_instants(timed, [f"{p} HH:mm" for p in patterns], "UTC").astype(str).tolist() == [
        "2024-01-02T08:00:00.000000",
        "2024-02-13T08:00:00.000000",
    ]


def test_a_pattern_that_is_none_is_an_error_though_another_fits_all_values():
    with pytest.raises(ValueError):
        local_days(pa.array(["2024-03-05"]), ["yyyy-MM-dd", "yyyy"])

"""Working days across the holidays of 2025 and 2026 as the State Council arranged them, and the last day of a
period."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest

from jobs.methods import working_days

# Notices of the State Council's office for 2025 and 2026: days off and make-up working days around the long
# holidays.
CASES = [
    ("2025-01-27", 1, "2025-02-05", "the day before Spring Festival 2025 (28 January to 4 February)"),
    ("2025-01-24", 1, "2025-01-26", "Sunday 26 January 2025 is a make-up day"),
    ("2025-02-07", 1, "2025-02-08", "Saturday 8 February 2025 is a make-up day"),
    ("2025-09-26", 2, "2025-09-29", "Sunday 28 September 2025 is a make-up day"),
    ("2025-09-30", 1, "2025-10-09", "National Day and Mid-Autumn 2025 (1 to 8 October)"),
    ("2025-10-09", 2, "2025-10-11", "Saturday 11 October 2025 is a make-up day"),
    ("2025-12-31", 2, "2026-01-05", "New Year 2026 (1 to 3 January), Sunday 4 January is a make-up day"),
    ("2026-02-13", 1, "2026-02-14", "Saturday 14 February 2026 is a make-up day"),
    ("2026-02-14", 1, "2026-02-24", "Spring Festival 2026 (15 to 23 February)"),
    ("2026-02-27", 1, "2026-02-28", "Saturday 28 February 2026 is a make-up day"),
    ("2026-04-30", 4, "2026-05-09", "Labour Day 2026 (1 to 5 May), Saturday 9 May is a make-up day"),
    ("2026-09-18", 1, "2026-09-20", "Sunday 20 September 2026 is a make-up day"),
    ("2026-09-30", 1, "2026-10-08", "National Day 2026 (1 to 7 October)"),
    ("2026-10-09", 1, "2026-10-10", "Saturday 10 October 2026 is a make-up day"),
    ("2026-10-03", 1, "2026-10-08", "an event on a rest day: its own day is not counted"),
    ("2026-10-03", 0, "2026-10-08", "no day: rolled forward to a working day"),
    ("2026-10-08", 0, "2026-10-08", "a working day stays"),
    ("2026-10-08", -1, "2026-09-30", "backwards over the holiday"),
    ("2026-10-03", -1, "2026-09-30", "backwards from a rest day"),
]  # fmt: skip


@pytest.mark.parametrize(("day", "n", "expected", "why"), CASES, ids=[case[3] for case in CASES])
def test_working_days_are_counted_over_holidays_and_make_up_days(day, n, expected, why):
    assert working_days.add(date.fromisoformat(day), n) == date.fromisoformat(expected)


def test_between_undoes_add_from_any_day():
    day = date(2025, 1, 15)
    while day < date(2026, 6, 1):
        for n in (1, 5, 15, 45):
            assert working_days.between(day, working_days.add(day, n)) == n
            assert working_days.between(working_days.add(day, -n), day) in {
                n,
                n - 1,
            }  # n - 1 where day itself is a rest day
        day += timedelta(days=7)


def test_between_is_negative_backwards_and_0_within_a_holiday():
    assert working_days.between(date(2026, 2, 14), date(2026, 2, 28)) == 5
    assert working_days.between(date(2026, 2, 28), date(2026, 2, 14)) == -5
    assert working_days.between(date(2026, 2, 15), date(2026, 2, 23)) == 0
    assert working_days.between(date(2026, 2, 24), date(2026, 2, 24)) == 0


def test_every_day_agrees_with_the_collected_notices(shared):
    """holiday-cn reads the same notices independently of the package."""
    for year in range(2015, 2027):
        special = {
            row["date"]: not row["isOffDay"]
            for row in json.loads((shared / f"data/holiday_cn/{year}.json").read_text())["days"]
        }
        for day in pd.date_range(f"{year}-01-01", f"{year}-12-31").date:
            works = special.get(day.isoformat())
            if works is not None:
                assert (working_days.add(day, 0) == day) == works, day


def test_half_past_eleven_at_night_in_utc_is_the_next_day_in_shanghai():
    late = datetime(2026, 2, 13, 23, 30, tzinfo=UTC)
    assert working_days.add(late, 1) == working_days.add(date(2026, 2, 14), 1) == date(2026, 2, 24)
    assert working_days.add(datetime(2026, 2, 13, 23, 30, tzinfo=timezone(timedelta(hours=8))), 1) == date(
        2026, 2, 14
    )
    assert working_days.add(datetime(2026, 2, 13, 23, 30), 1) == date(2026, 2, 14)  # naive: Shanghai time


def test_series_keep_their_index_and_gaps():
    days = pd.Series([pd.Timestamp("2026-02-14"), pd.NaT, pd.Timestamp("2026-09-30")], index=list("abc"))
    got = working_days.add(days, pd.Series([1, 1, 2], index=list("abc")))
    assert got.index.tolist() == list("abc")
    assert (
        got["a"] == pd.Timestamp("2026-02-24")
        and pd.isna(got["b"])
        and got["c"] == pd.Timestamp("2026-10-09")
    )
    counted = working_days.between(days, got)
    assert counted["a"] == 1 and counted["b"] is pd.NA and counted["c"] == 2
    assert working_days.between(days, date(2026, 9, 30)).isna().tolist() == [False, True, False]


@pytest.mark.parametrize(
    "call",
    [
        lambda: working_days.add(date(2026, 12, 31), 1),
        lambda: working_days.add(date(2027, 3, 1), 0),
        lambda: working_days.add(date(2003, 12, 31), 1),
        lambda: working_days.add(date(2026, 11, 25), 45),
        lambda: working_days.between(date(2026, 12, 1), date(2027, 1, 4)),
        lambda: working_days.due(date(2026, 11, 25), 75, "calendar_day"),
    ],
)
def test_beyond_the_last_known_year_nothing_is_guessed(call):
    with pytest.raises(working_days.CalendarUnknown, match="whose holidays are known"):
        call()


@pytest.mark.parametrize(
    "n", [pd.Series([2, 1], index=["b", "a"]), pd.Series([1, 2]), pd.Series([1, 2, 3], index=list("abc"))]
)
def test_numbers_with_another_index_than_the_days_are_refused(n):
    days = pd.Series([date(2026, 2, 14), date(2026, 9, 30)], index=["a", "b"])
    for day in (days, date(2026, 2, 14)):
        with pytest.raises(ValueError, match="index") as refused:
            working_days.add(day, n)
        assert not isinstance(refused.value, working_days.CalendarUnknown)


def test_rows_of_the_calendar_add_years_and_override_days():
    calendar = pd.DataFrame({"day": [date(2027, 1, 1), date(2026, 12, 31)], "is_working_day": [False, False]})
    assert working_days.known(calendar)[1] == date(2027, 12, 31)
    assert working_days.add(date(2026, 12, 30), 1, calendar=calendar) == date(2027, 1, 4)
    assert working_days.add(date(2026, 12, 30), 1, calendar=working_days.prepared(calendar)) == date(
        2027, 1, 4
    )
    with pytest.raises(working_days.CalendarUnknown):
        working_days.add(date(2028, 1, 3), 1, calendar=calendar)
    gap = pd.DataFrame({"day": [date(2028, 1, 1)], "is_working_day": [False]})
    assert working_days.known(gap)[1] == working_days.known()[1]  # 2027 is missing in between


@pytest.mark.parametrize(
    ("day", "amount", "unit", "expected", "why"),
    [
        ("2026-02-10", 15, "calendar_day", "2026-02-25", "the event's own day is not counted"),
        (
            "2026-02-05",
            15,
            "calendar_day",
            "2026-02-24",
            "20 February is a holiday: rolled to the next working day",
        ),
        ("2026-01-29", 30, "calendar_day", "2026-02-28", "a Saturday, but a make-up day"),
        ("2026-02-14", 5, "working_day", "2026-02-28", "working days over Spring Festival"),
        ("2026-01-31", 1, "month", "2026-02-28", "no 31 February: the month's last day"),
        ("2026-06-30", 3, "month", "2026-09-30", "the corresponding day, not the last of the month"),
        ("2024-02-29", 1, "year", "2025-02-28", "no 29 February 2025: the month's last day"),
        ("2020-02-29", 4, "year", "2024-02-29", "there is a 29 February 2024"),
    ],
)
def test_a_period_ends_as_the_civil_code_says(day, amount, unit, expected, why):
    assert working_days.due(date.fromisoformat(day), amount, unit) == date.fromisoformat(expected)


def test_three_years_from_29_february_end_on_28_february():
    assert working_days.due(date(2024, 2, 29), 3, "year", roll=False) == date(2027, 2, 28)
    assert working_days.due(date(2022, 2, 28), 3, "year", roll=False) == date(2025, 2, 28)


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda: working_days.add("tomorrow", 1), "isoformat"),
        (lambda: working_days.add(None, 1), "missing"),
        (lambda: working_days.add(20260214, 1), "not a day"),
        (lambda: working_days.add(date(2026, 2, 14), 1.5), "whole"),
        (lambda: working_days.due(date(2026, 2, 14), 1, "week"), "unit"),
        (lambda: working_days.due(date(2026, 2, 14), -1, "month"), "amount"),
        (lambda: working_days.between(None, date(2026, 1, 1)), "missing"),
        (
            lambda: working_days.between(
                pd.Series([date(2026, 1, 5)]), pd.Series([date(2026, 1, 5)], index=[7])
            ),
            "indexes",
        ),
    ],
)
def test_what_is_no_day_or_number_of_days_is_refused(call, reason):
    with pytest.raises(ValueError, match=reason):
        call()


def test_numpy_days_are_days():
    assert working_days.add(np.datetime64("2026-02-14"), 1) == date(2026, 2, 24)


def test_without_the_package_only_the_years_that_the_calendar_names_are_known():
    days = pd.DataFrame({"day": [date(2026, 4, 27), date(2026, 5, 2)], "is_working_day": [False, True]})
    dutch = working_days.prepared(days, package=False)
    assert working_days.known(dutch) == (date(2026, 1, 1), date(2026, 12, 31))
    assert working_days.add(date(2026, 4, 24), 1, calendar=dutch) == date(2026, 4, 28), "King's Day is none"
    assert working_days.add(date(2026, 5, 1), 1, calendar=dutch) == date(2026, 5, 2), (
        "a Saturday that is named as one"
    )
    assert working_days.add(date(2026, 9, 30), 2, calendar=dutch) == date(2026, 10, 2), (
        "China's National Day is one"
    )
    with pytest.raises(working_days.CalendarUnknown):
        working_days.add(date(2025, 12, 31), 1, calendar=dutch)


def test_without_package_and_rows_no_year_is_known_and_missing_days_stay_missing():
    nothing = working_days.prepared(None, package=False)
    with pytest.raises(working_days.CalendarUnknown, match="no year"):
        working_days.add(date(2026, 5, 1), 1, calendar=nothing)
    assert working_days.add(pd.Series([None, None], dtype=object), 1, calendar=nothing).isna().all()

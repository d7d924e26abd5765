"""Which periods there are, and when each is due."""

from __future__ import annotations

from datetime import date

import pytest

from jobs.errors import UsageError
from jobs.night.publication import GRACE
from jobs.publish.periods import between, first_wanted, newest_due, release_days, span


@pytest.mark.parametrize(
    "name, kind, start, end",
    [
        ("2026-02", "month", date(2026, 2, 1), date(2026, 2, 28)),
        ("2026Q4", "quarter", date(2026, 10, 1), date(2026, 12, 31)),
        ("2024", "year", date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_a_period_has_a_first_and_a_last_day_and_its_name_back(name, kind, start, end):
    found = span(name)
    assert (found.kind, found.start, found.end, found.name) == (kind, start, end, name)


@pytest.mark.parametrize("text", ["2026-13", "2026Q5", "26-01", "2026-6", "0000", "../x", "2026-06\n", ""])
def test_what_is_no_period_is_refused_and_never_becomes_a_path(text):
    with pytest.raises(UsageError, match="is no period"):
        span(text)


def test_no_period_is_due_while_its_rates_could_still_be_objected_to():
    assert min(release_days().values()) > GRACE.days


def test_the_newest_due_period_turns_on_its_due_day():
    june = span("2026-06")
    assert newest_due("month", june.due) == june
    assert newest_due("month", date(2026, 7, 15)) == span("2026-05")
    assert newest_due("year", date(2026, 1, 29)) == span("2024")


def test_between_two_periods_none_is_left_out():
    assert [p.name for p in between(span("2025-11"), span("2026-02"))] == [
        "2025-11",
        "2025-12",
        "2026-01",
        "2026-02",
    ]
    assert [p.name for p in between(span("2025Q4"), span("2026Q1"))] == ["2025Q4", "2026Q1"]


@pytest.mark.parametrize(
    "day, wanted",
    [
        (date(2026, 11, 30), ["2025", "2026Q1", "2026-10"]),
        (date(2026, 7, 17), ["2025", "2026Q1", "2026-04"]),  # the second quarter is not due before the 20th
        (date(2027, 2, 1), ["2026", "2026Q4", "2026-12"]),  # the year covers all: the newest of each kind
    ],
)
def test_what_is_due_without_a_name_covers_all_days_since_the_last_due_year_began(day, wanted):
    found = [first_wanted(kind, day) for kind in ("year", "quarter", "month")]
    assert [period.name for period in found] == wanted
    at = found[0].start
    for first in found:
        due = [p for p in between(first, newest_due(first.kind, day)) if p.end >= at]
        assert not due or due[0].start <= at  # no day is left out between one kind and the next
        at = max([at, *(p.next.start for p in due)])
    assert at == newest_due("month", day).next.start

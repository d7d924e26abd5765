"""Which twelve months and which calendar year the pages show."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from jobs.reports.figures import add_months
from jobs.reports.rates import windows


def periods(last: date, months: int) -> pd.DataFrame:
    """Periods of data of ``months`` months that end with the month that begins on ``last``."""
    first = add_months(last, 1 - months)
    years = [("year", date(year, 1, 1)) for year in range(first.year, last.year + 1)]
    whole = [("rolling12", add_months(first, n)) for n in range(months - 11)]
    return pd.DataFrame([*years, *whole], columns=["period_type", "period_start"])


@pytest.mark.parametrize(
    ("last", "months", "year", "whole"),
    [
        (date(2026, 11, 1), 26, 2026, False),  # shares eleven of the twelve months, 2025 one
        (date(2026, 6, 1), 18, 2025, True),  # six and six: the one that is whole
        (date(2026, 1, 1), 18, 2025, True),
        (date(2025, 12, 1), 12, 2025, True),
        (date(2026, 3, 1), 6, 2026, False),  # no twelve months yet: the newest
    ],
)
def test_parts_are_shown_for_the_year_that_shares_most_months_with_the_headline(last, months, year, whole):
    current, shown = windows(periods(last, months))
    assert current is not None and shown is not None
    assert (shown.start, shown.whole) == (date(year, 1, 1), whole)
    assert (current.start == add_months(last, -11)) == (months >= 12)


def test_without_periods_there_is_no_window() -> None:
    assert windows(pd.DataFrame(columns=["period_type", "period_start"])) == (None, None)

"""Why a rate is not compared with the year before, as pages say it, and how far its newest month has data."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from jobs.reports.pages import morning
from jobs.reports.rates import Rates
from jobs.reports.year_before import FEW_THEN, months_before, newest_month, not_compared

FIRST, NOW = date(2025, 2, 1), date(2026, 1, 1)
THROUGH = date(2026, 12, 3)
COUNTS = {"n_sampled": 60, "n_tested": 60, "n_conforming": 50, "n_nonconforming": 10, "n_not_judged": 0}
RATE = {"exposure_rate": 0.0603, "exposure_low": 0.0263, "exposure_high": 0.1156, "reliability": "B"}
FEW = dict.fromkeys(("exposure_rate", "exposure_low", "exposure_high")) | {"reliability": "insufficient"}
UNIT = {"dimension_type": "nation", "dimension_code": "CN", "dimension2_type": "", "dimension2_code": ""} | {
    "region_role": "",
    "design": "probability",
    "provisional_until": None,
}
JANUARY = date(2025, 1, 1)


def row(kind: str, start: date, months: int, **other: Any) -> dict[str, Any]:
    made = UNIT | {
        "region_role": "",
        "design": "probability",
        "provisional_until": None,
        "n_exited_violation": 0,
    }
    return (
        made | COUNTS | RATE | {"period_type": kind, "period_start": start, "months_covered": months} | other
    )


def known(*more: dict[str, Any], first: date = FIRST, through: date = THROUGH, **now: Any) -> Rates:
    """Rates whose probability samples begin in the month ``first``, with a row of twelve months of 2026."""
    rows = [row("month", first, 1, **FEW), row("rolling12", NOW, 12, **now), *more]
    return Rates(pd.DataFrame(rows), through, through)


def said(rates: Rates, *, with_rate: bool = True) -> str:
    mine = rates.newest("nation", "CN", "probability")
    assert mine is not None
    return not_compared(rates, mine, with_rate=with_rate).zh


def test_a_year_of_which_the_data_lack_a_month_is_not_said_to_have_too_few_batches() -> None:
    rates = known(row("year", JANUARY, 11), row("month", date(2024, 12, 1), 1, design="targeted"))
    months = "上年同期只有11个月的概率抽样数据，不作比较"
    assert said(rates, with_rate=False) == months
    assert said(rates) == f"{months}；该期（11个月）为6.0%（2.6%～11.6%）"
    assert said(known()) == months  # without a row of these months


@pytest.mark.parametrize(("rates", "words"), [
    (known(row("year", JANUARY, 11), **FEW), "本期样本不足，不作比较"),
    (known(row("year", JANUARY, 11, **FEW)), "上年同期样本不足，且只有11个月的概率抽样数据，不作比较"),
    (known(row("rolling12", JANUARY, 12, **FEW), first=JANUARY), "上年同期样本不足，不作比较"),
    (known(first=date(2024, 6, 1)), "上年同期没有样品，不作比较"),
    (known(first=date(2026, 1, 1)), "上年同期没有概率抽样的数据，不作比较"),
])  # fmt: skip
def test_the_reason_is_that_of_the_unit_where_it_has_too_few_batches(rates: Rates, words: str) -> None:
    assert said(rates) == words


def test_of_a_running_year_only_the_months_that_it_has_are_looked_for_a_year_before() -> None:
    """Data from August 2025 to March 2026: nothing of January to March 2025 is in them."""
    year = row("year", NOW, 3)
    rates = Rates(
        pd.DataFrame([row("month", date(2025, 8, 1), 1), year]), date(2026, 3, 31), date(2026, 3, 31)
    )
    mine = rates.newest("nation", "CN", "probability")
    assert mine is not None and months_before(rates, mine) == (0, 3)


def test_a_newest_month_that_has_not_ended_is_named_with_the_rate_of_the_twelve_months_before_it() -> None:
    ended = row("rolling12", date(2025, 12, 1), 12, exposure_rate=0.1329, exposure_high=0.1848)
    only = "最近一个月（12月）只有截至12月3日的数据"
    for rates, words in (
        (
            known(ended),
            f"{only}；2025年12月至2026年11月（12个整月）为13.3%（2.6%～18.5%），计入2025年12月，不计2026年12月。",
        ),
        (known(), f"{only}。"),
        (known(ended, through=date(2026, 12, 31)), None),
    ):
        mine = rates.newest("nation", "CN", "probability")
        assert mine is not None
        text = newest_month(rates, mine)
        assert (text and text.zh) == words


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.2, 3.0, "higher than a year earlier"),
        (-3.0, -0.1, "lower than a year earlier"),
        (-1.0, 1.0, "not significantly different from a year earlier"),
        (None, None, FEW_THEN.en),
    ],
)
def test_the_sentence_calls_a_change_by_the_limits_of_the_difference(low, high, words) -> None:
    row = {"yoy_pp": None if low is None else (low + high) / 2, "yoy_low": low, "yoy_high": high}
    assert words in morning._moved(row, FEW_THEN).en

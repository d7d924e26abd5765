"""Orders stay as first published, so that no difference of bundles is what one platform filed late
(definitions.md#public)."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from jobs.methods import intervals
from jobs.publish.orders import as_first_published
from jobs.publish.periods import span

JUNE, MAY, APRIL = (date(2026, month, 1) for month in (6, 5, 4))


def rates(*rows: tuple[str, date, str, int | None, int]) -> pd.DataFrame:
    """(period_type, period_start, unit, orders, complaints); a dot in the unit parts dimension and code."""
    found = []
    for kind, start, unit, orders, complaints in rows:
        dimension, code = unit.split(".")
        rate = None if not orders else 10_000 * complaints / orders
        low, high = intervals.poisson(complaints, orders or 0)
        found.append(
            {
                "period_type": kind,
                "period_start": start,
                "dimension_type": dimension,
                "dimension_code": code,
                "n_orders": orders,
                "n_quality_complaints": complaints,
                "n_without_orders": 0 if orders else complaints,
                "rate_per_10000": rate,
                "low": low * 10_000,
                "high": high * 10_000,
            }
        )
    return pd.DataFrame(found)


def frozen(now: pd.DataFrame, period: str, *earlier: pd.DataFrame) -> pd.DataFrame:
    at = span(period)
    mine = now[(now["period_type"] == at.kind) & (now["period_start"] == at.start)].reset_index(drop=True)
    return as_first_published(mine, now, at, earlier)


def test_a_first_bundle_shows_what_the_night_has() -> None:
    now = rates(("month", JUNE, "nation.CN", 900, 3))
    assert frozen(now, "2026-06").equals(now)


def test_a_revision_keeps_the_orders_of_the_first_one_that_showed_them_and_revises_complaints() -> None:
    first = rates(("month", JUNE, "nation.CN", 900, 3), ("month", JUNE, "platform.P02", None, 1))
    second = rates(("month", JUNE, "nation.CN", 950, 4), ("month", JUNE, "platform.P02", 40, 1))
    now = rates(("month", JUNE, "nation.CN", 980, 6), ("month", JUNE, "platform.P02", 70, 2))
    rows = frozen(now, "2026-06", first, second)
    assert rows["n_orders"].tolist() == [900, 40] and rows["n_quality_complaints"].tolist() == [6, 2]
    assert rows["rate_per_10000"].tolist() == pytest.approx([10_000 * 6 / 900, 10_000 * 2 / 40])
    low, high = intervals.poisson(6, 900)
    assert rows.loc[0, ["low", "high"]].tolist() == pytest.approx([low * 10_000, high * 10_000])


def test_a_quarter_is_the_sum_of_its_months_as_published_and_of_the_others_as_they_are() -> None:
    """What came late stands in no difference of the quarter and its months."""
    april = rates(("month", APRIL, "nation.CN", 100, 1))
    may = rates(("month", MAY, "nation.CN", 200, 0))
    now = rates(
        ("month", APRIL, "nation.CN", 130, 1),  # 30 of one platform came late
        ("month", MAY, "nation.CN", 230, 0),
        ("month", JUNE, "nation.CN", 300, 2),
        ("quarter", APRIL, "nation.CN", 660, 3),
    )
    assert frozen(now, "2026Q2", april, may)["n_orders"].tolist() == [600]
    assert frozen(now, "2026Q2", april, may, rates(("quarter", APRIL, "nation.CN", 610, 3)))[
        "n_orders"
    ].tolist() == [610]


def test_a_unit_first_shown_without_orders_stays_without_a_rate() -> None:
    now = rates(("month", JUNE, "region.330000", 50, 2))
    row = frozen(now, "2026-06", rates(("month", JUNE, "region.330000", 0, 2))).iloc[0]
    assert row["n_orders"] == 0 and row["n_without_orders"] == 2
    assert pd.isna(row["rate_per_10000"]) and pd.isna(row["high"])

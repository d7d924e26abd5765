"""A country's months of trade: nothing confidential is published, nor can it be worked out from what is."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from jobs.marts.overview import commerce_table
from jobs.methods import suppression
from jobs.period import Period

MONTHS = [date(2026, 4, 1), date(2026, 5, 1)]


@pytest.fixture(scope="module")
def given() -> pd.DataFrame:
    """Sellers of 31 provinces and 12 categories, a few giants among them, as gold.commerce_concentration sums
    them."""
    draw = np.random.default_rng(4)
    size = 4000
    sales = pd.DataFrame(
        {
            "month": draw.choice(np.array(MONTHS, dtype=object), size),
            "enterprise": draw.integers(0, 900, size),
            "region_code": [f"{11 + min(int(x), 30)}0000" for x in draw.exponential(6, size)],
            "category_code": [f"C{min(int(x), 11):02d}" for x in draw.exponential(3, size)],
            "n_orders": np.ceil(draw.lognormal(2, 1.5, size)).astype(int),
        }
    )
    sales["units_sold"] = sales.n_orders + draw.poisson(sales.n_orders)
    rows = pd.concat(
        [
            sales.assign(**totals)
            for totals in (
                {},
                {"region_code": "CN"},
                {"category_code": "all"},
                {"region_code": "CN", "category_code": "all"},
            )
        ]
    )
    cell = ["month", "region_code", "category_code"]
    sellers = rows.groupby([*cell, "enterprise"], as_index=False)[["n_orders", "units_sold"]].sum()
    return (
        sellers.groupby(cell, as_index=False)
        .agg(
            n_enterprises=("enterprise", "size"),
            n_orders=("n_orders", "sum"),
            units_sold=("units_sold", "sum"),
            largest_orders=("n_orders", "max"),
            largest_units=("units_sold", "max"),
        )
        .assign(dimension_type="table")
    )


@pytest.fixture(scope="module")
def table(given: pd.DataFrame) -> pd.DataFrame:
    return commerce_table.build(
        commerce_concentration=given.rename(columns={"region_code": "dimension_code"}),
        period=Period(date(2026, 6, 30)),
    )


def test_no_published_cell_has_fewer_than_five_enterprises_or_one_above_85_per_cent(given, table):
    shown = ~table["suppressed"].to_numpy()
    assert 0.2 < shown.mean() < 0.9
    few = given["n_enterprises"] < 5
    alone = (given["largest_orders"] / given["n_orders"] > 0.85) | (
        given["largest_units"] / given["units_sold"] > 0.85
    )
    assert (few | alone).any() and not (few | alone)[shown].any()
    assert table.loc[~shown, ["n_enterprises", "n_orders", "units_sold"]].isna().all(axis=None)
    pd.testing.assert_frame_equal(
        table.loc[shown, ["n_orders", "units_sold"]].astype(int),
        given.loc[shown, ["n_orders", "units_sold"]].astype(int),
    )


def test_no_confidential_cell_of_the_published_table_can_be_bounded_within_15_per_cent(given, table):
    for month in MONTHS:
        rows = given[given["month"] == month].assign(hidden=table["suppressed"])
        for measure in ("n_orders", "units_sold"):
            wide = rows.pivot(index="region_code", columns="category_code", values=measure).fillna(
                0.0
            )  # CN and all sort last
            hidden = (
                rows.pivot(index="region_code", columns="category_code", values="hidden").eq(True).to_numpy()
            )
            own = (
                rows.assign(c=commerce_table.confidential(rows))
                .pivot(index="region_code", columns="category_code", values="c")
                .eq(True)
            )
            values = wide.to_numpy()
            at = np.argwhere(own.to_numpy())
            for row, column in at[:: max(1, len(at) // 40)]:
                low, high = suppression.bounds(values, hidden, (row, column))
                size = min(max(0.15 * values[row, column], 1.0), values[row, column])
                assert low <= values[row, column] - size + 1e-6 and high >= values[row, column] + size - 1e-6

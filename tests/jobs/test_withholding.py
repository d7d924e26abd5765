"""Bundles of several periods and revisions together give no order count back that one of them withheld
(definitions.md#public)."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_matrix
from trade_frames import CATEGORY, CLUSTER, REGION, concentration, equations

from jobs.marts.dimensions import hierarchies
from jobs.marts.overview import commerce_confidential
from jobs.period import Period
from jobs.publish.withholding import _at_odds, _rows_with_year, solved
from jobs.reports.confidential import KEY

TREES = hierarchies(region=REGION, product_category=CATEGORY)
JANUARY, QUARTER = date(2026, 1, 1), date(2026, 1, 1)


def night(given: pd.DataFrame) -> pd.DataFrame:
    return commerce_confidential.build(
        commerce_concentration=given,
        region=REGION,
        product_category=CATEGORY,
        industrial_cluster=CLUSTER,
        period=Period(date(2026, 5, 31)),
    )


def of_bundle(flags: pd.DataFrame, kind: str, start: date) -> pd.DataFrame:
    """KEY and confidential as the table of complaints of one bundle has them: units, no table."""
    mine = (flags["period_type"] == kind) & (flags["period_start"] == start)
    return flags.loc[mine & (flags["dimension_type"] != "table"), [*KEY, "confidential"]]


def many_sellers(given: pd.DataFrame, units: np.ndarray) -> pd.DataFrame:
    """The same trade, shared by many in the rows that are meant."""
    return given.assign(
        n_enterprises=given["n_enterprises"].mask(units, 40),
        largest_orders=given["largest_orders"].mask(units, given["n_orders"] // 10),
        largest_units=given["largest_units"].mask(units, given["units_sold"] // 10),
    )


def recovered(table: pd.DataFrame, known: np.ndarray, asked: np.ndarray) -> list[int]:
    """Of the cells ``asked`` (places) those that a reader of ``known`` ones knows within 15 %."""
    equal, less = equations(table)
    orders = table["n_orders"].to_numpy(float)
    seen, unknown = np.where(known, orders, 0.0), np.flatnonzero(~known)
    program = {
        "A_eq": csr_matrix(equal[:, unknown]),
        "b_eq": -(equal @ seen),
        "A_ub": csr_matrix(less[:, unknown]),
        "b_ub": -(less @ seen),
        "bounds": (0, None),
        "method": "highs",
    }
    found = []
    for cell in asked:
        cost = (unknown == cell).astype(float)
        least, most = (linprog(sign * cost, **program) for sign in (1, -1))
        high = -most.fun if most.status == 0 else np.inf
        size = min(max(0.15 * orders[cell], 1.0), orders[cell])
        if least.fun > orders[cell] - size + 1e-6 and high < orders[cell] + size - 1e-6:
            found.append(int(cell))
    return found


def together(table: pd.DataFrame, bundles: list[pd.DataFrame]) -> np.ndarray:
    """Which cells a reader of all bundles has."""
    free = {
        key
        for rows in bundles
        for *key, hidden in rows.itertuples(index=False, name=None)
        if not hidden
        for key in [tuple(key)]
    }
    keys = table[KEY].itertuples(index=False, name=None)
    return np.array([key in free for key in keys]) & table["category_code"].eq("all").to_numpy()


def quarter(flags: pd.DataFrame) -> list[pd.DataFrame]:
    """The bundles of the first quarter's later months and of the quarter, and January's next revision."""
    months = [of_bundle(flags, "month", date(2026, month, 1)) for month in (1, 2, 3)]
    return [*months, of_bundle(flags, "quarter", QUARTER)]


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_a_unit_that_was_withheld_is_not_found_from_a_later_revision_in_which_it_would_be_free(seed: int):
    given = concentration(seed)
    before = night(given)
    first = of_bundle(before, "month", JANUARY)
    later = many_sellers(given, np.ones(len(given), dtype=bool))
    table = night(later)
    secret = first.loc[first["confidential"], KEY]
    at = pd.MultiIndex.from_frame(table[KEY]).isin(pd.MultiIndex.from_frame(secret))
    at &= table["category_code"].eq("all").to_numpy() & table["dimension_type"].ne("cluster").to_numpy()
    asked = np.flatnonzero(at & (table["n_orders"] > 0))
    assert len(asked)
    by_the_night = together(table, [first, *quarter(table)[1:]])  # which shows every later month whole
    assert recovered(table, by_the_night, asked) == list(asked)
    flags = solved(later, TREES, CLUSTER, first)
    assert recovered(table, together(table, [first, *quarter(flags)]), asked) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_what_was_shown_protects_nothing_that_is_withheld_later(seed: int):
    given = concentration(seed)
    table = night(given)
    before = many_sellers(given, given["dimension_type"].isin(["platform", "region"]).to_numpy())
    first = of_bundle(night(before), "month", JANUARY)
    flags = solved(given, TREES, CLUSTER, first)
    known = together(table, [first, *quarter(flags)])
    hidden = table.merge(flags, on=KEY, how="left", suffixes=("", "_now"))["confidential_now"]
    units = table["category_code"].eq("all") & ~table["dimension_type"].isin(["table", "cluster"])
    mine = units & table["period_type"].eq("month") & table["period_start"].between(JANUARY, date(2026, 3, 1))
    asked = np.flatnonzero(mine & hidden.ne(False) & ~known & (table["n_orders"] > 0))
    assert len(asked) and recovered(table, known, asked[seed::4]) == []


def test_a_unit_that_a_bundle_withheld_stays_withheld_in_every_period_of_that_year_and_in_no_other():
    given = concentration(1)
    first = of_bundle(night(given), "month", JANUARY)
    flags = solved(many_sellers(given, np.ones(len(given), dtype=bool)), TREES, CLUSTER, first)
    secret = set(
        first.loc[first["confidential"], ["dimension_type", "dimension_code"]].itertuples(
            index=False, name=None
        )
    )
    assert secret
    units = flags
    mine = pd.Series(
        [at in secret for at in zip(units["dimension_type"], units["dimension_code"], strict=True)],
        units.index,
    )
    year = units["period_start"].map(lambda day: day.year)
    assert units.loc[mine & (year == 2026), "confidential"].all()
    assert not units.loc[year == 2025, "confidential"].any()


@pytest.mark.parametrize(
    ("month", "hidden", "odd"),
    [
        (1, [True, False], False),  # as the bundle had them
        (1, [False, False], True),  # P1 would be shown, which the bundle withheld
        (2, [False, False], True),  # in another month of that year too
        (1, [True, True], True),  # P2 would be withheld, which the bundle showed
        (1, [True, None], True),  # of what the night does not know nothing is free
        (2, [True, True], False),  # the bundle showed nothing of February
    ],
)
def test_a_night_is_at_odds_with_a_bundle_where_it_shows_what_was_withheld_or_withholds_what_was_shown(
    month: int, hidden: list[bool | None], odd: bool
) -> None:
    def units(start: date, confidential: list[bool | None]) -> pd.DataFrame:
        rows = [("month", start, "platform", code) for code in ("P1", "P2")]
        return pd.DataFrame(rows, columns=KEY).assign(confidential=pd.Series(confidential, dtype=object))

    before = _rows_with_year([units(JANUARY, [True, False])])
    assert _at_odds(units(date(2026, month, 1), hidden), before) is odd

"""Units, periods and cells of a country's trade: no arithmetic and no linear programme over all that is shown
gives an order count back that may not be shown."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_matrix
from trade_frames import CATEGORY, CELL, CLUSTER, MONTHS, REGION, concentration, equations

from jobs.marts.overview import commerce_confidential, commerce_table
from jobs.period import Period

KEY = commerce_confidential.KEY
PERIOD = Period(date(2026, 5, 31))


def built(given: pd.DataFrame) -> pd.DataFrame:
    return commerce_confidential.build(
        commerce_concentration=given,
        region=REGION,
        product_category=CATEGORY,
        industrial_cluster=CLUSTER,
        period=PERIOD,
    )


SEEDS = (0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2)))


@pytest.mark.parametrize("seed", SEEDS)
def test_no_linear_programme_over_all_that_is_shown_gives_a_withheld_cell_back(seed: int) -> None:
    table = built(concentration(seed))
    hidden = table["confidential"].to_numpy(bool)
    orders = table["n_orders"].to_numpy(float)
    assert (
        0.2 < hidden.mean() < 0.95
        and not table.loc[table["dimension_type"] == "nation", "confidential"].any()
    )
    equal, less = equations(table)
    np.testing.assert_allclose(equal @ orders, 0.0)
    assert (less @ orders <= 0).all()
    seen = np.where(hidden, 0.0, orders)
    unknown = np.flatnonzero(hidden)
    program = {
        "A_eq": csr_matrix(equal[:, unknown]),
        "b_eq": -(equal @ seen),
        "A_ub": csr_matrix(less[:, unknown]),
        "b_ub": -(less @ seen),
        "bounds": (0, None),
        "method": "highs",
    }
    for place in np.flatnonzero(orders[unknown] > 0)[seed::3]:
        cost = np.zeros(len(unknown))
        cost[place] = 1.0
        least, most = (linprog(sign * cost, **program) for sign in (1, -1))
        value = orders[unknown[place]]
        high = -most.fun if most.status == 0 else np.inf
        assert least.fun < 0.85 * value + 1e-6 or high > 1.15 * value - 1e-6, table.iloc[unknown[place]]
        assert high - least.fun >= 2 * min(max(0.15 * value, 1.0), value) - 1e-6


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_confidential_by_itself_is_withheld_and_a_unit_for_the_whole_year(seed: int) -> None:
    given = concentration(seed)
    table = built(given)
    months = table[table["period_type"] == "month"].rename(columns={"period_start": "month"})
    found = months.merge(given, on=[*CELL, "n_orders"])
    assert len(found) == len(given) == len(months)
    few = found["n_enterprises"] < 5
    one = (found["largest_orders"] > 0.85 * found["n_orders"]) | (
        found["largest_units"] > 0.85 * found["units_sold"]
    )
    assert few.any() and (one & ~few).any() and found.loc[few | one, "confidential"].all()
    units = table[table["dimension_type"] != "table"]
    year = units["period_start"].map(lambda day: day.year)
    assert units.groupby([year, "dimension_type", "dimension_code"])["confidential"].nunique().eq(1).all()


def test_sums_of_the_table_are_the_units_that_they_are() -> None:
    table = built(concentration(0))
    flags = {
        key: flag
        for *key, flag in table[[*KEY, "confidential"]].itertuples(index=False)
        for key in [tuple(key)]
    }
    sums = [key for key in flags if key[2] == "table" and (key[3] == "CN" or key[4] == "all")]
    assert sums
    for kind, start, _, code, category in sums:
        unit = ("category", category) if category != "all" else ("nation" if code == "CN" else "region", code)
        assert flags[kind, start, "table", code, category] == flags[kind, start, *unit, "all"]


def test_a_cluster_is_withheld_where_anything_that_it_lies_in_is() -> None:
    table = built(concentration(1))
    shown = {tuple(key) for *key, flag in table[[*KEY, "confidential"]].itertuples(index=False) if not flag}
    free = [key for key in shown if key[2] == "cluster" and key[0] == "month"]
    inside = {"K1": ("330000", "A"), "K2": ("440100", "B"), "K3": ("510000", "C")}
    for _, start, _, code, _ in free:
        region, main = inside[code]
        wanted = [("region", region, "all"), ("category", main, "all"), ("table", region[:2] + "0000", main)]
        assert all(("month", start, *cell) in shown for cell in wanted)


def test_a_unit_or_month_of_which_nothing_is_withheld_stays_whole() -> None:
    many = pd.DataFrame(
        [
            {
                "month": MONTHS[0],
                "dimension_type": kind,
                "dimension_code": code,
                "category_code": "all",
                "n_enterprises": 5,
                "n_orders": 100,
                "units_sold": 120,
                "largest_orders": 85,
                "largest_units": 102,
            }
            for kind, code in (("nation", "CN"), ("platform", "P1"))
        ]
    )
    assert not built(many)["confidential"].any()


def test_the_table_shows_what_is_free_and_nothing_else() -> None:
    given = concentration(2)
    flags = built(given)
    table = commerce_table.build(commerce_concentration=given, commerce_confidential=flags, period=PERIOD)
    cells = given[given["dimension_type"] == "table"].reset_index(drop=True)
    assert len(table) == len(cells) and 0.02 < (~table["suppressed"]).mean() < 0.9
    values = ["n_enterprises", "n_orders", "units_sold"]
    assert table.loc[table["suppressed"], values].isna().all(axis=None)
    shown = table[~table["suppressed"]].merge(
        cells.rename(columns={"dimension_code": "region_code"}),
        on=["month", "region_code", "category_code"],
        suffixes=("", "_true"),
    )
    assert len(shown) and all((shown[v] == shown[f"{v}_true"]).all() for v in values)

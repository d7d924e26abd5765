"""Units and periods of a country's trade: no arithmetic on what is shown gives an order count back that may
not be shown."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from jobs.marts.overview import commerce_confidential
from jobs.period import Period

MONTHS = [date(2026, month, 1) for month in range(1, 8)]
REGION = pd.DataFrame(
    [
        (f"{p}{q}00", "province" if q == "00" else "prefecture", None if q == "00" else f"{p}0000")
        for p in (33, 34, 44)
        for q in ("00", "01", "02", "03")
    ],
    columns=["region_code", "level", "parent_code"],
)
CATEGORY = pd.DataFrame(
    [(f"{c}{s}", None if not s else c) for c in "ABC" for s in ("", "1", "2")],
    columns=["category_code", "parent_code"],
)


def trade(seed: int) -> pd.DataFrame:
    """gold.commerce_concentration of some seventy sellers, each at one place with one kind of goods on one
    platform."""
    draw = np.random.default_rng(seed)
    size = 70
    seat = draw.choice(REGION.loc[REGION["level"] == "prefecture", "region_code"], size)
    goods = draw.choice(CATEGORY.loc[CATEGORY["parent_code"].notna(), "category_code"], size)
    sellers = pd.DataFrame(
        {
            "platform": draw.choice(["P1", "P2", "P3", "P4"], size, p=[0.5, 0.3, 0.15, 0.05]),
            "seat": seat,
            "goods": goods,
        }
    )
    sold = sellers.loc[sellers.index.repeat(len(MONTHS))].assign(
        month=np.tile(MONTHS, size), n_orders=np.ceil(draw.lognormal(2, 1.2, size * len(MONTHS))).astype(int)
    )
    sold = sold[draw.random(len(sold)) < 0.8]
    ways = {
        "nation": ["CN"] * len(sold),
        "platform": sold["platform"],
        "region": sold["seat"],
        "category": sold["goods"],
        "province": sold["seat"].str[:2] + "0000",
        "main": sold["goods"].str[:1],
    }
    named = {"province": "region", "main": "category"}
    rows = pd.concat(
        [
            sold.assign(dimension_type=named.get(kind, kind), dimension_code=code)
            for kind, code in ways.items()
        ]
    )
    return rows.groupby(["month", "dimension_type", "dimension_code"], as_index=False).agg(
        n_enterprises=("n_orders", "size"), n_orders=("n_orders", "sum"), largest_orders=("n_orders", "max")
    )


@pytest.mark.parametrize("seed", range(8))
def test_no_sums_of_months_and_units_however_combined_give_a_withheld_cell_back(seed: int) -> None:
    given = trade(seed)
    table = commerce_confidential.build(
        commerce_concentration=given,
        region=REGION,
        product_category=CATEGORY,
        period=Period(date(2026, 7, 31)),
    )
    months = table[table["period_type"] == "month"].merge(
        given.rename(columns={"month": "period_start"}),
        on=["period_start", "dimension_type", "dimension_code", "n_orders"],
    )
    few = (months["n_enterprises"] < 5) | (months["largest_orders"] > 0.85 * months["n_orders"])
    assert (
        few.any() and months.loc[few, "confidential"].all() and 0.2 < (~table["confidential"]).mean() < 0.99
    )
    at = {key: n for n, key in enumerate(table[commerce_confidential.KEY].itertuples(index=False, name=None))}
    hidden = np.flatnonzero(table["confidential"])
    lines = [[(place, -1.0), *((part, 1.0) for part in parts)] for place, parts in sums(at)]
    system = np.zeros((len(lines), len(table)))
    for number, line in enumerate(lines):
        for place, sign in line:
            system[number, place] = sign
    np.testing.assert_allclose(system @ table["n_orders"].to_numpy(float), 0.0)
    # A cell is given back exactly where every solution of the sums agrees on it: where the null space never
    # moves it.
    _, sizes, directions = np.linalg.svd(system[:, hidden])
    free = directions[np.concatenate([sizes, np.zeros(len(directions) - len(sizes))]) < 1e-9]
    assert (np.abs(free).max(axis=0) > 1e-9).all()


def sums(at: dict) -> list[tuple[int, list[int]]]:
    """Every sum of the table, written out here: (the sum, its parts)."""
    found = []
    for (kind, start, dimension, code), place in at.items():
        if kind != "month":
            inside = [
                p
                for (k, s, d, c), p in at.items()
                if (d, c) == (dimension, code)
                and k == {"quarter": "month", "year": "quarter"}[kind]
                and s.year == start.year
                and (kind == "year" or (s.month - 1) // 3 == (start.month - 1) // 3)
            ]
            found.append((place, inside))
        below = {
            "nation": lambda d, c: {
                "platform": "platform",
                "region": "region" if c.endswith("0000") else "",
                "category": "category" if len(c) == 1 else "",
            }.get(d),
            "region": lambda d, c, code=code: (
                d if d == "region" and c[:2] == code[:2] and c != code and code.endswith("0000") else None
            ),
            "category": lambda d, c, code=code: (
                d if d == "category" and c[:1] == code and c != code else None
            ),
        }.get(dimension, lambda d, c: None)
        ways: dict[str, list[int]] = {}
        for (k, s, d, c), p in at.items():
            if (k, s) == (kind, start) and below(d, c):
                ways.setdefault(d, []).append(p)
        found += [(place, parts) for parts in ways.values()]
    return found


def test_a_unit_or_month_of_which_nothing_is_withheld_stays_whole() -> None:
    many = pd.DataFrame(
        [
            {
                "month": MONTHS[0],
                "dimension_type": kind,
                "dimension_code": code,
                "n_enterprises": 5,
                "n_orders": 100,
                "largest_orders": 85,
            }
            for kind, code in (("nation", "CN"), ("platform", "P1"))
        ]
    )
    table = commerce_confidential.build(
        commerce_concentration=many,
        region=REGION,
        product_category=CATEGORY,
        period=Period(date(2026, 7, 31)),
    )
    assert not table["confidential"].any()

"""A small country's trade as gold.commerce_concentration sums it, and the sums that a reader of it can do."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

MONTHS = [date(2025, 11, 1), date(2025, 12, 1), *(date(2026, month, 1) for month in range(1, 6))]
REGION = pd.DataFrame(
    [
        (f"{p}{q}00", "province" if q == "00" else "prefecture", None if q == "00" else f"{p}0000")
        for p in (33, 34, 44, 51)
        for q in ("00", "01", "02", "03")
    ],
    columns=["region_code", "level", "parent_code"],
)
CATEGORY = pd.DataFrame(
    [(f"{c}{s}", None if not s else c) for c in "ABC" for s in ("", "1", "2")],
    columns=["category_code", "parent_code"],
)
CLUSTER = pd.DataFrame(
    {
        "cluster_code": ["K1", "K2", "K3"],
        "region_code": ["330000", "440100", "510000"],
        "category_codes": [["A"], ["B1", "B2"], ["C1"]],
    }
)
CELL = ["month", "dimension_type", "dimension_code", "category_code"]


def concentration(seed: int, sellers: int = 90) -> pd.DataFrame:
    """gold.commerce_concentration of sellers who each are at one place with one kind of goods on one
    platform; a few lie in a province without a prefecture."""
    draw = np.random.default_rng(seed)
    seats = REGION.loc[(REGION["level"] == "prefecture") | (REGION["region_code"] == "510000"), "region_code"]
    goods = CATEGORY.loc[CATEGORY["parent_code"].notna(), "category_code"]
    who = pd.DataFrame(
        {
            "platform": draw.choice(["P1", "P2", "P3", "P4", "P5"], sellers, p=[0.4, 0.3, 0.15, 0.1, 0.05]),
            "seat": draw.choice(seats, sellers),
            "goods": draw.choice(goods, sellers),
        }
    )
    sold = who.loc[who.index.repeat(len(MONTHS))].assign(
        month=np.tile(MONTHS, sellers),
        n_orders=np.ceil(draw.lognormal(2, 1.2, sellers * len(MONTHS))).astype(int),
    )
    sold.loc[0, "n_orders"] = 300  # one who has nearly all of what its place and kind of goods have
    sold = sold[draw.random(len(sold)) < 0.8].reset_index(drop=True)
    sold["units_sold"] = sold["n_orders"] + draw.poisson(sold["n_orders"])
    province, main = sold["seat"].str[:2] + "0000", sold["goods"].str[:1]
    inland = sold[~sold["seat"].eq("510000")]  # whose seat is a prefecture
    clusters = [
        sold[sold["seat"].str.startswith(k.region_code.rstrip("0")) & sold["goods"].str.startswith(goods)]
        .assign(dimension_type="cluster", dimension_code=k.cluster_code, category_code="all")
        for k in CLUSTER.itertuples()
        for goods in [tuple(k.category_codes)]
    ]  # fmt: skip
    ways = [
        ("table", province, main),
        ("table", province, "all"),
        ("table", "CN", main),
        ("table", "CN", "all"),
        ("nation", "CN", "all"),
        ("platform", sold["platform"], "all"),
        ("region", inland["seat"], "all"),
        ("region", province, "all"),
        ("category", sold["goods"], "all"),
        ("category", main, "all"),
    ]
    rows = pd.concat(
        [
            sold.assign(dimension_type=kind, dimension_code=code, category_code=category).dropna()
            for kind, code, category in ways
        ]
        + clusters
    )
    return rows.groupby(CELL, as_index=False).agg(
        n_enterprises=("n_orders", "size"),
        n_orders=("n_orders", "sum"),
        units_sold=("units_sold", "sum"),
        largest_orders=("n_orders", "max"),
        largest_units=("units_sold", "max"),
    )


def equations(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """All that a reader of gold.commerce_confidential knows of sums: (equal, less): rows of coefficients over
    its cells, ``equal @ n_orders`` = 0 and ``less @ n_orders`` <= 0 (parts that need not be all of it)."""
    key = ["period_type", "period_start", "dimension_type", "dimension_code", "category_code"]
    at = {key: n for n, key in enumerate(table[key].itertuples(index=False, name=None))}
    equal, less = [], []

    def parts_of(total: tuple, members: list[tuple], rows: list) -> None:
        line = np.zeros(len(table))
        line[at[total]] = -1.0
        for member in members:
            line[at[member]] += 1.0
        if members:
            rows.append(line)

    for total in at:
        kind, start, dimension, code, category = total
        inside = {"quarter": ("month", 3), "year": ("quarter", 12)}.get(kind)
        if inside is not None:
            first = start.year * 12 + start.month
            parts_of(
                total,
                [
                    k for k in at
                    if k[0] == inside[0] and k[2:] == total[2:]
                    and first <= k[1].year * 12 + k[1].month < first + inside[1]
                ],
                equal,
            )  # fmt: skip
        now = [k for k in at if k[:2] == total[:2]]
        if dimension == "nation":
            for kind_of in ("platform", "region", "category"):
                top = {
                    "platform": lambda c: True,
                    "region": lambda c: c.endswith("0000"),
                    "category": lambda c: len(c) == 1,
                }[kind_of]
                parts_of(total, [k for k in now if k[2] == kind_of and top(k[3])], equal)
        elif dimension == "region" and code.endswith("0000"):
            below = [k for k in now if k[2] == "region" and k[3][:2] == code[:2] and k[3] != code]
            parts_of(total, below, less if code == "510000" else equal)
        elif dimension == "category" and len(code) == 1:
            parts_of(
                total, [k for k in now if k[2] == "category" and k[3][0] == code and k[3] != code], equal
            )
        elif dimension == "table":
            if category == "all":
                parts_of(
                    total,
                    [k for k in now if k[2] == "table" and k[3] == code and k[4] != "all"],
                    equal,
                )
                unit = (*total[:2], "nation" if code == "CN" else "region", code, "all")
                parts_of(total, [unit], equal)
            elif code == "CN":
                parts_of(
                    total,
                    [k for k in now if k[2] == "table" and k[4] == category and k[3] != "CN"],
                    equal,
                )
                parts_of(total, [(*total[:2], "category", category, "all")], equal)
    less += _of_clusters(at)
    return np.array(equal), np.array(less)


def _of_clusters(at: dict[tuple, int]) -> list[np.ndarray]:
    """A cluster is a part of everything that it lies in."""
    less = []
    for k in CLUSTER.itertuples():
        for total in [key for key in at if key[2:4] == ("cluster", k.cluster_code)]:
            around = [("region", k.region_code, "all"), ("region", k.region_code[:2] + "0000", "all")]
            main = k.category_codes[0][0]
            around += [("category", main, "all")]
            if total[0] == "month":
                around += [("table", k.region_code[:2] + "0000", main)]
            for cell in around:
                if (*total[:2], *cell) in at:
                    line = np.zeros(len(at))
                    line[at[(*total[:2], *cell)]], line[at[total]] = -1.0, 1.0
                    less.append(line)
    return less

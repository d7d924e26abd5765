"""Assigns samples to the units in which they count: plans, platforms, channels, brands, regions and
categories with those above them, industrial clusters, and pairs of such a unit with a category."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from jobs.marts.dimensions import Dimension, Hierarchy, memberships

RATE_DIMENSIONS = (
    Dimension("nation"),
    Dimension("platform", "platform_code"),
    Dimension("region", "seller_region_code", role="seller", hierarchy="region"),
    Dimension("region", "producer_region_code", role="producer", hierarchy="region"),
    Dimension("region", "consumer_region_code", role="consumer", hierarchy="region"),
    Dimension("category", "category_code", hierarchy="category"),
    Dimension("channel", "channel"),
    Dimension("brand", "brand"),
    Dimension("plan", "plan_id"),
)
LEDGER_DIMENSIONS = (
    Dimension("plan", "plan_id"),
    Dimension("platform", "platform_code"),
    Dimension("region", "seller_region_code", hierarchy="region"),
    Dimension("category", "category_code", hierarchy="category"),
)
CLUSTER = "cluster"
# Each is cut by category too; regions only as provinces: a prefecture's goods of one kind are too few to say
# anything.
PAIRED = ("platform", "region", CLUSTER, "channel")
# What names a unit: its dimension and code, those of a second dimension ("" without one), whose region it is.
UNIT_KEY = ["dimension_type", "dimension_code", "dimension2_type", "dimension2_code", "region_role"]


@dataclass(frozen=True)
class Block:
    """Which samples count in the units of one dimension or pair. The two arrays have one length: the sample
    at position ``sample[i]``, counted from 0, counts in the unit of number ``unit[i]``."""

    sample: np.ndarray
    unit: np.ndarray


@dataclass(frozen=True)
class Cut:
    """The units in which samples count. ``units``: one row per unit with the columns UNIT_KEY, sorted by
    them; the number of a unit is the position of its row. ``blocks``: which samples count in the units, one
    block per dimension or pair, so all samples of a unit are in one block."""

    units: pd.DataFrame
    blocks: tuple[Block, ...]


def cut(
    sample: pd.DataFrame,
    dimensions: Iterable[Dimension],
    trees: Mapping[str, Hierarchy],
    industrial_cluster: pd.DataFrame | None = None,
) -> Cut:
    """Return the units in which samples count: those of ``dimensions`` and, where ``industrial_cluster`` is
    given, also clusters, and pairs of each unit of a dimension in PAIRED with a category (of regions only
    provinces).

    ``sample``: one row per sample, with the columns of the dimensions; a sample without a code counts in the
    unit `UNKNOWN` of the dimension, and in no cluster. ``trees``: as `hierarchies` returns them.
    ``industrial_cluster``: silver.industrial_cluster; then ``dimensions`` must contain category."""
    single = [(d.type, d.role, rows, codes) for d, rows, codes in memberships(sample, dimensions, trees)]
    parts = [
        (kind, role, rows, codes, "", np.full(len(rows), "", dtype=object))
        for kind, role, rows, codes in single
    ]
    if industrial_cluster is not None:
        rows, codes = cluster_members(sample, industrial_cluster, trees)
        single.append((CLUSTER, "", rows, codes))
        parts.append((CLUSTER, "", rows, codes, "", np.full(len(rows), "", dtype=object)))
        goods = next((rows, codes) for kind, _, rows, codes in single if kind == "category")
        below = frozenset(
            code for code in trees["region"].shown if trees["region"].parent[code] in trees["region"].shown
        )
        for kind, role, rows, codes in single:
            if kind in PAIRED:
                coarse = (
                    ~pd.Series(codes, dtype=object).isin(below).to_numpy()
                    if kind == "region"
                    else np.ones(len(rows), dtype=bool)
                )
                parts.append((kind, role, *_paired(rows[coarse], codes[coarse], *goods)))
    return _numbered(parts)


def cluster_members(
    sample: pd.DataFrame, industrial_cluster: pd.DataFrame, trees: Mapping[str, Hierarchy]
) -> tuple[np.ndarray, np.ndarray]:
    """Return which samples count in which industrial cluster: two arrays of one length, positions of rows of
    ``sample`` and codes of clusters, sorted by both.

    A sample counts in a cluster if its producer's region is that of the cluster or lies in it, and its
    category is one of the cluster's or lies below one. It may count in several clusters or in none.
    ``sample``: producer_region_code and category_code. ``industrial_cluster``: silver.industrial_cluster
    (cluster_code, region_code, category_codes). ``trees``: as `hierarchies` returns them."""
    places = _with_those_above(sample["producer_region_code"], trees["region"])
    goods = _with_those_above(sample["category_code"], trees["category"])
    area = (
        industrial_cluster[["cluster_code", "region_code"]].rename(columns={"region_code": "code"}).dropna()
    )
    kinds = industrial_cluster[["cluster_code", "category_codes"]].explode("category_codes")
    kinds = kinds.rename(columns={"category_codes": "code"}).dropna()
    here, made = places.merge(area, on="code"), goods.merge(kinds, on="code")
    both = (
        here[["row", "cluster_code"]]
        .merge(made[["row", "cluster_code"]], on=["row", "cluster_code"])
        .drop_duplicates()
    )
    both = both.sort_values(["row", "cluster_code"])
    return both["row"].to_numpy(np.int64), both["cluster_code"].to_numpy(object)


def _with_those_above(codes: pd.Series, tree: Hierarchy) -> pd.DataFrame:
    """row, code: the code of each row, and those above it, shown or not."""
    number, distinct = pd.factorize(codes.astype(object))
    pairs = []
    for i, code in enumerate(distinct):
        pairs += [(i, one) for one in tree.path(code) or (code,)]
    table = pd.DataFrame(pairs, columns=["number", "code"]).astype({"number": np.int64, "code": object})
    rows = pd.DataFrame({"row": np.arange(len(codes)), "number": number.astype(np.int64)})
    return rows.merge(table, on="number")[["row", "code"]]


def _paired(
    rows: np.ndarray, codes: np.ndarray, rows2: np.ndarray, codes2: np.ndarray
) -> tuple[np.ndarray, np.ndarray, str, np.ndarray]:
    one = pd.DataFrame({"row": rows, "code": codes})
    both = one.merge(pd.DataFrame({"row": rows2, "code2": codes2}), on="row")
    return (
        both["row"].to_numpy(np.int64),
        both["code"].to_numpy(object),
        "category",
        both["code2"].to_numpy(object),
    )


def _numbered(parts: list[tuple[Any, ...]]) -> Cut:
    tables, places = [], []
    for kind, role, rows, codes, kind2, codes2 in parts:
        (first, names), (second, names2) = pd.factorize(codes), pd.factorize(codes2)
        pair, distinct = pd.factorize(first.astype(np.int64) * max(len(names2), 1) + second)
        distinct = np.asarray(distinct, dtype=np.int64)
        step = max(len(names2), 1)
        tables.append(
            pd.DataFrame(
                {
                    "dimension_type": kind,
                    "dimension_code": np.asarray(names, object)[distinct // step],
                    "dimension2_type": kind2,
                    "dimension2_code": np.asarray(names2, object)[distinct % step],
                    "region_role": role,
                },
                index=range(len(distinct)),
            ).astype(object)
        )
        places.append((rows, pair))
    units = pd.concat(tables, ignore_index=True)
    order = units.sort_values(UNIT_KEY).index.to_numpy()
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    starts = np.cumsum([0, *(len(t) for t in tables)])
    blocks = tuple(
        Block(rows, rank[start + pair]) for (rows, pair), start in zip(places, starts, strict=False)
    )
    return Cut(units.loc[order].reset_index(drop=True), blocks)

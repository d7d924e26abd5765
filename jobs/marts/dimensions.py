"""Assigns rows to the units of a dimension. A dimension is a way to group rows, such as platform or seller's
region; its units are the groups, each with a code. A row counts in the unit of its code and, for regions and
categories, also in the units above it. Used by all rooms of jobs/marts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from jobs.deployment import deployment

NATION = deployment().code  # ISO 3166-1 code of the deployment's nation, the code of its unit
UNKNOWN = "unknown"  # the unit of rows whose code is missing


@dataclass(frozen=True)
class Dimension:
    """One way to group rows, for example by platform or by the seller's region.

    ``type``: the value of `dimension_type` in published rows, such as `platform`. ``column``: the column of
    the rows that holds the code of the unit; None where all rows belong to one unit. ``code``: the code of
    that one unit, by default the nation's; used only where ``column`` is None. ``role``: for regions whose
    region it is (`seller`, `producer`, `consumer`), '' elsewhere. ``hierarchy``: `region` or `category` where
    a row also counts in the units above its code, else None."""

    type: str
    column: str | None = None
    role: str = ""
    hierarchy: str | None = None
    code: str = NATION


@dataclass(frozen=True)
class Hierarchy:
    """A tree of codes, such as the regions of a nation. ``parent`` maps each code to the code above it, None
    at the top. ``shown``: the codes that are units of the dimension. A row whose code is not shown (a county,
    for example) counts only in the shown codes above it."""

    parent: Mapping[str, str | None]
    shown: frozenset[str]

    def path(self, code: str | None) -> tuple[str, ...]:
        """Return ``code`` and all codes above it, lowest first. The result is empty where ``parent`` does not
        hold ``code``, or it is None; it stops before a parent that ``parent`` does not hold."""
        path: list[str] = []
        at: str | None = code
        while at is not None and at in self.parent and at not in path:
            path.append(at)
            at = self.parent[at]
        return tuple(path)

    def units(self, code: str) -> tuple[str, ...]:
        """Return the codes of the units in which a row with ``code`` counts, lowest first: the shown codes
        among ``code`` and those above it.

        Where there are none (``code`` is unknown or has no shown code above it) the result is ``code`` alone,
        so that the row is not lost."""
        return tuple(c for c in self.path(code) if c in self.shown) or (code,)


def hierarchies(*, region: pd.DataFrame, product_category: pd.DataFrame) -> dict[str, Hierarchy]:
    """Return two trees by name: `region`, whose units are provinces and prefectures, and `category`, whose
    units are the categories of every level.

    ``region``: silver.region (region_code, parent_code, level). ``product_category``: silver.product_category
    (category_code, parent_code). Counties and below are in the tree `region`, but are not units."""
    units = region.loc[region["level"].isin(["province", "prefecture"]), "region_code"]
    return {
        "region": Hierarchy(_parents(region, "region_code"), frozenset(units)),
        "category": Hierarchy(
            _parents(product_category, "category_code"), frozenset(product_category["category_code"])
        ),
    }


def province_tree(region: pd.DataFrame) -> Hierarchy:
    """Return the tree of regions whose units are the provinces only: rows of a prefecture or county count in
    their province. ``region``: silver.region (region_code, parent_code, level)."""
    provinces = region.loc[region["level"].eq("province"), "region_code"]
    return Hierarchy(_parents(region, "region_code"), frozenset(provinces))


def memberships(
    rows: pd.DataFrame, dimensions: Iterable[Dimension], trees: Mapping[str, Hierarchy]
) -> list[tuple[Dimension, np.ndarray, np.ndarray]]:
    """Return for each dimension which rows count in which unit: tuples (dimension, positions, codes) in the
    order of ``dimensions``.

    ``positions`` and ``codes`` are arrays of one length: the row at ``positions[i]`` of ``rows``, counted
    from 0, counts in the unit ``codes[i]``. Positions ascend. A row of a dimension with a hierarchy occurs
    once for each of its units: that of a county once for its prefecture and once for its province. A row
    without a code counts in the unit `UNKNOWN`.

    ``rows``: a frame with the column of each dimension. ``trees``: a Hierarchy for each name that a dimension
    has as its ``hierarchy``, as `hierarchies` returns them."""
    return [(dimension, *_members(rows, dimension, trees)) for dimension in dimensions]


def _members(
    table: pd.DataFrame, dimension: Dimension, trees: Mapping[str, Hierarchy]
) -> tuple[np.ndarray, np.ndarray]:
    rows = np.arange(len(table))
    if dimension.column is None:
        return rows, np.full(len(table), dimension.code, dtype=object)
    codes = table[dimension.column].astype(object)
    number, distinct = pd.factorize(codes.where(codes.notna(), UNKNOWN))
    if dimension.hierarchy is None:
        return rows, np.asarray(distinct, dtype=object)[number]
    units = [trees[dimension.hierarchy].units(code) for code in distinct]
    size = np.array([len(u) for u in units], dtype=np.int64)[number]
    flat = np.array([unit for code in units for unit in code], dtype=object)
    start = np.cumsum([0, *(len(u) for u in units)])[number]
    # Position within its own list of units: 0, 1, … for each row.
    step = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    return np.repeat(rows, size), flat[np.repeat(start, size) + step]


def _parents(reference: pd.DataFrame, key: str) -> dict[str, str | None]:
    parents = reference["parent_code"].astype(object)
    return dict(zip(reference[key], parents.where(parents.notna(), None), strict=True))

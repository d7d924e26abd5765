"""Assigns rows to the units of a dimension: the unit of the row's code and, for regions and categories, the
units above it. Used by all rooms of jobs/marts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from jobs.deployment import deployment

NATION = deployment().code
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Dimension:
    """One way to group rows, for example by platform or by the seller's region.

    ``type``: `dimension_type` of the published rows; ``column``: the column that holds the code, None where
    all rows are one unit, ``code`` (the nation); ``role``: whose region it is (`seller`, `producer`,
    `consumer`), '' elsewhere; ``hierarchy``: `region` or `category` where a row also counts in the units
    above its code."""

    type: str
    column: str | None = None
    role: str = ""
    hierarchy: str | None = None
    code: str = NATION


@dataclass(frozen=True)
class Hierarchy:
    """A tree of codes. ``parent``: code → code above it, None at the top; ``shown``: the codes that are units
    of the dimension. Rows of the other codes count only in the shown codes above them."""

    parent: Mapping[str, str | None]
    shown: frozenset[str]

    def path(self, code: str | None) -> tuple[str, ...]:
        """Return ``code`` and the codes above it, lowest first. It is empty for a code that the reference
        does not hold, and ends where a parent is not in the reference."""
        path: list[str] = []
        at: str | None = code
        while at is not None and at in self.parent and at not in path:
            path.append(at)
            at = self.parent[at]
        return tuple(path)

    def units(self, code: str) -> tuple[str, ...]:
        """Return the units that a row of ``code`` counts in, lowest first; ``code`` is among them where it is
        shown.

        A code that the reference does not hold, or that has no shown code above it, is returned as its only
        unit, so that its rows are not lost."""
        return tuple(c for c in self.path(code) if c in self.shown) or (code,)


def hierarchies(*, region: pd.DataFrame, product_category: pd.DataFrame) -> dict[str, Hierarchy]:
    """Return the trees `region` (from silver.region; units are provinces and prefectures) and `category`
    (from silver.product_category; units are categories of every level)."""
    units = region.loc[region["level"].isin(["province", "prefecture"]), "region_code"]
    return {
        "region": Hierarchy(_parents(region, "region_code"), frozenset(units)),
        "category": Hierarchy(
            _parents(product_category, "category_code"), frozenset(product_category["category_code"])
        ),
    }


def province_tree(region: pd.DataFrame) -> Hierarchy:
    """Return the tree of silver.region whose units are the provinces only."""
    provinces = region.loc[region["level"].eq("province"), "region_code"]
    return Hierarchy(_parents(region, "region_code"), frozenset(provinces))


def memberships(
    rows: pd.DataFrame, dimensions: Iterable[Dimension], trees: Mapping[str, Hierarchy]
) -> list[tuple[Dimension, np.ndarray, np.ndarray]]:
    """Return for each dimension a tuple of the dimension, positions in ``rows`` and, of the same length, the
    code of the unit in which the row at that position counts.

    A row occurs once for each of its units: a county's row once for its prefecture and once for its province.
    A missing code is replaced by `UNKNOWN`. ``trees``: as `hierarchies`."""
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

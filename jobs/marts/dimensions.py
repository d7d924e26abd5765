"""Which units a row counts in: its own code, and for places and goods those above it too. Shared by the
rooms. Pure."""

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
    """One way to cut rows. ``column`` holds the code (None: everything is one unit, the nation ``code``);
    ``hierarchy`` names the tree in which a code also counts for those above it."""

    type: str
    column: str | None = None
    role: str = ""
    hierarchy: str | None = None
    code: str = NATION


@dataclass(frozen=True)
class Hierarchy:
    """A tree of codes. ``shown``: the codes that are units of the dimension; the others only count in those
    above them."""

    parent: Mapping[str, str | None]
    shown: frozenset[str]

    def path(self, code: str | None) -> tuple[str, ...]:
        """``code`` and those above it, lowest first, as far as the reference knows; an unknown code stands
        above nothing."""
        path: list[str] = []
        at: str | None = code
        while at is not None and at in self.parent and at not in path:
            path.append(at)
            at = self.parent[at]
        return tuple(path)

    def units(self, code: str) -> tuple[str, ...]:
        """The units that ``code`` counts in, itself among them where it is shown, lowest first.

        A code that the reference does not know was kept by its source and appears as itself; so does one with
        no shown code above it, so that its rows are not lost.
        """
        return tuple(c for c in self.path(code) if c in self.shown) or (code,)


def hierarchies(*, region: pd.DataFrame, product_category: pd.DataFrame) -> dict[str, Hierarchy]:
    """The trees of silver.region (provinces and prefectures are shown) and silver.product_category (every
    level is)."""
    units = region.loc[region["level"].isin(["province", "prefecture"]), "region_code"]
    return {
        "region": Hierarchy(_parents(region, "region_code"), frozenset(units)),
        "category": Hierarchy(
            _parents(product_category, "category_code"), frozenset(product_category["category_code"])
        ),
    }


def province_tree(region: pd.DataFrame) -> Hierarchy:
    """The tree of silver.region in which provinces alone are shown."""
    provinces = region.loc[region["level"].eq("province"), "region_code"]
    return Hierarchy(_parents(region, "region_code"), frozenset(provinces))


def memberships(
    rows: pd.DataFrame, dimensions: Iterable[Dimension], trees: Mapping[str, Hierarchy]
) -> list[tuple[Dimension, np.ndarray, np.ndarray]]:
    """For each dimension: positions of ``rows`` and the code of the unit that each counts in.

    A row stands once for each of its units: a county's in its prefecture and in its province. A missing code
    is `UNKNOWN`.
    """
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

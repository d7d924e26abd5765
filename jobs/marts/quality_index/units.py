"""The units and periods of the quality index, and sums of monthly counts over them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from jobs.marts.dimensions import NATION, Hierarchy, hierarchies, province_tree
from jobs.marts.sampling.dimensions import cluster_members

KEY = ["period_type", "period_start", "dimension_type", "dimension_code"]
UNIT = ["dimension_type", "dimension_code"]
CODES = ("platform_code", "category_code", "region_code", "producer_region_code")
# Columns that hold codes of one reference.
ALIKE = {
    "platform": ("platform_code",),
    "category": ("category_code",),
    "region": ("region_code", "province_code", "producer_region_code"),
}
PERIODS = {"month": 1, "quarter": 3, "year": 12}
# None at all, where seven or more would be expected at the rate of all, has a chance of at most e^-7, one in
# a thousand. Over the months of a year three, which is one in twenty, would take every other small platform
# for silent.
EXPECTED = 7.0
NATIONAL, PLATFORM, REGION, CATEGORY, CLUSTER = "nation", "platform", "region", "category", "cluster"


@dataclass(frozen=True)
class Units:
    """What the index is made for: the nation, registered platforms, provinces, categories of each level,
    industrial clusters.

    Codes that the reference does not know are no units; their counts are the nation's all the same.
    ``first``, ``last``: the months (since 1970) for which there is an index, from the first with any trade to
    the newest whose time to file has passed.
    """

    platforms: frozenset[str]
    trees: dict[str, Hierarchy]
    cluster: pd.DataFrame
    first: int
    last: int

    @classmethod
    def of(
        cls,
        *,
        platform: pd.DataFrame,
        region: pd.DataFrame,
        product_category: pd.DataFrame,
        industrial_cluster: pd.DataFrame,
        months: pd.Series,
        due: pd.Series,
    ) -> Units:
        """Arguments are the silver tables of these names; ``months``: those with any trade; ``due``: those
        of which platforms owe data that had to be filed by now. Without any of either there is no index."""
        trees = hierarchies(region=region, product_category=product_category)
        trees["region"] = province_tree(region)
        last = int(month_number(due).max()) if len(due) else -1
        first = int(month_number(months).min()) if len(months) else last + 1
        return cls(frozenset(platform["platform_code"]), trees, industrial_cluster, first, last)

    def known(self, dimension_type: str, codes: pd.Series) -> np.ndarray:
        """Whether codes are units of the dimension."""
        shown = {
            NATIONAL: {NATION},
            PLATFORM: self.platforms,
            REGION: self.trees["region"].shown,
            CATEGORY: self.trees["category"].shown,
            CLUSTER: set(self.cluster["cluster_code"]),
        }
        return codes.isin(shown[dimension_type]).to_numpy()

    def sums(
        self, rows: pd.DataFrame, counts: Sequence[str], dimensions: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """UNIT, ``month`` and ``counts`` of each unit.

        ``rows``: ``month`` (a day of it, or its number), ``counts``, and of CODES what the table has. A
        cluster is made of what its producers make; where a table knows no producer, of what is sold from its
        region in its categories. ``dimensions``: those wanted, None for all that the columns allow.
        """
        counts, found = list(counts), []
        rows = rows[[c for c in CODES if c in rows] + counts].assign(month=month_number(rows["month"]))
        place = "producer_region_code" if "producer_region_code" in rows else "region_code"
        wanted = (NATIONAL, PLATFORM, REGION, CATEGORY, CLUSTER) if dimensions is None else dimensions
        # The columns that a dimension needs, and how the codes of its units are found from them.
        ways = {
            NATIONAL: ([], lambda cells: cells.assign(dimension_code=NATION)),
            PLATFORM: (["platform_code"], lambda cells: cells.assign(dimension_code=cells["platform_code"])),
            REGION: (["region_code"], lambda cells: self._above(cells, "region_code", "region")),
            CATEGORY: (["category_code"], lambda cells: self._above(cells, "category_code", "category")),
            CLUSTER: (["category_code", place], lambda cells: self._clusters(cells, place)),
        }
        for dimension in wanted:
            columns, placed = ways[dimension]
            cells = placed(_summed(rows, columns, counts))
            cells = cells[self.known(dimension, cells["dimension_code"])]
            found.append(
                cells.groupby(["month", "dimension_code"], as_index=False)[counts]
                .sum()
                .assign(dimension_type=dimension)
            )
        return pd.concat(found, ignore_index=True)[[*UNIT, "month", *counts]]

    def by_period(self, sums: pd.DataFrame, counts: Sequence[str]) -> pd.DataFrame:
        """KEY and ``counts`` of the months, quarters and years of the index: sums over their months, however
        many of them have rows."""
        parts = []
        for kind, size in PERIODS.items():
            first = sums["month"] // size * size
            part = sums.assign(first=first)[(first + size - 1 <= self.last) & (first + size > self.first)]
            parts.append(
                part.groupby([*UNIT, "first"], as_index=False)[list(counts)].sum().assign(period_type=kind)
            )
        table = pd.concat(parts, ignore_index=True)
        return table.assign(period_start=month_start(table["first"]))[[*KEY, *counts]]

    def covered(self, rows: pd.DataFrame) -> np.ndarray:
        """Whether there is an index for the period of each row (period_type, period_start); for other kinds
        of period there is none."""
        size, first = rows["period_type"].map(PERIODS).fillna(10**6), month_number(rows["period_start"])
        return ((first + size - 1 <= self.last) & (first + size > self.first)).to_numpy()

    def _above(self, rows: pd.DataFrame, column: str, tree: str) -> pd.DataFrame:
        codes = pd.Series(rows[column].dropna().unique(), dtype=object)
        pairs = [
            (code, above)
            for code in codes
            for above in self.trees[tree].path(code)
            if above in self.trees[tree].shown
        ]
        return rows.merge(pd.DataFrame(pairs, columns=[column, "dimension_code"], dtype=object), on=column)

    def _clusters(self, rows: pd.DataFrame, place: str) -> pd.DataFrame:
        pairs = rows[["category_code", place]].drop_duplicates(ignore_index=True)
        at, codes = cluster_members(
            pairs.rename(columns={place: "producer_region_code"}), self.cluster, self.trees
        )
        members = pairs.iloc[at].assign(dimension_code=codes)
        return rows.merge(members, on=["category_code", place])


def measured(table: pd.DataFrame, count: str, base: str) -> pd.DataFrame:
    """The rows of ``table`` (KEY, ``count``, ``base``) in periods in which the count was measured at all.

    It was where the nation has any of it. None is believed only in a period in which fewer than `EXPECTED`
    would be expected by the nation's rate over all periods of the type: where more would be, no report came,
    and a rate of zero would say that all is well. What the nation never has was never measured.
    """
    nation = table[table["dimension_type"] == NATIONAL]
    total = nation.groupby("period_type")[[count, base]].transform("sum")
    expected = nation[base] * per(total[count], total[base])
    there = nation[(nation[count] > 0) | ((total[count] > 0) & (expected < EXPECTED))]
    return table.merge(there[["period_type", "period_start"]], on=["period_type", "period_start"])


def compact(*tables: pd.DataFrame) -> list[pd.DataFrame]:
    """Tables of counts by month as they are summed fastest: months as numbers, codes as categories.

    A column of codes has one dtype in all of ``tables``, so that their rows can be put together.
    """
    codes = {
        name: sorted(set().union(*(t[c].dropna().unique() for t in tables for c in alike if c in t)))
        for name, alike in ALIKE.items()
    }
    dtypes = {c: pd.CategoricalDtype(codes[name]) for name, alike in ALIKE.items() for c in alike}
    return [
        table.assign(
            month=month_number(table["month"]),
            **{column: table[column].astype(dtype) for column, dtype in dtypes.items() if column in table},
        )
        for table in tables
    ]


def _summed(rows: pd.DataFrame, columns: list[str], counts: list[str]) -> pd.DataFrame:
    """``counts`` by month and ``columns``, which are text again; rows without a code are left out."""
    cells = rows.groupby(["month", *columns], as_index=False, observed=True)[counts].sum()
    return cells.astype(dict.fromkeys(columns, object))


def month_number(days: pd.Series) -> pd.Series:
    """Months since 1970; numbers are taken to be that already."""
    if pd.api.types.is_integer_dtype(days.dtype):
        return days
    return pd.Series(pd.to_datetime(days).to_numpy("datetime64[M]").astype(np.int64), days.index)


def month_start(months: pd.Series) -> np.ndarray:
    """First days (dates) of months since 1970."""
    return months.to_numpy(np.int64).astype("datetime64[M]").astype("datetime64[D]").astype(object)


def per(numerator: pd.Series, denominator: pd.Series, times: float = 1.0) -> np.ndarray:
    """numerator / denominator · times, NaN where there is no denominator."""
    above, below = numerator.to_numpy(float), denominator.to_numpy(float)
    return np.divide(above * times, below, out=np.full(len(above), np.nan), where=below > 0)

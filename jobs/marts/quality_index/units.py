"""Defines the units and periods of the quality index, and adds up monthly counts over them. Pure.

A unit is the nation, a platform, a province, a category or an industrial cluster; a period is a month,
quarter or year. Months are numbers: months since 1970-01.

KEY identifies a unit in a period: period_type, period_start, dimension_type, dimension_code. UNIT:
dimension_type, dimension_code. CODES: platform_code, category_code, region_code, producer_region_code."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from jobs.marts.dimensions import NATION, Hierarchy, hierarchies, province_tree
from jobs.marts.sampling.dimensions import cluster_members

KEY = ["period_type", "period_start", "dimension_type", "dimension_code"]  # identifies a unit in a period
UNIT = ["dimension_type", "dimension_code"]  # identifies a unit
CODES = ("platform_code", "category_code", "region_code", "producer_region_code")
# Columns that hold codes of one reference.
ALIKE = {
    "platform": ("platform_code",),
    "category": ("category_code",),
    "region": ("region_code", "province_code", "producer_region_code"),
}
NO_DAYS = pd.Series([], dtype="datetime64[ns]")
PERIODS = {"month": 1, "quarter": 3, "year": 12}  # period_type → its months
# None at all, where seven or more would be expected at the rate of all, has a chance of at most e^-7, one in
# a thousand. With a limit of three, one in twenty a month, every other small platform would be taken for
# silent in some month of a year (`filing.silent_months`).
EXPECTED = 7.0
# Values of dimension_type.
NATIONAL, PLATFORM, REGION, CATEGORY, CLUSTER = "nation", "platform", "region", "category", "cluster"


@dataclass(frozen=True)
class Units:
    """The units of the index: the nation, registered platforms, provinces, categories of each level and
    industrial clusters. A code that the reference does not hold is no unit, but its counts are in the
    nation's.

    ``platforms``: their codes; ``trees``: `region` (units are provinces) and `category`; ``cluster``:
    silver.industrial_cluster; ``first``, ``last``: the months for which there is an index, from the first
    with any trade to the newest whose time to file has passed."""

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
        months: pd.Series = NO_DAYS,
        due: pd.Series = NO_DAYS,
    ) -> Units:
        """Return the Units of the silver tables of these names. ``months``: days of the months with any
        trade; ``due``: days of the months of which platforms owe data that had to be filed by now. Where
        either is empty there is no index: ``first`` is after ``last``, or ``last`` is -1."""
        trees = hierarchies(region=region, product_category=product_category)
        trees["region"] = province_tree(region)
        last = int(month_number(due).max()) if len(due) else -1
        first = int(month_number(months).min()) if len(months) else last + 1
        return cls(frozenset(platform["platform_code"]), trees, industrial_cluster, first, last)

    def known(self, dimension_type: str, codes: pd.Series) -> np.ndarray:
        """Return whether each of ``codes`` is a unit of the dimension: one bool per code. Raises KeyError for
        another ``dimension_type`` than the five."""
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
        """Return monthly counts by unit: one row per unit and month with rows, with UNIT, ``month`` and
        ``counts`` (names of columns).

        ``rows``: month (a day of it, or its number), the columns ``counts``, and those of CODES that the
        table has; ``dimensions``: the types wanted, None for all five. A row counts in each unit that it
        belongs to. A cluster counts what its producers make; where the table has no producer's region, what
        is sold from its region in its categories. Raises ValueError for a count that is not whole, KeyError
        where ``rows`` lacks the codes of one of ``dimensions``."""
        given = {name: whole(rows[name]) for name in counts}
        months = month_number(rows["month"]).to_numpy(np.int64)
        place = "producer_region_code" if "producer_region_code" in rows else "region_code"
        wanted = (NATIONAL, PLATFORM, REGION, CATEGORY, CLUSTER) if dimensions is None else dimensions
        parts = []
        for dimension in wanted:
            # By code first: a unit's counts are those of its few codes, not of all its rows.
            number, at, codes = self._members(dimension, rows, place)
            (code, month), added = added_up([number, months], given)
            here, units = spread(code, at, codes)
            unit, names = pd.factorize(units, sort=True)
            (unit, month), added = added_up([unit, month[here]], {n: c[here] for n, c in added.items()})
            parts.append(
                pd.DataFrame(
                    {
                        "dimension_type": np.full(len(unit), dimension, dtype=object),
                        "dimension_code": np.asarray(names, dtype=object)[unit],
                        "month": month,
                        **added,
                    }
                )
            )
        return pd.concat(parts, ignore_index=True)

    def by_period(self, sums: pd.DataFrame, counts: Sequence[str]) -> pd.DataFrame:
        """Return counts by period: one row per unit and month, quarter or year of the index, with KEY and
        ``counts``: sums over the months of the period, also where some months have no rows. Only periods that
        end by ``last`` and do not end before ``first``. ``sums``: as returned by `sums`."""
        kinds, units = pd.factorize(sums["dimension_type"]), pd.factorize(sums["dimension_code"])
        month, found = sums["month"].to_numpy(np.int64), []
        for number, size in enumerate(PERIODS.values()):
            first = month // size * size
            rows = np.flatnonzero((first + size - 1 <= self.last) & (first + size > self.first))
            found.append((np.full(len(rows), number), rows, first[rows]))
        period, rows, first = (np.concatenate(column) for column in zip(*found, strict=True))
        given = {name: whole(sums[name])[rows] for name in counts}
        keys, added = added_up([period, kinds[0][rows], units[0][rows], first], given)
        period, kind, unit, first = keys
        return pd.DataFrame(
            {
                "period_type": np.array(list(PERIODS), dtype=object)[period],
                "period_start": month_start(pd.Series(first)),
                "dimension_type": kinds[1].to_numpy(object)[kind],
                "dimension_code": units[1].to_numpy(object)[unit],
                **added,
            }
        )

    def covered(self, rows: pd.DataFrame) -> np.ndarray:
        """Return whether each row is of a period that the index has: one bool per row, False for other types
        of period. ``rows``: period_type, period_start."""
        size, first = rows["period_type"].map(PERIODS).fillna(10**6), month_number(rows["period_start"])
        return ((first + size - 1 <= self.last) & (first + size > self.first)).to_numpy()

    def _members(
        self, dimension: str, rows: pd.DataFrame, place: str
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The number of each row's code in the dimension (-1: no code), and which units these count in, as
        two arrays: a number, and a unit of it. A code that is no unit counts in none."""
        if dimension == NATIONAL:
            return np.zeros(len(rows), np.int64), np.zeros(1, np.int64), np.array([NATION], dtype=object)
        if dimension == CLUSTER:
            pair, (goods, places) = pairs_of(rows["category_code"], rows[place])
            one = pd.DataFrame({"category_code": goods, "producer_region_code": places})
            return pair, *cluster_members(one, self.cluster, self.trees)
        column = f"{dimension}_code"
        code, distinct = pd.factorize(rows[column])
        known = [
            (i, unit)
            for i, one in enumerate(distinct)
            for unit in (self.trees[dimension].path(one) if dimension in self.trees else (one,))
            if unit in (self.trees[dimension].shown if dimension in self.trees else self.platforms)
        ]
        at = np.array([i for i, _ in known], dtype=np.int64)
        return code, at, np.array([unit for _, unit in known], dtype=object)


def pairs_of(one: pd.Series, two: pd.Series) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Return the pairs of codes in two columns: for each row the number of its pair (-1 where either code is
    missing), and two arrays with the two codes of each pair, in the order of the numbers. So what depends on
    the pair is computed once per pair."""
    (first, names), (second, others) = pd.factorize(one), pd.factorize(two)
    both = np.where((first < 0) | (second < 0), -1, first.astype(np.int64) * max(len(others), 1) + second)
    pair, distinct = pd.factorize(np.where(both < 0, np.nan, both))
    distinct = distinct.astype(np.int64)
    return pair, (
        np.asarray(names, dtype=object)[distinct // max(len(others), 1)],
        np.asarray(others, dtype=object)[distinct % max(len(others), 1)],
    )


def spread(number: np.ndarray, at: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Join each row with all units of its number. Returns two arrays of one length: positions of rows, and
    for each the code of a unit; a row with n units occurs n times.

    ``number``: one per row (-1: no units); ``at`` and ``codes``, of one length, list the units: a number, and
    the code of a unit in which rows with this number count."""
    order = np.argsort(at, kind="stable")
    at, codes = at[order], codes[order]
    begin, end = np.searchsorted(at, number), np.searchsorted(at, number, side="right")
    many = np.where(number < 0, 0, end - begin)
    rows = np.repeat(np.arange(len(number)), many)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(many) - many, many)
    return rows, codes[begin[rows] + within]


def whole(counts: pd.Series) -> np.ndarray:
    """Return ``counts`` as int64, a missing one as 0. Raises ValueError for a count that is not whole."""
    given = counts.fillna(0).to_numpy()
    found = given.astype(np.int64, copy=False)
    if found is not given and (found != given).any():
        raise ValueError(f"{counts.name}: holds a count that is not whole")
    return found


def added_up(
    keys: Sequence[np.ndarray], counts: Mapping[str, np.ndarray]
) -> tuple[list[np.ndarray], dict[str, np.ndarray]]:
    """Return sums by group: the distinct combinations of ``keys``, sorted, as one array per key; and by name
    the sums of each of ``counts`` over them, as int64.

    ``keys``: integer arrays of one length; ``counts``: by name, as `whole` returns them, one per element of
    the keys."""
    # As one number: the place of the group in all combinations of what the keys can be.
    lows = [key.min(initial=0) for key in keys]
    shape = tuple(int(key.max(initial=0) - low) + 1 for key, low in zip(keys, lows, strict=True))
    cell = np.ravel_multi_index([key - low for key, low in zip(keys, lows, strict=True)], shape)
    size = math.prod(shape)
    if size <= 2 * len(cell):
        there = np.flatnonzero(np.bincount(cell, minlength=size))
    else:  # too many that do not occur
        cell, there = pd.factorize(cell, sort=True)
        size = len(there)
    sums = {}
    for name, given in counts.items():
        total = np.zeros(size, np.int64)
        np.add.at(total, cell, given)
        sums[name] = total[there] if len(there) < size else total
    places = np.unravel_index(there, shape)
    return [place + low for place, low in zip(places, lows, strict=True)], sums


def measured(table: pd.DataFrame, count: str, base: str) -> pd.DataFrame:
    """Return the rows of ``table`` that are of periods in which ``count`` was measured. ``table``: KEY and
    the columns named by ``count`` and ``base`` (what it is divided by).

    It was measured where the nation has any of it. None at all is accepted only in a period in which fewer
    than `EXPECTED` (7) would be expected at the nation's rate over all periods of the type, this one among
    them: where as many or more would be, no reports arrived, and a rate of 0 would claim that all is well.
    What the nation never has was never measured."""
    nation = table[table["dimension_type"] == NATIONAL]
    total = nation.groupby("period_type")[[count, base]].transform("sum")
    expected = nation[base] * per(total[count], total[base])
    there = nation[(nation[count] > 0) | ((total[count] > 0) & (expected < EXPECTED))]
    return table.merge(there[["period_type", "period_start"]], on=["period_type", "period_start"])


def compact(*tables: pd.DataFrame) -> list[pd.DataFrame]:
    """Return ``tables`` of monthly counts, in order, in the form that is added up fastest: month as a number,
    codes as categoricals. A column of codes has one dtype in all tables, so that their rows can be
    concatenated."""
    found = [{c: pd.factorize(t[c]) for alike in ALIKE.values() for c in alike if c in t} for t in tables]
    dtypes: dict[str, pd.CategoricalDtype] = {}
    for alike in ALIKE.values():
        codes = set().union(*(own[c][1] for own in found for c in alike if c in own))
        dtypes |= dict.fromkeys(alike, pd.CategoricalDtype(sorted(codes)))
    # Not by `assign`, which would copy all other columns.
    return [
        pd.DataFrame(
            {name: table[name] for name in table}
            | {"month": month_number(table["month"])}
            | {c: _coded(one, dtypes[c], table.index) for c, one in own.items()},
            copy=False,
        )
        for table, own in zip(tables, found, strict=True)
    ]


def _coded(factorized: tuple[np.ndarray, pd.Index], dtype: pd.CategoricalDtype, index: pd.Index) -> pd.Series:
    """The categorical of a factorized column (-1: missing)."""
    number, codes = factorized
    place = np.append(dtype.categories.get_indexer(codes), -1)
    return pd.Series(pd.Categorical.from_codes(place[number], dtype=dtype), index)


def month_number(days: pd.Series) -> pd.Series:
    """Return the month of each day as the number of months since 1970-01, with the index of ``days``; a
    series of integers is returned as it is, as such numbers."""
    if pd.api.types.is_integer_dtype(days.dtype):
        return days
    return pd.Series(pd.to_datetime(days).to_numpy("datetime64[M]").astype(np.int64), days.index)


def month_start(months: pd.Series) -> np.ndarray:
    """Return the first day of each month as a `date`: an object array. ``months``: numbers since 1970-01."""
    return months.to_numpy(np.int64).astype("datetime64[M]").astype("datetime64[D]").astype(object)


def per(numerator: pd.Series, denominator: pd.Series, times: float = 1.0) -> np.ndarray:
    """Return numerator / denominator · ``times``, row by row: a float array, NaN where the denominator is not
    above 0."""
    above, below = numerator.to_numpy(float), denominator.to_numpy(float)
    return np.divide(above * times, below, out=np.full(len(above), np.nan), where=below > 0)

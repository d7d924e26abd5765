"""Looks up rows of gold.detection_rate, the table of counts and rates of batches; nothing is computed.

A row is about a unit (dimension_type, dimension_code) or a pair of units (with dimension2_type,
dimension2_code), a period, a design (probability or targeted samples, or both pooled) and, for regions, a
role (region_role): whether the region is that of seller, producer or consumer. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from jobs.marts.sampling.counts import LENGTHS, PeriodType

# Columns that name the unit of a row.
SINGLE = ("dimension_type", "dimension_code")
OURS = ("", "seller")  # regions by where the seller is; other dimensions have no role
POOLED = "all"  # the design of rows that pool both: bookkeeping of bulletins, no rate of anything


@dataclass(frozen=True)
class Window:
    """A period for which pages compare units. ``period_type``: rolling12 (twelve months) or year; ``start``:
    its first day; ``whole``: whether all of its months are in the data; ``until``: the last day of the data
    where the period ends later (`until`), though its last month may be in the data; None where it has
    ended."""

    period_type: str
    start: date
    whole: bool = True
    until: date | None = None


def until(kind: str, start: date, through: date | None) -> date | None:
    """Return ``through``, the last day of the data, where the period that begins on ``start`` holds it and
    ends later, so that its figures are not those of the whole period; None where it has ended or begins after
    ``through``, where it has no end (`all`) or ``through`` is None. ``kind``: a `PeriodType`; ValueError for
    another text."""
    size = LENGTHS.get(PeriodType(kind))
    if size is None or through is None:
        return None
    year, month = divmod(start.year * 12 + start.month - 1 + size, 12)
    return through if start <= through < date(year, month + 1, 1) - timedelta(days=1) else None


def apart(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of single designs, without those that pool both. ``rows``: of gold.detection_rate."""
    return rows[rows["design"] != POOLED]


def provisional(until: pd.Series, as_of: date) -> list[bool]:
    """Return for each row whether its figures may still change on ``as_of`` or later because an objection may
    be filed or is open. ``until``: the column `provisional_until` of gold.detection_rate, the last such day
    (`datetime.date`) or null."""
    return [not pd.isna(day) and day >= as_of for day in until.astype(object)]


class Rates:
    """Rows of gold.detection_rate of one night: all without a second dimension, and those of ``year`` with
    one. The constructor takes these rows, ``as_of``, the night's date, by which a row is provisional (its
    figures may still change) or not, and ``through``, the last day of its data, by default ``as_of``. Records
    have beside the table's columns `provisional` and `until` (`until`).

    ``rows``, ``as_of``, ``through``: as given; ``plain``: rows without a second dimension; ``current``: the
    newest twelve months or, where the data have fewer, the newest year; ``year``: the calendar year that
    shares most months with ``current`` (pairs and prefectures exist by quarter and year only); of two that
    share six, the earlier if it is whole. Both are None where no sample has a date.
    """

    def __init__(self, rows: pd.DataFrame, as_of: date, through: date | None = None):
        self.rows, self.as_of, self.through = rows, as_of, through or as_of
        self.plain = rows[rows["dimension2_type"] == ""]
        self.current, self.year = windows(self.plain, self.through)
        self._periods = {*zip(self.plain["period_type"], self.plain["period_start"], strict=True)}
        # Pages ask for a few rows thousands of times: lists answer a hundred times faster than frames.
        self._cells: dict[str, list[Any]] = {c: rows[c].astype(object).tolist() for c in rows.columns}
        self._cells["provisional"] = provisional(rows["provisional_until"], as_of)
        periods = list(zip(rows["period_type"], rows["period_start"], strict=True))
        ends = {period: until(*period, self.through) for period in set(periods)}
        self._cells["until"] = [ends[period] for period in periods]
        self._places: dict[tuple[str, str], list[int]] = {}
        self._below: dict[tuple[str, str], list[int]] = {}
        self._across: dict[tuple[str, str, str], list[int]] = {}
        self._windows: dict[tuple[str, date, str, str, str], list[int]] = {}
        cells = self._cells
        for p, key in enumerate(
            zip(*(cells[c] for c in (*SINGLE, "dimension2_type", "dimension2_code")), strict=True)
        ):
            kind, code, second, other = key
            if second:
                self._below.setdefault((kind, code), []).append(p)
                self._across.setdefault((kind, second, other), []).append(p)
                continue
            self._places.setdefault((kind, code), []).append(p)
            period, start = cells["period_type"][p], cells["period_start"][p]
            self._windows.setdefault(
                (period, start, kind, cells["design"][p], cells["region_role"][p]), []
            ).append(p)

    def __reduce__(self) -> tuple[type[Rates], tuple[pd.DataFrame, date, date]]:
        """Another process makes the lists again, which is several times as fast as sending them."""
        return Rates, (self.rows, self.as_of, self.through)

    def _record(self, position: int) -> dict[str, Any]:
        return {name: values[position] for name, values in self._cells.items()}

    def _records(self, positions: Iterable[int], design: str, roles: tuple[str, ...]) -> list[dict[str, Any]]:
        designs, known = self._cells["design"], self._cells["region_role"]
        return [self._record(p) for p in positions if designs[p] == design and known[p] in roles]

    def apart(self, positions: Iterable[int]) -> list[int]:
        """Return those positions in ``rows`` at which a row is of a single design."""
        return [p for p in positions if self._cells["design"][p] != POOLED]

    def of(self, dimension: str, *codes: str) -> pd.DataFrame:
        """Return all rows of these units of a dimension, unit by unit: every period, role and design, and
        their pairs with other units."""
        return self.rows.iloc[self.places(dimension, *codes)]

    def places(self, dimension: str, *codes: str) -> list[int]:
        """Return the positions in ``rows`` of the rows that `of` returns."""
        return [
            p
            for code in codes
            for places in (self._places, self._below)
            for p in places.get((dimension, code), [])
        ]

    def behind(self, category: str) -> pd.DataFrame:
        """Return all rows of a category, and of the pairs of other units (platforms, regions, clusters,
        channels) with it."""
        pairs = [
            p
            for (_, second, code), found in self._across.items()
            if (second, code) == ("category", category)
            for p in found
        ]
        return self.rows.iloc[[*self._places.get(("category", category), []), *pairs]]

    def records(self, dimension: str, code: str, design: str, *, role: str = "") -> list[dict[str, Any]]:
        """Return one unit's rows of one design, for all periods, in the table's order, without pairs.
        ``role``: region_role of the rows, '' for dimensions other than region."""
        return self._records(self._places.get((dimension, code), []), design, (role,))

    def window(
        self,
        dimension: str,
        design: str,
        *,
        role: str = "",
        codes: Iterable[str] | None = None,
        window: Window | None = None,
    ) -> list[dict[str, Any]]:
        """Return the rows of one window, one per unit of the dimension, in the table's order. ``codes``: of
        the units wanted, None for all; ``role``: region_role of the rows, '' for dimensions other than
        region; ``window``: `current` by default. Empty where there is no window."""
        shown = window or self.current
        if shown is None:
            return []
        wanted = None if codes is None else set(codes)
        named = self._cells["dimension_code"]
        found = self._windows.get((shown.period_type, shown.start, dimension, design, role), [])
        return [self._record(p) for p in found if wanted is None or named[p] in wanted]

    def newest(
        self, dimension: str, code: str, design: str, *, role: str = "", window: Window | None = None
    ) -> dict[str, Any] | None:
        """Return one unit's row of one window, by default `current`; None where the unit has no sample in it.
        ``role``: region_role of the row, '' for dimensions other than region."""
        return next(iter(self.window(dimension, design, role=role, codes=[code], window=window)), None)

    def until(self, kind: str, start: date) -> date | None:
        """Return the last day of the data where a period has not ended with it (`until`)."""
        return until(kind, start, self.through)

    def first_month(self, design: str) -> date | None:
        """Return the first month in which samples of a design have an outcome, by the first day; None without
        any."""
        months = self.plain[self.plain["period_type"].eq("month") & self.plain["design"].eq(design)]
        return min(months["period_start"], default=None)

    def within(self, dimension: str, code: str, design: str) -> list[dict[str, Any]]:
        """Return the rows of a unit's pairs with categories in ``year``, one per category
        (``dimension2_code``). A region is that of the seller."""
        return self._records(self._below.get((dimension, code), []), design, OURS)

    def across(self, dimension: str, category: str, design: str) -> list[dict[str, Any]]:
        """Return the rows of a category's pairs with units of a dimension in ``year``, one per unit
        (``dimension_code``). A region is that of the seller."""
        return self._records(self._across.get((dimension, "category", category), []), design, OURS)

    def codes(self, dimension: str) -> set[str]:
        """Return all codes of a dimension that have rows without a second dimension."""
        return {code for kind, code in self._places if kind == dimension}


def windows(periods: pd.DataFrame, through: date | None = None) -> tuple[Window | None, Window | None]:
    """Return (`Rates.current`, `Rates.year`) for a table with these periods; each None where it has none.
    ``periods``: one row per row of the table, columns period_type and period_start; ``through``: the last day
    of the data."""
    starts: dict[str, set[date]] = {"rolling12": set(), "year": set()}
    for kind, start in {*zip(periods["period_type"], periods["period_start"], strict=True)}:
        starts.get(kind, set()).add(start)
    # Twelve months from January are a calendar year: it is whole where that window exists.
    years = [
        Window("year", start, start in starts["rolling12"], until("year", start, through))
        for start in starts["year"]
    ]
    newest = max(years, key=lambda window: window.start, default=None)
    if not starts["rolling12"]:
        return newest, newest
    start = max(starts["rolling12"])
    current = Window("rolling12", start, until=until("rolling12", start, through))
    return current, max(
        years, key=lambda year: (_shared(year, current), year.whole, year.start), default=None
    )


def _shared(year: Window, current: Window) -> int:
    """How many months a calendar year shares with twelve months; negative where they are apart."""
    return 12 - abs(12 * (year.start.year - current.start.year) + 1 - current.start.month)

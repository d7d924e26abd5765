"""gold.detection_rate as pages ask for it: by unit, by window, by pair. Rows are looked up, never computed. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Any

import pandas as pd

SINGLE = ("dimension_type", "dimension_code")
OURS = ("", "seller")  # regions by where the seller is; other dimensions have no role


class Rates:
    """Rows of gold.detection_rate: all without a second dimension, and those of the newest twelve months with one."""

    def __init__(self, rows: pd.DataFrame):
        self.rows = rows
        self.plain = rows[rows["dimension2_type"] == ""]
        self.start = newest_window(self.plain)
        # Pages ask for a few rows thousands of times: lists answer a hundred times faster than frames.
        self._cells: dict[str, list[Any]] = {c: rows[c].astype(object).tolist() for c in rows.columns}
        self._places: dict[tuple[str, str], list[int]] = {}
        self._below: dict[tuple[str, str], list[int]] = {}
        self._across: dict[tuple[str, str, str], list[int]] = {}
        self._windows: dict[tuple[str, str, str], list[int]] = {}
        cells = self._cells
        for p, key in enumerate(zip(*(cells[c] for c in (*SINGLE, "dimension2_type", "dimension2_code")), strict=True)):
            kind, code, second, other = key
            if second:
                self._below.setdefault((kind, code), []).append(p)
                self._across.setdefault((kind, second, other), []).append(p)
                continue
            self._places.setdefault((kind, code), []).append(p)
            if cells["period_type"][p] == "rolling12" and cells["period_start"][p] == self.start:
                self._windows.setdefault((kind, cells["design"][p], cells["region_role"][p]), []).append(p)

    def _record(self, position: int) -> dict[str, Any]:
        return {name: values[position] for name, values in self._cells.items()}

    def _records(self, positions: Iterable[int], design: str, roles: tuple[str, ...]) -> list[dict[str, Any]]:
        designs, known = self._cells["design"], self._cells["region_role"]
        return [self._record(p) for p in positions if designs[p] == design and known[p] in roles]

    def of(self, dimension: str, *codes: str) -> pd.DataFrame:
        """All rows of units of a dimension, in every role and design and every period, and their pairs."""
        return self.rows.iloc[
            [p for code in codes for places in (self._places, self._below) for p in places.get((dimension, code), [])]
        ]

    def behind(self, category: str) -> pd.DataFrame:
        """All rows of a category, and its pairs with platforms, regions, clusters and channels."""
        pairs = [
            p for (_, second, code), found in self._across.items() if (second, code) == ("category", category) for p in found
        ]
        return self.rows.iloc[[*self._places.get(("category", category), []), *pairs]]

    def records(self, dimension: str, code: str, design: str, *, role: str = "") -> list[dict[str, Any]]:
        """One unit's rows of one design, of every period."""
        return self._records(self._places.get((dimension, code), []), design, (role,))

    def window(self, dimension: str, design: str, *, role: str = "", codes: Iterable[str] | None = None) -> list[dict[str, Any]]:
        """Rows of the newest twelve months, one per unit of the dimension (of ``codes``, where given)."""
        wanted = None if codes is None else set(codes)
        named = self._cells["dimension_code"]
        return [self._record(p) for p in self._windows.get((dimension, design, role), []) if wanted is None or named[p] in wanted]

    def newest(self, dimension: str, code: str, design: str, *, role: str = "") -> dict[str, Any] | None:
        """One unit's row of the newest twelve months; None where they hold no sample of it."""
        found = (r for r in self.records(dimension, code, design, role=role) if r["period_type"] == "rolling12")
        return next((r for r in found if r["period_start"] == self.start), None)

    def within(self, dimension: str, code: str, design: str) -> list[dict[str, Any]]:
        """A unit's newest twelve months by category (``dimension2_code``); a region's as seat of the seller."""
        return self._records(self._below.get((dimension, code), []), design, OURS)

    def across(self, dimension: str, category: str, design: str) -> list[dict[str, Any]]:
        """A category's newest twelve months by the units of a dimension (``dimension_code``)."""
        return self._records(self._across.get((dimension, "category", category), []), design, OURS)

    def codes(self, dimension: str) -> set[str]:
        """Every code of a dimension that a sample names."""
        return {code for kind, code in self._places if kind == dimension}

    @cached_property
    def partial(self) -> bool:
        """Whether the oldest twelve-month window starts before the first month that has data."""
        starts: dict[str, list[date]] = {"rolling12": [], "month": []}
        for kind, start in {*zip(self.plain["period_type"], self.plain["period_start"], strict=True)}:
            starts.get(kind, []).append(start)
        return bool(starts["rolling12"] and starts["month"]) and min(starts["rolling12"]) < min(starts["month"])


def newest_window(rate: pd.DataFrame) -> date | None:
    """First month of the newest twelve-month window in the whole table; None where no sample has a date."""
    starts = rate.loc[rate["period_type"] == "rolling12", "period_start"]
    return None if starts.empty else max(starts)

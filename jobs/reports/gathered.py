"""What the functions that make pages share: one night's tables, the names of codes, the ledger of received
files, and look-ups of rows by unit.

A unit is one member of a dimension (nation, platform, region, category, cluster and others), given as two
texts: the dimension and the unit's code in it. A design says how samples were chosen: probability (drawn with
known probabilities) or targeted (because of risk, complaints or follow-up).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.place_names import said_once
from jobs.reports.asked import RATES
from jobs.reports.charts import Point
from jobs.reports.complaints import TABLE as COMPLAINTS
from jobs.reports.complaints import ComplaintLine, by_code, newest_year
from jobs.reports.figures import DESIGNS, Line, line, series
from jobs.reports.file_ledger import FileLedger, read_file_ledger
from jobs.reports.material import Night
from jobs.reports.names import NATION, NATION_CODE, Names, english_of_brands, names
from jobs.reports.numbers import missing
from jobs.reports.rates import Rates, Window
from jobs.reports.wording import Text, same

INDEX = "gold.quality_index"
ALL = "all"  # period_type of figures over all time
UNIT = ("dimension_type", "dimension_code")  # columns by which most tables are cut

# Divisions that only gather others: they are no part of an address.
COLLECTIVE = ("市辖区", "县", "直辖县级行政区划")


def newest_index(rows: pd.DataFrame) -> tuple[str, date] | None:
    """Return the newest period with a published index, (kind, first day): a quarter, else a year, else a
    month; None without one. ``rows``: of one unit of gold.quality_index."""
    published = rows[rows["published"].fillna(False).astype(bool)] if len(rows) else rows
    for kind in ("quarter", "year", "month"):
        starts = published.loc[published["period_type"] == kind, "period_start"]
        if len(starts):
            return kind, max(starts)
    return None


@dataclass(frozen=True)
class Gathered:
    """One night with all that pages look up in it. What many pages need is computed at the first use and
    kept.

    ``names``: names of codes, and which units have a page; ``rates``: rows of gold.detection_rate;
    ``file_ledger``: the received files.
    """

    night: Night
    names: Names
    rates: Rates
    file_ledger: FileLedger

    @cached_property
    def _brands(self) -> dict[str, str]:
        return english_of_brands(self.night.frame("silver.brand"))

    def brand(self, filed: Any) -> Text:
        """Return the name of a brand as a batch, recall or signal states it, in English as the register of
        brands has it (`english_of_brands`), or as filed where that has none; '' where it is missing."""
        name = "" if missing(filed) else str(filed)
        return Text(name, self._brands.get(name, name))

    @property
    def window(self) -> Window | None:
        """The period of all headline rates: the newest twelve months or, where the data cover fewer, the
        newest year. None where no sample has a date."""
        return self.rates.current

    @cached_property
    def nation(self) -> dict[str, Line | None]:
        """Design → the nation's line in `window`, with which units are compared; None for a design without
        one."""
        return self.nation_in(self.window)

    def nation_in(self, window: Window | None) -> dict[str, Line | None]:
        """Return design → the nation's line in ``window``; None for a design without samples in it.
        ``window``: None for `window`."""
        kept: dict[Window | None, dict[str, Line | None]] = self.__dict__.setdefault("_nation", {})
        if window not in kept:
            rows = {
                design: self.rates.newest("nation", NATION_CODE, design, window=window) for design in DESIGNS
            }
            kept[window] = {
                design: None if row is None else line(row, NATION) for design, row in rows.items()
            }
        return kept[window]

    @cached_property
    def nation_points(self) -> dict[str, list[Point]]:
        """Design (probability, targeted) → the points of the nation's trend, by time (`figures.series`); []
        for one without rates. Computed once: callers share the lists."""
        return {design: series(self.rates.records("nation", NATION_CODE, design)) for design in DESIGNS}

    @cached_property
    def _complaints(self) -> dict[str, tuple[Text | None, dict[str, tuple[ComplaintLine, int]]]]:
        table = self.night.frame(COMPLAINTS)
        year, whole = by_code(table, "nation", self.names, None)
        nation = whole[NATION_CODE][0] if NATION_CODE in whole else None
        groups: dict[str, tuple[set[str] | None, ...]] = {
            "category": (self.main, self.names.paged["category"] - self.main),
            "region": (self.names.paged["region"],),
        }
        found = {
            d: by_code(table, d, self.names, nation, groups.get(d, (None,)))
            for d in ("platform", "region", "category", "cluster")
        }
        return {"nation": (year, whole), **found}

    @cached_property
    def complaint_year(self) -> Text | None:
        """The newest year in which orders were filed, in words, with how far they go: "2026 up to June" where
        the newest month is not December, else "2025", up to the last day of the data where the year has not
        ended with it. None where no orders were filed."""
        found = newest_year(self.night.frame(COMPLAINTS), self.night.data_date)
        return None if found is None else found[1]

    def complaint(self, dimension: str, code: str) -> tuple[Text | None, ComplaintLine | None]:
        """Return (the newest year with complaint rates, in words; the unit's line in it). Both are None where
        no orders were filed, the line alone where the unit has none. KeyError for a dimension other than
        nation, platform, region, category and cluster."""
        year, found = self._complaints[dimension]
        return year, found[code][0] if code in found else None

    def complaints_compared(self, dimension: str, code: str) -> int:
        """Return how many units of the unit's group (`peers`) have enough orders to be compared, the unit
        itself included if it has. KeyError where the unit has no line (`complaint`)."""
        return self._complaints[dimension][1][code][1]

    def peers(self, dimension: str, code: str) -> set[str] | None:
        """Return the codes of the units that a unit is ranked among: for a main category all main ones, for
        another category all others, for a region the provinces; None for other dimensions, where all units
        are ranked together."""
        if dimension == "category":
            return self.main if self.is_main(code) else self.names.paged["category"] - self.main
        return self.names.paged["region"] if dimension == "region" else None

    @cached_property
    def main(self) -> set[str]:
        """Codes of main categories: those without a parent, and those that the reference lacks."""
        categories = self.night.frame("silver.product_category")
        return self.names.paged["category"] - set(
            categories.loc[categories["parent_code"].notna(), "category_code"]
        )

    def is_main(self, category: str) -> bool:
        """Return whether a category code is a main category, or `unknown`."""
        return category in self.main or category == "unknown"

    @property
    def levels(self) -> list[tuple[Text | None, list[str]]]:
        """Levels of categories that have pages, each as (name, codes sorted): the main categories, then the
        others."""
        finer = sorted(self.names.paged["category"] - self.main)
        return [
            (Text("一级品类", "Main categories"), sorted(self.main)),
            (Text("二级品类", "Finer categories"), finer),
        ]

    def finer(self, category: str) -> list[str]:
        """Return the codes of the categories directly below ``category``, sorted; an empty list where there
        are none."""
        categories = self.night.frame("silver.product_category")
        return sorted(categories.loc[categories["parent_code"] == category, "category_code"])

    @cached_property
    def index_period(self) -> tuple[str, date] | None:
        """The period in which all pages show the quality index, (kind, first day): the newest quarter for
        which the nation's is published, else year, else month; None where it never is."""
        return newest_index(self.rows(INDEX, "nation", NATION_CODE))

    @cached_property
    def pillars(self) -> list[str]:
        """Codes of the pillars of the index, the one with the largest stated weight first."""
        rows = [r for r in self.about("silver.index_weight", "item").values() if r["kind"] == "pillar"]
        return [r["item"] for r in sorted(rows, key=lambda r: (-float(r["weight"]), r["item"]))]

    def pillar(self, code: str) -> Text:
        """Return the name of a pillar of the index by its code; the code itself where silver.index_weight
        lacks it."""
        row = self.about("silver.index_weight", "item").get(code)
        return same(code) if row is None else Text(row["name_zh"], row["name_en"])

    def indicator(self, code: str) -> Text:
        """Return the name of an indicator of the index by its code; the code itself where silver.goalpost
        lacks it."""
        row = self.about("silver.goalpost", "indicator").get(code)
        return same(code) if row is None else Text(row["name_zh"], row["name_en"])

    def index_group(self, dimension: str, code: str) -> tuple[str, bool]:
        """Return the group of units in which a unit has its tier and rank by the index, to be compared with
        that of others: (its dimension, whether it is a category that is no main one)."""
        return dimension, dimension == "category" and not self.is_main(code)

    def index_ranked(self, dimension: str, code: str, period: tuple[str, date] | None) -> int:
        """Return how many units of a unit's group (`index_group`) have a tier (units whose indexes cannot be
        distinguished) in ``period``, (kind, first day); 0 where it is None."""
        return 0 if period is None else self._index_ranked[(*self.index_group(dimension, code), *period)]

    @cached_property
    def _index_ranked(self) -> Counter[tuple[Any, ...]]:
        """(group, period) → how many units have a tier."""
        frame = self.night.frame(INDEX)
        tiered = frame.loc[frame["tier"].notna(), [*UNIT, "period_type", "period_start"]]
        return Counter(
            (*self.index_group(dimension, code), kind, start)
            for dimension, code, kind, start in tiered.itertuples(index=False)
        )

    def about(self, table: str, key: str) -> dict[str, dict[str, Any]]:
        """Return the rows of a table by code: code → row as a dict by column. ``table``: its id, such as
        silver.region; ``key``: the column with the code. Where a code is repeated, its last row is taken.
        KeyError for a table that the night has not read. The result is kept for all pages: do not change it.
        """
        kept: dict[tuple[str, str], dict[str, dict[str, Any]]] = self.__dict__.setdefault("_about", {})
        if (table, key) not in kept:
            kept[table, key] = {r[key]: r for r in dicts(self.night.frame(table))}
        return kept[table, key]

    def place(self, region: Any) -> Text | None:
        """Return a region's name after those of the regions above it: 浙江省金华市永康市, in English the
        other way round, "Yongkang City, Jinhua City, Zhejiang". ``region``: its code; None where that is
        missing, the code itself in both languages where silver.region lacks it."""
        if missing(region):
            return None
        places: dict[str, Text] = self.__dict__.setdefault("_places", {})
        if region not in places:
            places[region] = self._placed(region)
        return places[region]

    def _placed(self, region: str) -> Text:
        known = self.about("silver.region", "region_code")
        return placed(known, region, lambda code: self.names.of("region", code).en)

    def groups(
        self, table: str, *columns: str, period: tuple[str, date | None] = ("", None)
    ) -> dict[Any, list[dict[str, Any]]]:
        """Return the rows of a table as dicts, in the table's order, grouped by the value of one column, or
        by the tuple of values of several. A value without rows is no key of the result. ``period``:
        (period_type, period_start) of the rows wanted; '' and None mean any. The result is kept for all
        pages: do not change it."""
        kept: dict[Any, dict[Any, list[dict[str, Any]]]] = self.__dict__.setdefault("_groups", {})
        if (table, columns, period) not in kept:
            frame, (kind, start) = self.night.frame(table), period
            frame = frame[frame["period_type"] == kind] if kind else frame
            frame = frame if start is None else frame[frame["period_start"] == start]
            found = kept.setdefault((table, columns, period), {})
            for row in dicts(frame):
                key = row[columns[0]] if len(columns) == 1 else tuple(row[c] for c in columns)
                found.setdefault(key, []).append(row)
        return kept[table, columns, period]

    def rows(self, table: str, dimension: str, code: str) -> pd.DataFrame:
        """Return a unit's rows of a table that has the columns dimension_type and dimension_code, in the
        table's order; an empty frame where it has none."""
        return self.rows_by(table, UNIT, (dimension, code))

    def rows_by(self, table: str, columns: tuple[str, ...], values: tuple[str, ...]) -> pd.DataFrame:
        """Return the rows of a table in which each of ``columns`` has the value at the same place of
        ``values``, in the table's order. An empty frame where none has."""
        return self.night.frame(table).iloc[self.places(table, columns, values)]

    def places(self, table: str, columns: tuple[str, ...], values: tuple[str, ...]) -> list[int]:
        """Return the positions of the rows that `rows_by` returns. They are kept, so that thousands of pages
        do not search the table again: do not change them."""
        kept: dict[Any, dict[tuple[Any, ...], list[int]]] = self.__dict__.setdefault("_positions", {})
        if (table, columns) not in kept:
            frame, found = self.night.frame(table), kept.setdefault((table, columns), {})
            for position, key in enumerate(zip(*(frame[c] for c in columns), strict=True)):
                found.setdefault(key, []).append(position)
        return kept[table, columns].get(values, [])


def placed(regions: Mapping[str, Mapping[str, Any]], region: str, english: Callable[[str], str]) -> Text:
    """Return a region's name after those of the regions above it, as `Gathered.place` does. ``regions``: rows
    of silver.region by code; ``region``: its code, which is returned where it is none of them; ``english``: a
    function that returns the English name of a code."""
    zh, en, last, code = "", list[str](), "", region
    chain = list[Mapping[str, Any]]()
    while not missing(code) and code in regions and len(chain) < 4:
        chain.append(regions[code])
        code = regions[code]["parent_code"]
    for row in reversed(chain):
        full = row["region_code"] if missing(row["name_zh"]) else row["name_zh"]
        part = full.removeprefix(zh)  # some divisions carry the name of their province
        if part in COLLECTIVE and row is not chain[0]:
            continue  # the districts of a municipality together
        once = said_once(part, last)
        zh, last = zh + part if once is None else zh.removesuffix(last) + once, part
        en.insert(0, english(row["region_code"]))
    return Text(zh, ", ".join(en)) if chain else same(str(region))


def gather(night: Night) -> Gathered:
    """Return the night with its look-ups. ``night``: as `jobs.reports.reading.read_night` returns it."""
    rates = Rates(night.frame(RATES), night.date, night.data_date)
    return Gathered(night, names(night, rates.codes), rates, read_file_ledger(night))

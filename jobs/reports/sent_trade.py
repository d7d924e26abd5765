"""Trade that has left the house, in packages of the authority of commerce and in bundles
(definitions.md#confidential): what was shown of a period keeps the figure with which it first left, what
was withheld of it stays withheld. Else two packages, or a package and a bundle, would together give back a
cell or what one platform filed late."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from jobs.lake.tables import Lake

SHOWN, COMMERCE = "ops.trade_shown", "commerce"
PACKAGE, BUNDLE = "package", "bundle"
# Kinds of its files, by the columns of their keys, and what is frozen of them.
TABLE, TRADE, CONCENTRATION = "commerce_table", "unit_trade", "trade_concentration"
KEYS = {
    TABLE: ("month", "region_code", "category_code"),
    TRADE: ("period_type", "period_start", "dimension_type", "dimension_code"),
    CONCENTRATION: ("month", "dimension_type", "dimension_code"),
}
FIGURES = {
    TABLE: ("n_enterprises", "n_orders", "units_sold"),
    TRADE: ("n_orders",),
    CONCENTRATION: ("leading_share",),
}
DAYS = ("month", "period_start")
PERIOD = {TABLE: 1, TRADE: 2, CONCENTRATION: 1}  # how many of the key's columns name the period
UNITS = ("nation", "platform", "region", "category")  # of TRADE
SIZE = {"month": 1, "quarter": 3, "year": 12}
Key = tuple[str, ...]
Figures = Mapping[str, Any]


@dataclass(frozen=True)
class Left:
    """What has left of one kind. ``first``: key → the figures with which it first left; ``closed``: periods
    of which nothing more may leave than that."""

    first: Mapping[Key, Figures] = field(default_factory=dict)
    closed: Collection[Key] = frozenset()


@dataclass(frozen=True)
class Register:
    """Rows of ops.trade_shown by kind, as key → figures, the earliest first. ``bundles``: of units, with no
    figures where the bundle withheld them."""

    packages: Mapping[str, Mapping[Key, Figures]]
    bundles: Mapping[Key, Figures]

    def of_packages(self) -> dict[str, Left]:
        """By kind what packages showed."""
        return {kind: Left(rows, self._closed(kind)) for kind, rows in self.packages.items()}

    def before(self, units: pd.DataFrame) -> dict[str, Left]:
        """By kind what packages and bundles showed, for the next package.

        ``units``: gold.commerce_confidential. A period that a bundle showed before any package did is closed
        unless the night is that bundle's: the same units are free and have the same orders. Of the table of
        such a month nothing has left, and nothing will.
        """
        odd = self._at_odds(units)
        shown = {key: figures for key, figures in self.bundles.items() if figures}
        found = {
            kind: Left(rows, self._closed(kind) | {period[1:] for period in odd if period[0] == "month"})
            for kind, rows in self.packages.items()
        }
        return found | {TRADE: Left(shown | {**self.packages[TRADE]}, self._closed(TRADE) | odd)}

    def _closed(self, kind: str) -> set[Key]:
        periods = {key[: PERIOD[kind]] for key in self.packages[kind]}
        if kind == TRADE:  # one package holds a month's table and its units, or it withheld all of them
            periods |= {("month", month) for (month, *_) in self.packages[TABLE]}
        return periods

    def _at_odds(self, units: pd.DataFrame) -> set[Key]:
        """Periods of bundles alone that the night has otherwise."""
        closed = self._closed(TRADE)
        alone = {key: f for key, f in self.bundles.items() if key[:2] not in closed}
        free = units["confidential"].eq(False) & units["dimension_type"].isin(UNITS)
        orders = units["n_orders"].where(free)
        tonight = dict(zip(keys_of(units, TRADE), orders, strict=True)) if alone else {}
        odd: set[Key] = set()
        for key, figures in alone.items():
            now = tonight.get(key)
            there = (
                0 if now is None or pd.isna(now) else int(now)
            )  # of what is withheld tonight or has no orders
            if there != (figures["n_orders"] if figures else 0):
                odd.add(key[:2])
        return odd


def register(lake: Lake) -> Register:
    """What has left by the lake's ops.trade_shown."""
    packages: dict[str, dict[Key, Figures]] = {kind: {} for kind in KEYS}
    bundles: dict[Key, Figures] = {}
    if lake.exists(SHOWN):
        rows = lake.frame(SHOWN).sort_values(["shown_at", "kind", "key"], kind="stable")
        for row in rows.itertuples():
            into = packages[row.kind] if row.channel == PACKAGE else bundles
            into.setdefault(tuple(json.loads(row.key)), json.loads(row.figures))
    return Register(packages, bundles)


def keys_of(rows: pd.DataFrame, kind: str) -> list[Key]:
    """The key of each row, days as ISO texts."""
    columns = [
        [str(value)[:10] if name in DAYS else str(value) for value in rows[name]] for name in KEYS[kind]
    ]
    return list(zip(*columns, strict=True))


def withheld_before(rows: pd.DataFrame, kind: str, left: Left) -> np.ndarray:
    """Of rows with the columns of KEYS, those of a closed period that did not leave with it. A unit is
    withheld for whole years: with it go all rows of its year."""
    keys, size = keys_of(rows, kind), PERIOD[kind]
    secret = np.array([key[:size] in left.closed and key not in left.first for key in keys], dtype=bool)
    if kind != TRADE:
        return secret
    places = [(key[1][:4], *key[2:]) for key in keys]
    years = {place for place, hidden in zip(places, secret, strict=True) if hidden}
    return np.array([place in years and place[1] in UNITS for place in places], dtype=bool)


def as_first_shown(rows: pd.DataFrame, kind: str, left: Left) -> pd.DataFrame:
    """Rows with the figures with which they first left."""
    first = [left.first.get(key, {}) for key in keys_of(rows, kind)]
    return rows.assign(
        **{
            name: pd.Series(
                [figures.get(name, value) for figures, value in zip(first, rows[name], strict=True)],
                rows.index,
                dtype=rows[name].dtype,
            )
            for name in FIGURES[kind]
        }
    )


def summed(rows: pd.DataFrame, left: Left) -> pd.DataFrame:
    """Rows of TRADE of all periods, of which quarters and years that have not left are the sums of their
    months as first shown: what a month has gained since would be their difference."""
    keys = keys_of(rows, TRADE)
    now = dict(zip(keys, rows["n_orders"], strict=True))
    orders = [
        value if key[0] == "month" or key in left.first else sum(_months(key, left.first, now))
        for key, value in now.items()
    ]
    return rows.assign(n_orders=pd.Series(orders, rows.index, dtype=rows["n_orders"].dtype))


def _months(key: Key, first: Mapping[Key, Figures], now: Mapping[Key, Any]) -> Iterable[int]:
    begin = pd.Period(key[1][:7], "M")
    for month in range(SIZE[key[0]]):
        part = ("month", f"{begin + month}-01", *key[2:])
        yield int(first[part]["n_orders"] if part in first else now.get(part, 0))


def kept_withheld(flags: pd.DataFrame, lake: Lake) -> pd.DataFrame:
    """Rows of gold.commerce_confidential with ``confidential`` true of what packages withheld."""
    left = register(lake).of_packages()[TRADE] if len(flags) else Left()
    if not left.closed:
        return flags
    hidden = withheld_before(flags, TRADE, left)
    return flags.assign(confidential=flags["confidential"].mask(hidden, True))


def without_withheld(cells: pd.DataFrame, lake: Lake) -> pd.DataFrame:
    """Rows of gold.commerce_table without the figures of cells that packages withheld."""
    left = register(lake).of_packages()[TABLE] if len(cells) else Left()
    if not left.closed:
        return cells
    hidden = withheld_before(cells, TABLE, left)
    values = {name: cells[name].mask(hidden) for name in cells if name not in (*KEYS[TABLE], "suppressed")}
    return cells.assign(suppressed=cells["suppressed"].mask(hidden, True), **values)


def orders_shown(lake: Lake) -> pd.DataFrame:
    """Orders of units as packages first showed them: the columns of KEYS, period_start as a day, n_orders."""
    return _orders(register(lake).packages[TRADE])


def orders_in_bundles(lake: Lake) -> pd.DataFrame:
    """Orders of units as bundles first showed them, also of those whose folder is gone: the columns of KEYS,
    period_start as a day, n_orders (null where withheld), confidential."""
    table = _orders(register(lake).bundles)
    return table.assign(confidential=table["n_orders"].isna())


def _orders(shown: Mapping[Key, Figures]) -> pd.DataFrame:
    rows = [[*key, figures.get("n_orders")] for key, figures in shown.items()]
    table = pd.DataFrame(rows, columns=[*KEYS[TRADE], "n_orders"])
    days = [pd.Timestamp(day).date() for day in table["period_start"]]
    return table.assign(period_start=pd.Series(days, table.index, dtype=object))

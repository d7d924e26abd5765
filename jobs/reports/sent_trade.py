"""Reads ops.trade_shown, the register of the figures of trade that were shown before, and applies it to new
tables (definitions.md#confidential). They are shown in packages (files for the authority of commerce, in its
outbox) and in bundles (files that are published).

A figure that was shown once is repeated unchanged, or withheld once its unit is withheld for that year;
a figure that was withheld once stays withheld. Otherwise the difference of two packages, or of a package and
a bundle, would give a withheld cell or the orders that one platform filed late. `jobs.reports.noted_trade`
writes the register.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from jobs.lake.tables import Lake

# The register, and the folder of the authority of commerce in the outbox.
SHOWN, COMMERCE = "ops.trade_shown", "commerce"
# Values of the register's column ``channel``.
PACKAGE, BUNDLE = "package", "bundle"
# Kinds of tables of trade. KEYS: columns that identify a row; FIGURES: columns that stay as first shown.
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
class ShownBefore:
    """What packages or bundles have already shown of one kind of table (TABLE, TRADE or CONCENTRATION).
    ``first``: key of a row → the figures with which it was first shown; ``closed``: periods of which nothing
    may be shown besides ``first``, each as the first columns of the key (PERIOD says how many)."""

    first: Mapping[Key, Figures] = field(default_factory=dict)
    closed: Collection[Key] = frozenset()


@dataclass(frozen=True)
class Register:
    """The rows of ops.trade_shown as key → figures, in the order in which they were shown; the first row of a
    key counts. ``packages``: one such mapping for each kind in KEYS; ``bundles``: of kind TRADE; its figures
    are empty for units whose orders the bundle withheld."""

    packages: Mapping[str, Mapping[Key, Figures]]
    bundles: Mapping[Key, Figures]

    def of_packages(self) -> dict[str, ShownBefore]:
        """Return what packages have shown: kind (a key of KEYS) → `ShownBefore`. A period is closed if a
        package showed any row of it."""
        return {kind: ShownBefore(rows, self._closed(kind)) for kind, rows in self.packages.items()}

    def before(self, units: pd.DataFrame) -> dict[str, ShownBefore]:
        """Return what the next package must keep to: kind → `ShownBefore`, from packages and, for units'
        orders (TRADE), from bundles too.

        ``units``: rows of gold.commerce_confidential of the night. Periods that a package showed are closed.
        A period that only bundles showed is closed where the night differs from the bundle: some unit has
        other orders, or is free in one and withheld in the other. For a month that is closed for this reason,
        no table by region and category and no concentration is ever sent.
        """
        differing = self._at_odds(units)
        given = {key: figures for key, figures in self.bundles.items() if figures}
        found = {
            kind: ShownBefore(rows, self._closed(kind) | {p[1:] for p in differing if p[0] == "month"})
            for kind, rows in self.packages.items()
        }
        return found | {TRADE: ShownBefore(given | {**self.packages[TRADE]}, self._closed(TRADE) | differing)}

    def _closed(self, kind: str) -> set[Key]:
        """Return the periods of one kind of which a package showed any row. For TRADE these are also the
        months of the tables that packages held: such a package held the month's units too, or it withheld all
        of them."""
        periods = {key[: PERIOD[kind]] for key in self.packages[kind]}
        if kind == TRADE:  # one package holds a month's table and its units, or it withheld all of them
            periods |= {("month", month) for (month, *_) in self.packages[TABLE]}
        return periods

    def _at_odds(self, units: pd.DataFrame) -> set[Key]:
        """Return the periods (type and first day) that bundles showed and no package did, and of which the
        night's free orders differ from the bundles'. Withheld orders and missing ones count as 0."""
        closed = self._closed(TRADE)
        alone = {key: f for key, f in self.bundles.items() if key[:2] not in closed}
        free = units["confidential"].eq(False) & units["dimension_type"].isin(UNITS)
        orders = units["n_orders"].where(free)
        tonight = dict(zip(keys_of(units, TRADE), orders, strict=True)) if alone else {}
        differing: set[Key] = set()
        for key, figures in alone.items():
            now = tonight.get(key)
            there = (
                0 if now is None or pd.isna(now) else int(now)
            )  # of what is withheld tonight or has no orders
            if there != (figures["n_orders"] if figures else 0):
                differing.add(key[:2])
        return differing


def register(lake: Lake) -> Register:
    """Read the register from ops.trade_shown; without that table nothing has been shown. Rows that are not
    yet confirmed (`noted_trade`) count as shown. Of several figures of one key those that were shown first
    count, also where a package or bundle withheld them."""
    packages: dict[str, dict[Key, Figures]] = {kind: {} for kind in KEYS}
    bundles: dict[Key, Figures] = {}
    if lake.exists(SHOWN):
        rows = lake.frame(SHOWN).sort_values(["shown_at", "kind", "key"], kind="stable")
        for row in rows.itertuples():
            into = packages[row.kind] if row.channel == PACKAGE else bundles
            into.setdefault(tuple(json.loads(row.key)), json.loads(row.figures))
    return Register(packages, bundles)


def keys_of(rows: pd.DataFrame, kind: str) -> list[Key]:
    """Return the key of each row: the values of the columns that KEYS names for the kind, as texts, days as
    yyyy-mm-dd."""
    columns = [
        [str(value)[:10] if name in DAYS else str(value) for value in rows[name]] for name in KEYS[kind]
    ]
    return list(zip(*columns, strict=True))


def withheld_before(rows: pd.DataFrame, kind: str, shown: ShownBefore) -> np.ndarray:
    """Return for each row whether it must be withheld: its period is closed and it was not shown with it.

    ``rows``: with the columns of KEYS for ``kind``, of TRADE all periods of the year, as a period that is not
    among them marks no other; ``shown``: what was shown of that kind. Returns an array of booleans, one per
    row. For TRADE, a unit that must be withheld in one period is withheld in all rows of that calendar year,
    those shown before included, as its other periods would give the withheld one by subtraction; units of
    other dimensions than UNITS are never marked.
    """
    keys, size = keys_of(rows, kind), PERIOD[kind]
    secret = np.array([key[:size] in shown.closed and key not in shown.first for key in keys], dtype=bool)
    if kind != TRADE:
        return secret
    places = [(key[1][:4], *key[2:]) for key in keys]
    years = {place for place, hidden in zip(places, secret, strict=True) if hidden}
    return np.array([place in years and place[1] in UNITS for place in places], dtype=bool)


def as_first_shown(rows: pd.DataFrame, kind: str, shown: ShownBefore) -> pd.DataFrame:
    """Return a copy of ``rows`` with the figures (columns of FIGURES for ``kind``) replaced by those with
    which they were first shown. ``rows``: also with the columns of KEYS for ``kind``, by which they are found
    in ``shown``; rows that are not there keep theirs. ``kind``: TABLE, TRADE or CONCENTRATION; KeyError for
    another."""
    first = [shown.first.get(key, {}) for key in keys_of(rows, kind)]
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


def summed(rows: pd.DataFrame, shown: ShownBefore) -> pd.DataFrame:
    """Return ``rows`` with n_orders of quarters and years that were not shown yet replaced by the sum of
    their months.

    ``rows``: of kind TRADE, all periods, one row per key. Each month counts as it was first shown, else as it
    is in ``rows``, else 0. Without this the difference between a quarter and its months would be the orders
    that were filed late.
    """
    keys = keys_of(rows, TRADE)
    now = dict(zip(keys, rows["n_orders"], strict=True))
    orders = [
        value if key[0] == "month" or key in shown.first else sum(_months(key, shown.first, now))
        for key, value in now.items()
    ]
    return rows.assign(n_orders=pd.Series(orders, rows.index, dtype=rows["n_orders"].dtype))


def _months(key: Key, first: Mapping[Key, Figures], now: Mapping[Key, Any]) -> Iterable[int]:
    """Yield the orders of each month of a quarter or year (``key``): as first shown, else the night's, else
    0."""
    begin = pd.Period(key[1][:7], "M")
    for month in range(SIZE[key[0]]):
        part = ("month", f"{begin + month}-01", *key[2:])
        yield int(first[part]["n_orders"] if part in first else now.get(part, 0))


def kept_withheld(flags: pd.DataFrame, lake: Lake) -> pd.DataFrame:
    """Return rows of gold.commerce_confidential (one per period and unit) with ``confidential`` set to true
    where packages withheld the unit's orders (`withheld_by_packages`). ``flags``: these rows; ``lake``: with
    the register."""
    return flags.assign(confidential=flags["confidential"].mask(withheld_by_packages(flags, lake), True))


def withheld_by_packages(units: pd.DataFrame, lake: Lake) -> np.ndarray:
    """Return for each row of ``units`` whether packages withheld the unit's orders (`withheld_before`): an
    array of booleans. ``units``: with the columns of KEYS for TRADE; ``lake``: with the register."""
    shown = register(lake).of_packages()[TRADE] if len(units) else ShownBefore()
    if not shown.closed:
        return np.zeros(len(units), dtype=bool)
    return withheld_before(units, TRADE, shown)


def without_withheld(cells: pd.DataFrame, lake: Lake) -> pd.DataFrame:
    """Return rows of gold.commerce_table (one per month, region and category) with ``suppressed`` true and
    all figures missing in cells that packages withheld. ``cells``: these rows; ``lake``: with the
    register."""
    shown = register(lake).of_packages()[TABLE] if len(cells) else ShownBefore()
    if not shown.closed:
        return cells
    hidden = withheld_before(cells, TABLE, shown)
    values = {name: cells[name].mask(hidden) for name in cells if name not in (*KEYS[TABLE], "suppressed")}
    return cells.assign(suppressed=cells["suppressed"].mask(hidden, True), **values)


def orders_shown(lake: Lake) -> pd.DataFrame:
    """Return the orders of units as packages first showed them, one row per period and unit: period_type,
    period_start (a date), dimension_type, dimension_code, n_orders."""
    return _orders(register(lake).packages[TRADE])


def orders_in_bundles(lake: Lake) -> pd.DataFrame:
    """Return the orders of units as bundles first showed them, one row per period and unit: period_type,
    period_start (a date), dimension_type, dimension_code, n_orders (missing where withheld), confidential.
    Bundles whose folder was removed are included."""
    table = _orders(register(lake).bundles)
    return table.assign(confidential=table["n_orders"].isna())


def _orders(shown: Mapping[Key, Figures]) -> pd.DataFrame:
    rows = [[*key, figures.get("n_orders")] for key, figures in shown.items()]
    table = pd.DataFrame(rows, columns=[*KEYS[TRADE], "n_orders"])
    days = [pd.Timestamp(day).date() for day in table["period_start"]]
    return table.assign(period_start=pd.Series(days, table.index, dtype=object))

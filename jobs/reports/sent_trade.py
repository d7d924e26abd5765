"""Trade that packages of the authority of commerce have shown (definitions.md#confidential): what the last
one withheld stays withheld, in the next package as on the pages of a later night, else the two together would
give a cell back."""

from __future__ import annotations

import json
from collections.abc import Collection

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from jobs.lake.tables import Lake

LOG, COMMERCE = "ops.export_log", "commerce"
# Kinds of its files, by the columns of their keys.
TABLE, TRADE = "commerce_table", "unit_trade"
KEYS = {
    TABLE: ("month", "region_code", "category_code"),
    TRADE: ("period_type", "period_start", "dimension_type", "dimension_code"),
}
DAYS = ("month", "period_start")
PERIOD = {TABLE: 1, TRADE: 2}  # how many of these name the period
UNITS = ("nation", "platform", "region", "category")  # of TRADE
Key = tuple[str, ...]


def shown_last(lake: Lake, kind: str) -> set[Key]:
    """Keys of the rows of the newest package that held any of a kind."""
    if not lake.exists(LOG) or not {"keys", "op"} <= set((log := lake.dataset(LOG)).schema.names):
        return set()
    mine = (pc.field("recipient") == COMMERCE) & (pc.field("kind") == kind)
    mine &= (pc.field("rows") > 0) & (pc.field("op") != "withdraw")
    packages = log.to_table(columns=["manifest_id", "sent_at"], filter=mine).to_pylist()
    newest = max(packages, key=lambda package: package["sent_at"], default=None)
    if newest is None:
        return set()
    own = mine & (pc.field("manifest_id") == newest["manifest_id"])
    rows = log.to_table(columns=["keys"], filter=own)["keys"].to_pylist()
    return {tuple(json.loads(key)) for keys in rows for key in keys or ()}


def withheld_before(rows: pd.DataFrame, kind: str, before: Collection[Key]) -> np.ndarray:
    """Of rows with the columns of KEYS, those that the package with the keys ``before`` withheld: of a period
    that it had, without the row. A unit is withheld for whole years: with it go all rows of its year."""
    columns = [
        [str(value)[:10] if name in DAYS else str(value) for value in rows[name]] for name in KEYS[kind]
    ]
    keys = list(zip(*columns, strict=True))
    size, known = PERIOD[kind], set(before)
    periods = {key[:size] for key in known}
    secret = np.array([key[:size] in periods and key not in known for key in keys], dtype=bool)
    if kind == TABLE:
        return secret
    places = [(key[1][:4], *key[2:]) for key in keys]
    years = {place for place, hidden in zip(places, secret, strict=True) if hidden}
    return np.array([place in years and place[1] in UNITS for place in places], dtype=bool)


def kept_withheld(flags: pd.DataFrame, lake: Lake) -> pd.DataFrame:
    """Rows of gold.commerce_confidential with ``confidential`` true of what the last package withheld."""
    before = shown_last(lake, TRADE) if len(flags) else set()
    if not before:
        return flags
    hidden = withheld_before(flags, TRADE, before)
    return flags.assign(confidential=flags["confidential"].mask(hidden, True))


def without_withheld(cells: pd.DataFrame, lake: Lake) -> pd.DataFrame:
    """Rows of gold.commerce_table without the figures of cells that the last package withheld."""
    before = shown_last(lake, TABLE) if len(cells) else set()
    if not before:
        return cells
    hidden = withheld_before(cells, TABLE, before)
    values = {name: cells[name].mask(hidden) for name in cells if name not in (*KEYS[TABLE], "suppressed")}
    return cells.assign(suppressed=cells["suppressed"].mask(hidden, True), **values)

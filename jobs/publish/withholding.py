"""Of which units a bundle withholds the orders, so that it gives nothing back together with the bundles
before it (definitions.md#public). `flags_for` reads the night, `note_orders` writes; the rest is pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

from jobs.lake.night import Snapshot
from jobs.lake.tables import Lake
from jobs.marts.dimensions import Hierarchy, hierarchies
from jobs.marts.overview.commerce_cells import CELL, EVERY_CATEGORY, TABLE, withheld
from jobs.marts.overview.commerce_confidential import by_period
from jobs.reports import sent_trade
from jobs.reports.confidential import KEY, flags_of
from jobs.reports.nation import of_nation
from jobs.reports.noted_trade import note

CONCENTRATION = "gold.commerce_concentration"
UNIT_YEAR = ["year", "dimension_type", "dimension_code"]


def flags_for(snapshot: Snapshot, earlier: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """KEY and confidential of all units and periods, for one more bundle.

    ``earlier``: the tables of complaints (KEY, confidential) of every bundle that ever left the house, in any
    revision, withdrawn ones too. Without the tables that say what is confidential nothing is free.
    """
    flags = flags_of(snapshot)
    before = _years(earlier)
    if flags.empty or before.empty:
        return flags
    if not _at_odds(flags, before):
        return flags
    concentration = snapshot.frame(CONCENTRATION).drop(columns="_month", errors="ignore")
    names = ("region", "product_category", "industrial_cluster")
    own = {n: snapshot.frame(f"silver.{n}", where=of_nation(snapshot, f"silver.{n}")) for n in names}
    trees = hierarchies(region=own["region"], product_category=own["product_category"])
    return solved(concentration, trees, own["industrial_cluster"], before)


def note_orders(lake: Lake, complaints: pa.Table, shown_in: str) -> None:
    """Write down in ops.trade_shown which orders a bundle with this table of complaints is the first to show,
    and of which units it withholds them: packages of the authority of commerce follow it (`sent_trade`).
    ``shown_in``: a revision that is about to be written."""
    rows = complaints.to_pandas(date_as_object=True)
    rows = rows[rows["dimension_type"].isin(sent_trade.UNITS)]
    rows = rows.assign(n_orders=rows["n_orders"].mask(rows["confidential"].ne(False)))
    known = {(sent_trade.TRADE, key) for key in sent_trade.register(lake).bundles}
    note(lake, sent_trade.BUNDLE, shown_in, [(sent_trade.TRADE, rows)], known)


def solved(
    concentration: pd.DataFrame,
    trees: Mapping[str, Hierarchy],
    industrial_cluster: pd.DataFrame,
    earlier: pd.DataFrame,
) -> pd.DataFrame:
    """The suppression of all trade anew, with what earlier bundles withheld as further cells to protect.

    ``earlier``: KEY, confidential. A unit that was withheld in any period of a year stays so in all of that
    year: it is free in none, else the months that are shown and their quarter would give the one that was
    withheld. What was shown is known and protects nothing, so that others are withheld before it; where no
    others suffice, nothing at all is free. Returns KEY and confidential as gold.commerce_confidential has
    them.
    """
    before = _years([earlier])
    rows = concentration.reset_index(drop=True)
    at = pd.MultiIndex.from_frame(_of_year(rows, "month"))
    units = rows["category_code"].eq(EVERY_CATEGORY) & rows["dimension_type"].ne(TABLE)
    secret = before.loc[before["confidential"], UNIT_YEAR]
    besides = at.isin(pd.MultiIndex.from_frame(secret)) & units.to_numpy(bool)
    months = before.loc[~before["confidential"] & before["period_type"].eq("month")]
    seen = pd.MultiIndex.from_frame(months[["period_start", "dimension_type", "dimension_code"]])
    known = pd.MultiIndex.from_frame(rows[CELL[:3]]).isin(seen) & units.to_numpy(bool)
    found = withheld(rows, trees, industrial_cluster, besides=besides, known=known)
    by = [_of_year(rows, "month")[name].to_numpy() for name in UNIT_YEAR] + [rows["category_code"].to_numpy()]
    hidden = pd.Series(found | besides).groupby(by).transform("any").to_numpy(bool)
    table = by_period(rows.assign(confidential=hidden | bool((found & known).any())))
    table = table[table["dimension_type"].ne(TABLE)]  # of bundles no cells, only units
    starts = table["first"].to_numpy(np.int64).astype("datetime64[M]").astype("datetime64[D]").astype(object)
    return table.assign(period_start=starts)[[*KEY, "confidential"]]


def _at_odds(flags: pd.DataFrame, before: pd.DataFrame) -> bool:
    """Whether the night would show a unit in a year in which a bundle withheld it, or withhold what a bundle
    showed."""
    secret = flags["confidential"].ne(False)
    was = pd.MultiIndex.from_frame(before.loc[before["confidential"], UNIT_YEAR])
    shown = pd.MultiIndex.from_frame(before.loc[~before["confidential"], KEY])
    newly_free = pd.MultiIndex.from_frame(_of_year(flags[~secret], "period_start")).isin(was).any()
    return bool(newly_free or pd.MultiIndex.from_frame(flags.loc[secret, KEY]).isin(shown).any())


def _years(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """KEY, confidential and year of all rows of several tables."""
    given = [table[[*KEY, "confidential"]] for table in tables]
    rows = pd.concat(given) if given else pd.DataFrame(columns=[*KEY, "confidential"])
    rows = rows.assign(confidential=rows["confidential"].ne(False).astype(bool))
    return rows.assign(year=[day.year for day in rows["period_start"]])


def _of_year(rows: pd.DataFrame, day: str) -> pd.DataFrame:
    years = [d.year for d in rows[day]]
    return rows[["dimension_type", "dimension_code"]].assign(year=years)[UNIT_YEAR]

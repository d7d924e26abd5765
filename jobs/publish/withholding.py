"""Decides for which units (platforms, regions, categories …) a bundle withholds the numbers of orders, so
that no one can compute a withheld number from this bundle, earlier ones and the packages for the authority of
commerce (definitions.md#public).
`flags_for` reads the night's tables, `note_orders` writes to the lake; the rest is pure. KEY is period_type,
period_start, dimension_type, dimension_code: one unit in one period."""

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
from jobs.reports.confidential import KEY, flags_of_orders, with_lone_rates
from jobs.reports.nation import of_nation
from jobs.reports.noted_trade import note
from jobs.reports.sent_trade import withheld_by_packages

CONCENTRATION = "gold.commerce_concentration"
UNIT_YEAR = ["year", "dimension_type", "dimension_code"]  # one unit in one year


def flags_for(snapshot: Snapshot, earlier: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return for each unit and period whether the next bundle must withhold the unit's orders: one row per
    unit and period, those that may be shown included, with KEY and ``confidential`` (true: withhold).

    ``snapshot``: the night; ``earlier``: the tables of complaints (at least KEY and confidential) of all
    bundles ever published, in any revision, also withdrawn ones. The night's flags (`flags_of`) are returned
    unless they would show a unit in a year in which a bundle withheld it, or withhold what a bundle showed;
    then the suppression is computed anew (`solved`), and what packages withheld counts as withheld by a
    bundle. Where the night lacks the table that says what is confidential, the result is empty, and the
    caller withholds everything.
    """
    flags = flags_of_orders(snapshot)
    before = _rows_with_year(earlier)
    if flags.empty or before.empty or not _at_odds(flags, before):
        return with_lone_rates(flags, snapshot)
    in_packages = flags[withheld_by_packages(flags, snapshot.lake)].assign(confidential=True)
    before = _rows_with_year([before, in_packages])
    concentration = snapshot.frame(CONCENTRATION).drop(columns="_month", errors="ignore")
    names = ("region", "product_category", "industrial_cluster")
    own = {n: snapshot.frame(f"silver.{n}", where=of_nation(snapshot, f"silver.{n}")) for n in names}
    trees = hierarchies(region=own["region"], product_category=own["product_category"])
    return with_lone_rates(solved(concentration, trees, own["industrial_cluster"], before), snapshot)


def note_orders(lake: Lake, complaints: pa.Table, shown_in: str) -> None:
    """Append to ops.trade_shown the orders that a bundle is the first to publish; a unit whose orders the
    bundle withholds gets a row without a figure. Packages for the authority of commerce repeat these figures
    (`sent_trade`).

    ``complaints``: the bundle's table of complaint rates; ``shown_in``: its period and revision, as
    `2026-06/0`. Call it before the bundle's folder gets its final name (`noted_trade.note`).
    """
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
    """Compute anew which units' orders are withheld, with the units that were withheld earlier as further
    cells to protect (cell suppression, `jobs.methods.suppression`).

    ``concentration``: rows of gold.commerce_concentration; ``trees``: as returned by
    `dimensions.hierarchies`; ``industrial_cluster``: the silver table; ``earlier``: KEY and confidential of
    what bundles showed, and of what bundles and packages withheld. A unit that was withheld in any period of
    a year is withheld in all periods of that year: the other months and their quarter would give the withheld
    one by subtraction. What was shown once is known to all and protects nothing, so other units are withheld
    first; where no others suffice, everything is withheld.

    Returns one row per unit and period, with KEY and ``confidential`` as in gold.commerce_confidential.
    """
    before = _rows_with_year([earlier])
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


def _rows_with_year(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of all ``tables``, one after another, with KEY, confidential and the year of
    period_start; a missing ``confidential`` counts as true."""
    given = [table[[*KEY, "confidential"]] for table in tables]
    rows = pd.concat(given) if given else pd.DataFrame(columns=[*KEY, "confidential"])
    rows = rows.assign(confidential=rows["confidential"].ne(False).astype(bool))
    return rows.assign(year=[day.year for day in rows["period_start"]])


def _of_year(rows: pd.DataFrame, day: str) -> pd.DataFrame:
    """Return the columns UNIT_YEAR of ``rows``, with the year of the dates in column ``day``."""
    years = [d.year for d in rows[day]]
    return rows[["dimension_type", "dimension_code"]].assign(year=years)[UNIT_YEAR]

"""Which figures of trade may not be shown. They are taken out of tables where these are read, so that no
page, drawing, download, workbook or notebook has them.

Where gold.commerce_confidential marks the orders of a unit and period as confidential, the orders are
withheld, and with them rate, limits and score per order: the number of complaints is published, so that
complaints divided by the rate would give the orders. Classes of rates in place of them would bound the orders
too closely. Orders that are not known to be free are withheld.

The index of such a unit depends on the withheld score and is shown. Its other parts would give that score
back: the index is a known mean of the pillars, and each contribution, or part of a change, gives the index
with all its digits. So scores and contributions of all pillars of the unit, scores and estimates of all its
indicators, and the parts of its change are withheld with it; weights and coverage are not, and the index, its
change and what weak points cost have one decimal.

Weak points of the other indicators, with cost and gain, are listed. They give no more than their values and
counts do, from which anyone computes their scores by the published method. Who knows all of these and the
index to one decimal knows the score of the pillar of orders to some 0.3 points, but not how its three rates
share it, whose values and counts are all withheld: what the score per complaint can be stays 41 of 99 points
wide at least in the simulated country, so that no orders follow within 15%. That needs two of the three rates
with unknown scores at least. Of a unit with a single one (`with_lone_rates`), such as complaints alone, the
index and all that follows from it are withheld: it is not published, has no weak points and no change, and
the units of its kind have no rank in that period, as the one that is missing would place it between others.

Rates over orders of which a part is missing (of platforms that filed no reviews) have two digits and no
counts, as the orders less that denominator would be those of the missing part: a quotient of whole numbers,
such as 12 / 9,437, gives away both if it has all its digits. Pure.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow.dataset as ds

from jobs.lake.night import Snapshot
from jobs.methods.rounding import half_up_all
from jobs.reports.sent_trade import kept_withheld

# The table that says whose orders are confidential, and the columns that identify its rows.
FLAGS = "gold.commerce_confidential"
KEY = ["period_type", "period_start", "dimension_type", "dimension_code"]
INDICATORS = "gold.quality_index_indicator"
LONE = "lone_rate"  # column of flags: of the unit a single rate per order is scored
WITHHELD_INDEX = "confidential"  # the reason for which an index that is there is not published
COMPLAINTS = "quality_complaints"
PER_ORDER = (
    COMPLAINTS,
    "negative_reviews",
    "quality_returns",
)  # indicators of which orders are the denominator
PILLAR = "consumer_experience"  # made of them alone
SCORED = "estimate value_low value_high score estimate_mean estimate_precision".split()
MEASURED = ["value", "numerator", "denominator", *SCORED]
# Reports of units, with the kind of unit that they are of. The index is one of their items.
REPORTS = {f"gold.{kind}_report": kind for kind in ("region", "platform", "category", "cluster")}
# Tables of which something is withheld, and those that are not for print at all.
PARTLY = (
    *REPORTS,
    "gold.complaint_rate",
    "gold.quality_index",
    "gold.quality_index_change",
    "gold.quality_index_indicator",
    "gold.quality_index_pillar",
    "gold.risk_assessment",
    "gold.risk_count",
    "gold.sampling_proposal",
    "gold.weak_point",
)
WITHHELD = (
    "bronze.transaction",
    "gold.commerce_concentration",
    "gold.commerce_confidential",
    "gold.commerce_state",
    "gold.consumer_report",
    "gold.restricted_trade",
    "gold.sampling_frame",
    "gold.sampling_purchase",
    "gold.shop_trade",
    "gold.targeting_feature",
    "gold.targeting_prediction",
    "ops.ingest_file",
    "ops.reconciliation",
    "ops.table_metric",
    "silver.quarantine",
    "silver.transaction",
)


def flags_of(snapshot: Snapshot) -> pd.DataFrame:
    """Return which units' orders are confidential, as `flags_of_orders` does, with LONE (`with_lone_rates`).
    ``snapshot``: the night."""
    return with_lone_rates(flags_of_orders(snapshot), snapshot)


def with_lone_rates(flags: pd.DataFrame, snapshot: Snapshot) -> pd.DataFrame:
    """Return ``flags`` (KEY, confidential) with LONE: whether a single rate per order of the unit is scored
    in the period, so that its index gives that rate back. Units of which this holds and that ``flags`` does
    not name are added, as confidential. A unit that has LONE already keeps it. ``snapshot``: the night."""
    before = flags[LONE].astype(bool) if LONE in flags else pd.Series(False, flags.index, dtype=bool)
    if snapshot.version(INDICATORS) is None:
        return flags.assign(**{LONE: before})
    scored = ds.field("indicator").isin(PER_ORDER) & (ds.field("status") == "used")
    rates = snapshot.frame(INDICATORS, columns=KEY, where=scored).value_counts(subset=KEY)
    lone = set(rates.index[rates.eq(1)])
    found = flags.assign(**{LONE: before | _among(flags, lone)})
    unnamed = sorted(lone - set(flags[KEY].itertuples(index=False, name=None)))
    if not unnamed:
        return found
    more = pd.DataFrame(unnamed, columns=KEY).assign(confidential=True, **{LONE: True})
    return pd.concat([found, more], ignore_index=True) if len(found) else more


def flags_of_orders(snapshot: Snapshot) -> pd.DataFrame:
    """Return which units' orders are confidential: one row per period and unit with the columns KEY and
    ``confidential`` (true, or false where they may be shown). ``snapshot``: the night.

    Orders are confidential if gold.commerce_confidential says so, or if a package for the authority of
    commerce withheld them before. The result is empty where that table is absent: then no unit's orders may
    be shown.
    """
    columns = [*KEY, "confidential"]
    if snapshot.version(FLAGS) is None:
        return pd.DataFrame(columns=columns)
    return kept_withheld(snapshot.frame(FLAGS, columns=columns), snapshot.lake)


def shown(table: str, rows: pd.DataFrame, flags: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a gold table without what its readers may not see: a figure is set to missing or
    rounded, or the row is left out. ``table``: its id; tables that are not in PARTLY are returned unchanged;
    ``rows``: with the columns of KEY as far as the table has them, and the columns of figures.

    Where figures of a row are withheld, ``confidential`` is true in tables that have or get that column;
    gold.quality_index_indicator also gets ``scores_confidential``: the scores of the unit are withheld.

    ``flags``: as `flags_of` returns it. A unit that it does not name counts as confidential, except in
    gold.complaint_rate, whose rows state it themselves.
    """
    if table == "gold.complaint_rate":
        hidden = (~_column(rows, "confidential").eq(False) | _withheld(rows, flags)) & ~rows["n_orders"].eq(0)
        return _without(
            rows.assign(confidential=hidden), hidden, ["n_orders", "rate_per_10000", "low", "high"]
        )
    if table == "gold.quality_index_indicator":
        rows = rows.assign(denominator=rows.get("denominator", np.nan))  # an older version lacks it
        hidden = rows["indicator"].isin(PER_ORDER) & ~rows["denominator"].eq(0) & _confidential(rows, flags)
        unit = _of_units(rows, hidden & ~_column(rows, "status").eq("not_applicable"))
        rows = _of_fewer_orders(rows.assign(confidential=hidden, scores_confidential=unit), hidden)
        return _without(_without(rows, hidden, MEASURED), unit, SCORED)
    if table == "gold.quality_index_pillar":
        hidden = _confidential(rows, flags)
        hidden &= ~_of_units(rows, rows["pillar"].eq(PILLAR) & _column(rows, "weight").eq(0))
        return _without(rows.assign(confidential=hidden), hidden, ["score", "contribution"])
    if table == "gold.quality_index":
        rows = _to_digits(rows, _confidential(rows, flags), ["score", "low", "high"])
        return _without_index(rows, _lone(rows, flags))
    if table in REPORTS:
        own, index = rows.assign(dimension_type=REPORTS[table]), rows["item"].eq("quality_index")
        rows = _to_digits(rows, _confidential(own, flags) & index, ["value", "low", "high"])
        return _left(rows, ~(_lone(own, flags) & index))
    if table == "gold.quality_index_change":  # of both periods: from the one that is free follows the other
        before = rows.assign(period_start=rows["previous_start"])
        hidden = _confidential(rows, flags) | _confidential(before, flags)
        lone = _lone(rows, flags) | _lone(before, flags)
        rows = _without(_to_digits(rows.assign(confidential=hidden), hidden, ["change"]), hidden, ["points"])
        return _left(rows, ~lone)
    if table == "gold.weak_point":  # what it costs and gains is the score in other words
        own = rows["indicator"].isin(PER_ORDER) & _confidential(rows, flags)
        rows = rows[~(own | _lone(rows, flags))].reset_index(drop=True)
        return _weak(rows, _confidential(rows, flags))
    if table == "gold.risk_assessment":  # units in use are those ordered in the last 24 months
        hidden = ~rows["category_code"].isin(_free_years(flags, "category")) & rows["units_in_use"].ne(0)
        return _without(rows, hidden, ["units_in_use"])
    if table == "gold.risk_count":  # orders of a week by platform and category
        return rows[rows["stream"] != "order"].reset_index(drop=True)
    if table == "gold.sampling_proposal":
        month = rows.assign(period_type="month", period_start=rows["frame_month"])
        hidden = _confidential(month, flags) & ~rows["dimension_type"].eq("nation")
        return _without(rows, hidden, ["units_share", "units_sold"])
    return rows


def _without_index(rows: pd.DataFrame, lone: pd.Series) -> pd.DataFrame:
    """Withhold the index of the rows of gold.quality_index that are ``lone``, and the ranks of all units of
    their kind in that period. A column of figures or of reasons may be absent, as in rows of the night
    before (`asked.COMPARED`)."""
    if not lone.any():
        return rows
    of_kind = pd.MultiIndex.from_frame(rows[KEY[:3]])
    unranked = pd.Series(of_kind.isin(of_kind[lone.to_numpy()]), rows.index)
    rows = _without(rows, lone, ["score", "low", "high", "tier", "band"])
    rows = _without(rows, unranked, ["rank", "rank_low", "rank_high"])
    if "reason" in rows:
        reason = rows["reason"].astype(object).mask(lone & rows["published"].eq(True), WITHHELD_INDEX)
        rows = rows.assign(reason=reason)
    return rows.assign(published=rows["published"].mask(lone, False))


def _left(rows: pd.DataFrame, kept: pd.Series) -> pd.DataFrame:
    return rows if kept.all() else rows[kept].reset_index(drop=True)


def _free_years(flags: pd.DataFrame, dimension: str) -> set[str]:
    """Return the codes of a dimension whose orders are free in all of their periods of the newest three
    years, which the last 24 months lie in."""
    own = flags[flags["dimension_type"].eq(dimension)]
    if own.empty:
        return set()
    years = pd.Series([day.year for day in own["period_start"]], own.index)
    own = own[years > years.max() - 3]
    return set(own["dimension_code"]) - set(own.loc[own["confidential"].ne(False), "dimension_code"])


def _of_fewer_orders(rows: pd.DataFrame, hidden: pd.Series) -> pd.DataFrame:
    """Reduce rates whose denominator is only a part of the unit's orders to two significant digits and a
    whole score, without counts, as the orders less that denominator would be those of the other part."""
    key = [c for c in KEY if c in rows]
    mine = rows["indicator"].eq(COMPLAINTS)
    own = rows.loc[mine].drop_duplicates(key).set_index(key)["denominator"]
    orders = own.reindex(pd.MultiIndex.from_frame(rows[key])).to_numpy()
    partly = rows["indicator"].isin(PER_ORDER) & ~hidden & rows["denominator"].gt(0)
    partly &= rows["denominator"].ne(pd.Series(orders, rows.index))
    if not partly.any():
        return rows
    found = _without(rows, partly, [c for c in MEASURED if c not in ("value", "score")])
    changed = {"value": significant(rows["value"], 2), "score": half_up_all(rows["score"], 0)}
    return found.assign(**{c: found[c].where(~partly, values) for c, values in changed.items()})


def _weak(rows: pd.DataFrame, secret: pd.Series) -> pd.DataFrame:
    """Round the figures of weak points of units whose orders are confidential (``secret``), as the index
    follows from them, and of all per order, as those of their peers come from units that may be withheld."""
    per_order = rows["indicator"].isin(PER_ORDER)
    own, peers = dict.fromkeys(("value", "value_low", "value_high"), 2), ("peer_median", "best_quarter")
    rounded = [(c, n, per_order | secret) for c, n in own.items()] + [(c, 1, per_order) for c in peers]
    found = {c: rows[c].where(~mine, significant(rows[c], n)) for c, n, mine in rounded if c in rows}
    return _to_digits(rows.assign(**found), per_order | secret, ["cost", "cost_low", "cost_high", "gain"])


def significant(values: pd.Series, digits: int) -> pd.Series:
    """Round numbers half up to ``digits`` significant digits; missing stays missing."""
    numbers = pd.to_numeric(values).astype(float)
    size = np.floor(np.log10(numbers.abs().where(numbers.ne(0), 1.0)))
    step = 10.0 ** (size - digits + 1)
    return (half_up_all((numbers / step).round(9), 0) * step).round(9)


def _to_digits(rows: pd.DataFrame, mine: pd.Series, columns: list[str]) -> pd.DataFrame:
    """Round ``columns`` to one decimal in the rows where ``mine`` is true."""
    there = {c: pd.to_numeric(rows[c]).astype(float) for c in columns if c in rows}
    return rows.assign(**{c: values.where(~mine, half_up_all(values, 1)) for c, values in there.items()})


def _column(rows: pd.DataFrame, name: str) -> pd.Series:
    """A column of ``rows``; one without values where they lack it."""
    return rows[name] if name in rows else pd.Series(None, rows.index, dtype=object)


def _of_units(rows: pd.DataFrame, chosen: pd.Series) -> pd.Series:
    """Whether a row is of a unit and period of which a row is ``chosen``."""
    return _among(rows, set(rows.loc[chosen, KEY].itertuples(index=False, name=None)))


def _confidential(rows: pd.DataFrame, flags: pd.DataFrame) -> pd.Series:
    """Whether the orders of each row's unit are not known to be free."""
    free = flags.loc[flags["confidential"].eq(False), KEY]
    return ~_among(rows, set(free.itertuples(index=False, name=None)))


def _lone(rows: pd.DataFrame, flags: pd.DataFrame) -> pd.Series:
    """Whether the orders of each row's unit are confidential and a single rate per order of it is scored."""
    if LONE not in flags:
        return pd.Series(False, rows.index, dtype=bool)
    lone = flags.loc[flags[LONE].eq(True) & flags["confidential"].ne(False), KEY]
    return _among(rows, set(lone.itertuples(index=False, name=None)))


def _withheld(rows: pd.DataFrame, flags: pd.DataFrame) -> pd.Series:
    """Whether the key of each row is confidential in ``flags``."""
    secret = flags.loc[flags["confidential"].ne(False), KEY]
    return _among(rows, set(secret.itertuples(index=False, name=None)))


def _among(rows: pd.DataFrame, keys: set[tuple[Any, ...]]) -> pd.Series:
    """Whether the key of each row is one of ``keys``."""
    found = [key in keys for key in rows[KEY].itertuples(index=False, name=None)]
    return pd.Series(found, rows.index, dtype=bool)


def _without(rows: pd.DataFrame, hidden: pd.Series, columns: list[str]) -> pd.DataFrame:
    """Set ``columns`` to missing where ``hidden`` is true; integers stay integers."""
    kept = {
        c: rows[c].astype("Int64") if pd.api.types.is_integer_dtype(rows[c]) else rows[c]
        for c in columns
        if c in rows
    }
    return rows.assign(**{c: values.mask(hidden) for c, values in kept.items()}) if hidden.any() else rows

"""Makes the rows of a unit's report, which page, workbook and text share: figures with rank among comparable
units, change from a year earlier, and a sentence. Pure. Figures and items are defined in `unit_items`.

KEY identifies a row: period_type, period_start, dimension_code, item. COLUMNS: period_type, period_start,
dimension_code, item, position, basis, unit, value, low, high, n, n_events, reliable, rank, n_ranked, better,
change, change_low, change_high, text_zh, text_en, source."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from jobs.marts.dimensions import UNKNOWN
from jobs.marts.overview.unit_items import CHANGES, FIGURES, ITEMS, OWN, SHARE
from jobs.marts.overview.unit_words import Figure, Peers, sentence, shown
from jobs.methods import intervals

KEY = ["period_type", "period_start", "dimension_code", "item"]
COLUMNS = [
    *KEY,
    *"position basis unit value low high n n_events reliable rank n_ranked better".split(),
    *CHANGES,
    "text_zh",
    "text_en",
    "source",
]


def report(figures: list[pd.DataFrame], peers: Peers, groups: Mapping[str, object]) -> pd.DataFrame:
    """Return the report: one row per period, unit and item, with COLUMNS, sorted by KEY.

    ``figures``: frames of `unit_items`; ``peers``: what the units are called; ``groups``: unit → the group
    within which it is ranked (such as the level of a category); other units, and `unknown`, have no row.

    rank: 1 is the best among the units of the group whose figure is precise, by figures rounded as shown;
    equal ones share a rank. It is null for an item that is not ranked, for a figure that is not precise,
    where no other unit of the group has a precise one, and where the nation's figure is missing or lies
    within the limits of the unit's figure. For the index it is the rank of gold.quality_index, if any.

    change (null for the index): from the same period a year earlier, for rates as gold.detection_rate states
    it, else computed with limits by MOVER."""
    filled = [f for f in figures if len(f)]
    if not filled:
        return pd.DataFrame(columns=COLUMNS)
    rows = pd.concat(
        [
            f.reindex(columns=[*FIGURES, *CHANGES, *OWN]).astype(dict.fromkeys([*CHANGES, *OWN], float))
            for f in filled
        ],
        ignore_index=True,
    )
    rows = rows[rows["dimension_code"].isin(list(groups)) & rows["dimension_code"].ne(UNKNOWN)].reset_index(
        drop=True
    )
    if rows.empty:
        return pd.DataFrame(columns=COLUMNS)
    about = {
        name: rows["item"].map({k: getattr(v, name) for k, v in ITEMS.items()})
        for name in ("unit", "basis", "source")
    }
    rows = rows.assign(
        **about, position=rows["item"].map({item: i for i, item in enumerate(ITEMS, start=1)}).astype("int64")
    )
    rows = _changed(rows)
    rows = _ranked(rows, groups)
    texts = [
        sentence(Figure(*values), peers)
        for values in rows[list(Figure._fields)].itertuples(index=False, name=None)
    ]
    better = rows["item"].map(
        {k: {True: "lower", False: "higher", None: "neither"}[v.lower_is_better] for k, v in ITEMS.items()}
    )
    rows = rows.assign(better=better, text_zh=[t[0] for t in texts], text_en=[t[1] for t in texts])
    for name in ("n", "n_events", "rank", "n_ranked"):
        rows[name] = rows[name].astype("Float64").astype("Int64")
    return rows.sort_values(KEY, ignore_index=True)[COLUMNS]


def _changed(rows: pd.DataFrame) -> pd.DataFrame:
    """Compared with the same period a year earlier, where its room has not said so itself: MOVER on the
    limits of both."""
    ago = rows[["period_type", "dimension_code", "item", "value", "low", "high"]].assign(
        period_start=[date(day.year + 1, day.month, day.day) for day in rows["period_start"]],
        comparable=rows["reliable"],
    )
    both = rows.merge(ago, on=KEY, how="left", suffixes=("", "_ago"))
    own = rows["basis"].isin(["probability", "targeted", "index"]).to_numpy()
    able = ~own & rows["reliable"].to_numpy(bool) & both["comparable"].eq(True).to_numpy()
    able &= both[["value", "low", "high", "value_ago", "low_ago", "high_ago"]].notna().all(axis=1).to_numpy()
    scale = np.where(rows["unit"].eq(SHARE), 100.0, 1.0)
    low, high = intervals.mover(
        *(both[c].where(able) for c in ("value", "low", "high", "value_ago", "low_ago", "high_ago"))
    )
    found = {
        "change": (both["value"] - both["value_ago"]).to_numpy(),
        "change_low": np.asarray(low),
        "change_high": np.asarray(high),
    }
    return rows.assign(**{name: np.where(able, values * scale, rows[name]) for name, values in found.items()})


def _ranked(rows: pd.DataFrame, groups: Mapping[str, object]) -> pd.DataFrame:
    """Return the rows with `rank` (1: the best; figures that are shown alike share a rank) and `n_ranked`,
    how many units of the group have a precise figure. Both are null where the item is not ranked, the figure
    is not precise or missing, no other unit of the group has one, or the nation's figure is missing or lies
    within the unit's limits. Of the index both follow gold.quality_index: its printed rank, and how many
    units have a tier."""
    may = (
        rows["item"].map({k: v.ranked for k, v in ITEMS.items()}).astype(bool)
        & rows["precise"].astype(bool)
        & rows["value"].notna()
    )
    worth = pd.Series(
        [
            float(shown(v, u)) if m else np.nan
            for v, u, m in zip(rows["value"], rows["unit"], may, strict=True)
        ],
        rows.index,
    )
    sign = rows["item"].map({k: -1.0 if v.lower_is_better is False else 1.0 for k, v in ITEMS.items()})
    by = [rows["period_type"], rows["period_start"], rows["item"], rows["dimension_code"].map(groups)]
    among = (worth * sign)[may].groupby([key[may] for key in by])
    rank, size = among.rank(method="min"), among.transform("size")
    low, high, nation = (rows[name].astype(float) for name in ("low", "high", "nation"))
    apart = low.gt(nation) | high.lt(nation)
    given = size.gt(1) & apart.reindex(size.index)
    ranked = rows.assign(rank=rank.where(given), n_ranked=size.where(given))
    tiers = rows["tier"].notna().groupby(by).transform("sum")
    own = rows["basis"].eq("index")
    printed = rows["printed_rank"].where(tiers > 1)
    return ranked.assign(
        rank=ranked["rank"].mask(own, printed),
        n_ranked=ranked["n_ranked"].mask(own, tiers.where(printed.notna())),
    )

"""Weekly counts of each key with what they are counted against: the series in which alarms are looked
for. Pure.

A week is the number of Mondays since 1970-01-05.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

_MONDAY = date(1970, 1, 5)
LEAST, WEEKS = 5, 4  # reports in so many weeks, below which there is no alarm (definitions.md#signal)
# Until so many returns say how reports trail orders, they are taken to come evenly within four weeks.
_LAGS, _FEWEST_RETURNS = 9, 20
PAIR = "category_hazard"
# Streams of gold.hazard_count: the column that is counted and the one it is counted against (None: nothing).
HAZARD_STREAMS: dict[str, tuple[str, str | None]] = {
    "test": ("n", "n_judged"),
    "alert": ("n_home", None),
    "recall": ("n", None),
    "text": ("n", "n_judged"),
}


@dataclass(frozen=True)
class Series:
    """``keys``: key_type, key_code and stream, one row a series; ``counts`` and ``exposure``: series ×
    weeks, the first being week ``first``; ``start``: of each series the column of its first exposure."""

    keys: pd.DataFrame
    first: int
    counts: np.ndarray
    exposure: np.ndarray
    start: np.ndarray


def week_number(days: pd.Series) -> np.ndarray:
    """Weeks of days."""
    numbers = pd.to_datetime(days).to_numpy("datetime64[D]").astype(np.int64)
    return (numbers - (_MONDAY - date(1970, 1, 1)).days) // 7


def monday(week: int) -> date:
    return _MONDAY + timedelta(days=7 * int(week))


def newest_week(risk_count: pd.DataFrame, hazard_count: pd.DataFrame) -> int | None:
    """The newest whole week: the one before the newest with orders, or with reports that name a hazard,
    as that may be under way; None without any. Weeks with less than a twentieth of the middle one are
    stray dates."""
    orders = risk_count[(risk_count["stream"] == "order") & (risk_count["key_type"] == "category")]
    newest = []
    for rows in (orders, hazard_count):
        sums = rows["n"].groupby(week_number(rows["week"])).sum().sort_index()
        sums = sums[sums > 0]
        if len(sums):
            newest.append(int(sums.index[sums >= sums.median() / 20][-1]) - 1)
    return max(newest, default=None)


def reported(risk_count: pd.DataFrame, last: int) -> Series:
    """Complaints, returns and low reviews of platform × category and brand, against orders as reports
    trail them."""
    rows = risk_count.assign(number=week_number(risk_count["week"]))
    rows = rows[rows["number"] <= last]
    kernel = trailing(rows)
    keyed = rows[rows["key_type"] != "category"]
    reports = _summed(keyed[keyed["stream"] != "order"], ["key_type", "key_code", "stream"])
    reports = reports[reports.groupby(["key_type", "key_code", "stream"])["n"].transform("sum") >= LEAST]
    orders = _summed(keyed[keyed["stream"] == "order"], ["key_type", "key_code"])
    orders = orders.merge(reports[["key_type", "key_code"]].drop_duplicates(), on=["key_type", "key_code"])
    first = int(orders["number"].min()) if len(orders) else last
    keys, counts = _matrix(reports, ["key_type", "key_code", "stream"], first, last)
    sold, ordered = _matrix(orders, ["key_type", "key_code"], first, last)
    place = pd.MultiIndex.from_frame(sold).get_indexer(
        pd.MultiIndex.from_frame(keys[["key_type", "key_code"]])
    )
    exposed = np.zeros_like(ordered)
    for lag, share in enumerate(kernel):
        exposed[:, lag:] += share * ordered[:, : max(ordered.shape[1] - lag, 0)]
    known = place >= 0
    return _series(keys[known], first, counts[known], exposed[place[known]])


def named(hazard_count: pd.DataFrame, last: int, *, least: int = LEAST) -> Series:
    """Category × hazard by stream: failing batches against judged ones, texts against all texts, alerts and
    recalls against nothing; those with at least ``least`` reports."""
    rows = hazard_count.assign(
        number=week_number(hazard_count["week"]),
        key_type=PAIR,
        key_code=pair_code(hazard_count["category_code"], hazard_count["hazard_code"]),
    )
    rows = rows[rows["number"] <= last]
    parts = []
    for stream, (count, against) in HAZARD_STREAMS.items():
        mine = rows[rows["stream"] == stream]
        exposure = mine[against] if against else 1.0
        parts.append(mine.assign(n=mine[count], exposure=exposure, even=against is None))
    reports = pd.concat(parts, ignore_index=True)
    by = ["key_type", "key_code", "stream"]
    reports = reports[reports.groupby(by)["n"].transform("sum") >= least]
    first = int(reports["number"].min()) if len(reports) else last
    starts = rows.groupby("stream")["number"].min()
    keys, counts = _matrix(_summed(reports, by), by, first, last)
    _, exposure = _matrix(_summed(reports.assign(n=reports["exposure"]), by), by, first, last)
    even = (
        keys["stream"].isin([s for s, (_, against) in HAZARD_STREAMS.items() if against is None]).to_numpy()
    )
    begun = np.maximum(keys["stream"].map(starts).to_numpy(float) - first, 0)
    exposure[even] = np.arange(last - first + 1) >= begun[even][:, None]
    return _series(keys, first, counts, exposure)


def pair_code(category: pd.Series, hazard: pd.Series) -> pd.Series:
    return category.astype(str) + "/" + hazard.astype(str)


def trailing(rows: pd.DataFrame) -> np.ndarray:
    """Shares of the reports of an order that come in its week, the next and so on: those of returns,
    which say when they were ordered."""
    back = rows[(rows["stream"] == "return") & (rows["key_type"] == "category")]
    sums = back.groupby("lag_weeks")["n"].sum().reindex(range(_LAGS), fill_value=0).to_numpy(float)
    if sums.sum() < _FEWEST_RETURNS:
        return np.full(4, 0.25)
    return sums / sums.sum()


def _summed(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    return rows.groupby([*by, "number"], as_index=False)["n"].sum()


def _matrix(rows: pd.DataFrame, by: list[str], first: int, last: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Sorted keys, and their counts by week."""
    keys = rows[by].drop_duplicates().sort_values(by, ignore_index=True)
    table = np.zeros((len(keys), last - first + 1))
    rows = rows[rows["number"] >= first]
    place = pd.MultiIndex.from_frame(keys).get_indexer(pd.MultiIndex.from_frame(rows[by]))
    np.add.at(table, (place, rows["number"].to_numpy(np.int64) - first), rows["n"].to_numpy(float))
    return keys, table


def _series(keys: pd.DataFrame, first: int, counts: np.ndarray, exposure: np.ndarray) -> Series:
    exposed = exposure > 0
    known = exposed.any(axis=1)
    start = exposed.argmax(axis=1) if exposed.size else np.zeros(len(keys), np.int64)
    return Series(keys[known].reset_index(drop=True), first, counts[known], exposure[known], start[known])

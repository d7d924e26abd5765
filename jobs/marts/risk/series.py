"""Builds weekly series: for each key the number of reports of each week, and the exposure (orders, judged
batches or texts) with which that number is compared. Pure.

A key is what a risk signal is about, given by key_type and key_code: `platform_category` (`P01/CL`),
`category_hazard` (`pair_code`) or `brand`. A stream is one kind of report, such as complaints, returns or
recalls. A week is a number: how many weeks its Monday lies after Monday 1970-01-05."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

_MONDAY = date(1970, 1, 5)
LEAST, WEEKS = 5, 4  # reports in so many weeks, below which there is no alarm (definitions.md#signal)
# Until so many returns say how reports trail orders, they are taken to come evenly within four weeks.
_LAGS, _FEWEST_RETURNS = 9, 20
# Of the orders that a week's reports follow so many must be on file, else the week says nothing.
ON_FILE = 0.8
# A platform with so many orders in its middle week has none on file where there are less than a twentieth of
# them; one that has filed nothing for so many weeks is gone, and brands are no longer sold there.
_USUAL_ORDERS, _STRAY, _GONE = 20, 20, 8
# The key type of category × hazard, and the two columns that such a key is made of.
PAIR, PARTS = "category_hazard", ["category_code", "hazard_code"]
_KEYED = ["key_type", "key_code", "stream"]  # what a series of gold.risk_count is of
# Streams of gold.hazard_count: the column that is counted and the one it is counted against (None: nothing).
HAZARD_STREAMS: dict[str, tuple[str, str | None]] = {
    "test": ("n", "n_judged"),
    "alert": ("n_home", None),
    "recall": ("n", None),
    "text": ("n", "n_judged"),
}


@dataclass(frozen=True)
class Series:
    """Weekly counts of reports. ``keys``: one row per series, with key_type, key_code and stream, for the key
    type `category_hazard` also category_code and hazard_code. ``counts``, ``exposure``: arrays, one row per
    row of ``keys`` and one column per week; the first column is the week numbered ``first``. ``start``: for
    each series the column of its first week with an exposure."""

    keys: pd.DataFrame
    first: int
    counts: np.ndarray
    exposure: np.ndarray
    start: np.ndarray


def week_number(days: pd.Series) -> np.ndarray:
    """Return for each day the number of its week: int64 array, in the order of ``days``. ``days``: dates or
    timestamps, none missing."""
    numbers = pd.to_datetime(days).to_numpy("datetime64[D]").astype(np.int64)
    return (numbers - (_MONDAY - date(1970, 1, 1)).days) // 7


def monday(week: int) -> date:
    """Return the Monday of the week with this number."""
    return _MONDAY + timedelta(days=7 * int(week))


def newest_week(risk_count: pd.DataFrame, hazard_count: pd.DataFrame) -> int | None:
    """Return the number of the newest whole week: the later of the week before the newest one with orders and
    the week before the newest one with reports that name a hazard. The newest week itself may be incomplete.
    None without data.

    ``risk_count``, ``hazard_count``: the gold tables. A week with fewer than a twentieth of the counts of the
    median week is not the newest: a few rows with a wrong date make such weeks."""
    newest = [_newest(rows) for rows in (_orders(risk_count), hazard_count)]
    return max((week for week in newest if week is not None), default=None)


def _orders(risk_count: pd.DataFrame) -> pd.DataFrame:
    ordered = (risk_count["stream"] == "order") & (risk_count["key_type"] == "category")
    return risk_count.loc[ordered, ["week", "n"]]


def _newest(rows: pd.DataFrame) -> int | None:
    sums = rows["n"].groupby(week_number(rows["week"])).sum().sort_index()
    sums = sums[sums > 0]
    return int(sums.index[sums >= sums.median() / _STRAY][-1]) - 1 if len(sums) else None


def reported(risk_count: pd.DataFrame, last: int) -> Series:
    """Return the series of complaints, returns and low reviews (streams), one for each stream of each
    platform × category and each brand, without series of fewer than LEAST reports up to the last week and of
    keys without orders.

    ``risk_count``: gold.risk_count. ``last``: number of the last week (`week_number`); series end earlier
    where the newest whole week with orders is earlier, since reports that arrive before the orders are filed
    would look like an outbreak. They begin with the first week in which one of the keys has orders. The
    exposure is the number of orders of the key, moved to the weeks in which reports about them arrive
    (`trailing`).

    Where less than the share ON_FILE of the orders behind a week's reports is on file, count and exposure of
    that week are 0. For a platform × category that share is the platform's; for a brand it is that of all
    platforms."""
    last = min(last, _newest(_orders(risk_count)) or last)
    # Texts of a million rows as categories: compared, grouped and sorted as numbers.
    dated = risk_count[["lag_weeks", "n"]].assign(
        number=week_number(risk_count["week"]), **{c: risk_count[c].astype("category") for c in _KEYED}
    )
    rows = dated[dated["number"] <= last]
    kernel = trailing(rows)
    keyed = rows[rows["key_type"] != "category"]
    reports = _summed(keyed[keyed["stream"] != "order"], _KEYED)
    reports = reports[reports.groupby(_KEYED, observed=True)["n"].transform("sum") >= LEAST]
    orders = _summed(keyed[keyed["stream"] == "order"], ["key_type", "key_code"])
    orders = orders.merge(reports[["key_type", "key_code"]].drop_duplicates(), on=["key_type", "key_code"])
    first = int(orders["number"].min()) if len(orders) else last
    keys, counts = _matrix(reports, _KEYED, first, last)
    sold, ordered = _matrix(orders, ["key_type", "key_code"], first, last)
    place = pd.MultiIndex.from_frame(sold).get_indexer(
        pd.MultiIndex.from_frame(keys[["key_type", "key_code"]])
    )
    exposed = np.zeros_like(ordered)
    for lag, share in enumerate(kernel):
        exposed[:, lag:] += share * ordered[:, : max(ordered.shape[1] - lag, 0)]
    known = place >= 0
    keys, counts, exposed = keys[known], counts[known], exposed[place[known]]
    filed = _on_file(dated, keys, kernel, first, last)
    return _series(keys, first, np.where(filed, counts, 0.0), np.where(filed, exposed, 0.0))


def _on_file(
    dated: pd.DataFrame, keys: pd.DataFrame, kernel: np.ndarray, first: int, last: int
) -> np.ndarray:
    """Keys × weeks: whether enough of the orders that the week's reports follow are on file.

    A platform's last week before a gap may be half filed, so it is part of the gap. Before its first orders
    a platform lacks nothing.
    """
    orders = dated[
        (dated["stream"] == "order")
        & (dated["key_type"] == "platform_category")
        & (dated["number"] <= last + 1)
    ]
    codes = dated["key_code"].cat
    platforms = _platform(pd.Series(codes.categories)).to_numpy(object)
    orders = orders.assign(platform=platforms[orders["key_code"].cat.codes])
    names, table = _matrix(_summed(orders, ["platform"]), ["platform"], first, last + 1)
    usual = np.array([np.median(own[own > 0]) if (own > 0).any() else 0.0 for own in table])
    there = table >= np.maximum(usual, 1e-9)[:, None] / _STRAY
    weeks = np.arange(table.shape[1])
    begun = weeks >= there.argmax(axis=1)[:, None]
    whole = there & np.roll(there, -1, axis=1)
    filed = (whole | ~begun | (usual < _USUAL_ORDERS)[:, None])[:, :-1].astype(float)
    newest = table.shape[1] - 1 - there[:, ::-1].argmax(axis=1)
    sold = begun & (weeks <= newest[:, None] + _GONE)
    weight = np.where(sold, usual[:, None], 0.0)[:, :-1]
    below = weight.sum(axis=0)
    every = np.divide((weight * filed).sum(axis=0), below, out=np.ones(len(below)), where=below > 0)
    share = np.ones((len(names) + 1, last - first + 1))
    for at, own in enumerate([*filed, every]):
        before = np.concatenate([np.ones(len(kernel) - 1), own])
        share[at] = np.convolve(before, kernel, mode="valid")
    place = pd.Index(names["platform"]).get_indexer(_platform(keys["key_code"]))
    place = np.where((keys["key_type"] == "brand").to_numpy() | (place < 0), len(names), place)
    return share[place] >= ON_FILE


def _platform(key_code: pd.Series) -> pd.Series:
    return key_code.astype(str).str.split("/", n=1).str[0]


def named(hazard_count: pd.DataFrame, last: int, *, least: int = LEAST) -> Series:
    """Return the series of each category × hazard and stream of gold.hazard_count that has at least ``least``
    reports in total, up to the week numbered ``last``.

    The exposure is: judged batches for failing batches (stream `test`), all texts of the category for texts
    that name the hazard (`text`). Recalls (`recall`) and alerts from abroad that name this nation as an
    origin (`alert`) have no denominator: their exposure is 1 in each week from the first one of their stream.
    """
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
    by = ["key_type", "key_code", "stream", *PARTS]
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
    """Return the key_code of each pair of category and hazard, ``<category>/<hazard>``: an object series with
    the index of ``category``. In the category, backslashes are doubled and `/` gets a backslash before it, so
    that no two pairs share a key_code."""
    words = category.astype(str).str.replace("\\", "\\\\", regex=False).str.replace("/", "\\/", regex=False)
    return words + "/" + hazard.astype(str)


def trailing(rows: pd.DataFrame) -> np.ndarray:
    """Return how the reports about the orders of one week are spread over later weeks: an array of shares
    that sum to 1, for the week of the order, the next one, and so on, nine weeks in all.

    The shares are those of returns, the only reports that name the day of the order. With fewer than 20
    returns the array has four weeks, with a quarter in each. ``rows``: gold.risk_count."""
    back = rows[(rows["stream"] == "return") & (rows["key_type"] == "category")]
    sums = back.groupby("lag_weeks")["n"].sum().reindex(range(_LAGS), fill_value=0).to_numpy(float)
    if sums.sum() < _FEWEST_RETURNS:
        return np.full(4, 0.25)
    return sums / sums.sum()


def _summed(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    return rows.groupby([*by, "number"], as_index=False, observed=True)["n"].sum()


def _matrix(rows: pd.DataFrame, by: list[str], first: int, last: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Sorted keys, and their counts by week; ``rows``: as `_summed` returns them."""
    keys = rows[by].drop_duplicates().sort_values(by, ignore_index=True).astype(object)
    table = np.zeros((len(keys), last - first + 1))
    place, week = rows.groupby(by, observed=True).ngroup().to_numpy(), rows["number"].to_numpy(np.int64)
    late = week >= first
    table[place[late], week[late] - first] = rows["n"].to_numpy(float)[late]
    return keys, table


def _series(keys: pd.DataFrame, first: int, counts: np.ndarray, exposure: np.ndarray) -> Series:
    exposed = exposure > 0
    known = exposed.any(axis=1)
    start = exposed.argmax(axis=1) if exposed.size else np.zeros(len(keys), np.int64)
    return Series(keys[known].reset_index(drop=True), first, counts[known], exposure[known], start[known])

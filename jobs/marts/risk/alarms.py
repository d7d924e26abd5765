"""Finds weeks in which a series has more reports than its past explains (alarms); all series are tested
together in each week. Pure. Series, keys, streams and numbers of weeks are explained in
jobs.marts.risk.series.

Series with less than three years of history are tested by EARS' C1, C2 and C3, on counts at mean exposure;
longer ones by Farrington's method as improved by Noufaily, with log(exposure) as offset. A test needs at
least 5 reports in 4 weeks. The one-sided p of all tests of a week are adjusted by Benjamini–Hochberg
(definitions.md#signal).

The p of EARS comes from a normal tail, which is far too small where counts are low, for example for Poisson
counts of one a week. So the larger of it and an exact p is used: that of the same weeks given their sum (two
Poisson rates: J. Przyborowski & H. Wilenski, Biometrika 31, 1940, 313-323), which is also right where
exposure jumps, as in November."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from jobs.marts.risk.series import LEAST, PARTS, WEEKS, Series, pair_code
from jobs.methods.disproportion import gps
from jobs.methods.multiplicity import adjust
from jobs.methods.surveillance import ears, farrington_last

FALSE_SHARE = 0.05  # of the alarms of a week may be false (Benjamini–Hochberg)
BASELINE, GAP = 7, 2  # weeks that EARS compares with; C2 and C3 leave so many out before the judged week
# Weeks of a year; years of history from which Farrington is used, and that it uses at most.
YEAR, SHORT, MOST_YEARS = 52, 3, 5
HALF_WINDOW = 3  # weeks on either side of the same week of earlier years that Farrington compares with
# GPS: the limit that EB05 must exceed, reports of an alarm, weeks that are counted, weeks between two looks.
EB05, PAIR_LEAST, PAIR_WEEKS, PAIR_EVERY = 2.0, 5, 52, 13
COLUMNS = ["key_type", "key_code", "stream", "method", "week", "n", "expected", "p", "p_adjusted", "eb05"]
_METHODS = ("C1", "C2", "C3")


def alarms(*families: Series) -> pd.DataFrame:
    """Return one row per alarm of all series in ``families`` (one or more), with COLUMNS, sorted by key_type,
    key_code, stream, method and week. A week is an alarm where its count is above the method's threshold and
    its adjusted p is at most FALSE_SHARE.

    ``method``: `ears_c1`, `ears_c2`, `ears_c3` or `farrington`. ``week``: number of the week. ``n``: reports
    of that week, for C3 of the week and the two before. ``expected``: reports at the rate of the past. ``p``:
    one-sided; ``p_adjusted``: the same, adjusted for all tests of the week. ``eb05`` is NaN: it belongs to
    the alarms of `pairs`.

    To save time EARS runs only for weeks with an exact p of at most FALSE_SHARE: others could not become an
    alarm, as the larger of the two p counts. Farrington runs for each week with a report, since no cheap
    lower bound of its p is known."""
    worth, tested = [], pd.Series(dtype=float)
    for number, family in enumerate(families):
        rows, tests = _worth_a_look(family)
        worth.append(rows.assign(family=number))
        tested = tested.add(tests, fill_value=0.0)
    rows = _adjusted(pd.concat(worth, ignore_index=True), tested)
    rows = rows[rows["p_adjusted"] <= FALSE_SHARE].reset_index(drop=True)
    found = []
    for (number, row, method), group in rows.groupby(["family", "row", "method"]):
        judge = _farrington if method == "farrington" else _ears
        keys = families[number].keys.loc[row, ["key_type", "key_code", "stream"]].to_dict()
        found.append(judge(families[number], int(row), str(method), group).assign(**keys))
    if not found:
        return pd.DataFrame(columns=COLUMNS)
    judged = _adjusted(pd.concat(found, ignore_index=True), tested)
    judged = judged[judged["alarm"] & (judged["p_adjusted"] <= FALSE_SHARE)].assign(eb05=np.nan)
    return judged[COLUMNS].sort_values(COLUMNS[:5], ignore_index=True)


def _adjusted(rows: pd.DataFrame, tested: pd.Series) -> pd.DataFrame:
    """``rows`` with ``p_adjusted`` among all tests of the week; those without a row only count as tests."""
    rows = rows.assign(p_adjusted=1.0)
    for week, group in rows.groupby("week"):
        p = np.concatenate([group["p"].to_numpy(float), np.ones(max(int(tested[week]) - len(group), 0))])
        rows.loc[group.index, "p_adjusted"] = np.asarray(adjust(p))[: len(group)]
    return rows


def pairs(series: Series, streams: tuple[str, ...]) -> pd.DataFrame:
    """Return one row per alarm by GPS (gamma-Poisson shrinker), with COLUMNS, sorted as in `alarms`: pairs of
    category × hazard that are reported more than twice as often as independence of the two explains. An alarm
    has EB05, the lower 5% limit of that ratio, above 2, and at least PAIR_LEAST reports.

    Each stream of ``streams`` is tested on its own at one week in PAIR_EVERY (once a quarter; a `look`), over
    the PAIR_WEEKS weeks that end with it. ``series``: of category × hazard, as `series.named` returns it; a
    report that names two hazards counts once for each. ``n``, ``expected``: reports of the year, and those
    expected; ``p`` and ``p_adjusted`` are NaN. Source: W. DuMouchel, The American Statistician 53, 1999,
    177-190."""
    found = []
    last = series.first + series.counts.shape[1] - 1
    for stream in streams:
        mine = np.flatnonzero((series.keys["stream"] == stream).to_numpy())
        for week in range(-(-series.first // PAIR_EVERY) * PAIR_EVERY, last + 1, PAIR_EVERY):
            end = week - series.first + 1
            n = series.counts[mine, max(end - PAIR_WEEKS, 0) : end].sum(axis=1).astype(np.int64)
            if (n >= PAIR_LEAST).sum() == 0 or (n > 0).sum() < 2:
                continue
            product, event = (series.keys[part].to_numpy(object)[mine].repeat(n) for part in PARTS)
            reports = pd.DataFrame({"report": range(len(product)), "product": product, "event": event})
            if not _above_twice(reports):
                continue
            scores = gps(reports, report="report", product="product", event="event").scores
            high = scores[(scores["eb05"] > EB05) & (scores["N"] >= PAIR_LEAST)]
            found.append(
                pd.DataFrame(
                    {
                        "key_type": series.keys["key_type"].iloc[0],
                        "key_code": pair_code(high["product"], high["event"]),
                        "stream": stream,
                        "method": "gps",
                        "week": week,
                        "n": high["N"].astype(float),
                        "expected": high["E"],
                        "p": np.nan,
                        "p_adjusted": np.nan,
                        "eb05": high["eb05"],
                    }
                )
            )
    if not found:
        return pd.DataFrame(columns=COLUMNS)
    return pd.concat(found, ignore_index=True)[COLUMNS].sort_values(COLUMNS[:5], ignore_index=True)


def _above_twice(reports: pd.DataFrame) -> bool:
    """Whether a pair of at least PAIR_LEAST reports has more than EB05 times those expected: shrinking only
    lowers that, so without one there is no fit to make."""
    table = pd.crosstab(reports["product"], reports["event"]).to_numpy(float)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / table.sum()
    return bool(((table >= PAIR_LEAST) & (table > EB05 * expected)).any())


def _worth_a_look(series: Series) -> tuple[pd.DataFrame, pd.Series]:
    """Tests with a small exact p (row, method, week, n, expected, p; 0 for Farrington's, which is not known
    yet), and how many tests each week has."""
    counts, exposure = series.counts, positive(series)
    age = np.arange(counts.shape[1])[None, :] - series.start[:, None]
    enough = (_rolled(counts, WEEKS) >= LEAST) & (age >= 0)
    long = enough & (age >= SHORT * YEAR + HALF_WINDOW)
    tests = long.sum(axis=0).astype(float)
    parts = []
    for method in _METHODS:
        x, expected, p, known = exact(counts, exposure, method)
        open_ = enough & ~long & known & (age >= history(method))
        tests += open_.sum(axis=0)
        row, week = np.nonzero(open_ & (p <= FALSE_SHARE))
        name = f"ears_{method.lower()}"
        parts.append(_candidates(series, row, week, name, x[row, week], expected[row, week], p[row, week]))
    row, week = np.nonzero(long & (counts > 0))  # without a report p is 1
    none = np.zeros(len(row))
    parts.append(_candidates(series, row, week, "farrington", counts[row, week], none, none))
    return pd.concat(parts, ignore_index=True), pd.Series(tests, index=series.first + np.arange(len(tests)))


def _candidates(
    series: Series,
    row: np.ndarray,
    week: np.ndarray,
    method: str,
    n: np.ndarray,
    expected: np.ndarray,
    p: np.ndarray,
) -> pd.DataFrame:
    return pd.DataFrame(
        {"row": row, "method": method, "week": series.first + week, "n": n, "expected": expected, "p": p}
    )


def positive(series: Series) -> np.ndarray:
    """Return the exposure of ``series`` as an array of series × weeks, raised to at least 0.5 (half an order
    a week): reports may arrive in a week without orders, and a rate needs a denominator."""
    return np.maximum(series.exposure, 0.5)


def exact(
    counts: np.ndarray, exposure: np.ndarray, method: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Compare each week of each series with the weeks before it, by an exact test of two Poisson rates given
    the sum of both counts.

    ``counts``, ``exposure``: arrays of series × weeks; exposure above 0. ``method`` says which weeks are
    compared. Judged is the week, for `C3` the week and the two before. The baseline is the BASELINE weeks
    just before the week for `C1`, and those before a gap of GAP more weeks for `C2` and `C3`.

    Returns four arrays of series × weeks: reports that are judged; reports expected at the baseline's rate
    (NaN where the baseline is incomplete); one-sided p of at least so many reports (without meaning there);
    whether the baseline is complete."""
    wide, back = (3 if method == "C3" else 1), (1 if method == "C1" else 1 + GAP)
    x, over = _rolled(counts, wide), _rolled(exposure, wide)
    base, below = _shifted(_rolled(counts, BASELINE), back), _shifted(_rolled(exposure, BASELINE), back)
    known = np.arange(counts.shape[1])[None, :] >= BASELINE + back - 1
    known = np.broadcast_to(known, counts.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(known, over / (over + below), 0.5)
        expected = np.where(known, base * over / below, np.nan)
    return x, expected, stats.binom.sf(x - 1, x + base, share), known


def history(method: str) -> int:
    """Return how many weeks of history before the judged week the EARS method `C1`, `C2` or `C3` needs.
    Raises KeyError for another method."""
    return {"C1": BASELINE, "C2": BASELINE + GAP, "C3": BASELINE + 2 * GAP}[method]


def _ears(series: Series, row: int, method: str, group: pd.DataFrame) -> pd.DataFrame:
    """``group`` with EARS' alarm, and the larger of its p and the exact one."""
    begin = int(series.start[row])
    judged = ears(
        series.counts[row, begin:],
        method=method.removeprefix("ears_").upper(),
        exposure=positive(series)[row, begin:],
    )
    at = group["week"].to_numpy(np.int64) - series.first - begin
    theirs = judged["p"].to_numpy(float)[at]
    return group.assign(
        p=np.fmax(theirs, group["p"].to_numpy(float)), alarm=judged["alarm"].to_numpy(bool)[at]
    )


def _farrington(series: Series, row: int, method: str, group: pd.DataFrame) -> pd.DataFrame:
    """``group`` with Farrington's expectation, p and alarm; each week is judged by at most five years
    before it."""
    begin = int(series.start[row])
    counts, sold = series.counts[row, begin:], positive(series)[row, begin:]
    offset, judged, above = np.log(sold), [], []
    for week in group["week"].to_numpy(np.int64) - series.first - begin:
        years = int(min(MOST_YEARS, (week - HALF_WINDOW) // YEAR))
        cut = slice(week - years * YEAR - HALF_WINDOW, week + 1)
        judged.append(farrington_last(counts[cut], offset[cut], years=years, half_window=HALF_WINDOW))
        above.append(bool(counts[week] > judged[-1][1]))
    expected, _, p = np.array(judged, dtype=float).T
    return group.assign(expected=expected, p=np.where(np.isnan(p), 1.0, p), alarm=above)


def _rolled(values: np.ndarray, size: int) -> np.ndarray:
    """Sums of each week and those before it; fewer at the beginning."""
    sums = np.cumsum(values, axis=1)
    return sums - _shifted(sums, size)


def _shifted(values: np.ndarray, by: int) -> np.ndarray:
    moved = np.zeros_like(values)
    moved[:, by:] = values[:, : max(values.shape[1] - by, 0)]
    return moved

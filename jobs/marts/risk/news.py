"""Decides which alarms are news, and which repeat what is known of a kind of goods (definitions.md#signal).
Pure.

Alarms of EARS and Farrington compare a series with its past: they are always `risen`. GPS compares a pair
(category × hazard) with independence of the two, so that power banks and fire are above it at every look (the
quarterly test of `alarms.pairs`). An alarm of GPS is

- `first`: at no look of the year before was the pair an alarm in the same stream;

- `risen`: it was, but in the quarter since the look before, it is reported more often than its odds in the 52
  weeks before that quarter explain (`disproportion.rise`). The years of two looks overlap by three quarters
  and would count the same reports on both sides; these two periods share none, and each report is new at one
  look only. Texts and batches are compared with all that were judged, those that name no hazard included:
  otherwise goods with one well-known hazard could not stand out more. A hazard that is reported more often
  for all goods is no news of one of them, unless that one has most of its reports;

- `usual`: it was, and these odds do explain it.

Observed against expected in a period and in a control period: G. N. Norén et al., Data Mining and Knowledge
Discovery 20, 2010, 361-387."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.risk.series import HAZARD_STREAMS, Series
from jobs.methods.disproportion import rise
from jobs.methods.multiplicity import adjust

# How new an alarm is, newest first.
FIRST, RISEN, USUAL = KINDS = ("first", "risen", "usual")
# The largest share of false ones expected among the pairs of a look that are called risen
# (Benjamini–Hochberg over all streams); the same as among the alarms of a week, since the same people look
# into both.
FALSE_SHARE = 0.05
QUARTER, YEAR = 13, 52  # weeks between looks; weeks of the year before


def of_pairs(found: pd.DataFrame, series: Series) -> np.ndarray:
    """Return for each row of ``found`` whether its alarm is `first`, `risen` or `usual`: array of str, in the
    order of ``found``.

    ``found``: all alarms by GPS of ``series``, as `alarms.pairs` returns them. ``series``: of category ×
    hazard, as `series.named` returns it with every pair in it (``least`` 1), since pairs without an alarm are
    compared with too.

    An alarm is `risen` where its p, adjusted over all streams of its look, is at most FALSE_SHARE. Where the
    data do not reach a year back, a pair is `first` at its first alarm, and later looks use the weeks that
    exist. A pair with an earlier alarm is `usual` where the whole stream has no report in the quarter,
    or none in the year before it: then no rise can be shown."""
    key = ["key_type", "key_code", "stream"]
    looks = found[[*key, "week"]]
    earlier = looks.merge(looks, on=key, suffixes=("", "_before"))
    age = earlier["week"] - earlier["week_before"]
    known = earlier[(age > 0) & (age <= YEAR)].drop_duplicates([*key, "week"]).set_index([*key, "week"])
    again = pd.MultiIndex.from_frame(looks).isin(known.index)
    p = pd.Series(np.nan, found.index)
    place = {tuple(row): i for i, row in enumerate(series.keys[key].to_numpy().tolist())}
    for stream, week in dict.fromkeys(zip(found["stream"], found["week"], strict=True)):
        mine = again & (found["stream"] == stream) & (found["week"] == week)
        if not mine.any():
            continue
        end = week - series.first + 1
        periods = (end - QUARTER, end), (end - QUARTER - YEAR, end - QUARTER)
        # Without pairs reported in neither, which else would begin to count with a report of a later week.
        seen = series.counts[:, max(end - QUARTER - YEAR, 0) : max(end, 0)].any(axis=1)
        of = series.keys[(series.keys["stream"] == stream) & seen]
        tables = [_two_by_two(series, of, max(begin, 0), max(stop, 0)) for begin, stop in periods]
        rows = [place[tuple(row)] for row in found.loc[mine, key].to_numpy().tolist()]
        p[mine] = [rise(*(table.loc[row].tolist() for table in tables)) for row in rows]
    adjusted = p.groupby(found["week"]).transform(lambda of: adjust(of.to_numpy()))
    return np.select([~again, (adjusted <= FALSE_SHARE).to_numpy()], [FIRST, RISEN], USUAL)


def _two_by_two(series: Series, of: pd.DataFrame, begin: int, end: int) -> pd.DataFrame:
    """Of each of the pairs ``of`` (``series.keys`` of one stream) in the weeks: reports, other ones of its
    goods, reports of its hazard about other goods, and the rest. All that were judged count where the stream
    has them, else all that name a hazard."""
    n, judged = (
        pd.Series(table[of.index, begin:end].sum(axis=1), of.index)
        for table in (series.counts, series.exposure)
    )
    hazard = n.groupby(of["hazard_code"]).transform("sum")
    if HAZARD_STREAMS[of["stream"].iloc[0]][1] is None:
        goods, every = n.groupby(of["category_code"]).transform("sum"), n.sum()
    else:
        goods, every = judged, judged.groupby(of["hazard_code"]).transform("sum")
    return pd.DataFrame({"a": n, "b": goods - n, "c": hazard - n, "d": every - goods - hazard + n})

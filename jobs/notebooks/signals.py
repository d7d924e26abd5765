"""Follows one signal of gold.risk_signal from its first count to its end, with the same code that finds
signals. Pure.

A signal says that reports about a key have become more than usual: a platform's category, a brand, or a
category × hazard (key_type, key_code). Reports of one kind, such as complaints, are a stream; each stream of
a key is a series of weekly counts, and a week in which a method finds too many is an alarm. A week is given
by its Monday.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from jobs.marts.risk.alarms import PAIR_WEEKS, alarms, exact, history, pairs, positive
from jobs.marts.risk.evidence import COUNTS, KEY, evidence
from jobs.marts.risk.life import CONFIRMED, DAYS, OPEN
from jobs.marts.risk.news import USUAL
from jobs.marts.risk.series import PAIR, Series, monday, named, newest_week, reported, week_number
from jobs.methods.rounding import half_up_all
from jobs.notebooks.reading import NothingToShow

EVIDENCE = (
    "silver.sample gold.standing_conclusion silver.sampling_plan silver.product_category gold.hazard_count "
    "silver.recall silver.penalty silver.enforcement_case"
).split()
BEFORE, MOST = 16, 45  # weeks shown before the opening, and altogether
COMPARED = "C2"  # expected by the seven weeks that ended two weeks earlier
_UNCOUNTED = ("alert", "recall")  # streams that are counted against nothing
_WORDS = (
    (
        "n_targeted_judged",
        "n_failing_targeted",
        "靶向样本{}批次，不合格{}批次",
        "targeted samples: {}, failing: {}",
    ),
    (
        "n_random_judged",
        "n_random_failing",
        "概率样本{}批次，不合格{}批次",
        "probability samples: {}, failing: {}",
    ),
    ("n_recalls", None, "召回{}次", "recalls: {}"),
    ("n_penalties", None, "处罚{}次", "penalties: {}"),
)


def chosen(signals: pd.DataFrame | None, key: str = "") -> pd.Series:
    """Return the row of gold.risk_signal that a notebook shows.

    ``signals``: that table, one row per signal, or None. ``key``: the key_code that the signal must have; ''
    allows all. Of several signals it is the confirmed one with most weeks of alarms, else the newest open
    one whose ``news`` is not `usual`, else the newest open one, else the newest. Raises NothingToShow where
    there is none.
    """
    mine = signals[signals["key_code"].eq(key)] if key and signals is not None else signals
    if mine is None or mine.empty:
        zh, en = (f"键为{key}的信号", f"signal of the key {key}") if key else ("信号", "signal")
        raise NothingToShow(f"gold.risk_signal 没有{zh}，以下从略 | gold.risk_signal has no {en} tonight")
    confirmed, open_ = mine["state"].eq(CONFIRMED), mine["state"].eq(OPEN)
    order = mine.assign(
        place=np.select([confirmed, open_ & mine["news"].ne(USUAL), open_], [0, 1, 2], 3),
        weeks=-mine["n_alarms"].where(confirmed, 0),
        age=-pd.to_datetime(mine["opened_on"]).astype("int64"),
    )
    return mine.loc[order.sort_values(["place", "weeks", "age", *KEY]).index[0]]


def alarms_of(
    signal: pd.Series, risk_count: pd.DataFrame, hazard_count: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return two frames about a signal: its alarms, and the weeks of one of its streams to draw.

    The alarms: one row per week, stream and method, sorted by week and p_adjusted; columns week, stream,
    method, n (reports), expected, p_adjusted, eb05. The weeks: one row per week, from BEFORE weeks ahead of
    the week that opened the signal to its end, at most the last MOST + 1; columns week, n, exposure (number
    that the reports are counted against), expected, alarm (bool; also true in weeks of an earlier signal of
    the key). Their stream is that of the first alarm, or without one that of the signal's first reason.

    ``signal``: a row of gold.risk_signal; ``risk_count``, ``hazard_count``: the gold tables with all series,
    as an alarm is judged among all series of its week. The column exposure is left out where it is orders,
    which may be confidential; ``expected`` is rounded to one decimal for that reason. Raises NothingToShow
    where there are no weekly counts.
    """
    last = newest_week(risk_count, hazard_count)
    streams = {reason.rsplit("_", 1)[-1] for reason in signal["reasons"] if reason.startswith("gps_")}
    if last is None:
        raise NothingToShow("没有周计数，以下从略 | there are no weekly counts tonight")
    families = reported(risk_count, last), named(hazard_count, last)
    opened = int(week_number(pd.Series([signal["opened_on"]]))[0]) - 1
    open_ = pd.isna(signal["closed_on"])
    end = last if open_ else min(int(week_number(pd.Series([signal["closed_on"]]))[0]) - 1, last)
    begin = max(opened - BEFORE, end - MOST)
    found = [alarms(*families)]
    if streams:
        found.append(pairs(_between(named(hazard_count, last, least=1), begin, end), tuple(sorted(streams))))
    every = pd.concat([rows for rows in found if len(rows)] or found[:1], ignore_index=True)
    every = every[_is(every, signal) & (every["week"] <= end)]
    mine = every[every["week"] >= opened]
    mine = mine.sort_values(["week", "p_adjusted", "stream", "method"], ignore_index=True)
    stream = mine["stream"].iloc[0] if len(mine) else signal["reasons"][0].rsplit("_", 1)[-1]
    family = families[1] if signal["key_type"] == PAIR else families[0]
    weeks = _weekly(family, signal, stream, begin, end)
    weeks["alarm"] = weeks["week"].isin([monday(w) for w in every.loc[every["stream"].eq(stream), "week"]])
    mine = mine.assign(week=[monday(w) for w in mine["week"]], expected=half_up_all(mine["expected"], 1))
    return mine[["week", "stream", "method", "n", "expected", "p_adjusted", "eb05"]], weeks


def _is(rows: pd.DataFrame, signal: pd.Series) -> pd.Series:
    return rows["key_type"].eq(signal["key_type"]) & rows["key_code"].eq(signal["key_code"])


def _between(series: Series, begin: int, end: int) -> Series:
    """Return the series cut to the weeks ``begin`` to ``end`` and the PAIR_WEEKS before them, by which pairs
    are judged."""
    first = max(begin - PAIR_WEEKS, series.first)
    cut = slice(first - series.first, end - series.first + 1)
    return replace(series, first=first, counts=series.counts[:, cut], exposure=series.exposure[:, cut])


def _weekly(family: Series, signal: pd.Series, stream: str, begin: int, end: int) -> pd.DataFrame:
    """Return weeks ``begin`` to ``end`` of the signal's series in one stream, one row per week; ``expected``
    is missing where the series has less history than EARS needs."""
    rows = np.flatnonzero((_is(family.keys, signal) & family.keys["stream"].eq(stream)).to_numpy(bool))
    _, expected, _, known = exact(family.counts[rows], positive(family)[rows], COMPARED)
    age = np.arange(family.counts.shape[1])[None, :] - family.start[rows][:, None]
    expected = np.where(known & (age >= history(COMPARED)), expected, np.nan)
    first = max(begin - family.first, 0)
    cut = slice(first, max(end - family.first + 1, first))
    counts, exposure = family.counts[rows, cut], family.exposure[rows, cut]
    found = pd.DataFrame(
        {
            "week": [monday(family.first + first + w) for w in range(counts.shape[1])] * len(rows),
            "n": counts.ravel().astype(np.int64),
            "exposure": exposure.ravel().round(),
            "expected": half_up_all(expected[:, cut].ravel(), 1),
        }
    )
    hidden = signal["key_type"] != PAIR or stream in _UNCOUNTED
    return found.drop(columns="exposure") if hidden else found


def learned(signal: pd.Series, risk_count: pd.DataFrame, **tables: pd.DataFrame) -> pd.DataFrame:
    """Return what samples, recalls and penalties showed about the signal's key, one row per week with any of
    them, in order: by these a signal is confirmed or refuted. The weeks are those from opened_on to before
    closed_on or the newest whole week, but no later than DAYS (90) days after its first news (news_on; where
    that is missing, after opened_on). Without such a week the frame is empty.

    Columns: week (its Monday, a date), COUNTS (n_targeted_judged, n_failing_targeted, n_recalls, n_penalties,
    n_random_judged, n_random_failing), and note, the counts in Chinese and English. Their sums are the counts
    of the signal. ``signal``: a row of gold.risk_signal; ``risk_count``: the gold table; ``tables``: all of
    EVIDENCE, by name without the layer (`sample=…`).
    """
    last = newest_week(risk_count, tables["hazard_count"])
    rows = evidence(**tables)
    rows = rows[rows["week"] <= (-1 if last is None else last)]
    begin = int(week_number(pd.Series([signal["opened_on"]]))[0])
    watched = signal["opened_on"] if pd.isna(signal["news_on"]) else signal["news_on"]
    end = int(week_number(pd.Series([watched]))[0]) + DAYS // 7
    if pd.notna(signal["closed_on"]):
        end = min(end, int(week_number(pd.Series([signal["closed_on"]]))[0]))
    mine = rows[_is(rows, signal) & (rows["week"] >= begin) & (rows["week"] < end)]
    mine = mine.groupby("week", as_index=False)[COUNTS].sum()
    mine = mine[mine[COUNTS].gt(0).any(axis=1)].reset_index(drop=True)
    notes = [_in_words(row) for row in mine.to_dict("records")]
    return mine.assign(week=[monday(w) for w in mine["week"]], note=pd.Series(notes, dtype=object))


def _in_words(counts: dict[Any, Any]) -> str:
    said = [
        (zh.format(counts[of], counts.get(part)), en.format(counts[of], counts.get(part)))
        for of, part, zh, en in _WORDS
        if counts[of] > 0
    ]
    return "；".join(zh for zh, _ in said) + " | " + "; ".join(en for _, en in said)


def lead(signal: pd.Series) -> int | None:
    """Return the number of days from the opening of the signal to its end; None while it is open.
    ``signal``: a row of gold.risk_signal."""
    if pd.isna(signal["closed_on"]):
        return None
    return int((pd.Timestamp(signal["closed_on"]) - pd.Timestamp(signal["opened_on"])) / timedelta(days=1))

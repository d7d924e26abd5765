"""Rows about laboratories as pages show them: failures found compared with those expected from their peers,
turnaround in days, and agreement on the same samples (gold.lab_performance, gold.lab_agreement). Used by
labs.html and each laboratory's page."""

from __future__ import annotations

from typing import Any

import pandas as pd

from jobs.marts.sampling.reliability import FEWEST
from jobs.methods.ranges import english, in_chinese
from jobs.methods.rounding import fixed
from jobs.reports.gathered import Gathered
from jobs.reports.numbers import (
    DASH,
    at_least_some,
    count,
    minus,
    missing,
    percent,
    points,
    span,
    with_limits,
)
from jobs.reports.wording import Text, coded, listed, same

PERFORMANCE, AGREEMENT = "gold.lab_performance", "gold.lab_agreement"
# Words of a laboratory's place in the funnel plot of failures found: within or beyond the control limits.
STATES = coded("funnel_state")
DESIGNS = {
    "probability": Text("概率抽样", "probability samples"),
    "targeted": Text("靶向抽样", "targeted samples"),
    "all": Text("全部（各在同类计划内比较）", "all (each within its type of plan)"),
}
PERIODS = {
    "rolling12": Text("最近十二个完整月份", "the last twelve complete months"),
    "all": Text("全部数据", "all data"),
}

# Fields of experts, as registers write them.
FIELDS = {
    "all": Text("全部", "all"),
    "unknown": Text("未填", "not stated"),
    **listed("expert_field"),
}


def newest(table: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """Return (period_type, rows of gold.lab_performance in that period, sorted by laboratory and design): the
    last twelve complete months (rolling12), or all time where the table has no such rows."""
    period = next((p for p in PERIODS if (table["period_type"] == p).any()), "all")
    return period, table[table["period_type"] == period].sort_values(["lab_id", "design"])


def names_of(known: Gathered) -> dict[str, Text]:
    """Return lab_id → name of all laboratories in silver.lab."""
    return known.names.by_dimension["lab"]


def days(row: dict[str, Any], stem: str) -> Text:
    """Return a quantile of the turnaround in days with its 95% limits, as `12 (10–15)`; a dash where missing,
    ∞ for a missing upper limit. ``row``: of gold.lab_performance; ``stem``: median or p90."""
    value = row["median_days"] if stem == "median" else row["p90_days"]
    if missing(value):
        return same(DASH)
    high = row[f"{stem}_high"]
    ends = english(fixed(row[f"{stem}_low"], 0), "∞" if missing(high) else fixed(high, 0))
    return with_limits(same(fixed(value, 0)), ends)


def _two(low: float, high: float) -> str:
    """Two limits with two decimals."""
    return english(fixed(low, 2), fixed(high, 2))


def share(row: dict[str, Any], stem: str, part: str, whole: str) -> Text:
    """Return a share with its 95% limits and counts, `96.0% (93.1–97.9%; 288 / 300)`; a dash where missing.
    ``stem``: beginning of the columns' names (on_time, found, overturned); ``part``, ``whole``: columns of
    the counts. Of fewer than FEWEST batches there are the counts alone, `1 / 1 (too few)`: a share of one
    batch says nothing of a laboratory."""
    if missing(row[f"{stem}_share"]):
        return same(DASH)
    if row[whole] < FEWEST:
        few = f"{count(row[part])} / {count(row[whole])}"
        return Text(f"{few}（过少）", f"{few} (too few)")
    inner = limits_and_counts(row, stem, part, whole)
    value = percent(row[f"{stem}_share"])
    return Text(f"{value}（{inner.zh}）", f"{value} ({inner.en})")


def limits_and_counts(row: dict[str, Any], stem: str, part: str, whole: str) -> Text:
    """Return what stands behind a share: its 95% limits and counts. Arguments as for `share`."""
    limits = span(row[f"{stem}_low"], row[f"{stem}_high"])
    counts = f"{count(row[part])} / {count(row[whole])}"
    return Text(f"{in_chinese(limits)}；{counts}", f"{limits}; {counts}")


def turnaround(row: dict[str, Any], names: dict[str, Text]) -> dict[str, Any]:
    """Return a row of gold.lab_performance as texts for the template: name, code, ``tests`` received,
    ``open``, ``median`` and ``p90`` turnaround in days, ``on_time`` (share), ``load`` (commissions received
    of the declared capacity), ``outside`` (those outside what it declared or is accredited for) and
    ``overturned`` (share of its results changed at re-inspection). ``names``: lab_id → name."""
    return {
        "name": names.get(row["lab_id"], same(row["lab_id"])),
        "code": row["lab_id"],
        "tests": count(row["n_tests"]),
        "open": count(row["n_open"]),
        "median": days(row, "median"),
        "p90": days(row, "p90"),
        "on_time": share(row, "on_time", "n_on_time", "n_due"),
        "load": percent(row["load_share"]),
        "outside": count(row["n_outside"]),
        "overturned": share(row, "overturned", "n_overturned", "n_reinspected"),
    }


def findings(row: dict[str, Any], names: dict[str, Text]) -> dict[str, Any]:
    """Return a row of gold.lab_performance as texts for the template: name, code, ``design``, ``found``
    (share of batches that failed), ``expected`` (failures found / expected from its peers), ``ratio`` of
    these with 95% limits, ``limits`` (99.8% control limits of the ratio), ``state`` in words, and ``far``
    (bool): the state is `high` or `low`, for which a ratio outside these limits alone is not enough.
    ``names``: lab_id → name."""
    limits = ("ratio", "ratio_low", "ratio_high")
    known = not any(missing(row[c]) for c in limits)
    return {
        "name": names.get(row["lab_id"], same(row["lab_id"])),
        "code": row["lab_id"],
        "design": DESIGNS[row["design"]],
        "found": share(row, "found", "n_failing", "n_judged"),
        "expected": DASH
        if missing(row["expected"])
        else f"{row['n_compared_failing']} / {at_least_some(row['expected'])}",
        "ratio": with_limits(same(fixed(row["ratio"], 2)), _two(row["ratio_low"], row["ratio_high"]))
        if known
        else same(DASH),
        "limits": DASH if missing(row["low998"]) else _two(row["low998"], row["high998"]),
        "state": STATES[row["state"]],
        "far": row["state"] in ("high", "low"),
    }


def signed(value: float) -> str:
    """Return a share (0–1) as a percentage with its sign: 0.021 → "+2.1%"."""
    return f"{points(value * 100)}%"


def agreement(row: dict[str, Any], names: dict[str, Text]) -> dict[str, Any]:
    """Return a row of gold.lab_agreement as texts for the template: name, code, ``kind`` of comparison,
    ``pairs`` of verdicts, ``agreement`` (share of equal ones), Cohen's ``kappa``, ``bias`` of measured values
    in per cent, each with 95% limits, and ``samples`` with values. ``names``: lab_id → name."""

    def limits(stem: str, form: Any) -> Text:
        if missing(row[stem]):
            return same(DASH)
        low, high = row[f"{stem}_low"], row[f"{stem}_high"]
        return with_limits(same(form(row[stem])), DASH if missing(low) else english(form(low), form(high)))

    return {
        "name": names.get(row["lab_id"], same(row["lab_id"])),
        "code": row["lab_id"],
        "kind": coded("agreement_kind")[row["kind"]],
        "pairs": count(row["n_pairs"]),
        "agreement": limits("agreement", percent),
        "kappa": limits("kappa", lambda v: minus(fixed(v, 2))),
        "bias": limits("bias", signed),
        "samples": count(row["n_value_samples"]),
    }

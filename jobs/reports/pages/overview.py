"""One line per platform with its main figures beside one another: index and tier, exposure rate, complaint
rate, weak points, takedowns that are still to be done. Rows of it are what readers compare."""

from __future__ import annotations

from collections import Counter
from typing import Any

from jobs.reports.figures import Line
from jobs.reports.gathered import Gathered
from jobs.reports.index_parts import weak
from jobs.reports.numbers import DASH, count
from jobs.reports.wording import Text, same

MOST_WEAK = 3  # weak points named
TAKEDOWNS = ("take_down", "take_down_counterfeit")  # tasks of gold.work_queue


def overview(
    known: Gathered, codes: list[str], index: dict[str, Any] | None, rates: list[Line]
) -> list[dict[str, Any]]:
    """Return one dict per platform of ``codes``, in their order; the values are formatted for display, a dash
    where there is none. ``index``: as `indexes.ranking` returns it; ``rates``: the lines of probability
    samples in `Gathered.window`.

    Keys: ``code``, ``name``, ``tier``, ``score`` and ``limits`` of the index, ``tier_code`` ('' for no tier),
    ``rate`` and ``rate_limits``, ``figure`` (the rate as a Figure; None where ``rates`` has no line of the
    platform), ``complaint`` and ``complaint_limits``, ``weak`` (one text with the names of up to MOST_WEAK
    weak points, the costliest first), and ``takedowns`` (how many the platform still has to do, as text)."""
    of_index = {x["code"]: x for x in index["lines"]} if index else {}
    of_rate = {x.code: x for x in rates}
    queue = known.night.frame("gold.work_queue")
    open_ = Counter(
        queue.loc[queue["task"].isin(TAKEDOWNS) & queue["office_type"].eq("platform"), "office_code"]
    )
    return [
        _line(known, code, of_index.get(code), of_rate.get(code)) | {"takedowns": count(open_[code])}
        for code in codes
    ]


def _line(known: Gathered, code: str, index: dict[str, Any] | None, rate: Line | None) -> dict[str, Any]:
    _, complaint = known.complaint("platform", code)
    period = known.index_period
    points = [] if period is None or index is None else weak(known, "platform", code, period)[:MOST_WEAK]
    return {
        "code": code,
        "name": known.names.of("platform", code),
        "tier": index["tier"] if index else same(DASH),
        "tier_code": index["tier_code"] if index else "",
        "score": index["score"] if index else DASH,
        "limits": index["limits"] if index else DASH,
        "figure": rate.head if rate else None,
        "rate": rate.head.text if rate else same(DASH),
        "rate_limits": rate.head.interval if rate else DASH,
        "complaint": complaint.rate if complaint else same(DASH),
        "complaint_limits": complaint.interval if complaint else DASH,
        "weak": Text(
            "；".join(p["name"].zh for p in points) or DASH, "; ".join(p["name"].en for p in points) or DASH
        ),
    }

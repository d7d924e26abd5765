"""Writes sentences about a figure in Chinese and English from the numbers of its row, so that texts and
tables agree. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import pandas as pd

from jobs.marts.overview.unit_items import DAYS, PER_10000, POINTS, SHARE
from jobs.methods import ranges
from jobs.methods.rounding import half_up
from jobs.plurals import plural

# Item (kind of figure) → its name in Chinese and English.
NAMES = {
    "quality_index": ("质量指数", "quality index"),
    "exposure_rate": ("加权不合格率（按销量）", "exposure rate"),
    "shrunk_rate": ("收缩估计", "small-area estimate"),
    "probability_rate": ("不合格检出率（概率抽样）", "detection rate (probability samples)"),
    "finding_rate": (
        "问题发现率（只说明所查对象，不代表市场）",
        "finding rate (it describes what was checked, not the market)",
    ),
    "violation_rate": ("违法及不合格率", "violation rate"),
    "complaint_rate": ("万单投诉率", "complaint rate"),
    "taken_down_share": ("下架率", "share taken down"),
    "closed_share": ("闭环率", "share closed"),
    "takedown_days": ("从告知到下架的中位天数", "median days from notice to takedown"),
    "recheck_on_time": ("复查按时率", "on-time share of rechecks"),
}
_BAD = ("non-conforming", "non-conforming")
# What n counts, and what n_events counts; in English of one and of several. By the basis of a figure, or by
# its item where that counts others.
COUNTED = {
    "probability": ("判定", "批次", "不合格", ("judged batch", "judged batches"), _BAD),
    "targeted": ("判定", "批次", "不合格", ("judged batch", "judged batches"), _BAD),
    "violation_rate": (
        "判定或检验前移送查处",
        "批次",
        "不合格或移送查处",
        ("batch judged or referred before the test", "batches judged or referred before the test"),
        ("non-conforming or referred", "non-conforming or referred"),
    ),
    "complaints": (
        "订单",
        "单",
        "质量投诉",
        ("order", "orders"),
        ("quality complaint", "quality complaints"),
    ),
    "procedure": ("涉及", "批次", "完成", ("batch", "batches"), ("done", "done")),
    "index": ("判定", "批次", "", ("judged batch", "judged batches"), ("", "")),
}
LEVEL = {"index": 90}  # per cent of the limits; 95 elsewhere


class Figure(NamedTuple):
    """The values of one row of a report (`unit_report.report`) that a sentence needs; the names are those of
    its columns, which `unit_items` explains. Missing numbers are NaN."""

    item: str
    unit: str
    basis: str
    value: float
    low: float
    high: float
    n: float
    n_events: float
    reliable: bool
    rank: float
    n_ranked: float
    change: float
    change_low: float
    change_high: float


class Peers(NamedTuple):
    """What the units of a report are called, in the plural, in Chinese and English."""

    zh: str
    en: str


def shown(value: float, unit: str) -> Decimal:
    """Return a figure as it is shown: rounded half up to one decimal, a share (``unit`` SHARE, value 0-1) in
    per cent. The shortest decimal that represents the float is what is rounded, so that 0.25 becomes 0.3."""
    return half_up(value, 100 if unit == SHARE else 1)


def sentence(figure: Figure, peers: Peers) -> tuple[str, str]:
    """Return two sentences, Chinese and English, about one figure: its value, limits, counts, rank among
    comparable units, and change from a year earlier. A rate of 0 is given as below its upper limit. Where the
    figure is confidential (a complaint rate whose ``n`` is missing) or not reliable, they say so instead.

    ``figure``: a row of a report; ``peers``: what the units are called."""
    zh, en = NAMES[figure.item]
    count_zh, count_en = _counts(figure)
    if figure.basis == "complaints" and pd.isna(figure.n):
        events = 0 if pd.isna(figure.n_events) else int(figure.n_events)
        why = (
            "不足五家企业或一家占比超过85%，或相减可得这样的数",
            "fewer than five enterprises, or one enterprise holding more than 85%, or a cell that would "
            "reveal such a figure",
        )
        return (
            f"{zh}：保密（{why[0]}；质量投诉{events:,}件）。",
            f"{_capital(en)}: confidential ({why[1]}; {plural(events, 'quality complaint')}).",
        )
    if pd.isna(figure.value) or not figure.reliable:
        return (
            f"{zh}：数据不足以判断（{count_zh}）。",
            f"{_capital(en)}: not precise enough to say ({count_en}).",
        )
    if figure.value == 0 and figure.basis in ("probability", "targeted", "complaints"):
        top = max(shown(figure.high, figure.unit), Decimal("0.1"))
        unit_zh, unit_en = ("%", "%") if figure.unit == SHARE else ("件", "")
        zh, en = (
            f"{zh}低于{top:,}{unit_zh}（{count_zh}）",
            f"{_capital(en)}: below {top:,}{unit_en} ({count_en})",
        )
    else:
        zh = f"{zh}为{_amount(figure.value, figure.unit, True)}（{_limits(figure, True)}{count_zh}）"
        en = (
            f"{_capital(en)}: {_amount(figure.value, figure.unit, False)} "
            f"({_limits(figure, False)}{count_en})"
        )
    if not pd.isna(figure.rank):
        rank, size = int(figure.rank), int(figure.n_ranked)
        zh += f"，在{size}个可比{peers.zh}中由优到劣排第{rank}位"
        en += f"; rank {rank} of {size} comparable {peers.en}, the best first"
    more_zh, more_en = _change(figure)
    return f"{zh}{more_zh}。", f"{en}{more_en}."


def _counts(figure: Figure) -> tuple[str, str]:
    verb, unit, events_zh, things, events_en = COUNTED.get(figure.item) or COUNTED[figure.basis]
    n = 0 if pd.isna(figure.n) else int(figure.n)
    if pd.isna(figure.n_events) or not events_zh:
        return f"{verb}{n:,}{unit}", plural(n, *things)
    events = int(figure.n_events)
    of = "件" if figure.basis == "complaints" else unit
    return (
        f"{verb}{n:,}{unit}，{events_zh}{events:,}{of}",
        f"{plural(n, *things)}, {plural(events, *events_en)}",
    )


def _limits(figure: Figure, chinese: bool) -> str:
    if pd.isna(figure.low) or pd.isna(figure.high):
        return ""
    level, low, high = (
        LEVEL.get(figure.basis, 95),
        shown(figure.low, figure.unit),
        shown(figure.high, figure.unit),
    )
    sign = "%" if figure.unit == SHARE else ""
    ends = f"{low}{sign}", f"{high}{sign}"
    if chinese:
        return f"{level}%区间{ranges.chinese(*ends)}，"
    return f"{level}% interval {ranges.english(*ends)}, "


def _amount(value: float, unit: str, chinese: bool) -> str:
    number = shown(value, unit)
    words = {SHARE: ("%", "%"), PER_10000: ("件", ""), DAYS: ("天", " days"), POINTS: ("分", " points")}[unit]
    return f"{number}{words[0] if chinese else words[1]}"


def _change(figure: Figure) -> tuple[str, str]:
    if pd.isna(figure.change) or pd.isna(figure.change_low) or pd.isna(figure.change_high):
        return "", ""
    change, low, high = (shown(v, POINTS) for v in (figure.change, figure.change_low, figure.change_high))
    zh, en = {
        SHARE: ("个百分点", " points"),
        PER_10000: ("件", ""),
        DAYS: ("天", " days"),
        POINTS: ("分", " points"),
    }[figure.unit]
    if figure.change_low <= 0 <= figure.change_high:
        limits = [f"{v:+}".replace("-", "−") if v else f"{v}" for v in (low, high)]
        return (
            f"；与上年同期相比无显著变化（差值的95%区间{ranges.chinese(*limits)}{zh}）",
            f"; no significant change from a year earlier (95% interval {ranges.english(*limits)}{en})",
        )
    up = figure.change > 0
    size, ends = abs(change), [str(end) for end in sorted((abs(low), abs(high)))]
    return (
        f"；比上年同期{'上升' if up else '下降'}{size}{zh}（95%区间{ranges.chinese(*ends)}）",
        f"; {'up' if up else 'down'} by {size}{en} from a year earlier "
        f"(95% interval {ranges.english(*ends)})",
    )


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]

"""The preview of the quality index that a platform gets before the index is published: the score of each
indicator, and how many points the index would gain if an open item were settled. The points are computed as
the published index is, with the same goalposts, weights and rule (jobs.marts.quality_index). Pure.

An indicator is one measured number in the index, scored from 1 to 100. An item is one case that lowers an
indicator, such as an unacknowledged order. Parcels and kinds of files: see `jobs.exchange.kinds`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from jobs.arrays import dicts
from jobs.exchange import quartiles
from jobs.exchange.kinds import Kind, Parcel, as_days, of, only, recipient_of_platform
from jobs.exchange.pages.references import unit_of
from jobs.exchange.parties import is_known_failure
from jobs.marts.calendars import house_due
from jobs.marts.quality_index.panel import KEY, MONTHS, Panel, panel
from jobs.marts.quality_index.scoring import met_wholly
from jobs.marts.quality_index.what_if import index_with, score_with
from jobs.marts.takedown_duty import NOTICE
from jobs.methods.rounding import half_up_all
from jobs.reports.confidential import PER_ORDER, shown, significant
from jobs.reports.index_parts import WEIGHTED, shrunk
from jobs.reports.numbers import missing
from jobs.reports.procedure import STATUS
from jobs.reports.wording import WITHHELD, Text, label

INDEX = "gold.quality_index_indicator"
BEST = 100.0
LEAST = 5e-5  # gains of fewer points are left out
# Indicators that are a share of counts: one item less is one event more. Those of samples are weighted.
SHARES = ("data_filed", "standards_valid", "complaints_on_time", "takedown_on_time")
# Indicator → in which period an item counts once it is settled. All periods of the index have ended. Data
# filed late and a citation that is corrected change the period itself, which is computed anew. A batch that
# failed stays; the samples of the period after it may be better.
COUNTED = {"data_filed": "same_period", "standards_valid": "same_period", "exposure_rate": "next_period"}
SCORED = ["value", "estimate", "score"]
ESTIMATE_DIGITS = 2  # of rates per order, significant ones, as pages have them in weak points
PAST = "past"  # the deadline is over: settling the item does not change the index
SCORE = Kind(
    "score_preview",
    "2.1.0",
    INDEX,
    {
        **of(INDEX, "period_type period_start indicator pillar status"),
        **dict.fromkeys(SCORED, ""),
        **dict.fromkeys(("index_score", "points_to_gain", *quartiles.COLUMNS), ""),
        **dict.fromkeys(("borrowed", "reason_zh", "reason_en"), ""),
    },
    whole=True,
    key=("period_type", "period_start", "indicator"),
    about="质量指数最近一期的各指标和可提高的分数 | indicators of the latest index and what each could add",
    own={
        "value": (
            "double | 指标值，单位同评分上下限，含义同指数各指标；为空的，原因见reason_zh | value in the "
            "unit of the goalposts, as the index has it; where it is null, reason_en says why"
        ),
        "estimate": (
            "double | 计分用估计值，单位同指标值，每万单指标取两位有效数字；为空的，原因见reason_zh | "
            "estimate that is scored, in the unit of the value, of rates per order to two significant "
            "digits; where it is null, reason_en says why"
        ),
        "score": (
            "double | 得分，1–100，一位小数；为空的，原因见reason_zh | score from 1 to 100, one decimal; "
            "where it is null, reason_en says why"
        ),
        "index_score": "double | 指数得分，一位小数 | the index, one decimal",
        "points_to_gain": (
            "double | 该指标满分时指数提高的分数，两位小数，数值不列的一位；不计分的为空 | points that "
            "the index would gain were the indicator at 100: two decimals, one where the value is withheld; "
            "null of what is not scored"
        ),
        **quartiles.COLUMNS,
        "borrowed": (
            "boolean | 借助同类单位：占比类指标的数值是否为估计值，不是本平台件数之比；没有数值的和加权"
            "不合格率为空 | whether the value uses the platform's peers: of a share, whether it is an "
            "estimate and not the share of the platform's own counts; null without a value and of the "
            "weighted exposure rate"
        ),
        "reason_zh": (
            "string | 无数值、估计值或得分的原因（中文）；三项俱全的为空 | why there is no value, estimate "
            "or score, in Chinese; null where all three are there"
        ),
        "reason_en": (
            "string | 无数值、估计值或得分的原因（英文）；三项俱全的为空 | why there is no value, estimate "
            "or score, in English; null where all three are there"
        ),
    },
)
LACKING = ("lacking_zh", "lacking_en")
# Column of gold.platform_duty → the data to file where the column is 0, which means that none were filed.
TO_FILE = {
    "orders_filed": Text("订单", "orders"),
    "reviews_filed": Text("评价", "reviews"),
    "controls_filed": Text(
        "管控（当月没有下架、禁售的，也须报一条自查记录，下架商品数可为0）",
        "controls (a month without takedown or ban needs the record of a self-inspection, which may have "
        "removed 0 goods)",
    ),
}
MOVED = ("item_kind", "item_id", "due", "points", "points_together", "counts", "basis", *LACKING)
MOVERS = Kind(
    "score_movers",
    "2.1.1",
    INDEX,
    {
        **of(INDEX, "period_type period_start indicator"),
        **dict.fromkeys(MOVED, ""),
    },
    whole=True,
    key=("period_type", "period_start", "indicator", "item_kind", "item_id"),
    about=(
        "哪些事项影响指数：仅一项和同一指标各项均正常时各提高多少分 | what moves the index: points of each "
        "alone, and of all of an indicator"
    ),
    own={
        "item_kind": (
            "string | 未回执的下架通知、未报数据（按月）、逾期下架、逾期投诉、标注无效标准、不合格批次 | "
            "unacknowledged_order, unfiled_data (a month), late_takedown, late_complaint, "
            "invalid_citation or failing_batch"
        ),
        "item_id": "string | 通知、月份、投诉、链接或样品 | notice, month, complaint, listing or sample",
        "due": "date | 期限 | last day",
        "points": (
            "double | 仅该事项正常、其余不变时指数提高的分数，各行不可相加 | points that the index would "
            "gain were this alone in order and all else as it is: not to be added up over rows"
        ),
        "points_together": (
            "double | 同一期间、同一指标的各事项均正常时指数共提高的分数，各行同值，不超过该指标满分时"
            "所提高的 | points that the index would gain were all matters of the indicator and period in "
            "order at once: the same in each of their rows, and at most what full marks would add"
        ),
        "counts": (
            "string | 现在办结计入哪一期间：same_period该期间（已结束的重新计算），next_period其后的期间，"
            "past已逾期不再计入 | in which period it counts once closed: same_period, which is computed anew "
            "though it has ended; next_period, the one after it; or past: only the next deadlines can be met"
        ),
        "basis": (
            "string | 按计数重算，或按比例、未重做收缩估计 | exact: recomputed with the count "
            "changed; first_order: in proportion, the estimate not shrunk anew"
        ),
        "lacking_zh": (
            "string | 缺少的数据：该月未报的种类（中文）；其他事项为空 | which data of the month were not "
            "filed, in Chinese; null of other matters"
        ),
        "lacking_en": (
            "string | 缺少的数据：该月未报的种类（英文）；其他事项为空 | which data of the month were not "
            "filed, in English; null of other matters"
        ),
    },
)
KINDS = {kind.name: kind for kind in (SCORE, MOVERS)}
ITEM = ["platform_code", "indicator", "item_kind", "item_id", "on", "due", *LACKING]


def score_preview(
    *,
    indicator: pd.DataFrame,
    weak: pd.DataFrame,
    references: dict[str, pd.DataFrame],
    items: pd.DataFrame,
    platforms: set[str],
    flags: pd.DataFrame,
) -> Iterator[Parcel]:
    """Yield up to two parcels for each of ``platforms`` (codes) whose index may be published: SCORE, one row
    per period and indicator, and MOVERS, one row per period, indicator and item that would raise the index.
    They are of the newest month, quarter and year in ``indicator`` (gold.quality_index_indicator).

    ``flags``: which platforms' orders are confidential (`confidential.flags_of`); ``items``: open items, the
    columns ITEM (`open_items`); ``weak``: gold.weak_point. ``references``: the tables goalpost, index_weight,
    index_method and product_category by name; where one of them has no rows there is no index, and nothing
    is yielded.
    """
    mine = indicator[indicator["dimension_type"].eq("platform") & indicator["dimension_code"].isin(platforms)]
    last = mine.groupby("period_type")["period_start"].transform("max")
    mine = mine[mine["period_start"].eq(last)].reset_index(drop=True)
    if mine.empty or any(rows.empty for rows in references.values()):
        return
    units = panel(indicator=mine, **references)
    rows = _stand(mine, units, shown(INDEX, mine, flags))
    rows = quartiles.beside_peers(rows, mine.loc[rows.index], weak, flags)
    moved = movers(rows, units, items)
    for kind, table in ((SCORE, rows), (MOVERS, moved)):
        for code, own in table.sort_values(list(kind.key), kind="stable").groupby("dimension_code"):
            yield Parcel(recipient_of_platform(str(code)), kind, only(own, kind))


def _stand(mine: pd.DataFrame, units: Panel, safe: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``mine`` of published platforms with ``unit`` and ``column``, their positions in ``units``,
    index_score, points_to_gain, borrowed, reason_zh and reason_en. ``safe``: the same rows as pages show them
    (`confidential.shown`): value, estimate and score of rates per order are theirs, as one could compute the
    number of orders from them and the published complaints."""
    unit = pd.MultiIndex.from_frame(units.key[KEY]).get_indexer(pd.MultiIndex.from_frame(mine[KEY]))
    column = pd.Index(units.indicators).get_indexer(mine["indicator"])
    gain = index_with(units, unit, column, np.full(len(mine), BEST)) - units.index[unit]
    own = mine["status"].isin(["not_applicable", "set_aside"]).to_numpy()
    per_order = mine["indicator"].isin(PER_ORDER)
    given = {name: mine[name].where(~per_order, safe[name]) for name in SCORED}
    given["estimate"] = given["estimate"].where(~per_order, significant(given["estimate"], ESTIMATE_DIGITS))
    kept_back = per_order & safe["confidential"]
    reasons = [_reason(row) for row in dicts(mine.assign(**given, withheld=kept_back))]
    rows = mine.assign(
        unit=unit,
        column=column,
        index_score=half_up_all(units.index[unit], 1),
        points_to_gain=np.where(own, np.nan, np.where(kept_back, half_up_all(gain, 1), half_up_all(gain, 2))),
        **given | {"score": half_up_all(given["score"], 1)},
        borrowed=np.array([_borrowed(row) for row in dicts(mine.assign(**given))], dtype=object),
        reason_zh=np.array([None if said is None else said.zh for said in reasons], dtype=object),
        reason_en=np.array([None if said is None else said.en for said in reasons], dtype=object),
    )
    return rows[units.published[unit]]


def _reason(row: dict[str, Any]) -> Text | None:
    """Return why a row of gold.quality_index_indicator has no value, estimate or score; None where it has all
    three. ``withheld``: whether they may not be given; else the row's status says why."""
    if not any(missing(row[name]) for name in SCORED):
        return None
    return WITHHELD if row["withheld"] else label(STATUS, row["status"])


def _borrowed(row: dict[str, Any]) -> bool | None:
    """Return whether the value of a row of gold.quality_index_indicator is an estimate that uses its peers;
    None where it has none to show, and of the exposure rate, whose counts are not weighted."""
    if missing(row["value"]) or row["indicator"] == WEIGHTED:
        return None
    return shrunk(row, unit_of(str(row["indicator"])))


def movers(rows: pd.DataFrame, units: Panel, items: pd.DataFrame) -> pd.DataFrame:
    """Return the items that would raise the index if they were settled, one row per period and item, in no
    set order: the columns KEY of the unit and period (period_type, dimension_code …), and those of MOVERS.

    ``rows``: one row per platform, period and indicator, with their positions ``unit`` and ``column`` in
    ``units``, the panel of the index; ``items``: one row per item, the columns ITEM. An item counts in each
    period (month, quarter, year) that its day `on` lies in, an invalid citation in each of its months from
    that day on; its indicator must have the status `used` there. ``points``: how much the index would gain
    by the item alone; ``points_together``: by all items of the indicator and period at once. They are rounded
    to four decimals. Scores are not linear in counts, so that points of items do not add up to those of all.
    Items that would add LEAST points or fewer are left out.
    """
    columns = [*KEY, *MOVERS.columns]
    used = rows[rows["status"].eq("used") & rows["denominator"].gt(0)]
    found = used.merge(
        items, left_on=["dimension_code", "indicator"], right_on=["platform_code", "indicator"]
    )
    month = np.array([_month(day) for day in found["on"]], dtype=int)
    start = np.array([_month(day) for day in found["period_start"]], dtype=int)
    end = start + found["period_type"].map(MONTHS).to_numpy(int)
    cites = found["item_kind"].eq("invalid_citation").to_numpy(bool)
    inside = (month < end) & (cites | (start <= month))
    found = found[inside].reset_index(drop=True)
    if found.empty:
        return pd.DataFrame(columns=list(dict.fromkeys(columns)))
    # Each month of a period counts a listing once more.
    events = np.where(cites, end - np.maximum(month, start), 1)[inside]
    found = found.assign(events=events).drop_duplicates([*KEY, *MOVERS.key[2:]])
    together = found.groupby([*KEY, "indicator"])["events"].transform("sum")
    alone = _gain(found, units, found["events"].to_numpy(float))
    late = found["item_kind"].isin(("late_takedown", "late_complaint"))
    found = found.assign(
        points=half_up_all(alone, 4),
        points_together=half_up_all(_gain(found, units, together.to_numpy(float)), 4),
        counts=found["indicator"].map(COUNTED).where(~late, PAST),
        basis=np.where(found["indicator"].isin(SHARES), "exact", "first_order"),
    )
    return found.loc[alone > LEAST, list(dict.fromkeys(columns))]


def _gain(found: pd.DataFrame, units: Panel, events: np.ndarray) -> np.ndarray:
    """Return how many points the index of each row of ``found`` (a row of an indicator, as in `movers`) would
    gain if so many ``events`` of the indicator were in order, at most all that are not."""
    share = found["indicator"].isin(SHARES).to_numpy(bool)
    value, count = found["numerator"].to_numpy(float), found["denominator"].to_numpy(float)
    at = (found["unit"].to_numpy(), found["column"].to_numpy())
    own = units.arrays["value"][at]
    # One event more moves the mean of a beta law by one in its precision.
    more = np.minimum(count - value, events) / found["estimate_precision"].to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        better = np.where(share, own + more, own * (value - np.minimum(value, events)) / value)
    met = met_wholly(found.assign(numerator=np.minimum(value + events, count)))
    return index_with(units, *at, score_with(units, *at, better), met) - units.index[at[0]]


def open_items(
    *,
    lifecycle: pd.DataFrame,
    sample: pd.DataFrame,
    control: pd.DataFrame,
    duty: pd.DataFrame,
    queue: pd.DataFrame,
    calendar: pd.DataFrame,
    citation: pd.DataFrame,
    day: date,
) -> pd.DataFrame:
    """Return the open items that count in an indicator of a platform, one row per item, columns ITEM (code of
    the platform, indicator, kind and id of the item …): ``on`` is the day that decides in which period an
    item counts, ``due`` its last day where there is one.

    ``lifecycle``: gold.sampling_lifecycle; ``sample``, ``calendar``: the silver tables; ``control``:
    silver.platform_control; ``duty``: gold.platform_duty; ``queue``: gold.work_queue; ``citation``:
    gold.standard_citation; ``day``: today. A takedown is late after the last day that the index uses
    (`house_due`), as gold.work_queue has no deadline for it. A citation counts from the day on which the
    page was put up or, where that is later, on which what it cites ceased to hold. Items without platform or
    day are left out.
    """
    acknowledged = control.loc[control["kind"].eq("acknowledgement"), "sample_id"]
    ordered = lifecycle[lifecycle["takedown_ordered_on"].notna()]
    silent = ordered[~ordered["sample_id"].isin(acknowledged)]
    unfiled = duty[duty["n_kinds_filed"].lt(duty["n_kinds_due"])]
    late = queue[queue["status"].eq("overdue")]
    up = ordered[ordered["taken_down_on"].isna()]
    due = house_due("takedown", up["takedown_ordered_on"], calendar)
    takedowns = up.assign(due=as_days(due))[(due < pd.Timestamp(day)).to_numpy(bool)]
    complaints = late[late["subject_type"].eq("complaint")]
    drawn = sample.loc[sample["inclusion_probability"].notna(), "sample_id"]
    failed = lifecycle[is_known_failure(lifecycle)]
    failed = failed[failed["sample_id"].isin(drawn)]
    parts = [
        _items(
            silent, "data_filed", "unacknowledged_order", NOTICE + silent["sample_id"], "takedown_ordered_on"
        ),
        _items(_lacking(unfiled), "data_filed", "unfiled_data", unfiled["month"].astype(str), "month"),
        _items(takedowns, "takedown_on_time", "late_takedown", takedowns["sample_id"], "due", "due"),
        _items(complaints, "complaints_on_time", "late_complaint", complaints["subject_id"], "due", "due"),
        _items(_invalid(citation), "standards_valid", "invalid_citation", citation["listing_id"], "begins"),
        _items(failed, "exposure_rate", "failing_batch", failed["sample_id"], "result_issued_on"),
    ]
    rows = pd.concat(parts, ignore_index=True)
    return rows[rows["on"].notna() & rows["platform_code"].notna()].reset_index(drop=True)


def _items(
    rows: pd.DataFrame, indicator: str, kind: str, names: pd.Series, on: str, due: str | None = None
) -> pd.DataFrame:
    """Open items (ITEM) of one kind, one per row of ``rows``. ``indicator``: the indicator of the index in
    which they count; ``names``: their ids; ``on``, ``due``: columns of ``rows`` with the day of each and its
    last day (None: it has none). Columns LACKING are those of ``rows``, null where it has none."""
    return pd.DataFrame(
        {
            "platform_code": rows["platform_code"].astype(object),
            "indicator": indicator,
            "item_kind": kind,
            "item_id": names.astype(object),
            "on": rows[on].astype(object),
            "due": rows[due].astype(object) if due else None,
            **{name: rows.get(name) for name in LACKING},
        },
        columns=ITEM,
    )


def _lacking(duty: pd.DataFrame) -> pd.DataFrame:
    """``duty`` (gold.platform_duty) with LACKING: in words, the kinds of data that were not filed."""
    zh, en = (
        [
            join.join(text[at] for kind, text in TO_FILE.items() if not row[kind])
            for row in dicts(duty[[*TO_FILE]])
        ]
        for at, join in enumerate(("、", ", "))
    )
    return duty.assign(
        lacking_zh=pd.Series(zh, duty.index, object), lacking_en=pd.Series(en, duty.index, object)
    )


def _invalid(citation: pd.DataFrame) -> pd.DataFrame:
    """``citation`` (gold.standard_citation) with `begins`: the first day on which the page cited what does
    not hold; null where it is not known since when the page is up: the index counts it in no month."""
    listed, since = (pd.to_datetime(citation[name]) for name in ("listed_on", "since"))
    ended = since.mask(citation["status"].eq("upcoming"))
    return citation.assign(begins=as_days(listed.where(~(ended > listed), ended)))


def _month(day: date) -> int:
    """A number for the month of ``day``, 1 more than that of the month before."""
    return day.year * 12 + day.month

"""What an enterprise gets about its credit: its class and score for the newest month, computed from the facts
that it may know, with the record of each fact and how to object to it. A fact is an event that the scorecard
(silver.scorecard) gives points for, such as a penalty. Pure. Parcels and kinds of files: see
`jobs.exchange.kinds`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd

from jobs.exchange.kinds import Kind, Parcel, of, only
from jobs.exchange.parties import (
    USCC,
    is_known_failure,
    is_known_result,
    named,
    notified_on,
    recipient_of_enterprise,
)
from jobs.marts.credit.credit_facts import NUMBER, RATE, SERIOUS, YEAR, facts
from jobs.marts.credit.credit_score import UNRATED, newest_month, scores
from jobs.marts.sampling.outcomes import ExitKind, Verdict
from jobs.methods.rounding import half_up_all
from jobs.reports.wording import Text

SCORE = "gold.credit_score"
CONFORMING, COUNTERFEIT = "conforming_sample", "counterfeit_confirmed"
TABLES = (  # those from which facts and points are computed, and what an enterprise knows
    "gold.consumer_report",
    "gold.counterfeit_case",
    "gold.sampling_lifecycle",
    "gold.standing_conclusion",
    "silver.certificate",
    "silver.complaint",
    "silver.counterfeit_report",
    "silver.dishonesty_entry",
    "silver.objection",
    "silver.penalty",
    "silver.sample",
    "silver.sampling_plan",
    "silver.scorecard",
    "silver.shop_operator",
)
STANDING = Kind(
    "credit_standing",
    "1.0.1",
    SCORE,
    {
        **of(SCORE, "month grade score n_observations"),
        **dict.fromkeys(("fact", "fact_record", "fact_on", "fact_points", "objection_ids"), ""),
        **dict.fromkeys(("objection_zh", "objection_en"), ""),
    },
    whole=True,
    key=("month", "fact", "fact_record"),
    about=(
        "本企业信用等级、得分的预览和所计的每一事实；尚未告知的事实不计入预览，计入正式得分；"
        "D级本身不限制任何事项 | a preview of the enterprise's credit class and score with each fact behind "
        "them; facts that it has not been notified of are not in the preview and count in the official "
        "score; a class D restricts nothing by itself"
    ),
    own={
        "fact": "string | 计分的事实（代码） | fact that counts, as a code",
        "fact_record": (
            "string | 所据记录的编号；检验未发现不合格的样本合计一行，为空字符串 | identifier of its record; "
            "samples without a failed item are one row with an empty text"
        ),
        "fact_on": "date | 事实发生日，合计行为空 | day of the fact, null of such a row",
        "fact_points": "double | 该月末的分值 | its points by the month's end",
        "objection_ids": (
            "string | 已对该样本提出的异议，以；分隔 | objections to the sample that were filed, "
            "separated by ；"
        ),
        "objection_zh": "string | 如何提出异议（中文） | how to object, in Chinese",
        "objection_en": "string | 如何提出异议（英文） | how to object, in English",
    },
)
KINDS = {STANDING.name: STANDING}
_SAMPLE = Text(
    "向组织该次抽查的市场监管部门提出异议或申请复检，期限见failing_items的objection_due和通知书",
    "object, or ask for re-inspection, at the authority that ordered the check; until when say objection_due "
    "of failing_items and the notice",
)
_DECISION = Text(
    "对处罚决定申请行政复议或提起行政诉讼，期限见决定书",
    "apply for administrative reconsideration of the decision or bring suit; until when the decision says",
)
_LIST = Text(
    "向作出列入决定的机关提出异议或申请信用修复",
    "object, or apply for credit repair, at the authority that listed the enterprise",
)
_FIGURE = Text(
    "数据有误的，向质量观象台的运行方申请更正",
    "where the figure is wrong, ask the operator of the observatory to correct it",
)
HOW = {
    CONFORMING: _FIGURE,
    RATE: _FIGURE,
    NUMBER: _FIGURE,
    **dict.fromkeys(
        ("final_nonconformity", SERIOUS, "violation_exit", "recheck_failed", "rectified_on_time"), _SAMPLE
    ),
    **dict.fromkeys(("penalty_final", "licence_revoked"), _DECISION),
    **dict.fromkeys(("serious_violation_listed", "abnormal_operation_listed"), _LIST),
    COUNTERFEIT: Text(
        "向核查该举报的机关提交正品证明",
        "hand proof that the goods are genuine to the office that verified the report",
    ),
    "quality_complaint_agreed": Text(
        "向主持该次调解的机关申请更正", "ask the office that mediated the complaint to correct its record"
    ),
    "certificate_withdrawn": Text(
        "向撤销证书的认证机构申诉", "appeal to the certification body that withdrew the certificate"
    ),
}
_FACTS = {
    "fact_items": "fact",
    "fact_records": "fact_record",
    "fact_days": "fact_on",
    "fact_points": "fact_points",
}


def credit_standing(tables: dict[str, pd.DataFrame], day: date) -> Iterator[Parcel]:
    """Yield one parcel (STANDING) per enterprise that has a class at the end of the newest month that has
    ended by ``day``: one row per fact, those with most points (plus or minus) first. ``tables``: the tables
    of TABLES, by name without layer (`sampling_lifecycle`).

    The score is computed without the facts that the enterprise may not know on ``day``
    (definitions.md#procedure), and in the same way for every enterprise, so that neither month nor figures
    show whether a fact was left out. Samples that conformed make one row together, so that no seller learns
    which order was a test purchase.
    """
    month = newest_month(day)
    found = facts(tables | {"consumer_report": _of_year(tables["consumer_report"], month)})
    found = found[found["enterprise_id"].isin(named(found["enterprise_id"], USCC))]
    rows = scores(found[~_unknown(found, tables, day)], tables["scorecard"], range(month, month + 1))
    rows = rows[rows["grade"].ne(UNRATED)].reset_index(drop=True)
    if rows.empty:
        return
    rows["month"] = np.datetime64(month, "M").astype("datetime64[D]").item()
    reasons = rows[[*_FACTS]].explode([*_FACTS]).rename(columns=_FACTS)
    sent = rows.drop(columns=[*_FACTS]).join(_summed(reasons), how="inner")
    objection = tables["objection"].sort_values("objection_id")
    filed = objection.groupby("sample_id")["objection_id"].agg("；".join)
    sent = sent.assign(
        objection_ids=sent["fact_record"].map(filed).astype(object),
        objection_zh=sent["fact"].map(lambda fact: HOW[fact].zh),
        objection_en=sent["fact"].map(lambda fact: HOW[fact].en),
        size=-sent["fact_points"].abs(),
    ).sort_values(["enterprise_id", "size", "fact", "fact_record"])
    for code, mine in sent.groupby("enterprise_id"):
        yield Parcel(recipient_of_enterprise(str(code)), STANDING, only(mine, STANDING))


def _of_year(report: pd.DataFrame, month: int) -> pd.DataFrame:
    """Consumers' reports of the year that ends with the month."""
    at = pd.to_datetime(report["month"]).to_numpy("datetime64[M]").astype(np.int64)
    return report[(at > month - YEAR) & (at <= month)]


def _unknown(found: pd.DataFrame, tables: dict[str, pd.DataFrame], day: date) -> pd.Series:
    """Return for each fact whether the enterprise may not know it on ``day``: a finding of which the parties
    have not been notified, a sample that conformed and whose result was not notified or whose plan may still
    buy, or a counterfeit whose listing is not taken down."""
    life, case = tables["sampling_lifecycle"], tables["counterfeit_case"]
    notice = notified_on(life).notna()
    ordered = life["exit_kind"].eq(ExitKind.VIOLATION) & life["takedown_ordered_on"].notna()
    failed = life.loc[is_known_failure(life), "sample_id"]
    ends = pd.to_datetime(tables["sampling_plan"]["ends_on"])
    bought = tables["sampling_plan"].loc[ends < pd.Timestamp(day), "plan_id"]
    conforming = life["outcome"].eq(Verdict.CONFORMING) & is_known_result(life) & life["plan_id"].isin(bought)
    known = {
        CONFORMING: life.loc[conforming, "sample_id"],
        "final_nonconformity": failed,
        SERIOUS: failed,
        "violation_exit": life.loc[notice | ordered, "sample_id"],
        "recheck_failed": life.loc[notice, "sample_id"],
        "rectified_on_time": life.loc[notice, "sample_id"],
        COUNTERFEIT: case.loc[case["taken_down_on"].notna(), "report_id"],
    }
    secret = pd.Series(False, index=found.index)
    for item, records in known.items():
        secret |= found["item"].eq(item) & ~found["record"].isin(records)
    return secret


def _summed(reasons: pd.DataFrame) -> pd.DataFrame:
    """Return the facts with days and numbers, with those of samples that conformed added up to one row per
    score."""
    reasons = reasons.assign(fact_points=reasons["fact_points"].astype(float))
    alone, some = reasons[reasons["fact"].ne(CONFORMING)], reasons[reasons["fact"].eq(CONFORMING)]
    days = pd.to_datetime(alone["fact_on"]).dt.date
    summed = half_up_all(some.groupby(level=0)["fact_points"].sum(), 2).to_frame()
    summed = summed.assign(fact=CONFORMING, fact_record="", fact_on=None)
    return pd.concat([alone.assign(fact_on=days.astype(object)), summed]).rename_axis(None)

"""What an enterprise gets about its credit: class and score of a month with each fact behind them, by which
record, and how to object. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from jobs.exchange.kinds import Kind, Parcel, of, only
from jobs.exchange.parties import USCC, is_known_failure, named, notified_on, recipient_of_enterprise
from jobs.marts.credit.credit_facts import NUMBER, RATE, SERIOUS
from jobs.marts.credit.credit_score import UNRATED
from jobs.marts.sampling.outcomes import ExitKind
from jobs.reports.wording import Text

SCORE = "gold.credit_score"
MONTHS = 6  # the newest ones: how old a class may be that is sent
CONFORMING = "conforming_sample"
STANDING = Kind(
    "credit_standing",
    "1.0.0",
    SCORE,
    {
        **of(SCORE, "month grade score n_observations"),
        **dict.fromkeys(("fact", "fact_record", "fact_on", "fact_points", "objection_ids"), ""),
        **dict.fromkeys(("objection_zh", "objection_en"), ""),
    },
    whole=True,
    key=("month", "fact", "fact_record"),
    about=(
        "本企业的信用等级、得分和所计的每一事实；D级本身不限制任何事项 | the enterprise's credit class and "
        "score with each fact behind them; a class D restricts nothing by itself"
    ),
    own={
        "fact": "string | 事实，见silver.scorecard | fact, of silver.scorecard",
        "fact_record": (
            "string | 所据记录的编号；检验未发现不合格的样本合计一行，为空文本 | identifier of its record; "
            "samples without a failed item are one row with an empty text"
        ),
        "fact_on": "date | 事实发生日，合计行为空 | day of the fact, null of such a row",
        "fact_points": "double | 该月末的分值 | its points by the month's end",
        "objection_ids": (
            "string | 已对该样本提出的异议，以；相隔 | objections to the sample that were filed, parted by ；"
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
    "数字有误的，向质量观象台的运行方申请更正",
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
    "counterfeit_confirmed": Text(
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
READS = ["month", "enterprise_id", "grade", "score", "n_observations", *_FACTS]


def credit_standing(
    score: pd.DataFrame, lifecycle: pd.DataFrame, objection: pd.DataFrame
) -> Iterator[Parcel]:
    """STANDING of each enterprise that has a class at the end of the newest month. ``score``: rows of
    gold.credit_score of its newest MONTHS months, with READS.

    Of an enterprise with a finding that its parties do not know yet the newest month is sent that counts none
    (definitions.md#procedure): a score, too, would say that there is one. Samples that conformed are summed:
    no seller learns which order was a purchase.
    """
    newest = score["month"].max() if len(score) else None
    today = score.loc[score["month"].eq(newest), "enterprise_id"]
    rows = score[score["enterprise_id"].isin(named(today, USCC))]
    rows = rows.sort_values("month", ascending=False, kind="stable").reset_index(drop=True)
    facts = rows[[*_FACTS]].explode([*_FACTS]).rename(columns=_FACTS)
    secret = facts.index[_unknown(facts, lifecycle)]
    rows = rows.drop(index=secret.unique()).drop_duplicates("enterprise_id")
    rows = rows[rows["grade"].ne(UNRATED)]
    sent = rows.drop(columns=[*_FACTS]).join(_summed(facts[facts.index.isin(rows.index)]), how="inner")
    filed = objection.sort_values("objection_id").groupby("sample_id")["objection_id"].agg("；".join)
    sent = sent.assign(
        objection_ids=sent["fact_record"].map(filed).astype(object),
        objection_zh=sent["fact"].map(lambda fact: HOW[fact].zh),
        objection_en=sent["fact"].map(lambda fact: HOW[fact].en),
        size=-sent["fact_points"].abs(),
    ).sort_values(["enterprise_id", "size", "fact", "fact_record"])
    for code, mine in sent.groupby("enterprise_id"):
        yield Parcel(recipient_of_enterprise(str(code)), STANDING, only(mine, STANDING))


def _unknown(facts: pd.DataFrame, lifecycle: pd.DataFrame) -> pd.Series:
    """Which facts are findings in samples that their parties do not know."""
    notice = notified_on(lifecycle).notna()
    ordered = lifecycle["exit_kind"].eq(ExitKind.VIOLATION) & lifecycle["takedown_ordered_on"].notna()
    failed = lifecycle.loc[is_known_failure(lifecycle), "sample_id"]
    known = {
        "final_nonconformity": failed,
        SERIOUS: failed,
        "violation_exit": lifecycle.loc[notice | ordered, "sample_id"],
        "recheck_failed": lifecycle.loc[notice, "sample_id"],
        "rectified_on_time": lifecycle.loc[notice, "sample_id"],
    }
    found = pd.Series(False, index=facts.index)
    for fact, samples in known.items():
        found |= facts["fact"].eq(fact) & ~facts["fact_record"].isin(samples)
    return found


def _summed(facts: pd.DataFrame) -> pd.DataFrame:
    """Facts with days and numbers, those of samples that conformed as one row a score."""
    facts = facts.assign(fact_points=facts["fact_points"].astype(float))
    alone, some = facts[facts["fact"].ne(CONFORMING)], facts[facts["fact"].eq(CONFORMING)]
    days = pd.to_datetime(alone["fact_on"]).dt.date
    summed = some.groupby(level=0)["fact_points"].sum().round(2).to_frame()
    summed = summed.assign(fact=CONFORMING, fact_record="", fact_on=None)
    return pd.concat([alone.assign(fact_on=days.astype(object)), summed]).rename_axis(None)

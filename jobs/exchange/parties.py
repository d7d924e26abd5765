"""The cases of brand owners and the reports of industrial clusters, and which results their parties know.
Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from jobs.exchange.kinds import Kind, Parcel

CASE, REPORT = "gold.counterfeit_case", "gold.cluster_report"
CODE = re.compile(r"[A-Za-z0-9_-]{1,40}")  # what becomes the name of a folder
USCC = re.compile(r"[0-9A-Z]{18}")  # an enterprise; natural persons go by a pseudonym and get no folder

CASES = Kind(
    "counterfeit_cases",
    "1.0.0",
    CASE,
    dict.fromkeys(
        "report_id reported_on brand_id platform_code category_code listing_id finding verified_on "
        "taken_down_on confirmed_on relisted_as state".split(),
        CASE,
    ),
    whole=True,
    key=("report_id",),
    about="该品牌的假冒举报 | the brand's reports of counterfeits",
)
CLUSTER = Kind(
    "cluster_report",
    "1.0.0",
    REPORT,
    dict.fromkeys(
        "period_type period_start item position basis value low high n n_events reliable rank n_ranked "
        "better change change_low change_high text_zh text_en".split(),
        REPORT,
    ),
    whole=True,
    key=("period_type", "period_start", "item"),
    about="产业集群报告 | the industrial cluster's report",
)
KINDS = {kind.name: kind for kind in (CASES, CLUSTER)}


def recipient_of_brand(code: str) -> str:
    return f"brand_{code}"


def recipient_of_enterprise(code: str) -> str:
    return f"enterprise_{code}"


def recipient_of_cluster(code: str) -> str:
    return f"cluster_{code}"


def named(codes: pd.Series, pattern: re.Pattern[str] = CODE) -> set[str]:
    """Codes that may name a folder; a party with another code has none."""
    return {code for code in codes if isinstance(code, str) and pattern.fullmatch(code)}


def notified_on(lifecycle: pd.DataFrame) -> pd.Series:
    """The day on which the parties of each sample were first notified of what was found, in person or by
    announcement, as a timestamp."""
    days = ["result_notified_on", "notified_by_announcement_on"]
    return pd.concat([pd.to_datetime(lifecycle[name]) for name in days], axis=1).min(axis=1)


def is_known_failure(lifecycle: pd.DataFrame) -> pd.Series:
    """Whether each sample failed and its parties know: before that no one else does
    (definitions.md#procedure)."""
    return lifecycle["outcome"].eq("nonconforming") & is_known_result(lifecycle)


def is_known_result(lifecycle: pd.DataFrame) -> pd.Series:
    """Whether the parties of each sample were notified of its result. Of one that left as a violation the
    notice is about the violation, and about a result only where that was issued by then."""
    notice, issued = notified_on(lifecycle), pd.to_datetime(lifecycle["result_issued_on"])
    return notice.notna() & (~lifecycle["exit_kind"].eq("violation") | issued.le(notice))


def notified(lifecycle: pd.DataFrame) -> pd.DataFrame:
    """Findings that their parties know: notified failures, and violations for which samples left before the
    test, once the takedown was ordered. The outcome of any other result is not shown."""
    violated = lifecycle["exit_kind"].eq("violation") & lifecycle["takedown_ordered_on"].notna()
    known = is_known_failure(lifecycle)
    return results_known(lifecycle[known | violated])


def results_known(lifecycle: pd.DataFrame) -> pd.DataFrame:
    """Samples without the outcome and the day of a result that its parties do not know."""
    known = is_known_failure(lifecycle)
    names = ["outcome", "result_issued_on"]
    return lifecycle.assign(**{n: lifecycle[n].astype(object).where(known, None) for n in names})


def brand_cases(case: pd.DataFrame, brands: set[str]) -> Iterator[Parcel]:
    """Of each brand its reports, from receipt to the platform's confirmation; operators are not named."""
    rows = case[case["brand_id"].isin(brands)].sort_values("report_id", kind="stable")
    for code, mine in rows.groupby("brand_id"):
        sent = mine[list(CASES.columns)].reset_index(drop=True)
        yield Parcel(recipient_of_brand(str(code)), CASES, sent)


def cluster_reports(report: pd.DataFrame, clusters: set[str]) -> Iterator[Parcel]:
    """Of each industrial cluster its report, by period and position."""
    rows = report[report["dimension_code"].isin(clusters)]
    rows = rows.sort_values(["period_type", "period_start", "position", "item", "basis"], kind="stable")
    for code, mine in rows.groupby("dimension_code"):
        sent = mine[list(CLUSTER.columns)].reset_index(drop=True)
        yield Parcel(recipient_of_cluster(str(code)), CLUSTER, sent)

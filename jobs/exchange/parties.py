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


def is_notified(lifecycle: pd.DataFrame) -> pd.Series:
    """Whether the result of each sample was made known to its parties: before that it is known to no one
    else (definitions.md#procedure)."""
    return lifecycle["result_notified_on"].notna() | lifecycle["notified_by_announcement_on"].notna()


def notified(lifecycle: pd.DataFrame) -> pd.DataFrame:
    """Findings that their parties know: notified failures, and violations for which samples left before the
    test, once the takedown was ordered."""
    failed = lifecycle["outcome"].eq("nonconforming") & is_notified(lifecycle)
    violated = lifecycle["exit_kind"].eq("violation") & lifecycle["takedown_ordered_on"].notna()
    return lifecycle[failed | violated]


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

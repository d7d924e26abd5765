"""What brand owners and industrial clusters get, and which results the parties of a sample already know.
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
    """Return the recipient's name for a brand's id."""
    return f"brand_{code}"


def recipient_of_enterprise(code: str) -> str:
    """Return the recipient's name for an enterprise's unified social credit code."""
    return f"enterprise_{code}"


def recipient_of_cluster(code: str) -> str:
    """Return the recipient's name for an industrial cluster's code."""
    return f"cluster_{code}"


def named(codes: pd.Series, pattern: re.Pattern[str] = CODE) -> set[str]:
    """Return the codes that match ``pattern`` whole and so can be part of a folder's name. Parties with other
    codes get no folder."""
    return {code for code in codes if isinstance(code, str) and pattern.fullmatch(code)}


def notified_on(lifecycle: pd.DataFrame) -> pd.Series:
    """The day on which the parties of each sample were first notified of what was found, in person or by
    announcement, as a timestamp."""
    days = ["result_notified_on", "notified_by_announcement_on"]
    return pd.concat([pd.to_datetime(lifecycle[name]) for name in days], axis=1).min(axis=1)


def is_known_failure(lifecycle: pd.DataFrame) -> pd.Series:
    """Return for each sample whether it failed and its parties were notified of the result. Before that
    no one else may learn of it (definitions.md#procedure)."""
    return lifecycle["outcome"].eq("nonconforming") & is_known_result(lifecycle)


def is_known_result(lifecycle: pd.DataFrame) -> pd.Series:
    """Return for each sample whether its parties were notified of its test result. Where a violation ended
    the sample before the test, the notice is about the violation; it counts for a result only if that was
    issued by then."""
    notice, issued = notified_on(lifecycle), pd.to_datetime(lifecycle["result_issued_on"])
    return notice.notna() & (~lifecycle["exit_kind"].eq("violation") | issued.le(notice))


def notified(lifecycle: pd.DataFrame) -> pd.DataFrame:
    """Return the samples with a finding that their parties know: failures that were notified, and violations
    before the test whose takedown was ordered. Outcome and day of a result that the parties do not know are
    missing. ``lifecycle``: rows of gold.sampling_lifecycle, one per sample."""
    violated = lifecycle["exit_kind"].eq("violation") & lifecycle["takedown_ordered_on"].notna()
    known = is_known_failure(lifecycle)
    return results_known(lifecycle[known | violated])


def results_known(lifecycle: pd.DataFrame) -> pd.DataFrame:
    """Return the samples with outcome and result_issued_on set to missing, except for failures that their
    parties know (`is_known_failure`)."""
    known = is_known_failure(lifecycle)
    names = ["outcome", "result_issued_on"]
    return lifecycle.assign(**{n: lifecycle[n].astype(object).where(known, None) for n in names})


def brand_cases(case: pd.DataFrame, brands: set[str]) -> Iterator[Parcel]:
    """Yield one parcel (CASES) per brand: its rows of gold.counterfeit_case, one per report, by report_id.
    Operators are not named."""
    rows = case[case["brand_id"].isin(brands)].sort_values("report_id", kind="stable")
    for code, mine in rows.groupby("brand_id"):
        sent = mine[list(CASES.columns)].reset_index(drop=True)
        yield Parcel(recipient_of_brand(str(code)), CASES, sent)


def cluster_reports(report: pd.DataFrame, clusters: set[str]) -> Iterator[Parcel]:
    """Yield one parcel (CLUSTER) per industrial cluster: its rows of gold.cluster_report, by period and
    position."""
    rows = report[report["dimension_code"].isin(clusters)]
    rows = rows.sort_values(["period_type", "period_start", "position", "item", "basis"], kind="stable")
    for code, mine in rows.groupby("dimension_code"):
        sent = mine[list(CLUSTER.columns)].reset_index(drop=True)
        yield Parcel(recipient_of_cluster(str(code)), CLUSTER, sent)

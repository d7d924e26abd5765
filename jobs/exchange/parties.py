"""What brand owners and industrial clusters get, and which results the parties of a sample already know.
Pure.

The parties of a sample are those whom its result concerns, such as seller and producer. A result may be sent
on only after they were notified of it (definitions.md#procedure). ``lifecycle`` is gold.sampling_lifecycle,
one row per sample. A parcel (`kinds.Parcel`) holds the rows of one kind of file for one recipient.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from jobs.exchange.kinds import Kind, Parcel, only

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
    """Return the recipient's name for a brand's id, as `brand_` and the id."""
    return f"brand_{code}"


def recipient_of_enterprise(code: str) -> str:
    """Return the recipient's name for an enterprise's unified social credit code, as `enterprise_` and the
    code."""
    return f"enterprise_{code}"


def recipient_of_cluster(code: str) -> str:
    """Return the recipient's name for an industrial cluster's code, as `cluster_` and the code."""
    return f"cluster_{code}"


def named(codes: pd.Series, pattern: re.Pattern[str] = CODE) -> set[str]:
    """Return the set of codes that match ``pattern`` completely and so can be part of a folder's name.
    Parties with other or missing codes get no folder."""
    return {code for code in codes if isinstance(code, str) and pattern.fullmatch(code)}


def notified_on(lifecycle: pd.DataFrame) -> pd.Series:
    """Return the day on which the parties of each sample were first notified of what was found, in person or
    by announcement: one timestamp per row of ``lifecycle``, with its index, missing where they were not."""
    days = ["result_notified_on", "notified_by_announcement_on"]
    return pd.concat([pd.to_datetime(lifecycle[name]) for name in days], axis=1).min(axis=1)


def is_known_failure(lifecycle: pd.DataFrame) -> pd.Series:
    """Return one boolean per row of ``lifecycle``: whether the sample failed and its parties were notified of
    the result. Before that no one else may learn of it (definitions.md#procedure)."""
    return lifecycle["outcome"].eq("nonconforming") & is_known_result(lifecycle)


def is_known_result(lifecycle: pd.DataFrame) -> pd.Series:
    """Return one boolean per row of ``lifecycle``: whether the sample's parties were notified of its test
    result. Where the sample ended before the test because of a violation, the notice is about the violation;
    it counts as a notice of the result only if the result was issued on that day or before."""
    notice, issued = notified_on(lifecycle), pd.to_datetime(lifecycle["result_issued_on"])
    return notice.notna() & (~lifecycle["exit_kind"].eq("violation") | issued.le(notice))


def notified(lifecycle: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of ``lifecycle`` whose finding the parties know: failures that they were notified of,
    and violations before the test whose takedown was ordered. Outcome and result_issued_on are None in rows
    whose test result is no known failure (`results_known`)."""
    violated = lifecycle["exit_kind"].eq("violation") & lifecycle["takedown_ordered_on"].notna()
    known = is_known_failure(lifecycle)
    return results_known(lifecycle[known | violated])


def results_known(lifecycle: pd.DataFrame) -> pd.DataFrame:
    """Return all rows of ``lifecycle`` with outcome and result_issued_on set to None, except for failures
    that their parties know (`is_known_failure`)."""
    known = is_known_failure(lifecycle)
    names = ["outcome", "result_issued_on"]
    return lifecycle.assign(**{n: lifecycle[n].astype(object).where(known, None) for n in names})


def brand_cases(case: pd.DataFrame, brands: set[str]) -> Iterator[Parcel]:
    """Yield one parcel (CASES) per brand of ``brands`` that has reports: its rows of gold.counterfeit_case
    (``case``), one per report, sorted by report_id. The columns do not name the operators of shops."""
    rows = case[case["brand_id"].isin(brands)].sort_values("report_id", kind="stable")
    for code, mine in rows.groupby("brand_id"):
        yield Parcel(recipient_of_brand(str(code)), CASES, only(mine, CASES))


def cluster_reports(report: pd.DataFrame, clusters: set[str]) -> Iterator[Parcel]:
    """Yield one parcel (CLUSTER) per industrial cluster of ``clusters`` that has rows in gold.cluster_report
    (``report``): its rows, one per period and item, sorted by period and position."""
    rows = report[report["dimension_code"].isin(clusters)]
    rows = rows.sort_values(["period_type", "period_start", "position", "item", "basis"], kind="stable")
    for code, mine in rows.groupby("dimension_code"):
        yield Parcel(recipient_of_cluster(str(code)), CLUSTER, only(mine, CLUSTER))

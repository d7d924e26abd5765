"""What brand owners, enterprises and industrial clusters get: their cases, the items that failed in their
goods with limit, peers and deadline, their report. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from jobs.exchange.kinds import Kind, Parcel

CASE, ITEM, LIFE = "gold.counterfeit_case", "silver.test_result", "gold.sampling_lifecycle"
PEERS, REPORT, TRACE = "gold.failing_item", "gold.cluster_report", "gold.source_trace"
CODE = re.compile(r"[A-Za-z0-9_-]{1,40}")  # what becomes the name of a folder
USCC = re.compile(r"[0-9A-Z]{18}")  # an enterprise; natural persons go by a pseudonym and get no folder
ROLES = ("operator", "producer")

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
_PEERS_ZH, _PEERS_EN = (
    "同品类概率样品该项目",
    "batches of the category's probability samples judged on the item",
)
FAILED = Kind(
    "failing_items",
    "1.0.0",
    ITEM,
    {
        **dict.fromkeys("sample_id item_code item_name value_text unit limit_low limit_high".split(), ITEM),
        **dict.fromkeys("claim_low claim_high standard_no item_class".split(), ITEM),
        "role": "",
        # Not the day of purchase: with it a seller finds the order, and the buyer behind it.
        **dict.fromkeys("product_name brand batch_no".split(), "silver.sample"),
        **dict.fromkeys("platform_code category_code objection_due rectification_due".split(), LIFE),
        "peers_period": "",
        "peers_judged": "",
        "peers_failed": "",
        "peers_rate": "",
        "peers_low": "",
        "peers_high": "",
    },
    whole=True,
    key=("sample_id", "item_code", "role"),
    about="所销售或生产批次的不合格项目 | items that failed in batches that the enterprise sold or made",
    own={
        "role": (
            "string | 本企业是经营者（operator）还是生产者（producer） | operator or producer of the batch"
        ),
        "peers_period": "bigint | 同品类数字的年份 | the year of the category's figures",
        "peers_judged": f"bigint | {_PEERS_ZH}已判定的批次 | {_PEERS_EN}",
        "peers_failed": f"bigint | {_PEERS_ZH}不合格的批次 | of these, batches that failed",
        "peers_rate": (
            f"double | {_PEERS_ZH}不合格率，不足时为空 | share that failed, empty where samples are too few"
        ),
        "peers_low": "double | 其95%区间下限 | lower 95 % limit of that share",
        "peers_high": "double | 其95%区间上限 | upper 95 % limit of that share",
    },
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
KINDS = {kind.name: kind for kind in (CASES, FAILED, CLUSTER)}


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


def failing_items(
    trace: pd.DataFrame,
    result: pd.DataFrame,
    sample: pd.DataFrame,
    lifecycle: pd.DataFrame,
    peers: pd.DataFrame,
) -> Iterator[Parcel]:
    """Of each enterprise the items that failed in batches that it sold or made, beside the category's rate.

    Arguments are the gold and silver tables so named; ``peers``: gold.failing_item. Only links that are
    certain count, and only batches whose result was notified: before that it is known to no party
    (definitions.md#procedure). A batch that a re-inspection found conforming is left out.
    """
    certain = trace[
        (trace["subject_type"] == "sample")
        & trace["hop"].isin(ROLES)
        & (trace["link_kind"] == "deterministic")
        & trace["node_id"].isin(named(trace["node_id"], USCC))
    ]
    parties = certain[["subject_id", "hop", "node_id"]].rename(
        columns={"subject_id": "sample_id", "hop": "role", "node_id": "enterprise"}
    )
    open_to_them = lifecycle[is_notified(lifecycle) & (lifecycle["outcome"] == "nonconforming")]
    open_to_them = open_to_them[
        ["sample_id", "platform_code", "category_code", "objection_due", "rectification_due"]
    ]
    about = sample[["sample_id", "product_name", "brand", "batch_no"]]
    failed = result[result["lab_verdict"] == "nonconforming"]
    rows = (
        failed[[c for c in FAILED.columns if FAILED.columns[c] == ITEM]]
        .merge(open_to_them, on="sample_id")
        .merge(about, on="sample_id")
        .merge(parties, on="sample_id")
        .merge(_of_category(peers), on=["category_code", "item_code"], how="left")
        .sort_values(["sample_id", "role", "item_code"], kind="stable")
    )
    for code, mine in rows.groupby("enterprise"):
        sent = mine[list(FAILED.columns)].reset_index(drop=True)
        yield Parcel(recipient_of_enterprise(str(code)), FAILED, sent)


def _of_category(peers: pd.DataFrame) -> pd.DataFrame:
    """Of each category and item the figures of probability samples of its newest year."""
    rows = peers[
        (peers["dimension_type"] == "category")
        & (peers["cut"] == "item")
        & (peers["design"] == "probability")
        & (peers["period_type"] == "year")
    ].sort_values("period_start", kind="stable")
    newest = rows.drop_duplicates(["dimension_code", "code"], keep="last")
    return pd.DataFrame(
        {
            "category_code": newest["dimension_code"],
            "item_code": newest["code"],
            "peers_period": [day.year for day in newest["period_start"]],
            "peers_judged": newest["n_judged"],
            "peers_failed": newest["n_failed"],
            "peers_rate": newest["rate"],
            "peers_low": newest["ci_low"],
            "peers_high": newest["ci_high"],
        }
    ).astype({"peers_period": "Int64", "peers_judged": "Int64", "peers_failed": "Int64"})

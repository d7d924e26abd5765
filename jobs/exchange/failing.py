"""The tested items that failed, for each enterprise, brand, industrial cluster and laboratory that they
concern, with the item's limits and standard, how often it fails in the goods category, and deadlines. A batch
is a sample (sample_id); an item is one property that was tested. Pure. Parcels and kinds of files: see
`jobs.exchange.kinds`."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from jobs.exchange.kinds import Kind, Parcel, of, only
from jobs.exchange.lab_results import recipient_of_lab
from jobs.exchange.parties import (
    USCC,
    is_known_failure,
    named,
    recipient_of_brand,
    recipient_of_cluster,
    recipient_of_enterprise,
)
from jobs.marts.risk.evidence import brand_key
from jobs.marts.sampling.outcomes import Stage, Verdict

ITEM, SAMPLE, LIFE = "silver.test_result", "silver.sample", "gold.sampling_lifecycle"
ROLES = ("operator", "producer")
VALUES = of(
    ITEM,
    "sample_id item_code item_name value_text unit limit_low limit_high claim_low claim_high standard_no "
    "item_class",
)
_PEERS_ZH, _PEERS_EN = (
    "同品类概率抽样样品该项目",
    "batches of the category's probability samples judged on the item",
)
_PEERS = {
    "peers_period": "bigint | 同品类数据的年份 | the year of the category's figures",
    "peers_judged": f"bigint | {_PEERS_ZH}已判定的批次 | {_PEERS_EN}",
    "peers_failed": f"bigint | {_PEERS_ZH}不合格的批次 | of these, batches that failed",
    "peers_rate": (
        f"double | {_PEERS_ZH}不合格率，不足时为空 | share that failed, empty where samples are too few"
    ),
    "peers_low": "double | 其95%区间下限 | lower 95% limit of that share",
    "peers_high": "double | 其95%区间上限 | upper 95% limit of that share",
}
OPEN = "rectification_open"
FAILED = Kind(
    "failing_items",
    "1.2.1",
    ITEM,
    {
        **VALUES,
        "role": "",
        # Not the day of purchase: with it a seller finds the order, and the buyer behind it.
        **of(SAMPLE, "product_name brand batch_no"),
        **of(LIFE, "platform_code category_code objection_due rectification_due"),
        OPEN: "",
        **dict.fromkeys(_PEERS, ""),
    },
    whole=True,
    key=("sample_id", "item_code", "role"),
    about=(
        "企业所销售或生产、标称该品牌、产自该集群的批次的不合格项目 | items that failed in batches that the "
        "enterprise sold or made, that bear the brand, or that were made in the cluster"
    ),
    own={
        "role": (
            "string | 收件方与该批次的关系：经营者（operator）、生产者（producer）、标称品牌（brand）或"
            "产业集群（cluster） | what the recipient is to the batch: operator, producer, brand on it or "
            "cluster in which it was made"
        ),
        OPEN: (
            "boolean | 改正是否未完成：已责令改正，而改正、复查均无记录；标称品牌和产业集群为空 | whether "
            "rectification is still open: ordered, with neither rectification nor a recheck on record; empty "
            "for the brand and the cluster"
        ),
        **_PEERS,
    },
)
# A laboratory does not learn whose goods it tested, nor where they were sold.
TESTED = Kind(
    "failing_tests",
    "1.0.0",
    ITEM,
    {**VALUES, **of(LIFE, "category_code objection_due"), **dict.fromkeys(_PEERS, "")},
    whole=True,
    key=("sample_id", "item_code"),
    about="本机构初检的不合格项目，结果已告知 | items that failed in the laboratory's first tests, notified",
    own=_PEERS,
)
KINDS = {kind.name: kind for kind in (FAILED, TESTED)}


def failing_items(
    *,
    trace: pd.DataFrame,
    result: pd.DataFrame,
    sample: pd.DataFrame,
    lifecycle: pd.DataFrame,
    peers: pd.DataFrame,
    brand: pd.DataFrame,
    category: pd.DataFrame,
    clusters: set[str],
) -> Iterator[Parcel]:
    """Yield one parcel (FAILED) per enterprise, brand and industrial cluster that failed items concern, one
    row per batch, item and role of the recipient (operator, producer, brand, cluster), with the figures of
    the batch's category.

    ``trace``: gold.source_trace, of which only certain links count; ``result``, ``sample``, ``brand``:
    silver.test_result, silver.sample and silver.brand; ``lifecycle``: gold.sampling_lifecycle; ``peers``:
    gold.failing_item, the figures of categories; ``category``: silver.product_category; ``clusters``: codes
    of clusters that may get a file. Only batches count whose final result is a failure that the parties were
    notified of: before that no party knows it (definitions.md#procedure), and a re-inspection may have found
    the batch conforming.
    """
    about = sample[["sample_id", "product_name", "brand", "batch_no"]]
    parties = pd.concat(
        [_enterprises(trace), _clusters(trace, clusters), _brands(sample, brand, category)]
    ).drop_duplicates()
    rows = _notified_items(result, lifecycle, peers).merge(about, on="sample_id")
    rows = rows.merge(parties, on="sample_id").sort_values(list(FAILED.key), kind="stable")
    open_ = rows["sample_id"].isin(lifecycle.loc[_rectification_open(lifecycle), "sample_id"])
    rows[OPEN] = open_.astype("boolean").where(rows["role"].isin(ROLES))
    for recipient, mine in rows.groupby("recipient"):
        yield Parcel(str(recipient), FAILED, only(mine, FAILED))


def failing_tests(
    *,
    result: pd.DataFrame,
    sample: pd.DataFrame,
    conclusion: pd.DataFrame,
    lifecycle: pd.DataFrame,
    peers: pd.DataFrame,
    labs: set[str],
) -> Iterator[Parcel]:
    """Yield one parcel (TESTED) per laboratory of ``labs`` (codes): the failed items of batches that it
    tested first and whose final result is a failure that the parties were notified of, one row per batch and
    item.

    The laboratory that tested first is that of the first conclusion (``conclusion``: silver.conclusion), else
    that of the sample. The items of silver.test_result are those of the first test. Other arguments as for
    `failing_items`.
    """
    first = conclusion[conclusion["stage"].eq(Stage.FIRST) & conclusion["lab_id"].notna()]
    by = first.drop_duplicates("sample_id").set_index("sample_id")["lab_id"]
    stated = sample["sample_id"].map(by).astype(object)
    tested = sample[["sample_id"]].assign(lab=stated.where(stated.notna(), sample["lab_id"]))
    rows = _notified_items(result, lifecycle, peers).merge(tested[tested["lab"].isin(labs)], on="sample_id")
    for code, mine in rows.sort_values(list(TESTED.key), kind="stable").groupby("lab"):
        yield Parcel(recipient_of_lab(str(code)), TESTED, only(mine, TESTED))


def _notified_items(result: pd.DataFrame, lifecycle: pd.DataFrame, peers: pd.DataFrame) -> pd.DataFrame:
    """Return the failed items of batches whose final result is a failure that was notified, with deadlines
    and the category's figures, one row per batch and item."""
    known = lifecycle[is_known_failure(lifecycle)]
    dues = known[["sample_id", "platform_code", "category_code", "objection_due", "rectification_due"]]
    failed = result.loc[result["lab_verdict"].eq(Verdict.NONCONFORMING), list(VALUES)]
    return failed.merge(dues, on="sample_id").merge(
        _of_category(peers), on=["category_code", "item_code"], how="left"
    )


def _rectification_open(lifecycle: pd.DataFrame) -> pd.Series:
    """Return for each row of ``lifecycle`` whether rectification is ordered and neither it nor a recheck is
    on record: the rows of the task `follow_rectification` of gold.work_queue, as its firm sees them."""
    ended = ["rectified_on", "recheck_organised_on", "recheck_passed_on"]
    return lifecycle["rectification_ordered_on"].notna() & lifecycle[ended].isna().all(axis=1)


def _parties(sample_id: pd.Series, role: pd.Series | str, recipient: pd.Series) -> pd.DataFrame:
    """Return which recipient gets the rows of which sample, and in which role: sample_id, role (of FAILED),
    recipient (its name)."""
    return pd.DataFrame({"sample_id": sample_id, "role": role, "recipient": recipient}).astype(object)


def _certain(trace: pd.DataFrame) -> pd.DataFrame:
    return trace[trace["subject_type"].eq("sample") & trace["link_kind"].eq("deterministic")]


def _enterprises(trace: pd.DataFrame) -> pd.DataFrame:
    """Operators and producers that have a code; natural persons have none."""
    certain = _certain(trace)
    codes = named(certain["node_id"], USCC)
    certain = certain[certain["hop"].isin(ROLES) & certain["node_id"].isin(codes)]
    return _parties(certain["subject_id"], certain["hop"], certain["node_id"].map(recipient_of_enterprise))


def _clusters(trace: pd.DataFrame, clusters: set[str]) -> pd.DataFrame:
    """Clusters of batches whose producer is certain: the hop from producer to cluster is certain always, as
    it goes by the producer's region."""
    certain = _certain(trace)
    made = certain.loc[certain["hop"].eq("producer"), "subject_id"]
    inside = certain[
        certain["hop"].eq("cluster") & certain["node_id"].isin(clusters) & certain["subject_id"].isin(made)
    ]
    return _parties(inside["subject_id"], "cluster", inside["node_id"].map(recipient_of_cluster))


def _brands(sample: pd.DataFrame, brand: pd.DataFrame, category: pd.DataFrame) -> pd.DataFrame:
    """The brand of each sample, as `_parties`: the registered brand whose Chinese or English name is the one
    on the sample, and which is registered for the sample's category or the one above it. A sample to which
    several such brands fit has none, as none is certain."""
    # Codes that may name a recipient's folder.
    may = brand[brand["brand_id"].isin(named(brand["brand_id"]))]
    marks = may.melt(["brand_id", "category_codes"], ["name_zh", "name_en"], value_name="name")
    marks = marks.assign(name=brand_key(marks["name"])).explode("category_codes")
    marks = marks.rename(columns={"category_codes": "registered"})[["brand_id", "name", "registered"]]
    above = category.drop_duplicates("category_code").set_index("category_code")["parent_code"]
    goods = pd.DataFrame({"sample_id": sample["sample_id"], "name": brand_key(sample["brand"])})
    levels = [sample["category_code"].astype(object), sample["category_code"].map(above).astype(object)]
    goods = pd.concat([goods.assign(registered=level) for level in levels])
    found = goods.dropna().merge(marks.dropna().astype(object), on=["name", "registered"])
    found = found[["sample_id", "brand_id"]].drop_duplicates()
    found = found[~found["sample_id"].duplicated(keep=False)]
    return _parties(found["sample_id"], "brand", found["brand_id"].map(recipient_of_brand))


def _of_category(peers: pd.DataFrame) -> pd.DataFrame:
    """The figures of probability samples for each category and item, of the newest year that has any."""
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

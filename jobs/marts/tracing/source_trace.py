"""gold.source_trace: the steps, called hops, from a batch over its listing, shop, operator and producer to
its industrial cluster, with the record that proves each step (definitions.md#tracing)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.dimensions import hierarchies
from jobs.marts.sampling.dimensions import cluster_members
from jobs.marts.sampling.standing import authenticity_granted
from jobs.marts.tracing.findings import PLACE, SUBJECT, confirmed, findings, placed
from jobs.marts.tracing.producers import COLUMNS as PRODUCER
from jobs.marts.tracing.producers import NAMED, producers
from jobs.period import Period

# The steps of a trace, in their order; `position` in the table is 1 for the batch to 6 for the cluster.
HOPS = ("batch", "listing", "shop", "operator", "producer", "cluster")
KEY = [*SUBJECT, "hop", "node_id"]
EVIDENCE = ["evidence_table", "evidence_id", "evidence_on", "detail", *PLACE]
COLUMNS = [
    *KEY,
    *(
        "position finding found_on from_hop link_kind method probability path_probability break_reason"
    ).split(),
    "region_code",
    *EVIDENCE,
]
SURE = "deterministic"
_META = ["_source", "_load_key", "_record"]
READS = {
    "sample": [
        *("sample_id purchased_on platform_code shop_id listing_id category_code").split(),
        *NAMED,
        *("exit_kind exit_reason exited_on").split(),
        *_META,
    ],
    "standing_conclusion": ["sample_id", "stage", "outcome", "issued_on", "serious"],
    "counterfeit_report": [
        *("report_id reported_on platform_code shop_id listing_id verified_on finding").split(),
        *_META,
    ],
    "shop": ["shop_id", "platform_code", "region_code", "opened_on", *_META],
    "enterprise": ["enterprise_id", "region_code"],
    "registration": ["uscc", "name", "former_names", "region_code"],
    "objection": ["sample_id", "kind", "party", "decision"],
}


def build(
    *,
    sample: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    counterfeit_report: pd.DataFrame,
    traced_listing: pd.DataFrame,
    shop: pd.DataFrame,
    shop_operator: pd.DataFrame,
    enterprise: pd.DataFrame,
    registration: pd.DataFrame,
    objection: pd.DataFrame,
    region: pd.DataFrame,
    product_category: pd.DataFrame,
    industrial_cluster: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the rows of gold.source_trace: one row per batch of `findings` and hop (HOPS), more for the hop
    `cluster` where a batch belongs to several; sorted by KEY. Columns: COLUMNS, each explained in
    schemas/gold/source_trace.odcs.yaml. traced_listing and standing_conclusion are gold tables, the others
    silver. ``period`` is not used.

    node_id names what the hop leads to. It is '' where the hop cannot be reached; then break_reason says why.
    A hop starts from the nearest earlier hop that was reached (from_hop): the shop from the listing that is
    on file, else from the batch, which also names its shop. Operators are those of silver.shop_operator,
    where a shop without a link is its own operator; producers those of `producers`; clusters those that hold
    the producer's region and the batch's category. source, load_key and record say where the evidence lies in
    the raw files."""
    found = findings(sample, standing_conclusion, counterfeit_report)
    batch = _batch(found)
    listing = _listing(found, traced_listing)
    shops = _shop(found, listing, traced_listing, shop)
    operator = _operator(shops, shop, shop_operator, enterprise)
    made = producers_of(sample, counterfeit_report, traced_listing, objection, registration, region, found)
    makers = _producer(found, made, traced_listing)
    cluster = _cluster(found, makers, region, product_category, industrial_cluster)
    hops = [frame.assign(hop=name) for name, frame in zip(
        HOPS, (batch, listing, shops, operator, makers, cluster), strict=True
    )]  # fmt: skip
    rows = pd.concat([h.astype(object) for h in hops if len(h)] or [pd.DataFrame(columns=COLUMNS)])
    rows = rows.assign(position=rows["hop"].map({h: n for n, h in enumerate(HOPS, 1)}))
    rows = rows.sort_values(KEY, ignore_index=True).reindex(columns=COLUMNS)
    return rows.astype(object).where(rows.notna(), None)


def producers_of(
    sample: pd.DataFrame,
    counterfeit_report: pd.DataFrame,
    traced_listing: pd.DataFrame,
    objection: pd.DataFrame,
    registration: pd.DataFrame,
    region: pd.DataFrame,
    batch: pd.DataFrame,
) -> pd.DataFrame:
    """Return `producers.producers` of each row of ``batch``, in its order and with its index.

    ``batch``: subject_id, listing_id, exit_reason and NAMED (the producer as on the label), as `findings`
    returns them. The page of a listing is its row in ``traced_listing`` (gold.traced_listing).
    ``counterfeit_report`` and ``objection`` say which labels are no evidence (`unmade`); ``registration``,
    ``region`` and ``sample`` are silver tables; the probabilities of links by name and page are estimated
    from all rows of ``sample``."""
    pages = traced_listing.set_index("listing_id")[NAMED].astype(object)
    fake, denied = unmade(batch, counterfeit_report, objection, "subject_id")
    page = pages.reindex(batch["listing_id"]).set_axis(batch.index).add_prefix("page_")
    known = sample[NAMED].assign(page_uscc=sample["listing_id"].map(pages["producer_uscc"]))
    asked = pd.concat([batch[NAMED].astype(object), page], axis=1).assign(
        no_maker=batch["exit_reason"].eq("no_maker"), fake=fake, denied=denied
    )
    return producers(asked, registration, region, known)


def unmade(
    batch: pd.DataFrame, counterfeit_report: pd.DataFrame, objection: pd.DataFrame, name: str
) -> tuple[pd.Series, pd.Series]:
    """Return two bool series, ``fake`` and ``denied``, with the index of ``batch``. Where either is True, the
    label of the batch is no evidence of who made the goods.

    fake: the sample was suspected to be a counterfeit (exit_reason), or its listing was confirmed to sell
    counterfeits (silver.counterfeit_report). denied: the producer objected that it did not make the goods
    (silver.objection, kind `authenticity`), and the decision was `upheld` or `overturned`.

    ``batch``: exit_reason, listing_id and the column ``name``, which holds the sample_id."""
    fakes = set(confirmed(counterfeit_report)["listing_id"].dropna())
    granted = authenticity_granted(objection)
    denied = set(objection.loc[granted & objection["party"].eq("producer"), "sample_id"])
    fake = batch["exit_reason"].eq("suspected_counterfeit") | batch["listing_id"].isin(fakes)
    return fake, batch[name].isin(denied)


def _start(found: pd.DataFrame, **more: object) -> pd.DataFrame:
    return found[[*SUBJECT, "finding", "found_on"]].assign(**more)


def _batch(found: pd.DataFrame) -> pd.DataFrame:
    sampled = found["subject_type"].eq("sample")
    return _start(
        found,
        node_id=found["subject_id"],
        link_kind=SURE,
        method=np.where(sampled, "purchased", "reported"),
        probability=1.0,
        path_probability=1.0,
        **_own_record(found),
    )


def _own_record(found: pd.DataFrame) -> dict[str, object]:
    """Columns that name the finding's own record as evidence: the sample, or the report of a counterfeit."""
    return {
        "evidence_table": "silver." + found["subject_type"].astype(str),
        "evidence_id": found["subject_id"],
        "evidence_on": found["happened_on"],
        **{name: found[name] for name in PLACE},
    }


def _as_evidence(table: str, ids: pd.Series, rows: pd.DataFrame, day: str) -> dict[str, object]:
    """Rows of a table (indexed by their identifier) as evidence."""
    met = rows.reindex(ids).set_axis(ids.index)
    return {
        "evidence_table": pd.Series(table, ids.index, dtype=object).where(ids.isin(rows.index), None),
        "evidence_id": ids.where(ids.isin(rows.index), None),
        "evidence_on": met[day],
        **{name: met[name] for name in PLACE},
    }


def _broken(frame: pd.DataFrame, reason: pd.Series) -> pd.DataFrame:
    """Where ``reason`` says why, nothing is reached: no node, link or evidence but what was looked at."""
    broken = reason.notna()
    frame = frame.assign(break_reason=reason)
    for name in ("from_hop", "link_kind", "method", "probability", "path_probability", "region_code"):
        if name in frame:
            frame[name] = frame[name].astype(object).where(~broken, None)
    return frame.assign(node_id=frame["node_id"].where(~broken, ""))


def _reason(index: pd.Index, **when: pd.Series) -> pd.Series:
    """The first reason whose condition holds, null where none does."""
    return pd.Series(np.select(list(when.values()), list(when), "").astype(object), index).replace("", None)


def _listing(found: pd.DataFrame, traced_listing: pd.DataFrame) -> pd.DataFrame:
    ids = found["listing_id"].astype(object)
    rows = _start(
        found,
        node_id=ids,
        from_hop="batch",
        link_kind=SURE,
        method="filed",
        probability=1.0,
        path_probability=1.0,
        **_as_evidence("silver.listing", ids, traced_listing.set_index("listing_id"), "listed_on"),
    )
    known = ids.isin(traced_listing["listing_id"])
    return _broken(rows, _reason(rows.index, listing_not_filed=ids.isna(), listing_unknown=~known))


def _shop(
    found: pd.DataFrame, listing: pd.DataFrame, traced_listing: pd.DataFrame, shop: pd.DataFrame
) -> pd.DataFrame:
    """The shop that the batch names, else the one of its listing."""
    own = found["shop_id"].astype(object)
    of_listing = listing["node_id"].map(
        dict(zip(traced_listing["listing_id"], traced_listing["shop_id"], strict=True))
    )
    ids = own.where(own.notna(), of_listing)
    by_listing = of_listing.notna() & of_listing.eq(ids)
    shops = placed(shop).set_index("shop_id")
    rows = _start(
        found,
        node_id=ids,
        from_hop=np.where(by_listing, "listing", "batch"),
        link_kind=SURE,
        method="filed",
        probability=1.0,
        path_probability=1.0,
        region_code=shops["region_code"].reindex(ids).to_numpy(object),
        **_as_evidence("silver.shop", ids, shops, "opened_on"),
    )
    return _broken(rows, _reason(rows.index, shop_not_filed=ids.isna(), shop_unknown=~ids.isin(shops.index)))


def _operator(
    shops: pd.DataFrame, shop: pd.DataFrame, shop_operator: pd.DataFrame, enterprise: pd.DataFrame
) -> pd.DataFrame:
    """Who operates the shop, with the record of the shop as evidence; a decision of an officer or the
    levels of a probable link stand in `detail`."""
    ids = shops["node_id"]
    link = shop_operator.set_index("shop_id").reindex(ids).set_axis(ids.index)
    alone = link["kind"].isna()
    registered = enterprise.set_index("enterprise_id")["region_code"]
    rows = _start(
        shops,
        node_id=link["enterprise_id"].astype(object),
        from_hop="shop",
        link_kind=link["kind"].where(~alone, SURE),
        method=link["basis"].where(~alone, "alone"),
        probability=link["probability"].astype(float).where(~alone, 1.0),
        path_probability=link["probability"].astype(float).where(~alone, 1.0),
        region_code=registered.reindex(link["enterprise_id"]).to_numpy(object),
        detail=link["evidence"],
        **_as_evidence("silver.shop", ids, placed(shop).set_index("shop_id"), "opened_on"),
    )
    reason = shops["break_reason"].where(
        shops["break_reason"].notna(), _reason(rows.index, shop_unknown=link["enterprise_id"].isna())
    )
    return _broken(rows, reason)


def _producer(found: pd.DataFrame, made: pd.DataFrame, traced_listing: pd.DataFrame) -> pd.DataFrame:
    """Who made the batch, with its label or the listing's page as evidence."""
    assert list(made.columns) == PRODUCER, "what producers() returns"
    pages = _as_evidence(
        "silver.listing",
        found["listing_id"].astype(object),
        traced_listing.set_index("listing_id"),
        "listed_on",
    )
    own, by_page = _own_record(found), made["by_page"].astype(bool)
    evidence = {
        name: pd.Series(pages[name], found.index, dtype=object).where(by_page, own[name]) for name in pages
    }
    rows = _start(
        found,
        node_id=made["producer_id"].astype(object),
        from_hop=np.where(by_page, "listing", "batch"),
        link_kind=made["link_kind"],
        method=made["method"],
        probability=made["probability"],
        path_probability=made["probability"],
        region_code=made["region_code"],
        **evidence,
    )
    return _broken(rows, made["break_reason"])


def _cluster(
    found: pd.DataFrame,
    makers: pd.DataFrame,
    region: pd.DataFrame,
    product_category: pd.DataFrame,
    industrial_cluster: pd.DataFrame,
) -> pd.DataFrame:
    """The clusters of the producer's region or above it and of the batch's category or above it."""
    trees = hierarchies(region=region, product_category=product_category)
    at = pd.DataFrame(
        {
            "producer_region_code": makers["region_code"].astype(object).to_numpy(),
            "category_code": found["category_code"].to_numpy(object),
        }
    )
    which, codes = cluster_members(at, industrial_cluster, trees)
    clusters = placed(industrial_cluster).set_index("cluster_code")
    inside = makers.iloc[which].reset_index(drop=True)
    code = pd.Series(codes, inside.index, dtype=object)
    reached = _start(
        inside,
        node_id=code,
        from_hop="producer",
        link_kind=SURE,
        method="region_category",
        probability=1.0,
        path_probability=inside["path_probability"],
        region_code=clusters["region_code"].reindex(code).to_numpy(object),
        break_reason=None,
        **_as_evidence("silver.industrial_cluster", code, clusters, "valid_from"),
    )
    outside = makers.drop(index=makers.index[np.unique(which)])
    reason = outside["break_reason"].where(
        outside["break_reason"].notna(),
        _reason(
            outside.index,
            region_not_filed=outside["region_code"].isna(),
            outside_clusters=outside["region_code"].notna(),
        ),
    )
    broken = _broken(_start(outside, node_id=""), reason)
    return pd.concat([f.astype(object) for f in (reached, broken) if len(f)] or [broken], ignore_index=True)

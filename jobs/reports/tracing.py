"""What pages on traces share. A trace leads from a failing batch to its listing, shop, operator, producer and
clusters; each step is a hop, with the record that is its evidence. This module has the words of hops, the raw
file behind each one, the paths of batches' pages, and the drawing."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow.compute as pc
from markupsafe import Markup

from jobs.lake.night import Snapshot
from jobs.marts.tracing.enforcement_lead import ORDER
from jobs.reports.names import page_name
from jobs.reports.numbers import missing
from jobs.reports.trace_chart import Hop, trace_graph
from jobs.reports.wording import Text

TRACE, LEADS, SPOTS = "gold.source_trace", "gold.enforcement_lead", "gold.source_hotspot"
MEMBERS = "trace.members"
RECORD = ["load_key", "record"]
ARCHIVES = ".zip"  # the one kind that landing opens
COLUMNS = {
    TRACE: (
        "subject_type subject_id hop node_id position finding found_on from_hop link_kind method probability "
        "path_probability break_reason region_code evidence_table evidence_id evidence_on source load_key "
        "record"
    ).split(),
    LEADS: ORDER,
    SPOTS: (
        "period_type period_start unit_type unit_code region_code n_judged n_failing n_platforms n_shops "
        "n_producers expected ratio ratio_low ratio_high p_value p_adjusted n_tested named"
    ).split(),
    "silver.enterprise": ["enterprise_id", "name", "region_code"],
}
HOP = {
    "batch": Text("批次", "Batch"),
    "listing": Text("商品", "Listing"),
    "shop": Text("网店", "Shop"),
    "operator": Text("经营者", "Operator"),
    "producer": Text("生产者", "Producer"),
    "cluster": Text("产业集群", "Cluster"),
}
ROLE = {"operator": HOP["operator"], "producer": HOP["producer"]}
FINDING = {
    "nonconforming": Text("不合格", "non-conforming"),
    "violation": Text("检验前移送查处", "referred before the test"),
    "counterfeit": Text("经权利人鉴别为假冒", "confirmed counterfeit"),
}
STATE = {
    "unassigned": Text("未分派", "unassigned"),
    "assigned": Text("已分派", "assigned"),
    "returned": Text("已退回", "returned"),
    "accepted": Text("已签收", "accepted"),
    "case_opened": Text("已立案", "case opened"),
    "closed": Text("已办结", "closed"),
}
# Task that a lead waits for, where no deadline to verify it runs.
WAITS = {
    "open_enforcement": Text("待立案", "case to be opened"),
    "reassign_lead": Text("待重新分派", "to be assigned anew"),
}
# What an accepted lead lacks on which its region acted: it ends with an outcome.
UNENDED = Text("待办结，尚无办理结果", "not closed: no outcome on file")
REASON = {
    "listing_not_filed": Text("未报商品编号", "no listing on file"),
    "listing_unknown": Text("商品未报送", "listing not delivered"),
    "shop_not_filed": Text("未报网店编号", "no shop on file"),
    "shop_unknown": Text("网店未报送", "shop not delivered"),
    "no_maker": Text("三无产品", "no maker on it"),
    "counterfeit_label": Text("标识涉假，不作为依据", "suspected counterfeit: its label is no evidence"),
    "producer_denied": Text("标称生产者否认，经核实成立", "the named producer's denial was upheld"),
    "producer_not_named": Text("未标生产者", "no producer named"),
    "producer_code_invalid": Text("信用代码有误", "code is not valid"),
    "producer_not_registered": Text("登记簿无此名称", "name not in register"),
    "producer_ambiguous": Text("同名者不止一家", "several of that name"),
    "producer_uncertain": Text("可靠程度不足", "not sure enough"),
    "region_not_filed": Text("生产者所在地不明", "producer's place unknown"),
    "outside_clusters": Text("不在已知集群", "in no known cluster"),
    "region_unknown": Text("区划代码不明", "region code unknown"),
    "region_split": Text("区划已拆分", "region was divided"),
    "abroad": Text("在境外", "abroad"),
}
METHOD = {
    "purchased": Text("买样", "purchase"),
    "reported": Text("举报", "report"),
    "filed": Text("单据载明", "named in the record"),
    "code": Text("登记簿中的代码", "code in the register"),
    "code_unregistered": Text("有效代码（未登记）", "valid code, not in the register"),
    "name": Text("名称相同", "same name"),
    "name_place": Text("字号与地区相同", "same core name and prefecture"),
    "region_category": Text("地区与品类", "region and category"),
    "human_confirmation": Text("人工确认", "confirmed by an officer"),
    "uscc": Text("登记簿中的代码", "code in the register"),
    "identity_filing": Text("平台核验的代码", "code verified by the platform"),
    "operator_ref": Text("身份假名相同", "same pseudonym of the identity"),
    "splink": Text("概率模型", "probability model"),
    "alone": Text("网店自成一体", "the shop stands alone"),
}


def waits(row: dict[str, Any]) -> Text | None:
    """Return what an open lead waits for where no deadline to verify it runs; None where it does not.
    ``row``: of gold.enforcement_lead, with its task."""
    unended = row["state"] == "accepted" and missing(row["task"])
    return UNENDED if unended else WAITS.get(row["task"])


def read_members(snapshot: Snapshot, trace: pd.DataFrame, ingested: pd.DataFrame) -> pd.DataFrame:
    """Return which file in an archive holds each record of evidence that came in an archive: one row per
    record, columns load_key (of the archive), record (number in the file) and member (name of the file in the
    archive).

    Further records of these archives may be among them; a record of a table without bronze in the night has
    no row. It is read from bronze, as silver does not have it. ``trace``: gold.source_trace; ``ingested``:
    ops.ingest_file."""
    archived = ingested[ingested["file"].str.lower().str.endswith(ARCHIVES)]["load_key"].dropna()
    rows = trace[trace["load_key"].isin(archived) & trace["record"].notna()]
    found = [pd.DataFrame(columns=[*RECORD, "member"])]
    for table, own in rows.groupby("evidence_table"):
        bronze = f"bronze.{str(table).split('.')[1]}"
        if snapshot.version(bronze) is None:
            continue
        keys = sorted(own["load_key"].unique())
        numbers = [int(n) for n in sorted(own["record"].unique())]
        where = pc.field("_load_key").isin(keys) & pc.field("_record").isin(numbers)
        met = snapshot.frame(bronze, columns=["_load_key", "_record", "_member"], where=where)
        found.append(met.set_axis([*RECORD, "member"], axis=1).drop_duplicates(RECORD))
    return pd.concat([f.astype(object) for f in found], ignore_index=True).drop_duplicates(RECORD)


def with_files(trace: pd.DataFrame, ingested: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Return a copy of ``trace`` (gold.source_trace), its rows in their order and numbered anew, with the raw
    file that holds the evidence of each hop: ``file`` (path below the source's inbox folder) and ``sha256``,
    found by load_key, and ``member`` of an archive, found by load_key and record; missing where there is
    none. ``ingested``: ops.ingest_file, of which, for one load_key, the first by name is taken; ``members``:
    as `read_members` returns it, with one row per load_key and record at most."""
    files = ingested[["load_key", "file", "sha256"]].dropna(subset=["load_key"])
    files = files.sort_values(["load_key", "file"]).drop_duplicates("load_key")
    hops = trace.assign(record=trace["record"].astype("Int64")).merge(files, on="load_key", how="left")
    return hops.merge(members.assign(record=members["record"].astype("Int64")), on=RECORD, how="left")


def paths(leads: pd.DataFrame, most: int) -> dict[tuple[str, str], str]:
    """Return (subject type, id) → path of the trace's page, for the newest ``most`` batches with a lead that
    a region has to follow (neither closed nor unassigned), the newest first by found_on. ``leads``:
    gold.enforcement_lead, one row per lead."""
    open_ = leads[~leads["state"].isin(["closed", "unassigned"])]
    batches = open_.drop_duplicates(["subject_type", "subject_id"]).sort_values(
        ["found_on", "subject_type", "subject_id"], ascending=[False, True, True], na_position="last"
    )
    keys = zip(batches["subject_type"][:most], batches["subject_id"][:most], strict=True)
    return {(kind, code): f"traces/{page_name(code)}" for kind, code in keys}


def graph(hops: list[dict[str, Any]], title: Text) -> Markup:
    """Return the drawing of the hops of one batch (`trace_graph`). ``hops``: dicts with hop, kind, name,
    above, chance, unsure and broken, as `pages.tracing` makes them; ``title``: begins the text for screen
    readers, which lists the hops in words."""
    boxes = [
        Hop(h["hop"], h["kind"], h["name"], h["above"], h["chance"] if h["unsure"] else None, h["broken"])
        for h in hops
    ]
    zh = "；".join(f"{b.kind.zh} {(b.broken or b.name).zh}" for b in boxes)
    en = "; ".join(f"{b.kind.en.lower()} {(b.broken or b.name).en}" for b in boxes)
    return trace_graph(boxes, Text(f"{title.zh}：{zh}", f"{title.en}: {en}"))

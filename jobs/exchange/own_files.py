"""What a platform gets back of the order files that it handed in: the ledger of each. No page shows it, as it
gives orders away (jobs.reports.order_lines). Pure."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from jobs.exchange.parcels import Kind, Parcel, recipient_of_platform
from jobs.reports.order_lines import COUNTS, TARGET
from jobs.reports.wording import LEDGER

LEDGER_TABLE = "ops.reconciliation"
OWN_FILES = Kind(
    "order_files",
    "1.0.0",
    LEDGER_TABLE,
    dict.fromkeys(["source", "feed", "file", "status", *COUNTS, "balanced", "received_on"], ""),
    whole=True,
)
ASIDE = Kind(
    "order_lines_set_aside",
    "1.0.0",
    "silver.quarantine",
    dict.fromkeys(
        ["source", "feed", "file", "member", "record", "element", "rule_ids", "reasons_zh", "reasons_en"], ""
    ),
    whole=True,
)
MEANINGS = {
    "source": "来源 | source",
    "feed": "数据流 | feed",
    "file": "文件 | file",
    "status": "文件的结果 | outcome of the file",
    "balanced": "账目是否相符 | whether the counts of the file balance",
    "received_on": "收到日期 | day of receipt",
    "member": "压缩包内的文件 | file within an archive",
    "record": "记录号，自1计 | number of the record, from 1",
    "element": "记录内的元素号 | number of the element within the record",
    "rule_ids": "违反的规则 | rules that it breaks",
    "reasons_zh": "原因（中文） | reasons, in Chinese",
    "reasons_en": "原因（英文） | reasons, in English",
    **{name: f"{LEDGER[name].zh}（条） | records: {LEDGER[name].en.lower()}" for name in COUNTS},
}


def own_order_files(
    ledger: pd.DataFrame, aside: pd.DataFrame, filed: pd.DataFrame, platforms: set[str]
) -> Iterator[Parcel]:
    """Of each platform its order files with their counts, and the lines that were set aside.

    ``ledger``: ops.reconciliation; ``aside``: silver.quarantine; ``filed``: `source platform_code n` of
    silver.transaction. A source is a platform's where more than half of its order lines are; one that several
    platforms share belongs to none.
    """
    share = filed.assign(share=filed["n"] / filed.groupby("source")["n"].transform("sum"))
    owner = share[share["share"].gt(0.5) & share["platform_code"].isin(platforms)]
    by = dict(zip(owner["source"], owner["platform_code"], strict=True))
    for kind, rows in ((OWN_FILES, ledger), (ASIDE, aside)):
        mine = rows[rows["target"].eq(TARGET) & rows["source"].isin(by)]
        for platform, own in mine.groupby(mine["source"].map(by)):
            order = [c for c in ("received_on", "source", "file", "feed", "record") if c in own]
            lists = {c: own[c].map("；".join) for c in ("rule_ids", "reasons_zh", "reasons_en") if c in own}
            sent = own.assign(**lists).sort_values(order, kind="stable")[list(kind.columns)]
            yield Parcel(recipient_of_platform(str(platform)), kind, sent.reset_index(drop=True))

"""What a platform gets about the order files that it filed: the counts of each file, and the order lines that
were not accepted. No page shows this, as it would reveal the platform's number of orders
(jobs.reports.order_lines). Pure."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from jobs.exchange.kinds import Kind, Parcel, recipient_of_platform
from jobs.reports.order_lines import COUNTS, TARGET
from jobs.reports.wording import LEDGER

LEDGER_TABLE = "ops.reconciliation"
_FILE = {
    "source": "string | 来源 | source",
    "feed": "string | 数据流 | feed",
    "file": "string | 文件 | file",
    "load_key": "string | 内容散列值 | hash of the content",
}
OWN_FILES = Kind(
    "order_files",
    "1.1.0",
    LEDGER_TABLE,
    dict.fromkeys([*_FILE, "status", *COUNTS, "balanced", "received_on"], ""),
    whole=True,
    key=("source", "feed", "file", "load_key"),
    about="该平台报送的订单文件台账 | the ledger of the order files that the platform filed",
    own={
        **_FILE,
        "status": "string | 文件的结果 | outcome of the file",
        "balanced": "boolean | 账目是否相符 | whether the counts of the file balance",
        "received_on": "date | 收到日期 | day of receipt",
        **{name: f"bigint | {LEDGER[name].zh}（条） | records: {LEDGER[name].en.lower()}" for name in COUNTS},
    },
)
_ASIDE = {
    **_FILE,
    "member": "string | 压缩包内的文件 | file within an archive",
    "record": "bigint | 记录号，自1计 | number of the record, from 1",
    "element": "bigint | 记录内元素序号 | number of the element within the record",
    "rule_ids": "string | 违反的规则 | rules that it breaks",
    "reasons_zh": "string | 原因（中文） | reasons, in Chinese",
    "reasons_en": "string | 原因（英文） | reasons, in English",
}
ASIDE = Kind(
    "order_lines_set_aside",
    "1.1.0",
    "silver.quarantine",
    dict.fromkeys(_ASIDE, ""),
    whole=True,
    key=("load_key", "member", "record", "element"),
    about="未被接受的订单行 | order lines that were not accepted",
    own=_ASIDE,
)
KINDS = {kind.name: kind for kind in (OWN_FILES, ASIDE)}


def own_order_files(
    ledger: pd.DataFrame, aside: pd.DataFrame, filed: pd.DataFrame, platforms: set[str]
) -> Iterator[Parcel]:
    """Yield up to two parcels per platform. OWN_FILES: the counts of its order files, one row per file.
    ASIDE: its order lines that were not accepted, one row per line, with all broken rules and reasons as
    texts joined by ；. A kind without rows yields no parcel.

    ``ledger``: ops.reconciliation; ``aside``: rows of silver.quarantine, with lists of rules and reasons;
    ``filed``: the number of accepted order lines, one row per source and platform, columns source
    platform_code n; ``platforms``: codes that may get a file. A source is taken as a platform's if more than
    half of its order lines are of that platform; files of other sources go to no one.
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

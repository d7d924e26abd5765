"""What a provider of files learns in its outbox of when the next delivery of each of its feeds is due. Pure.
Parcels and kinds of files: see `jobs.exchange.kinds`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from jobs.exchange.kinds import Kind, Parcel
from jobs.exchange.own_files import Filer

TABLE = "ops.freshness"
_COLUMNS = {
    "feed": "string | 数据流 | feed",
    "source": "string | 来源 | source",
    "newest_delivery": (
        "date | 最近一次交付日，文件名未载明则为空 | day of the newest delivery, null where no file's name "
        "states one"
    ),
    "due_on": (
        "date | 下次交付的最后一日，未约定周期则为空 | last day on which the next delivery is in time, null "
        "where no cadence is agreed"
    ),
    "late": "boolean | 是否已迟报 | whether it is late",
}
DUE = Kind(
    "next_deliveries",
    "1.0.0",
    TABLE,
    dict.fromkeys(_COLUMNS, ""),
    whole=True,
    key=("feed", "source"),
    about="各数据流下次交付的期限 | when the next delivery of each feed is due",
    own=_COLUMNS,
)
KINDS = {DUE.name: DUE}


def next_deliveries(by_source: Mapping[str, Filer], fresh: pd.DataFrame) -> Iterator[Parcel]:
    """Yield one parcel (DUE) per recipient with a feed that has a file: one row per feed of its sources, the
    earliest last day first. ``by_source``: name of a source → its provider; ``fresh``: ops.freshness."""
    mine = fresh[fresh["source"].isin(by_source)]
    mine = mine.assign(recipient=[by_source[name].recipient for name in mine["source"]])
    ordered = mine.sort_values(["due_on", "source", "feed"], kind="stable", na_position="last")
    for recipient, rows in ordered.groupby("recipient"):
        yield Parcel(str(recipient), DUE, rows[list(DUE.columns)].reset_index(drop=True))

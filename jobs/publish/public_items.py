"""The English of tested items in bundles: of what laboratories and standards write in Chinese words, the
English beside it, as the pages of the public site have it."""

from __future__ import annotations

import pandas as pd

from jobs.contracts.model import Column
from jobs.reports.names import filed_english, tested_item

# Column of gold.bulletin that may hold Chinese words → what it holds.
_WORDED = {
    "item_names": ("不合格项目", "names of the items"),
    "item_values": ("检验值", "results"),
    "item_units": ("计量单位", "units of the results"),
    "item_limits_high": ("标准上限", "upper limits of the standards"),
    "item_claims_high": ("明示上限", "upper limits claimed"),
}
ITEMS_EN = tuple(
    Column(
        f"{name}_en",
        "array<string>",
        False,
        False,
        f"{zh}英文",
        f"{zh}的英文，与{name}逐项对应；没有英文的（含数值）同该列",
        f"the English of {name} ({en}), entry by entry; one without, such as a number, is the same",
    )
    for name, (zh, en) in _WORDED.items()
)


def with_items(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows (of gold.bulletin) with the columns ITEMS_EN: lists beside those that they translate;
    None where these are None."""
    return rows.assign(**{f"{name}_en": _english(rows[name]) for name in _WORDED})


def _english(lists: pd.Series) -> pd.Series:
    """The English of lists of entries, one list per row, None where there is none."""
    named = lists.name == "item_names"
    found = [
        None if entries is None else [tested_item(e).en if named else filed_english(e) for e in entries]
        for entries in lists
    ]
    return pd.Series(found, lists.index, dtype=object)

"""Turns cells of bundles into words in both languages: lists, codes and names."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from jobs.marts.public_names import WITHHELD
from jobs.publish.periods import Span
from jobs.reports.index_parts import period_text
from jobs.reports.names import tested_item
from jobs.reports.procedure import DATA_KIND, GUIDANCE_PART, PARTY, REMEDY, notice_system
from jobs.reports.wording import Text, same

Row = Mapping[str, Any]
NONE = same("–")
LISTS = ("item_names", "item_standards", "comment_texts")
_WORDS: dict[str, Mapping[str, Text]] = {
    "data_kind": DATA_KIND,
    "remedy": REMEDY,
    "part": GUIDANCE_PART,
    "final_outcome": {
        "conforming": Text("所检项目未发现不合格", "no tested item failed"),
        "nonconforming": Text("不合格", "non-conforming"),
        "not_judged": Text("未判定", "not judged"),
    },
}


def period_words(span: Span) -> Text:
    """Return a period as the sites write it in both languages: 2026年第三季度 and Q3 2026."""
    return period_text((span.kind, span.start))


def said(name: Callable[[str, str], Text], row: Row, column: str) -> Text:
    """Return the cell of ``row`` in ``column`` in both languages: a code by its name, a list as a phrase, any
    other value as it is; `NONE`, a dash, where it is empty. ``name``: a function that returns the name for
    (dimension, code), as `Known.name`."""
    value = row[column]
    if value is None or value == "" or (column in LISTS and value == "[]"):
        return NONE
    if column in LISTS:
        return listed(column, value)
    if column == "dimension_code":
        kind = row["dimension_type"]
        return PARTY.get(value, same(value)) if kind == "party" else name(kind, value)
    if column in ("category_code", "platform_code"):
        return name(column.split("_")[0], value)
    if column in ("name_zh", "text_zh"):
        english = row[column.replace("_zh", "_en")] or value
        return tested_item(value) if english == value else Text(value, english)
    if column == "authority":
        return notice_system(value)
    if column in _WORDS:
        return _WORDS[column].get(str(value).lower(), same(str(value)))
    if value == WITHHELD:
        return Text(WITHHELD, "an individual, not named")
    return same(str(value))


def listed(column: str, value: str) -> Text:
    """Return a list as one phrase in both languages, each entry once, in its order. ``value``: a JSON array
    as bundles write it. Only tested items (``column`` item_names) have English names; other entries are the
    same in both languages."""
    found = [str(v) for v in dict.fromkeys(json.loads(value)) if v]
    english = [tested_item(v).en for v in found] if column == "item_names" else found
    return Text("；".join(found), "; ".join(english))

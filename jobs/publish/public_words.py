"""Turns cells of bundles into words in both languages: lists, codes, names, failed items with their
values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from jobs.contracts.glossary import hazard_names
from jobs.marts.public_names import WITHHELD
from jobs.publish.periods import Span
from jobs.reports.figures import add_months, twelve_months_text
from jobs.reports.index_parts import period_text
from jobs.reports.names import tested_item
from jobs.reports.numbers import count
from jobs.reports.pages.bulletin import failing
from jobs.reports.pages.lookup import SERIOUS
from jobs.reports.procedure import DATA_KIND, GUIDANCE_PART, PARTY, REMEDY, notice_system
from jobs.reports.wording import INDIVIDUAL, Text, numbered, same

Row = Mapping[str, Any]
NONE = same("–")
REMARK = "remark"
TOGETHER = {  # columns that pages show in one cell
    "sample_and_batch": ("sample_id", "batch_no"),
    "where_sold": ("shop_name", "seller_name", "platform_code"),
    "remark_and_comments": (REMARK, "comment_texts"),
}
SERIOUSLY = Text(  # definitions.md#judgement
    "“严重不合格”：检验结论如此载明；结论未载明的，为涉及健康安全（A类）的项目不合格。",
    "“Seriously non-conforming”: the conclusion of the test says so or, where it does not say, an item that "
    "concerns health and safety (class A) failed.",
)
_EARLY = Text(
    "主管部门已先行公布，抽查计划买样结束后列入",
    "published first by the authority, listed here once the purchases of its plan had ended",
)
FAILED = "failed_items"  # a cell with each failed item, its value, limit and standard
_HAN = re.compile("[\u3400-\u9fff]")
LISTS = ("item_names", "item_standards", "comment_texts")
_WORDS: dict[str, Mapping[str, Text]] = {
    "data_kind": DATA_KIND,
    "remedy": REMEDY,
    "part": GUIDANCE_PART,
    "final_outcome": {
        "conforming": Text("所检项目未发现不合格", "no tested item failed"),
        "nonconforming": Text("不合格", "non-conforming"),
        "not_judged": Text(
            "未判定（检验结论未作合格与否的判定）", "not judged (the conclusion gives no verdict)"
        ),
    },
}


def period_words(span: Span) -> Text:
    """Return a period as the sites write it in both languages: 2026年第三季度 and Q3 2026."""
    return period_text((span.kind, span.start))


def twelve_months_to(span: Span) -> Text:
    """Return the twelve months that end with ``span`` in words: 2025年11月至2026年10月 and Twelve months to
    October 2026."""
    months = twelve_months_text(add_months(span.end, -11))
    return Text(months.zh, f"Twelve months to {period_words(span).en}")


def said(name: Callable[[str, str], Text], row: Row, column: str) -> Text:
    """Return the cell of ``row`` in ``column`` in both languages: a code by its name, a list as a phrase, any
    other value as it is; `NONE`, a dash, where it is empty. ``column``: of the bundle's table, FAILED, or one
    of TOGETHER; ``name``: a function that returns the name for (dimension, code), as `Known.name`. Raises
    KeyError where ``row`` lacks the column."""
    if column in TOGETHER:
        return _together([said(name, row, each) for each in TOGETHER[column]])
    if column == FAILED:
        return failed_items(row)
    if column == REMARK:
        return remark(row)
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
    if column == "hazard_text":
        return hazard(row)
    if column == "final_outcome" and value == "nonconforming" and row.get("serious"):
        return SERIOUS
    if column == "units":
        return same(count(value))
    if column == "brand":
        return Text(value, row.get("brand_en") or value)  # a bundle of before has no English names
    if column in _WORDS:
        return _WORDS[column].get(str(value).lower(), same(str(value)))
    if value == WITHHELD:
        return INDIVIDUAL
    return same(str(value))


def listed(column: str, value: str) -> Text:
    """Return a list as one phrase in both languages, each entry once, in its order. ``value``: a JSON array
    as bundles write it. Tested items (``column`` item_names) have English names, standards (item_standards)
    an English mark where they are made up; other entries are the same in both languages."""
    found = [str(v) for v in dict.fromkeys(json.loads(value)) if v]
    form = {"item_names": tested_item, "item_standards": numbered}.get(column, same)
    english = [form(v).en for v in found]
    return Text("；".join(found), "; ".join(english))


def remark(row: Row) -> Text:
    """Return the remark on a batch: that an objection of its marked producer was upheld, and why it is listed
    later than its authority published it. `NONE` for a batch without either. Bundles that were published
    before the column `remark` existed give only the second."""
    denied = Text(row["remark"], row["remark_en"]) if row.get("remark") else NONE
    published, since = row.get("published_on"), row.get("released_on")
    return _together([denied, _EARLY if published and since and published < since else NONE])


def _together(cells: list[Text]) -> Text:
    """Return several cells as one, those that are empty or like another left out."""
    there = [cell for cell in dict.fromkeys(cells) if cell != NONE] or [NONE]
    return Text(" · ".join(cell.zh for cell in there), " · ".join(cell.en for cell in there))


def hazard(row: Row) -> Text:
    """Return the hazard of a recall as the notice words it. In the language in which it is not worded, the
    names of the hazards that the notice names stand before it: 化学危害（Contains lead）. ``row``: of the
    bundle's table recalls, with a hazard_text; its ``hazards`` is a JSON array of codes, '' or None."""
    text = row["hazard_text"]
    known = [hazard_names().get(str(v).lower()) for v in json.loads(row["hazards"] or "[]")]
    zh, en = "、".join(n[0] for n in known if n), ", ".join(n[1] for n in known if n)
    if _HAN.search(text):
        return Text(text, f"{en} ({text})" if en else text)
    return Text(f"{zh}（{text}）" if zh else text, text)


def failed_items(row: Row) -> Text:
    """Return the failed items of a batch as one phrase, each with its value, limit and standard as far as the
    row has them: 铅 120 mg/kg（≤90 mg/kg，GB 6675.1-2014）. A limit that the product claims is called so.
    `NONE` without failed items. ``row``: of the bundle's table bulletins, whose columns ``item_…`` are JSON
    arrays."""
    made = []
    for item in failing({c: _entries(v) if c.startswith("item_") else v for c, v in row.items()}):
        limit = item["limit"]
        if limit is None and item["claim"] is not None:
            limit = Text(f"明示 {item['claim'].zh}", f"claimed {item['claim'].en}")
        about = [part for part in (limit, numbered(item["standard"]) if item["standard"] else None) if part]
        zh = f"（{'，'.join(part.zh for part in about)}）" if about else ""
        en = f" ({', '.join(part.en for part in about)})" if about else ""
        made.append(Text(item["said"].zh + zh, item["said"].en + en))
    once = list(dict.fromkeys(made))
    return Text("；".join(m.zh for m in once), "; ".join(m.en for m in once)) if once else NONE


def _entries(value: str | None) -> list[str]:
    return [entry or "" for entry in json.loads(value or "[]")]

"""The public lookup: it finds guidance, batches, recalls and standards by product, brand, shop, batch number,
barcode or number of a standard. Its rows are in scripts next to the page (`lookup_files`). ``known``: the
bundles (`public_pages.Known`); ``stands``: id of a row → file name of the page of the site that shows the
row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from jobs.contracts.glossary import product_words
from jobs.publish.public_guidance import PATH as GUIDANCE
from jobs.publish.public_guidance import failed_most, group_path
from jobs.publish.public_listings import BULLETINS, batch_place, bulletin_order, places, recall_place
from jobs.publish.public_listings import RECALLS as RECALLED
from jobs.publish.public_pages import TITLES, Known, Lookup, PublicPage
from jobs.publish.public_rows import covered, stated
from jobs.publish.public_words import NONE, SERIOUSLY, Row, listed, said
from jobs.reports.lookup_files import both_of, written
from jobs.reports.pages.lookup import FAILED, PROMPT, UNLISTED
from jobs.reports.wording import Text, numbered

# Columns of each part of the lookup, with their heads.
BATCHES = {
    "product_name": Text("产品", "Product"),
    "final_outcome": Text("结果", "Result"),
    "item_names": Text("不合格项目", "Failing items"),
    "item_standards": Text("标准", "Standards"),
    "brand": Text("品牌", "Brand"),
    "batch_no": Text("批号", "Batch"),
    "sample_id": Text("样品编号", "Sample number"),
    "producer_name": Text("标称生产者", "Marked producer"),
    "remark": Text("备注", "Remark"),
    "shop_name": Text("网店", "Shop"),
    "seller_name": Text("销售者", "Seller"),
    "platform_code": Text("平台", "Platform"),
    "category_code": Text("品类", "Category"),
    "released_on": Text("可列入日期", "May be listed from"),
    "published_on": Text("主管部门公布日期", "Published by the authority"),
}
RECALLS = {
    "product_text": Text("产品", "Product"),
    "brand": Text("品牌", "Brand"),
    "model": Text("型号", "Model"),
    "barcode": Text("条码", "Barcode"),
    "category_code": Text("品类", "Category"),
    "hazard_text": Text("危害（公告原文）", "Hazard, as the notice says"),
    "units": Text("召回数量（件）", "Units recalled"),
    "remedy": Text("召回措施", "Remedy"),
    "recalled_on": Text("日期", "Day"),
    "authority": Text("发布机构", "Authority"),
    "recall_id": Text("编号", "Number"),
}
STANDARDS = {
    "standard": Text("标准", "Standard"),
    "items": Text("不合格项目", "Failing items"),
    "batches": Text("据此不合格的批次", "Batches that failed it"),
    "periods": Text("期间", "Periods"),
}

# Title of a part → the page that lists its rows.
LISTED = {"抽查批次": BULLETINS, "召回": RECALLED, TITLES["guidance"].zh: GUIDANCE}


def lookup(known: Known) -> PublicPage:
    """Return the page lookup.html, which names the parts of the lookup and their numbers of rows; the rows
    are in the files that `lookup_rows` makes."""
    counts = [
        (title := Text(*part["title"]), len(part["rows"]), LISTED.get(title.zh, ""))
        for part in _parts(known, {})
    ]
    lead = [
        PROMPT,
        covered(known, "bulletins"),
        SERIOUSLY,
        UNLISTED,
    ]
    title = Text("查询", "Look up")
    return PublicPage("lookup.html", title, lead, [], Lookup(counts))


def lookup_rows(known: Known, stands: Mapping[str, str]) -> dict[str, bytes]:
    """Return the files with the rows of the lookup, the words that buyers use for goods and the periods that
    it holds: path below site/ → content (`lookup_files.written`). ``stands``: id of a row → page that shows
    it, for links."""
    words = {known.name("category", code).zh: said for code, said in product_words().items()}
    return written(_parts(known, stands), words, covered(known, "bulletins"))


def _parts(known: Known, stands: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the parts of the lookup that have rows: guidance of the bundle published last, recalls, which
    ask for something to be done, batches of all periods, and standards. Each row ends with its address."""
    batches, recalls = released(known, "bulletins"), released(known, "recalls")
    parts = [
        _guidance(known, stands),
        _part(
            Text("召回", "Recalls"), RECALLS, known, recalls, address_of(recall_place, "recall_id", stands)
        ),
        _part(
            Text("抽查批次", "Batches checked"),
            BATCHES,
            known,
            sorted(batches, key=_failed_first),
            address_of(batch_place, "sample_id", stands),
        )
        | {"failed": [[*BATCHES].index("final_outcome"), FAILED]},
        _standards(batches, places(known)),
    ]
    return [part for part in parts if part["rows"]]


def released(known: Known, table: str) -> list[tuple[str, Row]]:
    """Return (period's name, row) for each batch or recall that is listed (`public_rows.stated`), once, the
    newest period first. ``table``: bulletins or recalls."""
    return [(bundle.period.name, row) for bundle, rows in stated(known, table) for row in rows]


def _failed_first(batch: tuple[str, Row]) -> tuple[bool, tuple[int, bool, bool, str, str]]:
    """Sort key for (period's name, row): batches that failed, the latest first, then the others. A lookup
    shows 200 rows at most, so that those after the others could be missed."""
    _, row = batch
    return row["final_outcome"] != "nonconforming", bulletin_order(row)


def _part(
    title: Text,
    columns: Mapping[str, Text],
    known: Known,
    rows: Iterable[tuple[str, Row]],
    address: Callable[[Row], str],
) -> dict[str, Any]:
    listed = [[*(_cell_text(known, row, c) for c in columns), address(row)] for _, row in rows]
    return {"title": [title.zh, title.en], "columns": _heads(columns), "rows": listed, "link": 0}


def address_of(place: Callable[[Row], str], number: str, stands: Mapping[str, str]) -> Callable[[Row], str]:
    """Return a function that gives the address of a row: on the page that shows it, if ``stands`` (id of a
    row → page) has its id, else the lookup page, asked for the value of the row's column ``number``.
    ``place``: gives the id of a row, as `public_listings.batch_place`."""

    def of(row: Row) -> str:
        name = place(row)
        if name in stands:
            return f"{stands[name]}#{quote(name)}"
        return f"lookup.html?{urlencode({'q': row[number] or ''})}"

    return of


def _guidance(known: Known, stands: Mapping[str, str]) -> dict[str, Any]:
    """Return the part for guidance: one row per category with the items that failed most and the address of
    its guidance."""
    failed = failed_most(known.rows(known.last, "guidance"), known)
    listed = [
        [
            both_of(known.name("category", code)),
            both_of(items),
            group_path(known, code) + (f"#{code}" if code in stands else ""),
        ]
        for code, items in sorted(failed.items())
    ]
    heads = _heads({"product": Text("产品", "Product"), "items": Text("主要不合格项目", "What fails most")})
    title = [TITLES["guidance"].zh, TITLES["guidance"].en]
    return {"title": title, "columns": heads, "rows": listed, "link": 0}


def _cell_text(known: Known, row: Row, column: str) -> Any:
    text = said(known.name, row, column)
    return "" if text == NONE else both_of(text)


def _listed(value: str | None) -> list[str | None]:
    """Return the entries of a list as bundles write it, a JSON array; none for an empty cell."""
    found: list[str | None] = json.loads(value) if value else []
    return found


def standards(known: Known) -> list[str]:
    """Return the numbers of all standards that a published batch failed, such as GB 18401, sorted."""
    return sorted(_failed(released(known, "bulletins")))


def _failed(batches: list[tuple[str, Row]]) -> dict[str, dict[str, set[str]]]:
    """Return for each standard the names of the items, the sample_ids and the periods of the batches that
    failed it."""
    failed: dict[str, dict[str, set[str]]] = {}
    for period, row in batches:
        for standard, item in _judged_by(row):
            one = failed.setdefault(standard, {"items": set(), "batches": set(), "periods": set()})
            one["items"].add(item)
            one["batches"].add(row["sample_id"])
            one["periods"].add(period)
    return failed


def _judged_by(row: Row) -> list[tuple[str, str]]:
    """Return (standard, name of the item, which may be '') for each failing item of a batch."""
    both = zip(_listed(row["item_standards"]), _listed(row["item_names"]), strict=False)
    return [(standard, item or "") for standard, item in both if standard]


def _standards(batches: list[tuple[str, Row]], pages: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """Return the part for standards that published batches failed, one row per standard, which leads to the
    page of the newest of these batches. ``pages``: as `public_listings.places`."""
    newest: dict[str, str] = {}
    for _, row in batches:
        for standard, _ in _judged_by(row):
            newest.setdefault(standard, pages[row["plan_id"], row["sample_id"]])
    rows = [
        [
            both_of(numbered(standard)),
            both_of(listed("item_names", json.dumps(sorted(one["items"] - {""})))),
            str(len(one["batches"])),
            ", ".join(sorted(one["periods"])),
            newest[standard],
        ]
        for standard, one in sorted(_failed(batches).items())
    ]
    title = ["有批次不合格的标准", "Standards that batches failed"]
    return {"title": title, "columns": _heads(STANDARDS), "rows": rows, "link": 0}


def _heads(columns: Mapping[str, Text]) -> list[list[str]]:
    return [[text.zh, text.en] for text in columns.values()]

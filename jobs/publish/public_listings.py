"""Pages of the public site that show a bundle's table row by row: bulletins (batches that were tested),
recalls, coverage (which data are filed). ``known``: the bundles (`public_pages.Known`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from jobs.publish.public_bounds import fit
from jobs.publish.public_pages import (
    TITLES,
    Cell,
    Head,
    Known,
    PublicPage,
    Section,
    one_each,
    page_paths,
    source,
)
from jobs.publish.public_rows import Part, covered, parts
from jobs.publish.public_words import FAILED, SERIOUSLY, Row, period_words, said
from jobs.publish.shelf import Bundle
from jobs.reports.wording import Text

BULLETINS, RECALLS = "bulletins.html", "recalls.html"
_NEWEST = Text("日期新的在前", "the newest first")


@dataclass(frozen=True)
class Listing:
    """How a table is shown row by row. ``path``: file name of its first page; ``table``: name of the bundle's
    table; ``lead``: text at the top; ``columns``: column (as `public_words.said` takes it) → its head, in the
    order shown; ``key``: sort key of a row; ``order``: that order in words; ``looked_up``: whether the lookup
    finds the rows; ``place``: gives the id of a row for addresses, None for rows without one; ``notes``:
    further texts at the top; ``kind``: class of its table, for the style."""

    path: str
    table: str
    lead: Text
    columns: Mapping[str, Text]
    key: Callable[[Row], Any]
    order: Text
    looked_up: bool = False
    place: Callable[[Row], str] | None = None
    notes: Sequence[Text] = ()
    kind: str = ""


def bulletin_order(row: Row) -> tuple[int, bool, bool, str, str]:
    """Return the sort key of a row of the table bulletins: the latest released_on first, of one day failed
    batches first, serious ones before the others, then by plan and sample."""
    return (
        _back(row["released_on"]),
        row["final_outcome"] != "nonconforming",
        not row.get("serious"),
        row["plan_id"],
        row["sample_id"],
    )


def _recall_place(row: Row) -> tuple[int, str, str]:
    return _back(row["recalled_on"]), row["authority"], row["recall_id"]


def batch_place(row: Row) -> str:
    """Return the id of a row of the table bulletins, for addresses that lead to it: `<plan_id>.<sample_id>`,
    URL-quoted."""
    return _joined(row["plan_id"], row["sample_id"])


def recall_place(row: Row) -> str:
    """Return the id of a row of the table recalls, for addresses that lead to it: `<authority>.<recall_id>`,
    URL-quoted."""
    return _joined(row["authority"], row["recall_id"])


def _joined(*parts: str | None) -> str:
    """Return the codes as one word without spaces, joined by a full stop; a missing code is ''."""
    return quote(".".join(part or "" for part in parts), safe="")


def _coverage_place(row: Row) -> tuple[str, str, str]:
    return row["dimension_type"], row["dimension_code"], row["data_kind"]


def _back(day: date | None) -> int:
    return 0 if day is None else -day.toordinal()


_OF_BULLETINS = Listing(
    BULLETINS,
    "bulletins",
    Text(
        "结果已确定或已公布、且其抽查计划买样已结束的批次；主管部门先行公布的，也在买样结束后列入。"
        "未列入不等于合格。",
        "Batches whose result is final or published and whose plan has ended its purchases; a result "
        "that an authority published earlier is listed once the purchases have ended. That a product is "
        "not listed does not mean that it conforms.",
    ),
    {
        "product_name": Text("产品", "Product"),
        "brand": Text("品牌", "Brand"),
        "category_code": Text("品类", "Category"),
        "final_outcome": Text("结果", "Result"),
        FAILED: Text("不合格项目（实测值、限值、标准）", "Failing items (value, limit, standard)"),
        "sample_and_batch": Text("样品编号、批号", "Sample, batch"),
        "producer_name": Text("标称生产者", "Marked producer"),
        "where_sold": Text("网店、销售者、平台", "Shop, seller, platform"),
        "released_on": Text("可列入日期", "May be listed from"),
        "published_on": Text("主管部门公布日期", "Published by the authority"),
        "remark_and_comments": Text("备注、当事人说明", "Remark, comment of a party"),
    },
    bulletin_order,
    _NEWEST,
    looked_up=True,
    place=batch_place,
    notes=[SERIOUSLY],
    kind="lined bulletins",
)
# Column → kind of its head.
KINDS = {"category_code": "goods", "sample_and_batch": "id"} | dict.fromkeys(
    (FAILED, "producer_name", "where_sold", "remark_and_comments"), "under"
)
NUMBERS = ("units",)  # columns whose cells are numbers
_OF_RECALLS = Listing(
    RECALLS,
    "recalls",
    Text(
        "各主管部门公布的召回信息。持有所列产品的，停止使用，按召回公告办理修理、更换、退货等；"
        "未列入不等于合格。",
        "Recalls as authorities published them. Stop using a product that is listed and have it repaired, "
        "exchanged or returned as the notice says. That a product is not listed does not mean that it "
        "conforms.",
    ),
    {
        "product_text": Text("产品", "Product"),
        "category_code": Text("品类", "Category"),
        "brand": Text("品牌", "Brand"),
        "hazard_text": Text("危害（公告原文）", "Hazard, as the notice says"),
        "units": Text("召回数量（件）", "Units recalled"),
        "remedy": Text("召回措施", "Remedy"),
        "recalled_on": Text("日期", "Day"),
        "authority": Text("发布机构", "Authority"),
    },
    _recall_place,
    _NEWEST,
    looked_up=True,
    place=recall_place,
)
_OF_COVERAGE = Listing(
    "coverage.html",
    "coverage",
    Text(
        "所列数据为各期间首次发布当日已知的数据。",
        "The figures are those that were known on the day on which the period was first published.",
    ),
    {
        "dimension_code": Text("名称", "Name"),
        "data_kind": Text("数据类别", "Kind of data"),
        "n_providers": Text("来源（个）", "Sources"),
        "n_live": Text("其中正常报送（个）", "Of these reporting"),
        "newest_on": Text("最新数据日期", "Latest data"),
    },
    _coverage_place,
    Text("按代码", "by code"),
)


def bulletins(known: Known) -> list[PublicPage]:
    """Return the pages of bulletins, which hold every batch of the published bundles once
    (`public_rows.parts`): the newest period at bulletins.html, others as bulletins_2026-05.html."""
    return _pages(known, _OF_BULLETINS)


def recalls(known: Known) -> list[PublicPage]:
    """Return the pages of recalls, as `bulletins` does those of batches: recalls.html, and others as
    recalls_2026-05.html."""
    return _pages(known, _OF_RECALLS)


def places(known: Known) -> dict[tuple[str, str], str]:
    """Return plan_id and sample_id of each batch that is listed → address of the part of a page that has
    it."""
    found = _parts(known, _OF_BULLETINS)
    paths = page_paths(BULLETINS, [name for name, _ in found])
    return {
        (row["plan_id"], row["sample_id"]): f"{paths[name]}#{_anchor(part)}"
        for name, some in found
        for part in some
        for row in part.rows
    }


def period_pages(known: Known) -> dict[str, str]:
    """Return name of a period → address of the batches of its bundle, on the newest page that has some; of a
    bundle without any, such as one whose batches were published before, its files in the list of
    downloads."""
    found = _parts(known, _OF_BULLETINS)
    paths = page_paths(BULLETINS, [name for name, _ in found])
    pages: dict[str, str] = {}
    for name, some in found:
        for part in some:
            pages.setdefault(part.bundle.period.name, f"{paths[name]}#{_anchor(part)}")
    return {b.period.name: "downloads.html" for b in known.there} | pages


def coverage(known: Known) -> list[PublicPage]:
    """Return a list of one page, coverage.html, with the table of the bundle that was published last; the
    table is of no period, so earlier bundles are not shown. Without bundles the page has no table."""
    what, newest = _OF_COVERAGE, known.last
    if newest is None:
        return [PublicPage(what.path, TITLES[what.table], [what.lead], [])]
    rows = sorted(known.rows(newest, what.table), key=what.key)
    section = _section(known, what, newest, rows, period_words(newest.period), newest.period.name)
    return [PublicPage(what.path, TITLES[what.table], [what.lead], [section], part=what.path)]


def _pages(known: Known, what: Listing) -> list[PublicPage]:
    """Return the pages of a table of batches or recalls, the newest first."""
    found = []
    for name, some in _parts(known, what):
        page = period_words(some[0].page)
        sections = []
        for part in some:
            of, title = period_words(part.bundle.period), page
            if part.bundle.period != part.page:
                title = Text(f"{page.zh}（{of.zh}的数据包）", f"{page.en} (package of {of.en})")
            sections.append(_section(known, what, part.bundle, part.rows, title, _anchor(part)))
        found.append((name, page, sections))
    return one_each(
        what.path, TITLES[what.table], [what.lead, *what.notes, covered(known, what.table)], found
    )


def _parts(known: Known, what: Listing) -> list[tuple[str, list[Part]]]:
    def fits(rows: list[Row]) -> bool:
        return fit(_cells(known, what, rows), len(what.columns))

    return parts(known, what.table, what.key, fits)


def _anchor(part: Part) -> str:
    """The id of a part's heading: the page's period, and that of its bundle where it is another."""
    page, own = part.page.name, part.bundle.period.name
    return page if page == own else f"{page}-{own}"


def _cells(known: Known, what: Listing, rows: Sequence[Row]) -> list[list[Cell]]:
    return [[Cell(said(known.name, r, c)) for c in what.columns] for r in rows]


def _section(
    known: Known, what: Listing, bundle: Bundle, rows: Sequence[Row], title: Text, anchor: str
) -> Section:
    """Return the rows as a section of a page, with the source of the bundle that holds them."""
    return Section(
        title,
        [Head(text, column in NUMBERS, KINDS.get(column, "")) for column, text in what.columns.items()],
        _cells(known, what, rows),
        source=source(bundle, what.table),
        anchor=anchor,
        order=what.order,
        looked_up=what.looked_up,
        ids=[what.place(r) for r in rows] if what.place else [],
        kind=what.kind,
    )

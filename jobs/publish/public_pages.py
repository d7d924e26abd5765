"""The parts that pages of the public site are made of (cells, sections, pages), and pages that show a table
row by row (definitions.md#public). Pages are made from `Known`, which reads bundles (`shelf.Bundle`) alone,
so that nothing that is not published can reach them. A unit is the nation, a platform, region, category or
cluster, named by its dimension and code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from markupsafe import Markup

from jobs.publish.calendar import releases
from jobs.publish.described import cited
from jobs.publish.periods import span as span_of
from jobs.publish.public_tables import PUBLIC_TABLES
from jobs.publish.public_words import NONE, Row, period_words
from jobs.publish.shelf import Bundle
from jobs.reports.names import UNKNOWN
from jobs.reports.numbers import percent
from jobs.reports.wording import Text, capital, ranged, revision_text, same

TITLES = {table.name: Text(table.title_zh, table.title_en) for table in PUBLIC_TABLES}
DIMENSIONS = {
    "nation": Text("全国", "Nation"),
    "platform": Text("平台", "Platforms"),
    "region": Text("地区（销售者所在地）", "Regions (where the seller is)"),
    "category": Text("品类", "Categories"),
    "cluster": Text("产业集群", "Clusters"),
}
CODES = {  # a bundle's table of codes → its dimension and column of codes
    "platforms": ("platform", "platform_code"),
    "regions": ("region", "region_code"),
    "categories": ("category", "category_code"),
    "clusters": ("cluster", "cluster_code"),
}
STATES = {
    "published": Text("已发布", "Published"),
    "withdrawn": Text("已撤回", "Withdrawn"),
    "late": Text("逾期未发布", "Overdue"),
    "coming": Text("待发布", "To come"),
}


@dataclass(frozen=True)
class Head:
    """The head of a column. ``number``: whether its cells are numbers; ``kind``: class of its cells, for the
    style: "goods" where they name a kind of goods, which paper keeps whole, "id" where they hold long numbers
    of samples, "under" where paper prints them in a second line under the row, else ''."""

    text: Text
    number: bool = False
    kind: str = ""


@dataclass(frozen=True)
class Cell:
    """A cell of a table. ``href``: the address that it links to, '' for none; ``address``: whether that
    address is shown in full, to be copied."""

    text: Text | str
    href: str = ""
    address: bool = False  # its link is shown as the whole address, to be copied

    @property
    def day(self) -> bool:
        """Whether the text is a date (yyyy-mm-dd), which is not broken over lines."""
        return isinstance(self.text, Text) and bool(re.fullmatch(r"\d{4}-\d\d-\d\d", self.text.zh))


@dataclass(frozen=True)
class Source:
    """Where a section's figures can be found: table, period and revision of the bundle, address of the CSV
    file from a page of the site, how to cite it, the day up to which the bundle has data, and the day of its
    publication."""

    table: str
    period: str
    revised: Text
    file: str
    citation: Text
    data_date: date | None
    published_on: date


@dataclass(frozen=True)
class Section:
    """A part of a page with a title and, where there are any, a text, a chart, and a table: ``rows``, one
    list of cells per row, in the order of ``heads``. ``ids``: one id per row, or none."""

    title: Text
    heads: list[Head] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)
    text: Text | None = None
    source: Source | None = None
    anchor: str = ""
    chart: Markup | None = None
    order: Text | None = None  # of the rows, in words
    looked_up: bool = False  # whether the lookup finds its rows
    ids: list[str] = field(default_factory=list)  # of the rows, for addresses that lead to one of them
    whole: bool = False  # whether the page shows all rows of its part of the table
    cut: Text | None = None  # how many rows there are, where the page shows the first ones (public_bounds)
    kind: str = ""  # class of its table, for the style
    folded: bool = False  # whether the page shows its title alone until it is opened


@dataclass(frozen=True)
class Lookup:
    """The lookup's kinds of entries (such as batches or recalls), each with its title, number of rows and
    the page that lists them, '' where none does."""

    counts: list[tuple[Text, int, str]]


@dataclass(frozen=True)
class Other:
    """A link to another page of the same table, for another period. ``anchor``: the id of the link itself, so
    that an old address of that period's section on this page leads to the link."""

    text: Text
    path: str
    anchor: str = ""


@dataclass(frozen=True)
class PublicPage:
    """A page of the public site. ``path``: its file name; ``lead``: texts at its top; ``others``: links to
    all pages of the same table, itself included, where there are several; ``part``: the path of the page in
    the navigation that it belongs to, which may be its own path, or '' for its own; ``sources``: where the
    figures of ``lead`` can be found; ``onward``: a sentence below ``lead`` and the page that it leads to."""

    path: str
    title: Text
    lead: list[Text]
    sections: list[Section]
    lookup: Lookup | None = None
    others: list[Other] = field(default_factory=list)
    part: str = ""
    sources: list[Source] = field(default_factory=list)
    onward: tuple[Text, Cell] | None = None


class Known:
    """What pages may use: ``there``, the last revision of each period, without the periods that are
    withdrawn; ``newest``, kind of period → the bundle of its newest period among these; ``names``,
    (dimension, code) → name; and ``parents``, (dimension, code) → code above, '' at the top.

    ``bundles``: all bundles, as `shelf.shelf` sorts them; ``day``: as for `calendar.releases`. Names come
    from the bundles' tables of codes; where two bundles name a code, the one published later counts.
    """

    def __init__(self, bundles: list[Bundle], day: date | None = None):
        self.bundles, self.day = bundles, day
        # table → its rows as `public_rows.stated` lists them, once it was asked
        self.listed: dict[str, list[tuple[Bundle, list[Row]]]] = {}
        # design → months in which its samples begin, as `public_years` found them
        self.begins: dict[str, tuple[date | None, date | None]] = {}
        last = {bundle.period: bundle for bundle in bundles}
        self.there = [bundle for bundle in last.values() if not bundle.withdrawn]
        self.newest = {bundle.period.kind: bundle for bundle in self.there}
        self.names: dict[tuple[str, str], Text] = {}
        self.parents: dict[tuple[str, str], str] = {}  # of regions and categories; "" at the top
        for bundle in sorted(self.there, key=lambda b: b.published_on):
            for table, (dimension, code) in CODES.items():
                for row in self.rows(bundle, table):
                    zh = row["name_zh"] or row[code]
                    self.names[dimension, row[code]] = Text(zh, row["name_en"] or zh)
                    if "parent_code" in row:
                        self.parents[dimension, row[code]] = row["parent_code"] or ""

    @property
    def last(self) -> Bundle | None:
        """The bundle that was published last, of several of one day that of the period that ends last; None
        without bundles."""
        return max(self.there, key=lambda b: (b.published_on, b.period.end), default=None)

    def is_top(self, dimension: str, code: str) -> bool:
        """Return whether a region or category is known and has none above it, as a province or a main group
        of goods has none."""
        return self.parents.get((dimension, code)) == ""

    def top(self, dimension: str, code: str) -> str:
        """Return the code at the top of the tree of regions or categories that ``code`` is in; ``code``
        itself where no parent is known."""
        passed = {code}
        while (parent := self.parents.get((dimension, code))) and parent not in passed:
            passed.add(parent)
            code = parent
        return code

    @staticmethod
    def rows(bundle: Bundle | None, table: str) -> list[dict[str, Any]]:
        """Return all rows of a bundle's table, each as column → value; none where there is no bundle or it
        lacks the table."""
        if bundle is None or table not in bundle.tables:
            return []
        found: list[dict[str, Any]] = bundle.arrow(table).to_pylist()
        return found

    def name(self, dimension: str, code: str) -> Text:
        """Return the name of a unit in both languages: the nation's for the dimension `nation`, UNKNOWN for
        the code `unknown`, else as the bundles have it; its code where none names it."""
        if dimension == "nation":
            return DIMENSIONS["nation"]
        return self.names.get((dimension, code), UNKNOWN if code == "unknown" else same(code))

    def with_table(self, table: str) -> list[Bundle]:
        """Return the bundle of the newest month, of the newest quarter and of the newest year, in this order,
        withdrawn ones apart: 0 to 3. One that lacks the table is left out, and no older one takes its place;
        a table without rows counts. ``table``: as in `Bundle.tables`."""
        found = [self.newest[kind] for kind in ("month", "quarter", "year") if kind in self.newest]
        return [bundle for bundle in found if table in bundle.tables]


def made_up(known: Known) -> bool:
    """Return whether data of any bundle in ``known.there`` are made up, as its manifest states
    (`synthetic`)."""
    return any(bundle.manifest.get("synthetic", False) for bundle in known.there)


def source(bundle: Bundle, table: str) -> Source:
    """Return where the figures of a bundle's table can be found and how they are cited."""
    period, revision = bundle.period.name, bundle.revision
    cite = cited(bundle.period, revision, bundle.published_on.year)
    file = f"../{period}/{revision}/data/{table}.csv"
    return Source(table, period, revision_text(revision), file, cite, bundle.data_date, bundle.published_on)


def page_paths(path: str, names: list[str]) -> dict[str, str]:
    """Return name → file name of its page: ``path`` for the first of ``names``; for each other one the stem
    of ``path`` with the name, as bulletins_2026-05.html."""
    stem = path.removesuffix(".html")
    return {name: f"{stem}_{name}.html" if at else path for at, name in enumerate(names)}


def one_each(
    path: str, title: Text, lead: list[Text], found: list[tuple[str, Text, list[Section]]]
) -> list[PublicPage]:
    """Return a page for each entry of ``found``, the first one at ``path``, with links to each other.

    ``title``: of the first page; ``lead``: texts at the top of each page; ``found``: (name in the address, as
    2026-06; what links call it; sections), in the order of the links. Where it is empty, one page without
    sections is returned. A link to another page has the anchor of that page's first section as its id, so
    that old addresses still lead somewhere.
    """
    paths = page_paths(path, [name for name, _, _ in found])
    pages = []
    for name, text, sections in found:
        others = [
            Other(called, paths[other], "" if other == name else next((s.anchor for s in theirs), ""))
            for other, called, theirs in found
        ]
        named = title if paths[name] == path else Text(f"{title.zh}：{text.zh}", f"{title.en}: {text.en}")
        beside = others if len(others) > 1 else []
        pages.append(PublicPage(paths[name], named, lead, sections, others=beside, part=path))
    return pages or [PublicPage(path, title, lead, [])]


def rate_limits(low: float | None, high: float | None) -> tuple[str, str]:
    """Return the 95% limits (0-1) of a rate in brackets, Chinese and English: the upper one alone where
    nothing failed (``low`` is None); '' where there are none."""
    if high is None:
        return "", ""
    if low is None:
        return f"（上限{percent(high)}）", f" (below {percent(high)})"
    limits = ranged(percent(low), percent(high))
    return f"（95%区间{limits.zh}）", f" (95% interval {limits.en})"


def between(low: float | None, high: float | None, form: Any = percent) -> Cell:
    """Return a cell with both limits of an interval, such as 7.0–24.6%; a dash where one is missing. ``form``
    turns a limit into text, by default a share (0-1) into percent."""
    return Cell(NONE if low is None or high is None else ranged(form(low), form(high)))


def shown(value: Any, form: Any) -> Cell:
    """Return a cell with the value as ``form`` turns it into text; a dash where it is missing."""
    return Cell(NONE if value is None else same(form(value)))


def revised(revision: int) -> Cell:
    """Return a cell that names a bundle's revision in words: First publication for 0, Revision 2 for 2."""
    return Cell(capital(revision_text(revision)))


def read_me(period: str, revision: int) -> Cell:
    """Return a cell that leads to the file that describes a bundle."""
    return Cell(same("README.md"), f"../{period}/{revision}/README.md")


def calendar(known: Known, pages: Mapping[str, str]) -> PublicPage:
    """Return calendar.html, the release calendar: one row per period, in the order of `calendar.releases`.
    ``pages``: as `public_listings.period_pages`."""
    heads = [
        Head(Text("期间", "Period")),
        Head(Text("应发布", "Due")),
        Head(Text("首次发布", "First published")),
        Head(Text("迟发天数", "Days late"), True),
        Head(Text("修订", "Revision")),
        Head(Text("状态", "State")),
        Head(Text("数据包说明", "About the files")),
    ]
    rows = []
    for row in releases(known.bundles, known.day).to_pylist():
        there = row["state"] in ("published", "withdrawn")
        rows.append(
            [
                Cell(period_words(span_of(row["period"])), pages.get(row["period"], "") if there else ""),
                Cell(same(str(row["due_on"]))),
                shown(row["first_published_on"], str),
                shown(row["days_late"], str),
                Cell(NONE) if row["revision"] is None else revised(row["revision"]),
                Cell(STATES[row["state"]]),
                read_me(row["period"], row["revision"]) if there else Cell(NONE),
            ]
        )
    order = Text("逾期和即将发布的在前", "what is late or due next first")
    section = Section(Text("发布日程", "Releases"), heads, rows, order=order)
    lead = [Text("各期间应发布和实际发布的日期，及迟发天数。", "Due dates, publication dates and delays.")]
    return PublicPage("calendar.html", Text("发布日历", "Release calendar"), lead, [section])

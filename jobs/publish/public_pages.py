"""The pages of the public site: what is shown of the newest bundles (definitions.md#public). They know
bundles and nothing else, so that nothing else can reach them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from jobs.publish.calendar import releases
from jobs.publish.described import citation
from jobs.publish.public_tables import PUBLIC_TABLES
from jobs.publish.public_words import NONE, Row, said
from jobs.publish.shelf import Bundle
from jobs.reports.numbers import count, percent
from jobs.reports.wording import DESIGN, RATE_NAME, Text, same

TITLES = {table.name: Text(table.title_zh, table.title_en) for table in PUBLIC_TABLES}
DIMENSIONS = {
    "nation": Text("全国", "Nation"),
    "platform": Text("平台", "Platforms"),
    "region": Text("地区（销售者所在地）", "Regions (where the seller is)"),
    "category": Text("品类", "Categories"),
    "cluster": Text("产业集群", "Clusters"),
}
CODES = {
    "platforms": ("platform", "platform_code"),
    "regions": ("region", "region_code"),
    "categories": ("category", "category_code"),
    "clusters": ("cluster", "cluster_code"),
}
STATES = {
    "published": Text("已发布", "published"),
    "withdrawn": Text("已撤回", "withdrawn"),
    "late": Text("迟延", "late"),
    "coming": Text("待发布", "coming"),
}


@dataclass(frozen=True)
class Head:
    text: Text
    number: bool = False


@dataclass(frozen=True)
class Cell:
    text: Text | str
    href: str = ""

    @property
    def day(self) -> bool:
        """Whether it is a date, which no line breaks."""
        return isinstance(self.text, Text) and bool(re.fullmatch(r"\d{4}-\d\d-\d\d", self.text.zh))


@dataclass(frozen=True)
class Source:
    """Where a section's figures stand: table, period, revision, file and how to cite it."""

    table: str
    period: str
    revision: int
    file: str
    citation: str


@dataclass(frozen=True)
class Section:
    title: Text
    heads: list[Head] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)
    text: Text | None = None
    source: Source | None = None
    anchor: str = ""
    chart: Markup | None = None


@dataclass(frozen=True)
class Lookup:
    """What can be found, with the number of rows of each kind."""

    counts: list[tuple[Text, int]]


@dataclass(frozen=True)
class PublicPage:
    path: str
    title: Text
    lead: list[Text]
    sections: list[Section]
    lookup: Lookup | None = None


class Known:
    """The newest bundle that is not withdrawn, by kind of period, and the names of its codes."""

    def __init__(self, bundles: list[Bundle]):
        self.bundles = bundles
        last = {bundle.period: bundle for bundle in bundles}
        self.there = [bundle for bundle in last.values() if not bundle.withdrawn]
        self.newest = {bundle.period.kind: bundle for bundle in self.there}
        self.names: dict[tuple[str, str], Text] = {}
        for bundle in sorted(self.there, key=lambda b: b.published_on):
            for table, (dimension, code) in CODES.items():
                for row in self.rows(bundle, table):
                    zh = row["name_zh"] or row[code]
                    self.names[dimension, row[code]] = Text(zh, row["name_en"] or zh)

    @staticmethod
    def rows(bundle: Bundle | None, table: str) -> list[dict[str, Any]]:
        if bundle is None or table not in bundle.tables:
            return []
        found: list[dict[str, Any]] = bundle.arrow(table).to_pylist()
        return found

    def name(self, dimension: str, code: str) -> Text:
        return (
            DIMENSIONS["nation"] if dimension == "nation" else self.names.get((dimension, code), same(code))
        )

    def with_rows(self, table: str) -> list[Bundle]:
        """The newest bundle of each kind of period, the shortest first."""
        return [self.newest[kind] for kind in ("month", "quarter", "year") if kind in self.newest]


def source(bundle: Bundle, table: str) -> Source:
    period, revision = bundle.period.name, bundle.revision
    cite = citation(period, revision, bundle.published_on.year)
    return Source(table, period, revision, f"../{period}/{revision}/data/{table}.csv", cite)


def sentence(known: Known) -> list[Text]:
    """Where quality stands, and whether it moved: of the newest period that can say so."""
    lines = []
    for bundle in known.with_rows("detection_rates"):
        rows = [r for r in known.rows(bundle, "detection_rates") if _headline(r)]
        if rows:
            lines.append(_moved(bundle, max(rows, key=lambda r: r["period_type"] == "rolling12")))
            break
    for bundle in known.with_rows("quality_index"):
        row = next((r for r in known.rows(bundle, "quality_index") if r["dimension_type"] == "nation"), None)
        if row and row["score"] is not None:
            zh, en = f"{row['score']:.1f}", f"{row['score']:.1f}"
            if row["low"] is not None and row["high"] is not None:
                zh += f"（90%区间 {row['low']:.1f}–{row['high']:.1f}）"
                en += f" (90 % limits {row['low']:.1f}–{row['high']:.1f})"
            lines.append(
                Text(
                    f"{bundle.period.name} 全国质量指数 {zh}。",
                    f"Quality index of {bundle.period.name}: {en}.",
                )
            )
            break
    return lines or [
        Text(
            "已发布的期间尚无足够样本得出全国比率。",
            "No published period has enough samples for a national rate.",
        )
    ]


def _headline(row: Row) -> bool:
    nation = row["dimension_type"] == "nation" and row["dimension2_type"] == ""
    return nation and row["design"] == "probability" and row["exposure_rate"] is not None


def _moved(bundle: Bundle, row: Row) -> Text:
    year = row["period_type"] == "rolling12"
    when_zh = f"截至 {bundle.period.name} 的十二个月" if year else bundle.period.name
    when_en = f"In the twelve months to {bundle.period.name}" if year else f"In {bundle.period.name}"
    limits_zh, limits_en = _limits(row["exposure_low"], row["exposure_high"])
    rate = percent(row["exposure_rate"])
    change_zh, change_en = "尚无可比的上年同期", "there is no comparable year before"
    if row["yoy_pp"] is not None and row["yoy_low"] is not None and row["yoy_high"] is not None:
        sure = row["yoy_low"] > 0 or row["yoy_high"] < 0
        way = ("上升", "rose") if row["yoy_pp"] > 0 else ("下降", "fell")
        points = f"{abs(row['yoy_pp']):.1f}"
        change_zh = f"比上年同期{way[0]} {points} 个百分点" + ("" if sure else "，可能只是偶然")
        change_en = f"it {way[1]} by {points} points against the year before" + (
            "" if sure else ", which may be chance"
        )
    return Text(
        f"{when_zh}，网售商品加权不合格率（按销量）为 {rate}{limits_zh}；{change_zh}。",
        f"{when_en}, {rate} of units sold did not conform{limits_en}; {change_en}.",
    )


def _limits(low: float | None, high: float | None) -> tuple[str, str]:
    if high is None:
        return "", ""
    if low is None:
        return f"（上限 {percent(high)}）", f" (below {percent(high)})"
    return f"（95%区间 {percent(low)}–{percent(high)}）", f" (95 % limits {percent(low)}–{percent(high)})"


def between(low: float | None, high: float | None, form: Any = percent) -> Cell:
    return Cell(NONE if low is None or high is None else same(f"{form(low)}–{form(high)}"))


def _shown(value: Any, form: Any) -> Cell:
    return Cell(NONE if value is None else same(form(value)))


def rates(known: Known) -> PublicPage:
    heads = [
        Head(Text("单位", "Unit")),
        Head(Text("抽样方式", "Design")),
        Head(Text("完成检验", "Tested"), True),
        Head(Text("不合格", "Non-conforming"), True),
        Head(Text("比率", "Rate"), True),
        Head(Text("95%区间", "95 % limits"), True),
    ]
    sections = []
    for bundle in known.with_rows("detection_rates"):
        rows = known.rows(bundle, "detection_rates")
        for dimension, title in DIMENSIONS.items():
            mine = [r for r in rows if _of_unit(r, dimension, bundle)]
            if mine:
                sections.append(
                    Section(
                        Text(f"{bundle.period.name} · {title.zh}", f"{bundle.period.name} · {title.en}"),
                        heads,
                        [_rate_row(known, r) for r in mine],
                        source=source(bundle, "detection_rates"),
                    )
                )
    lead = [
        Text(
            f"概率抽样为{RATE_NAME['probability'].zh}；靶向抽样为{RATE_NAME['targeted'].zh}，"
            "不代表市场。两者从不合并。",
            f"{RATE_NAME['probability'].en} from probability samples; {RATE_NAME['targeted'].en.lower()} "
            "from targeted ones, which is never the market's. The two are never pooled.",
        )
    ]
    return PublicPage("rates.html", Text("不合格检出率", "Detection rates"), lead, sections)


def _of_unit(row: Row, dimension: str, bundle: Bundle) -> bool:
    plain = row["dimension_type"] == dimension and row["dimension2_type"] == ""
    role = row["region_role"] in ("", "seller")
    return plain and role and row["design"] in DESIGN and row["period_type"] == bundle.period.kind


def _rate_row(known: Known, row: Row) -> list[Cell]:
    weighted = row["design"] == "probability"
    value, low, high = (
        (row["exposure_rate"], row["exposure_low"], row["exposure_high"])
        if weighted
        else (row["rate"], row["ci_low"], row["ci_high"])
    )
    few = Text("样本不足", "too few samples")
    return [
        Cell(known.name(row["dimension_type"], row["dimension_code"])),
        Cell(DESIGN[row["design"]]),
        Cell(same(count(row["n_tested"]))),
        Cell(same(count(row["n_nonconforming"]))),
        Cell(few) if value is None else Cell(same(percent(value))),
        Cell(Text(f"低于 {percent(high)}", f"below {percent(high)}"))
        if low is None and high is not None
        else between(low, high),
    ]


def index(known: Known) -> PublicPage:
    heads = [
        Head(Text("单位", "Unit")),
        Head(Text("指数", "Score"), True),
        Head(Text("90%区间", "90 % limits"), True),
        Head(Text("档", "Tier"), True),
    ]
    sections = []
    for bundle in known.with_rows("quality_index"):
        rows = [r for r in known.rows(bundle, "quality_index") if r["published"]]
        for dimension, title in DIMENSIONS.items():
            mine = [r for r in rows if r["dimension_type"] == dimension]
            if mine:
                cells = [
                    [
                        Cell(known.name(dimension, r["dimension_code"])),
                        _shown(r["score"], "{:.1f}".format),
                        between(r["low"], r["high"], "{:.1f}".format),
                        _shown(r["tier"], str),
                    ]
                    for r in sorted(mine, key=lambda r: -(r["score"] or 0))
                ]
                named = Text(f"{bundle.period.name} · {title.zh}", f"{bundle.period.name} · {title.en}")
                sections.append(Section(named, heads, cells, source=source(bundle, "quality_index")))
    lead = [
        Text(
            "1 至 100，越高越好；同一档内的单位不可区分。达不到公开条件的单位不列。",
            "1 to 100, higher is better; units of one tier cannot be distinguished. Units without enough to "
            "say are not listed.",
        )
    ]
    return PublicPage("quality_index.html", Text("质量指数", "Quality index"), lead, sections)


def listing(
    known: Known, path: str, table: str, lead: Text, columns: Mapping[str, Text], kinds: Iterable[str]
) -> PublicPage:
    """A page of one table, period by period: of ``kinds`` the newest bundles, or of all months."""
    sections = []
    for bundle in [b for b in known.there[::-1] if b.period.kind in kinds]:
        rows = known.rows(bundle, table)
        cells = [[Cell(said(known.name, r, c)) for c in columns] for r in rows]
        title = same(bundle.period.name)
        anchor = bundle.period.name
        heads = [Head(text) for text in columns.values()]
        sections.append(Section(title, heads, cells, source=source(bundle, table), anchor=anchor))
    return PublicPage(path, TITLES[table], [lead], sections)


def calendar(known: Known) -> PublicPage:
    heads = [
        Head(Text("期间", "Period")),
        Head(Text("应发布", "Due")),
        Head(Text("首次发布", "First published")),
        Head(Text("迟延天数", "Days late"), True),
        Head(Text("修订", "Revision"), True),
        Head(Text("状态", "State")),
    ]
    rows = []
    for row in releases(known.bundles).to_pylist():
        there = row["state"] in ("published", "withdrawn")
        rows.append(
            [
                Cell(same(row["period"]), f"../{row['period']}/{row['revision']}/README.md" if there else ""),
                Cell(same(str(row["due_on"]))),
                _shown(row["first_published_on"], str),
                _shown(row["days_late"], str),
                _shown(row["revision"], str),
                Cell(STATES[row["state"]]),
            ]
        )
    section = Section(Text("发布日程", "Releases"), heads, rows)
    lead = [Text("何时应发布、何时发布、哪些迟延。", "What is due when, what came, and what was late.")]
    return PublicPage("calendar.html", Text("发布日历", "Release calendar"), lead, [section])


def downloads(known: Known) -> PublicPage:
    heads = [Head(Text("文件", "File")), Head(Text("说明", "What it is")), Head(Text("行数", "Rows"), True)]
    sections = []
    for bundle in known.there[::-1]:
        base = f"../{bundle.period.name}/{bundle.revision}"
        rows = []
        for table in bundle.tables:
            for form in ("csv", "parquet", "json"):
                cell = Cell(same(f"{table}.{form}"), f"{base}/data/{table}.{form}")
                n = bundle.manifest["tables"][table]["rows"]
                rows.append([cell, Cell(TITLES.get(table, same(table))), Cell(same(count(n)))])
        for name, what in (
            ("tables.xlsx", Text("全部表的工作簿", "all tables as a workbook")),
            ("README.md", Text("读法", "how to read it")),
            ("changes.csv", Text("与上一修订之差", "changes since the last revision")),
            ("datapackage.json", Text("数据包描述", "Data Package")),
            ("manifest.json", Text("清单与校验和", "manifest and sums")),
        ):
            rows.append([Cell(same(name), f"{base}/{name}"), Cell(what), Cell(NONE)])
        title = Text(
            f"{bundle.period.name}（修订 {bundle.revision}，{bundle.published_on} 发布）",
            f"{bundle.period.name} (revision {bundle.revision}, published {bundle.published_on})",
        )
        sections.append(Section(title, heads, rows))
    lead = [
        Text(
            "每期一个文件夹，发布后不再改动。程序可读：../api/v1/openapi.json。",
            "A folder a period, which never changes. For programs: ../api/v1/openapi.json.",
        )
    ]
    return PublicPage("downloads.html", Text("下载", "Downloads"), lead, sections)

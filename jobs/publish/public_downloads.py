"""downloads.html of the public site: links to the files of each bundle and to the files of the API by which
all others are found."""

from __future__ import annotations

from dataclasses import replace

from jobs.publish.public_pages import TITLES, Cell, Head, Known, PublicPage, Section, one_each
from jobs.publish.public_words import NONE, period_words
from jobs.reports.numbers import count
from jobs.reports.wording import Text, revision_text, same


def downloads(known: Known) -> list[PublicPage]:
    """Return the pages of downloads: downloads.html with the files of the bundle published last and the
    API's, and one page for each other period. ``known``: the bundles (`public_pages.Known`)."""
    heads = [Head(Text("文件", "File")), Head(Text("说明", "What it is")), Head(Text("行数", "Rows"), True)]
    found = []
    for bundle in sorted(known.there, key=lambda b: (b.published_on, b.period.end), reverse=True):
        base = f"../{bundle.period.name}/{bundle.revision}"
        rows = []
        for table in bundle.tables:
            for form in ("csv", "parquet", "json"):
                cell = Cell(same(f"{table}.{form}"), f"{base}/data/{table}.{form}")
                n = bundle.manifest["tables"][table]["rows"]
                rows.append([cell, Cell(TITLES.get(table, same(table))), Cell(same(count(n)))])
        for name, what in (
            ("tables.xlsx", Text("全部表的工作簿", "All tables as a workbook")),
            ("README.md", Text("读法", "How to read the files")),
            ("dictionary.csv", Text("每列的含义", "What each column means")),
            ("glossary.csv", Text("指标、计数和状态的名称", "Names of measures, counts and statuses")),
            ("LICENSE.txt", Text("许可（CC BY 4.0）", "Licence (CC BY 4.0)")),
            ("changes.csv", Text("与上一修订之差", "Changes since the last revision")),
            ("datapackage.json", Text("数据包描述", "Data Package")),
            ("manifest.json", Text("清单与校验和", "Manifest and checksums")),
            ("SHA256SUMS", Text("校验和", "Checksums")),
        ):
            rows.append([Cell(same(name), f"{base}/{name}"), Cell(what), Cell(NONE)])
        when, revised = period_words(bundle.period), revision_text(bundle.revision)
        again = ("发布", "published ") if bundle.revision else ("", "")
        title = Text(
            f"{when.zh}（{revised.zh}，{bundle.published_on}{again[0]}）",
            f"{when.en} ({revised.en}, {again[1]}{bundle.published_on})",
        )
        name = bundle.period.name
        found.append((name, when, [Section(title, heads, rows, anchor=name)]))
    lead = [
        Text(
            "每个期间一个文件夹，发布后不再改动。程序读取见“数据接口”。",
            "One folder for each period, never changed once it is published. For programs see Data interface "
            "(API).",
        )
    ]
    first, *others = one_each("downloads.html", Text("下载", "Downloads"), lead, found)
    return [replace(first, sections=[*first.sections, _interface()]), *others]


def _interface() -> Section:
    """Return the section with the files of the API by which all others are found."""
    files = {
        "openapi.json": Text("接口说明（OpenAPI 3.1）", "Description of the interface (OpenAPI 3.1)"),
        "units.json": Text("各单位及其文件", "Units and their files"),
        "periods.json": Text("各期间及其最新修订", "Periods and their last revision"),
        "calendar.json": Text("发布日历", "Release calendar"),
    }
    heads = [Head(Text("地址", "Address")), Head(Text("说明", "What it is"))]
    rows = [[Cell(same(f), f"../api/v1/{f}", address=True), Cell(what)] for f, what in files.items()]
    text = Text(
        "静态JSON文件，无需密钥；程序按地址直接读取。",
        "Static JSON files that need no key: a program reads them by their address.",
    )
    return Section(Text("数据接口", "Data interface (API)"), heads, rows, text=text, anchor="api")

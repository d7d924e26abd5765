"""The pages of the site: the navigation that leads to them, and the functions that make them. Each makes some
pages, independently of the others, so that several processes can share them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from jobs.reports.gathered import Gathered
from jobs.reports.names import KINDS, PARTIES
from jobs.reports.pages import (
    about,
    brands,
    columns,
    complaints,
    counterfeit,
    credit,
    gate,
    glossary,
    guide,
    home,
    items,
    laboratory,
    labs,
    ledger,
    lookup,
    plans,
    precision,
    quality,
    risk,
    sampling,
    searching,
    sources,
    standards,
    tracing,
    trade,
    units,
    work,
)
from jobs.reports.rendering import Page, render
from jobs.reports.search_files import Filed
from jobs.reports.wording import Text
from jobs.whole_folder import MadeFolder

# Sections with their pages: the first page of a section is what its name leads to.
NAVIGATION = (
    (Text("总览", "Overview"), (("index.html", Text("总览", "Overview")),)),
    (Text("质量指数", "Quality index"), (("quality.html", Text("质量指数", "Quality index")),)),
    *((Text(kind.one.zh, kind.many.en), ((kind.listed, kind.many),)) for kind in KINDS.values()),
    (
        Text("抽查", "Sampling"),
        (
            ("sampling.html", Text("抽查工作", "Sampling work")),
            ("plans.html", Text("抽查通报", "Bulletins")),
            ("items.html", Text("主要不合格项目", "What fails most")),
        ),
    ),
    (Text("待办", "Work"), (("work.html", Text("待办", "Work queue")),)),
    (Text("风险", "Risk"), (("risk.html", Text("风险信号", "Risk signals")),)),
    (
        Text("投诉", "Complaints"),
        (
            ("complaints.html", Text("投诉举报", "Complaints and reports")),
            ("trade.html", Text("交易统计", "Trade")),
        ),
    ),
    (
        Text("协作网", "Networks"),
        (
            ("counterfeit.html", Text("打假协作", "Anti-counterfeit")),
            (PARTIES["brand"].listed, PARTIES["brand"].many),
            ("standards.html", Text("标准共享", "Standards")),
            ("labs.html", Text("检验检测", "Laboratories")),
        ),
    ),
    (
        Text("信用与溯源", "Credit and tracing"),
        (
            ("credit.html", Text("信用与失信惩戒", "Credit and joint restriction")),
            ("tracing.html", Text("源头追溯", "Source tracing")),
        ),
    ),
    (
        Text("消费者", "For buyers"),
        (
            ("lookup.html", Text("通报与召回查询", "Look up bulletins and recalls")),
            ("guidance.html", Text("消费提示", "Shopping guidance")),
        ),
    ),
    (
        Text("数据与方法", "Data and methods"),
        (
            ("about.html", Text("说明与定义", "About and definitions")),
            ("glossary.html", Text("术语表", "Glossary")),
            ("guide/index.html", Text("使用指南", "Guide")),
            ("precision.html", Text("数据精度", "Precision of the data")),
            ("quality_report.html", Text("质量报告", "Quality report")),
            ("sources.html", Text("数据来源", "Sources")),
            ("ledger.html", Text("数据台账", "Ledger")),
            ("gate.html", Text("数据审核", "Quality gate")),
            ("freshness.html", Text("时效", "Freshness")),
            ("coverage.html", Text("数据覆盖", "Coverage")),
            ("dictionary.html", Text("数据字典", "Dictionary")),
            ("notebooks/index.html", Text("笔记本", "Notebooks")),
            ("workbooks/index.html", Text("工作簿", "Workbooks")),
        ),
    ),
)

PageMaker = Callable[[], Iterable[Page]]
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Made:
    """Pages that were put into the site. ``listed``: (path, title, further words that find it) of each page,
    in order; ``downloads``: paths of the files with their figures; ``files``: path → SHA-256 of pages and
    downloads; ``written``: how many of these files were new or changed; ``index``: what the index of the
    search says of the files, where they are some of the search's (`search_files.Filed`)."""

    listed: list[tuple[str, Text, str]]
    downloads: list[str]
    files: dict[str, str]
    written: int
    index: dict[str, Any] = field(default_factory=dict)


def parts(known: Gathered) -> list[Callable[[dict[str, Any], MadeFolder, Progress], Made]]:
    """Return the functions that make the parts of the site, all but the quality report and the index of the
    search, which need the others. A part is called with what all templates get, the folder of the site and a
    function that is called with the path of each page (as `make`). For the same night their order is always
    the same, so that processes can name one by its number."""
    found = [partial(_search, files, known) for files in (searching.numbers, searching.names)]
    return [*found, *(partial(pages_of, maker) for maker in page_makers(known))]


def _search(
    files: Callable[[Gathered], Filed],
    known: Gathered,
    shared: dict[str, Any],
    folder: MadeFolder,
    progress: Progress,
) -> Made:
    """Put files of the search that depend on no page."""
    filed, written = files(known), folder.written
    put = {path: folder.put(path, content) for path, content in filed.files.items()}
    return Made([], [], put, folder.written - written, filed.index)


def pages_of(maker: PageMaker, shared: dict[str, Any], folder: MadeFolder, progress: Progress) -> Made:
    """Make the pages of one function of `page_makers`; the other arguments are those of `make`."""
    return make(maker(), shared, folder, progress)


def page_makers(known: Gathered) -> list[PageMaker]:
    """Return the functions that make all pages except the quality report, which counts the others, always in
    the same order for the same night."""
    night, file_ledger = known.night, known.file_ledger
    return [
        # First: the process that begins here makes the quality report, which needs what this counts.
        partial(sources.build, night, file_ledger, known.names),
        partial(_single, home, known),
        partial(_single, quality, known),
        *units.page_makers(known),
        partial(_single, sampling, known),
        partial(work.build, known),
        # Small ones in the middle, where processes that begin at both ends meet.
        *plans.page_makers(known),
        *brands.page_makers(known),
        *(partial(_single, page, known) for page in (risk, standards, counterfeit)),
        partial(_single, labs, known),
        partial(laboratory.build, known),
        partial(_single, credit, known),
        partial(tracing.build, known),
        *(partial(_single, page, known) for page in (complaints, trade, items, lookup)),
        partial(_single, ledger, night, file_ledger),
        partial(gate.build, night),
        partial(columns.build, night),
        partial(_single, glossary),
        partial(_single, about, night),
        partial(guide.build),
        partial(_single, precision, night),
    ]


def _single(page: Any, *about: Any) -> Iterator[Page]:
    """The one page of a module."""
    yield page.build(*about)


def make(
    pages: Iterable[Page],
    shared: dict[str, Any],
    folder: MadeFolder,
    progress: Progress = lambda path: None,
) -> Made:
    """Render the pages into ``folder``, with the files of their figures, and return what was put there.
    ``shared``: what all templates get, as `site.shared_context` returns it; ``progress``: is called with the
    path of each page before it is rendered."""
    listed, downloads = list[tuple[str, Text, str]](), list[str]()
    put, written = dict[str, str](), folder.written
    for page in pages:
        progress(page.path)
        put[page.path] = folder.put(page.path, render(page, shared))
        for path, content in page.downloads.items():
            put[path] = folder.put(path, content)
        listed.append((page.path, page.title, page.search))
        downloads += page.downloads
    return Made(listed, downloads, put, folder.written - written)

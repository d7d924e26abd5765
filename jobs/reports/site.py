"""The static site of the newest night: reads its tables, makes the pages and writes the files that changed
(definitions.md#site). No JVM, no network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from jobs.environment import Environment
from jobs.lake.night import Snapshot
from jobs.reports.beside import shared_out
from jobs.reports.browser_files import put_browser_files
from jobs.reports.gathered import Gathered, gather
from jobs.reports.made import SiteReport, current_site, site_origin
from jobs.reports.names import KINDS, PARTIES
from jobs.reports.page_makers import make, page_makers
from jobs.reports.pages import quality_report, searching
from jobs.reports.reading import read_night
from jobs.reports.rendering import OPS_TABLES
from jobs.reports.shelved import Shelved
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
            ("gate.html", Text("质量审核", "Quality gate")),
            ("freshness.html", Text("时效", "Freshness")),
            ("coverage.html", Text("数据覆盖", "Coverage")),
            ("dictionary.html", Text("数据字典", "Dictionary")),
            ("notebooks/index.html", Text("笔记本", "Notebooks")),
            ("workbooks/index.html", Text("工作簿", "Workbooks")),
        ),
    ),
)

MOST_NAMED = (
    8  # synthetic sources that the banner names; beyond, it counts them and their own page marks each
)


def write_site(
    env: Environment,
    *,
    progress: Callable[[str], None] = lambda path: None,
    pool: ProcessPoolExecutor | None = None,
) -> SiteReport:
    """Write the site of the newest night below ``env.site`` and return what changed. A site that is already
    made from that night and the present code is left as it is. UsageError where there is no night.

    ``progress``: is called with the path of each page; ``pool``: processes that make some of the pages, with
    the same result; None for this process alone.
    """
    origin = site_origin(env)
    there = current_site(env, origin)
    if there is not None:
        return there
    writer = MadeFolder(env.site)
    reading = partial(
        read,
        origin.snapshot,
        tuple(env.source_roots),
        data_docs=origin.data_docs,
        bundles=origin.bundles,
    )
    known, shared = reading()
    if pool is None:
        made = [make(part(), shared, writer, progress) for part in page_makers(known)]
    else:
        made = shared_out(known, shared, reading, pool, writer, progress)
    last = quality_report.build(
        known,
        pages=sum(len(part.listed) for part in made),
        files=[path for part in made for path in part.downloads],
    )
    made.append(make([last], shared, writer, progress))
    listed = [page for part in made for page in part.listed]
    for path, content in searching.files(known, listed).items():
        writer.put(path, content)
    put_browser_files(writer)
    removed = writer.finish(origin.made_from)
    return SiteReport(env.site / "index.html", len(listed), writer.written, writer.unchanged, len(removed))


def read(
    snapshot: Snapshot, roots: Sequence[Path], *, data_docs: bool, bundles: tuple[Shelved, ...] = ()
) -> tuple[Gathered, dict[str, Any]]:
    """Return what pages are made from and what all templates get (`shared_context`). The arguments are those
    of `read_night`."""
    known = gather(read_night(snapshot, roots, data_docs=data_docs, bundles=bundles))
    return known, shared_context(known)


def shared_context(known: Gathered) -> dict[str, Any]:
    """Return the values that all templates get: the night, the navigation, the function that returns the
    address of a unit's page (href), the names of all tables with a contract or schema, how many synthetic
    sources the banner names, and what stands around pages as `rendering.render` keeps it (layouts)."""
    return {
        "night": known.night,
        "navigation": NAVIGATION,
        "most_named": MOST_NAMED,
        "href": known.names.href,
        "layouts": {},
        "known_tables": set(known.night.dictionary["table"]) | set(OPS_TABLES),
    }

"""Writes the public site (`published/site/`) and the API (`published/api/v1/`) from the bundles in
`published/` (`shelf.Bundle`) and from nothing else."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from jobs.code_identity import CONTRACTS, code_hash, made_from
from jobs.contracts.catalog import load_catalog
from jobs.publish import described
from jobs.publish.api import api_files
from jobs.publish.calendar import releases
from jobs.publish.public_bounds import bounded
from jobs.publish.public_charts import index_trend, rate_trends
from jobs.publish.public_definitions import definitions
from jobs.publish.public_downloads import downloads
from jobs.publish.public_goods import goods_by_rate
from jobs.publish.public_guidance import guidance
from jobs.publish.public_headline import headline
from jobs.publish.public_listings import BULLETINS, RECALLS, bulletins, coverage, period_pages, recalls
from jobs.publish.public_lookup import lookup, lookup_rows
from jobs.publish.public_pages import (
    Cell,
    Head,
    Known,
    PublicPage,
    Section,
    calendar,
    made_up,
    read_me,
    revised,
)
from jobs.publish.public_search import search
from jobs.publish.public_units import index, rates
from jobs.publish.public_words import NONE, period_words
from jobs.publish.shelf import MANIFEST, Bundle, newest, shelf
from jobs.reports import rendering
from jobs.reports.browser_files import LIBRARIES, put_browser_files
from jobs.reports.complaining import where_to_complain
from jobs.reports.contacting import whom_to_ask
from jobs.reports.filed_words import in_chinese
from jobs.reports.punctuation import marked
from jobs.reports.rendering import LANGUAGE, both, static
from jobs.reports.wording import SITE, Text, same, spoken
from jobs.whole_folder import MadeFolder, is_current

HERE = Path(__file__).parent
INNER = rendering.HERE  # of the inner site: its style and script, and its switch of languages
MADE_BY = (
    *CONTRACTS,
    HERE / "templates",
    described.TEXTS,
    INNER / "static",
    INNER / "templates" / "languages.html",
)
SITE_FOLDER, API_FOLDER = "site", "api/v1"
MOST_NOTICES = 3  # withdrawn periods that each page names; the calendar has all
ROBOTS = "User-agent: *\nAllow: /\n"
NAVIGATION = [
    ("index.html", Text("首页", "Home")),
    ("quality_index.html", Text("指数", "Index")),
    ("rates.html", Text("不合格率", "Rates")),
    ("bulletins.html", Text("通报", "Bulletins")),
    ("recalls.html", Text("召回", "Recalls")),
    ("lookup.html", Text("查询", "Look up")),
    ("guidance.html", Text("消费提示", "Guidance")),
    ("coverage.html", Text("数据覆盖", "Coverage")),
    ("definitions.html", Text("定义", "Definitions")),
    ("calendar.html", Text("发布日历", "Calendar")),
    ("downloads.html", Text("下载", "Downloads")),
]
# Pages that say where to complain, beside the pages of guidance.
COMPLAIN_ON = ("index.html", "lookup.html", BULLETINS, RECALLS)

# Readers who know newer figures from an authority ask why the public ones differ.
NEWER = Text(
    "数据止于上述已发布的期间，发布后不再随新数据变动；较新的数据随下一次发布公布，日期见",
    "The figures end with the published periods named here and do not follow newer data; newer figures come "
    "with the next release, see the",
)
HOLDS = {  # page of the navigation → what it holds, for the home page
    "quality_index.html": Text(
        "全国、平台、地区、品类、产业集群的质量指数、区间和档次",
        "Index of the nation, platforms, regions, categories and clusters, with intervals and tiers",
    ),
    "rates.html": Text(
        "各类商品的不合格率；加权不合格率（概率抽样）和问题发现率（靶向抽样），附区间和批次数，分别列示",
        "Which goods fail most; exposure rate (probability samples) and finding rate (targeted samples), "
        "apart, with intervals and numbers of batches",
    ),
    "bulletins.html": Text("抽查批次的结果，逐批列出", "Results of the spot checks, batch by batch"),
    "recalls.html": Text("缺陷产品召回", "Recalls of defective products"),
    "lookup.html": Text(
        "按产品、品牌、网店、批号查询通报和召回",
        "Find bulletins and recalls by product, brand, shop or batch number",
    ),
    "guidance.html": Text(
        "各类商品查出的问题和选购要点",
        "What was found in each kind of goods, and what to look for when buying",
    ),
    "coverage.html": Text(
        "数据来自哪些机构，各来源最新数据的日期",
        "From whom the data come, and up to which day each has filed",
    ),
    "definitions.html": Text(
        "数据的含义、能否排名、不公开的内容及理由、引用格式",
        "What the figures mean, whether they rank, what is not published, and how to cite",
    ),
    "calendar.html": Text(
        "各期间应发布和实际发布的日期", "Days on which each period is due and was published"
    ),
    "downloads.html": Text(
        "各期间的数据文件（CSV、Parquet、JSON、XLSX）及接口说明",
        "Files of each period (CSV, Parquet, JSON, XLSX) and the description of the API",
    ),
}


def write_public(published: Path, day: date | None = None) -> int:
    """Write the site and the API from the bundles below ``published``, and return how many files were
    written.

    Files whose content did not change are left as they are. Where bundles, code and release calendar are
    those of the last call, nothing is done and 0 is returned. ``day``: the day on which the release calendar
    is read (`calendar.releases`). Raises UsageError as `shelf.shelf`.
    """
    bundles = shelf(published)
    origin = made_from(
        code_hash([__name__], MADE_BY, libraries=LIBRARIES),
        [
            (b.period.name, b.revision, hashlib.sha256((b.folder / MANIFEST).read_bytes()).hexdigest())
            for b in bundles
        ],
        releases(bundles, day).to_pylist(),
    )
    if all(is_current(published / part, origin) for part in (SITE_FOLDER, API_FOLDER)):
        return 0
    api = MadeFolder(published / API_FOLDER)
    for path, content in api_files(bundles, load_catalog(), day):
        api.put(path, content)
    api.finish(origin)
    site = MadeFolder(published / SITE_FOLDER)
    for path, content in site_files(bundles, day).items():
        site.put(path, content)
    put_browser_files(site)
    site.finish(origin)
    return api.written + site.written


def site_files(bundles: list[Bundle], day: date | None = None) -> dict[str, bytes]:
    """Return every file of the public site, path below site/ → content, except those that `put_browser_files`
    writes. ``bundles``: all bundles, as `shelf.shelf` sorts them; ``day``: as for `calendar.releases`."""
    known = Known(bundles, day)
    found = {"robots.txt": ROBOTS.encode(), "licence.txt": described.licence()}
    gone = [b for b in newest(bundles) if b.withdrawn]
    gone.sort(key=lambda b: (b.published_on, b.period.end), reverse=True)
    shared = {
        "navigation": NAVIGATION,
        "SITE": SITE,
        "T": Text,
        "complain": where_to_complain(),
        "complain_on": COMPLAIN_ON,
        "whom_to_ask": whom_to_ask(synthetic=made_up(known)),
        "shelf": {
            "day": max((str(b.published_on) for b in bundles), default="–"),
            "data_date": max((b.data_date for b in known.there if b.data_date), default=None),
            "synthetic": made_up(known),
            "withdrawn": [
                {"period": b.period.name, "day": str(b.published_on), "reason": b.manifest["reason"]}
                for b in gone[:MOST_NOTICES]
            ],
            "more_withdrawn": max(0, len(gone) - MOST_NOTICES),
        },
        **static(),
    }
    template = _environment().get_template("public.html")
    made = pages(known)
    for page in made:
        found[page.path] = in_chinese(marked(template.render(page=page, **shared))).encode()
    # Of a unit that stands on pages of several kinds of period the first one counts, that of the shortest.
    stands = {place: page.path for page in made[::-1] for section in page.sections for place in section.ids}
    return found | lookup_rows(known, stands) | search(known, made, stands)


def pages(known: Known) -> list[PublicPage]:
    """Return every page of the public site, the home page first, each cut so that it has at most 10,000 HTML
    elements (`public_bounds.bounded`). ``known``: the bundles."""
    made = [
        _home(known),
        *_with(index(known), index_trend(known)),
        *_with(rates(known), [*goods_by_rate(known), *rate_trends(known)]),
        lookup(known),
        *bulletins(known),
        *recalls(known),
        *guidance(known),
        *coverage(known),
        definitions(known),
        calendar(known, period_pages(known)),
        *downloads(known),
    ]
    return [bounded(page) for page in made]


def _with(made: list[PublicPage], first: list[Section]) -> list[PublicPage]:
    """Return the pages with the sections ``first`` put at the start of the first page."""
    return [replace(made[0], sections=[*first, *made[0].sections]), *made[1:]]


def _home(known: Known) -> PublicPage:
    lead, sources = headline(known)
    sections = []
    heads = [
        Head(Text("期间", "Period")),
        Head(Text("修订", "Revision")),
        Head(Text("发布", "Published")),
        Head(Text("新增 / 更改 / 撤回", "Added / changed / withdrawn")),
        Head(Text("数据包说明", "About the files")),
    ]
    rows, pages = [], period_pages(known)
    released = sorted(newest(known.bundles), key=lambda b: (b.published_on, b.period.end), reverse=True)
    for bundle in released[:12]:
        changed = bundle.manifest.get("changes", {})
        parts = " / ".join(str(changed.get(k, 0)) for k in ("added", "changed", "withdrawn"))
        rows.append(
            [
                Cell(period_words(bundle.period), pages.get(bundle.period.name, "")),
                revised(bundle.revision),
                Cell(same(str(bundle.published_on))),
                Cell(same(parts) if bundle.revision else NONE),
                read_me(bundle.period.name, bundle.revision),
            ]
        )
    sections.append(Section(Text("最近发布", "Latest releases"), heads, rows))
    heads = [Head(Text("页面", "Page")), Head(Text("内容", "What it holds"))]
    rows = [[Cell(name, path), Cell(HOLDS[path])] for path, name in NAVIGATION if path in HOLDS]
    sections.append(Section(Text("本站内容", "On this site"), heads, rows))
    title = Text("网售商品质量", "Quality of goods sold online")
    onward = (NEWER, Cell(Text("发布日历", "Release calendar"), "calendar.html")) if sources else None
    return PublicPage("index.html", title, lead, sections, sources=sources, onward=onward)


def _environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader([HERE / "templates", INNER / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {"both": both, "spoken": spoken}
    env.globals |= LANGUAGE
    return env

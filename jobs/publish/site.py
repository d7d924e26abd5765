"""`published/site/` and `published/api/v1/`, written from the bundles that lie beside them and from nothing
else."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from jobs.code_identity import CONTRACTS, code_hash, made_from
from jobs.contracts.catalog import load_catalog
from jobs.publish import described
from jobs.publish.api import api_files
from jobs.publish.formats import csv_rows
from jobs.publish.public_charts import index_trend, rate_trends
from jobs.publish.public_lookup import INDEX, lookup, lookup_index
from jobs.publish.public_pages import (
    Cell,
    Head,
    Known,
    PublicPage,
    Section,
    calendar,
    downloads,
    index,
    listing,
    rates,
    sentence,
    source,
)
from jobs.publish.shelf import MANIFEST, Bundle, newest, shelf
from jobs.reports import rendering
from jobs.reports.browser_files import LIBRARIES, put_browser_files
from jobs.reports.filed_words import in_chinese
from jobs.reports.punctuation import marked
from jobs.reports.rendering import LANGUAGE, both, spoken, static
from jobs.reports.wording import SITE, Text, same
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
ROBOTS = "User-agent: *\nAllow: /\n"
NAVIGATION = [
    ("index.html", Text("首页", "Home")),
    ("quality_index.html", Text("指数", "Index")),
    ("rates.html", Text("检出率", "Rates")),
    ("bulletins.html", Text("通报", "Bulletins")),
    ("recalls.html", Text("召回", "Recalls")),
    ("lookup.html", Text("查询", "Look up")),
    ("guidance.html", Text("消费指引", "Guidance")),
    ("coverage.html", Text("覆盖", "Coverage")),
    ("definitions.html", Text("定义", "Definitions")),
    ("calendar.html", Text("发布日历", "Calendar")),
    ("downloads.html", Text("下载", "Downloads")),
]

RECALL_COLUMNS = {
    "product_text": Text("产品", "Product"),
    "category_code": Text("品类", "Category"),
    "brand": Text("品牌", "Brand"),
    "hazard_text": Text("危害（公告原文）", "Hazard, as the notice says"),
    "remedy": Text("处置", "Remedy"),
    "recalled_on": Text("日期", "Day"),
    "authority": Text("发布机构", "Authority"),
}


def write_public(published: Path) -> int:
    """Write site and API from the bundles below ``published``; returns how many files were written. The same
    bundles and code again: nothing is done; files that did not change are left as they are."""
    bundles = shelf(published)
    origin = made_from(
        code_hash([__name__], MADE_BY, libraries=LIBRARIES),
        [
            (b.period.name, b.revision, hashlib.sha256((b.folder / MANIFEST).read_bytes()).hexdigest())
            for b in bundles
        ],
    )
    if all(is_current(published / part, origin) for part in (SITE_FOLDER, API_FOLDER)):
        return 0
    api = MadeFolder(published / API_FOLDER)
    for path, content in api_files(bundles, load_catalog()):
        api.put(path, content)
    api.finish(origin)
    site = MadeFolder(published / SITE_FOLDER)
    for path, content in site_files(bundles).items():
        site.put(path, content)
    put_browser_files(site)
    site.finish(origin)
    return api.written + site.written


def site_files(bundles: list[Bundle]) -> dict[str, bytes]:
    """Every file of the public site by path."""
    known = Known(bundles)
    found = {"robots.txt": ROBOTS.encode(), "licence.txt": described.licence()}
    last = newest(bundles)
    shared = {
        "navigation": NAVIGATION,
        "SITE": SITE,
        "T": Text,
        "shelf": {
            "day": max((str(b.published_on) for b in bundles), default="–"),
            "synthetic": any(b.manifest.get("synthetic", False) for b in known.there),
            "withdrawn": [
                {"period": b.period.name, "day": str(b.published_on), "reason": b.manifest["reason"]}
                for b in last
                if b.withdrawn
            ],
        },
        **static(),
    }
    template = _environment().get_template("public.html")
    for page in pages(known):
        found[page.path] = in_chinese(marked(template.render(page=page, **shared))).encode()
    found[INDEX] = lookup_index(known)
    return found


def pages(known: Known) -> list[PublicPage]:
    return [
        _home(known),
        _with(index(known), index_trend(known)),
        _with(rates(known), rate_trends(known)),
        lookup(known),
        listing(
            known,
            "bulletins.html",
            "bulletins",
            Text(
                "结果已定或已公布、且其抽查计划购样已结束的批次。未列入不等于合格。",
                "Batches whose result is final or published and whose plan has stopped buying. What is not "
                "listed may still be unsound.",
            ),
            {
                "product_name": Text("产品", "Product"),
                "category_code": Text("品类", "Category"),
                "final_outcome": Text("结果", "Result"),
                "item_names": Text("不合格项目", "Failing items"),
                "batch_no": Text("批号", "Batch"),
                "producer_name": Text("标称生产者", "Marked producer"),
                "seller_name": Text("销售者", "Seller"),
                "platform_code": Text("平台", "Platform"),
                "released_on": Text("可公开日", "Public since"),
                "comment_texts": Text("当事人陈述", "Comment of a party"),
            },
            ("month",),
        ),
        listing(
            known,
            "recalls.html",
            "recalls",
            Text("各主管部门公布的召回。", "Recalls as authorities published them."),
            RECALL_COLUMNS,
            ("month",),
        ),
        _of_newest(
            known,
            "guidance.html",
            "guidance",
            {
                "category_code": Text("品类", "Category"),
                "name_zh": Text("要点", "Point"),
                "text_zh": Text("说明", "What to do"),
            },
        ),
        _of_newest(
            known,
            "coverage.html",
            "coverage",
            {
                "dimension_code": Text("单位", "Unit"),
                "data_kind": Text("数据种类", "Kind of data"),
                "n_providers": Text("来源数", "Providers"),
                "n_live": Text("在线", "Live"),
                "newest_on": Text("最新数据", "Newest"),
            },
        ),
        _definitions(known),
        calendar(known),
        downloads(known),
    ]


def _with(page: PublicPage, first: list[Section]) -> PublicPage:
    return replace(page, sections=[*first, *page.sections])


def _home(known: Known) -> PublicPage:
    lead = sentence(known)
    sections = []
    heads = [
        Head(Text("期间", "Period")),
        Head(Text("修订", "Revision"), True),
        Head(Text("发布", "Published")),
        Head(Text("添加 / 更改 / 撤回", "Added / changed / withdrawn")),
    ]
    rows = []
    for bundle in sorted(newest(known.bundles), key=lambda b: b.published_on, reverse=True)[:12]:
        changed = bundle.manifest.get("changes", {})
        parts = " / ".join(str(changed.get(k, 0)) for k in ("added", "changed", "withdrawn"))
        rows.append(
            [
                Cell(same(bundle.period.name), f"../{bundle.period.name}/{bundle.revision}/README.md"),
                Cell(same(str(bundle.revision))),
                Cell(same(str(bundle.published_on))),
                Cell(same(parts) if bundle.revision else Text("首次发布", "first publication")),
            ]
        )
    sections.append(Section(Text("最近发布", "Latest releases"), heads, rows))
    return PublicPage("index.html", Text("网售商品质量", "Quality of goods sold online"), lead, sections)


def _of_newest(known: Known, path: str, table: str, columns: dict[str, Text]) -> PublicPage:
    """A table of no period: that of the newest bundle."""
    newest_one = max(known.there, key=lambda b: (b.published_on, b.period.end), default=None)
    kinds = () if newest_one is None else (newest_one.period.kind,)
    return listing(
        known if newest_one is None else Known([newest_one]),
        path,
        table,
        Text("首次发布当夜的情形。", "As on the night of first publication."),
        columns,
        kinds,
    )


def _definitions(known: Known) -> PublicPage:
    """The dictionary of the newest bundle."""
    heads = [Head(Text("列", "Column")), Head(Text("名称", "Name")), Head(Text("含义", "Meaning"))]
    sections = []
    newest_one = max(known.there, key=lambda b: (b.published_on, b.period.end), default=None)
    if newest_one is not None:
        rows = csv_rows((newest_one.folder / "dictionary.csv").read_bytes())
        for table in dict.fromkeys(row["table"] for row in rows):
            cells = [
                [
                    Cell(same(row["column"])),
                    Cell(same(row["name_zh"])),
                    Cell(Text(row["description_zh"], row["description_en"])),
                ]
                for row in rows
                if row["table"] == table
            ]
            said = source(newest_one, table)
            sections.append(Section(same(table), heads, cells, anchor=table, source=said))
    lead = [Text("每张表、每一列的含义。", "What every table and column means.")]
    return PublicPage("definitions.html", Text("定义", "Definitions"), lead, sections)


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

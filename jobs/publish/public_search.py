"""The search index of the public site: pages, units, terms, goods, shops, standards, items, samples and
batches. Made from bundles alone. Unlike the lookup (`public_lookup`), the search is on each page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jobs.contracts.glossary import product_words
from jobs.marts.public_names import WITHHELD
from jobs.plurals import plural
from jobs.publish.formats import csv_rows
from jobs.publish.public_guidance import CCC, CCC_ANCHOR, group_path
from jobs.publish.public_guidance import PATH as GUIDANCE
from jobs.publish.public_listings import BULLETINS, RECALLS, batch_place, recall_place
from jobs.publish.public_lookup import address_of, released, standards
from jobs.publish.public_pages import CODES, Known, PublicPage, made_up
from jobs.publish.public_units import rate_place
from jobs.reports.complaining import REMEDY_WORDS, complaint_words, remedies
from jobs.reports.contacting import whom_to_ask
from jobs.reports.names import tested_item
from jobs.reports.search_files import (
    BESIDE,
    Row,
    beside,
    case_hit,
    goods,
    hit,
    looked_up,
    of_goods,
    of_numbers,
    once,
    page_hit,
    plain,
    standard_hit,
    written,
)
from jobs.reports.wording import Text, capital, named, numbered, same

# Words that buyers type and no title has: page → the words, some of which pages themselves avoid
# (tests/unit/test_words.py). Places of pages follow.
ASKED = {
    "rates.html": "最差 趋势 走势 worst trend trends",
    BULLETINS: "点名 曝光 黑榜 黑名单 上榜 不合格名单 不合格产品 blacklist named",
    "definitions.html": "可信度 什么意思 怎么看 方法 统计方法 怎么算 如何计算 权重 "
    "隐私 个人信息 meaning methodology methods weights weighting calculated privacy",
    "downloads.html": "下载数据 数据下载 接口 API download data csv xlsx json parquet",
    "calendar.html": "更新 更新时间 多久更新 多久更新一次 更新频率 什么时候更新 "
    "updated updates update how often frequency next release",
    GUIDANCE: "怎么选 怎样选 怎么买 怎么挑 选购 挑选 真假 辨别 真伪 假货 避坑 怎么投诉 怎样投诉 "
    "便宜 低价 价格 三无 三无产品 choose fake genuine cheap cheapest price prices",
    RECALLS: "被召回 召回了吗 召回查询 recalled",
    "coverage.html": "哪里来 来源 数据来源 谁提供 source sources origin",
    "lookup.html": "批号 批次号 真假 查真伪 假货 是否合格 合格吗 网店 店铺 商家 卖家 厂家 生产者 "
    "fake genuine shops sellers producers makers brands",
}
OF_CCC = (
    "3C 3C认证 3C标志 CCC CCC标志 强制性产品认证 强制认证 证书 证书编号 证书查询 "
    "compulsory certification mark certificate certificates"
)
PLACES = (
    (f"{GUIDANCE}#{CCC_ANCHOR}", CCC, OF_CCC),
    (
        "definitions.html#ranking",
        Text("能否排名：平台、地区、商品", "May platforms, regions or goods be ranked?"),
        "哪个省 哪些省 哪个地区 哪个平台 哪些平台 哪家平台 平台好 平台更好 平台排名 省份 各省 "
        "排名 排行 排序 比较 哪个好 "
        "rank ranks ranking rankings league table provinces platforms best worst better compare comparison",
    ),
    (
        "definitions.html#change",
        named("year_on_year"),
        "同比 去年 比去年 上年 变化 last year ago compared with previous year-on-year year on year",
    ),
    (
        "definitions.html#withheld",
        Text("不公开的内容及理由", "What is not published, and why"),
        "哪些不公开 为什么 隐藏 隐去 不公布 未公开 保密 涉密 为什么没有数据 没有数据 缺少 空格 空白 "
        "hidden suppressed withheld confidential missing empty secret why",
    ),
    (
        "definitions.html#citing",
        Text("引用格式与使用许可", "How to cite, and the licence"),
        "如何引用 怎样引用 怎么引用 引用格式 许可 转载 署名 版权 版本 修订 "
        "citation citing reference license copyright attribution reuse version CC BY 4.0 CC-BY",
    ),
    (
        "definitions.html#insufficient",
        capital(named("insufficient")),
        "样本少 批次太少 不列比率 small sample number",
    ),
    (
        "definitions.html#interval",
        Text("如何理解95%区间", "How to read a 95% interval"),
        "置信区间 误差 抽样误差 上下限 显著 confidence interval margin of error sampling uncertainty "
        "statistically significant significance",
    ),
    (
        "definitions.html#detection_rates.exposure_low",
        Text("加权不合格率的区间用什么方法计算", "By which method the limits of failing rates are computed"),
        "区间方法 置信区间 设计效应 有效样本量 interval method methods limits Korn–Graubard Korn-Graubard "
        "Kish design effect deff effective sample size",
    ),
    (
        "definitions.html#detection_rates.violation_low",
        Text(
            "违法及不合格率的区间用什么方法计算", "By which method the limits of violation rates are computed"
        ),
        "区间方法 精确区间 interval method methods limits exact Clopper–Pearson Clopper-Pearson",
    ),
    (
        "rates.html#goods",
        Text("各类商品的不合格率", "Which goods fail most"),
        "哪类商品不合格率最高 哪类商品 哪些商品 什么商品 哪种商品 不合格率最高 最容易不合格 排行 排名 "
        "what fails most worst goods products",
    ),
)
NATION = (  # the sentence with which the home page begins
    "index.html",
    Text("全国不合格率，与上年同期的变化", "The nation's rate, and its change from a year earlier"),
    "page",
    "全国 总体 国家 同比 去年 比去年 多少批次不合格 nation national country overall failing failure rate "
    "last year ago compared with how many batches failed number",
)
SAFE = "安全 安全吗 safe safety dangerous"  # by which guidance is found
RECALLED = "召回 被召回 召回了吗 recall recalls recalled"  # by which the recalls of any goods are found
CONTACT = Text("数据咨询（联系方式）", "Whom to ask about the data")
ASKING = (
    "联系 联系人 联系我们 咨询 电话 邮箱 反馈 纠错 contact ask question email e-mail telephone phone feedback"
)
SYNTHETIC = Text("合成数据，不是真实数据", "Synthetic data, not real")
FOLDERS = {dimension: folder for folder, (dimension, _) in CODES.items()}


def search(known: Known, pages: Sequence[PublicPage], stands: Mapping[str, str]) -> dict[str, bytes]:
    """Return the files of the search, path → content: search_index.js and the files in search/. ``known``:
    the bundles; ``pages``: all pages of the site; ``stands``: id of a row → file name of the page that shows
    the row."""
    batches = [found for _, found in released(known, "bulletins")]
    to_batch = address_of(batch_place, "sample_id", stands)
    numbers = (
        case_hit(to_batch(b), kind, b[column], known.name("category", b["category_code"] or "unknown"))
        for b in batches
        for kind, column in (("sample", "sample_id"), ("batch", "batch_no"))  # a batch: what the goods bear
        if plain(b[column] or "")
    )
    parts = {
        "units": list(_units(known, stands)),
        "recalls": list(_recalls(known, stands)),
        "terms": once(_terms(known)),
        "items": _items(known),
        "standards": [
            standard_hit(looked_up(number), number, numbered(number)) for number in standards(known)
        ],
    }
    listed = [page_hit(p.path, p.title, _asked(p.path)) for p in pages]
    there = {f"{page.path}#{section.anchor}" for page in pages for section in page.sections}
    there |= {f"{page}#{row}" for row, page in stands.items()}
    if any(page.sources for page in pages):
        listed.append(hit(*NATION))
    listed += [hit(path, words, "page", more) for path, words, more in PLACES if path in there]
    if whom_to_ask(synthetic=made_up(known)):
        listed.append(hit("index.html#contact", CONTACT, "page", ASKING))
    if made_up(known):
        listed.append(
            hit("index.html#about-data", SYNTHETIC, "page", "真实数据 真实 假数据 数据真假 real true fake")
        )
    return written(listed, parts, of_numbers(numbers), of_goods([*goods(_goods(known)), *_shops(known)]))


def _asked(path: str) -> str:
    """Return the words by which buyers look for a page, beside its title."""
    words = [ASKED.get(path, "")]
    if path == GUIDANCE:
        words += [complaint_words(), REMEDY_WORDS if remedies() else ""]
    return " ".join(filter(None, words))


def _units(known: Known, stands: Mapping[str, str]) -> Iterator[Row]:
    """Yield an entry for each platform, region, category and cluster, which leads to its row of rates
    (rates.html where it has none). A category with guidance leads to that, and is also found by the names
    that buyers use for its goods."""
    words = product_words()
    for (dimension, code), name in sorted(known.names.items()):
        own = rate_place(dimension, code)
        path = f"{stands[own]}#{own}" if own in stands else "rates.html"
        if dimension == "category" and code in stands:
            path = f"{group_path(known, code)}#{code}"
        more = words.get(code, "") if dimension == "category" else ""
        more += f" {SAFE}" if dimension == "category" and code in stands else ""
        yield hit(path, name, FOLDERS[dimension], f"{code} {more}".strip())


def _recalls(known: Known, stands: Mapping[str, str]) -> Iterator[Row]:
    """Yield an entry for each kind of goods on its recalls, found by the names that buyers use for it: one
    recall leads to its row, several to the lookup, which lists them first. Where there is none, the entry
    says so: a buyer who asks for recalls of some goods shall not have to read the list of all."""
    by: dict[str, list[Mapping[str, Any]]] = {}
    for _, found in released(known, "recalls"):
        by.setdefault(found["category_code"] or "", []).append(found)
    to_recall, words = address_of(recall_place, "recall_id", stands), product_words()
    for (dimension, code), name in sorted(known.names.items()):
        if dimension != "category" or (known.is_top(dimension, code) and code not in by):
            continue
        mine = by.get(code, [])
        days = [found["recalled_on"] for found in mine if found["recalled_on"]]
        path = looked_up(name.zh) if mine else RECALLS
        about = Text("已公布的各期中没有召回", "no recall in the published periods")
        if mine:
            latest = Text(f"，最近{max(days)}", f", the latest {max(days)}") if days else same("")
            about = Text(f"召回{len(mine)}起{latest.zh}", f"{plural(len(mine), 'recall')}{latest.en}")
            path = to_recall(mine[0]) if len(mine) == 1 else path
        shown = Text(f"{name.zh}{BESIDE}{about.zh}", f"{name.en}{BESIDE}{about.en}")
        yield hit(path, shown, "recall", f"{words.get(code, '')} {RECALLED}".strip())


def _terms(known: Known) -> Iterator[Row]:
    """Yield an entry for each table and column of the dictionary of the bundle published last; it leads to
    the meaning in definitions.html."""
    if known.last is None:
        return
    for each in csv_rows((known.last.folder / "dictionary.csv").read_bytes()):
        name = Text(each["name_zh"], each.get("name_en") or each["name_zh"])
        yield hit(f"definitions.html#{each['table']}.{each['column']}", name, "term", each["column"])


def _items(known: Known) -> list[Row]:
    """Return an entry for each tested item that a published batch failed, which leads to the lookup of its
    name, where these batches stand first."""
    failed = (row for _, row in released(known, "bulletins") if row["final_outcome"] == "nonconforming")
    names = {name for row in failed for name in json.loads(row["item_names"] or "[]") if name}
    about = Text("该项不合格的批次", "batches that failed it")
    return [
        hit(looked_up(name), Text(*map(BESIDE.join, zip(tested_item(name), about, strict=True))), "item")
        for name in sorted(names)
    ]


def _goods(known: Known) -> Iterator[tuple[str, Text | None, str]]:
    """Yield (name of the product, its category, names of the brand) of each published batch and recall."""
    for table, column in (("bulletins", "product_name"), ("recalls", "product_text")):
        for _, found in released(known, table):
            code = found["category_code"]
            brand = " ".join(filter(None, (found["brand"], found.get("brand_en"))))
            yield found[column] or "", known.name("category", code) if code else None, brand


def _shops(known: Known) -> list[Row]:
    """Return an entry for each shop and platform of published batches, which leads to the lookup of its
    name; shops whose name is withheld are left out."""
    met = {
        (found["shop_name"], found["platform_code"]): None
        for _, found in released(known, "bulletins")
        if found["shop_name"] and found["shop_name"] != WITHHELD
    }
    rows = []
    for shop, platform in sorted(met, key=lambda at: (at[0], at[1] or "")):
        about = (known.name("platform", platform),) if platform else ()
        rows.append(hit(looked_up(shop), beside(shop, *about), "shop"))
    return rows

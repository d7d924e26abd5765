"""Shopping guidance on the public site, from the bundle published last: an overview, and one page for each
main group of goods (the top level of the goods categories)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from jobs.marts.overview.shopping_guidance import FEWEST
from jobs.plurals import plural
from jobs.publish.public_pages import (
    TITLES,
    Cell,
    Head,
    Known,
    Other,
    PublicPage,
    Section,
    rate_limits,
    source,
)
from jobs.publish.public_words import NONE, Row, period_words, said, twelve_months_to
from jobs.publish.public_years import change
from jobs.publish.shelf import Bundle
from jobs.reports.complaining import remedies, where_to_complain
from jobs.reports.failed_items import FIRST, batches, named_items
from jobs.reports.numbers import count, percent
from jobs.reports.wording import Text, capital, named

PATH = "guidance.html"
COLUMNS = {
    "category_code": Text("品类", "Category"),
    "part": Text("栏目", "Section"),
    "name_zh": Text("要点", "Point"),
    "text_zh": Text("说明", "Details"),
}
LEAD = [
    Text(
        "所列数据为各期间首次发布当日已知的数据。",
        "The figures are those that were known on the day on which the period was first published.",
    ),
    Text(
        "仅反映抽检结果，不构成质量保证。",
        "It reports what checks found and is no guarantee of any product.",
    ),
]
FEW = Text(
    "批次不足，与上年同期不可比", "it is not compared with a year earlier, as there are too few batches"
)
ORDER = Text("按品类和栏目排列", "by category and section")
BY_CATEGORY = Text("按品类排列", "by category")
HEADS = [
    Head(Text("大类", "Group")),
    Head(Text("品类", "Category")),
    Head(Text("主要不合格项目", "What fails most")),
]
PARTS = ("overall", "look_at", "fails_most", "price_band")  # in the order of the pages
TARGETED = Text(
    f"每类至多列出{FIRST}项，另列其余涉及健康安全（A类）的不合格项目：概率抽样的在前，靶向抽样的在后；"
    f"同一抽样方式中，足以计算不合格率的（检验该项目满{FEWEST}批次）在前，按不合格率95%区间下限从高到低。"
    "注明“靶向”的，是在因风险、投诉或跟踪而抽取的样品中检出的不合格项目，只说明所查对象，不代表市场。",
    f"Of each category at most {FIRST} items are named, and all others that concern health and safety "
    "(class A): those of probability samples first, then those of targeted ones; of either, those with "
    f"enough batches for a rate ({FEWEST} tested for the item) come first, by the lower end of the 95% "
    "interval of their rate, the highest first. Items marked as targeted failed in samples drawn "
    "because of a risk, complaints or follow-up; they describe what was checked, not the market.",
)


# What buyers call 3C, as the guidance names no goods by this word.
CERTIFIED = "certificate:ccc"  # item of the rows on it (guidance_advice.certificates)
CCC = Text("3C认证（CCC）：哪些商品须经认证", "CCC (3C) certification: which goods need it")
CCC_ANCHOR = "ccc"
ABOUT_CCC = Text(
    "3C认证即强制性产品认证（CCC）：国家规定必须经过认证的产品，应当经过认证并标注认证标志后，方可出厂、销售、进口或者在其他经营活动中使用。"
    "购买前看商品上有无CCC标志，并在全国认证认可信息公共服务平台核对证书编号、型号和生产者名称。"
    "下列品类的商品须经认证；有的品类只有部分商品须经认证，见该品类的提示。",
    "CCC, China Compulsory Certification (3C): goods of which the state requires it may not leave the "
    "factory, be sold or imported without the certificate and its mark. Before buying, look for the CCC mark "
    "and check the certificate's number, model and maker with the certifier. Goods of these categories need "
    "it; of some categories only certain goods do, as the guidance on them says.",
)


def guidance(known: Known) -> list[PublicPage]:
    """Return the pages of guidance: guidance.html, with one row per category and the items that failed most
    in it, and a list of the categories whose goods need compulsory certification; and for each main group
    a page with all of its points, such as guidance_HA.html, on which the first row of a category has its code
    as id. Without bundles, guidance.html alone, without sections. ``known``: the bundles
    (`public_pages.Known`)."""
    newest = known.last
    title = TITLES["guidance"]
    lead = [*LEAD, where_to_complain()]
    first = [*lead, *filter(None, [remedies()])]
    if newest is None:
        return [PublicPage(PATH, title, first, [])]
    rows = sorted(_weighted(known, newest), key=_place)
    when = _window(rows) or period_words(newest.period)
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[known.top("category", row["category_code"])].append(row)
    paths = {code: group_path(known, code) for code in sorted(groups)}
    table, period = source(newest, "guidance"), newest.period.name
    failed = failed_most(rows, known)
    listed = [
        [
            Cell(known.name("category", group)),
            Cell(known.name("category", code), f"{paths[group]}#{code}"),
            Cell(failed[code]),
        ]
        for group in paths
        for code in dict.fromkeys(r["category_code"] for r in groups[group])
    ]
    certified = [
        [Cell(known.name("category", group)), Cell(known.name("category", code), f"{path}#{code}")]
        for group, path in paths.items()
        for code in dict.fromkeys(r["category_code"] for r in groups[group] if r["item"] == CERTIFIED)
    ]
    overview = Section(when, HEADS, listed, text=TARGETED, source=table, anchor=period, order=BY_CATEGORY)
    sections = [overview]
    if certified:
        sections.append(
            Section(
                CCC, HEADS[:2], certified, text=ABOUT_CCC, source=table, anchor=CCC_ANCHOR, order=BY_CATEGORY
            )
        )
    others = [
        Other(title, PATH),
        *(Other(known.name("category", code), path) for code, path in paths.items()),
    ]
    pages = [PublicPage(PATH, title, first, sections, others=others)]
    for code, path in paths.items():
        cells = [[Cell(_said(known, r, c)) for c in COLUMNS] for r in groups[code]]
        section = Section(
            when,
            [Head(t) for t in COLUMNS.values()],
            cells,
            source=table,
            anchor=period,
            order=ORDER,
            ids=_places(groups[code]),
            whole=True,
            kind="points",
        )
        name = known.name("category", code)
        called = Text(f"{title.zh}：{name.zh}", f"{title.en}: {name.en}")
        pages.append(PublicPage(path, called, lead, [section], others=others, part=PATH))
    return pages


def failed_most(rows: Iterable[Row], known: Known) -> dict[str, Text]:
    """Return category code → names of the tested items that failed most (`failed_items.named_items`), as one
    phrase; those of targeted samples are marked. Where there is no such item the phrase says how many batches
    were tested and failed, or that none was tested; it is `NONE` where no row has the part `overall`, as in
    old bundles.

    ``rows``: rows of the bundle's table guidance, one per category, part and item; ``known``: for names of
    codes.
    """
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["category_code"]].append(row)
    # Bundles of before have no such rows: they do not say whether anything was tested.
    counted = any(row["part"] == "overall" for mine in found.values() for row in mine)
    return {code: _phrase(mine, known) or (_none(mine) if counted else NONE) for code, mine in found.items()}


def _phrase(rows: list[Row], known: Known) -> Text | None:
    named = []
    for row in named_items(rows):
        name = said(known.name, row, "name_zh")
        aimed = row["design"] == "targeted"
        named.append(Text(f"{name.zh}（靶向）", f"{name.en} (targeted)") if aimed else name)
    return Text("、".join(n.zh for n in named), ", ".join(n.en for n in named)) if named else None


def _none(rows: list[Row]) -> Text:
    judged = batches(rows)
    if judged is None:
        return Text("未检验", "none tested")
    n, failed = judged
    if not failed:
        return Text(
            f"检验{count(n)}批次，均未发现不合格", f"none failed of {plural(n, 'batch', 'batches')} tested"
        )
    return Text(
        f"检验{count(n)}批次，不合格{count(failed)}批次，未列明项目",
        f"{count(failed)} of {plural(n, 'batch', 'batches')} tested failed, by items that are not named",
    )


def _weighted(known: Known, bundle: Bundle) -> list[Row]:
    """Return the bundle's rows of guidance. That on all probability samples of a category begins with the
    exposure rate, where the bundle publishes one: of a month that of the twelve months up to it; it says
    how the rate changed from a year earlier, or why it is not compared."""
    best: dict[str, Row] = {}
    for row in known.rows(bundle, "detection_rates"):
        mine = row["dimension_type"] == "category" and row["dimension2_type"] == ""
        if mine and row["design"] == "probability":
            best[row["dimension_code"]] = max(row, best.get(row["dimension_code"], row), key=_rank)
    made = list[Row]()
    for row in known.rows(bundle, "guidance"):
        if row["part"] == "overall" and row["design"] == "probability" and "detection_rates" in bundle.tables:
            row |= _with_rate(known, bundle, row, best.get(row["category_code"]))
        made.append(row)
    return made


def _rank(row: Row) -> tuple[bool, bool]:
    """Sort key of a category's rows of rates: the one to show is the greatest."""
    return row["exposure_rate"] is not None, row["period_type"] == "rolling12"


def _with_rate(known: Known, bundle: Bundle, row: Row, rate: Row | None) -> dict[str, str]:
    """Return the texts of a row of guidance on all probability samples with those of its rate. ``rate``: of
    detection_rates, None without one."""
    zh, en, moved = row["text_zh"], row["text_en"], FEW if rate is None else change(known, rate)
    if rate is None or rate["exposure_rate"] is None:
        return {"text_zh": f"{zh}{moved.zh}。", "text_en": f"{en} {capital(moved).en}."}
    name, of_units = named("exposure_rate"), _of_units_sold(rate, bundle)
    return {
        "text_zh": f"{name.zh}，{of_units[0]}；{moved.zh}。{zh}",
        "text_en": f"{name.en}, {of_units[1]}; {moved.en}. {en}",
    }


def _said(known: Known, row: Row, column: str) -> Text:
    """A cell of the points of a group. The name of an item that failed in targeted samples says so: the same
    item may stand above it for probability samples."""
    text = said(known.name, row, column)
    if column == "name_zh" and row["part"] == "fails_most" and row["design"] == "targeted":
        return Text(f"{text.zh}（靶向抽样）", f"{text.en} (targeted samples)")
    return text


def _of_units_sold(rate: Row, bundle: Bundle) -> tuple[str, str]:
    """Return a row of detection_rates with an exposure rate as a phrase, Chinese and English."""
    when, limits = period_words(bundle.period), rate_limits(rate["exposure_low"], rate["exposure_high"])
    zh, en, share = when.zh, when.en, percent(rate["exposure_rate"])
    if rate["period_type"] == "rolling12":
        zh, en = twelve_months_to(bundle.period).zh, f"twelve months to {en}"
    return (
        f"{zh}：售出商品中{share}不合格{limits[0]}",
        f"{en}: {share} of units sold did not conform{limits[1]}",
    )


def _window(rows: list[Row]) -> Text | None:
    """Return the first and the last day of the samples, in words; None where no row states them."""
    row = next((r for r in rows if r.get("window_start") and r.get("window_end")), None)
    if row is None:
        return None
    first, last = row["window_start"], row["window_end"]
    return Text(f"{first}至{last}的样本", f"Samples of {first} to {last}")


def _places(rows: list[Row]) -> list[str]:
    """Return an id for each row: the first row of a category has its code, the others the code with
    a number."""
    met: Counter[str] = Counter()
    found = []
    for row in rows:
        code = row["category_code"]
        found.append(f"{code}.{met[code]}" if met[code] else code)
        met[code] += 1
    return found


def group_path(known: Known, category: str) -> str:
    """Return the file name of the page with the guidance of ``category`` (its code): that of its main group
    of goods, as guidance_HA.html."""
    return f"guidance_{known.top('category', category)}.html"


def _place(row: Row) -> tuple[str, int, str, int]:
    return (
        row["category_code"],
        PARTS.index(row["part"] or PARTS[-1]),
        row["design"] or "",
        row["position"] or 0,
    )

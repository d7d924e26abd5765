"""Rates and quality index of units on the public site: one page for each kind of period (month, quarter,
year), from its newest bundle (definitions.md#public). A unit is the nation, a platform, region, category or
cluster (dimensions). ``known``: the bundles (`public_pages.Known`)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from urllib.parse import quote

from jobs.methods.rounding import fixed
from jobs.plurals import plural
from jobs.publish.public_headline import nation_rate
from jobs.publish.public_pages import (
    DIMENSIONS,
    Cell,
    Head,
    Known,
    PublicPage,
    Section,
    between,
    one_each,
    shown,
    source,
)
from jobs.publish.public_words import Row, period_words, twelve_months_to
from jobs.publish.public_years import months_missing
from jobs.publish.shelf import Bundle
from jobs.reports.numbers import count, judged, percent
from jobs.reports.wording import DESIGN, NO_JUDGED, RATE_NAME, TOO_FEW, Text, same

NOTHING = Text(
    "本期没有达到公开条件的单位；其他期间见上方链接。",
    "No unit meets the conditions for publication in this period; the links above lead to other periods.",
)
_MOST_SAMPLES = Text("按已有结果批次从多到少", "the most samples first")
ORDERS = defaultdict(
    lambda: _MOST_SAMPLES,
    region=Text(
        "先列省级，其余按已有结果批次从多到少", "provinces first, then the others by number of samples"
    ),
    category=Text(
        "先列大类，其余按已有结果批次从多到少",
        "main groups first, then the others by number of samples",
    ),
)


def rates(known: Known) -> list[PublicPage]:
    """Return the pages of rates: rates.html for the shortest kind of period that has the table, and one page
    for each other kind, as rates_quarter.html. Each has one section per dimension, with one row per unit and
    sampling design."""
    heads = [
        Head(Text("名称", "Name")),
        Head(Text("抽样方式", "Design")),
        Head(Text("已判定", "Judged"), True),
        Head(Text("不合格", "Non-conforming"), True),
        Head(Text("加权不合格率或问题发现率", "Exposure or finding rate"), True),
        Head(Text("95%区间", "95% interval"), True),
    ]

    def sections(bundle: Bundle) -> list[Section]:
        rows = known.rows(bundle, "detection_rates")
        found = []
        for dimension, title in DIMENSIONS.items():
            mine = _ordered(known, dimension, [r for r in rows if _of_unit(r, dimension, bundle)])
            if mine:
                cells = [_rate_row(known, r) for r in mine]
                said = source(bundle, "detection_rates")
                order, ids = ORDERS[dimension], _places(dimension, mine)
                text = _of_fewer_months(known, bundle, rows) if dimension == "nation" else None
                named = _named(bundle, title)
                found.append(Section(named, heads, cells, text, source=said, order=order, ids=ids))
        return found

    lead = [
        Text(
            f"概率抽样为{RATE_NAME['probability'].zh}；靶向抽样为{RATE_NAME['targeted'].zh}，"
            "不代表市场。两者不合并计算。",
            f"{RATE_NAME['probability'].en} from probability samples; {RATE_NAME['targeted'].en.lower()} "
            "from targeted ones, which is never the market's. The two are never pooled.",
        )
    ]
    title = Text("加权不合格率和问题发现率", "Exposure and finding rates")
    return one_each("rates.html", title, lead, _by_kind(known, "detection_rates", sections))


def index(known: Known) -> list[PublicPage]:
    """Return the pages of the quality index: quality_index.html for the shortest kind of period that has the
    table, and one page for each other kind, as quality_index_year.html. Each has one section per dimension,
    with one row per unit whose index is published, in the order of `standing`."""
    heads = [
        Head(Text("名称", "Name")),
        Head(Text("质量指数", "Quality index"), True),
        Head(Text("90%区间", "90% interval"), True),
        Head(Text("档次", "Tier"), True),
        Head(Text("已判定批次", "Batches judged"), True),
    ]

    def sections(bundle: Bundle) -> list[Section]:
        rows = [r for r in known.rows(bundle, "quality_index") if r["published"]]
        found = []
        for dimension, title in DIMENSIONS.items():
            mine = [r for r in rows if r["dimension_type"] == dimension]
            if mine:
                cells = [_score_row(known, r) for r in sorted(mine, key=standing)]
                said = source(bundle, "quality_index")
                order = Text(
                    "按档次，同档按指数从高到低；不分档的在后，按已判定批次",
                    "by tier, then by score; units without a tier after them, by batches judged",
                )
                text = None if dimension == "nation" else of_tiers([r["tier"] for r in mine])
                found.append(Section(_named(bundle, title), heads, cells, text, source=said, order=order))
        return found

    lead = [
        Text(
            "1至100，越高越好；同档单位彼此不能区分，判定批次过少的单位不分档，列在最后，按批次多少排列，其分数差异主要为"
            "随机波动。达不到公开条件（见“定义”）的单位不列。",
            "1 to 100, higher is better. Units of one tier cannot be distinguished. Units with too few "
            "batches judged have no tier: they are listed last, by their batches, and their scores are "
            "little more than chance. Units that do not meet the conditions for publication (see "
            "Definitions) are not listed.",
        )
    ]
    title = Text("质量指数", "Quality index")
    return one_each("quality_index.html", title, lead, _by_kind(known, "quality_index", sections))


def of_tiers(tiers: Sequence[int | None]) -> Text:
    """Return the line above a table of units on what their tiers say of their order: none has a tier, only
    one has, all are in one, or else that tier 1 is the best. ``tiers``: of each unit in any order, 1 the
    best; None where it has too few batches for one. Of no units it says that none has a tier."""
    there = [tier for tier in tiers if tier is not None]
    if not there:
        return Text(
            "各单位判定批次过少，均不分档，排列先后不表示优劣。",
            "No unit has a tier, as batches are too few: their order says nothing of quality.",
        )
    if len(there) == 1:
        return Text(
            "仅1个单位有档次，无从比较。",
            "One unit alone has a tier: there is nothing to compare it with.",
        )
    if len(set(there)) == 1:
        return Text(
            f"{count(len(there))}个有档次的单位同在第{there[0]}档，不分先后。",
            f"All {plural(len(there), 'unit')} with a tier are in one tier: they cannot be ordered.",
        )
    return Text(
        "第1档最高，同档单位不分先后。",
        "Tier 1 is the highest; units of one tier cannot be ordered.",
    )


def _by_kind(
    known: Known, table: str, sections: Callable[[Bundle], list[Section]]
) -> list[tuple[str, Text, list[Section]]]:
    found = []
    for bundle in known.with_table(table):
        when = period_words(bundle.period)
        found.append((bundle.period.kind, when, sections(bundle) or [Section(when, text=NOTHING)]))
    return found


def _named(bundle: Bundle, title: Text) -> Text:
    when = period_words(bundle.period)
    return Text(f"{when.zh} · {title.zh}", f"{when.en} · {title.en}")


def _of_fewer_months(known: Known, bundle: Bundle, rows: Sequence[Row]) -> Text | None:
    """A note where the data do not cover all months of a period, so that its rate is not set against the one
    of twelve months with which the home page begins; None where they do."""
    short = months_missing([r for r in rows if r["period_type"] == bundle.period.kind])
    home = nation_rate(known)
    if short is None or home is None or home[1]["period_type"] != "rolling12":
        return short
    months = twelve_months_to(home[0].period)
    return Text(
        f"{short.zh}首页的比率是{months.zh}十二个月的，期间不同，不可与本页的相比。",
        f"{short.en} The rate on the home page is that of the {months.en[:1].lower()}{months.en[1:]}: it is "
        "of another period and must not be set against the one on this page.",
    )


def _ordered(known: Known, dimension: str, rows: list[Row]) -> list[Row]:
    """Sort rows as `ORDERS` says: units at the top of their tree by code, then the others by number of
    samples, the most first. Rows of one unit stay together."""
    samples: dict[str, int] = defaultdict(int)
    for row in rows:
        samples[row["dimension_code"]] += row["n_sampled"]

    def place(row: Row) -> tuple[int, int, str]:
        code = row["dimension_code"]
        top = known.is_top(dimension, code)
        return (0, 0, code) if top else (1, -samples[code], code)

    return sorted(rows, key=place)


def rate_place(dimension: str, code: str) -> str:
    """Return the id of a unit's first row of rates, for addresses: `rate.<dimension>.<code>`, URL-quoted."""
    return quote(f"rate.{dimension}.{code}", safe="")


def _places(dimension: str, rows: list[Row]) -> list[str]:
    met: Counter[str] = Counter()
    found = []
    for row in rows:
        place = rate_place(dimension, row["dimension_code"])
        found.append(f"{place}.{met[place]}" if met[place] else place)
        met[place] += 1
    return found


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
    none = TOO_FEW if judged(row) else NO_JUDGED
    return [
        Cell(known.name(row["dimension_type"], row["dimension_code"])),
        Cell(DESIGN[row["design"]]),
        Cell(same(count(judged(row)))),
        Cell(same(count(row["n_nonconforming"]))),
        Cell(none) if value is None else Cell(same(percent(value))),
        Cell(Text(f"低于{percent(high)}", f"below {percent(high)}"))
        if low is None and high is not None
        else between(low, high),
    ]


def standing(row: Row) -> tuple[bool, int, float, str]:
    """Return the sort key (ascending) of a unit in a table of scores: units with a tier by tier, the best
    (1) first, and within it the highest score first; then those without, which have too few batches for a
    tier, the most batches first, so that no small unit leads by chance; units that are equal by code. The
    inner site lists them in the same order. ``row``: of gold.quality_index."""
    few = row["tier"] is None
    value = row["n_judged"] if few else row["score"]
    return few, row["tier"] or 0, -(value or 0), row["dimension_code"]


def _score_row(known: Known, row: Row) -> list[Cell]:
    return [
        Cell(known.name(row["dimension_type"], row["dimension_code"])),
        shown(row["score"], fixed),
        between(row["low"], row["high"], fixed),
        shown(row["tier"], str),
        Cell(same(count(row["n_judged"]))),
    ]

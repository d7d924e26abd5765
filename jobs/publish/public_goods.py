"""Which main groups of goods fail most, on the public site: the exposure rate of each, from the newest
published period that has one. ``known``: the bundles (`public_pages.Known`)."""

from __future__ import annotations

from jobs.marts.sampling.reliability import FEWEST
from jobs.publish.public_pages import Cell, Head, Known, Section, between, source
from jobs.publish.public_words import Row, period_words, twelve_months_to
from jobs.publish.shelf import Bundle
from jobs.reports.numbers import count, judged, percent
from jobs.reports.wording import NO_JUDGED, RATE_NAME, Text, same

HEADS = [
    Head(Text("大类", "Group")),
    Head(Text("已判定", "Judged"), True),
    Head(Text("不合格", "Non-conforming"), True),
    Head(RATE_NAME["probability"], True),
    Head(Text("95%区间", "95% interval"), True),
]
WHY = Text(
    f"概率抽样，按比率从高到低；区间重叠的，先后可能只是随机波动，不是排名。已判定不足{FEWEST}批次、或按销量加权后的"
    f"有效样本量不足{FEWEST}的，只列批次，不列比率，排在后面。",
    "From probability samples, the highest rate first. Where two intervals overlap the order may be chance: "
    f"it is no ranking. Groups with fewer than {FEWEST} batches judged, or an effective sample size (after "
    f"weighting by sales) below {FEWEST}, follow with their batches and without a rate.",
)
ORDER = Text("按比率从高到低", "the highest rate first")
FEW = Text(f"样本不足：已判定不足{FEWEST}批次", f"too few samples: fewer than {FEWEST} judged")
FEW_EFFECTIVE = Text(
    f"样本不足：有效样本量不足{FEWEST}", f"too few samples: effective sample size below {FEWEST}"
)


def goods_by_rate(known: Known) -> list[Section]:
    """Return a list of one section with a row per main group of goods, those with an exposure rate first,
    from the highest down; an empty list where no bundle has one. It is of the twelve months up to the newest
    published month, else of the newest published year."""
    for kind, period_type in (("month", "rolling12"), ("year", "year")):
        bundle = known.newest.get(kind)
        rows = [r for r in known.rows(bundle, "detection_rates") if _of_group(known, r, period_type)]
        if bundle is not None and any(row["exposure_rate"] is not None for row in rows):
            return [_section(known, bundle, sorted(rows, key=_place), period_type)]
    return []


def _of_group(known: Known, row: Row, period_type: str) -> bool:
    plain = row["dimension_type"] == "category" and row["dimension2_type"] == ""
    mine = plain and row["period_type"] == period_type and row["design"] == "probability"
    return mine and known.is_top("category", row["dimension_code"])


def _place(row: Row) -> tuple[bool, float, str]:
    """Sort key: the highest rate first, then groups without one, the most batches judged first."""
    rate = row["exposure_rate"]
    return rate is None, -(judged(row) if rate is None else rate), row["dimension_code"]


def _section(known: Known, bundle: Bundle, rows: list[Row], period_type: str) -> Section:
    when = period_words(bundle.period)
    if period_type == "rolling12":
        when = twelve_months_to(bundle.period)
    title = Text(
        f"各类商品的不合格率：{when.zh}", f"Which goods fail most: {when.en[:1].lower()}{when.en[1:]}"
    )
    cells = [[Cell(known.name("category", r["dimension_code"])), *_figures(r)] for r in rows]
    said = source(bundle, "detection_rates")
    return Section(title, HEADS, cells, text=WHY, source=said, anchor="goods", order=ORDER)


def _figures(row: Row) -> list[Cell]:
    n, rate, low, high = judged(row), row["exposure_rate"], row["exposure_low"], row["exposure_high"]
    counts = [Cell(same(count(n))), Cell(same(count(row["n_nonconforming"])))]
    if rate is None:
        return [
            *counts,
            Cell(NO_JUDGED if not n else FEW if n < FEWEST else FEW_EFFECTIVE),
            between(None, None),
        ]
    limits = (
        Cell(Text(f"低于{percent(high)}", f"below {percent(high)}")) if low is None else between(low, high)
    )
    return [*counts, Cell(same(percent(rate))), limits]

"""Charts of the public site: rates and quality index of the nation over time, from all bundles, each with the
table of its figures. The exposure rate is the share of units sold that do not conform, from probability
samples; the finding rate is the share of batches that failed, from targeted samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from markupsafe import Markup

from jobs.methods.rounding import fixed
from jobs.publish.public_pages import Cell, Head, Known, Section, between, source
from jobs.publish.public_words import Row, period_words, twelve_months_to
from jobs.publish.shelf import Bundle
from jobs.reports import charts
from jobs.reports.charts import Point
from jobs.reports.numbers import count, judged, percent
from jobs.reports.rendering import both
from jobs.reports.wording import RATE_NAME, Text, ranged, same

# Sampling design → columns of detection_rates with its rate and its limits.
COLUMNS = {
    "probability": ("exposure_rate", "exposure_low", "exposure_high"),
    "targeted": ("rate", "ci_low", "ci_high"),
}
MOST_PERIODS = 60  # a chart shows the newest periods, at most so many
_QUARTER = Text("季度", "Quarter")


def rate_trends(known: Known) -> list[Section]:
    """Return one section per sampling design that has rates: the nation's rate of each month as points, and
    that of the twelve months up to each month as a line, for the newest MOST_PERIODS months. Probability
    samples give the exposure rate, targeted ones the finding rate. Rates by an earlier method than the newest
    (`method_version`) are left out, and the section says so: a change between two methods is no change of the
    goods. ``known``: the bundles (`public_pages.Known`)."""
    found = []
    for design, (value, low, high) in COLUMNS.items():
        points, rows, last = [], [], None
        shown = [
            (bundle, row)
            for bundle, row in _of_nation(known, design)
            if row[value] is not None and row[high] is not None
        ]
        method: str = shown[-1][1]["method_version"] if shown else ""
        for bundle, row in shown:
            if row["method_version"] != method:
                continue
            window = row["period_type"] == "rolling12"
            until = period_words(bundle.period)
            name = twelve_months_to(bundle.period) if window else until
            point = _point(row, value, low, high, window, bundle.period.start, name, percent)
            points.append(point)
            n = count(judged(row))
            batches = [Cell(same(n)), Cell(same(count(row["n_nonconforming"])))]
            rows.append([Cell(name), Cell(same(percent(row[value]))), between(row[low], row[high]), *batches])
            last, newest = bundle, (point, n)
        if last is None:
            continue
        title = Text(f"全国{RATE_NAME[design].zh}走势", f"{RATE_NAME[design].en} over time, nation")
        heads = [
            Head(Text("期间", "Period")),
            Head(Text("比率", "Rate"), True),
            Head(Text("95%区间", "95% interval"), True),
            Head(Text("已判定批次", "Batches judged"), True),
            Head(Text("不合格批次", "Non-conforming"), True),
        ]
        drawing = charts.trend(points, design, title)
        broken = _broken(len(shown) - len(rows), method, _RATES)
        legend = [
            ("", Text("近12个月", "last 12 months")),
            ("band", Text("95%区间", "95% interval")),
            ("ring", Text("单月", "one month")),
        ]
        found.append(
            Section(
                title,
                heads,
                rows[::-1],
                text=broken
                if drawing
                else _alone(*newest, periods=len(rows), level=95, of=_MONTHLY, broken=broken),
                source=source(last, "detection_rates"),
                chart=_figure(drawing, design, title, legend),
            )
        )
    return found


def index_trend(known: Known) -> list[Section]:
    """Return a list of one section with the nation's quality index by quarter, for the newest MOST_PERIODS
    quarters; an empty list where no bundle has a score. Scores by an earlier method than the newest
    (`method_version`) are left out, and the section says so, as in `rate_trends`. ``known``: the bundles
    (`public_pages.Known`)."""
    points, rows = [], []
    shown = [
        (bundle, row)
        for bundle in _by_time(known, "quarter")
        for row in known.rows(bundle, "quality_index")
        if row["dimension_type"] == "nation" and row["score"] is not None and row["high"] is not None
    ]
    if not shown:
        return []
    method: str = shown[-1][1]["method_version"]
    for bundle, row in shown:
        if row["method_version"] != method:
            continue
        name = period_words(bundle.period)
        points.append(_point(row, "score", "low", "high", True, bundle.period.start, name, fixed))
        n = count(row["n_judged"])
        limits = between(row["low"], row["high"], fixed)
        rows.append([Cell(name), Cell(same(fixed(row["score"]))), limits, Cell(same(n))])
        last, newest = bundle, (points[-1], n)
    title = Text("全国质量指数走势", "Quality index over time, nation")
    heads = [
        Head(Text("期间", "Period")),
        Head(Text("质量指数", "Quality index"), True),
        Head(Text("90%区间", "90% interval"), True),
        Head(Text("已判定批次", "Batches judged"), True),
    ]
    drawing = charts.trend(points, "index", title, axis="{:g}".format, run=_QUARTER)
    broken = _broken(len(shown) - len(rows), method, _SCORES)
    return [
        Section(
            title,
            heads,
            rows[::-1],
            text=broken
            if drawing
            else _alone(*newest, periods=len(rows), level=90, of=_QUARTERLY, broken=broken),
            source=source(last, "quality_index"),
            chart=_figure(
                drawing, "index", title, [("", _QUARTER), ("band", Text("90%区间", "90% interval"))]
            ),
        )
    ]


# Figures of a trend: Chinese, and English for one and for several.
_RATES, _SCORES = ("比率", "rate", "rates"), ("季度指数", "score", "scores")


def _broken(n: int, method: str, what: tuple[str, str, str]) -> Text | None:
    """Say that ``n`` figures were made by another method than ``method`` and are left out; None where none
    was. ``what``: their words, _RATES or _SCORES."""
    if not n:
        return None
    zh, one, several = what
    return Text(
        f"统计方法已变更，现行版本为{method}；按以前版本计算的{n}个{zh}不可比，未列入。",
        f"The method has changed to {method}: {n} {one if n == 1 else several} by earlier versions cannot "
        "be compared with these and are left out.",
    )


_MONTHLY = Text("单月和近12个月期间", "months and twelve-month periods")
_QUARTERLY = Text("季度", "quarters")


def _alone(point: Point, n: str, *, periods: int, level: int, of: Text, broken: Text | None) -> Text:
    """Say in words the figure of the newest of ``periods`` published periods of one kind, where fewer than
    two of them end in different months and no line can be drawn. ``of``: which periods the line would have,
    as bundles of other periods are published beside them; ``broken``: says which figures were left out, None
    where none was."""
    lead, which = Text("", ""), Text("已发布的", "published")
    if broken:
        lead, which = Text(broken.zh, f"{broken.en} "), Text("按现行版本计算的", "by this version")
    why = Text(f"{which.zh}{of.zh}截止月份相同", f"All {of.en} {which.en} end in the same month")
    if periods < 2:
        why = Text(f"{which.zh}{of.zh}只有一个", f"Only one of the {of.en} is {which.en}")
    return Text(
        f"{lead.zh}{why.zh}，尚不能画出走势。{point.said.zh}，括号内为{level}%区间，已判定{n}批次。",
        f"{lead.en}{why.en}: there is no trend to draw yet. "
        f"{point.said.en}, with the {level}% interval in brackets, from {n} batches judged.",
    )


def _figure(drawing: Markup | None, kind: str, title: Text, legend: list[tuple[str, Text]]) -> Markup | None:
    """Return the drawing with its legend as a figure; None without a drawing. ``kind``: class of the figure;
    ``legend``: pairs of a sign's class and its words."""
    if drawing is None:
        return None
    signs = Markup("").join(
        Markup('<span><i class="key{}"></i>{}</span>').format(f" {sign}" if sign else "", both(words))
        for sign, words in legend
    )
    whole = Markup(
        '<figure class="{}"><figcaption class="unseen">{}</figcaption>{}<p class="legend">{}</p></figure>'
    )
    return whole.format(kind, both(title), drawing, signs)


def _of_nation(known: Known, design: str) -> Iterator[tuple[Bundle, Row]]:
    """Yield (bundle, row) for the nation's rates of one design in the bundles of months, by time: that of the
    month and that of the twelve months up to it."""
    for bundle in _by_time(known, "month"):
        for row in known.rows(bundle, "detection_rates"):
            nation = row["dimension_type"] == "nation" and row["dimension2_type"] == ""
            if nation and row["design"] == design and row["period_type"] in ("month", "rolling12"):
                yield bundle, row


def _by_time(known: Known, kind: str) -> list[Bundle]:
    """Return the bundles of the newest MOST_PERIODS periods of a kind, the earliest first."""
    return sorted((b for b in known.there if b.period.kind == kind), key=lambda b: b.period.start)[
        -MOST_PERIODS:
    ]


def _point(
    row: Row,
    value: str,
    low: str,
    high: str,
    window: bool,
    month: date,
    name: Text,
    form: Callable[[float], str],
) -> Point:
    """A point of a trend. ``value``, ``low``, ``high``: columns of ``row``; a missing lower limit is drawn at
    0. ``window``: whether it is of twelve months; ``form``: makes a text of a number."""
    least = 0.0 if row[low] is None else row[low]
    limits, shown = ranged(form(least), form(row[high])), form(row[value])
    said = Text(f"{name.zh}：{shown}（{limits.zh}）", f"{name.en}: {shown} ({limits.en})")
    return Point(window, month, row[value], least, row[high], said)

"""The nation's figures as the first page of the site states them, for a notebook to print: of the same
periods, rounded and worded by the same functions."""

from __future__ import annotations

from collections.abc import Iterator

from IPython.display import HTML

from jobs.arrays import dicts
from jobs.contracts.glossary import term
from jobs.methods.ranges import in_chinese
from jobs.notebooks.reading import Reader, said
from jobs.reports.complaints import TABLE as COMPLAINTS
from jobs.reports.complaints import newest_year, rate_text
from jobs.reports.figures import DESIGNS, window_text
from jobs.reports.gathered import INDEX, newest_index
from jobs.reports.index_parts import limits, period_text, tenth
from jobs.reports.numbers import DASH, headline
from jobs.reports.rates import windows
from jobs.reports.wording import Text, inside, same

RATES = "gold.detection_rate"
_PER_ORDERS = Text("件／万单", "per 10,000 orders")
_NAMES = dict(zip(DESIGNS, ("exposure_rate", "finding_rate"), strict=True))


def first_page(gold: Reader) -> HTML:
    """Return a finding to show: the nation's rate of each kind of samples with its 95% limits, its quality
    index with its 90% limits and its complaint rate, each with its period; those that the night has."""
    found = [*_rates(gold), *_index(gold), *_complaints(gold)]
    if not found:
        return said("本次运行没有全国的数据。", "The night has no figures of the nation.")
    return said(
        f"全国（与网站首页所列相同）：{'；'.join(each.zh for each in found)}。",
        f"The nation, as on the first page of the site: {'; '.join(each.en for each in found)}.",
    )


def _rates(gold: Reader) -> Iterator[Text]:
    if not gold.has(RATES):
        return
    rows = gold.ask(
        f"SELECT * FROM {RATES} WHERE dimension_type = 'nation' AND dimension_code = '{gold.nation}' "
        "AND dimension2_type = ''"
    )
    window = windows(rows[["period_type", "period_start"]], gold.data_to)[0]
    period = window_text(window)
    if window is None or period is None:
        return
    now = rows[rows["period_type"].eq(window.period_type) & rows["period_start"].eq(window.start)]
    for design in DESIGNS:
        for row in dicts(now[now["design"] == design]):
            figure = headline(row)
            yield _figure(_NAMES[design], figure.text, _between(95, figure.interval), inside(period))


def _index(gold: Reader) -> Iterator[Text]:
    if not gold.has(INDEX):
        return
    rows = gold.ask(
        f"SELECT * FROM {INDEX} WHERE dimension_type = 'nation' AND dimension_code = '{gold.nation}'"
    )
    period = newest_index(rows)
    if period is None:
        return
    now = rows["period_type"].eq(period[0]) & rows["period_start"].eq(period[1])
    for row in dicts(rows[now]):
        ends = limits(row["low"], row["high"])
        yield _figure("quality_index", same(tenth(row["score"])), _between(90, ends), period_text(period))


def _complaints(gold: Reader) -> Iterator[Text]:
    if not gold.has(COMPLAINTS):
        return
    rows = gold.ask(f"SELECT * FROM {COMPLAINTS} WHERE dimension_type = 'nation'")
    found = newest_year(rows, gold.data_to)
    if found is None:
        return
    now = rows["period_type"].eq("year") & rows["period_start"].eq(found[0])
    for row in dicts(rows[now & rows["dimension_code"].eq(gold.nation)]):
        yield _figure("complaint_rate", rate_text(row), _PER_ORDERS, inside(found[1]))


def _between(level: int, ends: str) -> Text | None:
    """The limits of a figure in words, None for a dash. ``level``: in per cent; ``ends``: as in English."""
    return None if ends == DASH else Text(f"{level}%区间{in_chinese(ends)}", f"{level}% interval {ends}")


def _figure(name: str, value: Text, *about: Text | None) -> Text:
    """A figure by its name in the glossary, with what there is to say about it in brackets."""
    known, said_of = term(name), [each for each in about if each is not None]
    zh, en = "，".join(each.zh for each in said_of), ", ".join(each.en for each in said_of)
    return Text(f"{known.zh}{value.zh}（{zh}）", f"{known.en} {value.en} ({en})")

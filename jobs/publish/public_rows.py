"""Which batches and recalls the public site lists, and on which page: each one that a published bundle of a
month, quarter or year holds, once. ``known``: the bundles (`public_pages.Known`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from jobs.publish.periods import Span, between
from jobs.publish.public_pages import Known
from jobs.publish.public_words import Row, period_words
from jobs.publish.shelf import Bundle
from jobs.reports.wording import Text

KEYS = {"bulletins": ("plan_id", "sample_id"), "recalls": ("authority", "recall_id")}
DAYS = {"bulletins": "released_on", "recalls": "recalled_on"}  # the day that decides a row's period
_BELOW = {"year": "quarter", "quarter": "month"}  # the periods that a long list is divided into


@dataclass(frozen=True)
class Part:
    """Rows that stand together on a page. ``page``: the period of the page; ``bundle``: the one that holds
    them; ``rows``: sorted."""

    page: Span
    bundle: Bundle
    rows: list[Row]


def stated(known: Known, table: str) -> list[tuple[Bundle, list[Row]]]:
    """Return each bundle that holds the table, with the rows that are listed from it: the period that ends
    last first, of those that end together the shortest. ``table``: bulletins or recalls.

    Of each batch or recall the statement of the bundle published last counts, and it is listed once: from
    the bundle of the shortest period that says the same. A row is left out if a bundle published later, of a
    period that its day lies in, no longer has it.
    """
    if table not in known.listed:
        known.listed[table] = _stated(known, table)
    return known.listed[table]


def _stated(known: Known, table: str) -> list[tuple[Bundle, list[Row]]]:
    there = [b for b in known.there if table in b.tables]
    there.sort(key=lambda b: (-b.period.end.toordinal(), -b.period.start.toordinal()))
    held: dict[Span, dict[tuple[Any, ...], Row]] = {
        b.period: {tuple(r[k] for k in KEYS[table]): r for r in known.rows(b, table)} for b in there
    }
    last: dict[tuple[Any, ...], Bundle] = {}
    for bundle in sorted(there, key=lambda b: b.published_on):
        for key in held[bundle.period]:
            last[key] = bundle
    listed: dict[Span, list[Row]] = {b.period: [] for b in there}
    for key, bundle in last.items():
        row = held[bundle.period][key]
        if not any(_drops(b, held[b.period], key, row[DAYS[table]], bundle) for b in there):
            same = [b.period for b in there if held[b.period].get(key) == row]
            listed[min(same, key=lambda p: (p.end - p.start, -p.start.toordinal()))].append(row)
    return [(bundle, listed[bundle.period]) for bundle in there]


def _drops(bundle: Bundle, rows: dict[tuple[Any, ...], Row], key: Any, day: date | None, of: Bundle) -> bool:
    """Whether a bundle published after ``of``, of a period with that day, lacks the row."""
    later = bundle.published_on > of.published_on
    return later and day is not None and bundle.period.start <= day <= bundle.period.end and key not in rows


def parts(
    known: Known, table: str, key: Callable[[Row], Any], fits: Callable[[list[Row]], bool]
) -> list[tuple[str, list[Part]]]:
    """Return the pages of a table, each as (name of its period, its parts), the newest first. A bundle of a
    month has a page, one of a longer period where rows are listed from it (`stated`); rows that do not fit
    on one page are divided by quarter, and by month, of their day. ``table``: bulletins or recalls; ``key``:
    sort key of a row within its part; ``fits``: whether rows fit on one page."""
    pages: dict[Span, list[Part]] = defaultdict(list)
    for bundle, rows in stated(known, table):
        if rows or bundle.period.kind == "month":
            for page, some in _divided(bundle.period, rows, DAYS[table], fits):
                pages[page].append(Part(page, bundle, sorted(some, key=key)))
    order = sorted(pages, key=lambda page: (page.end, page.start), reverse=True)
    return [(page.name, pages[page]) for page in order]


def _divided(
    period: Span, rows: list[Row], day: str, fits: Callable[[list[Row]], bool]
) -> Iterable[tuple[Span, list[Row]]]:
    """Yield (period, its rows): the period itself where the rows fit or it is a month, else those within it
    that have rows. A row whose day lies outside the period is put into the last one."""
    if period.kind not in _BELOW or fits(rows):
        yield period, rows
        return
    kind = _BELOW[period.kind]
    inner = between(Span(period.start, kind), _last(period, kind))
    found: dict[Span, list[Row]] = {each: [] for each in inner}
    for row in rows:
        at = [each for each in inner if row[day] is not None and each.start <= row[day] <= each.end]
        found[at[0] if at else inner[-1]].append(row)
    for each in inner[::-1]:
        if found[each]:
            yield from _divided(each, found[each], day, fits)


def _last(period: Span, kind: str) -> Span:
    """Return the last period of a shorter kind in ``period``."""
    at = Span(period.start, kind)
    while at.end < period.end:
        at = at.next
    return at


def covered(known: Known, table: str) -> Text:
    """Return the months that the listed bundles of a table cover, as one sentence."""
    months = set()
    for bundle in known.there:
        if table in bundle.tables:
            months |= set(between(Span(bundle.period.start, "month"), _last(bundle.period, "month")))
    runs: list[list[Span]] = []
    for month in sorted(months):
        if runs and runs[-1][-1].next == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    if not runs:
        return Text("尚无已发布的期间。", "No period is published yet.")
    ends = [[period_words(month) for month in dict.fromkeys((run[0], run[-1]))] for run in runs]
    zh = "；".join("至".join(words.zh for words in run) for run in ends)
    en = "; ".join(" to ".join(words.en for words in run) for run in ends)
    return Text(f"已发布的期间：{zh}。", f"Published periods: {en}.")

"""Which figures at the top of a unit's page differ from the night before, as shown: rate, estimate, rank,
how it stands against the nation, index, complaint rate, leads verified on time, shops that still sell though
their sales must stop, weak points. Both nights' figures are looked up by the same code. A figure of another
period than the night before is marked (`Change.other_period`): the twelve months of the pages move on by
themselves on the first day of a month.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

from jobs.reports.asked import RATES
from jobs.reports.complaints import TABLE as COMPLAINTS
from jobs.reports.complaints import ComplaintLine
from jobs.reports.figures import Line, against, line, stands, window_text
from jobs.reports.gathered import INDEX, Gathered
from jobs.reports.index_parts import limits, period_text, rank_text, records, tenth, tier_text
from jobs.reports.indexes import IndexPart, sharing
from jobs.reports.lead_times import NAME, Verified, verified
from jobs.reports.names import KINDS
from jobs.reports.numbers import DASH, Figure, by_as_shown, whole
from jobs.reports.pages.changed_things import MOST_NAMED, Change
from jobs.reports.pages.restricted import of_platform
from jobs.reports.pages.unit import Block, place_of
from jobs.reports.rates import Rates
from jobs.reports.tracing import LEADS
from jobs.reports.wording import Text, inside, same

COVERAGE, WEAK_POINT = "gold.restriction_coverage", "gold.weak_point"
# Tables of the night before that are looked up; all others are those of this night.
FIGURES = (RATES, INDEX, COMPLAINTS, LEADS, COVERAGE, WEAK_POINT)
NOTHING = Text("未列出", "not shown")
Reason = tuple[Text, Text, Text]
Shown = tuple[Text, Figure]  # a figure of a page with its name


def night_before(known: Gathered) -> Gathered | None:
    """Return the last night of an earlier date, of which the tables FIGURES are those that were kept; all
    other tables, names and files are this night's. None where no earlier night is kept. Computed once for all
    pages."""
    earlier = known.night.earlier
    if earlier is None:
        return None
    kept: Gathered | None = known.__dict__.get("_night_before")
    if kept is None:
        now = known.night.tables
        then = {t: earlier.tables[t].reindex(columns=now[t].columns) for t in FIGURES if t in earlier.tables}
        tables = ChainMap(then, cast(Any, now))  # of which nothing is set
        night = replace(known.night, date=earlier.date, tables=tables, earlier=None)
        # The last day of its data is not kept: that of tonight's feeds which is not after the night.
        rates = Rates(tables[RATES], earlier.date, night.data_date)
        kept = Gathered(night, known.names, rates, known.file_ledger)
        known.__dict__["_night_before"] = kept
    return kept


def moved(
    known: Gathered,
    then: Gathered,
    unit: tuple[str, str],
    blocks: list[Block],
    index: IndexPart | None,
    complaint: ComplaintLine | None,
) -> Iterator[Change]:
    """Yield the figures of a unit's verdict that are shown otherwise than in the night before (``then``).
    ``unit``: (dimension, code); the others as `pages.verdict.verdict` takes them."""
    if unit[0] == "platform":
        yield from _still_selling(known, then, unit[1])
    block = next((b for b in blocks if b.design == "probability"), None)
    yield from _rates(known, then, unit, block)
    yield from _index(known, then, unit, index)
    yield from _complaints(known, then, unit, complaint)
    if unit[0] == "region":
        now, was = (verified(night).get(unit[1]) for night in (known, then))
        yield from _on_time(was, now, other=_months(then) != _months(known))


def moved_reasons(
    now: tuple[list[Reason], Text | None], was: tuple[list[Reason], Text | None]
) -> Iterator[Change]:
    """Yield the weak points that a unit's page names now or named the night before and whose figures differ;
    where their periods differ, only the change of the period. ``now``, ``was``: (reasons of `Verdict`, their
    period)."""
    if now[1] != was[1]:
        yield from _said(Text("薄弱环节的期间", "period of the weak points"), was[1], now[1], "", other=True)
        return
    old, new = ({name: figures for name, figures, _ in reasons} for reasons, _ in (was, now))
    for name in dict.fromkeys((*new, *old)):
        named = Text(f"薄弱环节“{name.zh}”", f"weak point “{name.en}”")
        yield from _said(named, old.get(name), new.get(name), "")


def _on_time(was: Verified | None, now: Verified | None, *, other: bool = False) -> Iterator[Change]:
    """Yield the change of the share of leads verified on time, each with the last day of its data, which
    differs every night and is no change alone."""
    if (was and was.figure) != (now and now.figure):
        old, new = (None if each is None else each.dated for each in (was, now))
        yield from _said(NAME, old, new, "#leads", other=other)


def _said(
    name: Text, was: Text | None, now: Text | None, link: str, *, other: bool = False
) -> Iterator[Change]:
    """Yield one change where a figure reads otherwise than before; None stands for one that is not shown.
    ``other``: it is of another period than before, so that both are stated and no change is said."""
    if was == now:
        return
    old, new = was or NOTHING, now or NOTHING
    if other:
        words = Text(
            f"{name.zh}：本次{new.zh}；上次{old.zh}",
            f"{name.en}: in this run {new.en}; in the previous run {old.en}",
        )
        yield Change("", words, link, other_period=True)
        return
    yield Change("", Text(f"{name.zh}由{old.zh}变为{new.zh}", f"{name.en}: from {old.en} to {new.en}"), link)


def _shown(head: Line) -> Shown | None:
    """The rate that a page opens with: the exposure rate, else its estimate, with its name; None without."""
    if head.reliable:
        return Text("加权不合格率", "exposure rate"), head.head
    return _estimated(head)


def _estimated(head: Line) -> Shown | None:
    """The small-area estimate, which a unit's page prints also below its own rate, with its name."""
    if head.estimate is None:
        return None
    return Text("加权不合格率的收缩估计", "small-area estimate of the exposure rate"), head.estimate


def _rates(known: Gathered, then: Gathered, unit: tuple[str, str], block: Block | None) -> Iterator[Change]:
    """Yield the change of the rate or estimate, of the rank by rate, and of how it stands to the nation's."""
    dimension, code = unit
    role = KINDS[dimension].role
    row = then.rates.newest(dimension, code, "probability", role=role)
    before = None if row is None else line(row, known.names.of(dimension, code))
    head = None if block is None else block.headline
    was, now = (None if each is None else _shown(each) for each in (before, head))
    windows = _windows(then, known)
    yield from figure_moved(was, now, windows)
    beside = [None if each is None else _estimated(each) for each in (before, head)]
    if not all(x is None or x == y for x, y in zip(beside, (was, now), strict=True)):
        yield from figure_moved(beside[0], beside[1], windows)  # its card prints it below the rate
    was_place = None if before is None else place_of(then, dimension, role, before)
    now_place = None if block is None else block.place
    ranked, other = Text("按不合格率的位次", "rank by rate"), windows[0] != windows[1]
    if was_place != now_place:
        places = _of(_place(was_place), windows, 0), _of(_place(now_place), windows, 1)
        yield from _said(ranked, *places, "#figures", other=other)
    sides = [
        (None if each is None else each[1], night.nation["probability"])
        for each, night in ((was, then), (now, known))
    ]
    if stands(*sides[0]) != stands(*sides[1]):  # another rate of the nation alone is no change of the unit
        stood = _of(against(*sides[0]), windows, 0), _of(against(*sides[1]), windows, 1)
        yield from _said(Text("与全国的比较", "against the nation"), *stood, "#figures", other=other)


def _of(words: Text | None, windows: tuple[Text | None, Text | None], night: int) -> Text | None:
    """The words, with the period of their night (0: the one before, 1: this one) where the two differ."""
    window = windows[night]
    if words is None or window is None or windows[0] == windows[1]:
        return words
    window = inside(window)
    return Text(f"{words.zh}（{window.zh}）", f"{words.en} ({window.en})")


def _windows(then: Gathered, known: Gathered) -> tuple[Text | None, Text | None]:
    """The windows of both nights in words: where they differ, each with the last day of its data."""
    was, now = _months(then), _months(known)
    return (was, now) if was == now else (window_text(then.window), window_text(known.window))


def _months(night: Gathered) -> Text | None:
    """A night's window in words, without the last day of its data, which differs every night."""
    return None if night.window is None else window_text(replace(night.window, until=None))


def figure_moved(
    was: Shown | None, now: Shown | None, windows: tuple[Text | None, Text | None]
) -> Iterator[Change]:
    """Yield the change of a rate or estimate, with a link to the figures of a unit's page. ``was``, ``now``:
    the figure of each night with its name, None where it shows none; ``windows``: the period of each night in
    words. Where only its limits read otherwise, these alone are named."""
    name = now or was
    if name is None:
        return
    other = windows[0] != windows[1]
    alike = was is None or now is None or was[0] == now[0]
    named = name[0] if alike else Text("页首的比率", "rate at the top")
    if alike and not other:
        period = windows[1] or NOTHING
        named = Text(f"{named.zh}（{period.zh}）", f"{named.en}, {period.en}")
        if was and now and was[1].text == now[1].text:
            still = now[1].text
            limits = Text(
                f"{named.zh}仍为{still.zh}，其95%区间", f"{named.en}: still {still.en}, its 95% limits"
            )
            yield from _said(limits, same(was[1].interval), same(now[1].interval), "#figures")
            return
    old, new = (
        None
        if each is None
        else _with_limits((same("") if alike else each[0], each[1]), window if other or not alike else None)
        for each, window in zip((was, now), windows, strict=True)
    )
    by = by_as_shown(was[1], now[1]) if alike and not other and was and now else ""
    for made in _said(named, old, new, "#figures", other=other):
        yield replace(made, number=by)


def _with_limits(shown: Shown, window: Text | None) -> Text:
    name, value = shown
    ends = "" if value.interval == DASH else value.interval
    of = Text("", "") if window is None else inside(window)
    zh, en = ("；".join(filter(None, (ends, of.zh))), "; ".join(filter(None, (ends, of.en))))
    text = Text(value.text.zh + (f"（{zh}）" if zh else ""), value.text.en + (f" ({en})" if en else ""))
    return text if window is None else Text(f"{name.zh}{text.zh}", f"{name.en} {text.en}".lstrip())


def _place(place: tuple[int, int] | None) -> Text | None:
    return None if place is None else Text(f"第{place[0]} / {place[1]}", f"{place[0]} of {place[1]}")


def _index(
    known: Gathered, then: Gathered, unit: tuple[str, str], index: IndexPart | None
) -> Iterator[Change]:
    """Yield the change of the index with its limits, tier and rank."""
    period = then.index_period
    row = None if period is None else next(iter(records(then, INDEX, *unit, period)), None)
    was = now = None
    if row is not None and period is not None and bool(row["published"]):
        of = period_text(period)
        shared, ranked = sharing(then, unit[0], period, row), then.index_ranked(*unit, period)
        was = _indexed(
            tenth(row["score"]),
            limits(row["low"], row["high"]),
            tier_text(row, ranked),
            rank_text(row, ranked),
            of,
            shared,
        )
    if index is not None and index.published:
        now = _indexed(index.score, index.interval, index.tier, index.rank, index.period, index.tiers)
    of_then, of_now = (None if each is None else period_text(each) for each in (period, known.index_period))
    yield from _said(Text("质量指数", "quality index"), was, now, "#figures", other=of_then != of_now)


def _indexed(score: str, ends: str, tier: str, rank: str, period: Text, shared: Text | None) -> Text:
    zh, en = f"{score}（{period.zh}，90%区间{ends}", f"{score} ({period.en}, 90% interval {ends}"
    if tier != DASH:
        zh, en = f"{zh}，第{tier}档", f"{en}, tier {tier}"
    if rank != DASH:
        zh, en = f"{zh}，位次{rank}", f"{en}, rank {rank}"
    if shared is not None:
        zh, en = f"{zh}；{shared.zh}", f"{en}; {shared.en}"
    return Text(f"{zh}）", f"{en})")


def _complaints(
    known: Gathered, then: Gathered, unit: tuple[str, str], complaint: ComplaintLine | None
) -> Iterator[Change]:
    """Yield the change of the complaint rate, which a unit's page always prints, and of its rank."""
    year, before = then.complaint(*unit)
    year_now = known.complaint(*unit)[0]
    if before and complaint and year and year == year_now:
        shown, was_shown = ((m.rate, m.rank, m.interval == DASH) for m in (complaint, before))
        if shown == was_shown and complaint.interval != before.interval:
            still = Text(
                f"万单投诉率（{year.zh}）仍为{complaint.rate.zh}，其95%区间",
                f"complaint rate, {year.en}: still {complaint.rate.en}, its 95% limits",
            )
            yield from _said(still, same(before.interval), same(complaint.interval), "#figures")
            return
    other = year != year_now
    was, now = (
        _complained(night, unit, night.complaint_year if other else of, made)
        for night, of, made in ((then, year, before), (known, year_now, complaint))
    )
    yield from _said(Text("万单投诉率", "complaint rate"), was, now, "#figures", other=other)


def _complained(
    night: Gathered, unit: tuple[str, str], year: Text | None, made: ComplaintLine | None
) -> Text | None:
    if made is None or year is None:
        return None
    year = inside(year)
    ends = "" if made.interval == DASH else f"，95%区间{made.interval}"
    ends_en = "" if made.interval == DASH else f", 95% interval {made.interval}"
    if made.rank is not None:
        of = night.complaints_compared(*unit)
        ends, ends_en = f"{ends}，第{made.rank} / {of}", f"{ends_en}, rank {made.rank} of {of}"
    return Text(f"{made.rate.zh}（{year.zh}{ends}）", f"{made.rate.en} ({year.en}{ends_en})")


def _still_selling(known: Gathered, then: Gathered, code: str) -> Iterator[Change]:
    """Yield the change of the number of restrictions of shops whose sales must stop and that still sell, with
    the first MOST_NAMED of those now, each leading to its row."""
    was, now = (
        whole(_covered(night, code).get("n_still_selling")) if _covered(night, code) else 0
        for night in (then, known)
    )
    if was != now:
        words = Text(
            f"须停售而仍在销售的网店限制由{was}项变为{now}项",
            f"restrictions of shops that still sell though sales must stop: from {was} to {now}",
        )
        sign = "+" if now > was else "−"
        listed = of_platform(known, code)
        parts = tuple(
            Change(
                "",
                Text(
                    f"近30天仍有订单：{shop['shop']}，最近订单{shop['last']}",
                    f"order in the last 30 days: {shop['shop']}, latest {shop['last']}",
                ),
                f"#{shop['notice']}",
            )
            for shop in (listed.shops if listed else ())
            if shop["selling"]
        )
        yield Change(f"{sign}{abs(now - was)}", words, "#restricted", now > was, parts[:MOST_NAMED])


def _covered(night: Gathered, code: str) -> dict[str, Any]:
    rows = night.groups(COVERAGE, "dimension_type", "dimension_code").get(("platform", code), [])
    return rows[0] if rows else {}

"""The verdict at the top of a unit's page: its main figure, reasons for it, tasks, and changes since the
night before."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from jobs.plurals import plural
from jobs.reports.complaints import ComplaintLine
from jobs.reports.figures import Line, against, too_few, up_to
from jobs.reports.gathered import INDEX, Gathered
from jobs.reports.index_parts import Period, period_text, records, weak
from jobs.reports.indexes import IndexPart
from jobs.reports.numbers import DASH, Figure, count, missing, percent
from jobs.reports.pages.changed_things import Change
from jobs.reports.pages.extras import task, urgency
from jobs.reports.pages.morning import SOON
from jobs.reports.pages.moved import moved, moved_reasons, night_before
from jobs.reports.pages.offices import group_page
from jobs.reports.pages.placed import Line as Linked
from jobs.reports.pages.placed import index_line
from jobs.reports.pages.unit import Block
from jobs.reports.pages.unit_changes import compared_of, happened, unmoved_of
from jobs.reports.wording import Text, inside, same

MOST_REASONS, MOST_TASKS = 3, 5
FAILED = Text("主要不合格项目", "What fails most")


@dataclass(frozen=True)
class Verdict:
    """``value``: the figure at the top of the page, None where there is none to show; ``about``: what it is,
    with its limits and period; ``stands``: how it compares with the nation or with peers, None where that is
    unknown; ``notes``: further short lines, such as that there are too few batches.

    ``reasons``: (what, in figures, what can be done); ``reasons_of``: their period; ``earlier``: that they
    are of an earlier period, and why, None where they are not; ``why``: what they are, None where the page's
    kind says it; ``tasks``: the most urgent of ``n_tasks``, as dicts for templates (`extras.task`), of which
    ``overdue`` are overdue and ``soon`` are due within a week; ``changes``: None where no earlier night is
    kept; ``offices``: path of the page that lists the tasks by office, ''
    where one office has them all; ``compared``: what of the unit was compared with the earlier night;
    ``unmoved``: of which of it nothing came, went or was revised, None where all did;
    ``sent``: how the list that the unit is sent differs from these tasks, None where it gets none;
    ``beside``: what it has to do that is no task of gold.work_queue, one text per kind with its number and
    its place on the page; None where the tasks are all that is asked of a unit of its kind; ``within``: which
    of the tasks stand far down though only this unit can do them, each with the address that shows them;
    ``decide``: what its offices do beside the tasks, each with the place that lists it; ``linked``: further
    lines after the notes, each with an address from site/ and what the link to it says; ``deliveries``: of
    its files that are late or due within a week, each with the page of the source.
    """

    value: Text | None
    about: Text
    stands: Text | None
    notes: list[Text]
    reasons: list[tuple[Text, Text, Text]]
    reasons_of: Text | None
    tasks: list[dict[str, Any]]
    n_tasks: int
    overdue: int
    soon: int
    changes: list[Change] | None
    offices: str = ""
    compared: Text | None = None
    unmoved: Text | None = None
    sent: Text | None = None
    beside: list[tuple[Text, str]] | None = None
    earlier: Text | None = None
    why: Text | None = None
    within: list[tuple[Text, str]] = field(default_factory=list)
    decide: list[tuple[Text, str]] = field(default_factory=list)
    linked: list[Linked] = field(default_factory=list)
    deliveries: list[tuple[Text, str]] = field(default_factory=list)


def verdict(
    known: Gathered,
    dimension: str,
    code: str,
    blocks: list[Block],
    index: IndexPart | None,
    complaint: ComplaintLine | None,
    queue: list[dict[str, Any]],
) -> Verdict:
    """Return the verdict on a unit. ``blocks``, ``index``, ``complaint``: the unit's figures as its page
    shows them (`unit.blocks`, `indexes.part_of`, `Gathered.complaint`); ``queue``: its rows of
    gold.work_queue. The fields sent, beside, within, decide and deliveries are left to the callers.

    Its value is the exposure rate, else the rate's estimate, else the quality index, else the complaint rate:
    the first that can be shown. An estimate that is the common rate of all units of its kind is not the
    unit's own: it is a note where the index is published.
    """
    value, about, stands, notes = _standing(blocks, index, complaint)
    notes = [*notes, *_complained(known, dimension, complaint)]
    reasons, period = _reasons(known, dimension, code)
    found = happened(known, dimension, code, queue)
    changes = None if found is None else [change for things in found.values() for change in things]
    then = night_before(known)
    if changes is not None and then is not None:
        figures = moved(known, then, (dimension, code), blocks, index, complaint)
        weaker = moved_reasons((reasons, period), _reasons(then, dimension, code))
        moving = sorted([*figures, *weaker], key=lambda change: change.other_period)
        changes = [*changes, *moving]  # what happened goes before figures, those of another period last
    made = opening(known, (value, about, stands), notes, reasons, queue, reasons_of=period, changes=changes)
    page = group_page(dimension, code) if dimension == "region" and queue else ""
    weak_in, led = _weak_in(known, dimension, code), index is not None and about == _index_about(index)
    placed = index_line(known, dimension, index, led=led)
    return replace(
        made,
        linked=[] if placed is None else [placed],
        offices=page,
        compared=compared_of(known, dimension),
        unmoved=None if found is None else unmoved_of(known, dimension, found),
        earlier=None if weak_in is None else _earlier(known, dimension, code, weak_in),
        why=FAILED if reasons and weak_in is None else None,
    )


def opening(
    known: Gathered,
    standing: tuple[Text | None, Text, Text | None],
    notes: list[Text],
    reasons: list[tuple[Text, Text, Text]],
    queue: list[dict[str, Any]],
    *,
    reasons_of: Text | None = None,
    changes: list[Change] | None = None,
) -> Verdict:
    """Return a verdict from its parts, with the most urgent tasks of ``queue`` (rows of gold.work_queue), at
    most MOST_TASKS. ``standing``: (value, about, stands) of `Verdict`; ``notes``, ``reasons``,
    ``reasons_of``, ``changes``: as there."""
    rows = sorted(queue, key=lambda r: urgency(known, r))
    day = known.night.date
    due = [r["due"] for r in rows if not missing(r["due"])]
    return Verdict(
        *standing,
        notes,
        reasons,
        reasons_of,
        [task(known, r) for r in rows[:MOST_TASKS]],
        len(rows),
        sum(r["status"] == "overdue" for r in rows),
        sum(day <= d <= day + timedelta(days=SOON) for d in due),
        changes,
    )


def _index_about(index: IndexPart) -> Text:
    return Text(
        f"质量指数，{index.period.zh}（90%区间{index.interval}；1–100，越高越好）",
        f"quality index, {index.period.en} (90% interval {index.interval}; 1–100, higher is better)",
    )


def _standing(
    blocks: list[Block], index: IndexPart | None, complaint: ComplaintLine | None
) -> tuple[Text | None, Text, Text | None, list[Text]]:
    """Return (value, about, stands, notes) of `Verdict`, as `verdict` says which value it is."""
    block = next((b for b in blocks if b.design == "probability"), None)
    head = None if block is None else block.headline
    notes = []
    if head is not None and not head.reliable:
        notes.append(too_few(head))
    if block is not None and head is not None and head.reliable:
        limits = limits_text(head.head.interval)
        about = Text(
            f"加权不合格率（{limits.zh}，判定{head.judged}批次）",
            f"exposure rate ({limits.en}, n = {head.judged})",
        )
        stands = against(head.head, block.nation)
        return head.head.text, _dated(about, block), stands, [*notes, *_placed(block)]
    common = [] if head is None else _common(head)
    led = index is not None and index.published
    if block is not None and head is not None and head.estimate is not None and not (common and led):
        limits = limits_text(head.estimate.interval)
        about = Text(
            f"加权不合格率的收缩估计（{limits.zh}）",
            f"small-area estimate of the exposure rate ({limits.en})",
        )
        stands = against(head.estimate, block.nation)
        notes = [*notes, *common]
        return head.estimate.text, _dated(about, block), stands, notes
    if index is not None and index.published:
        if block is not None and head is not None and head.estimate is not None:
            notes += [_shared_rate(head.estimate, block.nation), *common]
        return same(index.score), _index_about(index), index.band, notes
    if complaint is not None and not missing(complaint.row["rate_per_10000"]):
        limits = limits_text(complaint.interval)
        about = Text(f"万单投诉率（{limits.zh}）", f"complaint rate per 10,000 orders ({limits.en})")
        return complaint.rate, about, None, notes
    if complaint is not None:
        why = complaint.rate
        notes.append(Text(f"万单投诉率：{why.zh}", f"complaint rate per 10,000 orders: {why.en}"))
    return (
        None,
        Text("尚无可据以评价的数据。", "There are no data yet by which it can be judged."),
        None,
        notes,
    )


def limits_text(interval: str) -> Text:
    """Return the 95% limits of a rate in words; that it is their upper one where ``interval`` is a dash: of a
    rate without a failure or complaint the text ("below 3.1%") states the upper limit."""
    if interval == DASH:
        return Text("95%区间上限", "95% upper limit")
    return Text(f"95%区间{interval}", f"95% interval {interval}")


def _dated(about: Text, block: Block) -> Text:
    if block.window is None:
        return about
    return Text(f"{block.window.zh} · {about.zh}", f"{block.window.en} · {about.en}")


def _shared_rate(estimate: Figure, nation: Line | None) -> Text:
    """Return a note on an estimate that is the common rate of all units of its kind, and so not the unit's
    own."""
    limits, stands = limits_text(estimate.interval), against(estimate, nation)
    zh = f"加权不合格率的收缩估计{estimate.text.zh}（{limits.zh}）"
    en = f"small-area estimate of the exposure rate {estimate.text.en} ({limits.en})"
    return Text(zh, en) if stands is None else Text(f"{zh}，{stands.zh}", f"{en}, {stands.en}")


def _common(head: Line) -> list[Text]:
    """Return a note that the estimate is the common rate of all units, where these differ by no more than
    chance."""
    if missing(head.row["shrunk_pooled"]) or not bool(head.row["shrunk_pooled"]):
        return []
    return [
        Text(
            "同类单位之间的差异未超出随机波动，估计值为其共同水平。",
            "Units of its kind differ no more than by chance: the estimate is their common rate.",
        )
    ]


def _placed(block: Block) -> list[Text]:
    """Return a note on the unit's rank by rate; none without one."""
    if block.place is None:
        return []
    place, of = block.place
    return [
        Text(
            f"不合格率由低到高第{place} / {of}（精度足够者）",
            f"rank {place} of {of} by rate, 1 the lowest, among those precise enough",
        )
    ]


def _complained(known: Gathered, dimension: str, complaint: ComplaintLine | None) -> list[Text]:
    """Return a note on the complaint rate and its rank among units with enough orders; none without
    a rank."""
    if complaint is None or complaint.rank is None:
        return []
    of, limits = known.complaints_compared(dimension, complaint.code), limits_text(complaint.interval)
    return [
        Text(
            f"万单投诉率{complaint.rate.zh}（{limits.zh}），由低到高第{complaint.rank} / {of}",
            f"complaint rate per 10,000 orders {complaint.rate.en} ({limits.en}), "
            f"rank {complaint.rank} of {of}, 1 the lowest",
        )
    ]


def _reasons(known: Gathered, dimension: str, code: str) -> tuple[list[tuple[Text, Text, Text]], Text | None]:
    """Return reasons and their period: the weak points (`_weak_in`), else for a category the items that
    failed most."""
    period = _weak_in(known, dimension, code)
    if period is not None:
        points = weak(known, dimension, code, period)[:MOST_REASONS]
        return [(w["name"], _beside_peers(w), w["action"]) for w in points], period_text(period)
    items = _items(known, dimension, code)
    return items, known_window(known) if items else None


def _weak_in(known: Gathered, dimension: str, code: str) -> Period | None:
    """Return the period of the weak points that a verdict names: that in which all pages show the index
    (`Gathered.index_period`) where the unit has any in it, else the newest quarter or year with any; of those
    that begin on the same day the one that is as long as the index's. None where it never had any."""
    rows = known.rows("gold.weak_point", dimension, code)
    rows = rows[rows["weak"].fillna(False).astype(bool) & rows["period_type"].isin(["quarter", "year"])]
    found = set(zip(rows["period_type"], rows["period_start"], strict=True))
    now = known.index_period
    if now in found or not found:
        return now if found else None
    return max(found, key=lambda p: (p[1], now is not None and p[0] == now[0], p[0]))


def _earlier(known: Gathered, dimension: str, code: str, weak_in: Period) -> Text | None:
    """Return the words before weak points of another period, ``weak_in``, than that of the index on all
    pages: that none is beyond chance in the latter, or that the unit has no published index in it; None where
    the periods are the same."""
    now = known.index_period
    if now is None or now == weak_in:
        return None
    of, was = period_text(now), period_text(weak_in)
    row = next(iter(records(known, INDEX, dimension, code, now)), None)
    if row is not None and bool(row["published"]):
        zh, en = (
            f"{of.zh}没有超出随机波动的薄弱环节",
            f"No indicator is weak beyond chance in {of.en}",
        )
    else:
        zh, en = (
            f"{of.zh}的指数未公布，不与同类比较",
            f"The index of {of.en} is not published, so no indicator is compared with peers",
        )
    return Text(f"{zh}；最近一次有薄弱环节是{was.zh}：", f"{en}; the last weak points were in {was.en}:")


def _beside_peers(w: dict[str, Any]) -> Text:
    """A weak point's value where it is shown, the estimate that is scored with its 90% limits, where it has
    any, and the median of the unit's peers, with how many of which kind these are. An
    estimate that confidentiality rounds says that it is rounded: it stands beside a value that is not."""
    zh, en = w["value"].zh, w["value"].en
    if not w["not_filed"]:
        digits = ("（取两位有效数字）", " (rounded to two digits)") if w["rounded"] else ("", "")
        zh, en = f"计分用估计值{digits[0]}{zh}", f"estimate that is scored{digits[1]} {en}"
    if w["limits"] != DASH:
        zh, en = f"{zh}（90%区间{w['limits']}）", f"{en} (90% interval {w['limits']})"
    if w["observed"]:
        counted = w["observed"].replace(" (", "（").replace(")", "）")
        zh, en = f"指标值{counted}，{zh}", f"value {w['observed']}, {en}"
    kind, n = w["kind"], w["peers"]
    return Text(
        f"{zh}，同类（{n}个{kind.zh}）中位数{w['median']}",
        f"{en}; peers' median ({n} {kind.en}) {w['median']}",
    )


def _items(known: Gathered, dimension: str, code: str) -> list[tuple[Text, Text, Text]]:
    """Return a category's items that failed most, as reasons; none for other dimensions."""
    rows = (
        known.groups("gold.shopping_guidance", "category_code").get(code, [])
        if dimension == "category"
        else []
    )
    failed = [r for r in rows if r["part"] == "fails_most" and r["design"] == "probability"]
    failed.sort(key=lambda r: r["position"])
    return [
        (
            Text(r["name_zh"], r["name_en"]),
            Text(
                f"{count(r['n'])}批次中{count(r['n_failed'])}批次不合格{_rate(r)}",
                f"{count(r['n_failed'])} of {plural(r['n'], 'batch', 'batches')} failed{_rate(r)}",
            ),
            Text("", ""),
        )
        for r in failed[:MOST_REASONS]
    ]


def _rate(r: dict[str, Any]) -> str:
    return "" if missing(r["value"]) else f" ({percent(r['value'])})"


def known_window(known: Gathered) -> Text | None:
    """Return the two years that shopping guidance covers, in words, with the last day of its data where this
    is within a month; None where gold.shopping_guidance is empty or states none."""
    rows = known.night.frame("gold.shopping_guidance")
    if rows.empty or missing(rows["window_start"].iloc[0]):
        return None
    first, last = rows["window_start"].iloc[0], rows["window_end"].iloc[0]
    months = Text(f"{first:%Y-%m}至{last:%Y-%m}", f"{first:%B %Y} to {last:%B %Y}")
    within = last.month == (last + timedelta(days=1)).month
    return inside(up_to(months, last if within else None))

"""The verdict at the top of a unit's page: its main figure, reasons for it, tasks, and changes since the
night before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from jobs.plurals import plural
from jobs.reports.complaints import ComplaintLine
from jobs.reports.figures import Line, apart, too_few
from jobs.reports.gathered import Gathered
from jobs.reports.index_parts import period_text, weak
from jobs.reports.indexes import IndexPart
from jobs.reports.material import Earlier
from jobs.reports.numbers import DASH, Figure, count, missing, noun, percent, points
from jobs.reports.pages.extras import task, urgency
from jobs.reports.pages.morning import FAILED, FINDINGS, QUEUE, SOON, TASK, Change
from jobs.reports.pages.offices import group_page
from jobs.reports.pages.unit import Block
from jobs.reports.revised_rates import REVISED, Revision, revisions
from jobs.reports.wording import Text, same

MOST_REASONS, MOST_TASKS = 3, 5
CODE = {"platform": "platform_code", "region": "seller_region_code", "category": "category_code"}


@dataclass(frozen=True)
class Verdict:
    """``value``: the figure at the top of the page, None where there is none to show; ``about``: what it is,
    with its limits and period; ``stands``: how it compares with the nation or with peers, None where that is
    unknown; ``notes``: further short lines, such as that there are too few batches.

    ``reasons``: (what, in figures, what can be done); ``reasons_of``: their period; ``tasks``: the most
    urgent of ``n_tasks``, of which ``overdue`` are overdue and ``soon`` are due within a week; ``changes``:
    None where no earlier night is kept; ``offices``: path of the page that lists the tasks by office, ''
    where one office has them all.
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
    shows them; ``queue``: its rows of gold.work_queue.

    Its value is the exposure rate, else the rate's estimate, else the quality index, else the complaint rate:
    the first that can be shown.
    """
    value, about, stands, notes = _standing(blocks, index, complaint)
    notes = [*notes, *_complained(known, dimension, complaint)]
    reasons, period = _reasons(known, dimension, code)
    changes = _changes(known, dimension, code, queue)
    made = opening(known, (value, about, stands), notes, reasons, queue, reasons_of=period, changes=changes)
    return replace(made, offices=group_page(dimension, code)) if dimension == "region" and queue else made


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


def _standing(
    blocks: list[Block], index: IndexPart | None, complaint: ComplaintLine | None
) -> tuple[Text | None, Text, Text | None, list[Text]]:
    """Return (value, about, stands, notes) of `Verdict`: from the exposure rate, else its estimate, else the
    quality index, else the complaint rate, the first that can be shown."""
    block = next((b for b in blocks if b.design == "probability"), None)
    head = None if block is None else block.headline
    notes = []
    if head is not None and not head.reliable:
        notes.append(too_few(head))
    if block is not None and head is not None and head.reliable:
        limits = _limits(head.head)
        about = Text(
            f"加权不合格率（{limits.zh}，判定{head.judged}批次）",
            f"exposure rate ({limits.en}, n = {head.judged})",
        )
        stands = _against(head.head, block.nation)
        return head.head.text, _dated(about, block), stands, [*notes, *_placed(block, index)]
    if block is not None and head is not None and head.estimate is not None:
        limits = _limits(head.estimate)
        about = Text(
            f"加权不合格率的收缩估计（{limits.zh}）",
            f"small-area estimate of the exposure rate ({limits.en})",
        )
        stands = _against(head.estimate, block.nation)
        notes = [*notes, *_common(head), *_placed(None, index)]
        return head.estimate.text, _dated(about, block), stands, notes
    if index is not None and index.published:
        about = Text(
            f"质量指数，{index.period.zh}（90%区间 {index.interval}；1–100，越高越好）",
            f"quality index, {index.period.en} (90% interval {index.interval}; 1–100, higher is better)",
        )
        return same(index.score), about, index.band, [*notes, *_placed(None, index)]
    if complaint is not None:
        about = Text(
            f"万单投诉率（95%区间 {complaint.interval}）",
            f"complaint rate per 10,000 orders (95% interval {complaint.interval})",
        )
        return complaint.rate, about, None, notes
    return (
        None,
        Text("尚无可据以评价的数据。", "There are no data yet by which it can be judged."),
        None,
        notes,
    )


def _limits(shown: Figure) -> Text:
    """Return the 95% limits; where no batch failed, that it is the upper limit, which the figure's text
    states."""
    if shown.interval == DASH:
        return Text("95%区间上限", "95% upper limit")
    return Text(f"95%区间 {shown.interval}", f"95% interval {shown.interval}")


def _dated(about: Text, block: Block) -> Text:
    if block.window is None:
        return about
    return Text(f"{block.window.zh} · {about.zh}", f"{block.window.en} · {about.en}")


def _against(shown: Figure | None, nation: Line | None) -> Text | None:
    """Return whether a figure's limits are above or below the nation's rate, or contain it; None where either
    is missing."""
    if shown is None or shown.value is None or nation is None or nation.head.value is None:
        return None
    rate = nation.head.text
    if not apart(shown, nation.head.value):
        return Text(f"与全国（{rate.zh}）无显著差异", f"not distinguishable from the nation's ({rate.en})")
    if shown.value > nation.head.value:
        return Text(f"高于全国（{rate.zh}）", f"above the nation's ({rate.en})")
    return Text(f"低于全国（{rate.zh}）", f"below the nation's ({rate.en})")


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


def _placed(block: Block | None, index: IndexPart | None) -> list[Text]:
    """Return notes on the unit's rank by rate, and its tier and rank by the quality index."""
    found = []
    if block is not None and block.place is not None:
        place, of = block.place
        found.append(
            Text(
                f"不合格率由低到高第{place} / {of}（精度足够者）",
                f"rank {place} of {of} by rate, 1 the lowest, among those precise enough",
            )
        )
    if index is not None and index.published and index.tier != DASH:
        rank = ("", "") if index.rank == DASH else (f"，位次 {index.rank}", f", rank {index.rank}")
        found.append(
            Text(
                f"质量指数 {index.score}，第{index.tier}档{rank[0]}（{index.period.zh}）",
                f"quality index {index.score}, tier {index.tier}{rank[1]} ({index.period.en})",
            )
        )
    return found


def _complained(known: Gathered, dimension: str, complaint: ComplaintLine | None) -> list[Text]:
    """Return a note on the complaint rate and its rank among units with enough orders; none without
    a rank."""
    if complaint is None or complaint.rank is None:
        return []
    of = known.complaints_compared(dimension, complaint.code)
    return [
        Text(
            f"万单投诉率 {complaint.rate.zh}（95%区间 {complaint.interval}），"
            f"由低到高第{complaint.rank} / {of}",
            f"complaint rate per 10,000 orders {complaint.rate.en} (95% interval {complaint.interval}), "
            f"rank {complaint.rank} of {of}, 1 the lowest",
        )
    ]


def _reasons(known: Gathered, dimension: str, code: str) -> tuple[list[tuple[Text, Text, Text]], Text | None]:
    """Return reasons and their period: the weak points of the newest quarter or year that has any, else for a
    category the items that failed most."""
    rows = known.rows("gold.weak_point", dimension, code)
    rows = rows[rows["weak"].fillna(False).astype(bool) & rows["period_type"].isin(["quarter", "year"])]
    if len(rows):
        newest = rows.sort_values(["period_start", "period_type"], ascending=False).iloc[0]
        period = (newest["period_type"], newest["period_start"])
        found = [
            (
                w["name"],
                _beside_peers(w),
                w["action"],
            )
            for w in weak(known, dimension, code, period)[:MOST_REASONS]
        ]
        return found, period_text(period)
    items = _items(known, dimension, code)
    return items, known_window(known) if items else None


def _beside_peers(w: dict[str, Any]) -> Text:
    """A weak point's value with its 90% limits, where it has any, and the median of the unit's peers."""
    zh, en = "", ""
    if w["limits"] != DASH:
        zh, en = f"（90%区间 {w['limits']}）", f" (90% interval {w['limits']})"
    return Text(
        f"{w['value'].zh}{zh}，同类中位数 {w['median']}", f"{w['value'].en}{en}; peers' median {w['median']}"
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
    """Return the two years that shopping guidance covers, in words; None where gold.shopping_guidance is
    empty or states none."""
    rows = known.night.frame("gold.shopping_guidance")
    if rows.empty or missing(rows["window_start"].iloc[0]):
        return None
    first, last = rows["window_start"].iloc[0], rows["window_end"].iloc[0]
    return Text(f"{first:%Y-%m}至{last:%Y-%m}", f"{first:%B %Y} to {last:%B %Y}")


def _changes(known: Gathered, dimension: str, code: str, queue: list[dict[str, Any]]) -> list[Change] | None:
    """Return changes since the night before: new non-conforming batches, the largest revision of a published
    rate, tasks that are new or newly overdue; None where that night is not kept."""
    earlier = known.night.earlier
    if earlier is None:
        return None
    found = []
    new = _new_findings(known).get((dimension, code), 0)
    if new:
        words = noun(
            new, "批次新判为不合格", "batch newly found not to conform", "batches newly found not to conform"
        )
        found.append(Change(f"+{count(new)}", words, "sampling.html", True))
    made = _revisions(known).get((dimension, code))
    if made is not None:
        by = "" if made.points is None else points(made.points)
        words = Text(
            f"已发布的加权不合格率（{made.period.zh}）由{made.old.text.zh}修订为{made.new.text.zh}",
            f"published exposure rate of {made.period.en} revised from {made.old.text.en} to "
            f"{made.new.text.en}",
        )
        found.append(Change(by, words, "#figures"))
    return [*found, *changed_tasks(earlier, queue)]


def _revisions(known: Gathered) -> dict[tuple[str, str], Revision]:
    """Return unit → its largest revision; computed once for all pages."""
    kept: dict[tuple[str, str], Revision] | None = known.__dict__.get("_revisions")
    if kept is None:
        kept = {(r.dimension, r.code): r for r in revisions(known.night.frame(REVISED))}
        known.__dict__["_revisions"] = kept
    return kept


def changed_tasks(earlier: Earlier, queue: list[dict[str, Any]]) -> list[Change]:
    """Return how many tasks of ``queue`` (rows of gold.work_queue) are newly overdue, and how many are new,
    since the night before, as one change each; none where the number is 0, or where that night has no work
    queue. ``earlier``: the night before."""
    found = list[Change]()
    if queue and QUEUE in earlier.tables:
        keys, late = _tasks_before(earlier)
        mine = [(tuple(r[c] for c in TASK), r["status"]) for r in queue]
        added = sum(key not in keys for key, _ in mine)
        newly = sum(status == "overdue" and key not in late for key, status in mine)
        if newly:
            found.append(
                Change(
                    f"+{count(newly)}",
                    noun(newly, "项待办新逾期", "task newly overdue", "tasks newly overdue"),
                    "#work",
                    True,
                )
            )
        if added:
            found.append(Change(f"+{count(added)}", noun(added, "项新待办", "new task"), "#work"))
    return found


def _tasks_before(earlier: Earlier) -> tuple[set[tuple[Any, ...]], set[tuple[Any, ...]]]:
    """Return the tasks of the night before, and the overdue ones of them; computed once for all pages."""
    if "_tasks_before" not in earlier.__dict__:
        was = {tuple(row) for row in earlier.tables[QUEUE][[*TASK, "status"]].itertuples(index=False)}
        late = {row[:-1] for row in was if row[-1] == "overdue"}
        earlier.__dict__["_tasks_before"] = {row[:-1] for row in was}, late
    found: tuple[set[tuple[Any, ...]], set[tuple[Any, ...]]] = earlier.__dict__["_tasks_before"]
    return found


def _new_findings(known: Gathered) -> dict[tuple[str, str], int]:
    """Return unit → number of batches that are non-conforming now and were not in the night before; computed
    once for all pages."""
    kept: dict[tuple[str, str], int] | None = known.__dict__.get("_new_findings")
    if kept is not None:
        return kept
    counts: dict[tuple[str, str], int] = {}
    before = None if known.night.earlier is None else known.night.earlier.tables.get(FINDINGS)
    if before is not None:
        was = set(before.loc[before["outcome"] == FAILED, "sample_id"])
        now = known.night.frame(FINDINGS)
        new = now[(now["outcome"] == FAILED) & ~now["sample_id"].isin(was)]
        parents = known.about("silver.product_category", "category_code")
        regions = known.about("silver.region", "region_code")
        for dimension, column in CODE.items():
            for code in new[column].dropna():
                for unit in _above(code, parents if dimension == "category" else regions):
                    counts[dimension, unit] = counts.get((dimension, unit), 0) + 1
    known.__dict__["_new_findings"] = counts
    return counts


def _above(code: str, tree: dict[str, dict[str, Any]]) -> list[str]:
    """Return a code followed by those above it in the tree."""
    found = [code]
    while code in tree and not missing(tree[code].get("parent_code")) and len(found) < 5:
        code = tree[code]["parent_code"]
        found.append(code)
    return found

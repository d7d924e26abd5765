"""What changed of a unit since the last nightly run of an earlier date: findings, revised rates, urgent
items, leads and tasks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jobs.reports.asked import RATES
from jobs.reports.gathered import Gathered
from jobs.reports.material import Earlier
from jobs.reports.numbers import count, missing, noun, points
from jobs.reports.pages.morning import ENDED, FAILED, FINDINGS, QUEUE, TASK, Change
from jobs.reports.revised_rates import REVISED, Revision, revisions
from jobs.reports.tracing import LEADS
from jobs.reports.urgent import ITEMS
from jobs.reports.wording import Text

CODE = {"platform": "platform_code", "region": "seller_region_code", "category": "category_code"}
OF_LEAD = {"platform": "platform_code", "region": "province_code"}
OF_TASK = {"platform": "office_code", "region": "province_code", "lab": "office_code"}
NEW_FINDINGS = Text("新判为不合格的批次", "batches newly found not to conform")
# What is compared: the table, the kinds of units that it is compared for, and its name.
COMPARES = (
    (FINDINGS, tuple(CODE), NEW_FINDINGS),
    (RATES, ("platform", "region", "category", "cluster"), Text("已发布比率的修订", "revised rates")),
    (ITEMS, ("platform", "region", "lab"), Text("发给该单位的紧急事项", "urgent items sent to the unit")),
    (LEADS, tuple(OF_LEAD), Text("属地线索", "territorial leads")),
    (QUEUE, tuple(OF_TASK), Text("待办事项", "tasks")),
)


def compared_of(known: Gathered, dimension: str) -> Text | None:
    """Return in words what of a unit is compared with the earlier night; None where nothing is.
    ``dimension``: platform, region, category, cluster or lab."""
    earlier = known.night.earlier
    named = [
        words
        for table, dimensions, words in COMPARES
        if earlier is not None and dimension in dimensions and table in earlier.tables
    ]
    if not named:
        return None
    return Text("、".join(words.zh for words in named), ", ".join(words.en for words in named))


def changes_of(
    known: Gathered, dimension: str, code: str, queue: list[dict[str, Any]]
) -> list[Change] | None:
    """Return changes since the last night of an earlier date: new non-conforming batches, the largest
    revision of a published rate, urgent items for the unit, leads, and tasks; None where that night is not
    kept. ``queue``: the unit's rows of gold.work_queue."""
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
    return [
        *found,
        *changed_items(known, earlier, f"{dimension}_{code}"),
        *_changed_leads(known, earlier, dimension, code),
        *changed_tasks(earlier, queue, dimension, code),
    ]


def _revisions(known: Gathered) -> dict[tuple[str, str], Revision]:
    """Return unit → its largest revision; computed once for all pages."""
    kept: dict[tuple[str, str], Revision] | None = known.__dict__.get("_revisions")
    if kept is None:
        kept = {(r.dimension, r.code): r for r in revisions(known.night.frame(REVISED))}
        known.__dict__["_revisions"] = kept
    return kept


def changed_items(known: Gathered, earlier: Earlier, recipient: str) -> Iterator[Change]:
    """Yield how many urgent items are newly due to a recipient of the outbox (such as region_330000), and how
    many that were due are withheld now, since ``earlier``; nothing for 0, or where that night has none."""
    before = earlier.tables.get(ITEMS)
    if before is None:
        return
    if "_urgent_changes" not in known.__dict__:
        rows = known.night.frame(ITEMS)
        now = {(r, i): s for r, i, s in zip(rows["recipient"], rows["item_id"], rows["status"], strict=True)}
        was = before[before["status"] == "due"]
        due = set(zip(was["recipient"], was["item_id"], strict=True))
        kept: dict[str, list[int]] = {}
        for (to, item), status in now.items():
            if (status == "due") != ((to, item) in due):
                kept.setdefault(to, [0, 0])[status != "due"] += 1
        known.__dict__["_urgent_changes"] = kept
    new, withheld = known.__dict__["_urgent_changes"].get(recipient, (0, 0))
    if new:
        words = noun(new, "项新紧急事项", "new urgent item")
        yield Change(f"+{count(new)}", words, "work.html#urgent", True)
    if withheld:
        words = noun(withheld, "项紧急事项撤回", "urgent item withdrawn", "urgent items withdrawn")
        yield Change(f"−{count(withheld)}", words, "work.html#urgent")


def _changed_leads(known: Gathered, earlier: Earlier, dimension: str, code: str) -> Iterator[Change]:
    """Yield how many leads of a unit are new, were closed, and were acted on by their region without being
    closed, since ``earlier``; nothing for 0, for other dimensions, or where that night has none."""
    if dimension not in OF_LEAD or LEADS not in earlier.tables:
        return
    if "_leads_before" not in known.__dict__:
        rows = earlier.tables[LEADS]
        known.__dict__["_leads_before"] = dict(
            zip(rows["lead_id"], zip(rows["state"], rows["acted_on"], strict=True), strict=True)
        )
    before: dict[str, tuple[str, Any]] = known.__dict__["_leads_before"]
    added = closed = acted = 0
    for r in known.groups(LEADS, OF_LEAD[dimension]).get(code, []):
        was = before.get(r["lead_id"])
        if was is None:
            added += r["state"] != "closed"
        elif r["state"] == "closed":
            closed += was[0] != "closed"
        else:
            acted += missing(was[1]) and not missing(r["acted_on"])
    for n, sign, words in (
        (added, "+", noun(added, "条新线索", "new lead")),
        (acted, "", noun(acted, "条线索，属地监管部门已采取措施", "lead acted on", "leads acted on")),
        (closed, "−", noun(closed, "条线索办结", "lead closed", "leads closed")),
    ):
        if n:
            yield Change(f"{sign}{count(n)}", words, "tracing.html")


def changed_tasks(earlier: Earlier, queue: list[dict[str, Any]], kind: str, code: str) -> list[Change]:
    """Return how many tasks of a unit are newly overdue, how many others are new, and how many ended, since
    ``earlier``, the last night of an earlier date, as one change each; none where it is 0 or that night has
    no work queue. A new task that is overdue counts as newly overdue alone.

    ``queue``: the unit's rows of gold.work_queue; ``kind``, ``code``: the unit, a platform, region or lab;
    others have no tasks."""
    if kind not in OF_TASK or QUEUE not in earlier.tables:
        return []
    keys, late = _tasks_before(earlier)
    mine = [(tuple(r[c] for c in TASK), r["status"]) for r in queue]
    here = {key for key, _ in mine}
    added = sum(key not in keys and status != "overdue" for key, status in mine)
    newly = sum(status == "overdue" and key not in late for key, status in mine)
    ended = sum(key not in here for key, unit in keys.items() if unit == (kind, code))
    made = (
        (newly, "+", noun(newly, "项待办新逾期", "task newly overdue", "tasks newly overdue"), True),
        (added, "+", noun(added, "项新待办", "new task"), False),
        (ended, "−", noun(ended, *ENDED), False),
    )
    link = "#work" if queue else "work.html"
    return [Change(f"{sign}{count(n)}", words, link, bad) for n, sign, words, bad in made if n]


def _tasks_before(
    earlier: Earlier,
) -> tuple[dict[tuple[Any, ...], tuple[str, Any]], set[tuple[Any, ...]]]:
    """Return the tasks of the night before with the unit of each, (platform, region or lab; code), and the
    overdue ones of them; computed once for all pages."""
    if "_tasks_before" not in earlier.__dict__:
        rows = earlier.tables[QUEUE].to_dict("records")
        units, late = {}, set()
        for r in rows:
            key = tuple(r[c] for c in TASK)
            office = r["office_type"]
            kind = "region" if office == "authority" else str(office)
            units[key] = kind, r[OF_TASK.get(kind, "office_code")]
            if r["status"] == "overdue":
                late.add(key)
        earlier.__dict__["_tasks_before"] = units, late
    found: tuple[dict[tuple[Any, ...], tuple[str, Any]], set[tuple[Any, ...]]] = earlier.__dict__[
        "_tasks_before"
    ]
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
                for unit in above(code, parents if dimension == "category" else regions):
                    counts[dimension, unit] = counts.get((dimension, unit), 0) + 1
    known.__dict__["_new_findings"] = counts
    return counts


def above(code: str, tree: dict[str, dict[str, Any]]) -> list[str]:
    """Return a code followed by those above it in the tree."""
    found = [code]
    while code in tree and not missing(tree[code].get("parent_code")) and len(found) < 5:
        code = tree[code]["parent_code"]
        found.append(code)
    return found

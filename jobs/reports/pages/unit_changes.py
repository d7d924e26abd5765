"""What came, went or was revised of a unit since the last nightly run of an earlier date: findings, revised
rates, urgent items, leads and tasks. Figures at the top of its page: `jobs.reports.pages.moved`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jobs.arrays import dicts
from jobs.reports import fresh
from jobs.reports.asked import RATES
from jobs.reports.complaints import TABLE as COMPLAINTS
from jobs.reports.gathered import INDEX, Gathered
from jobs.reports.material import Earlier
from jobs.reports.numbers import by_as_shown, missing, noun
from jobs.reports.pages import changed_things, morning
from jobs.reports.pages.changed_things import MOST_NAMED, Change, change
from jobs.reports.pages.morning import ENDED, FAILED, FINDINGS, QUEUE, TASK
from jobs.reports.pages.moved import COVERAGE, WEAK_POINT
from jobs.reports.revised_rates import REVISED, Revision, revisions
from jobs.reports.tracing import LEADS
from jobs.reports.urgent import ITEMS
from jobs.reports.wording import Text

CODE = {"platform": "platform_code", "region": "seller_region_code", "category": "category_code"}
OF_LEAD = {"platform": "platform_code", "region": "province_code"}
OF_TASK = {"platform": "office_code", "region": "province_code", "lab": "office_code"}
NEW_FINDINGS = Text("新判为不合格的批次", "batches newly found not to conform")
REVISIONS = Text("已发布比率的修订", "revised rates")
URGENT = Text("发给该单位的紧急事项", "urgent items sent to the unit")
OWN_LEADS = Text("属地线索", "territorial leads")
OWN_TASKS = Text(
    "待办事项（新增、转为7天内到期、新逾期、办结）",
    "tasks (new, newly due within 7 days, newly overdue, ended)",
)
PRESSING = ("overdue", "due_soon")
UNITS = ("platform", "region", "category", "cluster")
# What is compared: the table, the kinds of units that it is compared for, and its name.
COMPARES = (
    (RATES, UNITS, Text("加权不合格率及其收缩估计和位次", "exposure rate, small-area estimate and rank")),
    (INDEX, UNITS, Text("质量指数", "quality index")),
    (COMPLAINTS, UNITS, Text("万单投诉率", "complaint rate")),
    (WEAK_POINT, UNITS, Text("所列薄弱环节", "weak points listed")),
    (
        COVERAGE,
        ("platform",),
        Text("须停售而仍在销售的网店限制", "restrictions of shops that still sell though sales must stop"),
    ),
    (FINDINGS, tuple(CODE), NEW_FINDINGS),
    (RATES, UNITS, REVISIONS),
    (ITEMS, ("platform", "region", "lab"), URGENT),
    (LEADS, ("region",), Text("线索核查按时率", "share of leads verified on time")),
    (LEADS, tuple(OF_LEAD), OWN_LEADS),
    (QUEUE, tuple(OF_TASK), OWN_TASKS),
)


def compared_of(known: Gathered, dimension: str) -> Text | None:
    """Return in words what of a unit is compared with the earlier night; None where nothing is.
    ``dimension``: platform, region, category, cluster or lab."""
    return _joined(_compares(known, dimension))


def unmoved_of(known: Gathered, dimension: str, found: dict[Text, list[Change]]) -> Text | None:
    """Return in words of what a unit has no change: where figures moved, a reader would not know
    whether there are no new tasks or none were looked for. None where each has one. ``dimension``: as in
    `compared_of`; ``found``: of the unit, as `happened` returns it."""
    return _joined([words for words in _compares(known, dimension) if words in found and not found[words]])


def _compares(known: Gathered, dimension: str) -> list[Text]:
    """The names in COMPARES of what is compared for a dimension and is kept of the earlier night."""
    earlier = known.night.earlier
    return [
        words
        for table, dimensions, words in COMPARES
        if earlier is not None and dimension in dimensions and table in earlier.tables
    ]


def _joined(named: list[Text]) -> Text | None:
    if not named:
        return None
    return Text("、".join(words.zh for words in named), ", ".join(words.en for words in named))


def happened(
    known: Gathered, dimension: str, code: str, queue: list[dict[str, Any]]
) -> dict[Text, list[Change]] | None:
    """Return changes since the last night of an earlier date, by the name in COMPARES of what they are about:
    new non-conforming batches, the largest revision of a published rate, urgent items for the unit, leads,
    and tasks; [] where nothing of it came, went or was revised. None where that night is not kept.
    ``queue``: the unit's rows of gold.work_queue."""
    earlier = known.night.earlier
    if earlier is None:
        return None
    return {
        NEW_FINDINGS: list(_failed(known, dimension, code)),
        REVISIONS: list(_revised(known, dimension, code)),
        URGENT: list(changed_items(known, earlier, f"{dimension}_{code}")),
        OWN_LEADS: list(_changed_leads(known, earlier, dimension, code)),
        OWN_TASKS: list(changed_tasks(known, earlier, queue, dimension, code)),
    }


def _failed(known: Gathered, dimension: str, code: str) -> Iterator[Change]:
    """Yield how many batches of a unit are newly non-conforming; nothing for 0."""
    new = _new_findings(known).get((dimension, code), [])
    if new:
        words = noun(
            len(new),
            "批次新判为不合格",
            "batch newly found not to conform",
            "batches newly found not to conform",
        )
        named = [changed_things.batch(known, sample) for sample in new[:MOST_NAMED]]
        yield change("+", words, named, len(new), "sampling.html", bad=True)


def _revised(known: Gathered, dimension: str, code: str) -> Iterator[Change]:
    """Yield the largest revision of a published rate of a unit; nothing without one."""
    made = _revisions(known).get((dimension, code))
    if made is not None:
        words = Text(
            f"已发布的加权不合格率（{made.period.zh}）由{made.old.text.zh}修订为{made.new.text.zh}",
            f"published exposure rate of {made.period.en} revised from {made.old.text.en} to "
            f"{made.new.text.en}",
        )
        yield Change(by_as_shown(made.old, made.new), words, "#figures")


def _revisions(known: Gathered) -> dict[tuple[str, str], Revision]:
    """Return unit → its largest revision, except of the period of the headline, which `moved` covers;
    computed once for all pages."""
    kept: dict[tuple[str, str], Revision] | None = known.__dict__.get("_revisions")
    if kept is None:
        rows = known.night.frame(REVISED)
        if known.window is not None and len(rows):
            shown = (rows["period_type"] == known.window.period_type) & (
                rows["period_start"] == known.window.start
            )
            rows = rows[~shown]
        kept = {(r.dimension, r.code): r for r in revisions(rows, known.rates.through)}
        known.__dict__["_revisions"] = kept
    return kept


def changed_items(known: Gathered, earlier: Earlier, recipient: str) -> Iterator[Change]:
    """Yield how many urgent items are newly due to a recipient of the outbox (such as region_330000), and how
    many that were due are withheld now, since ``earlier``; nothing for 0, or where that night has none."""
    before = earlier.tables.get(ITEMS)
    if before is None:
        return
    if "_urgent_changes" not in known.__dict__:
        was = before[before["status"] == "due"]
        due = set(zip(was["recipient"], was["item_id"], strict=True))
        kept: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {}
        for row in dicts(known.night.frame(ITEMS)):
            if (row["status"] == "due") != ((row["recipient"], row["item_id"]) in due):
                kept.setdefault(row["recipient"], ([], []))[row["status"] != "due"].append(row)
        known.__dict__["_urgent_changes"] = kept
    new, withheld = known.__dict__["_urgent_changes"].get(recipient, ([], []))
    for rows, sign, words, bad in (
        (new, "+", noun(len(new), "项新紧急事项", "new urgent item"), True),
        (
            withheld,
            "−",
            noun(len(withheld), "项紧急事项撤回", "urgent item withdrawn", "urgent items withdrawn"),
            False,
        ),
    ):
        if rows:
            named = [changed_things.item(known, r) for r in rows[:MOST_NAMED]]
            yield change(sign, words, named, len(rows), "data/urgent_items.csv", bad=bad)


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
    added, acted, closed = list[dict[str, Any]](), list[dict[str, Any]](), list[dict[str, Any]]()
    for r in known.groups(LEADS, OF_LEAD[dimension]).get(code, []):
        was = before.get(r["lead_id"])
        if was is None:
            added += [r] if r["state"] != "closed" else []
        elif r["state"] == "closed":
            closed += [r] if was[0] != "closed" else []
        elif missing(was[1]) and not missing(r["acted_on"]):
            acted.append(r)
    for rows, sign, words in (
        (added, "+", noun(len(added), "条新线索", "new lead")),
        (acted, "", noun(len(acted), "条线索，属地监管部门已采取措施", "lead acted on", "leads acted on")),
        (closed, "−", noun(len(closed), "条线索办结", "lead closed", "leads closed")),
    ):
        if rows:
            named = [changed_things.lead(known, r) for r in rows[:MOST_NAMED]]
            yield change(sign, words, named, len(rows), "data/enforcement_lead.csv")


def changed_tasks(
    known: Gathered, earlier: Earlier, queue: list[dict[str, Any]], kind: str, code: str
) -> Iterator[Change]:
    """Yield how many tasks of a unit are newly overdue, how many are newly due within a week, how many others
    are new, and how many ended, since ``earlier``, the last night of an earlier date; none where it is 0 or
    that night has no work queue. Tasks whose status is another are named with both. A new task that is
    overdue counts as newly overdue too, one that is due within a week as new alone.

    ``queue``: the unit's rows of gold.work_queue; ``kind``, ``code``: the unit, a platform, region or lab;
    others have no tasks."""
    if kind not in OF_TASK or QUEUE not in earlier.tables:
        return
    before = _tasks_before(earlier)
    mine = {tuple(r[c] for c in TASK): r for r in queue}
    for kind_of, words, bad in (
        (fresh.LATE, morning.LATE, True),
        (fresh.SOON, morning.SOONER, False),
        (fresh.NEW, morning.NEW, False),
    ):
        rows = [mine[key] for key in mine if _is(kind_of, mine[key], before.get(key))]
        if rows:
            was = [before.get(tuple(r[c] for c in TASK)) for r in rows[:MOST_NAMED]]
            named = list(changed_things.tasks(known, rows[:MOST_NAMED], queue, was))
            yield change("+", noun(len(rows), *words), named, len(rows), "#work", bad=bad)
    of_unit = _units_before(earlier).get((kind, code), {})
    ended = [r for key, r in of_unit.items() if key not in mine]
    if ended:
        named = list(changed_things.ended(known, ended[:MOST_NAMED]))
        yield change("−", noun(len(ended), *ENDED), named, len(ended), "work.html#ended")


def _is(kind: str, r: dict[str, Any], was: dict[str, Any] | None) -> bool:
    """Return whether a task is of a kind of `fresh.changed`. ``was``: its row in the earlier queue, None
    where it had none."""
    if was is None:
        return kind == fresh.NEW or (kind == fresh.LATE and r["status"] == "overdue")
    if kind == fresh.LATE:
        return bool(r["status"] == "overdue" and was["status"] != "overdue")
    return bool(kind == fresh.SOON and r["status"] == "due_soon" and was["status"] not in PRESSING)


def _unit_of(row: dict[str, Any]) -> tuple[str, Any]:
    """The unit that a task belongs to: (platform, region or lab; code). ``row``: of gold.work_queue."""
    kind = "region" if row["office_type"] == "authority" else str(row["office_type"])
    return kind, row[OF_TASK.get(kind, "office_code")]


def _tasks_before(earlier: Earlier) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return the tasks of the night before by their values of TASK; computed once for all pages."""
    if "_tasks_before" not in earlier.__dict__:
        rows = dicts(earlier.tables[QUEUE])
        earlier.__dict__["_tasks_before"] = {tuple(r[c] for c in TASK): r for r in rows}
    found: dict[tuple[Any, ...], dict[str, Any]] = earlier.__dict__["_tasks_before"]
    return found


def _units_before(earlier: Earlier) -> dict[tuple[str, Any], dict[tuple[Any, ...], dict[str, Any]]]:
    """Return unit → its tasks of the night before, as in `_tasks_before`; computed once for all pages."""
    if "_units_before" not in earlier.__dict__:
        found: dict[tuple[str, Any], dict[tuple[Any, ...], dict[str, Any]]] = {}
        for key, row in _tasks_before(earlier).items():
            found.setdefault(_unit_of(row), {})[key] = row
        earlier.__dict__["_units_before"] = found
    kept: dict[tuple[str, Any], dict[tuple[Any, ...], dict[str, Any]]] = earlier.__dict__["_units_before"]
    return kept


def _new_findings(known: Gathered) -> dict[tuple[str, str], list[str]]:
    """Return unit → batches that are non-conforming now and were not in the night before; computed once for
    all pages."""
    kept: dict[tuple[str, str], list[str]] | None = known.__dict__.get("_new_findings")
    if kept is not None:
        return kept
    found: dict[tuple[str, str], list[str]] = {}
    before = None if known.night.earlier is None else known.night.earlier.tables.get(FINDINGS)
    if before is not None:
        was = set(before.loc[before["outcome"] == FAILED, "sample_id"])
        now = known.night.frame(FINDINGS)
        new = now[(now["outcome"] == FAILED) & ~now["sample_id"].isin(was)]
        parents = known.about("silver.product_category", "category_code")
        regions = known.about("silver.region", "region_code")
        for dimension, column in CODE.items():
            tree = parents if dimension == "category" else regions
            for sample, code in new.loc[new[column].notna(), ["sample_id", column]].itertuples(index=False):
                for unit in above(code, tree):
                    found.setdefault((dimension, unit), []).append(sample)
    known.__dict__["_new_findings"] = found
    return found


def above(code: str, tree: dict[str, dict[str, Any]]) -> list[str]:
    """Return a code followed by those above it, the nearest first, five at most. ``tree``: code → row with
    its parent_code."""
    found = [code]
    while code in tree and not missing(tree[code].get("parent_code")) and len(found) < 5:
        code = tree[code]["parent_code"]
        found.append(code)
    return found

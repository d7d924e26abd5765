"""Tasks of gold.work_queue that are new, newly overdue, newly due within a week or ended since the last night
of an earlier date. One place counts and marks them, so that the first page and the lists of tasks agree."""

from __future__ import annotations

from typing import Any

from jobs.reports.gathered import Gathered
from jobs.reports.numbers import missing
from jobs.reports.wording import Text

QUEUE = "gold.work_queue"
TASK = ["office_type", "office_code", "task", "subject_id"]  # what identifies a task from night to night
NEW, LATE, SOON, ENDED, OLD = "new", "late", "soon", "ended", "old"
YEAR = 365  # days overdue beyond which the gate doubts a task (expectations/gold/work_queue.yaml)
# The mark of a task in a list, by which the list is searched.
MARK = {
    NEW: Text("新待办", "new task"),
    LATE: Text("新逾期", "newly overdue"),
    SOON: Text("转为7天内到期", "newly due within 7 days"),
    OLD: Text("逾期一年以上", "overdue for more than a year"),
}
Key = tuple[Any, ...]


def changed(known: Gathered) -> dict[str, set[Key]]:
    """Return NEW, LATE (overdue now, and not before), SOON (due within a week now, and later before) and
    ENDED (in the earlier queue only) → tasks, each as the tuple of its values of TASK; a new task may be late
    as well, but is not among SOON. All are empty where no earlier queue is kept. Computed once for all
    pages."""
    if "_changed_tasks" not in known.__dict__:
        known.__dict__["_changed_tasks"] = _changed(known)
    found: dict[str, set[Key]] = known.__dict__["_changed_tasks"]
    return found


def is_old(r: dict[str, Any]) -> bool:
    """Return whether a task is overdue for more than a YEAR. ``r``: a row of gold.work_queue."""
    return not missing(r["days_left"]) and r["days_left"] < -YEAR


def marks(known: Gathered, r: dict[str, Any]) -> list[Text]:
    """Return the marks (texts of MARK) of a task: of each of NEW, LATE and SOON whose tasks in `changed` hold
    it, then of OLD where it `is_old`; [] for none. ``r``: a row of gold.work_queue."""
    key = tuple(r[c] for c in TASK)
    found = [MARK[kind] for kind in (NEW, LATE, SOON) if key in changed(known)[kind]]
    return [*found, MARK[OLD]] if is_old(r) else found


def _changed(known: Gathered) -> dict[str, set[Key]]:
    earlier = known.night.earlier
    before = None if earlier is None else earlier.tables.get(QUEUE)
    if before is None:
        return {kind: set() for kind in (NEW, LATE, SOON, ENDED)}
    now = known.night.frame(QUEUE)
    (every, late, soon), (every_before, late_before, soon_before) = (
        (_keys(frame), *(_keys(frame[frame["status"] == status]) for status in ("overdue", "due_soon")))
        for frame in (now, before)
    )
    return {
        NEW: every - every_before,
        LATE: late - late_before,
        SOON: (soon & every_before) - soon_before - late_before,
        ENDED: every_before - every,
    }


def _keys(frame: Any) -> set[Key]:
    return set(zip(*(frame[column] for column in TASK), strict=True))

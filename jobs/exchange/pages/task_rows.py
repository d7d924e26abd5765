"""Tasks as the template of a package's page needs them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from jobs.exchange.pages.section import Section
from jobs.exchange.pages.task import OVERDUE, Task
from jobs.exchange.pages.words import SENT_TASK_STATUS
from jobs.plurals import plural
from jobs.reports.numbers import count
from jobs.reports.rendering import both
from jobs.reports.wording import Text

_AT_ONCE = Text("应立即办理", "at once")
_TODAY = Text("今日到期", "due today")


def listed(task: Task, day: date, sections: Sequence[Section]) -> dict[str, Any]:
    """Return a task of a package on ``day`` as the template needs it, with a link to its row; one about a
    whole file names the file (``listed``). ``sections``: the files of the package."""
    stem, _, n = task.row.rpartition("-")
    by = {section.stem: section for section in sections}
    section = by.get(stem) if n.isdecimal() else by.get(task.row)
    href = "" if section is None else section.place(int(n)) if n.isdecimal() else section.href
    of_file = section is not None and (not n.isdecimal() or task.subject == section.stem)
    subject = task.subject if task.named is None else both(task.named)
    if of_file and section is not None:
        subject = both(_file_of(section))
    return {
        "what": task.what,
        "subject": subject,
        "listed": of_file,
        "href": href,
        "risk": task.risk,
        "grave": task.grave,
        "status": _status(task, day),
        "late": task.status(day) == OVERDUE,
        "at_once": task.at_once and task.due is not None,
        "due": task.due,
        "since": task.since,
        "rule": task.rule,
        "goods": None,
        "place": None,
    }


def _file_of(section: Section) -> Text:
    """A file and its number of rows, by which a task about all of them is named."""
    n, name = section.n, f"{section.stem}.csv"
    return Text(f"见 {name}（{count(n)}行）", f"see {name} ({plural(n, 'row')})")


def _status(task: Task, day: date) -> Text:
    """The state of a task in words, with the days that it is overdue or open where these are known."""
    status = task.status(day)
    if status == OVERDUE and task.due is not None:
        late = (day - task.due).days
        return Text(f"逾期{count(late)}天", f"{plural(late, 'day')} overdue")
    if status == OVERDUE:
        return SENT_TASK_STATUS[status]
    if task.at_once:
        ago = None if task.since is None else (day - task.since).days
        return (
            _AT_ONCE
            if ago is None
            else Text(f"应立即办理，已{ago}天", f"at once; {plural(ago, 'day')} so far")
        )
    return _TODAY if task.due == day else SENT_TASK_STATUS[status]

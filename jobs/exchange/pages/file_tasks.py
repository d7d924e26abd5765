"""Tasks of a recipient about the files that it files, derived from the rows that its package sends. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from jobs.exchange.pages.task import SOON, Rows, Task, day_of, each_row
from jobs.plurals import plural
from jobs.reports.procedure import OWN_RULE
from jobs.reports.wording import Text

MOST_REFUSED = 5  # files that were refused or are held: beyond that they are one task
DELIVERIES = "next_deliveries"  # the kind of file that says when feeds are due
_AGREED = Text("约定的报送周期", "the agreed cadence of the feed")


def of_files(rows: Rows, day: date) -> Iterator[Task]:
    """Yield tasks about files that the recipient files: what it has to deliver (`_deliveries`), each file
    that was refused or is held, once for its reason though several feeds read it (one task for all beyond
    `MOST_REFUSED`), and one for all records that were not accepted."""
    yield from _deliveries(rows, day)
    refused: dict[tuple[Any, ...], tuple[str, Any]] = {}
    for at, row in each_row(rows, "files_received"):
        if row.standing == "refused":
            refused.setdefault((row.source, row.file, row.sha256, row.reason_zh), (at, row))
    if len(refused) > MOST_REFUSED:
        n, since = len(refused), min(row.received_on for _, row in refused.values())
        zh, en = (
            f"按各行的办法处理{n}个被拒收或暂不采用的文件",
            f"act on {plural(n, 'file')} refused or held, as each row says",
        )
        yield Task(
            Text(zh, en),
            "files_received",
            "files_received",
            since=since,
            at_once=True,
            rule=OWN_RULE,
            leads=True,
        )
    else:
        for at, row in refused.values():
            what = Text(
                f"文件被拒收或暂不采用：{row.reason_zh}。{row.advice_zh}",
                f"the file was refused or is held: {row.reason_en}. {row.advice_en}",
            )
            yield Task(what, row.file, at, since=row.received_on, at_once=True, rule=OWN_RULE, leads=True)
    places = {
        (r.source, r.feed, r.file, r.member, r.record, r.element)
        for r in rows.get("records_not_accepted", ())
    }
    if places:
        n = len(places)
        zh = f"改正{n}条未被接受的记录，以同一文件名重新报送"
        en = f"correct {plural(n, 'record')} not accepted, and file again under the same name"
        yield Task(Text(zh, en), "records_not_accepted", "records_not_accepted", rule=OWN_RULE)


def _deliveries(rows: Rows, day: date) -> Iterator[Task]:
    """Yield one task for each last day, passed or at most SOON ahead, by which feeds are to be delivered."""
    feeds: dict[date, list[str]] = {}
    for _, row in each_row(rows, DELIVERIES):
        due = day_of(row.due_on)
        if due is not None and due <= day + SOON:
            feeds.setdefault(due, []).append(str(row.feed))
    for due, named in sorted(feeds.items()):
        names = list(dict.fromkeys(named))
        what = Text(f"报送 {'、'.join(names)}", f"file {', '.join(names)}")
        yield Task(what, DELIVERIES, DELIVERIES, due=due, rule=_AGREED)

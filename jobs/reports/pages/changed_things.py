"""What a change since the night before is about, named one by one: batches, urgent items, leads, tasks. Each
leads to the place that names it, where a page of the site does; else the words are all that there is of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from jobs.marts.overview.queue_tasks import TASKS
from jobs.reports import fresh
from jobs.reports.cases import named, record
from jobs.reports.gathered import Gathered
from jobs.reports.names import tested_item
from jobs.reports.numbers import missing
from jobs.reports.pages import extras
from jobs.reports.pages.bulletin import anchor
from jobs.reports.procedure import TASK_STATUS, task_status
from jobs.reports.signal_names import signal_name
from jobs.reports.tracing import FINDING, ROLE, STATE
from jobs.reports.urgent import KINDS, shop_in_words
from jobs.reports.wording import Text, label, same

MOST_NAMED = 5  # things of one change that are named
_SIGNAL = "serious_signal"  # kind of an urgent item
MOST_ENDED = 150  # tasks that ended, of which work.html has a row


@dataclass(frozen=True)
class Change:
    """One change since the night before, or one thing that a change names. ``number``: how many, with its
    sign, '' where the words state it; ``words``: of what; ``link``: where to read more, a path below site/ or
    `#` and an id of the page, '' for none; ``bad``: whether somebody should look at it; ``parts``: the
    largest changes that it sums up, or the first of the things that it counts; ``other_period``: it is a
    figure of another period than the night before, which is no change of quality."""

    number: str
    words: Text
    link: str
    bad: bool = False
    parts: tuple[Change, ...] = ()
    other_period: bool = False


def change(
    sign: str, words: Text, things: Sequence[Change], n: int, everything: str, *, bad: bool = False
) -> Change:
    """Return the change of ``n`` things with ``things``, those of them that are named, as its parts: callers
    pass MOST_NAMED at most. ``sign``: + or −, '' for none; ``words``: what the things are; ``everything``:
    the list that has all of them, to which the change leads where some are not named; ``bad``: as of
    `Change`."""
    return Change(f"{sign}{n:,}", words, everything if n > len(things) else "", bad, tuple(things))


def batch(known: Gathered, sample: str) -> Change:
    """Return a batch by its sample_id and goods, with the place that names it."""
    life = known.about("gold.sampling_lifecycle", "sample_id").get(sample, {})
    return Change("", _with_goods(known, same(sample), life), record(known, "sample", sample))


def item(known: Gathered, row: dict[str, Any]) -> Change:
    """Return an urgent item by its kind, what failed, its goods, and its sample, its signal or the shop
    that it restricts (else the number of the entry or penalty), with the place that names its sample.
    ``row``: of gold.urgent_item."""
    what, sample = label(KINDS, row["kind"]), row["sample_id"]
    if not missing(row["item_name"]):
        name = tested_item(row["item_name"])
        what = Text(f"{what.zh}：{name.zh}", f"{what.en}: {name.en}")
    what = _with_goods(known, what, row)
    which = _named(known, row)
    words = what if which is None else Text(f"{what.zh}，{which.zh}", f"{what.en}, {which.en}")
    return Change("", words, "" if missing(sample) else record(known, "sample", str(sample)))


def lead(known: Gathered, row: dict[str, Any]) -> Change:
    """Return a lead by its number, party, finding and state, with the row that names it. ``row``: of
    gold.enforcement_lead."""
    parts = label(ROLE, row["role"]), label(FINDING, row["finding"]), label(STATE, row["state"])
    words = Text(
        f"{row['lead_id']}：{'，'.join(p.zh for p in parts)}",
        f"{row['lead_id']}: {', '.join(p.en.lower() for p in parts)}",
    )
    return Change("", words, record(known, "lead", row["lead_id"]))


def tasks(
    known: Gathered,
    rows: list[dict[str, Any]],
    queue: list[dict[str, Any]],
    was: Sequence[dict[str, Any] | None],
) -> Iterator[Change]:
    """Yield tasks that stand, each with its status now and before where it had another, and with the place
    that names its case, else its row in the page's own list of tasks. ``rows``: the tasks; ``queue``: all
    tasks of the page; ``was``: the rows of ``rows`` the night before, None for new ones; all of
    gold.work_queue."""
    own = extras.own_rows(known, queue, most=extras.TASKS) if rows else {}
    for r, before in zip(rows, was, strict=True):
        row = own.get((r["subject_type"], r["subject_id"]))
        link = record(known, r["subject_type"], r["subject_id"]) or (f"#{row}" if row else "")
        words = _task(known, Text(r["text_zh"], r["text_en"]), r)
        if before is not None and before["status"] != r["status"]:
            old, new = (TASK_STATUS[task_status(row)] for row in (before, r))
            words = Text(
                f"{words.zh}（由{old.zh}变为{new.zh}）", f"{words.en} ({old.en} before, now {new.en})"
            )
        yield Change("", words, link)


def ended(known: Gathered, rows: list[dict[str, Any]]) -> Iterator[Change]:
    """Yield tasks that ended, each with its row in the list of these on work.html; without a link where that
    list, which holds MOST_ENDED, leaves it out. ``rows``: of the gold.work_queue of the night before."""
    listed = set(sorted(fresh.changed(known)[fresh.ENDED])[:MOST_ENDED])
    for r in rows:
        key = tuple(r[c] for c in fresh.TASK)
        yield Change(
            "", _task(known, task_words(r), r), f"work.html#{ended_row(key)}" if key in listed else ""
        )


def ended_row(task: tuple[Any, ...]) -> str:
    """Return the id of the row of a task that ended. ``task``: its values of `fresh.TASK`."""
    return "ended-" + anchor("_".join(str(part) for part in task))


def task_words(row: dict[str, Any]) -> Text:
    """Return what had to be done, without a deadline; the code of the task where it has no words. ``row``: of
    the gold.work_queue of the night before."""
    known = TASKS.get(row["task"])
    return same(row["task"]) if known is None else Text(known.zh, known.en)


def _task(known: Gathered, what: Text, row: dict[str, Any]) -> Text:
    which = named(known, row["subject_type"], row["subject_id"]) or same(row["subject_id"])
    return Text(f"{what.zh}：{which.zh}", f"{what.en}: {which.en}")


def _named(known: Gathered, row: dict[str, Any]) -> Text | None:
    """What an urgent item is about: the shop that it restricts, else the entry or penalty by its number; its
    signal; its sample; None where it names none of them."""
    _, _, number = str(row["item_id"]).partition("/")  # behind the letter of the kind
    if row["kind"].startswith("restriction_"):
        return shop_in_words(row["shop_id"]) or same(number.rpartition("/")[0])
    if row["kind"] == _SIGNAL:
        return signal_name(known, number)
    return None if missing(row["sample_id"]) else same(str(row["sample_id"]))


def _with_goods(known: Gathered, what: Text, row: dict[str, Any]) -> Text:
    category = row.get("category_code")
    if missing(category):
        return what
    goods = known.names.of("category", str(category))
    return Text(f"{what.zh}（{goods.zh}）", f"{what.en} ({goods.en})")

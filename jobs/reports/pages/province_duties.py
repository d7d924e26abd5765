"""What the verdict of a province alone names: tasks of the provincial authority itself, first those that are
overdue, results to publish, reviews to decide with who decides them, own records that were not accepted, and
how many leads are verified on time."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from jobs.marts.overview.queue_tasks import TASKS as _KINDS
from jobs.plurals import plural
from jobs.reports.authorities import authority
from jobs.reports.cases import named, record
from jobs.reports.gathered import Gathered
from jobs.reports.lead_times import Verified, verified
from jobs.reports.names import NATION_CODE
from jobs.reports.pages.extras import PUBLISH, TASKS, own_rows, urgency
from jobs.reports.pages.offices import group_page
from jobs.reports.pages.placed import not_accepted
from jobs.reports.pages.restricted import of_region
from jobs.reports.pages.verdict import Verdict
from jobs.reports.sent_lists import to_decide, to_publish
from jobs.reports.wording import Text, same

# Overdue tasks, offices that decide, and kinds of tasks of the provincial authority, which are named.
MOST_DUTIES, MOST_DECIDING, MOST_KINDS = 3, 3, 5
Queue = list[dict[str, Any]]


def with_duties(
    known: Gathered, code: str, stands: Verdict, on_time: Verified | None, queue: Queue
) -> Verdict:
    """Return the verdict on a province with what of its authorities' tasks (``queue``) it names: those of the
    provincial authority itself that are overdue, results to publish, and how many tasks of which kind are the
    provincial authority's; with what they have to do beside the work queue; and with whether they verify
    leads on time (None: not known)."""
    within = _own_overdue(known, code, queue)
    if n := n_to_publish(queue):
        within.append(to_publish(n))
    within += _own(known, code, queue)
    linked = stands.linked if on_time is None else [*stands.linked, _beside_nation(known, on_time)]
    here = of_region(known, code)
    reviews = here is not None and here["n_reviews"]
    decide = [to_decide(_deciding(known, here["deciding"]))] if here is not None and reviews else []
    decide += not_accepted(known, f"region_{code}")
    return replace(stands, linked=linked, within=within, decide=decide)


def _beside_nation(known: Gathered, on_time: Verified) -> tuple[Text, str, Text]:
    """The share of leads verified on time beside the nation's in the same window, with the page of leads."""
    note, nation = on_time.note, verified(known).get(NATION_CODE)
    if nation is not None:
        beside = nation.beside
        note = Text(f"{note.zh}；全国{beside.zh}", f"{note.en}; nation {beside.en}")
    return note, "tracing.html", Text("源头追溯", "Source tracing")


def n_to_publish(queue: Queue) -> int:
    """Return how many results the authorities of a province have to publish. ``queue``: their tasks."""
    return sum(r["task"] == PUBLISH for r in queue)


def _own_overdue(known: Gathered, code: str, queue: Queue) -> list[tuple[Text, str]]:
    """The overdue tasks of the provincial authority itself in words, each with the place that names its case,
    else its row on the page, else the list of the office; of more than MOST_DUTIES the list of all."""
    late = [r for r in queue if r["office_code"] == code and r["status"] == "overdue"]
    late.sort(key=lambda r: urgency(known, r))
    if not late:
        return []
    every = _list_of_own(known, code)
    rows = own_rows(known, queue, most=TASKS)
    found = []
    for r in late[:MOST_DUTIES]:
        row = rows.get((r["subject_type"], r["subject_id"]))
        link = record(known, r["subject_type"], r["subject_id"]) or (f"#{row}" if row else every)
        which = named(known, r["subject_type"], r["subject_id"]) or same(r["subject_id"])
        words = Text(
            f"本级逾期事项：{r['text_zh']}，{which.zh}",
            f"overdue at the authority itself: {r['text_en']}, {which.en}",
        )
        found.append((words, link))
    if len(late) > MOST_DUTIES:
        words = Text(
            f"本级逾期事项共{len(late):,}项",
            f"overdue at the authority itself, in all: {plural(len(late), 'task')}",
        )
        found.append((words, every))
    return found


def _own(known: Gathered, code: str, queue: Queue) -> list[tuple[Text, str]]:
    """How many tasks of which kind the provincial authority itself has, with the list of them; none where it
    has none. Kinds are tasks without their deadlines, which the overdue ones state above. Most frequent kinds
    come first; those of more than MOST_KINDS are counted together."""
    mine = [r for r in queue if r["office_type"] == "authority" and r["office_code"] == code]
    if not mine:
        return []
    ordered = Counter(map(_kind, mine)).most_common()
    kinds = [(Text(*words), n) for words, n in sorted(ordered, key=lambda each: (-each[1], each[0]))]
    if rest := sum(n for _, n in kinds[MOST_KINDS:]):
        kinds = [*kinds[:MOST_KINDS], (Text("其他", "other"), rest)]
    words = Text(
        f"本级事项共{len(mine):,}项：" + "、".join(f"{kind.zh}{n:,}项" for kind, n in kinds),
        f"all of the authority itself ({plural(len(mine), 'task')}): "
        + ", ".join(f"{kind.en} {n:,}" for kind, n in kinds),
    )
    return [(words, _list_of_own(known, code))]


def _kind(r: dict[str, Any]) -> tuple[str, str]:
    """The words of a task in both languages, without what its text says of the deadline after them."""
    kind = _KINDS.get(r["task"])
    if kind is None or not r["text_zh"].startswith(kind.zh):
        return r["text_zh"], r["text_en"]
    return kind.zh, kind.en


def _list_of_own(known: Gathered, code: str) -> str:
    """Address, from site/, of the tasks of the provincial authority itself."""
    return f"{group_page('region', code)}?tasks.1={quote(authority(known, code).zh)}#tasks"


def _deciding(known: Gathered, by_office: Counter[str]) -> list[tuple[Text, int]]:
    """The offices that decide reviews by name, those with most first, the others of more than MOST_DECIDING
    together."""
    ordered = sorted(by_office.items(), key=lambda each: (-each[1], each[0]))
    named = [(authority(known, office), n) for office, n in ordered[:MOST_DECIDING]]
    rest = ordered[MOST_DECIDING:]
    if rest:
        words = Text(f"其余{len(rest)}个监管部门", plural(len(rest), "other authority", "other authorities"))
        named.append((words, sum(n for _, n in rest)))
    return named

"""The opening of the first page: quality in one sentence, changes since the night before, and today's work by
office."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pandas as pd

from jobs.arrays import dicts
from jobs.marts.risk.news import USUAL
from jobs.reports import fresh
from jobs.reports.asked import RATE_KEY, RATES
from jobs.reports.figures import line, unlike_months, window_text
from jobs.reports.gathered import Gathered
from jobs.reports.indexes import part_of
from jobs.reports.material import Earlier
from jobs.reports.names import KINDS, NATION, NATION_CODE
from jobs.reports.numbers import by_as_shown, count, headline, missing, noun, points
from jobs.reports.pages.changed_things import MOST_NAMED, Change, batch, change
from jobs.reports.pages.gate import newest_verdicts
from jobs.reports.pages.moved import figure_moved
from jobs.reports.pages.offices import Office, offices
from jobs.reports.revised_rates import REVISED, Revision, revisions
from jobs.reports.wording import Text, ranged
from jobs.reports.year_before import not_compared

FINDINGS, QUEUE, SIGNALS = "gold.sampling_lifecycle", "gold.work_queue", "gold.risk_signal"
TASK = fresh.TASK
SIGNAL = ["key_type", "key_code", "opened_on"]
SOON = 7  # days
FAILED = "nonconforming"
# Tasks of each kind of `fresh.changed`, after their number.
LATE = ("项待办新逾期", "task newly overdue", "tasks newly overdue")
SOONER = ("项待办转为7天内到期", "task newly due within 7 days", "tasks newly due within 7 days")
NEW = ("项新待办", "new task", "new tasks")
ENDED = ("项待办已办结或不再需要办理", "task done or no longer due", "tasks done or no longer due")
NOT_TAKEN = ("refused", "held")
MOST_OFFICES, MOST_REVISED = 8, 3


def sentence(known: Gathered) -> Text | None:
    """Return a sentence on the nation's exposure rate by probability samples in `Gathered.window`, whether it
    differs from a year earlier, and the quality index where it is published. None where no rate can be shown
    (definitions.md#exposure-rate, definitions.md#year-on-year)."""
    row = known.rates.newest("nation", NATION_CODE, "probability")
    window = window_text(known.window, row)
    if row is None or window is None:
        return None
    stands = line(row, NATION)
    if not stands.reliable:
        return None
    zh = f"{window.zh}，全国网售商品加权不合格率为{stands.head.text.zh}"
    en = f"{window.en}: of goods sold online, weighted by units sold, {stands.head.text.en} do not conform"
    if stands.head.low is not None:
        zh += f"（95%区间{stands.head.interval}）"
        en += f" (95% interval {stands.head.interval})"
    moved = _moved(row, not_compared(known.rates, row, with_rate=True))
    zh, en = zh + moved.zh, en + moved.en
    index = part_of(known, "nation", NATION_CODE, NATION)
    if index is not None and index.published:
        zh += f"质量指数{index.score}（{index.period.zh}，90%区间{index.interval}）。"
        en += f" The quality index is {index.score} ({index.period.en}, 90% interval {index.interval})."
    return Text(zh, en)


def _moved(row: dict[str, Any], uncompared: Text) -> Text:
    """Return whether a rate changed from a year earlier, by the limits of the difference. ``uncompared``: why
    this cannot be said, where it has no such difference."""
    if missing(row["yoy_pp"]) or missing(row["yoy_low"]) or missing(row["yoy_high"]):
        return Text(f"；{uncompared.zh}。", f"; {uncompared.en}.")
    shown = points(row["yoy_pp"])
    limits = ranged(points(row["yoy_low"]), points(row["yoy_high"]))
    if row["yoy_low"] > 0:
        words = Text("高于上年同期", "higher than a year earlier")
    elif row["yoy_high"] < 0:
        words = Text("低于上年同期", "lower than a year earlier")
    else:
        words = Text("与上年同期无显著差异", "not significantly different from a year earlier")
    unlike = unlike_months(row) or Text("", "")
    return Text(
        f"，{words.zh}（{shown}个百分点，95%区间{limits.zh}）{unlike.zh}。",
        f", {words.en} ({shown} points, 95% interval {limits.en}){unlike.en}.",
    )


def changes(known: Gathered) -> list[Change] | None:
    """Return what differs from the last nightly run of an earlier date: findings, tasks, the nation's rate,
    revised rates, risk signals, files, tables. None where that night is not kept."""
    earlier = known.night.earlier
    if earlier is None:
        return None
    return [
        *_findings(known, earlier),
        *_tasks(known),
        *_rate(known, earlier),
        *_revised(known),
        *_signals(known, earlier),
        *_files(known, earlier),
        *_tables(known, earlier),
    ]


def _keys(frame: pd.DataFrame | None, columns: list[str]) -> set[tuple[Any, ...]]:
    if frame is None:
        return set()
    return set(zip(*(frame[column] for column in columns), strict=True))


def _findings(known: Gathered, earlier: Earlier) -> Iterator[Change]:
    before = earlier.tables.get(FINDINGS)
    if before is None:
        return
    now = known.night.frame(FINDINGS)
    failed = {s for s, outcome in zip(now["sample_id"], now["outcome"], strict=True) if outcome == FAILED}
    was = {s for s, outcome in zip(before["sample_id"], before["outcome"], strict=True) if outcome == FAILED}
    if failed - was:
        words = noun(
            len(failed - was),
            "批次新判为不合格",
            "batch newly found not to conform",
            "batches newly found not to conform",
        )
        yield _batches(known, "+", words, failed - was, bad=True)
    if was - failed:
        more = "no longer found so: overturned or corrected"
        words = noun(
            len(was - failed), "批次不再为不合格（复检改判或更正）", f"batch {more}", f"batches {more}"
        )
        yield _batches(known, "−", words, was - failed)


def _batches(known: Gathered, sign: str, words: Text, samples: set[Any], *, bad: bool = False) -> Change:
    """The first of the batches by name, each with the place that shows it; of more the bulletins."""
    named = [batch(known, str(sample)) for sample in sorted(samples)[:MOST_NAMED]]
    return change(sign, words, named, len(samples), "plans.html", bad=bad)


def _tasks(known: Gathered) -> Iterator[Change]:
    """Yield the changes of the queue, each with a link to the list that marks these tasks (`fresh`)."""
    found = fresh.changed(known)
    parts = (
        (fresh.LATE, "+", LATE, True),
        (fresh.SOON, "+", SOONER, False),
        (fresh.NEW, "+", NEW, False),
        (fresh.ENDED, "−", ENDED, False),
    )
    for kind, sign, words, bad in parts:
        if found[kind]:
            mark = fresh.MARK.get(kind)
            link = marked(mark) if mark else "work.html#ended"
            n = len(found[kind])
            yield Change(f"{sign}{count(n)}", noun(n, *words), link, bad)


def _rate(known: Gathered, earlier: Earlier) -> Iterator[Change]:
    """Yield the change of the nation's rate in the current window, where it or its limits read otherwise."""
    window, before = known.window, earlier.tables.get(RATES)
    row = known.rates.newest("nation", NATION_CODE, "probability")
    if window is None or before is None or row is None:
        return
    wanted = {column: row[column] for column in RATE_KEY}
    same = (before[list(wanted)] == pd.Series(wanted)).all(axis=1)
    was = next(iter(dicts(before[same])), None)
    if was is None:
        return
    name, months = (
        Text("全国加权不合格率", "national exposure rate"),
        window_text(replace(window, until=None)),
    )
    for made in figure_moved((name, headline(was)), (name, headline(row)), (months, months)):
        yield replace(made, number="", link="#nation")


def _revised(known: Gathered) -> Iterator[Change]:
    """Yield the nation's largest revision of a published rate, except of the window that `_rate` covers; and
    for each kind of unit how many have a revision, with the largest."""
    found = revisions(known.night.frame(REVISED), known.rates.through)
    shown = None if known.window is None else (known.window.period_type, known.window.start)
    for made in found:
        if (made.dimension, made.code) == ("nation", NATION_CODE) and (made.kind, made.start) != shown:
            words = revision_of(known, made).words
            yield Change(
                "",
                Text(
                    f"已发布的加权不合格率有修订：{words.zh}",
                    f"published exposure rate revised: {words.en}",
                ),
                "#nation",
            )
    found = [r for r in found if known.names.href(r.dimension, r.code)]
    for kind in KINDS.values():
        mine = [r for r in found if r.dimension == kind.dimension]
        if mine:
            called = (kind.one if len(mine) == 1 else kind.many).en.lower()
            words = Text(
                f"个{kind.one.zh}已发布的加权不合格率有修订",
                f"{called} with a revised published exposure rate",
            )
            parts = tuple(revision_of(known, r) for r in mine[:MOST_REVISED])
            yield Change(count(len(mine)), words, kind.listed, parts=parts)


def revision_of(known: Gathered, made: Revision) -> Change:
    """Return one unit's revised rate in words, with a link to the unit's page. ``made``: the revision."""
    name = known.names.of(made.dimension, made.code)
    by = by_as_shown(made.old, made.new)
    by_zh, by_en = (f"（{by}个百分点）", f" ({by} points)") if by else ("", "")
    words = Text(
        f"{name.zh}，{made.period.zh}：由{made.old.text.zh}修订为{made.new.text.zh}{by_zh}",
        f"{name.en}, {made.period.en}: from {made.old.text.en} to {made.new.text.en}{by_en}",
    )
    return Change("", words, known.names.href(made.dimension, made.code) or "")


def _signals(known: Gathered, earlier: Earlier) -> Iterator[Change]:
    before = earlier.tables.get(SIGNALS)
    if before is None:
        return
    live, was = (_keys(_open_news(t), SIGNAL) for t in (known.night.frame(SIGNALS), before))
    if live - was:
        yield Change(
            f"+{count(len(live - was))}",
            noun(len(live - was), "个新风险信号", "new risk signal"),
            "risk.html",
            True,
        )
    if was - live:
        yield Change(
            f"−{count(len(was - live))}",
            noun(len(was - live), "个风险信号关闭", "risk signal closed", "risk signals closed"),
            "risk.html",
        )


def _open_news(signals: pd.DataFrame) -> pd.DataFrame:
    """Return the open signals that are not usual; usual ones open again each quarter
    (definitions.md#signal)."""
    return signals[(signals["state"] == "open") & (signals["news"] != USUAL)]


def _files(known: Gathered, earlier: Earlier) -> Iterator[Change]:
    files = known.night.frame("ops.ingest_file")
    since = files[files["received_on"].map(lambda day: not missing(day) and day > earlier.date)]
    came, refused = (_distinct(rows) for rows in (since, since[since["status"].isin(NOT_TAKEN)]))
    if came:
        once = Text(
            "个新收文件（同一文件由多个数据流读取的，只计一次）",
            f"{'file' if came == 1 else 'files'} came in (a file read by several feeds is counted once)",
        )
        yield Change(f"+{count(came)}", once, "sources.html")
    if refused:
        words = Text("个新收文件被拒收或暂不采用", "of these refused or held")
        yield Change(f"+{count(refused)}", words, "ledger.html", bad=True)


def _distinct(files: pd.DataFrame) -> int:
    """How many different files there are by source, name and content; ``files``: rows of ops.ingest_file, one
    for each feed that reads a file."""
    return len(files[["source", "file", "sha256"]].drop_duplicates())


def _tables(known: Gathered, earlier: Earlier) -> Iterator[Change]:
    behind = {state.table for state in known.night.behind}
    if behind - earlier.behind:
        words = noun(
            len(behind - earlier.behind),
            "张表本次运行未能更新",
            "table was not updated by this run",
            "tables were not updated by this run",
        )
        yield Change(f"+{count(len(behind - earlier.behind))}", words, "gate.html", bad=True)
    if earlier.behind - behind:
        words = noun(
            len(earlier.behind - behind),
            "张表恢复更新",
            "table is up to date again",
            "tables are up to date again",
        )
        yield Change(f"−{count(len(earlier.behind - behind))}", words, "gate.html")


@dataclass(frozen=True)
class Rest:
    """Numbers of tasks of the offices that a table does not show: ``late``, ``today``, ``soon``, ``worst`` as
    in `Office`."""

    late: int
    today: int
    soon: int
    worst: int


@dataclass(frozen=True)
class Today:
    """The work queue by day; today is the night's date. ``overdue``, ``today``, ``week``: numbers of tasks
    overdue, due today, and due today or in the seven days after it, of all offices; ``offices``: those with
    something overdue or due within a week, those with most overdue tasks first, at most MOST_OFFICES;
    ``more``: how many further ones there are, and ``rest``: the sums of their tasks, None without any, so
    that the rows add up to the numbers of all offices; ``doubt``: what the gate says of the queue
    (`doubts`); ``old``: how many tasks are overdue for more than a year, of how many with a deadline, and the
    address of the former, None without any."""

    overdue: str
    today: str
    week: str
    offices: list[Office]
    more: int
    rest: Rest | None
    doubt: list[Text]
    old: tuple[str, str, str] | None


def today(known: Gathered) -> Today | None:
    """Return what `Today` says of gold.work_queue, numbers as texts: how many tasks are overdue, due on the
    night's date, and due on it or in the seven days after it; the offices with most overdue tasks, at most
    MOST_OFFICES, and the sums of the others; what the gate found wrong in the queue (`doubts`), and how many
    tasks are overdue for more than a year. None where the table is empty."""
    queue = known.night.frame(QUEUE)
    if queue.empty:
        return None
    day = known.night.date
    due = [d for d in queue["due"] if not missing(d) and d >= day]
    pressing = [office for office in offices(known, dicts(queue)) if office.late or office.soon]
    return Today(
        count(int((queue["status"] == "overdue").sum())),
        count(sum(d == day for d in due)),
        count(sum(d <= day + timedelta(days=SOON) for d in due)),
        pressing[:MOST_OFFICES],
        max(len(pressing) - MOST_OFFICES, 0),
        _rest(pressing[MOST_OFFICES:]),
        doubts(known),
        _old(queue),
    )


def _old(queue: pd.DataFrame) -> tuple[str, str, str] | None:
    n = sum(fresh.is_old(r) for r in dicts(queue[["days_left"]]))
    dated = int(queue["days_left"].notna().sum())
    return (count(n), count(dated), marked(fresh.MARK[fresh.OLD])) if n else None


def marked(mark: Text) -> str:
    """Return the address, from site/, of the tasks that bear a mark. ``mark``: a text of `fresh.MARK`."""
    return f"work.html?tasks.find={quote(mark.zh)}#tasks"


def _rest(hidden: list[Office]) -> Rest | None:
    if not hidden:
        return None
    return Rest(
        sum(o.late for o in hidden),
        sum(o.today for o in hidden),
        sum(o.soon for o in hidden),
        max(o.worst for o in hidden),
    )


def doubts(known: Gathered) -> list[Text]:
    """Return what the gate found wrong with the newest version of gold.work_queue, such as that many tasks
    are overdue by more than a year: its message of each failed check, each once. Who works through the queue
    has to know it there, as the tasks may long be done."""
    night = known.night
    found = newest_verdicts(night.frame("ops.gate_verdict"), night.frame("ops.run_log"))
    failed = found[found["table"].eq(QUEUE) & ~found["success"].astype(bool)]
    said = zip(failed["message_zh"], failed["message_en"], strict=True)
    return list(dict.fromkeys(Text(zh, en) for zh, en in said if not missing(zh) and not missing(en)))

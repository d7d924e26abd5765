"""Decides what is to be landed: pure, from what was found, what is remembered and what the sources say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from jobs.ingest.inbox import Arrival
from jobs.ingest.ledger import Edition, Ledger, load_key, row
from jobs.ingest.model import Feed, Reason, Source

NO_SOURCE = Reason("没有任何来源说明对应该文件夹", "no source YAML describes this folder")
NO_FEED = Reason("没有任何数据项接收该文件", "no feed takes this file")
REPEATED = Reason("内容与此前收到的文件相同", "the same content was received before")


@dataclass(frozen=True)
class Job:
    """A file × feed to be landed now. ``again``: under an edited mapping, so it keeps the day on which it was received."""

    edition: Edition
    path: str
    size: int
    mtime_ns: int
    source: Source
    feed: Feed
    received_on: date
    again: bool
    before: Any = None  # its newest entry, where it was handled before

    @property
    def load_key(self) -> str:
        return load_key(self.edition.source, self.feed.name, self.edition.sha256)


@dataclass
class Plan:
    """``jobs`` to land; ``rows`` of ops.ingest_file that need no reading; ``warnings`` that are not kept."""

    jobs: list[Job] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def make_plan(
    found: Iterable[tuple[Arrival, str]], ledger: Ledger, sources: Mapping[str, Source], holds: Callable[[str], bool], on: date
) -> Plan:
    """The plan for files found (with their SHA-256) and for all that the ledger knows of these sources. ``holds``: whether the
    content can be read from the raw store. The order of ``found`` does not matter."""
    plan = Plan()
    planned: set[str] = set()
    _land_again(plan, planned, ledger, sources, holds)
    here: set[Edition] = set()
    for arrival, sha256 in sorted(found, key=lambda f: (f[0].source, f[0].file, f[0].mtime_ns, f[0].shown)):
        edition = Edition(arrival.source, arrival.file, sha256)
        here.add(edition)
        _arrived(plan, planned, ledger, sources.get(arrival.source), arrival, edition, on, holds)
    for edition, entry in ledger.editions.items():  # a feed that is new takes files that are no longer in the inbox, too
        source = sources.get(edition.source)
        for feed in source.feeds if source is not None and edition not in here else ():
            key = load_key(source.name, feed.name, edition.sha256)
            if feed.matches(edition.file) and key not in ledger.newest and key not in planned and holds(edition.sha256):
                planned.add(key)
                received = ledger.received[edition]
                plan.jobs.append(Job(edition, entry.path, entry.size, entry.mtime_ns, source, feed, received, True))
    return plan


def _land_again(
    plan: Plan, planned: set[str], ledger: Ledger, sources: Mapping[str, Source], holds: Callable[[str], bool]
) -> None:
    lost: dict[tuple[str, str], int] = {}
    for key, entry in sorted(ledger.newest.items()):
        source = sources.get(entry.source)
        feed = source.feed(entry.feed) if source is not None else None
        if feed is None or entry.mapping == feed.mapping or not feed.matches(entry.file):
            continue
        if not holds(entry.sha256):
            lost[source.name, feed.name] = lost.get((source.name, feed.name), 0) + 1
            continue
        planned.add(key)
        plan.jobs.append(Job(entry.edition, entry.path, entry.size, entry.mtime_ns, source, feed, entry.received_on, True, entry))
    for (source_name, feed_name), count in sorted(lost.items()):
        plan.warnings.append(str(Reason(
            f"{source_name}.{feed_name}：映射已修改，但{count}个文件的原始副本已不在，修改只对新文件生效",
            f"{source_name}.{feed_name}: the mapping was edited, but the raw copies of {count} files are gone: "
            "it applies to new files only",
        )))


def _arrived(
    plan: Plan, planned: set[str], ledger: Ledger, source: Source | None, arrival: Arrival, edition: Edition, on: date,
    holds: Callable[[str], bool],
) -> None:
    at = (arrival.shown, arrival.size, arrival.mtime_ns)
    feeds = [feed for feed in source.feeds if feed.matches(arrival.file)] if source else []
    if not feeds and not ledger.seen(*at, ""):
        reason = NO_FEED if source else NO_SOURCE
        refused = {"status": "refused", "reason_zh": reason.zh, "reason_en": reason.en, "received_on": on}
        plan.rows.append(row(edition, *at, source, None, **refused))
    for feed in feeds:
        key = load_key(edition.source, feed.name, edition.sha256)
        before = ledger.newest.get(key)
        if before is None and key not in planned:
            if not holds(edition.sha256):
                continue  # it went away since it was found: it is met again, or not, next time
            planned.add(key)
            received = ledger.received.get(edition)
            plan.jobs.append(Job(edition, *at, source, feed, received or on, received is not None))
        elif not ledger.seen(*at, feed.name):
            repeated = {"status": "repeated", "reason_zh": REPEATED.zh, "reason_en": REPEATED.en, "received_on": on}
            plan.rows.append(row(edition, *at, source, feed, **repeated))

"""Plan a landing: which files are read by which feeds. Pure: from the files found, the ledger and the
sources.

For each pair of an edition and a feed there is one load key, which also depends on the editions that the feed
joins. A pair that has not landed under its load key and the feed's current mapping becomes a job. The files
that a feed joins are landed in an earlier plan, as a refused edition is not joined.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from jobs.ingest.delivery import day_of
from jobs.ingest.inbox import Arrival
from jobs.ingest.joined_files import Joined, Partners, newest_editions, only_joined, probe
from jobs.ingest.ledger import REPEATED_REASON, Changed, Edition, Ledger, load_key, row
from jobs.ingest.model import Feed, Reason, Source, fits, fits_any
from jobs.ingest.units import EXPIRED
from jobs.plurals import plural

NO_SOURCE = Reason("没有任何来源说明对应该文件夹", "no source YAML describes this folder")
NO_FEED = Reason("没有数据流接收该文件", "no feed takes this file")
Place = tuple[str, int, int]  # path as shown, size, time of change


@dataclass(frozen=True)
class Job:
    """A file to be landed by a feed. ``path``, ``size`` (bytes), ``mtime_ns``: as the file was found;
    ``received_on``: the day of receipt that its rows get; ``again``: it was received before and keeps that
    day; ``joined``: for each join of the feed the editions that it reads; ``joining``: the feeds that join
    the file, where no feed takes it."""

    edition: Edition
    path: str
    size: int
    mtime_ns: int
    source: Source
    feed: Feed
    load_key: str
    received_on: date
    again: bool
    joined: Joined = ()
    joining: tuple[Feed, ...] = ()
    before: Any = None  # the newest entry of its load key, where there is one


@dataclass
class Plan:
    """The result of `make_plan`. ``jobs``: files to be landed now; ``rows``: rows of ops.ingest_file for
    files that need not be read (received before, or taken by no feed);
    ``waiting``: names of the sources to be planned again when the jobs are done, as more of their files join
    those of the jobs; ``lost``: of the other sources, by source and feed, how many editions would be landed
    anew, if a raw copy were still there (`lost_copies`)."""

    jobs: list[Job] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    waiting: frozenset[str] = frozenset()
    lost: dict[tuple[str, str], int] = field(default_factory=dict)


@dataclass
class _Group:
    """Editions of one source that one feed lands under one load key."""

    source: Source
    feed: Feed
    key: str
    joined: Joined
    joining: tuple[Feed, ...]
    editions: list[Edition] = field(default_factory=list)
    job: Job | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)
    lost: int = 0  # editions that would be landed anew, if a raw copy were still there


def make_plan(
    found: Iterable[tuple[Arrival, str]],
    ledger: Ledger,
    sources: Mapping[str, Source],
    holds: Callable[[str], bool],
    on: date,
    done: Collection[str] = frozenset(),
) -> Plan:
    """Plan the landing of the files found, and of all editions that the ledger knows of these sources, as
    their mapping may have changed.

    ``found``: pairs of a file and its SHA-256 (hex), in any order; ``sources``: those to be landed, by name;
    ``holds``: whether the raw store has a content (SHA-256); ``on``: the day of receipt of new files;
    ``done``: load keys that this landing has landed already.
    """
    plan = Plan()
    here: dict[Edition, list[Place]] = {}
    for arrival, sha256 in sorted(found, key=lambda f: (f[0].source, f[0].file, f[0].mtime_ns, f[0].shown)):
        edition = Edition(arrival.source, arrival.file, sha256)
        here.setdefault(edition, []).append((arrival.shown, arrival.size, arrival.mtime_ns))
    known: dict[str, dict[Edition, Changed]] = {}  # by source
    for edition in ledger.editions:
        if edition.source in sources:
            known.setdefault(edition.source, {})[edition] = ledger.changed[edition]
    for edition, places in here.items():
        met = [ledger.place(edition, mtime_ns) for _, _, mtime_ns in places]
        own = known.setdefault(edition.source, {})
        own[edition] = max([*met, own.get(edition, met[0])])
    plan.rows = [
        line for edition, places in here.items() for line in _nobodys(edition, places, ledger, sources, on)
    ]
    groups = [
        group
        for source in sources.values()
        for group in _groups(source, known.get(source.name, {}), here, ledger)
    ]
    wanted = {(edition, group.feed.name) for group in groups for edition in group.editions}
    for group in groups:
        _propose(group, ledger, here, wanted, holds, on, done)
    ready = _ready(groups)
    waiting = {id(group) for group in groups} - {id(group) for group in ready}
    plan.waiting = frozenset(group.source.name for group in groups if id(group) in waiting)
    plan.jobs = [group.job for group in ready if group.job]
    plan.rows += [line for group in ready for line in group.rows]
    for group in groups:
        if group.lost and group.source.name not in plan.waiting:
            place = group.source.name, group.feed.name
            plan.lost[place] = plan.lost.get(place, 0) + group.lost
    return plan


def make_plans(
    found: Sequence[tuple[Arrival, str]],
    ledger: Ledger,
    sources: Mapping[str, Source],
    holds: Callable[[str], bool],
    on: date,
    done: Collection[str],
) -> Iterator[Plan]:
    """Yield the plans of a landing (`make_plan`): the first of all sources, each further one of those that
    the plan before it left waiting. The caller lands the jobs of each plan, and adds their load keys to
    ``done`` and their rows to ``ledger``, before it asks for the next. Arguments as of `make_plan`."""
    plan = make_plan(found, ledger, sources, holds, on, done)
    yield plan
    while plan.waiting:
        left = {name: source for name, source in sources.items() if name in plan.waiting}
        found = [each for each in found if each[0].source in left]
        plan = make_plan(found, ledger, left, holds, on, done)
        yield plan


def _nobodys(
    edition: Edition, places: list[Place], ledger: Ledger, sources: Mapping[str, Source], on: date
) -> Iterable[dict[str, Any]]:
    """Rows for a file that no feed takes or joins, where it is not written down yet."""
    source = sources.get(edition.source)
    if source is not None and (
        any(f.matches(edition.file) for f in source.feeds) or only_joined(source, edition.file)
    ):
        return
    reason = NO_FEED if source else NO_SOURCE
    for place in places:
        if not ledger.seen(*place, ""):
            yield row(
                edition,
                *place,
                source,
                None,
                status="refused",
                reason_zh=reason.zh,
                reason_en=reason.en,
                received_on=on,
            )


def _groups(
    source: Source, known: Mapping[Edition, Changed], here: Mapping[Edition, Any], ledger: Ledger
) -> list[_Group]:
    """What should be landed of one source. An edition that lies in the inbox goes before one that is only
    remembered."""
    groups: dict[str, _Group] = {}
    newest = newest_editions(known, ledger.refused) if any(feed.joins for feed in source.feeds) else {}
    partners = {feed.name: Partners(feed, source, newest) for feed in source.feeds}
    every = {feed.files for feed in source.feeds}  # feeds that read one file mostly have the same globs
    for edition in sorted(known, key=lambda e: (e not in here, e.file, known[e], e.sha256)):
        taken = {globs for globs in every if fits_any(edition.file, globs)}
        joining = () if taken else tuple(only_joined(source, edition.file))
        for feed in [probe(source, joining)] if joining else [f for f in source.feeds if f.files in taken]:
            joined = partners[feed.name].of(edition.file) if feed.joins else ()
            named = edition.file if feed.reads_name else ""
            key = load_key(source.name, feed.name, edition.sha256, joined, named)
            if key not in groups:
                groups[key] = _Group(source, feed, key, joined, joining)
            groups[key].editions.append(edition)
    return list(groups.values())


def _propose(
    group: _Group,
    ledger: Ledger,
    here: Mapping[Edition, list[Place]],
    wanted: Collection[tuple[Edition, str]],
    holds: Callable[[str], bool],
    on: date,
    done: Collection[str],
) -> None:
    """The group's job, and rows for editions whose content was landed under another file name. ``wanted``:
    every edition × feed."""
    name, entry = group.feed.name, ledger.newest.get(group.key)
    current = {edition: ledger.current.get(edition, {}).get(name) for edition in group.editions}
    moved = {edition for edition, last in current.items() if last is not None and last.load_key != group.key}
    owner = (
        entry.edition
        if entry is not None and entry.edition in current and entry.edition not in moved
        else None
    )
    first = owner or group.editions[0]
    last = current[first]
    outside = (
        entry is not None
        and owner is None
        and entry.edition not in current
        and (entry.edition, name) not in wanted
    )
    expired = last is not None and ledger.newest.get(last.load_key, last).status == EXPIRED
    if (
        group.key not in done
        and not outside
        and not expired
        and (owner is None or entry is None or entry.mapping != group.feed.mapping)
    ):
        if not all(map(holds, (first.sha256, *(e.sha256 for editions in group.joined for e in editions)))):
            group.lost = len(moved) if owner is None else len(group.editions)
            return  # a file that went away since it was found is met again, or not, next time
        received = ledger.received.get(first)
        # Rows are known no sooner than each file that they are joined with was there, in any edition.
        days = [received or on, *(ledger.first.get(e[:2], on) for editions in group.joined for e in editions)]
        place = here[first][0] if first in here else _place(ledger, first)
        group.job = Job(
            first,
            *place,
            group.source,
            group.feed,
            group.key,
            max(days),
            received is not None,
            group.joined,
            group.joining,
            entry,
        )
    for edition in group.editions:
        again = edition in moved and edition != first
        for place in here.get(edition) or ([_place(ledger, edition)] if again else []):
            mine = group.job is not None and edition == first and place[0] == group.job.path
            if not mine and (again or not ledger.seen(*place, name)):
                repeated: dict[str, Any] = {
                    "status": "repeated",
                    "reason_zh": REPEATED_REASON.zh,
                    "reason_en": REPEATED_REASON.en,
                    "received_on": on,
                    "delivered_on": day_of(group.feed.delivered, edition.file),
                }
                group.rows.append(
                    row(edition, *place, group.source, group.feed, load_key=group.key, **repeated)
                )


def _place(ledger: Ledger, edition: Edition) -> Place:
    entry = ledger.editions[edition]
    return entry.path, entry.size, entry.mtime_ns


def _ready(groups: list[_Group]) -> list[_Group]:
    """The groups that join no file which is itself landed in this plan; all of them where files join each
    other."""
    landing: dict[str, set[str]] = {}
    for group in groups:
        if group.job is not None:
            landing.setdefault(group.source.name, set()).add(group.job.edition.file)
    joined = {
        (source, feed.name): {
            file for file in landing.get(source, ()) if any(fits(file, join.file) for join in feed.joins)
        }
        for source, feed in {(g.source.name, g.feed.name): (g.source.name, g.feed) for g in groups}.values()
    }
    ready = [g for g in groups if not joined[g.source.name, g.feed.name] - {e.file for e in g.editions}]
    return ready if any(group.job for group in ready) else groups


def lost_copies(lost: Mapping[tuple[str, str], int]) -> list[str]:
    """The warnings about files that cannot be landed anew, sorted by source and feed. ``lost``: of all plans
    of a landing (`Plan.lost`)."""
    return [
        str(
            Reason(
                f"{source}.{feed}：映射或关联文件已变，但{count}个文件的原始副本已不在，变更只对新文件生效",
                f"{source}.{feed}: the mapping or a joined file changed, but the raw copies of "
                f"{plural(count, 'file')} are gone: it applies to new files only",
            )
        )
        for (source, feed), count in sorted(lost.items())
    ]

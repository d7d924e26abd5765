"""Choose the files of the same delivery that a file is joined with (definitions.md#join). Pure: by names,
editions and times; no file is opened. A delivery is what a provider hands in for one day; it is known by the
date in the files' names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from jobs.ingest.delivery import day_of
from jobs.ingest.ledger import Changed, Edition
from jobs.ingest.model import Feed, Source, fits

Joined = tuple[
    tuple[Edition, ...], ...
]  # for each join of a feed the editions that it reads, in the order of delivery


def newest_editions(
    editions: Mapping[Edition, Changed], refused: Callable[[Edition], bool]
) -> dict[Edition, Changed]:
    """The newest edition of each file that is not refused, with its place in the order of editions; sorted by
    file name.

    ``editions``: those of one source, with their places (`place_in_order`); ``refused``: whether an edition
    must not be joined. The newest has the largest place; of equal ones, the greatest hash.
    """
    newest: dict[str, Edition] = {}
    for edition, _ in sorted(editions.items(), key=lambda e: (e[1], e[0].sha256)):
        if not refused(edition):
            newest[edition.file] = edition
    return {newest[file]: editions[newest[file]] for file in sorted(newest)}


class Partners:
    """The files that files of one feed are joined with, for each join of the feed."""

    def __init__(self, feed: Feed, source: Source, here: Mapping[Edition, Changed]):
        """``here``: the newest editions of the source's files (`newest_editions`)."""
        self._feed = feed
        self._joins: list[list[tuple[Edition, date | None]]] = [
            sorted(
                (
                    (edition, joined_day(feed, edition.file, source))
                    for edition in here
                    if fits(edition.file, join.file)
                ),
                key=lambda each: (each[1] or date.min, here[each[0]], each[0].sha256, each[0].file),
            )
            for join in feed.joins
        ]

    def of(self, file: str) -> Joined:
        """For each join of the feed, the editions of other files that ``file`` is joined with; each content
        once.

        These are the files with the same delivery date or without one; all files where ``file`` has no date.
        They are sorted by the date in the name, then by time of change. A join of sheets or tables of the
        same file gives ().
        """
        day = day_of(self._feed.delivered, file) if self._joins else None
        return tuple(
            ()
            if join.of_same(file)
            else tuple(
                {
                    edition.sha256: edition
                    for edition, other in reversed(editions)
                    if edition.file != file and (day is None or other is None or day == other)
                }.values()
            )[::-1]
            for join, editions in zip(self._feed.joins, self._joins, strict=True)
        )


def joined_day(feed: Feed, file: str, source: Source) -> date | None:
    """The delivery date in the name of a joined file, by the `delivered` of the feed that takes the file,
    else by the date pattern of ``feed``; None where the name has no such date, and wherever ``feed``, which
    joins the file, states no `delivered`."""
    if not feed.delivered:
        return None
    stated = next((f.delivered for f in source.feeds if f.delivered and f.matches(file)), None)
    return day_of(stated or re.sub(r"^[^{]*|[^}]*$", "", feed.delivered), file)


def only_joined(source: Source, file: str) -> list[Feed]:
    """The feeds of the source that join ``file``, where no feed takes it; [] where one does. ``file``: a path
    below the source's folder."""
    if any(feed.matches(file) for feed in source.feeds):
        return []
    return [feed for feed in source.feeds if any(fits(file, join.file) for join in feed.joins)]


def probe(source: Source, feeds: Sequence[Feed]) -> Feed:
    """The feed under which a file lands that ``feeds`` join and no feed takes. It has no name, no target and
    no columns, and a mapping made of theirs: such a file is only read, to see whether it can be read
    (`joins.probe`). ``feeds``: at least one."""
    mapping = hashlib.sha256("\n".join(feed.mapping for feed in feeds).encode()).hexdigest()
    return Feed(source.name, "", "", (), feeds[0].format, (), feeds[0].timezone, mapping=mapping)

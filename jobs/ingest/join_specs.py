"""Read `join:` of a feed (definitions.md#join), which states from which other files of the same delivery
columns are taken, and by which key."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

from jobs.contracts.shapes import shaped
from jobs.ingest.model import NESTED, Feed, Join
from jobs.ingest.paths import parse_path
from jobs.ingest.source_files import SourceDocument
from jobs.ingest.source_shape import JoinShape
from jobs.strict_yaml import KeyPath


def read_joins(
    doc: SourceDocument, items: list[Any], at: KeyPath, label: str, style: str
) -> tuple[Join, ...]:
    """The joins of a feed, in the order in which they are written; a join that does not have the fields of
    JoinShape is left out. ``items``: the elements of `join:`; ``at``: the keys that lead to the feed in the
    document; ``label``: the feed's name in messages; ``style``: its format.

    Problems go to ``doc``: also a column that is taken twice, or that the record uses as a key already, and,
    in nested formats, a key that is no path or gives a list.
    """
    joins: list[Join] = []
    for i, item in enumerate(items):
        here, field = (*at, "join", i), f"{label}.join[{i}]"
        shape = shaped(doc, JoinShape, item, here, field)
        if shape is None:
            continue
        join = Join(shape.file, shape.by, shape.take, shape.missing, shape.sheet, shape.table)
        _taken_once(doc, join, joins, (*here, "take"), f"{field}.take")
        _paths(doc, join, joins, style, (*here, "by"), f"{field}.by")
        joins.append(join)
    return tuple(joins)


def _taken_once(doc: SourceDocument, join: Join, before: list[Join], at: KeyPath, label: str) -> None:
    known = {name for other in before for name in other.take}
    keys = {name for other in [*before, join] for name, _ in other.by} - known
    for n, name in enumerate(join.take):
        if name in known or name in join.take[:n]:
            doc.wrong(at, label, f"{name!r} is taken twice")
        elif name in keys:
            doc.wrong(at, label, f"{name!r} is a column of the record already: a join takes it by this name")


def _paths(doc: SourceDocument, join: Join, before: list[Join], style: str, at: KeyPath, label: str) -> None:
    """In nested formats the key of a record is a path to one value."""
    known = {name for other in before for name in other.take}
    for name, _ in join.by if style in NESTED else ():
        try:
            if name not in known and "*" in parse_path(name.removeprefix("..")):
                doc.wrong(at, label, f"{name} gives a list, but a key is one value")
        except ValueError as error:
            doc.wrong(at, label, str(error))


def with_layouts(feed: Feed, feeds: list[Feed]) -> Feed:
    """The feed with a ``mapping`` (hash) that also depends on how the files that it joins are read, so that
    its files land again where a feed for those files changes. ``feeds``: all feeds of the source. A feed
    without joins is returned as it is."""
    if not feed.joins:
        return feed
    layouts = [
        [
            f.name,
            f.files,
            f.format,
            f.encoding,
            vars(f.options),
            f.member,
            f.explode,
            f.explode_by,
            f.explode_with,
            f.delivered,
        ]
        for f in feeds
    ]
    content = json.dumps([feed.mapping, layouts], ensure_ascii=False, sort_keys=True)
    return replace(feed, mapping=hashlib.sha256(content.encode()).hexdigest())

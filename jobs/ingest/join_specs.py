"""`join:` of a feed (definitions.md#join): which other files of the same delivery it takes columns from, and
by which keys."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from jobs.ingest.model import NESTED, Feed, Join
from jobs.ingest.paths import parse_path
from jobs.ingest.source_files import SourceDocument
from jobs.strict_yaml import KeyPath

MISSING = ("null", "reject")


def read_joins(doc: SourceDocument, value: Any, at: KeyPath, label: str, style: str) -> tuple[Join, ...]:
    """The joins of a feed in their order; problems go to ``doc``. ``style``: the feed's format."""
    at, label = (*at, "join"), f"{label}.join"
    joins: list[Join] = []
    for i, item in enumerate(doc.sequence(value, at, label)):
        here, field = (*at, i), f"{label}[{i}]"
        given = doc.mapping(item, here, field, ("file", "by", "take", "missing"), ("file", "by", "take"))
        by: Any = given.get("by") if isinstance(given.get("by"), Mapping) else {}
        if "by" in given and not (
            by and all(isinstance(v, str) and v.strip() and k.strip() for k, v in by.items())
        ):
            doc.wrong(
                (*here, "by"), f"{field}.by", "must map columns of the record to columns of the joined file"
            )
            by = {}
        take = doc.sequence(given.get("take", []), (*here, "take"), f"{field}.take")
        if "take" in given and not take:
            doc.wrong((*here, "take"), f"{field}.take", "must name at least one column of the joined file")
        join = Join(
            file=doc.text(given["file"], (*here, "file"), f"{field}.file") if "file" in given else "",
            by=tuple((k.strip(), v.strip()) for k, v in by.items()),
            take=tuple(
                doc.text(name, (*here, "take", n), f"{field}.take").strip() for n, name in enumerate(take)
            ),
            missing=doc.one_of(
                given.get("missing", "null"), (*here, "missing"), f"{field}.missing", MISSING, "null"
            ),
        )
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
    """The feed with a mapping that also depends on how the source's other files are read, where it joins such
    files."""
    if not feed.joins:
        return feed
    layouts = [
        [f.name, f.files, f.format, f.encoding, vars(f.options), f.member, f.explode, f.delivered]
        for f in feeds
    ]
    content = json.dumps([feed.mapping, layouts], ensure_ascii=False, sort_keys=True)
    return replace(feed, mapping=hashlib.sha256(content.encode()).hexdigest())

"""Read one feed of a source YAML (definitions.md#feed): its target, key, columns, joins and volume, checked
against the contract of the target, the silver table that it fills."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from jobs.contracts.catalog import Catalog
from jobs.contracts.document import suggestion
from jobs.contracts.model import Contract
from jobs.contracts.shapes import shaped
from jobs.ingest.columns import read_columns
from jobs.ingest.join_specs import read_joins
from jobs.ingest.layouts import read_layout
from jobs.ingest.model import ColumnMap, Feed
from jobs.ingest.personal import with_representative
from jobs.ingest.source_files import SourceDocument
from jobs.ingest.source_shape import FeedShape
from jobs.ingest.values import Lookups
from jobs.strict_yaml import KeyPath

LANDING_VERSION = (
    4  # raised when landing reads the same YAML in another way: every file is landed anew from its raw copy
)


class Whole(NamedTuple):
    """What a source states for all of its feeds: its name, time zone (IANA), and country (ISO 3166-1) and
    currency (ISO 4217); the last two are None where it states none."""

    source: str
    timezone: str
    jurisdiction: str | None
    currency: str | None


def read_feed(
    doc: SourceDocument, whole: Whole, name: str, value: Any, catalog: Catalog, lookups: Lookups
) -> Feed | None:
    """The Feed that ``value`` describes; None where a problem was added to ``doc``. First the structure is
    checked, and only where it is right, what the values mean.

    ``whole``: what the source states for all feeds; ``name``: the feed's; ``value``: the feed as written,
    with its `extends` merged in; ``catalog``: the contracts; ``lookups``: reads a lookup by name.
    """
    at, label = ("feeds", name), f"feeds.{name}"
    before = len(doc.problems)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        doc.wrong(at, label, "a feed's name must be small letters, digits and _")
    feed = shaped(doc, FeedShape, value, at, label)
    contract = _target(doc, feed.target, at, label, catalog) if feed else None
    if feed is None or contract is None:
        return None
    layout = read_layout(doc, feed, at, label)
    if feed.mode == "snapshot" and contract.by_month:
        what = f"snapshot does not fit {contract.name}: events stay even where a later delivery lacks them"
        doc.wrong((*at, "mode"), f"{label}.mode", what)
    columns = read_columns(
        doc, feed.columns, (*at, "columns"), f"{label}.columns", contract, feed.version, layout, lookups
    )
    columns = with_representative(columns, contract)
    joins = read_joins(doc, feed.join, at, label, layout.format)
    if layout.explode_by is not None:
        parts = {layout.explode or "", *layout.explode_with} if layout.explode_with else {"."}
        _of_parts(doc, columns, parts, {name for join in joins for name in join.take}, at, label)
        _ignored_by_parts(doc, feed.ignore, parts, at, label)
    mapped = {c.name for c in columns}
    # A column whose value is wrong has that problem only.
    _keys(doc, feed.key, at, label, contract, mapped | {*feed.columns})
    if feed.version and feed.version not in mapped:
        what = f"{feed.version!r} is not one of the columns{suggestion(feed.version, mapped)}"
        doc.wrong((*at, "version"), f"{label}.version", what)
    result = Feed(
        source=whole.source,
        name=name,
        target=contract.name,
        files=feed.files,
        columns=columns,
        timezone=whole.timezone,
        delivered=feed.delivered,
        version=feed.version,
        mode=feed.mode,
        ignore=feed.ignore,
        joins=joins,
        **layout._asdict(),
        volume_min=feed.volume.min,
        volume_max=feed.volume.max,
        shrink=feed.volume.shrink,
        event_date=contract.event_date if contract.event_date in mapped else None,
        cadence=feed.cadence,
        key=contract.key,
        jurisdiction=feed.jurisdiction or whole.jurisdiction,
        currency=feed.currency or whole.currency,
    )
    return replace(result, mapping=_hash(result, value)) if len(doc.problems) == before else None


def _of_parts(
    doc: SourceDocument,
    columns: tuple[ColumnMap, ...],
    parts: set[str],
    taken: set[str],
    at: KeyPath,
    label: str,
) -> None:
    """A part of a text has no fields: columns read it, its record's or what is joined. ``parts``: the names
    of parts, `.` where one column is split."""
    for column in columns:
        for name in column.inputs:
            if name not in parts and not name.startswith("..") and name not in taken:
                what = f"a part of a text has no fields: write {' or '.join(sorted(parts))} for the part"
                place = f"{label}.columns.{column.name}"
                doc.wrong((*at, "columns", column.name), place, f"{name}: {what}, ..{name} for its record's")


def _ignored_by_parts(
    doc: SourceDocument, ignored: Iterable[str], parts: set[str], at: KeyPath, label: str
) -> None:
    """A name that is no part and not `..name` is met in no record: the column that it means would be reported
    as drift each night."""
    for name in ignored:
        if name not in parts and not name.startswith(".."):
            what = f"a part of a text has no fields: write ..{name} for its record's"
            doc.wrong((*at, "ignore"), f"{label}.ignore", f"{name}: {what}")


def _target(doc: SourceDocument, value: Any, at: KeyPath, label: str, catalog: Catalog) -> Contract | None:
    targets = catalog.targets()
    if value in targets:
        return catalog.contracts[f"silver.{value}"]
    what = f"no silver table {value!r} takes feeds{suggestion(value, targets)}"
    doc.wrong((*at, "target"), f"{label}.target", what)
    return None


def _keys(
    doc: SourceDocument, given: list[Any], at: KeyPath, label: str, contract: Contract, mapped: set[str]
) -> None:
    at, label = (*at, "key"), f"{label}.key"
    if sorted(map(str, given)) != sorted(contract.key):
        doc.wrong(at, label, f"must be exactly the key of {contract.name}: [{', '.join(contract.key)}]")
    for column in contract.columns:
        if (column.required or column.name in contract.key) and column.name not in mapped:
            field = f"{label.removesuffix('.key')}.columns.{column.name}"
            doc.wrong((*at[:-1], "columns"), field, f"is required by {contract.name} but not mapped")


def _hash(feed: Feed, written: Mapping[str, Any]) -> str:
    """Of all that decides how a file lands: the feed as written and resolved, its lookups, and what the
    contract adds."""
    looked_up = {
        c.name: [sorted(v.operation.values.items()) for v in c.value.walk() if v.operation]
        for c in feed.columns
    }
    derived = [
        [c.name, c.type, c.required, c.personal, c.free_text, c.code, looked_up.get(c.name)]
        for c in feed.columns
    ]
    how = {key: value for key, value in written.items() if key != "cadence"} | feed.nation
    content = [LANDING_VERSION, feed.source, feed.name, feed.timezone, feed.event_date, how, derived]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()

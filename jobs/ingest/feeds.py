"""One feed of a source YAML (definitions.md#feed): target, key, columns and volume, checked against the
target's contract."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

from jobs.contracts.catalog import Catalog
from jobs.contracts.document import suggestion
from jobs.contracts.model import Contract
from jobs.deployment import country, currency
from jobs.ingest.columns import read_columns
from jobs.ingest.delivery import compile_delivery
from jobs.ingest.join_specs import read_joins
from jobs.ingest.layouts import number, read_layout
from jobs.ingest.model import CADENCES, ColumnMap, Feed
from jobs.ingest.personal import with_representative
from jobs.ingest.records import header_text
from jobs.ingest.source_files import SourceDocument
from jobs.ingest.values import Lookups
from jobs.strict_yaml import KeyPath

LANDING_VERSION = (
    3  # raised when landing reads the same YAML in another way: every file is landed anew from its raw copy
)
_FEED = (
    "target",
    "cadence",
    "jurisdiction",
    "currency",
    "files",
    "delivered",
    "format",
    "encoding",
    "options",
    "member",
    "explode",
    "join",
    "key",
    "version",
    "mode",
    "columns",
    "ignore",
    "volume",
)


class Whole(NamedTuple):
    """What a source says for all of its feeds; ``jurisdiction``, ``currency``: None where it says none."""

    source: str
    timezone: str
    jurisdiction: str | None
    currency: str | None


def read_feed(
    doc: SourceDocument, whole: Whole, name: str, value: Any, catalog: Catalog, lookups: Lookups
) -> Feed | None:
    """The Feed that ``value`` describes, None where ``doc.problems`` got lines."""
    at, label = ("feeds", name), f"feeds.{name}"
    before = len(doc.problems)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        doc.wrong(at, label, "a feed's name must be small letters, digits and _")
    feed = doc.mapping(value, at, label, _FEED, ("target", "files", "format", "key", "columns"))
    contract = _target(doc, feed.get("target"), at, label, catalog)
    layout = read_layout(doc, feed, at, label)
    mode = doc.one_of(
        feed.get("mode", "upsert"), (*at, "mode"), f"{label}.mode", ("upsert", "append", "snapshot"), "upsert"
    )
    if contract is None or layout is None:
        return None
    if mode == "snapshot" and contract.refresh == "months":
        doc.wrong(
            (*at, "mode"),
            f"{label}.mode",
            f"snapshot does not fit {contract.name}: events stay even where a later delivery lacks them",
        )
    version = doc.text(feed["version"], (*at, "version"), f"{label}.version") if "version" in feed else None
    columns = read_columns(
        doc, feed.get("columns", {}), (*at, "columns"), f"{label}.columns", contract, version, layout, lookups
    )
    columns = with_representative(columns, contract)
    joins = read_joins(doc, feed["join"], at, label, layout.format) if "join" in feed else ()
    if layout.explode_by is not None:
        _of_parts(doc, columns, {name for join in joins for name in join.take}, at, label)
    mapped = {c.name for c in columns}
    _keys(doc, feed.get("key"), at, label, contract, mapped)
    if version and version not in mapped:
        doc.wrong(
            (*at, "version"),
            f"{label}.version",
            f"{version!r} is not one of the columns{suggestion(version, mapped)}",
        )
    ignore = tuple(
        header_text(doc.text(v, (*at, "ignore", i), f"{label}.ignore"))
        for i, v in enumerate(doc.sequence(feed.get("ignore", []), (*at, "ignore"), f"{label}.ignore"))
    )
    result = Feed(
        source=whole.source,
        name=name,
        target=contract.name,
        files=_files(doc, feed.get("files"), at, label),
        columns=columns,
        timezone=whole.timezone,
        delivered=_delivered(doc, feed.get("delivered"), at, label),
        version=version,
        mode=mode,
        ignore=ignore,
        joins=joins,
        **layout._asdict(),
        **_volume(doc, feed.get("volume", {}), at, label),
        event_date=contract.event_date if contract.event_date in mapped else None,
        cadence=_cadence(doc, feed, at, label),
        key=contract.key,
        jurisdiction=read_jurisdiction(doc, feed, at, label) or whole.jurisdiction,
        currency=read_currency(doc, feed, at, label) or whole.currency,
    )
    return replace(result, mapping=_hash(result, feed)) if len(doc.problems) == before else None


def read_jurisdiction(doc: SourceDocument, given: Mapping[str, Any], at: KeyPath, label: str) -> str | None:
    """`jurisdiction` of a source or a feed: a code of ISO 3166-1, None where it is not stated."""
    field = f"{label}.jurisdiction".lstrip(".")
    return (
        country(doc, given["jurisdiction"], (*at, "jurisdiction"), field) if "jurisdiction" in given else None
    )


def read_currency(doc: SourceDocument, given: Mapping[str, Any], at: KeyPath, label: str) -> str | None:
    """`currency` of a source or a feed: a code of ISO 4217, None where it is not stated."""
    field = f"{label}.currency".lstrip(".")
    return currency(doc, given["currency"], (*at, "currency"), field) if "currency" in given else None


def _of_parts(
    doc: SourceDocument, columns: tuple[ColumnMap, ...], taken: set[str], at: KeyPath, label: str
) -> None:
    """A part of a text has no fields: columns read it, its record's or what is joined."""
    for column in columns:
        for name in column.inputs:
            if name != "." and not name.startswith("..") and name not in taken:
                what = "a part of a text has no fields: write . for the part"
                place = f"{label}.columns.{column.name}"
                doc.wrong((*at, "columns", column.name), place, f"{name}: {what}, ..{name} for its record's")


def _files(doc: SourceDocument, value: Any, at: KeyPath, label: str) -> tuple[str, ...]:
    """One glob or a list of them, each once."""
    at, label = (*at, "files"), f"{label}.files"
    if not isinstance(value, list):
        return (doc.text(value, at, label),)
    if not value:
        doc.wrong(at, label, "must name at least one glob")
    globs = tuple(doc.text(each, (*at, i), label) for i, each in enumerate(value))
    for i, glob in enumerate(globs):
        if glob in globs[:i]:
            doc.wrong((*at, i), label, f"{glob!r} stands twice")
    return globs


def _volume(doc: SourceDocument, value: Any, at: KeyPath, label: str) -> dict[str, Any]:
    """`volume`: rows of one delivery, and `shrink`, the least share of the earlier edition's records that a
    later one may have."""
    at, label = (*at, "volume"), f"{label}.volume"
    volume = doc.mapping(value, at, label, ("min", "max", "shrink"))
    limits = {k: number(doc, volume[k], (*at, k), f"{label}.{k}") for k in ("min", "max") if k in volume}
    if limits.get("min", 0) > limits.get("max", float("inf")):
        doc.wrong(at, label, "min is above max")
    result = {"volume_min": limits.get("min", 0), "volume_max": limits.get("max")}
    if "shrink" not in volume:
        return result
    share = volume["shrink"]
    if isinstance(share, str) and re.fullmatch(r"0(?:\.[0-9]{1,6})?|1(?:\.0{1,6})?", share):
        return result | {"shrink": Fraction(share)}
    doc.wrong((*at, "shrink"), f"{label}.shrink", f"must be from 0 to 1, not {share!r}")
    return result


def _cadence(doc: SourceDocument, feed: Mapping[str, Any], at: KeyPath, label: str) -> str | None:
    if "cadence" not in feed:
        return None
    own: str = doc.one_of(feed["cadence"], (*at, "cadence"), f"{label}.cadence", CADENCES, "irregular")
    return own


def _target(doc: SourceDocument, value: Any, at: KeyPath, label: str, catalog: Catalog) -> Contract | None:
    targets = catalog.targets()
    if value in targets:
        return catalog.contracts[f"silver.{value}"]
    if value is not None:
        doc.wrong(
            (*at, "target"),
            f"{label}.target",
            f"no silver table {value!r} takes feeds{suggestion(value, targets)}",
        )
    return None


def _delivered(doc: SourceDocument, value: Any, at: KeyPath, label: str) -> str | None:
    if value is None:
        return None
    text = doc.text(value, (*at, "delivered"), f"{label}.delivered")
    try:
        compile_delivery(text)
    except ValueError as error:
        doc.wrong((*at, "delivered"), f"{label}.delivered", str(error))
    return text


def _keys(
    doc: SourceDocument, value: Any, at: KeyPath, label: str, contract: Contract, mapped: set[str]
) -> None:
    if value is None:
        return
    at, label = (*at, "key"), f"{label}.key"
    if sorted(str(k) for k in doc.sequence(value, at, label)) != sorted(contract.key):
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

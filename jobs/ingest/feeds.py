"""One feed of a source YAML (sources.md): target, key, columns and volume, checked against the target's
contract."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from jobs.contracts.catalog import Catalog
from jobs.contracts.document import suggestion
from jobs.contracts.model import Contract
from jobs.deployment import country, currency
from jobs.ingest.columns import Lookups, read_columns
from jobs.ingest.delivery import compile_delivery
from jobs.ingest.join_specs import read_joins
from jobs.ingest.layouts import number, read_layout
from jobs.ingest.model import CADENCES, Feed
from jobs.ingest.personal import with_representative
from jobs.ingest.source_files import SourceDocument
from jobs.strict_yaml import KeyPath

LANDING_VERSION = (
    2  # raised when landing reads the same YAML in another way: every file is landed anew from its raw copy
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
            f"snapshot does not fit {contract.name}: events stay, whatever a later delivery holds",
        )
    version = doc.text(feed["version"], (*at, "version"), f"{label}.version") if "version" in feed else None
    columns = read_columns(
        doc, feed.get("columns", {}), (*at, "columns"), f"{label}.columns", contract, version, layout, lookups
    )
    columns = with_representative(columns, contract)
    joins = read_joins(doc, feed["join"], at, label, layout.format) if "join" in feed else ()
    mapped = {c.name for c in columns}
    _keys(doc, feed.get("key"), at, label, contract, mapped)
    if version and version not in mapped:
        doc.wrong(
            (*at, "version"),
            f"{label}.version",
            f"{version!r} is not one of the columns{suggestion(version, mapped)}",
        )
    ignore = tuple(
        doc.text(v, (*at, "ignore", i), f"{label}.ignore")
        for i, v in enumerate(doc.sequence(feed.get("ignore", []), (*at, "ignore"), f"{label}.ignore"))
    )
    volume = doc.mapping(feed.get("volume", {}), (*at, "volume"), f"{label}.volume", ("min", "max"))
    limits = {
        k: number(doc, volume[k], (*at, "volume", k), f"{label}.volume.{k}")
        for k in ("min", "max")
        if k in volume
    }
    if limits.get("min", 0) > limits.get("max", float("inf")):
        doc.wrong((*at, "volume"), f"{label}.volume", "min is above max")
    result = Feed(
        source=whole.source,
        name=name,
        target=contract.name,
        files=doc.text(feed.get("files"), (*at, "files"), f"{label}.files"),
        columns=columns,
        timezone=whole.timezone,
        delivered=_delivered(doc, feed.get("delivered"), at, label),
        version=version,
        mode=mode,
        ignore=ignore,
        joins=joins,
        **layout._asdict(),
        volume_min=limits.get("min", 0),
        volume_max=limits.get("max"),
        event_date=contract.event_date if contract.event_date in mapped else None,
        cadence=_cadence(doc, feed, at, label),
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
    looked_up = {c.name: sorted(c.operation.values.items()) for c in feed.columns if c.operation}
    derived = [
        [c.name, c.type, c.required, c.personal, c.free_text, looked_up.get(c.name)] for c in feed.columns
    ]
    how = {key: value for key, value in written.items() if key != "cadence"} | feed.nation
    content = [LANDING_VERSION, feed.source, feed.name, feed.timezone, feed.event_date, how, derived]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()

"""The closed language of a source YAML (sources.md): a resolved document becomes a Source, or `file:line: field: what` lines."""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jobs.contracts.catalog import Catalog
from jobs.contracts.document import suggestion
from jobs.contracts.model import Contract
from jobs.ingest.columns import Lookups, read_columns
from jobs.ingest.delivery import compile_delivery
from jobs.ingest.model import CADENCES, FAMILIES, Feed, Options, Source
from jobs.ingest.source_files import SourceDocument

LANDING_VERSION = 1  # raised when landing reads the same YAML in another way: every file is landed anew from its raw copy
_TOP = ("source", "family", "publisher", "timezone", "cadence", "settle_seconds", "synthetic", "feeds")
_FEED = ("target", "files", "delivered", "format", "encoding", "options", "key", "version", "mode", "columns", "ignore", "volume")
_LATER = ("explode", "join", "member")
_FORMATS, _LATER_FORMATS = ("csv", "tsv", "jsonl", "xlsx"), ("json", "parquet")
_OPTIONS = ("delimiter", "quote", "header_row", "sheet")  # a format takes those that it knows, as in sources.md's example


def read_source(
    data: Mapping[str, Any], doc: SourceDocument, path: Path, folder: str, catalog: Catalog, lookups: Lookups
) -> Source | None:
    """The Source that ``data`` describes, None where ``doc.problems`` got lines. ``folder``: the family that the YAML's folder
    names, or ''."""
    top = doc.mapping(data, (), "", _TOP, ("source", "feeds"))
    name = doc.text(top.get("source"), ("source",), "source")
    if name and not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name == "corrections":
        doc.wrong(("source",), "source", f"{name!r} must be small letters, digits and _ (a folder's name), not `corrections`")
    family = doc.one_of(top["family"], ("family",), "family", FAMILIES, "") if "family" in top else folder
    if folder and family != folder:
        doc.wrong(("family",), "family", f"{family!r} stands in the folder {folder}")
    publisher = doc.mapping(top.get("publisher", {}), ("publisher",), "publisher", ("name_zh", "name_en"))
    names = {k: doc.text(publisher.get(k, name), ("publisher", k), f"publisher.{k}") for k in ("name_zh", "name_en")}
    timezone = _timezone(doc, top.get("timezone", "Asia/Shanghai"))
    feeds = doc.mapping(top.get("feeds", {}), ("feeds",), "feeds", top.get("feeds", {}))
    if not feeds:
        doc.wrong(("feeds",), "feeds", "must hold at least one feed")
    read = [_feed(doc, name, str(key), feed, timezone, catalog, lookups) for key, feed in feeds.items()]
    source = Source(
        name=name, family=family, path=path, publisher_zh=names["name_zh"], publisher_en=names["name_en"],
        cadence=doc.one_of(top.get("cadence", "irregular"), ("cadence",), "cadence", CADENCES, "irregular"),
        feeds=tuple(feed for feed in read if feed is not None),
        settle_seconds=_number(doc, top.get("settle_seconds", "0"), ("settle_seconds",), "settle_seconds"),
        synthetic=doc.one_of(top.get("synthetic", "false"), ("synthetic",), "synthetic", ("true", "false"), "false") == "true",
    )
    return None if doc.problems else source


def _timezone(doc: SourceDocument, value: Any) -> str:
    try:
        ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        doc.wrong(("timezone",), "timezone", f"{value!r} is not a time zone of the IANA database")
        return "UTC"
    return str(value)


def _number(doc: SourceDocument, value: Any, path: tuple, field: str) -> int:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,12}", value):
        return int(value)
    doc.wrong(path, field, f"must be a whole number, not {value!r}")
    return 0


def _feed(
    doc: SourceDocument, source: str, name: str, value: Any, timezone: str, catalog: Catalog, lookups: Lookups
) -> Feed | None:
    at, label = ("feeds", name), f"feeds.{name}"
    before = len(doc.problems)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        doc.wrong(at, label, "a feed's name must be small letters, digits and _")
    known = value if isinstance(value, Mapping) else {}
    for key in _LATER:
        if key in known:
            doc.wrong((*at, key), f"{label}.{key}", "is not there yet")
    later = [k for k in _LATER if k in known]
    feed = doc.mapping(value, at, label, (*_FEED, *later), ("target", "files", "format", "key", "columns"))
    contract = _target(doc, feed.get("target"), at, label, catalog)
    style = _format(doc, feed.get("format"), at, label)
    options = _options(doc, feed.get("options", {}), at, label, style)
    mode = doc.one_of(feed.get("mode", "upsert"), (*at, "mode"), f"{label}.mode", ("upsert", "append", "snapshot"), "upsert")
    if mode == "snapshot":
        doc.wrong((*at, "mode"), f"{label}.mode", "snapshot is not there yet")
    if contract is None or style is None:
        return None
    version = doc.text(feed["version"], (*at, "version"), f"{label}.version") if "version" in feed else None
    columns = read_columns(doc, feed.get("columns", {}), (*at, "columns"), f"{label}.columns", contract, version, style, lookups)
    mapped = {c.name for c in columns}
    _keys(doc, feed.get("key"), at, label, contract, mapped)
    if version and version not in mapped:
        doc.wrong((*at, "version"), f"{label}.version", f"{version!r} is not one of the columns{suggestion(version, mapped)}")
    ignore = tuple(doc.text(v, (*at, "ignore", i), f"{label}.ignore")
                   for i, v in enumerate(doc.sequence(feed.get("ignore", []), (*at, "ignore"), f"{label}.ignore")))
    volume = doc.mapping(feed.get("volume", {}), (*at, "volume"), f"{label}.volume", ("min", "max"))
    limits = {k: _number(doc, volume[k], (*at, "volume", k), f"{label}.volume.{k}") for k in ("min", "max") if k in volume}
    if limits.get("min", 0) > limits.get("max", float("inf")):
        doc.wrong((*at, "volume"), f"{label}.volume", "min is above max")
    result = Feed(
        source=source, name=name, target=contract.name, files=doc.text(feed.get("files"), (*at, "files"), f"{label}.files"),
        format=style, columns=columns, timezone=timezone, encoding=_encoding(doc, feed.get("encoding", "utf-8"), at, label),
        options=options, delivered=_delivered(doc, feed.get("delivered"), at, label), version=version, mode=mode, ignore=ignore,
        volume_min=limits.get("min", 0), volume_max=limits.get("max"),
        event_date=contract.event_date if contract.event_date in mapped else None,
    )
    return replace(result, mapping=_hash(result, feed)) if len(doc.problems) == before else None


def _target(doc: SourceDocument, value: Any, at: tuple, label: str, catalog: Catalog) -> Contract | None:
    targets = catalog.targets()
    if value in targets:
        return catalog.contracts[f"silver.{value}"]
    if value is not None:
        doc.wrong((*at, "target"), f"{label}.target", f"no silver table {value!r} takes feeds{suggestion(value, targets)}")
    return None


def _format(doc: SourceDocument, value: Any, at: tuple, label: str) -> str | None:
    if value in _LATER_FORMATS:
        doc.wrong((*at, "format"), f"{label}.format", f"{value} is not there yet")
        return None
    return None if value is None else doc.one_of(value, (*at, "format"), f"{label}.format", _FORMATS, None)


def _options(doc: SourceDocument, value: Any, at: tuple, label: str, style: str | None) -> Options:
    at, label = (*at, "options"), f"{label}.options"
    given = doc.mapping(value, at, label, (*_OPTIONS, "record_path"))
    if "record_path" in given:
        doc.wrong((*at, "record_path"), f"{label}.record_path", "is not there yet")
    delimiter, quote = given.get("delimiter", "\t" if style == "tsv" else ","), given.get("quote", '"')
    delimiter = "\t" if delimiter == "\\t" else delimiter
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter.isalnum() or delimiter in "\r\n":
        doc.wrong((*at, "delimiter"), f"{label}.delimiter", "must be one character, neither a letter, a digit nor a line end")
        delimiter = ","
    if not isinstance(quote, str) or len(quote) > 1 or quote in (delimiter, "\r", "\n") or quote.isalnum():
        doc.wrong((*at, "quote"), f"{label}.quote", "must be one character, not the delimiter, or '' where nothing is quoted")
        quote = '"'
    row = _number(doc, given.get("header_row", "1"), (*at, "header_row"), f"{label}.header_row")
    if row < 1:
        doc.wrong((*at, "header_row"), f"{label}.header_row", "counts from 1")
    sheet = doc.text(given["sheet"], (*at, "sheet"), f"{label}.sheet") if "sheet" in given else None
    return Options(delimiter, quote, row, sheet)


def _encoding(doc: SourceDocument, value: Any, at: tuple, label: str) -> str:
    try:
        if codecs.lookup(str(value))._is_text_encoding:
            return str(value)
    except LookupError:
        pass
    doc.wrong((*at, "encoding"), f"{label}.encoding", f"{value!r} is not a text encoding that Python knows")
    return "utf-8"


def _delivered(doc: SourceDocument, value: Any, at: tuple, label: str) -> str | None:
    if value is None:
        return None
    try:
        compile_delivery(doc.text(value, (*at, "delivered"), f"{label}.delivered"))
    except ValueError as error:
        doc.wrong((*at, "delivered"), f"{label}.delivered", str(error))
    return value


def _keys(doc: SourceDocument, value: Any, at: tuple, label: str, contract: Contract, mapped: set[str]) -> None:
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
    """Of all that decides how a file lands: the feed as written and resolved, its lookups, and what the contract adds."""
    looked_up = {c.name: sorted(c.operation.values.items()) for c in feed.columns if c.operation}
    derived = [[c.name, c.type, c.required, c.personal, looked_up.get(c.name)] for c in feed.columns]
    content = [LANDING_VERSION, feed.source, feed.name, feed.timezone, feed.event_date, written, derived]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()

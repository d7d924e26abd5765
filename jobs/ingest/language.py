"""The closed language of a source YAML (definitions.md#feed): a resolved document becomes a Source, or
`file:line: field: what` lines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jobs.contracts.catalog import Catalog
from jobs.deployment import deployment
from jobs.ingest.feeds import Whole, read_currency, read_feed, read_jurisdiction
from jobs.ingest.join_specs import with_layouts
from jobs.ingest.layouts import number
from jobs.ingest.model import CADENCES, FAMILIES, Feed, Sibling, Source
from jobs.ingest.source_files import SourceDocument
from jobs.ingest.values import Lookups

_TOP = (
    "source",
    "family",
    "publisher",
    "timezone",
    "jurisdiction",
    "currency",
    "cadence",
    "settle_seconds",
    "synthetic",
    "feeds",
)


def read_source(
    data: Mapping[str, Any], doc: SourceDocument, path: Path, folder: str, catalog: Catalog, lookups: Lookups
) -> Source | None:
    """The Source that ``data`` describes, None where ``doc.problems`` got lines. ``folder``: the family that
    the YAML's folder names, or ''."""
    top = doc.mapping(data, (), "", _TOP, ("source", "feeds"))
    name = doc.text(top.get("source"), ("source",), "source")
    if (name and not re.fullmatch(r"[a-z][a-z0-9_]*", name)) or name == "corrections":
        doc.wrong(
            ("source",),
            "source",
            f"{name!r} must be small letters, digits and _ (a folder's name), not `corrections`",
        )
    family = doc.one_of(top["family"], ("family",), "family", FAMILIES, "") if "family" in top else folder
    if folder and family != folder:
        doc.wrong(("family",), "family", f"{family!r} stands in the folder {folder}")
    publisher = doc.mapping(top.get("publisher", {}), ("publisher",), "publisher", ("name_zh", "name_en"))
    names = {
        k: doc.text(publisher.get(k, name), ("publisher", k), f"publisher.{k}")
        for k in ("name_zh", "name_en")
    }
    timezone = _timezone(doc, top.get("timezone", deployment().timezone))
    given = doc.mapping(top.get("feeds", {}), ("feeds",), "feeds", top.get("feeds", {}))
    if not given:
        doc.wrong(("feeds",), "feeds", "must hold at least one feed")
    whole = Whole(name, timezone, *(read(doc, top, (), "") for read in (read_jurisdiction, read_currency)))
    read = [read_feed(doc, whole, str(key), feed, catalog, lookups) for key, feed in given.items()]
    feeds = [feed for feed in read if feed is not None]
    source = Source(
        name=name,
        family=family,
        path=path,
        publisher_zh=names["name_zh"],
        publisher_en=names["name_en"],
        cadence=doc.one_of(top.get("cadence", "irregular"), ("cadence",), "cadence", CADENCES, "irregular"),
        feeds=tuple(replace(with_layouts(feed, feeds), siblings=_others(feeds, feed)) for feed in feeds),
        settle_seconds=number(doc, top.get("settle_seconds", "0"), ("settle_seconds",), "settle_seconds"),
        synthetic=doc.one_of(
            top.get("synthetic", "false"), ("synthetic",), "synthetic", ("true", "false"), "false"
        )
        == "true",
    )
    return None if doc.problems else source


def _others(feeds: list[Feed], feed: Feed) -> tuple[Sibling, ...]:
    return tuple(
        Sibling(other.files, other.member, other.options.sheet) for other in feeds if other is not feed
    )


def _timezone(doc: SourceDocument, value: Any) -> str:
    try:
        ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        doc.wrong(("timezone",), "timezone", f"{value!r} is not a time zone of the IANA database")
        return "UTC"
    return str(value)

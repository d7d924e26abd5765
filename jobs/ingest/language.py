"""Check the language of a source YAML (definitions.md#feed), which is a closed set of fields. From a resolved
document (its `extends` merged in) a Source is made, or problems, each a line `file:line: field: what`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from jobs.contracts.catalog import Catalog
from jobs.contracts.shapes import shaped
from jobs.deployment import deployment
from jobs.ingest.feeds import Whole, read_feed
from jobs.ingest.join_specs import with_layouts
from jobs.ingest.model import Feed, Sibling, Source
from jobs.ingest.source_files import SourceDocument
from jobs.ingest.source_shape import SourceShape
from jobs.ingest.values import Lookups


def read_source(
    data: Mapping[str, Any], doc: SourceDocument, path: Path, folder: str, catalog: Catalog, lookups: Lookups
) -> Source | None:
    """Make the Source that a resolved source YAML describes. Returns None where ``doc`` holds a problem, an
    earlier one or one that is found here.

    ``data``: the document as `resolve` returns it; ``doc``: collects problems and knows the line of each
    value; ``path``: the YAML, kept as `Source.path`; ``folder``: the family whose folder the YAML lies in (''
    for none), which the document's `family` must not contradict; ``catalog``: the contracts that feeds are
    checked against; ``lookups``: reads a lookup by name.
    """
    top = shaped(doc, SourceShape, data)
    if top is not None and folder and top.family not in (None, folder):
        doc.wrong(("family",), "family", f"{top.family!r} stands in the folder {folder}")
    nation = (top.jurisdiction, top.currency) if top else (None, None)
    whole = Whole(top.source if top else "", (top and top.timezone) or deployment().timezone, *nation)
    given = data.get("feeds")
    read = [
        read_feed(doc, whole, str(key), feed, catalog, lookups)
        for key, feed in (given.items() if isinstance(given, Mapping) else ())
    ]
    if top is None or doc.problems:
        return None
    feeds = [feed for feed in read if feed is not None]
    return Source(
        name=top.source,
        family=top.family or folder,
        path=path,
        publisher_zh=top.publisher.name_zh or top.source,
        publisher_en=top.publisher.name_en or top.source,
        cadence=top.cadence,
        feeds=tuple(replace(with_layouts(feed, feeds), siblings=_others(feeds, feed)) for feed in feeds),
        recipient=top.recipient or "",
        settle_seconds=top.settle_seconds,
        synthetic=top.synthetic == "true",
    )


def _others(feeds: list[Feed], feed: Feed) -> tuple[Sibling, ...]:
    return tuple(
        Sibling(other.files, other.member, other.options.sheet) for other in feeds if other is not feed
    )

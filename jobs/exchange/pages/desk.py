"""Where recipients file acknowledgements, and lines of such a file to copy: by the source whose feed fills
silver.acknowledgement, in its columns and codes. Pure."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import Any

from jobs.exchange.kinds import Parcel
from jobs.exchange.outbox import plain
from jobs.ingest.delivery import day_of
from jobs.ingest.model import ColumnMap, Feed, fits
from jobs.ingest.source import Sources
from jobs.reports.urgent import WITHDRAWN

TARGET = "acknowledgement"
COLUMNS = "acknowledgement_id acknowledged_on recipient_code item_id item_kind status note".split()
ANYONE = ""  # of `desks_of`: those who have no feed of their own
# Kind of file → kind of item, where the project's own words differ.
_ITEM = {"takedown_notices": "takedown_order", "restricted_operators": "restriction"}
# In this order a row is chosen that stands for the others; kinds that follow come by name.
_FIRST = ("urgent_items", "restricted_operators", "takedown_notices", "counterfeit_tasks", "failing_items")
_DATE = (("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d"))


@dataclass(frozen=True)
class Desk:
    """How acknowledgements are filed. ``source``: the folder of the inbox; ``feed``: reads them."""

    source: str
    feed: Feed

    def file(self, recipient: str, day: date) -> str:
        """Return a name for a file of ``recipient`` of ``day`` that the feed takes; '' where its names do not
        follow from its pattern."""
        glob = self.feed.files[0]
        for said in (f"{day:%Y%m%d}_{recipient}", f"{day:%Y%m%d}"):
            name = glob.replace("*", said)
            dated = self.feed.delivered is None or day_of(self.feed.delivered, name) == day
            if glob.count("*") == 1 and fits(name, glob) and dated:
                return name
        return ""


def desks_of(sources: Sources) -> dict[str, Desk]:
    """Return recipient → its desk, the feed to which it files acknowledgements; under ANYONE the one of those
    who have none of their own. Only feeds of CSV and JSON Lines count, of which lines can be shown; of
    several of one recipient the first, by the name of their source."""
    found: dict[str, Desk] = {}
    for name, source in sorted(sources.good.items()):
        for feed in source.feeds:
            if feed.target == TARGET and feed.format in ("csv", "jsonl"):
                found.setdefault(source.recipient or ANYONE, Desk(name, feed))
    return found


def row_of(parcels: Sequence[Parcel]) -> tuple[str, str] | None:
    """Return (kind of item, identifier) of a row of a package, as its acknowledgement names it: the first row
    that is not acknowledged yet, of a kind that asks for an answer first; None where there is no row. Urgent
    items that are taken back need no answer and are left out."""
    kinds = [p.kind.name for p in parcels]
    order = [*(n for n in _FIRST if n in kinds), *sorted(set(kinds) - set(_FIRST))]
    for parcel in sorted(parcels, key=lambda p: (order.index(p.kind.name), p.subject)):
        rows = parcel.rows
        if parcel.kind.name == "urgent_items":  # what is taken back needs no answer
            rows = rows[rows["kind"].ne(WITHDRAWN)]
        if "acknowledged_on" in rows and rows["acknowledged_on"].isna().any():
            rows = rows[rows["acknowledged_on"].isna()]
        if len(rows):
            values = [plain(rows[name].iloc[0]) for name in parcel.kind.key]
            item = "/".join("" if value is None else str(value) for value in values)
            return _ITEM.get(parcel.kind.name, parcel.kind.name), item
    return None


def example(
    desk: Desk | None, recipient: str, day: date, manifest_id: str, row: tuple[str, str] | None
) -> str:
    """Return lines of a file of acknowledgements: of the whole package ``manifest_id``, received, and of one
    ``row`` (`row_of`), done. In the columns and codes of the desk's feed; without a desk in those of the
    table."""
    items = [("manifest", manifest_id, "received"), *([] if row is None else [(*row, "done")])]
    stated = [
        {
            "acknowledgement_id": f"{recipient}-{day:%Y%m%d}-{n:04d}",
            "acknowledged_on": day,
            "recipient_code": recipient,
            "item_id": item,
            "item_kind": kind,
            "status": status,
            "note": "",
        }
        for n, (kind, item, status) in enumerate(items, start=1)
    ]
    if desk is None:
        return _csv([{**each, "acknowledged_on": str(day)} for each in stated], ",")
    given = [_in_terms_of(desk.feed.columns, each) for each in stated]
    if desk.feed.format == "jsonl":
        return "\n".join(json.dumps(each, ensure_ascii=False) for each in given)
    return _csv(given, desk.feed.options.delimiter)


def _csv(rows: Sequence[Mapping[str, Any]], delimiter: str) -> str:
    text = StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().rstrip("\n")


def _in_terms_of(columns: Sequence[ColumnMap], stated: Mapping[str, Any]) -> dict[str, str]:
    """``stated`` (column → value) by the names, codes and dates of a feed; only columns that it reads plainly
    from one of the file."""
    found = {}
    for column in columns:
        header, done = column.value.column, column.operation
        if column.value.kind != "from" or header is None or column.name not in stated:
            continue
        value = stated[column.name]
        if done is not None and done.kind in ("map", "lookup"):
            value = next((given for given, ours in done.values.items() if ours == value), value)
        elif isinstance(value, date) and done is not None and done.patterns:
            pattern = done.patterns[0]
            for said, form in _DATE:
                pattern = pattern.replace(said, form)
            value = value.strftime(pattern.replace("'", ""))
        found[header] = str(value)
    return found

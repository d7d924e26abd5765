"""Planted faults of the authorities' files: rows that are added after the last one of a delivery, each with
how the system must treat it (words of `truth.ENDINGS`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa


class Fault(NamedTuple):
    """A wrong row: a copy of the first row of a delivery with other cells.

    ``name``: what is wrong; ``cells``: our column → text to write (None: nothing); ``ends_as``: how it must
    end; ``rule_id``: the rule or flag that must name it. The copy's key gets a mark, so that it is another
    row, unless ``cells`` has a part of the key or ``same_key`` is true.
    """

    name: str
    cells: dict[str, str | None]
    ends_as: str
    rule_id: str = ""
    same_key: bool = False


class Broken(NamedTuple):
    """A line (or element of a JSON list) that cannot be read as a record. ``name``: what is wrong; ``line``:
    its bytes."""

    name: str
    line: bytes


FAULTS: dict[tuple[str, str], tuple[Fault, ...]] = {
    ("regulator_130000", "samples"): (
        Fault(
            "a probability above 1",
            {"inclusion_probability": "1.7"},
            "quarantined",
            "sample.inclusion_probability.range",
        ),
        Fault(
            "a day that does not exist",
            {"purchased_on": "2025-13-01"},
            "quarantined",
            "sample.purchased_on.type",
        ),
        Fault("a sample without its plan", {"plan_id": None}, "quarantined", "sample.plan_id.required"),
    ),
    ("regulator_440000", "samples"): (
        Fault(
            "a reason for an exit that is unknown",
            {"exit_reason": "LOST_INTEREST"},
            "flagged",
            "exit_reason_unmapped",
        ),
    ),
    ("regulator_330000", "orders"): (
        Fault(
            "an order in a state that is unknown",
            {"status": "似乎已下单"},
            "quarantined",
            "sampling_order.status.unmapped",
        ),
    ),
    ("regulator_330000", "registration"): (
        Fault(
            "a wrong check digit in the register",
            {"uscc": "91330100MA27XYZ011"},
            "quarantined",
            "registration.uscc.uscc",
        ),
    ),
    ("regulator_440000", "events"): (
        Fault("an event of a sample that is never filed", {"sample_id": "YP-440000-NEVER"}, "unlinked"),
    ),
    ("regulator_national", "events"): (
        Fault(
            "an event that is unknown", {"event": "已遗忘"}, "quarantined", "sampling_event.event.unmapped"
        ),
    ),
    ("regulator_440000", "disposals"): (
        Fault("a region that does not exist", {"region_code": "449999"}, "flagged", "region_code_unmapped"),
    ),
    ("lab_03", "results"): (
        Fault("a result of no sample", {"sample_id": None}, "quarantined", "test_result.sample_id.required"),
        Fault("a result whose sample never comes", {"sample_id": "YP-NOBODY-000001"}, "unlinked"),
        Fault("a verdict that is unknown", {"lab_verdict": "大概符合"}, "flagged", "lab_verdict_unmapped"),
        Fault("a row twice", {}, "repeated", same_key=True),
    ),
    ("lab_04", "conclusions"): (
        Fault(
            "an outcome that is unknown",
            {"outcome": "大概合格", "stage": "复检"},
            "quarantined",
            "conclusion.outcome.unmapped",
        ),
    ),
    ("complaint_centre_12365", "complaints"): (
        Fault(
            "a complaint without a day",
            {"received_on": None},
            "quarantined",
            "complaint.received_on.required",
        ),
        Fault("a region that does not exist", {"region_code": "999999"}, "flagged", "region_code_unmapped"),
        Fault(
            "decided before it came",
            {"decided_on": "2020-02-03"},
            "flagged",
            "complaint.decided_on.not_before",
        ),
    ),
    ("hotline_12345", "orders"): (
        Fault("a day in words", {"received_on": "前天"}, "quarantined", "complaint.received_on.type"),
    ),
    ("customs", "inspections"): (
        Fault("fewer than none", {"quantity": "-5"}, "quarantined", "customs_inspection.quantity.range"),
    ),
    ("planning", "entries"): (
        Fault("a list that is unknown", {"list": "黑名单"}, "flagged", "list_unmapped"),
    ),
    ("overseas_notices", "alerts"): (
        Fault(
            "a month that does not exist",
            {"published_on": "3 Brumaire 2025"},
            "quarantined",
            "overseas_alert.published_on.type",
        ),
    ),
    ("standards_body", "activities"): (Fault("a row twice", {}, "repeated", same_key=True),),
    ("brand_02", "reports"): (
        Fault(
            "a report without a day",
            {"reported_on": None},
            "quarantined",
            "counterfeit_report.reported_on.required",
        ),
    ),
    ("exchange_desk", "acknowledgements"): (
        Fault("an answer that is unknown", {"status": "MAYBE"}, "flagged", "status_unmapped"),
    ),
}
BROKEN: dict[tuple[str, str], tuple[Broken, ...]] = {
    ("regulator_130000", "samples"): (Broken("a short row", b"YP-130000-SHORT,PLAN-130000"),),
    ("lab_03", "results"): (Broken("a byte that is no UTF-8", b"YP-130000-\xff" + b"," * 12),),
    ("hotline_12345", "orders"): (Broken("a line that is no JSON", b'{"complaintId": "RX-000000-'),),
    ("regulator_440000", "events"): (Broken("an element that is no object", b'"not an event"'),),
}


def with_faults(
    feed: Mapping[str, Any], cells: dict[str, pa.Array], faults: tuple[Fault, ...]
) -> tuple[dict[str, pa.Array], list[str]]:
    """Return the cells of a delivery with one more row for each of ``faults``, in their order, and the keys
    of these rows (parts joined by `|`).

    ``feed``: the feed's YAML; ``cells``: header → text cells, at least one row.
    """
    rows = [{header: column[0].as_py() for header, column in cells.items()} for _ in faults]
    keys, headers = feed["key"], {name: how["from"] for name, how in feed["columns"].items() if "from" in how}
    names = []
    for number, (row, fault) in enumerate(zip(rows, faults, strict=True), start=1):
        own = next(
            (
                k
                for k in reversed(keys)
                if k in headers and k not in fault.cells and "map" not in feed["columns"][k]
            ),
            None,
        )
        if not fault.same_key and own and not any(k in fault.cells and fault.cells[k] for k in keys):
            row[headers[own]] = f"{row[headers[own]]}-X{number}"
        row |= {headers[name]: text for name, text in fault.cells.items()}
        names.append("|".join(str(row[headers[k]]) for k in keys if k in headers))
    added = pd.DataFrame(rows, columns=list(cells), dtype=object)
    return {
        h: pa.concat_arrays([c, pa.array(added[h].where(added[h].notna(), None), pa.string())])
        for h, c in cells.items()
    }, names

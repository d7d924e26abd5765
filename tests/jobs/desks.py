"""A desk that sends: a lake whose nights a test makes up, and its outbox."""

from __future__ import annotations

import json
import shutil
from copy import copy, deepcopy
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from homes import lasting

from jobs.contracts.catalog import load_catalog
from jobs.contracts.schema import arrow_schema
from jobs.exchange.sending import send
from jobs.lake import ops
from jobs.lake.tables import Lake

DAY = date(2026, 6, 30)
CATALOG = load_catalog()


def finding(sample: str, platform: str, **more: Any) -> dict[str, Any]:
    return {
        "sample_id": sample,
        "plan_id": "N1",
        "platform_code": platform,
        "outcome": "nonconforming",
        "category_code": "HA01",
        "takedown_ordered_on": date(2026, 6, 1),
    } | more


def task(office: str, subject: str, **more: Any) -> dict[str, Any]:
    return {
        "office_type": "authority",
        "office_code": office,
        "province_code": f"{office[:2]}0000" if office != "CN" else "CN",
        "task": "recheck",
        "subject_type": "sample",
        "subject_id": subject,
        "status": "overdue",
        "days_left": -3,
    } | more


def order(listing: str, plan: str = "PROP-CN-2026Q3", **more: Any) -> dict[str, Any]:
    return {
        "plan_id": plan,
        "listing_id": listing,
        "purchase_id": f"CG-{listing}",
        "status": "proposed",
        "design": "targeted",
        "stratum": "P1/HA",
        "platform_code": "P1",
        "shop_id": "S1",
        "title": "=HYPERLINK(1)",
        "n_findings": 3,
    } | more


def lead(name: str, province: str | None, **more: Any) -> dict[str, Any]:
    return {
        "lead_id": f"XS-J-{name}",
        "subject_type": "sample",
        "subject_id": name,
        "role": "operator",
        "province_code": province,
        "region_code": province,
        "state": "assigned",
        "days_left": 2,
    } | more


def hop(subject: str, name: str, node: str) -> dict[str, Any]:
    return {
        "subject_type": "sample",
        "subject_id": subject,
        "hop": name,
        "node_id": node,
        "position": ("batch", "operator", "producer").index(name) + 1,
    }


ROWS: dict[str, list[dict[str, Any]]] = {
    "silver.platform": [{"platform_code": "P1"}, {"platform_code": "P2"}],
    "silver.region": [
        {"region_code": "330000", "level": "province"},
        {"region_code": "440000", "level": "province"},
        {"region_code": "330100", "level": "prefecture"},
    ],
    "gold.sampling_lifecycle": [
        finding("a", "P1"),
        finding("b", "P2", result_notified_on=date(2026, 6, 1)),
        finding("c", "P1", outcome="conforming"),
        finding("d", "P2", taken_down_on=date(2026, 6, 2)),
        finding("e", "P1", takedown_ordered_on=None),
        finding("f", "P2", outcome=None, exit_kind="violation", exit_reason="no_maker"),
        finding("g", "X9"),
    ],
    "silver.sample": [
        {"sample_id": s, "listing_id": f"L-{s}", "shop_id": f"S-{s}", "product_name": f"goods {s}"}
        for s in "abcdefg"
    ],
    "silver.test_result": [{"sample_id": "b", "item_code": "C-b", "lab_verdict": "nonconforming"}],
    "gold.work_queue": [
        task("330100", "t1"),
        task("440000", "t2"),
        task("CN", "t3"),
        task("440000", "t4", status="running"),
        task("P1", "t5", office_type="platform", province_code="330000"),
        task("990000", "t6"),
    ],
    "gold.enforcement_lead": [
        lead("v1", "330000"),
        lead("v2", "440000", days_left=-5),
        lead("v1", "440000", lead_id="XS-S-v1", role="producer"),
        lead("v3", "330000", state="closed"),
        lead("v4", None, state="unassigned"),
    ],
    "gold.source_trace": [
        hop(subject, name, f"{name}-{subject}")
        for subject in ("v1", "v2", "v3", "v4")
        for name in ("batch", "operator", "producer")
    ],
    "gold.sampling_purchase": [order("L1"), order("L2", status="blocked"), order("L3", platform_code="P2")],
    "gold.sampling_proposal": [
        {
            "plan_id": "PROP-CN-2026Q3",
            "dimension_type": "nation",
            "period_start": date(2026, 7, 1),
            "period_end": date(2026, 9, 30),
            "frame_month": date(2026, 5, 1),
        },
        {
            "plan_id": "PROP-CN-2026Q3",
            "dimension_type": "stratum",
            "dimension_code": "P1/HA",
            "n_probability": 9,
        },
    ],
}


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def write(lake: Lake, table: str, records: list[dict[str, Any]]) -> int:
    own = sorted({name for record in records for name in record if name.startswith("_")})
    columns = pa.schema(
        [
            *(column.with_nullable(True) for column in arrow_schema(CATALOG.contracts[table])),
            *((name, pa.string()) for name in own),
        ]
    )  # rows name what matters
    return lake.overwrite(table, pa.Table.from_pylist(records, schema=columns))


@cache
def usual() -> Path:
    """A lake with ROWS and without a night, made once in a process: a desk begins with a copy of it."""
    root = lasting("desk")
    for table, records in ROWS.items():
        write(Lake(root / "lake"), table, records)
    return root / "lake"


class Desk:
    """A lake in which each call of `night` publishes other rows, and its outbox. ``only``: the recipient to
    whom `send` sends where it is not said; None for all."""

    def __init__(self, root: Path, only: str | None = None):
        shutil.copytree(usual(), root / "lake")
        self.lake, self.outbox, self.only, self.count = Lake(root / "lake"), root / "outbox", only, 0
        self._held = {table: (records, 0) for table, records in ROWS.items()}

    def copied(self, root: Path) -> Desk:
        """A desk like this one at another place, which does not exist yet."""
        other = copy(self)
        shutil.copytree(self.lake.root.parent, root)
        other.lake, other.outbox, other._held = Lake(root / "lake"), root / "outbox", {**self._held}
        return other

    def night(self, **changed: list[dict[str, Any]]) -> Desk:
        rows = ROWS | {name.replace("__", "."): given for name, given in changed.items()}
        self.count += 1
        named = []
        for table, records in rows.items():
            held = self._held.get(table)
            # What is unchanged keeps its version; one table is always new, so that nights differ.
            if held is None or held[0] != records or table == "silver.platform":
                held = self._held[table] = (deepcopy(records), write(self.lake, table, records))
            named.append(
                {
                    "run_id": f"n{self.count}",
                    "kind": "nightly",
                    "date": DAY,
                    "table": table,
                    "version": held[1],
                    "state": "fresh",
                    "committed_at": datetime(2026, 6, 30, 3, self.count, tzinfo=UTC),
                }
            )
        self.lake.append("ops.night", ops.rows("ops.night", named))
        return self

    def send(self, **options: Any) -> list[str]:
        given = {"recipient": self.only} | options
        return [p.recipient for p in send(self.lake.root, self.outbox, **given).written]

    def folder(self, recipient: str, day: date = DAY) -> Path:
        return self.outbox / recipient / day.isoformat()

    def rows(self, recipient: str, kind: str, day: date = DAY) -> list[dict[str, Any]]:
        """Rows of a kind that stand."""
        paths = sorted(self.folder(recipient, day).glob(f"{kind}*.jsonl"))
        return [row for path in paths if "_withdrawn" not in path.name for row in read(path)]

    def gone(self, recipient: str, kind: str, day: date = DAY) -> list[dict[str, Any]]:
        """Keys of rows of a kind that no longer stand."""
        path = self.folder(recipient, day) / f"{kind}_withdrawn.jsonl"
        return read(path) if path.exists() else []

    def manifest(self, recipient: str, day: date = DAY) -> dict[str, Any]:
        return json.loads((self.folder(recipient, day) / "manifest.json").read_text())

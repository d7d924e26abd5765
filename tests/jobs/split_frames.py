"""Silver rows of samples in which everything that can join two samples, or none, occurs; in a lake."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from index_units import indicators, references, unit
from procedures import reference

from jobs.contracts.catalog import load_catalog
from jobs.contracts.model import Contract
from jobs.contracts.schema import arrow_schema
from jobs.deployment import deployment
from jobs.lake.tables import Lake
from jobs.night.silver import META

DAY = date(2026, 6, 30)
CATALOG = load_catalog()
EVENTS = [row["event"] for row in reference("sampling_event_type")]


@cache
def world(seed: int, size: int = 40) -> dict[str, list[dict[str, Any]]]:
    """Rows by table. Two samples may share an order; an order may have none; events name a sample, an order,
    both (not always of each other) or nothing; records name samples that are not on file."""
    rng = np.random.default_rng(seed)

    def one(*values: Any) -> Any:
        return values[rng.integers(len(values))]

    def day() -> date:
        return date(2026, 1, 1) + timedelta(days=int(rng.integers(0, 170)))

    orders = [f"单{i}" for i in range(size // 2)]
    samples = [f"样{i}" for i in range(size)]
    named = [*samples, "away1", "away2"]
    labs = ["L1", "L2", None]
    rows: dict[str, list[dict[str, Any]]] = {
        "sampling_event_type": reference("sampling_event_type"),
        "statutory_timer": reference("statutory_timer"),
        "product_category": [
            {"category_code": "HA", "name_zh": "家电", "level": 1},
            {"category_code": "HA01", "name_zh": "壶", "level": 2, "parent_code": "HA"},
        ],
        "shop": [
            {"shop_id": "h1", "name": "李四", "operator_type": "natural_person"},
            {"shop_id": "h2", "name": "张三商行", "operator_type": "individual_business"},
        ],
        "lab": [
            {"lab_id": "L1", "name_zh": "甲", "capabilities": ["HA"]},
            {"lab_id": "L2", "name_zh": "乙", "capabilities": ["HA01"], "accredited_from": day()},
        ],
        "sample": [
            {
                "sample_id": s, "plan_id": one("p", "q"), "lab_id": one(*labs),
                "sampling_order_id": one(*orders, None, None, "away"), "shop_id": one("h1", "h2", None),
                "seller_name": one("李四", "某某公司", None), "producer_name": one("王小明", None),
                "purchased_on": one(day(), None), "channel": one("online", "shop", None),
                "category_code": one("HA", "HA01", None), "produced_on": one(day(), None),
                "exit_kind": one("violation", "void", None, None), "exited_on": one(day(), None, None),
                "has_order_page": one(True, False, None), "has_unboxing_record": True, "has_seal_photo": True,
            }
            for s in samples
        ],
        "sampling_order": [
            {
                "sampling_order_id": o, "plan_id": "p", "status": "ordered",
                "ordered_on": one(day(), None), "received_on": one(day(), None),
            }
            for o in orders
        ],
    }  # fmt: skip
    rows["sampling_event"] = [
        {
            "event_id": f"e{i}", "event": one(*EVENTS), "sample_id": one(*named, *[None] * (size // 2)),
            "sampling_order_id": one(*orders, *[None] * (size // 4)), "lab_id": one(*labs),
            "happened_at": (at := datetime.combine(day(), time(one(0, 9)), UTC)), "learned_at": at,
        }
        for i in range(size * 12)
    ]  # fmt: skip
    return rows | _records(rng, named, day, one) | _letters(size, day, one)


def _letters(size: int, day, one) -> dict[str, list[dict[str, Any]]]:
    """Texts of which two thirds report a hazard, many alike."""
    words = ("壶漏电", "好像冒烟，还漏电", "壶没有漏电", None, "壶冒烟", "全好")
    return {
        "hazard_term": [
            {"rule": rule, "hazard_code": rule, "strength": "strong", "match": [word]}
            for rule, word in (("electric_shock", "漏电"), ("fire", "冒烟"))
        ],
        "product_term": [{"category_code": "HA01", "match": ["壶"]}],
        "text_cue": [{"cue": "negation", "match": ["没有"]}, {"cue": "hedge", "match": ["好像"]}],
        "complaint": [
            {
                "complaint_id": f"t{i}", "received_on": day(), "text": one(*words), "channel": one("a", "b"),
                "shop_id": one("h1", "h2", "h3", None), "complainant_ref": one("x", "y"),
                "listing_id": one("k1", "k2", "k3", None), "category_code": one("HA01", None),
            }
            for i in range(size * 3)
        ],
        "listing": [{"listing_id": "k1", "shop_id": "h1"}, {"listing_id": "k2"}],  # k3 is not on file
        "review": [
            {"review_id": f"v{i}", "reviewed_on": day(), "text": one(*words)} for i in range(size * 3)
        ],
    }  # fmt: skip


def _records(rng: np.random.Generator, samples: list[str], day, one) -> dict[str, list[dict[str, Any]]]:
    verdicts = ("conforming", "nonconforming")
    return {
        "conclusion": [
            {
                "sample_id": s, "stage": stage, "outcome": one(*verdicts), "issued_on": day(),
                "lab_id": one("L1", "L2"), "serious": one(True, False, None),
            }
            for s in samples
            for stage in ("first", "reinspection")
            if rng.random() < 0.5
        ],
        "test_result": [
            {
                "sample_id": s, "item_code": item, "item_class": one("A", "B", None),
                "tested_on": one(day(), None), "lab_verdict": one(*verdicts),
                "value_text": one("1.2", "<0.5", "合格", None), "unit": one("mg/kg", None),
                "limit_high": one("1", "2.0", None), "claim_high": one("1.5", None),
                "standard_no": one("GB 1-2020", None),
            }
            for s in samples
            for item in ("lead", "power")
            if rng.random() < 0.7
        ],
        "objection": [
            {
                "objection_id": f"o{i}", "sample_id": one(*samples), "filed_on": day(),
                "decided_on": one(day(), None), "decision": one("upheld", "rejected", None),
            }
            for i in range(len(samples))
        ],
        "reinspection": [
            {
                "reinspection_id": f"r{i}", "sample_id": one(*samples), "requested_on": day(),
                "issued_on": one(day(), None), "lab_id": one("L1", "L2"),
            }
            for i in range(len(samples))
        ],
        "disposal": [
            {
                "disposal_id": f"d{i}", "kind": one("takedown", "stop_sale", "rectification"),
                "happened_on": day(), "sample_id": one(*samples, None),
            }
            for i in range(len(samples))
        ],
        "platform_control": [
            {
                "control_id": f"c{i}", "kind": "takedown", "happened_on": day(),
                "sample_id": one(*samples, None),
            }
            for i in range(len(samples))
        ],
        "party_comment": [
            {
                "comment_id": f"k{i}", "received_on": day(), "sample_id": one(*samples, None),
                "party": one("seller", "producer", "platform", None), "party_name": one("王小明", "某某公司"),
                "text": one("王小明说", "李四的店", None),
            }
            for i in range(len(samples))
        ],
        "page_claim": [{"sample_id": s, "standard_no": one("GB 1-2020", None)} for s in samples[::3]],
        **index_rows(rng, len(samples)),
        **rate_rows(rng, len(samples)),
    }  # fmt: skip


def index_rows(rng: np.random.Generator, size: int) -> dict[str, list[dict[str, Any]]]:
    """Indicators of units of each kind in months, a quarter and years, and the tables that weigh them. The
    first year of the nation is whole, and so the base."""
    kinds = [("platform", f"P{i}") for i in range(size // 10)] + [("category", "HA01"), ("nation", "CN")]
    periods = [("month", date(2025, 1, 1)), ("month", date(2025, 12, 1)), ("month", date(2026, 1, 1))]
    periods += [("quarter", date(2026, 1, 1)), ("year", date(2025, 1, 1)), ("year", date(2026, 1, 1))]
    table = indicators(
        *(
            unit(
                code, start=start, period_type=kind, dimension_type=dimension,
                silent=("data_filed",) if rng.random() < 0.2 else (),
                exposure_rate=float(rng.uniform(0, 0.3)),
            )
            for kind, start in periods
            for dimension, code in kinds
        )
    )  # fmt: skip
    weighing = {name: rows for name, rows in references().items() if name != "product_category"}
    tables = {"quality_index_indicator": table, **weighing}
    return {
        name: rows.astype(object).where(rows.notna(), None).to_dict("records")
        for name, rows in tables.items()
    }


def rate_rows(rng: np.random.Generator, size: int) -> dict[str, list[dict[str, Any]]]:
    """Rates of probability samples of so many platforms that their shares are shrunk, of the nation, of two
    periods that begin on one day and of two that do not."""
    codes = [f"P{i}" for i in range(max(12, size // 10))]
    periods = [("month", date(2025, 12, 1)), ("month", date(2026, 1, 1)), ("quarter", date(2026, 1, 1))]
    rows = []
    for kind, start in [*periods, ("year", date(2025, 1, 1))]:
        for dimension, code in [("nation", "CN"), *(("platform", code) for code in codes)]:
            failed, conforming = (int(n) for n in rng.integers((0, 1), (4, 40)))
            rows.append(
                {
                    "period_type": kind, "period_start": start, "dimension_type": dimension,
                    "dimension_code": code, "dimension2_type": "", "dimension2_code": "", "region_role": "",
                    "design": "probability", "n_sampled": failed + conforming, "n_exited_violation": 0,
                    "n_exited_void": 0, "n_tested": failed + conforming, "n_not_judged": 0,
                    "n_conforming": conforming, "n_nonconforming": failed, "n_first_nonconforming": failed,
                    "n_overturned": 0, "n_serious": min(failed, 1), "n_open": 0,
                    "exposure_rate": failed / (failed + conforming), "exposure_low": 0.0,
                    "exposure_high": 0.6,
                }
            )  # fmt: skip
    return {"detection_rate": rows, "platform": [{"platform_code": code} for code in codes]}


class Worlds:
    """Inputs of tables over worlds, as the night writes them; each is written once. What a world lacks is
    empty."""

    def __init__(self, lake: Lake, build: Callable[[Contract, Mapping[str, int]], int]):
        """``build``: commits an input that has a build(), made of inputs of these versions."""
        self._lake, self._build = lake, build
        self._versions: dict[tuple[int, int], dict[str, int]] = {}

    def versions(self, table: str, seed: int, size: int) -> dict[str, int]:
        """The version of each input of a table."""
        known = self._versions.setdefault((seed, size), {})
        rows = world(seed, size)
        for name in CATALOG.contracts[table].inputs:
            if name not in known:
                contract = CATALOG.contracts[name]
                if contract.engine == "pandas" and contract.name not in rows:
                    known[name] = self._build(contract, self.versions(name, seed, size))
                else:
                    known[name] = self._written(contract, rows.get(contract.name, []))
        return {name: known[name] for name in CATALOG.contracts[table].inputs}

    def _written(self, contract: Contract, rows: list[dict[str, Any]]) -> int:
        schema = arrow_schema(contract)
        schema = pa.unify_schemas([schema, META]) if contract.conformed else schema
        schema = pa.schema([field.with_nullable(True) for field in schema])
        if contract.conformed:
            rows = [{"_jurisdiction": deployment().code, **row} for row in rows]
        return self._lake.overwrite(contract.id, pa.Table.from_pylist(rows, schema=schema))

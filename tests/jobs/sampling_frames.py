"""Rows of silver tables as the frames that the runner gives to build(), and a small made-up country of
samples."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from jobs.contracts.catalog import load_catalog
from jobs.contracts.model import Contract
from jobs.contracts.schema import arrow_schema
from jobs.deployment import deployment

RATE_INPUTS = (
    "sample",
    "standing_conclusion",
    "conclusion",
    "test_result",
    "sampling_plan",
    "sampling_stratum",
    "sampling_order",
    "sampling_event",
    "objection",
    "statutory_timer",
    "calendar",
    "industrial_cluster",
    "region",
    "product_category",
)
LEDGER_INPUTS = (
    "sampling_order",
    "sampling_stratum",
    "sample",
    "standing_conclusion",
    "shop",
    "region",
    "product_category",
)
CONTRACTS = load_catalog().contracts

# A province with a prefecture and its county, a county straight below the province, one that stands below
# nothing.
REGION = [
    {"region_code": "330000", "name_zh": "浙江省", "level": "province"},
    {"region_code": "330100", "name_zh": "杭州市", "level": "prefecture", "parent_code": "330000"},
    {"region_code": "330106", "name_zh": "西湖区", "level": "county", "parent_code": "330100"},
    {"region_code": "330990", "name_zh": "直管县", "level": "county", "parent_code": "330000"},
    {"region_code": "999901", "name_zh": "孤县", "level": "county"},
]
CATEGORY = [
    {"category_code": "HA", "name_zh": "家用电器", "level": 1},
    {"category_code": "HA01", "name_zh": "电热水壶", "level": 2, "parent_code": "HA"},
    {"category_code": "EL", "name_zh": "电子产品", "level": 1},
]
CLUSTERS = [
    {
        "cluster_code": "c-kettles",
        "name_zh": "杭州电热水壶",
        "region_code": "330100",
        "category_codes": ["HA01"],
    },
    {
        "cluster_code": "c-goods",
        "name_zh": "浙江电器电子",
        "region_code": "330000",
        "category_codes": ["HA", "EL"],
    },
]
PLANS = [
    {"plan_id": "prob", "type": "probability"},
    {"plan_id": "target", "type": "targeted"},
    {"plan_id": "letters", "type": "complaint_led"},
    {"plan_id": "again", "type": "follow_up"},
]


def frames(
    rows: dict[str, list[dict[str, Any]]], tables: tuple[str, ...] = RATE_INPUTS
) -> dict[str, pd.DataFrame]:
    """Arguments of build(): rows as the contract types them and the lake gives them; an absent field is
    null, but for what a silver row says of its source: that is ours."""
    ours = {"_jurisdiction": deployment().code, "_currency": deployment().currency}
    found = {}
    for table in tables:
        contract = contract_of(table)
        more = ours if contract.conformed else {}
        schema = pa.schema([*arrow_schema(contract), *((name, pa.string()) for name in more)])
        own = [{**more, **row} for row in rows.get(table, [])]
        found[table] = pa.Table.from_pylist(own, schema=schema).to_pandas(date_as_object=True)
    return found


def contract_of(table: str) -> Contract:
    """The silver table of this name, the gold one where there is none."""
    return CONTRACTS.get(f"silver.{table}") or CONTRACTS[f"gold.{table}"]


def country(seed: int, size: int = 150) -> dict[str, list[dict[str, Any]]]:
    """Samples over three years in which every column that matters is sometimes missing and every outcome
    occurs."""
    rng = np.random.default_rng(seed)

    def one(*values: Any) -> Any:
        return values[rng.integers(len(values))]

    def day() -> date | None:
        return None if rng.random() < 0.15 else date(2023, 11, 1) + timedelta(days=int(rng.integers(0, 800)))

    rows: dict[str, list[dict[str, Any]]] = {
        "sample": [],
        "standing_conclusion": [],
        "test_result": [],
        "sampling_plan": PLANS,
        "industrial_cluster": CLUSTERS,
        "region": REGION,
        "product_category": CATEGORY,
    }
    codes = [r["region_code"] for r in REGION]
    outcomes = ("conforming", "conforming", "nonconforming", "not_judged")
    for i in range(size):
        sample = {
            "sample_id": f"s{i}",
            "plan_id": one("prob", "target", "letters", "again", "nowhere"),
            "purchased_on": day(),
            "platform_code": one("P1", "P2", None),
            "channel": one("online", "shop", None),
            "brand": one("甲", "乙", None),
            "category_code": one("HA", "HA01", "EL", "city-class-3", None),
            **{
                f"{role}_region_code": one(*codes, "000000", None)
                for role in ("seller", "producer", "consumer")
            },
        }
        if rng.random() < 0.25:
            sample |= {"exit_kind": one("violation", "void"), "exited_on": day()}
        rows["sample"].append(sample)
        for stage, share in (("first", 0.6), ("reinspection", 0.2)):
            if rng.random() < share:
                rows["standing_conclusion"].append(
                    {
                        "sample_id": f"s{i}",
                        "stage": stage,
                        "outcome": one(*outcomes),
                        "issued_on": day(),
                        "serious": one(True, False, None),
                    }
                )
        rows["test_result"] += [
            {
                "sample_id": f"s{i}",
                "item_code": code,
                "item_class": one("A", "B", None),
                "lab_verdict": one("conforming", "nonconforming"),
            }
            for code in ("power", "marking")[: rng.integers(0, 3)]
        ]
    return rows

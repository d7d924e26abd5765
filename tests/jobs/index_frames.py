"""A made-up market of two platforms over two quarters as the frames that the indicators of the index are
built from."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import pandas as pd
import pyarrow as pa
from procedures import reference
from sampling_frames import CATEGORY, CLUSTERS, CONTRACTS, REGION

from jobs.contracts.schema import arrow_schema
from jobs.marts.overview import platform_duty
from jobs.marts.quality_index import deadline_count, quality_index_indicator, quality_index_sampled
from jobs.period import Period

NOW = date(2026, 7, 11)  # June's files are due until the day before
MONTHS = [date(2026, month, 1) for month in range(1, 7)]
INPUTS = {
    "detection_rate": "gold",
    "complaint_state": "gold",
    "commerce_state": "gold",
    "counterfeit_response": "gold",
    "deadline_count": "gold",
    "operator_state": "gold",
    "platform_duty": "gold",
    "standard_coverage": "gold",
    "risk_signal": "gold",
    "goalpost": "silver",
    "index_weight": "silver",
    "index_method": "silver",
    "platform": "silver",
    "region": "silver",
    "product_category": "silver",
    "industrial_cluster": "silver",
}
COUNTED = {  # inputs of the tables that the indicators are counted from
    "complaint_service": "gold",
    "sampling_lifecycle": "gold",
    "sample": "silver",
    "calendar": "silver",
}
MADE = {"platform_duty", "deadline_count"}  # inputs that are built from these
_ZERO = {"bigint": 0, "int": 0, "double": 0.0, "boolean": False, "string": "x", "date": date(2026, 1, 1)}


def frame(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as the contract types them; an absent field is null, or where it must not be a zero of its
    type."""
    contract = CONTRACTS[name]
    filled = {c.name: _ZERO.get(c.type, 0) for c in contract.columns if c.required}
    return pa.Table.from_pylist([filled | row for row in rows], schema=arrow_schema(contract)).to_pandas(
        date_as_object=True
    )


def references(name: str) -> list[dict[str, Any]]:
    """Rows of a reference file with its numbers typed."""
    return [
        {k: float(v) if k in ("low", "high", "weight", "value") else v for k, v in row.items()}
        for row in reference(name)
    ]


def market(worse: tuple[str, ...] = ("P2",)) -> dict[str, list[dict[str, Any]]]:
    """P1 and ``worse`` platforms, each with 1,000 orders a month, 300 rated reviews, 50 returns, 100
    listings, a self-inspection, twenty shops; the worse ones are twice as bad."""
    names = ("commerce_state", "complaint_state", "standard_coverage", "operator_state", "control")
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for month in MONTHS:
        for bad, code in [(1, "P1"), *((2, code) for code in worse)]:
            cell = {"month": month, "platform_code": code, "category_code": "HA01", "region_code": "330106"}
            rows["commerce_state"].append(
                cell
                | {
                    "n_lines": 1200,
                    "n_orders": 1000,
                    "n_reviews": 320,
                    "n_rated": 300,
                    "rating_sum": 1200,
                    "n_low_ratings": 20 * bad,
                    "n_low_texts": 10 * bad,
                    "n_low_quality": 5 * bad,
                    "n_returned": 50,
                    "n_returned_stated": 50,
                    "n_returned_quality": 10 * bad,
                }
            )
            rows["complaint_state"].append(
                cell | {"n_received": bad, "n_complaints": bad, "n_quality": bad, "n_quality_matters": bad}
            )
            place = {"month": month, "platform_code": code, "province_code": "330000"}
            rows["standard_coverage"].append(
                place
                | {
                    "category_code": "HA01",
                    "n_listings": 100,
                    "n_citing": 90,
                    "n_standard_known": 80,
                    "n_standard_valid": 80 - 8 * bad,
                    "n_certificate_due": 100,
                    "n_certificate_checkable": 100,
                    "n_certificate_valid": 100 - 4 * bad,
                }
            )
            rows["operator_state"].append(
                place
                | {
                    "n_shops": 20,
                    "n_licence_due": 20,
                    "n_licence_verified": 20 - bad,
                    "n_operators": 1000,
                    "n_identified": 900,
                    "n_listed": bad,
                    "n_identified_once": 900,
                    "n_listed_once": bad,
                }
            )
            rows["control"].append(
                {"month": month, "platform_code": code, "n_checked": 40 // bad, "acknowledged": True}
            )
    place = {"month": MONTHS[0], "platform_code": "P1", "category_code": "HA01", "region_code": "330106"}
    rows["counterfeit_response"] = [place | {"n_reports": 2, "n_verified": 1, "n_counterfeit": 1}]
    return rows


def inputs(rows: dict[str, list[dict[str, Any]]] | None = None, as_of: date = NOW) -> dict[str, pd.DataFrame]:
    """Arguments of `indicators_of`; each month each platform was ordered to take a listing down (`life`), and
    controls acknowledge it."""
    given = market() | (rows or {})
    platforms = sorted({row["platform_code"] for row in given["control"]})
    life = given.get("sampling_lifecycle") or [
        {
            "sample_id": f"{code}-{month}",
            "platform_code": code,
            "category_code": "HA01",
            "seller_region_code": "330106",
            "takedown_ordered_on": month.replace(day=9),
            "taken_down_on": month.replace(day=10),
        }
        for month in MONTHS
        for code in platforms
    ]
    controls = []
    for row in given["control"]:
        day = row["month"].replace(day=20)
        inspected = {
            "kind": "self_inspection",
            "n_checked": row["n_checked"],
            "happened_on": day,
            "platform_code": row["platform_code"],
        }
        acknowledged_row = inspected | {
            "kind": "acknowledgement",
            "n_checked": None,
            "sample_id": f"{row['platform_code']}-{row['month']}",
        }
        controls += [inspected] * (row["n_checked"] > 0) + [acknowledged_row] * row["acknowledged"]
    tables = {
        **given,
        "sampling_lifecycle": life,
        "platform": [{"platform_code": code, "name_zh": code} for code in platforms],
        "region": REGION,
        "product_category": CATEGORY,
        "industrial_cluster": CLUSTERS,
        "goalpost": given.get("goalpost") or references("goalpost"),
        "index_weight": references("index_weight"),
        "index_method": references("index_method"),
    }
    made = {
        name: frame(f"{tier}.{name}", tables.get(name, []))
        for name, tier in (INPUTS | COUNTED).items()
        if name not in MADE
    }
    counted = {name: made.pop(name) for name in COUNTED}
    control = frame(
        "silver.platform_control", [{"control_id": str(i), **row} for i, row in enumerate(controls)]
    ).assign(_source=None)
    shop = frame("silver.shop", []).assign(_source=None)
    duty = platform_duty.build(
        platform=made["platform"], shop=shop, platform_control=control, commerce_state=made["commerce_state"],
        sampling_lifecycle=counted["sampling_lifecycle"], period=Period(as_of),
    )  # fmt: skip
    deadlines = deadline_count.build(**counted, platform_duty=duty, period=Period(as_of))
    return made | {"platform_duty": duty, "deadline_count": deadlines}


def indicators(rows: dict[str, list[dict[str, Any]]] | None = None, as_of: date = NOW) -> pd.DataFrame:
    return indicators_of(inputs(rows, as_of), as_of)


def indicators_of(given: dict[str, pd.DataFrame], as_of: date = NOW) -> pd.DataFrame:
    """The indicators of `inputs`, those of samples by way of gold.quality_index_sampled."""
    rest, period = dict(given), Period(as_of)
    units = {name: rest[name] for name in ("platform", "region", "product_category", "industrial_cluster")}
    drawn = quality_index_sampled.build(detection_rate=rest.pop("detection_rate"), **units, period=period)
    return quality_index_indicator.build(quality_index_sampled=drawn, **rest, period=period)


@cache
def whole() -> pd.DataFrame:
    """The indicators of the market in which everything is filed."""
    return indicators()


def cell(
    table: pd.DataFrame, indicator: str, unit: str = "P1", kind: str = "quarter", start: date = MONTHS[0]
) -> dict[str, Any]:
    """The row of an indicator of a unit and period."""
    own = (
        (table["indicator"] == indicator)
        & (table["dimension_code"] == unit)
        & (table["period_type"] == kind)
        & (table["period_start"] == start)
    )
    (row,) = table[own].to_dict("records")
    return row

"""Reports and bulletins of the site's country, as the marts make them of its rates."""

from __future__ import annotations

from datetime import date

import country
import pandas as pd
import pyarrow as pa

from jobs.contracts.catalog import load_catalog
from jobs.contracts.schema import arrow_schema
from jobs.marts.overview import platform_report, region_report
from jobs.period import Period

FORMULA = '=HYPERLINK("http://example.test","免费")'
CONTRACTS = load_catalog().contracts


def typed(table: str, rows: list[dict]) -> pd.DataFrame:
    return pa.Table.from_pylist(rows, schema=arrow_schema(CONTRACTS[table])).to_pandas(date_as_object=True)


def reports() -> dict[str, pd.DataFrame]:
    """Reports of the site's country, and two batches: one of a shop whose name is a formula, one that may not
    be published yet."""
    rates = country.tables()
    given = {
        "detection_rate": rates["gold.detection_rate"],
        "complaint_rate": rates["gold.complaint_rate"],
        "closed_loop": typed("gold.closed_loop", []),
        "lag_kpi": typed("gold.lag_kpi", []),
    }
    extra = {
        t.split(".")[1]: typed(t, [])
        for t in CONTRACTS["gold.platform_report"].inputs
        if t.split(".")[1] not in (*given, "platform", "region")
    }
    batch = {
        "plan_id": "PROB",
        "platform_code": "P01",
        "seller_region_code": "330700",
        "shop_name": FORMULA,
        "seller_name": "-1",
        "item_names": ["铅", "镉"],
        "final_outcome": "nonconforming",
    }
    required = {
        c.name: False if c.type == "boolean" else "t"
        for c in CONTRACTS["gold.bulletin"].columns
        if c.required and c.name != "disclosure"
    }
    bulletin = [
        required | batch | {"sample_id": "S1", "disclosure": "published"},
        required | batch | {"sample_id": "S2", "disclosure": "pending"},
        required | batch | {"sample_id": "S3", "disclosure": "published", "final_outcome": "conforming"},
    ]
    period = Period(date(2026, 6, 30))
    return {
        "gold.platform_report": platform_report.build(
            **given, **extra, platform=rates["silver.platform"], period=period
        ),
        "gold.region_report": region_report.build(
            **given, **extra, region=rates["silver.region"], period=period
        ),
        "gold.bulletin": typed("gold.bulletin", bulletin),
    }

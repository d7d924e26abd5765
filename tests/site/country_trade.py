"""The country's trade: complaints per 10,000 orders, and samples whose values no map knows."""

from __future__ import annotations

from datetime import date

import pandas as pd

from jobs.marts.complaints import complaint_rate
from jobs.period import Period


def flagged_samples(markup: str) -> dict[str, pd.DataFrame]:
    """Bronze and silver of three samples: two channels that no map knows (one is markup), and one of a replaced edition."""
    return {
        "silver.sample": pd.DataFrame(
            {"_load_key": ["k", "k", "k"], "_flags": [["channel_unmapped"], ["channel_unmapped", "ended"], []]}
        ),
        "bronze.sample": pd.DataFrame(
            {
                "_source": "lab_1",
                "_load_key": ["k", "k", "k", "replaced"],
                "_unmapped": [";channel;", ";channel;", None, ";channel;"],
                "channel": [None, None, "online", None],
                "_original_channel": ["街边摊", markup, None, "旧版的值"],
            }
        ),
    }


def complaint_rates(region: pd.DataFrame, category: pd.DataFrame, period: Period) -> pd.DataFrame:
    """gold.complaint_rate by the mart: P01 has orders and complaints, P02 orders alone, P03 complaints alone."""
    cell = {"month": [date(2026, m, 1) for m in range(1, 7)], "category_code": "HA01", "region_code": "330106"}
    orders = [pd.DataFrame({**cell, "platform_code": code, "n_orders": 40_000}) for code in ("P01", "P02")]
    said = [
        pd.DataFrame({**cell, "platform_code": code, "n_quality_matters": [n + 3 * m for m in range(6)]})
        for code, n in (("P01", 40), ("P03", 5))
    ]
    return complaint_rate.build(
        complaint_state=pd.concat(said), commerce_state=pd.concat(orders), region=region, product_category=category, period=period
    )

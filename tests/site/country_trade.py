"""The country's trade: complaints per 10,000 orders, and samples whose values no map knows."""

from __future__ import annotations

from datetime import date

import pandas as pd

from jobs.marts.complaints import complaint_rate
from jobs.marts.overview import commerce_confidential, commerce_table
from jobs.period import Period


def flagged_samples(markup: str) -> dict[str, pd.DataFrame]:
    """Bronze and silver of three samples: two channels that no map knows (one is markup), and one of a
    replaced edition."""
    return {
        "silver.sample": pd.DataFrame(
            {
                "_load_key": ["k", "k", "k"],
                "_flags": [["channel_unmapped"], ["channel_unmapped", "ended"], []],
            }
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


SMALL, PARTNER = (
    ("440000", "440300", "TX", "TX01"),
    ("320000", "320500", "LT", "LT01"),
)  # where four sellers are, and who is withheld for them
SMALL_ORDERS, PARTNER_ORDERS, SMALL_COMPLAINTS = 7_919, 9_001, 311  # a month


def _concentration(
    months: list[date], sold: dict[tuple[str, str], tuple[int, int]], rest: int
) -> pd.DataFrame:
    """gold.commerce_concentration: units of ``sold`` (sellers, orders), and cells of the public table."""
    return pd.DataFrame(
        [
            {
                "month": month,
                "dimension_type": kind,
                "dimension_code": code,
                "category_code": "all",
                "n_enterprises": sellers,
                "n_orders": n,
                "units_sold": n,
                "largest_orders": n // 4,
                "largest_units": n // 4,
            }
            for month in months
            for (kind, code), (sellers, n) in sold.items()
        ]
        + [
            {
                "month": month,
                "dimension_type": "table",
                "dimension_code": place,
                "category_code": goods,
                "n_enterprises": sellers,
                "n_orders": n,
                "units_sold": n,
                "largest_orders": n // 4,
                "largest_units": n // 4,
            }
            for month in months
            for place, goods, sellers, n in (
                *((p, g, 4, SMALL_ORDERS) for p in ("440000",) for g in ("TX", "all")),
                ("CN", "TX", 4, SMALL_ORDERS),
                *((p, g, 9, PARTNER_ORDERS) for p in ("320000", "CN") for g in ("LT",)),
                ("320000", "all", 9, PARTNER_ORDERS),
                *((p, "HA", 30, 40_000 + rest) for p in ("330000", "CN")),
                ("330000", "all", 30, 40_000 + rest),
                ("CN", "all", 30, 80_000),
            )
        ]
    )


def sellers(small: int = 4) -> pd.DataFrame:
    """gold.commerce_concentration of the six months; ``small``: how many enterprises sell all of TX01."""
    months = [date(2026, m, 1) for m in range(1, 7)]
    rest = 40_000 - SMALL_ORDERS - PARTNER_ORDERS
    sold = {
        ("nation", "CN"): (30, 80_000),
        ("platform", "P01"): (30, 40_000),
        ("platform", "P02"): (30, 40_000),
    }
    for (place, city, main, goods), count, n in (
        (SMALL, small, SMALL_ORDERS),
        (PARTNER, 9, PARTNER_ORDERS),
        (("330000", "330100", "HA", "HA01"), 30, 40_000 + rest),
    ):
        sold |= dict.fromkeys(
            (("region", place), ("region", city), ("category", main), ("category", goods)), (count, n)
        )
    found = _concentration(months, sold, rest)
    mine = found["n_orders"].eq(SMALL_ORDERS)
    return found.assign(n_enterprises=found["n_enterprises"].mask(mine, small))


LISTED = {"P01": 37_640, "P02": 39_240}  # of 40,000 units a month: together 96.1 %


def sampling_frame() -> pd.DataFrame:
    """The frame of the six months; in the newest, which may be under way, half of what is sold is on
    record."""
    return pd.DataFrame(
        [
            {
                "month": date(2026, month, 1),
                "platform_code": platform,
                "category_code": "HA",
                "province_code": "330000",
                "population": 500,
                "n_orders": 39_000,
                "units_sold": 40_000,
                "units_listed": 20_000 if month == 6 else listed,
            }
            for month in range(1, 7)
            for platform, listed in LISTED.items()
        ]
    )


def trade(region: pd.DataFrame, category: pd.DataFrame, period: Period) -> dict[str, pd.DataFrame]:
    """Orders and complaints of six months by the marts: P01 has orders and complaints, P02 orders alone, P03
    complaints alone. All of TX01 is sold by four enterprises of Shenzhen, LT01 by nine of Suzhou, else
    there are thirty."""
    months = [date(2026, m, 1) for m in range(1, 7)]
    cell = {"month": months, "category_code": "HA01", "region_code": "330106"}
    small, partner = (
        {"month": months, "category_code": at[3], "region_code": at[1], "platform_code": "P01"}
        for at in (SMALL, PARTNER)
    )
    rest = 40_000 - SMALL_ORDERS - PARTNER_ORDERS
    orders = pd.concat(
        [
            pd.DataFrame({**cell, "platform_code": "P01", "n_orders": rest}),
            pd.DataFrame({**cell, "platform_code": "P02", "n_orders": 40_000}),
            pd.DataFrame({**small, "n_orders": SMALL_ORDERS}),
            pd.DataFrame({**partner, "n_orders": PARTNER_ORDERS}),
        ]
    )
    said = [
        pd.DataFrame({**cell, "platform_code": code, "n_quality_matters": [n + 3 * m for m in range(6)]})
        for code, n in (("P01", 40), ("P03", 5))
    ] + [pd.DataFrame({**small, "n_quality_matters": SMALL_COMPLAINTS})]
    concentration = sellers()
    known = {"region": region, "product_category": category, "period": period}
    nowhere = pd.DataFrame(columns=["cluster_code", "region_code", "category_codes"])
    flags = commerce_confidential.build(
        commerce_concentration=concentration, industrial_cluster=nowhere, **known
    )
    return {
        "gold.commerce_confidential": flags,
        "gold.sampling_frame": sampling_frame(),
        "gold.commerce_state": orders.reset_index(drop=True),
        "gold.commerce_table": commerce_table.build(
            commerce_concentration=concentration, commerce_confidential=flags, period=period
        ),
        "gold.complaint_rate": complaint_rate.build(
            complaint_state=pd.concat(said), commerce_state=orders, commerce_confidential=flags, **known
        ),
    }

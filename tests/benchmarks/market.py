"""A synthetic market of any size, made without a loop over rows: platforms, shops, listings, order lines;
seeded.

Two years of order lines up to DAY. One line in a hundred comes twice, the second time with a newer version;
one in a thousand names no known region and one in a thousand has no date, so both are rejected; one in a
hundred names a listing that never arrives.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

DAY = date(2026, 6, 30)
DAYS = 730
PLATFORMS, MARKET = 57, "market"
LINES = (
    "order_line_id",
    "ordered_on",
    "order_id",
    "platform_code",
    "listing_id",
    "shop_id",
    "quantity",
    "amount",
    "consumer_region_code",
    "returned_on",
    "return_reason",
)
SOURCE = """
source: market
family: platform
publisher: {name_zh: 市场, name_en: Market}
timezone: Asia/Shanghai
cadence: daily
feeds:
  platforms: {target: platform, files: "platforms*.csv", format: csv, encoding: utf-8, key: [platform_code], columns: {platform_code: {from: platform_code}, name_zh: {from: name_zh}}}
  shops: {target: shop, files: "shops*.csv", format: csv, encoding: utf-8, key: [shop_id], columns: {shop_id: {from: shop_id}, platform_code: {from: platform_code}, region_code: {from: region_code}}}
  listings: {target: listing, files: "listings*.csv", format: csv, encoding: utf-8, key: [listing_id], columns: {listing_id: {from: listing_id}, platform_code: {from: platform_code}, shop_id: {from: shop_id}, category_code: {from: category_code}}}
  lines:
    target: transaction
    files: "lines*.csv"
    format: csv
    encoding: utf-8
    key: [order_line_id]
    version: stand
    columns:
      order_line_id: {from: order_line_id}
      ordered_on: {from: ordered_on, date: ["yyyy-MM-dd"]}
      order_id: {from: order_id}
      platform_code: {from: platform_code, on_unmapped: quarantine}
      listing_id: {from: listing_id}
      shop_id: {from: shop_id}
      quantity: {from: quantity}
      amount: {from: amount}
      consumer_region_code: {from: consumer_region_code, on_unmapped: quarantine}
      returned_on: {from: returned_on, date: ["yyyy-MM-dd"]}
      return_reason: {from: return_reason}
      stand: {from: stand}
"""


def _codes(prefix: str, numbers: np.ndarray, width: int = 7) -> pa.Array:
    return pc.binary_join_element_wise(
        prefix, pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), width, "0"), ""
    )


def _days(offsets: np.ndarray) -> pa.Array:
    return pc.cast(
        pa.array((np.datetime64(DAY) - offsets.astype("timedelta64[D]")).astype("datetime64[D]")), pa.string()
    )


def _sizes(rows: int) -> tuple[int, int]:
    """Listings and shops to so many order lines."""
    return max(rows // 50, 1_000), max(rows // 1_000, 100)


def parents(rows: int, regions: list[str], categories: list[str], seed: int = 7) -> dict[str, pa.Table]:
    """Files of platforms, shops and listings for ``rows`` order lines."""
    random, (listings, shops) = np.random.default_rng(seed), _sizes(rows)
    of_shop = np.arange(shops) % PLATFORMS
    of_listing = random.integers(0, shops, listings)
    return {
        "platforms": pa.table(
            {
                "platform_code": _codes("P", np.arange(PLATFORMS), 3),
                "name_zh": _codes("平台", np.arange(PLATFORMS), 3),
            }
        ),
        "shops": pa.table(
            {
                "shop_id": _codes("S", np.arange(shops)),
                "platform_code": _codes("P", of_shop, 3),
                "region_code": pa.array(regions).take(pa.array(random.integers(0, len(regions), shops))),
            }
        ),
        "listings": pa.table(
            {
                "listing_id": _codes("L", np.arange(listings)),
                "platform_code": _codes("P", of_listing % PLATFORMS, 3),
                "shop_id": _codes("S", of_listing),
                "category_code": pa.array(categories).take(
                    pa.array(random.integers(0, len(categories), listings))
                ),
            }
        ),
    }


def lines(
    rows: int, market: int, regions: list[str], *, first: int = 0, last_days: int = DAYS, seed: int = 11
) -> pa.Table:
    """``rows`` order lines as text, numbered from ``first``, of the ``last_days`` days, in the market of
    ``market`` lines."""
    random, (listings, shops) = np.random.default_rng(seed + first), _sizes(market)
    number = first + np.arange(rows)
    again = random.random(rows) < 0.01
    number = np.where(
        again, first + random.integers(0, rows, rows), number
    )  # says once more what another line said, in a newer version
    listing = random.integers(0, listings + listings // 100, rows)  # one in a hundred was never listed
    ordered, returned = random.integers(0, last_days, rows), random.random(rows) < 0.05
    region = pa.array([*regions, "999999"]).take(
        pa.array(np.where(random.random(rows) < 0.001, len(regions), random.integers(0, len(regions), rows)))
    )
    columns = {
        "order_line_id": _codes("O", number, 9),
        "ordered_on": pc.if_else(pa.array(random.random(rows) < 0.001), "", _days(ordered)),
        "order_id": _codes("B", number // 2, 9),
        "platform_code": _codes("P", random.integers(0, PLATFORMS, rows), 3),
        "listing_id": _codes("L", listing),
        "shop_id": _codes("S", random.integers(0, shops, rows)),
        "quantity": pc.cast(pa.array(random.integers(1, 6, rows)), pa.string()),
        "amount": pc.binary_join_element_wise(
            pc.cast(pa.array(random.integers(1, 999, rows)), pa.string()), "50", "."
        ),
        "consumer_region_code": region,
        "returned_on": pc.if_else(pa.array(returned), _days(np.maximum(ordered - 7, 0)), ""),
        "return_reason": pc.if_else(
            pa.array(returned), pa.array(["quality", "other"]).take(pa.array(random.integers(0, 2, rows))), ""
        ),
        "stand": pc.cast(pa.array(np.where(again, 2, 1)), pa.string()),
    }
    return pa.table(columns)


def write(table: pa.Table, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pcsv.write_csv(table, path, pcsv.WriteOptions(quoting_style="none"))

"""bronze → silver.transaction → gold.commerce_state as one would write it by hand with DuckDB and deltalake:
what the system is held against. It judges the same rules and keeps the same rows; it has no reasons, no
ledger and no gate."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import duckdb
from deltalake import write_deltalake

from jobs.lake.tables import Lake

# Types, rejected rows, and of each key the newest valid row.
JUDGED = """
CREATE TEMP TABLE judged AS
SELECT order_line_id, try_cast(ordered_on AS DATE) AS ordered_on, order_id, b.platform_code, listing_id, shop_id,
    try_cast(quantity AS BIGINT) AS quantity, try_cast(amount AS DECIMAL(18, 2)) AS amount,
    CASE WHEN r.region_code IS NOT NULL THEN consumer_region_code END AS consumer_region_code,
    try_cast(returned_on AS DATE) AS returned_on, return_reason, try_cast(b._version AS DECIMAL(38, 9)) AS _version,
    b._delivered_on, b._file_sha256, b._record,
    coalesce(order_line_id IS NOT NULL AND try_cast(ordered_on AS DATE) BETWEEN DATE '1980-01-01' AND DATE '2099-12-31'
        AND (quantity IS NULL OR try_cast(quantity AS BIGINT) BETWEEN 0 AND 1000000)
        AND (amount IS NULL OR try_cast(amount AS DECIMAL(18, 2)) BETWEEN 0 AND 1000000000)
        AND (returned_on IS NULL OR try_cast(returned_on AS DATE) BETWEEN DATE '1980-01-01' AND DATE '2099-12-31')
        AND (return_reason IS NULL OR return_reason IN ('quality', 'other')), FALSE) AS valid
FROM bronze b LEFT JOIN (SELECT region_code FROM region) r ON b.consumer_region_code = r.region_code
"""
WINNERS = """
SELECT * EXCLUDE (_version, _delivered_on, _file_sha256, _record, valid), date_trunc('month', ordered_on)::DATE AS _month
FROM judged WHERE valid
QUALIFY row_number() OVER (
    PARTITION BY order_line_id ORDER BY _version DESC NULLS LAST, _delivered_on DESC, _file_sha256 DESC, _record DESC) = 1
"""
STATE = """
SELECT date_trunc('month', ordered_on)::DATE AS month,
    coalesce(t.platform_code, l.platform_code, s.platform_code, 'unknown') AS platform_code,
    coalesce(l.category_code, 'unknown') AS category_code, coalesce(s.region_code, 'unknown') AS region_code,
    count(*) AS n_lines, sum(first) AS n_orders, sum(quantity) AS quantity, sum(amount) AS amount
FROM (
    SELECT *, (row_number() OVER (
        PARTITION BY date_trunc('month', ordered_on), platform_code, coalesce(order_id, order_line_id), order_id IS NULL
        ORDER BY order_line_id) = 1)::BIGINT AS first
    FROM transaction
) t LEFT JOIN listing l ON t.listing_id = l.listing_id LEFT JOIN shop s ON coalesce(t.shop_id, l.shop_id) = s.shop_id
GROUP BY ALL
"""


def seconds(lake: Lake, versions: Mapping[str, int], folder: Path) -> float:
    """Build both tables below ``folder`` from the lake's bronze and references; returns the seconds that it
    took."""
    with duckdb.connect() as connection:
        given = {"bronze": "bronze.transaction"} | {
            name: f"silver.{name}" for name in ("region", "listing", "shop")
        }
        for name, table in given.items():
            connection.register(name, lake.dataset(table, versions[table]))
        began = time.perf_counter()
        connection.execute(JUDGED)
        with connection.sql(WINNERS).to_arrow_reader() as rows:
            write_deltalake(str(folder / "transaction"), rows, partition_by=["_month"])
        connection.register("transaction", Lake(folder.parent).dataset(f"{folder.name}.transaction"))
        write_deltalake(str(folder / "commerce_state"), connection.sql(STATE).to_arrow_table())
        return time.perf_counter() - began

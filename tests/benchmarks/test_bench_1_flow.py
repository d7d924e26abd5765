"""Landing a CSV, and bronze → silver.transaction → gold.commerce_state: by this project and by DuckDB with deltalake, results compared."""

from __future__ import annotations

import duckdb
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake
from market import DAY, LINES
from meter import Meter

from jobs.building.tables import _gold, _silver, process_bronze
from jobs.contracts.catalog import load_catalog
from jobs.ingest.landing import land
from jobs.lake.lock import writer_lock
from jobs.lake.night import Named
from jobs.lake.tables import Lake
from jobs.runner import _begin

pytestmark = pytest.mark.bench
# Types, rejected rows, and of each key the newest valid row: what silver.transaction asks for, as one would write it by hand.
SILVER = """
CREATE TEMP TABLE judged AS
SELECT order_line_id, try_cast(ordered_on AS DATE) AS ordered_on, order_id, b.platform_code, listing_id, shop_id,
    try_cast(quantity AS BIGINT) AS quantity, try_cast(amount AS DECIMAL(18, 2)) AS amount, consumer_region_code,
    try_cast(returned_on AS DATE) AS returned_on, return_reason, try_cast(b._version AS DECIMAL(38, 9)) AS _version, b._record,
    coalesce(order_line_id IS NOT NULL AND try_cast(ordered_on AS DATE) BETWEEN DATE '1980-01-01' AND DATE '2099-12-31'
        AND (b.platform_code IS NULL OR p.platform_code IS NOT NULL) AND (consumer_region_code IS NULL OR r.region_code IS NOT NULL)
        AND (quantity IS NULL OR try_cast(quantity AS BIGINT) BETWEEN 0 AND 1000000)
        AND (amount IS NULL OR try_cast(amount AS DECIMAL(18, 2)) BETWEEN 0 AND 1000000000)
        AND (returned_on IS NULL OR try_cast(returned_on AS DATE) BETWEEN DATE '1980-01-01' AND DATE '2099-12-31')
        AND (return_reason IS NULL OR return_reason IN ('quality', 'other')), FALSE) AS valid
FROM bronze b LEFT JOIN (SELECT platform_code FROM platform) p ON b.platform_code = p.platform_code
    LEFT JOIN (SELECT region_code FROM region) r ON b.consumer_region_code = r.region_code
"""
WINNERS = """
SELECT * EXCLUDE (_version, _record, valid), date_trunc('month', ordered_on)::DATE AS _month FROM judged WHERE valid
QUALIFY row_number() OVER (PARTITION BY order_line_id ORDER BY _version DESC, _record DESC) = 1
"""
GOLD = """
SELECT date_trunc('month', ordered_on)::DATE AS month, coalesce(t.platform_code, l.platform_code, s.platform_code, 'unknown') AS platform_code,
    coalesce(l.category_code, 'unknown') AS category_code, coalesce(s.region_code, 'unknown') AS region_code, count(*) AS n_lines,
    sum(first) AS n_orders, sum(quantity) AS quantity, sum(amount) AS amount,
    count(*) FILTER (returned_on IS NOT NULL OR return_reason IS NOT NULL) AS n_returned,
    count(*) FILTER (return_reason = 'quality') AS n_returned_quality
FROM (
    SELECT *, (row_number() OVER (PARTITION BY date_trunc('month', ordered_on), platform_code, coalesce(order_id, order_line_id), order_id IS NULL
        ORDER BY order_line_id) = 1)::BIGINT AS first FROM transaction
) t LEFT JOIN listing l ON t.listing_id = l.listing_id LEFT JOIN shop s ON coalesce(t.shop_id, l.shop_id) = s.shop_id
GROUP BY ALL
"""
TOTALS = "count(*), sum(n_lines), sum(n_orders), sum(quantity), sum(amount), sum(n_returned), sum(n_returned_quality)"


def test_landing_a_csv(market) -> None:
    meter, path = Meter("landing: a CSV to Parquet"), market.put_lines("lines_1.csv", market.rows)
    with meter.measure("land (read, check, map, write, raw copy, ledger)", market.rows), writer_lock(market.env.lake, wait_seconds=5):
        report = land(market.env, date=DAY)
    with meter.measure("pyarrow: read_csv, write_table", market.rows):
        pq.write_table(pcsv.read_csv(path), market.root / "by_hand.parquet")
    assert report.rows == market.rows
    ours, by_hand = (m.seconds for m in meter.measured)
    meter.show(("land to a bare conversion", ours / by_hand))


def by_this_project(market, session, meter: Meter) -> tuple[dict[str, int], dict[str, int]]:
    """Rows by disposition, and versions of the tables: a run's own steps, without the gate and without naming the night."""
    catalog = load_catalog()
    silver, gold = catalog.contracts["silver.transaction"], catalog.contracts["gold.commerce_state"]
    with writer_lock(market.env.lake, wait_seconds=5) as lock:
        run = _begin(market.env, lock, day=DAY, full_refresh=False, say=lambda line: None, catalog=catalog)
        run._session = session
        with meter.measure("load to bronze (not compared)", market.rows):
            process_bronze(run, silver)
        with meter.measure("silver.transaction, this project", market.rows):
            version = _silver(run, silver).version
        run.named[silver.id] = Named(silver.id, version, "fresh", "none", None)
        for frame in run.judged["transaction"].persisted:
            frame.unpersist()
        with meter.measure("gold.commerce_state, this project", market.rows):
            built = _gold(run, gold).version
    counts: dict[str, int] = {}
    for (_, disposition), rows in run.judged["transaction"].counts.items():
        counts[disposition] = counts.get(disposition, 0) + rows
    return counts, {t: n.version for t, n in run.named.items()} | {gold.id: built}


def by_duckdb(market, meter: Meter, versions: dict[str, int]) -> tuple[int, int]:
    """Accepted and rejected rows; tables lie in `by_hand/`."""
    lake, folder = Lake(market.env.lake), market.root / "by_hand"
    with duckdb.connect() as connection:
        for name, table in {"bronze": "bronze.transaction", **{n: f"silver.{n}" for n in ("platform", "region", "listing", "shop")}}.items():
            connection.register(name, lake.dataset(table, versions[table]))
        with meter.measure("silver.transaction, DuckDB and deltalake", market.rows):
            connection.sql(SILVER)
            rejected = connection.sql("SELECT count(*) FROM judged WHERE NOT valid").fetchall()[0][0]
            write_deltalake(str(folder / "transaction"), connection.sql(WINNERS).to_arrow_table(), partition_by=["_month"])
        connection.register("transaction", Lake(folder.parent).dataset("by_hand.transaction"))
        with meter.measure("gold.commerce_state, DuckDB and deltalake", market.rows):
            write_deltalake(str(folder / "commerce_state"), connection.sql(GOLD).to_arrow_table())
        return connection.sql("SELECT count(*) FROM transaction").fetchall()[0][0], rejected


def test_order_lines_to_commerce_state(market, session) -> None:
    meter = Meter("tables: bronze to silver.transaction to gold.commerce_state")
    counts, versions = by_this_project(market, session, meter)
    accepted, rejected = by_duckdb(market, meter, versions)
    lake = Lake(market.env.lake)
    with duckdb.connect() as connection:
        connection.register("ours", lake.dataset("gold.commerce_state", versions["gold.commerce_state"]))
        connection.register("theirs", Lake(market.root).dataset("by_hand.commerce_state"))
        totals = [connection.sql(f"SELECT {TOTALS} FROM {name}").fetchall() for name in ("ours", "theirs")]
    assert (counts["accepted"], counts["quarantined"]) == (accepted, rejected) and totals[0] == totals[1]
    assert lake.dataset("silver.transaction", versions["silver.transaction"]).count_rows() == accepted and len(LINES) == 11
    ours, theirs = ([m.seconds for m in meter.measured if m.what.endswith(end)] for end in ("this project", "deltalake"))
    meter.show(("silver, this project to DuckDB", ours[0] / theirs[0]), ("gold, this project to DuckDB", ours[1] / theirs[1]),
               ("both, this project to DuckDB", sum(ours) / sum(theirs)))

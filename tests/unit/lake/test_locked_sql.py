"""`quality query` reads tables and nothing else: no files, databases, extensions or settings, and not without
end."""

from __future__ import annotations

import time
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from jobs.errors import UsageError
from jobs.lake.locked_sql import Limits, select

SHOPS = pa.table({"shop": [1, 2, 3], "name": ["甲", "乙", None]})
SALES = pa.table({"shop": [1, 1, 3], "units": [5, 7, 2]})


@pytest.fixture
def tables(tmp_path: Path) -> dict[str, ds.Dataset]:
    for name, rows in {"shop": SHOPS, "sale": SALES}.items():
        pq.write_table(rows, tmp_path / f"{name}.parquet")
    return {
        "silver.shop": ds.dataset(tmp_path / "shop.parquet"),
        "gold.sale": ds.dataset(tmp_path / "sale.parquet"),
    }


def refused(tables: dict[str, ds.Dataset], sql: str, limits: Limits | None = None) -> str:
    with pytest.raises(UsageError) as error:
        select(tables, sql, limits or Limits())
    return str(error.value)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('{key}')",
        "SELECT * FROM read_csv('{key}')",
        "SELECT * FROM read_parquet('{parquet}')",
        "SELECT * FROM '{parquet}'",
        "SELECT * FROM parquet_metadata('{parquet}')",
        "SELECT * FROM sniff_csv('{key}')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM query('SELECT * FROM read_text(''{key}'')')",
        "SELECT (SELECT content FROM read_text('{key}')) FROM gold.sale",
    ],
)
@pytest.mark.drill(fault="quality query that reads a file", invariant="refused")
def test_no_function_and_no_name_reads_a_file(tables, tmp_path, sql):
    key = tmp_path / "hmac.key"
    key.write_text("secret")
    said = refused(tables, sql.format(key=key, parquet=tmp_path / "sale.parquet"))
    assert said == "a query reads the tables of the lake and nothing else: no files, extensions or databases"


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("COPY (SELECT 1) TO '{out}'", "COPY"),
        ("COPY gold.sale TO '{out}'", "COPY"),
        ("EXPORT DATABASE '{out}'", "EXPORT"),
        ("ATTACH '{out}'", "ATTACH"),
        ("INSTALL httpfs", "LOAD"),
        ("LOAD httpfs", "LOAD"),
        ("SET memory_limit = '99GB'", "SET"),
        ("PRAGMA version", "PRAGMA"),
        ("CREATE TABLE gold.t AS SELECT 1", "CREATE"),
        ("DROP VIEW gold.sale", "DROP"),
        ("EXPLAIN ANALYZE COPY gold.sale TO '{out}'", "EXPLAIN"),
    ],
)
@pytest.mark.drill(fault="quality query with COPY, ATTACH, INSTALL, SET, PRAGMA", invariant="refused")
def test_only_a_select_is_run(tables, tmp_path, sql, kind):
    out = tmp_path / "out"
    assert (
        refused(tables, sql.format(out=out))
        == f"a query is a SELECT, and this is {kind}: the lake is only read"
    )
    assert not out.exists()


def test_one_statement_is_run_and_not_two(tables):
    assert refused(tables, "SELECT 1; SELECT 2") == "a query is one statement, and these are 2"
    assert refused(tables, "SELECT 1; SET threads = 1") == "a query is one statement, and these are 2"
    assert refused(tables, "-- nothing") == "a query is one statement, and these are 0"
    assert select(tables, "SELECT 1 AS x;", Limits()).to_pylist() == [{"x": 1}]


def test_a_name_that_is_no_table_is_not_looked_up_among_pythons(tables):
    with pytest.raises(Exception, match="Table with name SHOPS does not exist"):
        select(tables, "SELECT * FROM SHOPS", Limits())
    with pytest.raises(Exception, match="Table with name tables does not exist"):
        select(tables, "SELECT * FROM tables", Limits())


@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
        "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b",
    ],
)
@pytest.mark.drill(fault="quality query without an end", invariant="stopped at its time limit")
def test_a_query_that_runs_for_ever_is_stopped(tables, sql):
    began = time.monotonic()
    said = refused(tables, sql, Limits(seconds=0.3))
    assert said == "the query did not end within 0.3 s and is stopped: narrow it, or raise --timeout"
    assert time.monotonic() - began < 5


def test_a_time_limit_that_passes_before_the_query_begins_stops_it_as_well(tables):
    sql = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"
    assert "did not end within 1e-06 s" in refused(tables, sql, Limits(seconds=1e-6))


def test_a_time_limit_longer_than_threads_can_wait_is_none(tables):
    assert select(tables, "SELECT 1 AS x", Limits(seconds=1e300)).to_pylist() == [{"x": 1}]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT list(range) FROM range(100000000)",  # DuckDB's own memory
        "SELECT range FROM range(100000000)",  # that of the rows it gives
        "SELECT length(repeat('x', 3000000000))",  # one value, which DuckDB does not count
    ],
)
@pytest.mark.drill(fault="quality query that asks for all memory", invariant="stopped at its memory limit")
def test_a_query_that_needs_more_memory_than_its_limit_ends(tables, sql):
    said = refused(tables, sql, Limits(memory=64))
    assert said.startswith("the query needs more than its 64 MiB of memory: ")


def test_joins_and_common_table_expressions_over_several_tables_work(tables):
    sql = """WITH sold AS (SELECT shop, sum(units)::BIGINT AS units FROM gold.sale GROUP BY ALL)
        SELECT s.shop, s.name, sold.units FROM silver.shop s LEFT JOIN sold USING (shop) ORDER BY 1"""
    assert select(tables, sql, Limits()).to_pylist() == [
        {"shop": 1, "name": "甲", "units": 12},
        {"shop": 2, "name": "乙", "units": None},
        {"shop": 3, "name": None, "units": 2},
    ]
    assert select(tables, "SHOW ALL TABLES", Limits())["name"].to_pylist()
    assert select(tables, "FROM gold.sale WHERE units > 9", Limits()).num_rows == 0

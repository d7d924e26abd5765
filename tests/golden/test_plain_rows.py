"""The short way of plain rows ends as conform() does, over the bronze rows of golden cases (jobs.conform.plain)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from golden_build import Case, bronze_frame, input_table, live_of
from jobs.conform.dispositions import accepted, conform
from jobs.conform.plain import may_be_plain, split
from jobs.contracts.catalog import load_catalog
from jobs.contracts.model import Contract

CATALOG = load_catalog()
# Late winners, equal and older rows, broken rules of each kind, unknown codes, lists, snapshot rows: each case has some of them.
TABLES = ("silver.listing", "silver.shop", "silver.transaction", "silver.review")
CASES = sorted(p.parent for t in TABLES for p in Path(__file__).parent.glob(f"{t}/*/case.yaml"))


def rows_of(frame: DataFrame) -> Counter:
    return Counter(repr(sorted(row.asDict().items())) for row in frame.collect())


def judged(frame: DataFrame) -> Counter:
    """What the ledger and the quarantine take from the rows that were not accepted."""
    return rows_of(frame.where("_disposition <> 'accepted'").select("_load_key", "_record", "_disposition", "_rule_ids", "_row"))


def contested(bronze: DataFrame, contract: Contract, live: DataFrame) -> DataFrame:
    rows = bronze.join(live.select("_load_key"), "_load_key", "left_semi")
    return rows.groupBy(*contract.key).count().where("count > 1").select(*contract.key)


@pytest.mark.parametrize("path", CASES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_plain_rows_and_the_judged_rest_are_what_judging_all_gives(path: Path, spark):
    case = Case(path)
    contract = CATALOG.contracts[case.table]
    bronze = bronze_frame(case, spark, contract, f"bronze.{contract.name}")
    # What one file in three says is out of force: its rows must not come back as plain ones.
    live = live_of(bronze.where(F.abs(F.hash("_load_key")) % 3 > 0))
    named = {c.foreign_key.table for c in contract.columns if c.foreign_key}
    references = {t: spark.createDataFrame(input_table(case, CATALOG, t)) for t in named if CATALOG.contracts[t].reference}
    whole = conform(bronze, contract, references=references, live=live)
    straight, others = split(bronze, contract, references=references, live=live, contested=contested(bronze, contract, live))
    rest = conform(others, contract, references=references, live=live)
    assert may_be_plain(contract)
    assert rows_of(straight.unionByName(accepted(rest, contract))) == rows_of(accepted(whole, contract))
    superseded = bronze.join(live, "_load_key", "left_anti").count()
    gone = judged(whole.join(live, "_load_key", "left_semi"))
    assert judged(rest) == gone and whole.where("_disposition <> 'accepted'").count() == gone.total() + superseded


def test_most_rows_of_a_clean_file_are_plain(spark):
    case = Case(next(p for p in CASES if p.parent.name == "silver.transaction"))
    contract = CATALOG.contracts[case.table]
    bronze = bronze_frame(case, spark, contract, "bronze.transaction")
    live = live_of(bronze)
    nothing = bronze.limit(0).select(*contract.key)
    named = {c.foreign_key.table for c in contract.columns if c.foreign_key}
    references = {t: spark.createDataFrame(input_table(case, CATALOG, t)) for t in named if CATALOG.contracts[t].reference}
    straight, others = split(bronze, contract, references=references, live=live, contested=nothing)
    assert straight.count() > 0 and others.count() > 0 and straight.count() + others.count() == bronze.count()


def test_a_key_that_is_a_number_or_a_day_is_not_told_by_its_text():
    assert not may_be_plain(CATALOG.contracts["silver.calendar"]) and not may_be_plain(CATALOG.contracts["silver.region"])

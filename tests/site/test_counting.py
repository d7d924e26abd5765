"""Unknown values are counted no matter what the columns of the table are called; tables are read when pages
need them."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow as pa

from jobs.contracts.catalog import load_catalog
from jobs.lake.night import Named, Snapshot
from jobs.lake.tables import Lake
from jobs.reports.counting import unknown_values
from jobs.reports.material import Tables


def test_a_table_with_a_column_named_value_counts_its_unknown_values(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    rows = pa.table(
        {
            "_source": ["s"] * 4,
            "_load_key": ["k", "k", "k", "replaced"],
            "_unmapped": [";kind;"] * 4,
            "kind": pa.array([None] * 4, pa.string()),
            "_original_kind": ["下架", "封店", "封店", "旧版"],
            "value": ["1.00", "2.00", "3.00", "4.00"],  # disposal.value: goods of that worth
        }
    )
    named = Named("bronze.disposal", lake.overwrite("bronze.disposal", rows), "fresh", "passed", None)
    snapshot = Snapshot(lake, "r", "nightly", date(2026, 6, 30), {named.table: named})
    flagged = pd.DataFrame(
        {"target": ["disposal"], "load_key": ["k"], "flag": ["kind_unmapped"], "rows": [3]}
    )
    found = unknown_values(snapshot, load_catalog(), flagged, ["k"])
    assert found[["source", "column", "value", "rows", "distinct_values"]].values.tolist() == [
        ["s", "kind", "封店", 2, 2],
        ["s", "kind", "下架", 1, 2],
    ]


def test_a_table_of_a_night_is_read_when_a_page_asks_for_it_and_once() -> None:
    read: list[str] = []

    def reading(name: str) -> pd.DataFrame:
        read.append(name)
        return pd.DataFrame({"name": [name]})

    tables = Tables({name: partial(reading, name) for name in ("gold.a", "gold.b")})
    assert list(tables) == ["gold.a", "gold.b"] and "gold.b" in tables and tables.get("gold.c") is None
    assert read == []
    assert tables["gold.b"] is tables["gold.b"] and read == ["gold.b"]

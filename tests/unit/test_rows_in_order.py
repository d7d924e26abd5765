"""Pages show the same rows in the same order however a night stored them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pyarrow as pa
import pytest

from jobs.lake.night import Named, Snapshot
from jobs.lake.tables import Lake
from jobs.reports import reading
from jobs.reports.pages import credit

DAY, KEY = date(2026, 6, 30), ("basis", "item")
NO_SHOPS, SUSPENDED = "暂停或者终止服务，不得新开网店", "处罚期间暂停服务"
GROUNDS = [  # a key has two columns, one of which the page does not ask for
    ("dishonesty_entry", "serious_violation", NO_SHOPS),
    ("penalty", "licence_revoked", NO_SHOPS),
    ("penalty", "suspension", SUSPENDED),
]
ROWS = [{"basis": b, "item": i, "measure": "stop_service", "name_zh": name} for b, i, name in GROUNDS]


def read(root: Path, rows: list[dict[str, str]]) -> pd.DataFrame:
    lake = Lake(root)
    version = lake.overwrite("silver.restriction_measure", pa.Table.from_pylist(rows))
    named = {
        "silver.restriction_measure": Named("silver.restriction_measure", version, "fresh", "passed", None)
    }
    snapshot = Snapshot(lake, "r", "nightly", DAY, named)
    return reading._columns(snapshot, "silver.restriction_measure", ["item", "name_zh", "name_en"], KEY)


def test_rows_are_read_in_the_order_of_their_key(tmp_path: Path):
    one, other = read(tmp_path / "one", ROWS), read(tmp_path / "other", ROWS[::-1])
    assert one["item"].tolist() == ["serious_violation", "licence_revoked", "suspension"]
    assert list(one.columns) == ["item", "name_zh", "name_en"] and one["name_en"].isna().all()
    pd.testing.assert_frame_equal(one, other)


def test_metrics_are_read_in_one_order_whichever_table_was_done_first(tmp_path: Path):
    lake, found = Lake(tmp_path), []
    for table in ("silver.b", "silver.a"):
        row = {"run_id": "r", "date": DAY, "table": table, "metric": "rows", "value": 1.0}
        lake.append("ops.table_metric", pa.Table.from_pylist([row], schema=reading.OPS["ops.table_metric"]))
    found = reading._ops(Snapshot(lake, "r", "nightly", DAY, {}), "ops.table_metric")
    assert found["table"].tolist() == ["silver.a", "silver.b"]


@pytest.mark.parametrize("rows", [ROWS, ROWS[::-1]])
@pytest.mark.parametrize(("item", "name"), [("suspension", SUSPENDED), ("licence_revoked", NO_SHOPS)])
def test_a_measure_is_named_by_its_ground_where_it_has_several_names(rows: list, item: str, name: str):
    of_measure = [row | {"name_en": "-"} for row in rows if row["measure"] == "stop_service"]
    known = SimpleNamespace(groups=lambda table, column: {"stop_service": of_measure})
    shown = credit._measure(known, {"measure": "stop_service", "basis": "penalty", "item": item})
    assert shown.zh == name

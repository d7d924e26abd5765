"""A text whose rows are those of the version before keeps that version."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from jobs.engine import embedded
from jobs.engine.embedded import Embedded
from jobs.engine.interface import Workspace
from jobs.lake.tables import Lake

SCHEMA = pa.schema(
    [("shop", pa.string()), ("day", pa.date32()), ("n", pa.int64()), ("names", pa.list_(pa.string()))]
)
ROW = "SELECT '{shop}' AS shop, DATE '2026-01-01' AS day, {n} AS n, ARRAY('甲') AS names"
TWO = f"{ROW.format(shop='A', n=1)} UNION ALL {ROW.format(shop='B', n=2)}"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


@pytest.fixture
def space(lake: Lake) -> Iterator[Workspace]:
    engine = Embedded(lake)
    with engine.workspace(as_of=date(2026, 1, 1)) as opened:
        yield opened
    engine.close()


def test_the_same_rows_in_another_order_are_no_new_version(space: Workspace, lake: Lake) -> None:
    first = space.commit("gold.t", TWO, SCHEMA, key=["shop"])
    turned = f"{ROW.format(shop='B', n=2)} UNION ALL {ROW.format(shop='A', n=1)}"
    assert space.commit("gold.t", turned, SCHEMA, key=["shop"], last=first) == first
    assert lake.opened("gold.t").version() == first


@pytest.mark.parametrize(
    "text",
    [
        f"{ROW.format(shop='A', n=1)} UNION ALL {ROW.format(shop='B', n=3)}",  # another value
        ROW.format(shop="A", n=1),  # one row fewer
        f"{TWO} UNION ALL {ROW.format(shop='C', n=3)}",  # one row more
        f"SELECT * FROM ({TWO}) WHERE n > 9",  # none
    ],
)
def test_other_rows_are_all_written(space: Workspace, lake: Lake, text: str) -> None:
    first = space.commit("gold.t", TWO, SCHEMA, key=["shop"])
    now = space.commit("gold.t", text, SCHEMA, key=["shop"], last=first)
    assert now > first and lake.arrow("gold.t", now).num_rows == space.rows(text).num_rows


def test_rows_behind_those_that_were_compared_are_written_too(
    space: Workspace, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "BATCH_ROWS", 2_048)  # so that the comparison ends before the rows do
    first = space.commit("gold.t", TWO, SCHEMA, key=["shop"])
    ids = "SELECT EXPLODE(SEQUENCE(1, 10000)) AS id"
    day = "DATE '2026-01-01' AS day"
    many = f"SELECT CAST(id AS STRING) AS shop, {day}, id AS n, ARRAY('甲') AS names FROM ({ids})"
    now = space.commit("gold.t", many, SCHEMA, key=["shop"], last=first)
    assert sorted(lake.arrow("gold.t", now)["n"].to_pylist()) == list(range(1, 10_001))


def test_a_text_is_written_again_where_only_its_types_changed(space: Workspace, lake: Lake) -> None:
    first = space.commit("gold.t", TWO, SCHEMA, key=["shop"])
    wider = SCHEMA.set(2, pa.field("n", pa.float64()))
    assert space.commit("gold.t", TWO, wider, key=["shop"], last=first) > first

"""How a recipient can answer: lines that a feed takes, the name of the file, and where it is put."""

from __future__ import annotations

import json
from datetime import date

import pandas as pd
import pytest

from jobs.contracts.catalog import load_catalog
from jobs.environment import SCHEMAS
from jobs.exchange.contents import KINDS
from jobs.exchange.kinds import Kind, Parcel
from jobs.exchange.pages.answering import answers
from jobs.exchange.pages.desk import ANYONE, Desk, desks_of, example, row_of
from jobs.ingest.delivery import day_of
from jobs.ingest.source import load_sources

DAY, NAME, MANIFEST = date(2026, 12, 3), "platform_P07", "MF-platform_P07-20261203-ab"
ROW = ("restriction", "LC-1-S1")


@pytest.fixture(scope="module")
def desk() -> Desk:
    return desks_of(load_sources((SCHEMAS,), load_catalog()))[ANYONE]


def test_the_example_is_in_the_names_and_codes_of_the_feed_that_reads_it(desk) -> None:
    feed = desk.feed
    whole, one = (json.loads(line) for line in example(desk, NAME, DAY, MANIFEST, ROW).splitlines())
    read = {c.name: c.value.column for c in feed.columns}
    status = next(c for c in feed.columns if c.name == "status")
    assert status.operation is not None
    said = [status.operation.values[row[read["status"]]] for row in (whole, one)]
    assert said == ["received", "done"]
    assert [row[read["item_id"]] for row in (whole, one)] == [MANIFEST, "LC-1-S1"]
    assert one[read["item_kind"]] == "restriction" and one[read["acknowledged_on"]] == "2026-12-03"
    assert whole[read["acknowledgement_id"]] != one[read["acknowledgement_id"]]
    assert all(row[read["recipient_code"]] == NAME for row in (whole, one))


def test_the_file_has_a_name_that_the_feed_takes_and_of_two_recipients_each_its_own(desk) -> None:
    first, second = desk.file(NAME, DAY), desk.file("platform_P08", DAY)
    assert first != second and day_of(desk.feed.delivered, first) == DAY
    (_, stated, shown), *_ = answers("platform", MANIFEST, NAME, "", day=DAY, desk=desk, row=ROW)
    assert first in stated.zh and first in stated.en and desk.source in stated.zh and "LC-1-S1" in stated.zh
    assert "LC-1-S1" in shown and MANIFEST in shown


def test_without_a_feed_the_example_has_the_columns_of_the_table_and_no_name_of_a_file() -> None:
    (_, stated, shown), *_ = answers("lab", MANIFEST, NAME, "", day=DAY)
    head, line = shown.splitlines()
    assert head == "acknowledgement_id,acknowledged_on,recipient_code,item_id,item_kind,status,note"
    assert MANIFEST in line and ".jsonl" not in stated.zh and "整包" in stated.zh


def parcel(kind: Kind, **columns: list[object]) -> Parcel:
    return Parcel(NAME, kind, pd.DataFrame(columns, dtype=object))


def test_the_row_shown_is_one_that_waits_for_its_answer() -> None:
    held = parcel(KINDS["restricted_operators"], notice_id=["A", "B"], acknowledged_on=[DAY, None])
    ordered = parcel(KINDS["takedown_notices"], notice_id=["XJ-1"])
    assert row_of([ordered, held]) == ("restriction", "B")
    assert row_of([ordered]) == ("takedown_order", "XJ-1")
    assert row_of([parcel(KINDS["takedown_notices"], notice_id=[])]) is None


def test_a_platform_learns_how_to_object_to_its_index_and_which_record_counts_as_acknowledged() -> None:
    title, stated, _ = answers("platform", MANIFEST, NAME, "", day=DAY)[1]
    assert "对指数或指标数值有异议的" in stated.zh and "value of the index" in stated.en
    assert "种类为签收" in stated.zh and title.zh == "对通知有异议"

"""The result of a file says what its list of bad records leaves out, and keeps what its readers noticed."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from jobs.ingest import verdict
from jobs.ingest.model import ColumnMap, Feed, Reason, Value
from jobs.ingest.reading import Part
from jobs.ingest.records import Found

ID = ColumnMap("id", Value("from", column="id"), "string", required=True)
FEED = Feed("town", "things", "thing", ("*.csv",), "csv", (ID,), "UTC")
BAD = Reason("坏", "bad")


def part(**noticed: object) -> Part:
    found = Found(names={"id": None}, present={"id"}, **noticed)  # type: ignore[arg-type]
    return Part(None, [pa.table({"id": ["a"]})], found)


def test_unreadable_and_rejected_records_are_listed_together_up_to_the_limit_and_a_warning_counts_both(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(verdict, "LISTED", 3)
    both = part(unreadable=[(1, BAD), (2, BAD)], rejected=[(3, None, BAD), (4, None, BAD)])
    result = verdict.result_of(FEED, [both])
    assert [line["record"] for line in json.loads(result.unreadable_list)] == [1, 2, 3]
    assert "only the first 3 of 4 unreadable or rejected records are listed" in result.warnings[-1]
    assert verdict.result_of(FEED, [part(unreadable=[(1, BAD)], rejected=[(2, None, BAD)])]).warnings == []


def test_an_empty_file_keeps_the_warnings_of_its_reader() -> None:
    noticed = Part(
        None, [], Found(names={"id": None}, present={"id"}, warnings=[Reason("两张表", "two sheets")])
    )
    result = verdict.result_of(FEED, [noticed])
    assert result.status == "empty" and "two sheets" in result.warnings[0]

"""Data Docs in the site are read offline."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa

from jobs.contracts.suites import Expectation
from jobs.gate.audit import Gate
from jobs.gate.docs import publish_docs
from jobs.gate.measure import Measures
from jobs.gate.profile import Profile

MEASURES = Measures({"row_count": 2}, Profile(2), None)


def test_data_docs_load_nothing_run_nothing_and_say_what_failed(tmp_path: Path) -> None:
    gate = Gate(tmp_path / "gate", run_id="r", day=date(2026, 6, 30))
    rows = pa.table({"name": ["<script>alert(1)</script>", "b"]})
    one_of = Expectation("expect_column_values_to_be_in_set", {"column": "name", "value_set": ["b"]}, "critical", "rows", "x", "名称", "name")
    two_rows = Expectation("expect_table_row_count_to_equal", {"value": 2}, "warning", "rows", "y", "行数", "rows")
    assert gate.audit("gold.bad", 3, [one_of, two_rows], rows, MEASURES).verdict == "failed"
    assert gate.audit("gold.good", 0, [two_rows], rows, MEASURES).verdict == "passed"
    gate.build_docs()
    assert publish_docs(tmp_path / "gate", tmp_path / "site" / "data_docs")
    pages = {p: p.read_text(encoding="utf-8") for p in (tmp_path / "site" / "data_docs").rglob("*.html")}
    assert len(pages) == 5  # a first page, two suites, two validations
    for text in pages.values():
        assert "<script" not in text and 'src="http' not in text and 'rel="stylesheet" href="http' not in text
    index = pages[tmp_path / "site" / "data_docs" / "index.html"]
    assert index.count("未通过 failed") == 1 and index.count("通过 passed") == 1 and "gold.bad.rows" in index


def test_without_an_audit_there_are_no_data_docs(tmp_path: Path) -> None:
    assert not publish_docs(tmp_path / "gate", tmp_path / "site")

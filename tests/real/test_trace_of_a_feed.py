"""A batch of a list that a province publishes as a workbook, brought by YAML alone, traced to its record."""

from __future__ import annotations

from pathlib import Path

import made_feeds
import pytest
from homes import DAY, Home, few_tables
from python_calamine import CalamineWorkbook
from traced_country import snapshot

from jobs.reports.tracing import read_members, with_files

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
FEED = Path(__file__).parent / "feeds" / "tcm_lists.yaml"
HEADINGS = 4  # lines above the records: a title of two and a heading of two


def test_each_traced_batch_of_a_published_list_leads_to_its_line_of_the_workbook_as_received(
    tmp_path: Path,
) -> None:
    tables = few_tables("gold.source_trace", "silver.test_result")
    home = Home(tmp_path / "home", FEED.read_text(encoding="utf-8"), "tcm_lists", tables=tables)
    home.put("2026年第2期中药饮片.xlsx", made_feeds.tcm())
    landed, result = home.night(DAY)
    assert (landed.refused, result.exit_code) == ([], 0), result.stale
    night = snapshot(home)
    trace, ingested = night.frame("gold.source_trace"), night.lake.frame("ops.ingest_file")
    hops = with_files(trace, ingested, read_members(night, trace, ingested))
    batches = hops[hops["hop"] == "batch"]
    assert len(batches) == 3 and batches["source"].eq("tcm_lists").all()
    for batch in batches.itertuples():
        raw = home.root / "landing" / "raw" / batch.sha256[:2] / batch.sha256
        sheet = CalamineWorkbook.from_path(raw).get_sheet_by_index(0).to_python()
        line = sheet[HEADINGS + int(batch.record) - 1]
        assert batch.evidence_id.removeprefix("TCM/") in map(str, line)

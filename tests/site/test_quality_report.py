"""The quality report: every heading of the code, every figure from the tables, checks that can fail."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from pathlib import Path

import country
import pandas as pd
import pytest
from reading_pages import text_of

from jobs.reports import quality_facts
from jobs.reports.gathered import Gathered, gather
from jobs.reports.numbers import percent
from jobs.whole_folder import read_manifest


def values(facts: list[quality_facts.Fact]) -> dict[str, quality_facts.Fact]:
    return {fact.name.en: fact for fact in facts}


def edited(known: Gathered, table: str, rows: pd.DataFrame) -> Gathered:
    return gather(dataclasses.replace(known.night, tables=dict(known.night.tables) | {table: rows}))


def test_the_five_headings_stand_in_the_order_of_the_code_and_the_download_holds_every_figure(
    site: Path, html: dict[str, str]
) -> None:
    page = html["quality_report.html"]
    anchors = re.findall(r'<h2 id="(\w+)">', page)
    assert anchors == ["relevance", "accuracy", "timeliness", "coherence", "accessibility"]
    text = (site / "data" / "quality_report.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == page.count('<tr><th scope="row">') + page.count('<tr class="bad"><th scope="row">')
    assert [*dict.fromkeys(row["heading"] for row in rows)] == anchors
    assert all(row["value"].lstrip("'") in text_of(page) for row in rows)


def test_a_figure_of_another_year_than_that_of_the_first_page_names_its_year(html: dict[str, str]) -> None:
    text = text_of(html["quality_report.html"])
    assert "latest year" not in text and "最近一年" not in text
    for words in ("Probability samples judged", "Platforms with probability samples"):
        assert f"{words} in the calendar year 2025" in text
    assert "The shares and classes of samples: in the calendar year 2025" in text


def test_void_exits_effective_batches_and_classes_are_those_of_the_newest_whole_year(known: Gathered) -> None:
    rates = country.tables()["gold.detection_rate"]
    year = rates[
        (rates["period_type"] == "year")
        & (rates["period_start"] == country.date(2025, 1, 1))
        & (rates["design"] == "probability")
        & (rates["dimension2_type"] == "")
    ]
    nation = year[year["dimension_type"] == "nation"].iloc[0]
    found = values(quality_facts.accuracy(known))
    void, sampled = nation["n_exited_void"], nation["n_sampled"]
    said = found["Non-response: void before the test, of the batches sampled"].value
    assert said == f"{percent(void / sampled)} ({void:,} / {sampled:,})"
    platforms = year[(year["dimension_type"] == "platform") & (year["dimension_code"] != "unknown")]
    enough = platforms["reliability"].ne("insufficient").sum()
    assert found["Platforms with enough batches (classes A to D)"].value.endswith(
        f"({enough} / {len(platforms)})"
    )
    provinces = found["Regions with enough batches (classes A to D)"].value
    assert provinces.endswith("/ 10)")  # three of the codes are prefectures, one has samples of 2026 only


def test_the_proof_fails_where_a_cell_covers_too_little(
    known: Gathered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [fact.holds for fact in quality_facts.proven()] == [True, True]
    text = quality_facts.PROOF.read_text(encoding="utf-8").splitlines()
    covered = text[0].split(",").index("covered")
    cells = [line.split(",") for line in text[1:]]
    bad = next(cell for cell in cells if cell[4])
    bad[covered] = "0.9"
    path = tmp_path / "rate_coverage.csv"
    path.write_text("\n".join([text[0], *(",".join(cell) for cell in cells)]), encoding="utf-8")
    monkeypatch.setattr(quality_facts, "PROOF", path)
    least, _ = quality_facts.proven()
    assert (least.value, least.holds) == ("90.0%", False)


def test_identities_hold_and_one_batch_too_many_is_found(known: Gathered) -> None:
    found = values(quality_facts.coherence(known))
    assert found["With an outcome = referred before the test + void before the test + tested (rows)"].holds
    assert found["Probability + targeted = all samples (rows)"].holds
    rows = known.night.frame("gold.detection_rate").copy()
    at = rows.index[(rows["design"] == "targeted") & (rows["period_type"] == "year")][0]
    rows.loc[at, "n_sampled"] += 1
    broken = values(quality_facts.coherence(edited(known, "gold.detection_rate", rows)))
    assert (
        broken["With an outcome = referred before the test + void before the test + tested (rows)"].holds
        is False
    )
    assert broken["Probability + targeted = all samples (rows)"].holds is False
    assert broken["Tested = none found + non-conforming + not judged (rows)"].holds


def test_a_check_that_does_not_hold_stands_at_the_top_of_the_page(html: dict[str, str]) -> None:
    # The country's lifecycle follows some of its samples only, so that it does not agree with the rate.
    page = html["quality_report.html"]
    note = re.search(r'<p class="note">(.*?)</p>', page, flags=re.S)
    assert note and "Batches finally non-conforming: procedure / table of rates" in note[1]


def test_late_feeds_are_counted_by_their_rhythm_and_revisions_by_published_rate(known: Gathered) -> None:
    found = values(quality_facts.timeliness(known))
    assert found["Late feeds, daily"].value == "100.0% (1 / 1)"
    assert "Late feeds, weekly" not in found
    assert values(quality_facts.accuracy(known))["Revised since, of the rates published"].value == "–"
    counted = pd.DataFrame({"revision": [0, 1, 2], "rows": [40, 3, 1]})
    revised = values(quality_facts.accuracy(edited(known, "ops.publication", counted)))
    assert revised["Revised since, of the rates published"].value == "7.5% (3 / 40)"


def test_pages_and_downloads_are_those_of_the_site_the_reports_own_ones_too(
    site: Path, html: dict[str, str]
) -> None:
    text = text_of(html["quality_report.html"])
    made = read_manifest(site)["files"]
    assets = {path for path in made if path.startswith("assets/") or path.endswith(".js")}  # parts of pages
    downloads = {path for path in made if not path.endswith(".html")} - assets
    assert f"Pages {len(html):,}" in text
    assert f"Data files of pages {len(downloads):,}" in text

"""Real feed: 150 Chinese reviews from a corpus of sentiment, landed by a source YAML like any
other, and the hazards that were judged in them by hand (chinese_reviews/SOURCE.md)."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from homes import DAY, Home

HERE = Path(__file__).parent / "chinese_reviews"
SOURCE = """
source: corpus
publisher: {name_zh: 情感语料, name_en: Corpus of sentiment}
timezone: Asia/Shanghai
cadence: irregular
feeds:
  reviews:
    target: review
    files: "reviews.csv"
    format: csv
    key: [review_id]
    columns:
      review_id:   {from: 评价编号}
      reviewed_on: {from: 评价日期, date: [yyyy-MM-dd]}
      text:        {from: 评价内容}
    ignore: [hazards_judged, drawn]
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    home = Home(tmp_path_factory.mktemp("corpus") / "home", SOURCE, "corpus")
    home.put("reviews.csv", (HERE / "reviews.csv").read_bytes())
    landed, result = home.night(DAY, select="+gold.review_hazard")
    assert landed.refused == []
    assert result.exit_code == 0, result.stale
    return home.ask(
        "SELECT review_id, hazard_code, confidence, evidence FROM gold.review_hazard", latest=True
    )


def judged(drawn: set[str]) -> set[tuple[str, str]]:
    with (HERE / "reviews.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["drawn"] in drawn]
    assert len(rows) == 50 * len(drawn)
    return {
        (row["评价编号"], code) for row in rows for code in filter(None, row["hazards_judged"].split(";"))
    }


def readings(found: list[dict], drawn: set[str], *confidence: str) -> set[tuple[str, str]]:
    """Of the reviews drawn then: R100 and on the first time, R200 the second, R300 the third."""
    return {
        (row["review_id"], row["hazard_code"])
        for row in found
        if row["review_id"][1] in drawn and row["confidence"] in confidence
    }


@pytest.mark.parametrize(("drawn", "least_right"), [({"1", "2"}, 0.65), ({"3"}, 0.6)])
def test_most_hazards_read_were_judged_and_none_is_missed(found, capsys, drawn, least_right):
    wanted, every = judged(drawn), readings(found, drawn, "sure", "unsure")
    with capsys.disabled():
        print(f"\n{len(wanted)} hazards judged in {50 * len(drawn)} real reviews")
        print(f"read {len(every)}, right {len(every & wanted)}")
    assert len(every & wanted) / len(every) >= least_right
    assert every >= wanted


def test_what_is_read_as_sure_of_goods_is_mostly_what_was_judged(found):
    """Not of the third fifty: of their four sure readings three are of a hotel's room and a novel."""
    sure = readings(found, {"1", "2"}, "sure")
    assert len(sure & judged({"1", "2"})) / len(sure) >= 0.85

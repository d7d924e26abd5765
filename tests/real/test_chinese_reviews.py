"""Real feed: a hundred Chinese reviews from a corpus of sentiment, landed by a source YAML like any
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


def judged() -> set[tuple[str, str]]:
    with (HERE / "reviews.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 100
    return {
        (row["评价编号"], code) for row in rows for code in filter(None, row["hazards_judged"].split(";"))
    }


def test_what_is_read_as_sure_is_mostly_what_was_judged_and_little_is_missed(found, capsys):
    wanted = judged()
    every = {(row["review_id"], row["hazard_code"]) for row in found}
    sure = {(row["review_id"], row["hazard_code"]) for row in found if row["confidence"] == "sure"}
    with capsys.disabled():
        print(f"\n{len(wanted)} hazards judged in 100 real reviews")
        print(f"read {len(every)}, right {len(every & wanted)}")
        print(f"as sure {len(sure)}, right {len(sure & wanted)}")
    assert len(sure & wanted) / len(sure) >= 0.85
    assert len(every & wanted) / len(every) >= 0.65
    assert len(every & wanted) / len(wanted) >= 0.95

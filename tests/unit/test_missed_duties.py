"""What readers learn of the rule of a task and of a measure, and of what follows where a duty is missed."""

from __future__ import annotations

import csv
from datetime import date
from types import SimpleNamespace

import pytest

from jobs.contracts.catalog import load_catalog
from jobs.environment import SCHEMAS
from jobs.exchange.contents import KINDS
from jobs.exchange.pages.cells import table
from jobs.exchange.pages.todo import tasks
from jobs.marts import takedown_duty
from jobs.reports.citations import cited, law
from jobs.reports.consequences import TITLE, consequences
from jobs.reports.procedure import OWN_RULE, ruled

DAY = date(2026, 6, 30)


def test_a_task_that_no_law_rules_says_that_its_rule_is_this_projects_own() -> None:
    record = {"source": "a", "feed": "f", "file": "f", "member": None, "record": 1, "element": 0}
    rows = {
        "standard_corrections": [SimpleNamespace(listing_id="L1")],
        "records_not_accepted": [SimpleNamespace(**record)],
    }
    found = {task.subject: task.rule for task in tasks("platform", rows, DAY)}
    assert found == dict.fromkeys(rows, OWN_RULE) and OWN_RULE.en == "this project's own rule"
    read = ruled("E-commerce Law art 38", "unverified")
    assert read.en == "E-commerce Law, Article 38 (text of the law not checked)"
    assert ruled("SAMR order 20 art 14", "verified").en.endswith("(SAMR Order No. 20), Article 14")


def test_the_rule_of_a_measure_stands_apart_from_the_article_of_the_penalty() -> None:
    ground, rule = "产品质量法第四十九条", "市场监督管理行政处罚信息公示规定"
    given = {
        "notice_id": ["N"],
        "legal_basis": [ground],
        "authority": ["某局"],
        "measure": ["heightened_checks"],
        "measure_citation": [rule],
        "measure_rule_status": ["unverified"],
    }
    assert set(given) <= set(KINDS["restricted_operators"].columns)
    made = table(KINDS["restricted_operators"], given, "restricted_operators", load_catalog(), {}, {})
    (row,) = made.rows
    cells = row.split("<td")
    (of_ground,) = (cell for cell in cells if "Product Quality Law, Article 49" in cell)
    (of_measure,) = (cell for cell in cells if "Provisions on the publication" in cell)
    assert of_ground != of_measure and "text of the law not checked" in of_measure
    assert "措施的依据" in made.head and "处罚或列入名单及其依据" in made.head


def test_a_measure_that_no_law_sets_says_so_below_the_name_that_the_task_gives() -> None:
    kind = KINDS["restricted_operators"]
    given = {"notice_id": ["N"], "measure_rule_status": ["house_rule"], "natural_person": [True]}
    given |= {"stops_sales": [True], "stop_open": [True]}
    made = table(kind, given, kind.name, load_catalog(), {}, {})
    (row,) = made.rows
    assert OWN_RULE.zh in row and "own rule<" in row and ">house_rule<" not in row
    assert ">自然人<" in row and ">individual<" in row
    assert all(f">{head}<" in made.head for head in ("措施的依据", "须停止销售", "停售尚未落实", "经营者"))
    held = {"shop_id": "S", "acknowledged_on": None, "stops_sales": False, "ban_open": None}
    held |= {"n_listings": None, "last_ordered_on": None}
    (task,) = tasks("platform", {kind.name: [SimpleNamespace(**held)]}, date(2026, 6, 30))
    assert task.rule is not None and "“措施的依据”" in task.rule.zh and "basis of the measure" in task.rule.en


def test_a_measure_cites_the_rule_that_sets_it_by_name_or_is_this_projects() -> None:
    with (SCHEMAS / "reference" / "restriction_measure.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert rows
    for row in rows:
        said = cited(row["citation"])
        assert (said is None) == (row["status"] == "house_rule"), row["item"]
        assert said is None or (said == law(row["citation"]) and said.zh != said.en)


def test_a_missed_takedown_states_what_counts_here_and_that_the_law_was_not_read() -> None:
    words = consequences().words
    assert "逾期后果" in TITLE.zh and "法律责任" in TITLE.zh
    with (SCHEMAS / "reference" / "goalpost.csv").open(encoding="utf-8", newline="") as lines:
        names = {row["indicator"]: row["name_zh"] for row in csv.DictReader(lines)}
    assert names["takedown_on_time"] in words.zh and names["complaints_on_time"] in words.zh
    assert "未核对条文" in words.zh and "text of the law not checked" in words.en
    for article in ("第八十条", "第八十三条", "第八十四条"):
        assert f"《电子商务法》{article}" in words.zh
    assert "records none by itself" in words.en


def test_a_fine_of_articles_80_and_84_follows_only_an_order_that_was_not_obeyed() -> None:
    words = consequences().words
    for fine in (
        "责令限期改正，逾期不改正的，处2万元以上10万元以下的罚款；情节严重的，责令停业整顿，"
        "并处10万元以上50万元以下的罚款（《电子商务法》第八十条）",
        "责令限期改正，可以处5万元以上50万元以下的罚款；情节严重的，责令停业整顿，"
        "并处50万元以上200万元以下的罚款（《电子商务法》第八十三条）",
        "责令限期改正，逾期不改正的，处5万元以上50万元以下的罚款；情节严重的，"
        "处50万元以上200万元以下的罚款（《电子商务法》第八十四条）",
    ):
        assert fine in words.zh, fine
    assert "ordered to correct and, where it does not, fined 20,000 to 100,000 yuan" in words.en
    assert "ordered to correct and may be fined 50,000 to 500,000 yuan" in words.en


def test_another_nations_platforms_read_nothing_of_this_law(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takedown_duty, "deployment", lambda: SimpleNamespace(code="NL"))
    words = consequences().words
    assert "电子商务法" not in words.zh and "E-commerce Law" not in words.en
    assert "按时下架率" in words.zh

"""Complaints that state a product and a problem in the words of their own list, as consumer agencies publish
theirs, brought by one YAML with that list as hazards and words: the pairs that are signals.

The rows are made here."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from homes import Home, few_tables

pytestmark = pytest.mark.slow
FIRST, DAYS = date(2025, 1, 6), 364
PROBLEMS = ["Battery swelling", "Skin rash", "Sharp edge", "Strong smell", "Overheating", "Loose part"]
PRODUCTS = ["Phone", "Kettle", "Toy car", "Face cream", "Chair", "Lamp", "Jacket", "Drill"]
OF_A_PAIR, PLANTED = 6, {("Phone", "Battery swelling"): 60, ("Face cream", "Skin rash"): 60}
SOURCE = """
source: agency
family: complaint
publisher: {name_zh: 某消费者机构, name_en: A consumer agency}
timezone: Asia/Shanghai
cadence: weekly
feeds:
  problems:
    target: hazard
    files: "problems*.csv"
    format: csv
    key: [hazard_code]
    columns:
      hazard_code: {from: problem}
      name_zh: {from: problem}
      name_en: {from: problem}
      severity: {from: severity}
      reason_zh: {const: 机构自有分类}
      reason_en: {const: the agency's own list}
      valid_from: {const: "2000-01-01"}
  words:
    target: hazard_term
    files: "problems*.csv"
    format: csv
    key: [rule]
    columns:
      rule: {concat: [{text: agency/}, problem]}
      hazard_code: {from: problem}
      strength: {const: strong}
      match: {from: problem, split: ";"}
      reason_zh: {const: 机构自有分类}
      reason_en: {const: the agency's own list}
      valid_from: {const: "2000-01-01"}
    ignore: [severity]
  complaints:
    target: complaint
    files: "complaints*.csv"
    format: csv
    key: [complaint_id]
    columns:
      complaint_id: {from: id}
      received_on: {from: received, date: [MM/dd/yyyy]}
      kind: {const: complaint}
      category_code: {from: product, on_unmapped: keep}
      text: {from: problem}
"""


def complaints() -> str:
    """Every product with every problem, OF_A_PAIR times, two pairs ten times as often, all round the year."""
    pairs = [(p, w) for p in PRODUCTS for w in PROBLEMS for _ in range(PLANTED.get((p, w), OF_A_PAIR))]
    rows = [
        f"A{n},{FIRST + timedelta(days=n * 37 % DAYS):%m/%d/%Y},{product},{problem}"
        for n, (product, problem) in enumerate(pairs)
    ]
    return "\n".join(["id,received,product,problem", *rows]) + "\n"


def test_the_pairs_that_are_named_more_than_products_and_problems_explain_are_signals(tmp_path) -> None:
    home = Home(tmp_path / "home", SOURCE, "agency", tables=few_tables("gold.risk_signal"))
    rows = "".join(f"{problem},3\n" for problem in PROBLEMS)
    home.put("problems.csv", f"problem,severity\n{rows}", encoding="utf-8")
    home.put("complaints.csv", complaints(), encoding="utf-8")
    landed, result = home.night(FIRST + timedelta(days=DAYS + 7))
    assert (landed.bad_sources, landed.refused, result.exit_code) == ([], [], 0), result.stale
    named = home.ask("SELECT sum(n)::INT AS n FROM gold.hazard_count WHERE stream = 'text'", latest=True)
    assert named == [{"n": len(complaints().splitlines()) - 1}], "each stated problem is read"
    signals = home.ask(
        "SELECT key_code, reasons, severity, serious, news FROM gold.risk_signal ORDER BY opened_on",
        latest=True,
    )
    pairs = {row["key_code"] for row in signals if "gps_text" in row["reasons"]}
    assert pairs == {f"{product}/{problem}" for product, problem in PLANTED}
    assert {row["severity"] for row in signals} == {3}, "as grave as the list says"
    # They are named alike all round the year: news at first, then what is usual of them.
    assert [row["news"] for row in signals[:2]] == ["first", "first"]
    assert {row["news"] for row in signals[2:]} == {"usual"}
    assert all(row["serious"] == (row["news"] != "usual") for row in signals)

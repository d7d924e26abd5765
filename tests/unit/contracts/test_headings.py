"""English headings of columns: by the glossary, else words that a reader understands without the code."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from jobs.contracts import english
from jobs.contracts.catalog import load_catalog
from jobs.contracts.english import heading
from jobs.contracts.glossary import glossary
from jobs.exchange.pages.columns import SHARED


@pytest.mark.parametrize(
    ("table", "column", "wanted"),
    [
        ("gold.detection_rate", "rate", "Detection rate"),  # a term of the glossary
        ("gold.detection_rate", "ci_low", "Lower limit"),
        ("gold.detection_rate", "yoy_pp", "Change from a year earlier (percentage points)"),
        ("gold.detection_rate", "shrunk_high", "Small-area estimate: upper limit"),
        ("gold.complaint_rate", "n_quality_complaints", "Quality complaints (number)"),
        ("gold.weak_point", "action_zh", "Action in Chinese"),
        ("gold.bulletin", "batch_no", "Batch number"),
        ("gold.credit_score", "grade", "Credit class"),
        ("gold.repeat_offender", "grade", "Grade"),  # how certain it is: no class of credit
        ("gold.lab_performance", "load_share", "Load ÷ declared capacity"),
        ("gold.lab_performance", "score", "Z value, adjusted"),
        ("gold.lab_agreement", "agreement", "Same verdict"),  # as the page of laboratories calls it
        ("gold.lab_agreement", "agree_low", "95% limits of agreement: lower limit"),
        # Packages and workbooks have the names that pages show for the same column.
        ("gold.lab_agreement", "kappa", "Cohen's kappa"),
        ("gold.lab_performance", "n_failing", "Non-conforming (number)"),
        ("gold.lab_performance", "p", "P value"),
        ("gold.weak_point", "peer_median", "Peers' median"),
        ("gold.weak_point", "best_quarter", "Value at the upper quartile by score"),
        ("gold.bulletin", "serious", "Seriously non-conforming"),
        ("gold.bulletin", "item_names", "Failing items"),
        ("gold.bulletin", "producer_name", "Marked producer"),
        ("gold.restriction_response", "n_listings", "Listings on offer (number)"),
        ("gold.standard_citation", "standard_no", "Edition cited"),
        ("silver.test_result", "value_text", "Value found"),
        ("gold.quality_index_indicator", "goal_low", "Goalpost: lower end"),
        ("gold.complaint_rate", "confidential", "Confidential"),  # a term of the glossary that is a status
    ],
)
def test_a_column_has_an_english_heading(table: str, column: str, wanted: str) -> None:
    assert heading(table, column) == wanted


def test_limits_of_agreement_are_not_called_the_interval_of_a_figure() -> None:
    shared = {names: text.en for names, text, _ in SHARED}
    assert shared[("agree_low", "agree_high")] == "95% limits of agreement"
    assert shared[("low998", "high998")] == "99.8% control limits"  # as the page of laboratories has them


def test_a_column_that_bears_the_chinese_name_of_a_measure_or_count_bears_its_english_name_too() -> None:
    terms = {t.zh: t.en for t in glossary().values() if t.kind in ("measure", "count")}
    other = {
        (table, column.name): (said, terms[column.name_zh])
        for table, contract in load_catalog().contracts.items()
        for column in contract.columns
        if column.name_zh in terms
        and not (said := heading(table, column.name)).lower().startswith(terms[column.name_zh].lower())
    }
    assert other == {}


def test_a_new_column_needs_no_line_in_the_glossary_to_bear_the_english_name_of_its_term(monkeypatch) -> None:
    column = SimpleNamespace(name_zh="已判定批次")
    contract = SimpleNamespace(column_names=("n_certain",), column=lambda name: column)
    monkeypatch.setattr(english, "_contracts", lambda: {"gold.lab_month": contract})
    assert english.heading.__wrapped__("gold.lab_month", "n_certain") == "Batches judged"
    column.name_zh = "可判定批次"  # no term
    assert english.heading.__wrapped__("gold.lab_month", "n_certain") == "Certain (number)"


def test_no_heading_is_a_code() -> None:
    contracts = load_catalog().contracts
    headings = {heading(name, c.name) for name, contract in contracts.items() for c in contract.columns}
    assert len(headings) > 500
    assert [h for h in headings if h[:1].islower()] == []
    assert [h for h in headings if not h or re.search(r"_|\b(n|pp|ci|yoy|uscc|id)\b", h)] == []

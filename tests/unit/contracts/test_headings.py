"""English headings of columns: by the glossary, else words that a reader understands without the code."""

from __future__ import annotations

import re

import pytest

from jobs.contracts.catalog import load_catalog
from jobs.contracts.english import heading
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
        ("gold.quality_index_indicator", "goal_low", "Goalpost: lower end"),
        ("gold.complaint_rate", "confidential", "Confidential"),  # a term of the glossary that is a status
    ],
)
def test_a_column_has_an_english_heading(table: str, column: str, wanted: str) -> None:
    assert heading(table, column) == wanted


def test_limits_of_agreement_are_not_called_the_interval_of_a_figure() -> None:
    shared = {names: text.en for names, text, _ in SHARED}
    assert shared[("agree_low", "agree_high")] == "95% limits of agreement"


def test_no_heading_is_a_code() -> None:
    contracts = load_catalog().contracts
    headings = {heading(name, c.name) for name, contract in contracts.items() for c in contract.columns}
    assert len(headings) > 500
    assert [h for h in headings if h[:1].islower()] == []
    assert [h for h in headings if not h or re.search(r"_|\b(n|pp|ci|yoy|uscc|id)\b", h)] == []

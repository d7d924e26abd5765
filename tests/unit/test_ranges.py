"""Ranges of numbers: one form in each language, wherever pages show them."""

from __future__ import annotations

import pytest

from jobs.methods.ranges import chinese, english, in_chinese
from jobs.reports.index_parts import scored_text
from jobs.reports.numbers import span
from jobs.reports.pages.bulletin import bounds
from jobs.reports.punctuation import marked
from jobs.reports.svg import tip
from jobs.reports.wording import Text


@pytest.mark.parametrize(
    ("low", "high", "zh", "en"),
    [
        ("7.8%", "16.3%", "7.8%～16.3%", "7.8–16.3%"),
        ("7.8", "16.3%", "7.8%～16.3%", "7.8–16.3%"),
        ("4.0", "8.5", "4.0～8.5", "4.0–8.5"),
        ("−5", "20", "−5～20", "−5 to 20"),
        ("−1.2", "+0.4", "−1.2～+0.4", "−1.2 to +0.4"),
        ("1,234.5", "∞", "1,234.5～∞", "1,234.5–∞"),
    ],
)
def test_a_range_has_one_form_in_each_language_and_the_english_one_is_read_as_chinese(low, high, zh, en):
    assert (chinese(low, high), english(low, high)) == (zh, en)
    assert in_chinese(f"（95%区间{en}，另）") == f"（95%区间{zh}，另）"


@pytest.mark.parametrize(
    "text",
    [
        "GB 1234–2020",
        "2026–01–01",
        "2026-06-28 – 2026-06-30",
        "P01–P05",
        "从3 to 5",
        "卡普兰–迈耶",
        "a/1–2/3",
    ],
)
def test_codes_days_and_names_are_no_ranges(text):
    assert in_chinese(text) == text


def test_limits_of_items_intervals_and_estimates_are_ranges_of_the_same_form():
    assert bounds("4.0", "8.5") == Text("4.0～8.5", "4.0–8.5")
    assert bounds("-5", "20") == Text("−5～20", "−5 to 20")
    assert span(0.082, 0.17) == "8.2–17.0%"
    assert scored_text((0.74, 0.705, 0.775), "share", per_order=False) == "74.0% (70.5–77.5%)"


@pytest.mark.parametrize(
    ("low", "high", "unit", "zh", "en"),
    [
        ("95", "", "%", "≥95%", "≥95%"),
        ("", "75", "mg/kg", "≤75 mg/kg", "≤75 mg/kg"),
        ("", "-5", "℃", "≤−5 ℃", "≤−5 ℃"),
        ("4.0", "8.5", "%", "4.0%～8.5%", "4.0–8.5%"),
        ("5", "9", "mm", "5～9 mm", "5–9 mm"),
        ("-3", "3", "‰", "−3‰～3‰", "−3 to 3‰"),
        ("3.5", "", "级", "≥3-4级", "≥3-4 grade"),
        ("500", "", "次", "≥500次", "≥500 cycles"),
        # stated by the limit itself: not said twice
        ("≥95", "", "%", "≥95%", "≥95%"),
        ("95%", "", "%", "≥95%", "≥95%"),
        ("", "≤ 75 mg/kg", "mg/kg", "≤75 mg/kg", "≤75 mg/kg"),
        ("", "<20", "mg/kg", "<20 mg/kg", "<20 mg/kg"),
        # what is no unit
        ("", "20", "/", "≤20", "≤20"),
        ("", "20", "—", "≤20", "≤20"),
        # a requirement in words has neither sign nor unit, and stands once
        ("不得检出", "不得检出", "mg/kg", "不得检出", "shall not be detected"),
        ("20", "不得检出", "mg/kg", "≥20 mg/kg；不得检出", "≥20 mg/kg; shall not be detected"),
    ],
)
def test_a_limit_has_its_sign_and_its_unit_once(low: str, high: str, unit: str, zh: str, en: str) -> None:
    assert bounds(low, high, unit) == Text(zh, en)


def test_a_page_writes_each_range_in_the_form_of_the_language_shown():
    both = '<span class="zh" lang="zh-CN">{}</span><span class="en" lang="en">{}</span>'
    alone = both.format("8.2%～17.0%", "8.2–17.0%")
    assert marked("<td>8.2–17.0%</td>") == f"<td>{alone}</td>"
    assert marked("<td><strong>12.3%</strong> (8.2–17.0%; 4 / 40)</td>").count(alone) == 1
    assert marked(f"<p>{both.format('指数（1–100）', 'Index (1–100)')}</p>") == (
        f"<p>{both.format('指数（1～100）', 'Index (1–100)')}</p>"
    )
    assert (
        marked(f"<p>{both.format('90%区间', '90% interval')} (8.2–17.0%)</p>").count("（8.2%～17.0%）") == 1
    )
    for kept in (
        '<svg aria-label="1–2"><text>1–2</text></svg>',
        '<a title="1–2">x</a>',
        '<td lang="zh">1–2</td>',
        "<td>1 to 2</td>",
    ):
        assert marked(kept) == kept
    assert 'data-zh="P01：8.2%～17.0%" data-en="P01: 8.2–17.0%"' in tip(
        "", Text("P01：8.2–17.0%", "P01: 8.2–17.0%")
    )

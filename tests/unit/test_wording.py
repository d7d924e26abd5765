"""Phrases of pages: headings, and what the page of guidance says in one line about a product."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from jobs.reports.gathered import Gathered
from jobs.reports.pages.work import _short
from jobs.reports.wording import Text, capital


@pytest.mark.parametrize(
    ("phrase", "heading"),
    [
        ("pH value (chemical): 2", "pH value (chemical): 2"),
        ("lead", "Lead"),
        ("the LED lamp", "The LED lamp"),
        ("", ""),
    ],
)
def test_a_heading_begins_with_a_capital_letter_unless_its_first_word_has_one_inside(
    phrase: str, heading: str
) -> None:
    assert capital(Text("中", phrase)) == Text("中", heading)


def short(rows: list[dict[str, Any]]) -> Text:
    known = SimpleNamespace(groups=lambda table, column: {"TY01": rows})
    return _short(cast(Gathered, known), "TY01")


def test_guidance_of_a_product_names_targeted_failures_of_class_a_without_a_rate() -> None:
    row = {"part": "fails_most", "n": 40, "n_failed": 2, "class_a": False, "value": 0.05, "position": 1}
    drawn = [row | {"design": "probability", "item": n, "name_zh": n, "name_en": n} for n in "abc"]
    aimed = row | {"design": "targeted", "item": "d", "name_zh": "丁", "name_en": "d"}
    assert short([*drawn, aimed]).en == "found: a 2/40 (5.0%); b 2/40 (5.0%); c 2/40 (5.0%)"
    assert short([*drawn, aimed | {"class_a": True}]).en.endswith("; d 2/40 (targeted)")
    assert short(drawn).zh == "不合格项目：a 2/40（5.0%）；b 2/40（5.0%）；c 2/40（5.0%）"
    assert short([aimed | {"class_a": True}]).zh == "不合格项目：丁 2/40（靶向）"


def test_guidance_of_a_product_without_failing_items_says_whether_any_batch_was_tested() -> None:
    assert short([]).en == "no batch was tested in two years"
    rows = [{"part": "overall", "n": n, "n_failed": 0} for n in (7, 1)]
    assert short(rows).en == "no item failed in two years: 0 of 8 batches tested failed"

"""One measure has the same number of decimals in every cell of a package, in its verdict and on the site."""

from __future__ import annotations

import pytest
from test_package_pages import CATALOG, KINDS, NAMES, cells

from jobs.exchange.outbox import plain
from jobs.exchange.pages.cells import table


@pytest.mark.parametrize(
    ("kind", "column", "values", "shown"),
    [
        ("score_preview", "score", (47.0, 67.7, 100.0), ["47.0", "67.7", "100.0"]),
        ("score_preview", "index_score", (62.0, 66.25), ["62.0", "66.3"]),
        ("score_preview", "points_to_gain", (0.3, 1.91, 0.0, 0.04), ["0.3", "1.9", "0.0", "&lt;0.1"]),
        ("credit_standing", "score", (57.0, 69.65), ["57.0", "69.7"]),
        ("credit_standing", "fact_points", (-19.94, -8.91, -5.0), ["−19.9", "−8.9", "−5.0"]),
        ("lab_performance", "expected", (14.0, 6.6247, 0.04), ["14.0", "6.6", "&lt;0.1"]),
        ("lab_performance", "score", (2.2505, 0.5), ["2.25", "0.50"]),  # a z value
    ],
)
def test_a_measure_has_as_many_decimals_in_each_cell(
    kind: str, column: str, values: tuple[float, ...], shown: list[str]
) -> None:
    found = [cells(kind, **{column: value})[column] for value in values]
    assert [cell.rpartition(">")[2] for cell in found] == shown
    for cell, value, text in zip(found, values, shown, strict=True):  # beside it the value of the file
        assert f' data-value="{plain(value)}"' in cell or str(plain(value)) == text


def test_a_ratio_has_two_decimals_with_its_limits_as_on_the_page_of_laboratories() -> None:
    found = cells("lab_performance", ratio=1.5697, ratio_low=0.5, ratio_high=2.3766)
    assert ">1.57 (" in found["ratio ratio_low ratio_high"]
    assert "0.50–2.38" in found["ratio ratio_low ratio_high"]


def test_a_share_of_too_few_batches_is_not_in_the_table_of_a_laboratory_as_not_in_its_verdict():
    """100.0% (20.7–100.0) of one batch stood below a verdict that gives no share of fewer than 30."""
    share = {"overturned_share": 1.0, "overturned_low": 0.2065, "overturned_high": 1.0}
    column = "overturned_share overturned_low overturned_high"
    few = cells("lab_performance", n_reinspected=1, n_overturned=1, **share)[column]
    assert "不足30批次，不列比例" in few and "below 30 batches: no share" in few and "%" not in few
    enough = cells("lab_performance", n_reinspected=30, n_overturned=30, **share)[column]
    assert "100.0%" in enough


def test_a_share_of_all_samples_that_is_not_computed_says_why():
    """The cell of 全部样品 was blank."""
    share = {
        "found_share": [0.1, None, None],
        "found_low": [0.05, None, None],
        "found_high": [0.2, None, None],
    }
    given = {"n_judged": [100, 354, 0], **share}
    rows = table(KINDS["lab_performance"], given, "lab_performance", CATALOG, NAMES, {}).rows
    said = ["两种抽样方式不合并计算比例" in row for row in rows]
    assert said == [False, True, False]

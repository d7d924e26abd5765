"""The notebook that compares two platforms, where they have no category in common."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import nbformat
import pandas as pd
import pytest

from jobs.environment import REPOSITORY
from jobs.methods import intervals
from jobs.notebooks.reading import NothingToShow, in_both, needed, number, percent, plural, points, ranged

NOTEBOOK = REPOSITORY / "notebooks" / "analysts" / "two_platforms.ipynb"


SOURCE = {cell.id: cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells}


def standardised(cells: list[tuple[str, str, int, int]]) -> tuple[str, pd.DataFrame]:
    """What the cells of the standardised difference say of (platform, category, judged, failed), and their
    table of rates."""
    rows = pd.DataFrame(cells, columns=["code", "category", "judged", "failed"])
    said: list[str] = []
    space: dict[str, Any] = {
        "gold": SimpleNamespace(ask=lambda _: rows, year="2026-01-01", names=lambda _: {}),
        "judged_sql": lambda *_: "n", "said": lambda _, en: said.append(en), "table": lambda *_: None,
        "first": "P1", "second": "P2", "limits": intervals, "gap": -0.1,
        "ranged": ranged, "plural": plural, "points": points, "percent": percent,
    }  # fmt: skip
    exec(SOURCE["c07"], space)
    exec(SOURCE["c08"], space)
    return said[0], space["rows"]


@pytest.mark.parametrize("cells", [[], [("P1", "AA", 9, 1)], [("P1", "AA", 9, 1), ("P2", "BB", 9, 1)]])
def test_it_says_that_two_platforms_have_no_category_in_common(cells: list) -> None:
    assert standardised(cells)[0] == "No main category has samples of both."


def test_a_category_of_both_is_compared() -> None:
    assert standardised([("P1", "AA", 10, 3), ("P2", "AA", 10, 5)])[0] == (
        "Standardised over 1 main category that both have, the difference is −20.0 points (95% interval "
        "−60.6 to +29.5); it was −10.0 before."
    )


def test_a_category_of_fewer_than_30_batches_has_no_rate_of_the_platform():
    _, rows = standardised([("P1", "AA", 40, 5), ("P2", "AA", 29, 5)])
    assert rows.to_dict("records") == [
        {"category": "AA", "P1": "12.5%", "P2": "样本不足 | too few samples", "judged": 69}
    ]


def compared(failed: list[int], judged: list[int]) -> str:
    """What the notebook says of the difference of two platforms."""
    said: list[str] = []
    space: dict[str, Any] = {
        "pair": pd.DataFrame({"failed": failed, "judged": judged, "name": ["甲 | A", "乙 | B"]}),
        "limits": intervals, "said": lambda _, en: said.append(en), "in_both": in_both, "ranged": ranged,
        "points": points, "number": number,
    }  # fmt: skip
    exec(SOURCE["c05"], space)
    return said[0]


def test_the_limits_of_a_difference_have_the_sign_of_what_is_said_and_are_rounded_as_pages_round():
    assert compared([40, 10], [100, 100]) == (
        "A is 30.0 points above B (95% interval +18.3 to +40.8): more than chance."
    )
    assert compared([10, 40], [100, 100]) == (
        "A is 30.0 points below B (95% interval +18.3 to +40.8): more than chance."
    )
    assert "A is 2.3 points below B" in compared([0, 9], [400, 400])  # 2.25, which binary floats round to 2.2


def chosen(first: str = "", second: str = "") -> tuple[str, str]:
    totals = pd.DataFrame({"code": ["P1", "P2", "P3"], "judged": [90, 60, 30], "failed": 3})
    gold = SimpleNamespace(ask=lambda _: totals, year="2026-01-01", names=lambda _: {})
    space: dict[str, Any] = {"gold": gold, "judged_sql": lambda *_: "n", "needed": needed}
    space |= {"first": first, "second": second}
    exec(SOURCE["c03"], space)
    return space["first"], space["second"]


def test_a_platform_is_not_compared_with_itself_and_one_without_batches_is_named():
    assert chosen() == ("P1", "P2") and chosen("P2") == ("P2", "P1") and chosen("", "P1") == ("P2", "P1")
    with pytest.raises(NothingToShow, match="P9"):
        chosen("P9")

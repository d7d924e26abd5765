"""The notebook that compares two platforms, where they have no category in common."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import nbformat
import pandas as pd
import pytest

from jobs.environment import REPOSITORY
from jobs.methods import intervals
from jobs.notebooks.reading import plural, points, ranged

NOTEBOOK = REPOSITORY / "notebooks" / "analysts" / "two_platforms.ipynb"


def standardised(cells: list[tuple[str, str, int, int]]) -> str:
    """What the cells of the standardised difference say of (platform, category, judged, failed)."""
    source = {cell.id: cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells}
    rows = pd.DataFrame(cells, columns=["code", "category", "judged", "failed"])
    said: list[str] = []
    space: dict[str, Any] = {
        "gold": SimpleNamespace(ask=lambda _: rows, year="2026-01-01", names=lambda _: {}),
        "judged_sql": lambda *_: "n", "said": lambda _, en: said.append(en), "table": lambda *_: None,
        "first": "P1", "second": "P2", "limits": intervals, "gap": -0.1,
        "ranged": ranged, "plural": plural, "points": points,
    }  # fmt: skip
    exec(source["c07"], space)
    exec(source["c08"], space)
    return said[0]


@pytest.mark.parametrize("cells", [[], [("P1", "AA", 9, 1)], [("P1", "AA", 9, 1), ("P2", "BB", 9, 1)]])
def test_it_says_that_two_platforms_have_no_category_in_common(cells: list) -> None:
    assert standardised(cells) == "No main category has samples of both."


def test_a_category_of_both_is_compared() -> None:
    assert standardised([("P1", "AA", 10, 3), ("P2", "AA", 10, 5)]) == (
        "Standardised over 1 main category that both have, the difference is −20.0 points (95% interval "
        "−60.6 to +29.5); it was −10.0 before."
    )

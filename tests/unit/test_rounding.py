"""Pages, packages, bundles and notebooks round by one rule, half up, so that a figure reads alike in all of
them."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from jobs.environment import REPOSITORY
from jobs.exchange.pages.phrases import decimal
from jobs.methods.rounding import fixed, half_up_all
from jobs.reports.index_parts import tenth

# Coordinates of drawings, and figures that no reader sees.
DRAWN = "svg.py small.py trace_chart.py tenths.py charts.py tile_map.py drawing.py".split()
UNSEEN = "rendering.py made_up.py frame_coverage.py".split()
OTHERWISE = re.compile(
    r":,?\.[1-9]f\}|:\.(?:[0-9]|\{\w+\})%\}|np\.round\(|\.round\([0-4]\)|ROUND_|\{:\.[0-9]f\}"
)


@pytest.mark.parametrize(
    ("value", "shown"), [(75.25, "75.3"), (0.45, "0.5"), (-2.25, "-2.3"), (-0.04, "0.0")]
)
def test_a_half_is_rounded_up_from_the_shortest_decimal_of_a_number(value: float, shown: str) -> None:
    assert fixed(value) == shown
    assert half_up_all(np.array([value, np.nan]), 1)[0] == float(shown)
    assert tenth(value).replace("−", "-") in (shown, "-0.0")


def test_a_score_reads_alike_on_the_page_of_a_platform_and_in_its_package() -> None:
    """A score of 75.25 stood as 75.3 on the site and as 75.2 in the package."""
    for score in (75.25, 0.05, 12.35, 99.95):
        sent = half_up_all(pd.Series([score, None]), 1)
        assert tenth(score) == tenth(sent.iloc[0]) == fixed(score) and np.isnan(sent.iloc[1])
    assert decimal(75.25) == "75.3" and decimal(1234.25) == "1,234.3" and decimal(0.00005) == "0.0001"


def test_what_is_shown_or_sent_is_rounded_nowhere_else() -> None:
    found = [
        f"{path.name}: {line.strip()}"
        for folder in ("reports", "exchange", "publish", "notebooks")
        for path in sorted((REPOSITORY / "jobs" / folder).rglob("*.py"))
        if path.name not in (*DRAWN, *UNSEEN)
        for line in path.read_text(encoding="utf-8").splitlines()
        if OTHERWISE.search(line)
    ]
    assert found == []

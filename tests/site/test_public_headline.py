"""The sentence that begins the public home page: the nation's rate and its change from a year earlier."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_public_finding import known, rate

from jobs.publish.public_headline import NO_RATE, headline
from jobs.publish.public_pages import Known


def test_the_home_page_says_the_change_with_its_limits_and_where_its_figures_come_from(
    tmp_path: Path,
) -> None:
    """A change without its interval, or a provisional rate that is not called so, reads as certain."""
    row = rate("CN", 500, 0.1) | {"dimension_type": "nation", "provisional": True}
    moved = row | {"yoy_pp": -2.4, "yoy_low": -10.6, "yoy_high": 4.8}
    (text,), (where,) = headline(known(tmp_path / "a", "2025-10", {"detection_rates": [moved]}))
    assert "it fell by 2.4 points from a year earlier (95% interval −10.6 to +4.8), which may be" in text.en
    assert "下降2.4个百分点（95%区间−10.6～+4.8），可能属随机波动；初步结果，异议期未满。" in text.zh
    assert (where.table, where.period, where.revised.zh) == ("detection_rates", "2025-10", "首次发布")
    row |= {"provisional": False, "yoy_pp": None, "yoy_low": None, "yoy_high": None}
    (text,), _ = headline(known(tmp_path / "b", "2025-10", {"detection_rates": [row]}))
    assert text.zh.endswith("；尚无可比的上年同期数据。") and "provisional" not in text.en
    assert headline(Known([])) == ([NO_RATE], [])


@pytest.mark.parametrize(
    ("moved", "zh", "en"),
    [
        (0.0, "与上年同期持平（", "it is unchanged from"),
        (-0.04, "与上年同期持平（", "it is unchanged from"),
        (0.04, "与上年同期持平（", "it is unchanged from"),
        (-0.05, "下降0.1个百分点（", "it fell by 0.1 points from"),
        (0.05, "上升0.1个百分点（", "it rose by 0.1 points from"),
    ],
)
def test_a_change_that_is_nought_as_shown_is_no_fall(tmp_path: Path, moved: float, zh: str, en: str) -> None:
    row = rate("CN", 500, 0.1) | {"dimension_type": "nation", "provisional": False}
    row |= {"yoy_pp": moved, "yoy_low": -3.1, "yoy_high": 3.0}
    (text,), _ = headline(known(tmp_path, "2025-10", {"detection_rates": [row]}))
    assert (
        zh + "95%区间−3.1～+3.0）" in text.zh
        and en + " a year earlier (95% interval −3.1 to +3.0)" in text.en
    )
    assert ("may be chance" in text.en) == ("unchanged" not in text.en)

"""Public charts of rates and of the index: a figure of several periods, words where there is only one."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from jobs.marts.sampling.outcomes import all_judged
from jobs.methods.ranges import in_chinese
from jobs.publish.periods import span
from jobs.publish.public_charts import index_trend, rate_trends
from jobs.publish.public_pages import Known
from jobs.reports.wording import same


class Shelf:
    """As much of `Known` as charts read: bundles, and the nation's row of each."""

    rate: ClassVar = {
        "dimension_type": "nation", "dimension2_type": "", "design": "probability", "period_type": "month",
        "exposure_rate": 0.074, "exposure_low": 0.061, "exposure_high": 0.0915,
        "method_version": "detection_rate/9", **all_judged(1234, 90),
    }  # fmt: skip
    score: ClassVar = {
        "dimension_type": "nation",
        "score": 71.26,
        "low": 68.0,
        "high": 74.5,
        "n_judged": 1234,
        "method_version": "quality_index/3",
    }

    def __init__(self, *periods: str):
        days = {"published_on": date(2026, 7, 1), "data_date": date(2026, 6, 30)}
        self.there = [SimpleNamespace(period=span(name), revision=0, **days) for name in periods]

    def rows(self, bundle: Any, table: str) -> list[dict[str, Any]]:
        return [self.rate if table == "detection_rates" else self.score]


def known(*periods: str) -> Known:
    return Shelf(*periods)  # type: ignore[return-value]  # charts read no more of it


@pytest.mark.parametrize(
    ("made", "periods", "value", "limits", "level", "of"),
    [
        (rate_trends, ["2026-05"], "7.4%", "6.1–9.2%", "95%", "单月和近12个月期间"),
        (index_trend, ["2026Q1"], "71.3", "68.0–74.5", "90%", "季度"),
    ],
)
def test_a_single_period_is_said_with_its_limits_and_not_drawn(
    made, periods, value, limits, level, of
) -> None:
    [section] = made(known(*periods))
    assert section.chart is None and len(section.rows) == 1
    for words, ends in ((section.text.zh, in_chinese(limits)), (section.text.en, limits)):
        assert value in words and ends in words and "1,234" in words
    assert level in section.text.en and "no trend to draw" in section.text.en
    assert section.text.zh.startswith(f"已发布的{of}只有一个，")


def test_twelve_months_and_the_month_that_ends_them_are_said_to_end_alike() -> None:
    shelf = Shelf("2026-05", "2026-05")
    shelf.rows = lambda bundle, table: [  # type: ignore[method-assign]
        shelf.rate | {"period_type": "rolling12" if bundle is shelf.there[0] else "month"}
    ]
    [section] = rate_trends(shelf)  # type: ignore[arg-type]
    assert section.chart is None and section.text.zh.startswith("已发布的单月和近12个月期间截止月份相同，")
    assert "2025年6月至2026年5月" in {row[0].text.zh for row in section.rows}


@pytest.mark.parametrize(
    ("made", "periods", "run"),
    [(rate_trends, ["2026-04", "2026-05"], "last 12 months"), (index_trend, ["2025Q4", "2026Q1"], "Quarter")],
)
def test_several_periods_are_a_figure_with_a_legend_and_the_rows_behind_it(made, periods, run) -> None:
    [section] = made(known(*periods))
    assert section.text is None and len(section.rows) == 2
    drawn = str(section.chart)
    assert drawn.startswith("<figure") and '<svg class="chart trend' in drawn and 'class="behind"' in drawn
    assert run in drawn[drawn.index('<p class="legend">') :]


def test_a_rate_over_time_stands_with_the_batches_that_failed() -> None:
    (section,) = rate_trends(known("2026-05"))
    assert [head.text.en for head in section.heads][-2:] == ["Batches judged", "Non-conforming"]
    assert [cell.text for cell in section.rows[0]][-2:] == [same("1,234"), same("90")]


def test_a_rate_by_an_earlier_method_is_left_out_of_the_line_and_the_section_says_so() -> None:
    """Three months, of which the first was frozen with another denominator."""
    shelf = Shelf("2026-03", "2026-04", "2026-05")
    now = shelf.rate
    shelf.rows = lambda bundle, table: [  # type: ignore[method-assign]
        now | {"method_version": "detection_rate/7"} if bundle is shelf.there[0] else now
    ]
    [section] = rate_trends(shelf)  # type: ignore[arg-type]
    assert len(section.rows) == 2 and section.chart is not None
    assert "1 rate by earlier versions" in section.text.en and "detection_rate/9" in section.text.zh


def earlier_first(n: int, version: str, row: str, *periods: str) -> Known:
    """A shelf of these periods, the first ``n`` of them made by another method, ``version``. ``row``: the
    row of `Shelf` that each has."""
    shelf = Shelf(*periods)
    now = getattr(shelf, row)
    before = [bundle.period for bundle in shelf.there[:n]]
    shelf.rows = lambda bundle, table: [  # type: ignore[method-assign]
        now | {"method_version": version} if bundle.period in before else now
    ]
    return shelf  # type: ignore[return-value]


def test_a_score_by_an_earlier_method_is_left_out_of_the_line_and_the_section_says_so() -> None:
    """A step between two methods is no change of the goods."""
    quarters = ("2025Q2", "2025Q3", "2025Q4", "2026Q1")
    [section] = index_trend(earlier_first(2, "quality_index/2", "score", *quarters))
    assert len(section.rows) == 2 and section.chart is not None
    assert "2 scores by earlier versions" in section.text.en and "quality_index/3" in section.text.zh
    assert "2个季度指数不可比" in section.text.zh


@pytest.mark.parametrize(
    ("made", "version", "row", "periods"),
    [
        (rate_trends, "detection_rate/7", "rate", ["2026-04", "2026-05"]),
        (index_trend, "quality_index/2", "score", ["2025Q4", "2026Q1"]),
    ],
)
def test_one_period_by_the_newest_method_is_not_said_to_be_the_only_one_published(
    made, version, row, periods
) -> None:
    [section] = made(earlier_first(1, version, row, *periods))
    assert section.chart is None and len(section.rows) == 1
    assert "1个" in section.text.zh and "按现行版本计算的" in section.text.zh
    assert "已发布的" not in section.text.zh and "is published" not in section.text.en
    assert " by earlier versions " in section.text.en and "no trend to draw" in section.text.en


def test_nothing_published_is_no_section() -> None:
    assert rate_trends(known()) == index_trend(known()) == []

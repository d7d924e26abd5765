"""The robustness report: what moves ranks is named, ranks under other rules are those of the rules."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from index_units import indicators, references, unit, with_counts

from jobs.marts.quality_index import quality_index_robustness
from jobs.marts.quality_index.quality_index_robustness import SOURCES
from jobs.period import Period

P = Period(date(2026, 6, 30))


def report(*units: list[dict], **changed: pd.DataFrame) -> pd.Series:
    table = quality_index_robustness.build(
        quality_index_indicator=indicators(*units), **(references() | changed), period=P
    )
    return table.set_index(["statistic", "item", "item2"])["value"]


def method(**items: float) -> pd.DataFrame:
    table = references()["index_method"]
    return table.assign(value=[items.get(i, v) for i, v in zip(table["item"], table["value"], strict=True)])


def platforms(count: int, precision: float = 1e9, seed: int = 1, **more: object) -> list[list[dict]]:
    """Units of a year whose exposure rates and takedowns are drawn."""
    draw = np.random.default_rng(seed)
    return [
        unit(
            f"P{i:02d}",
            period_type="year",
            precision=precision,
            exposure_rate=draw.uniform(0.05, 0.2),
            takedown_on_time=draw.uniform(0.6, 0.95),
            quality_complaints=draw.uniform(1, 8),
            standards_valid=draw.uniform(0.7, 0.95),
            **more,
        )
        for i in range(count)
    ]


def test_rates_from_few_batches_move_ranks_and_rates_beyond_doubt_do_not():
    vague, sharp = report(*platforms(12, precision=60.0)), report(*platforms(12))
    assert vague["sobol_total", "values", ""] > 0.5 > sharp["sobol_total", "values", ""] + 0.45
    assert vague["rank_shift", "", ""] > sharp["rank_shift", "", ""] > 0
    for found in (vague, sharp):
        first, total = (found[name].droplevel("item2") for name in ("sobol_first", "sobol_total"))
        assert set(first.index) == set(SOURCES) and first.sum() <= 1.1 and total.sum() >= 0.9
        assert (first <= total + 0.1).all()


def test_a_choice_that_is_not_open_has_no_share():
    found = report(*platforms(12), index_method=method(weight_spread=1e-6, goalpost_spread=0.0))
    total = found["sobol_total"].droplevel("item2")
    assert total[["weights", "goalposts"]].max() < 0.02 < total["exclusion"]


def test_the_same_input_gives_the_same_report_and_another_period_changes_none():
    alone = report(*platforms(6))
    pd.testing.assert_series_equal(report(*platforms(6)), alone)
    january = [[row | {"period_type": "month"} for row in rows] for rows in platforms(6, seed=4)]
    pd.testing.assert_series_equal(report(*platforms(6), *january), alone)


def test_compensation_decides_between_an_even_and_an_uneven_unit():
    """A is in the middle everywhere; B is far better in conformity and at the floor in governance."""
    uneven = {"exposure_rate": 0.0, "serious_rate": 0.0}
    gone = ("takedown_on_time", "disposal_on_time", "complaints_on_time", "self_inspection",
            "licences_verified", "data_filed")  # fmt: skip
    even = [unit(code, period_type="year", exposure_rate=rate) for code, rate in
            (("A", 0.15), ("C", 0.2), ("D", 0.25))]  # fmt: skip
    found = report(*even, unit("B", period_type="year", silent=gone, **uneven))
    ranks = {rule: found[f"rank_{rule}"].droplevel("item2") for rule in ("geometric", "arithmetic")}
    assert ranks["geometric"]["B"] > ranks["geometric"]["A"]
    assert ranks["arithmetic"]["B"] < ranks["arithmetic"]["A"]


def test_consistency_and_components_need_ten_units_and_ranks_four():
    assert "cronbach_alpha" not in report(*platforms(9)).index.get_level_values(0)
    ten = report(*platforms(10))
    assert "cronbach_alpha" in ten.index.get_level_values(0)
    assert ten["component_share"].sum() == pytest.approx(1)
    assert report(*platforms(3)).empty


def test_counted_indicators_are_redrawn_too():
    many = [with_counts(rows, takedown_on_time=(3, 4)) for rows in platforms(8)]
    assert report(*many)["sobol_total", "values", ""] > report(*platforms(8))["sobol_total", "values", ""]

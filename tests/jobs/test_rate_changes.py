"""Year on year: points with limits, and how much is rates within goods and how much their mix."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sampling_frames import CATEGORY, frames

from jobs.marts.sampling import detection_rate
from jobs.methods import composite, intervals
from jobs.period import Period

PERIOD = Period(date(2026, 6, 30))
Batch = tuple[int, str | None, int, int]  # year, category, judged, failing


def build(batches: list[Batch], kind: str = "targeted", **weights: Any) -> pd.DataFrame:
    # The data begin long before: the months that are compared lie in them.
    samples: list[dict[str, Any]] = [{"sample_id": "early", "plan_id": "p"}]
    conclusions: list[dict[str, Any]] = [
        {"sample_id": "early", "stage": "first", "issued_on": date(2023, 1, 5), "outcome": "conforming"}
    ]
    for year, category, judged, failing in batches:
        for i in range(judged):
            name = f"{year}{category}{i}"
            more = {key: value(i, category) for key, value in weights.items()}
            samples.append(
                {"sample_id": name, "plan_id": "p", "category_code": category, "channel": "online"} | more
            )
            conclusions.append(
                {
                    "sample_id": name,
                    "stage": "first",
                    "issued_on": date(year, 5, 20),
                    "outcome": "nonconforming" if i < failing else "conforming",
                }
            )
    plan = {"plan_id": "p", "type": kind}
    rows = {
        "sample": samples,
        "standing_conclusion": conclusions,
        "sampling_plan": [plan],
        "product_category": CATEGORY,
    }
    return detection_rate.build(**frames(rows), period=PERIOD)


def nation(
    table: pd.DataFrame, year: int = 2026, design: str = "targeted", period: str = "month"
) -> pd.Series:
    start = date(year, 1 if period == "year" else 5, 1)
    rows = table[
        (table["dimension_type"] == "nation") & (table["design"] == design) & (table["period_type"] == period)
    ]
    return rows[rows["period_start"] == start].iloc[0]


FLAT = [(2025, "HA01", 300, 30), (2025, "EL", 100, 40), (2026, "HA01", 100, 10), (2026, "EL", 300, 120)]


@pytest.mark.parametrize("period", ["month", "year"])
def test_a_flat_truth_with_a_shifted_mix_is_all_mix(period: str):
    row = nation(build(FLAT), period=period)
    assert row["yoy_pp"] == pytest.approx(15.0) and row["within_pp"] == pytest.approx(0, abs=1e-9)
    assert row["mix_pp"] == pytest.approx(15.0) and row["yoy_of"] == "finding"


def test_a_flat_truth_with_a_shifted_mix_of_units_sold_has_next_to_no_within():
    """Both years 10% of kettles and 40% of electronics fail, no matter what they sell; the draw itself
    moves their exposure rates a little."""
    draw = np.random.default_rng(5)
    units = {
        "inclusion_probability": lambda i, c: 0.1,
        "units_sold": lambda i, c: int(draw.integers(8, 13)),
        "stratum": lambda i, c: c,
    }
    row = nation(
        build([(y, c, 3 * n, 3 * x) for y, c, n, x in FLAT], "probability", **units), design="probability"
    )
    assert row["yoy_of"] == "exposure" and row["yoy_pp"] > 14
    assert abs(row["within_pp"]) < 0.3
    assert row["within_pp"] + row["mix_pp"] == pytest.approx(row["yoy_pp"], abs=1e-9)


def halves(rates: dict[tuple[int, int], float]) -> pd.DataFrame:
    """60 judged batches in each month, whose share in ``rates`` fails: (year, month)."""
    samples, conclusions = [], []
    for (year, month), rate in rates.items():
        for i in range(60):
            name = f"{year}-{month}-{i}"
            samples.append({"sample_id": name, "plan_id": "p", "category_code": "HA", "channel": "online"})
            outcome = "nonconforming" if i < 60 * rate else "conforming"
            conclusions.append(
                {"sample_id": name, "stage": "first", "issued_on": date(year, month, 9), "outcome": outcome}
            )
    rows = {"sample": samples, "standing_conclusion": conclusions, "product_category": CATEGORY}
    return detection_rate.build(**frames(rows), period=PERIOD)


def test_a_running_year_is_compared_with_the_same_months_of_the_year_before():
    """First halves fail at 10 %, second halves at 30 %: nothing changed."""
    rates = {(y, m): 0.1 if m <= 6 else 0.3 for y, m in product((2024, 2025, 2026), range(1, 13))}
    table = halves({(y, m): rate for (y, m), rate in rates.items() if (y, m) <= (2026, 5)})
    year = nation(table, 2026, period="year")
    assert (year["months_covered"], year["rate"]) == (5, pytest.approx(0.1))
    assert (year["yoy_pp"], year["within_pp"], year["mix_pp"]) == (pytest.approx(0), pytest.approx(0), 0)
    np.testing.assert_allclose(
        [year["yoy_low"], year["yoy_high"]], 100 * np.array(intervals.difference(30, 300, 30, 300))
    )
    whole = nation(table, 2025, period="year")
    assert (whole["months_covered"], whole["rate"], whole["yoy_pp"]) == (12, pytest.approx(0.2), 0)
    quarters = table[(table["dimension_type"] == "nation") & (table["design"] == "targeted")]
    running = quarters.query("period_type == 'quarter'").set_index("period_start").loc[date(2026, 4, 1)]
    assert (running["months_covered"], running["yoy_pp"]) == (2, pytest.approx(0))


def test_a_period_whose_earlier_months_lie_before_the_data_has_no_change():
    months = [(2025, m) for m in range(3, 13)] + [(2026, m) for m in range(1, 6)]
    table = halves(dict.fromkeys(months, 0.1))
    assert np.isnan(nation(table, 2026, period="year")["yoy_pp"])  # January and February 2025 are not there
    assert nation(table, 2026, period="month")["yoy_pp"] == pytest.approx(0)
    windows = table.query("period_type == 'rolling12' and dimension_type == 'nation'")
    assert windows["period_start"].min() == date(2025, 3, 1)
    assert (windows["months_covered"] == 12).all() and windows["yoy_pp"].isna().all()


def test_windows_of_a_design_lie_between_its_own_outcomes():
    old = {"sample_id": "old", "plan_id": "p"}
    outcome = {"stage": "first", "outcome": "conforming"}
    new = [{"sample_id": f"n{m}", "plan_id": "chance"} for m in range(1, 13)]
    conclusions = [outcome | {"sample_id": "old", "issued_on": date(2020, 1, 5)}]
    conclusions += [outcome | {"sample_id": f"n{m}", "issued_on": date(2025, m, 5)} for m in range(1, 13)]
    plans = [{"plan_id": "chance", "type": "probability"}]
    rows = {"sample": [old, *new], "standing_conclusion": conclusions, "sampling_plan": plans}
    table = detection_rate.build(**frames(rows), period=PERIOD)
    windows = table.query("period_type == 'rolling12' and dimension_type == 'nation'")
    assert windows.query("design == 'probability'")["period_start"].tolist() == [date(2025, 1, 1)]
    assert windows.query("design == 'all'")["period_start"].min() == date(2020, 1, 1)


def test_no_failure_in_two_hundred_has_only_an_upper_limit():
    row = nation(build([(2026, "HA", 200, 0)]))
    assert row["rate"] == 0 and np.isnan(row["ci_low"])
    assert row["ci_high"] == pytest.approx(
        1.959963984540054**2 / (200 + 1.959963984540054**2)
    )  # Wilson's, at no event


def test_limits_between_finding_rates_are_newcombes():
    row = nation(build(FLAT))
    np.testing.assert_allclose(
        [row["yoy_low"], row["yoy_high"]], 100 * np.array(intervals.difference(130, 400, 70, 400))
    )


def test_goods_of_one_year_only_are_mix_and_unknown_goods_are_a_cell_of_their_own():
    batches: list[Batch] = [
        (2025, "HA", 100, 10),
        (2025, None, 100, 20),
        (2026, "HA01", 150, 30),
        (2026, "city-class-3", 50, 20),
    ]
    row = nation(build(batches))
    parts = composite.kitagawa(
        pd.Series({"HA": 0.1, "unknown": 0.2}),
        pd.Series({"HA": 100.0, "unknown": 100.0}),
        pd.Series({"HA": 0.2, "city-class-3": 0.4}),
        pd.Series({"HA": 150.0, "city-class-3": 50.0}),
    )
    np.testing.assert_allclose([row["within_pp"], row["mix_pp"]], [100 * parts.within, 100 * parts.mix])
    assert row["within_pp"] + row["mix_pp"] == pytest.approx(row["yoy_pp"], abs=1e-9)


def test_exposure_rates_are_compared_with_mover_and_weighted_by_units():
    units = {
        "inclusion_probability": lambda i, c: 0.1,
        "units_sold": lambda i, c: 1 + i % 7 + (5 if c == "EL" else 0),
        "stratum": lambda i, c: c,
    }
    table = build(
        [(2025, "HA01", 300, 30), (2025, "EL", 300, 60), (2026, "HA01", 300, 45), (2026, "EL", 400, 60)],
        "probability",
        **units,
    )
    now, before = (nation(table, year, "probability") for year in (2026, 2025))
    assert now["yoy_of"] == "exposure"
    assert now["yoy_pp"] == pytest.approx(100 * (now["exposure_rate"] - before["exposure_rate"]))
    low, high = intervals.mover(
        *(row[name] for row in (now, before) for name in ("exposure_rate", "exposure_low", "exposure_high"))
    )
    np.testing.assert_allclose([now["yoy_low"], now["yoy_high"]], [100 * low, 100 * high])
    assert now["within_pp"] + now["mix_pp"] == pytest.approx(now["yoy_pp"], abs=1e-9)


def test_probability_samples_without_weights_are_compared_by_their_rate():
    assert nation(build(FLAT, "probability"), design="probability")["yoy_of"] == "rate"


@pytest.mark.slow
def test_no_change_is_told_against_an_unreliable_year_nor_for_all_designs_nor_without_a_year_before():
    table = build([(2025, "HA", 20, 2), (2026, "HA", 300, 30)])
    assert table["yoy_pp"].isna().all() and table["yoy_of"].isna().all()
    assert build(FLAT).query("design == 'all'")["yoy_pp"].isna().all()
    assert build(FLAT).query("period_type == 'all'")["yoy_pp"].isna().all()

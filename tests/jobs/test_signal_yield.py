"""gold.signal_yield: the lift and its limits, and what counts for which signal and year."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from risk_frames import PERIOD, nothing

from jobs.marts.risk import signal_yield
from jobs.marts.risk.signal_yield import lift


def test_the_limits_of_the_lift_hold_the_ratio_and_its_uncertainty():
    value, low, high = lift(12, 40, 80, 800)
    assert value == pytest.approx(3.0)
    assert low < value < high
    assert low == pytest.approx(1.739927474, rel=1e-6)
    assert high == pytest.approx(4.806373362, rel=1e-6)


def test_what_cannot_be_compared_has_no_lift():
    assert np.isnan(lift(3, 3, 0, 800)).all()
    assert np.isnan(lift(0, 0, 8, 800)).all()


def test_no_failing_targeted_sample_has_an_upper_limit_all_the_same():
    value, low, high = lift(0, 40, 80, 800)
    assert (value, low) == (0.0, 0.0)  # 3e-13 was above the lift, and the night ended with 1
    assert 0 < high < 1


@pytest.fixture(scope="module")
def yields() -> pd.DataFrame:
    """Two signals of brand A in 2026, confirmed after 21 and 7 days, one of B in 2025, after 70; a targeted
    sample of A in the second one's time; of ten random samples 5 fail in 2025 and 1 in 2026."""
    signals = pd.DataFrame(
        [
            ("A", date(2026, 1, 5), date(2026, 1, 26)),
            ("A", date(2026, 2, 16), date(2026, 2, 23)),
            ("B", date(2025, 3, 3), date(2025, 5, 12)),
        ],
        columns=["key_code", "opened_on", "closed_on"],
    ).assign(key_type="brand", category_code=None, state="confirmed", news_on=lambda t: t["opened_on"])
    judged = [("T", "A", "TA", date(2026, 2, 18), "nonconforming")]
    for year, failing in ((2025, 5), (2026, 1)):
        outcomes = ["nonconforming"] * failing + ["conforming"] * (10 - failing)
        judged += [
            (f"R{year}{n}", "C", "PR", date(year, 4, 1), outcome) for n, outcome in enumerate(outcomes)
        ]
    rows = pd.DataFrame(
        judged, columns=["sample_id", "brand", "plan_id", "issued_on", "outcome"], dtype=object
    )
    sample = rows[["sample_id", "brand", "plan_id"]].reindex(columns=nothing("sample").columns)
    standing = rows[["sample_id", "issued_on", "outcome"]].assign(stage="first", serious=None)
    given = {"sample": sample, "standing_conclusion": standing, "risk_signal": signals}
    given["sampling_plan"] = pd.DataFrame({"plan_id": ["PR", "TA"], "type": ["probability", "targeted"]})
    names = ("hazard_count", "product_category", "recall", "penalty", "enforcement_case")
    table = signal_yield.build(**given, **{name: nothing(name) for name in names}, period=PERIOD)
    return table.set_index(["period_type", "period_start"])


def test_a_sample_counts_for_the_newest_signal_of_its_key_alone(yields: pd.DataFrame) -> None:
    assert yields.loc[("year", date(2026, 1, 1)), ["n_signals", "n_targeted"]].tolist() == [2, 1]


def test_random_samples_are_those_of_the_year_of_the_openings(yields: pd.DataFrame) -> None:
    rates = {start.year: rate for (_, start), rate in yields["random_rate"].items()}
    assert rates == pytest.approx({1900: 0.3, 2025: 0.5, 2026: 0.1})


def test_the_lead_is_the_median_of_the_days_to_the_confirmation(yields: pd.DataFrame) -> None:
    leads = {start.year: days for (_, start), days in yields["lead_days"].items()}
    assert leads == {1900: 21, 2025: 70, 2026: 14}


def test_signals_in_a_feeds_own_words_are_left_out_as_no_sample_can_decide_them() -> None:
    signals = pd.DataFrame(
        {
            "key_type": "category_hazard",
            "key_code": ["nuts/fire", "TY/fire", "unknown/fire"],
            "category_code": ["nuts", "TY", "unknown"],
            "opened_on": date(2026, 1, 5),
            "closed_on": None,
            "news_on": None,
            "state": "open",
        }
    )
    names = "hazard_count sample standing_conclusion sampling_plan recall penalty enforcement_case".split()
    given = {name: nothing(name) for name in names}
    given["product_category"] = pd.DataFrame({"category_code": ["TY"], "parent_code": [None]})
    whole = signal_yield.build(risk_signal=signals, **given, period=PERIOD)
    assert whole["n_signals"].tolist() == [2, 2]
    assert signal_yield.build(risk_signal=signals[:1], **given, period=PERIOD).empty

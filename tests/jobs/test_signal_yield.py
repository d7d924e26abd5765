"""gold.signal_yield: the lift and its limits."""

from __future__ import annotations

import numpy as np
import pytest

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
    assert (value, low) == (0.0, pytest.approx(0.0, abs=1e-9))
    assert 0 < high < 1

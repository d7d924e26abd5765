"""Which violation rates are shown depends on the batches of their denominator, never on what was found."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sampling_frames import frames

from jobs.marts.sampling import detection_rate
from jobs.marts.sampling.outcomes import judged
from jobs.period import Period

PLATFORMS, BATCHES = 120, 40
LEFT, FAILED = 0.25, 0.10  # of all batches; of those that were tested
TRUTH = LEFT + (1 - LEFT) * FAILED
MAY = date(2026, 5, 12)


@pytest.fixture(scope="module")
def rates() -> pd.DataFrame:
    """The month of each platform: forty batches drawn with one chance, of one unit sold; about thirty are
    judged, so that half of the platforms lie below the least number of these."""
    draw = np.random.default_rng(1)
    samples, conclusions = [], []
    for number in range(PLATFORMS * BATCHES):
        one = {"sample_id": f"s{number}", "plan_id": "prob", "platform_code": f"P{number // BATCHES}"}
        one |= {"inclusion_probability": 0.1, "units_sold": 1, "purchased_on": MAY}
        if draw.random() < LEFT:
            one |= {"exit_kind": "violation", "exit_reason": "no_maker", "exited_on": MAY}
        else:
            outcome = "nonconforming" if draw.random() < FAILED else "conforming"
            conclusions.append(
                {"sample_id": one["sample_id"], "stage": "first", "outcome": outcome, "issued_on": MAY}
            )
        samples.append(one)
    return of_platforms(samples, conclusions)


def of_platforms(samples: list[dict[str, Any]], conclusions: list[dict[str, Any]]) -> pd.DataFrame:
    """The months of the platforms by the probability samples."""
    given = frames(
        {
            "sample": samples,
            "standing_conclusion": conclusions,
            "sampling_plan": [{"plan_id": "prob", "type": "probability"}],
        }
    )
    table = detection_rate.build(**given, period=Period(date(2026, 6, 30)))
    return table.query(
        "period_type == 'month' and dimension_type == 'platform' and design == 'probability' "
        "and dimension2_type == ''"
    )


@pytest.mark.parametrize("name", ["violation_rate", "exposure_violation_rate"])
def test_violation_rates_that_are_shown_are_on_average_the_truth(rates: pd.DataFrame, name: str):
    """Each platform has forty batches that were judged or left: all are shown, with limits. By the judged
    ones alone those with many violations would be hidden, and the others average 28 % for 32.5 %."""
    assert (rates["n_tested"] < 30).mean() > 0.3 and (rates["n_tested"] >= 30).mean() > 0.3
    shown = rates[name].dropna().astype(float)
    error = np.sqrt(TRUTH * (1 - TRUTH) / BATCHES / PLATFORMS)
    assert abs(shown.mean() - TRUTH) < 3 * error
    assert len(shown) == PLATFORMS
    limits = rates[["violation_low", "violation_high", "exposure_violation_low", "exposure_violation_high"]]
    assert limits.notna().all(axis=None)


def test_rates_of_judged_batches_stay_hidden_below_thirty_of_these(rates: pd.DataFrame):
    few = judged(rates) < 30
    assert rates.loc[few, "reliability"].eq("insufficient").all()
    assert rates.loc[few, ["rate", "exposure_rate", "cv"]].isna().all(axis=None)
    assert rates.loc[~few, ["rate", "exposure_rate"]].notna().all(axis=None)


@pytest.mark.parametrize(("sold", "hidden"), [(500, True), (1, False)])
def test_a_violation_rate_is_hidden_by_the_effective_size_of_its_own_batches(sold: int, hidden: bool):
    """35 batches of one unit sold were judged, five left for a violation. With 500 units sold of each of the
    five, they are nearly all that the forty stand for: 2535² / 1250035 are 5.1 effective batches. The judged
    ones are as many as before, and so are their rates."""
    every = {"plan_id": "prob", "platform_code": "P", "inclusion_probability": 0.1, "purchased_on": MAY}
    left = {"exit_kind": "violation", "exit_reason": "no_maker", "exited_on": MAY, "units_sold": sold}
    samples = [every | {"sample_id": f"s{n}", "units_sold": 1} | (left if n >= 35 else {}) for n in range(40)]
    conclusions = [
        {
            "sample_id": f"s{n}",
            "stage": "first",
            "outcome": "nonconforming" if n < 3 else "conforming",
            "issued_on": MAY,
        }
        for n in range(35)
    ]
    rows = of_platforms(samples, conclusions)
    assert len(rows) == 1 and rows["n_tested"].item() == 35
    if judged(rows).item() == 35:  # a denominator that counts those that left counts their weights
        assert rows["reliability"].item() in "ABCD" and rows[["rate", "exposure_rate"]].notna().all(axis=None)
    violations = rows[[n for n in rows if "violation_" in n and not n.startswith("n_")]]
    assert violations.shape[1] == 6 and violations.isna().all(axis=None) == hidden
    assert violations.notna().all(axis=None) != hidden

"""Sampled indicators: the beta distribution that redraws a rate says what the rate and its limits say, and
its limits hold the truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from index_frames import MONTHS, cell, frame, indicators_of, inputs
from scipy import stats

from jobs.marts.quality_index.sampled import posterior, shares
from jobs.marts.sampling.outcomes import COUNTS, judged
from jobs.methods import small_area


def rate(dimension: str, code: str, **more: Any) -> dict[str, Any]:
    """A row of gold.detection_rate: a quarter's probability samples, 100 judged batches, 10 failing, 4
    serious, no violation."""
    return {
        "period_type": "quarter",
        "period_start": MONTHS[0],
        "dimension_type": dimension,
        "dimension_code": code,
        "dimension2_type": "",
        "dimension2_code": "",
        "region_role": "seller" if dimension == "region" else "",
        "design": "probability",
        "n_sampled": 100,
        "n_tested": 100,
        "n_conforming": 90,
        "n_nonconforming": 10,
        "n_serious": 4,
        **more,
    }


def built(*rows: dict[str, Any]) -> pd.DataFrame:
    given = inputs() | {"detection_rate": frame("gold.detection_rate", list(rows))}
    return indicators_of(given)


@pytest.mark.parametrize(
    ("value", "low", "high"), [(0.1, 0.06, 0.15), (0.02, 0.005, 0.05), (0.5, 0.3, 0.7), (0.97, 0.9, 0.995)]
)
def test_the_distribution_has_the_rate_as_its_mean_and_an_interval_as_wide_as_its_limits(
    value: float, low: float, high: float
):
    (mean,), (precision,) = posterior(*(np.array([x]) for x in (value, low, high)), 0.95)
    inner = stats.beta(mean * precision, (1 - mean) * precision)
    assert mean == value
    assert inner.ppf(0.975) - inner.ppf(0.025) == pytest.approx(high - low, abs=1e-9)


def test_a_rate_of_nought_is_redrawn_as_that_many_trials_without_an_event():
    """The upper 95% limit of Clopper and Pearson for no event in 50."""
    high = 1 - 0.025 ** (1 / 50)
    (mean, mirrored), (precision, same) = posterior(
        np.array([0.0, 1.0]), np.array([0.0, 1 - high]), np.array([high, 1.0]), 0.95
    )
    assert (mean, precision, mirrored, same) == pytest.approx((0.5 / 51, 51, 1 - 0.5 / 51, 51))
    assert np.isnan(posterior(np.array([np.nan]), np.array([np.nan]), np.array([np.nan]), 0.95)).all()


def test_a_shrunk_rate_of_next_to_nothing_is_no_certainty_and_lies_within_its_limits():
    """Where only one unit had an event, the prior of the others says 0, and a beta distribution with that
    mean lies at 0 however wide the limits are: half an event in as many trials as make it as wide."""
    wide = 0.3
    (mean, mirrored), (precision, same) = posterior(
        np.array([1.3e-7, 1 - 1.3e-7]), np.array([0.0, 1 - wide]), np.array([wide, 1.0]), 0.95
    )
    law = stats.beta(mean * precision, (1 - mean) * precision)
    assert mean * precision == pytest.approx(0.5) and (mirrored, same) == pytest.approx((1 - mean, precision))
    assert law.ppf(0.975) - law.ppf(0.025) == pytest.approx(wide, abs=1e-6)
    assert law.ppf(0.05) < mean < law.ppf(0.95)


def test_limits_of_shrunk_rates_hold_the_truth_nine_times_in_ten():
    """Forty units with rates from one beta distribution, of 30 to 300 batches, twenty times: through shrunk
    rates and their 95% limits."""
    held = []
    for seed in range(20):
        draw = np.random.default_rng([seed, 11])
        truth, n = draw.beta(4, 36, 40), draw.integers(30, 300, 40)
        x = draw.binomial(n, truth)
        low, high = small_area.beta_binomial_bootstrap(x, n, seed=seed, replicates=100)
        mean, precision = posterior(small_area.beta_binomial(x, n).mean, low, high, 0.95)
        inner = stats.beta(mean * precision, (1 - mean) * precision)
        held += list((inner.ppf(0.05) <= truth) & (truth <= inner.ppf(0.95)))
    print(f"held {np.mean(held):.3f} of {len(held)}")
    assert 0.87 <= np.mean(held) <= 0.93


def test_only_probability_samples_by_one_dimension_of_known_units_count():
    found = built(
        rate("platform", "P1", shrunk_rate=0.08, shrunk_low=0.05, shrunk_high=0.12),
        rate("platform", "P1", design="targeted", n_serious=9),
        rate("platform", "P1", dimension2_type="category", dimension2_code="HA", n_serious=9),
        rate("platform", "P0", shrunk_rate=0.3, shrunk_high=0.5),
        rate("region", "330000", region_role="producer", shrunk_rate=0.3, shrunk_high=0.5),
        rate("region", "330100", shrunk_rate=0.3, shrunk_high=0.5),
        rate("platform", "P1", period_type="rolling12"),
    )
    used = found[
        found["indicator"].isin(["exposure_rate", "serious_rate", "violation_exits"])
        & (found["status"] == "used")
    ]
    assert set(used["dimension_code"]) == {"P1"}
    assert len(used) == 3
    assert cell(found, "exposure_rate")["value"] == 0.08


def test_violations_are_counted_among_all_batches_but_void_ones():
    """115 samples: 100 tested, 5 violations, 10 void."""
    found = built(rate("nation", "CN", n_sampled=115, n_exited_violation=5, n_exited_void=10))
    row = cell(found, "violation_exits", "CN")
    assert (row["numerator"], row["denominator"]) == (5, 105)


def test_the_nation_has_its_own_rate_and_so_has_a_unit_where_nothing_is_shrunk():
    found = built(
        rate(
            "nation",
            "CN",
            exposure_rate=0.1,
            exposure_low=0.07,
            exposure_high=0.14,
            shrunk_rate=0.2,
            shrunk_low=0.1,
            shrunk_high=0.3,
        ),
        rate("platform", "P1", exposure_rate=0.1, exposure_low=0.07, exposure_high=0.14),
        rate("platform", "P2"),
    )
    assert [cell(found, "exposure_rate", unit)["value"] for unit in ("CN", "P1")] == [0.1, 0.1]
    assert cell(found, "exposure_rate", "P2")["status"] == "not_applicable", "unreliable, and nothing shrunk"


def test_batches_too_few_in_effect_for_an_exposure_rate_are_still_counted():
    found = built(rate("nation", "CN"))
    row = cell(found, "exposure_rate", "CN")
    assert (row["status"], row["numerator"], row["denominator"]) == ("not_applicable", 10, 100)


def shared(numerators: list[int], denominators: list[int]) -> dict[str, np.ndarray]:
    size = len(numerators)
    return shares(
        pd.DataFrame(
            {
                "period_type": "year",
                "period_start": MONTHS[0],
                "dimension_type": "platform",
                "level": "2",
                "indicator": "serious_rate",
                "numerator": np.array(numerators, float),
                "denominator": np.array(denominators, float),
            },
            index=range(size),
        )
    )


def test_a_share_of_one_batch_is_neither_nought_nor_all_and_a_unit_of_many_keeps_its_own():
    few = shared([1, 0], [1, 1])
    assert few["value"].tolist() == [0.75, 0.25], "Jeffreys' posterior of one trial"
    spread = shared([1, 0, *([90] * 5), *([10] * 5)], [1, 1, *([100] * 10)])
    assert 0.5 < spread["value"][0] < 0.8 and 0.2 < spread["value"][1] < 0.5
    assert spread["value"][2] == pytest.approx(0.9, abs=0.02)
    assert (spread["value_low"] < spread["value"]).all() and (spread["value"] < spread["value_high"]).all()
    assert (spread["value_high"] - spread["value_low"])[0] > 4 * (spread["value_high"] - spread["value_low"])[
        2
    ]


def test_limits_of_one_unit_stay_where_another_period_or_dimension_comes():
    rows = pd.DataFrame(
        {
            "period_type": "year",
            "period_start": MONTHS[0],
            "dimension_type": ["platform"] * 12 + ["region"] * 12,
            "level": "2",
            "indicator": "serious_rate",
            "numerator": [3.0, 5.0, 8.0] * 8,
            "denominator": 10.0,
        }
    )
    alone, both = shares(rows.iloc[:12]), shares(rows)
    for name, values in alone.items():
        np.testing.assert_array_equal(values, both[name][:12])


def test_failures_are_per_judged_batch_and_violations_per_batch_that_was_not_void():
    counts = dict.fromkeys(COUNTS, 0) | {"n_sampled": 50, "n_exited_violation": 8, "n_exited_void": 2}
    counts |= {"n_tested": 40, "n_not_judged": 4, "n_conforming": 30, "n_nonconforming": 6, "n_serious": 2}
    row = rate("nation", "CN", **counts, exposure_rate=0.2, exposure_low=0.1, exposure_high=0.3)
    table = built(row).query("status == 'used'").set_index("indicator")
    shown = table.loc[["exposure_rate", "serious_rate", "violation_exits"]]
    assert shown["numerator"].tolist() == [6, 2, 8]
    assert shown["denominator"].tolist() == [judged(counts), judged(counts), 48]

"""Shrunk exposure rates: ten domains, design effects, benchmarking and limits, levels of their own."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from sampling_frames import frames
from scipy.stats import beta

from jobs.marts.sampling import detection_rate
from jobs.marts.sampling.shrinkage import design_effects, shrunk
from jobs.period import Period

GROUP = ["period"]


def domains(size: int = 12, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = rng.integers(5, 80, size).astype(float)
    value = rng.binomial(n.astype(int), rng.beta(4, 30, size)) / n
    se = np.sqrt(1.8 * value * (1 - value) / n)
    return pd.DataFrame(
        {
            "period": "m",
            "n": n,
            "value": value,
            "se": se,
            "units": rng.uniform(1, 900, size),
            "weighting": 1.0,
        }
    )


def test_the_weighted_sum_is_the_exposure_rate_of_the_whole():
    given = domains()
    found = shrunk(given, GROUP)
    whole = (given["units"] * given["value"]).sum() / given["units"].sum()
    assert float((found["units_share"] * found["shrunk_rate"]).sum()) == pytest.approx(whole, abs=1e-9)
    assert found["units_share"].sum() == pytest.approx(1) and found["benchmark_factor"].nunique() == 1


def test_estimates_are_drawn_together_and_lie_within_their_limits():
    given = domains()
    found = shrunk(given, GROUP).astype({"shrunk_rate": float, "shrunk_low": float, "shrunk_high": float})
    assert found["shrunk_rate"].std() < given["value"].std()
    assert found["shrunk_rate"].between(found["shrunk_low"], found["shrunk_high"]).all()


def test_a_domain_without_failures_is_shrunk_above_zero():
    given = domains()
    given.loc[0, ["value", "se"]] = 0.0
    assert shrunk(given, GROUP).loc[0, "shrunk_rate"] > 0


def test_nine_domains_are_too_few_and_keep_their_share_of_units():
    found = shrunk(domains(9), GROUP)
    assert found["shrunk_rate"].isna().all() and found["units_share"].sum() == pytest.approx(1)


def test_groups_are_shrunk_apart_and_the_same_inputs_give_the_same_limits():
    two = pd.concat([domains(seed=1), domains(seed=2).assign(period="n")], ignore_index=True)
    found = shrunk(two, GROUP)
    pd.testing.assert_frame_equal(found.iloc[:12], shrunk(domains(seed=1), GROUP))
    assert found["benchmark_factor"].nunique() == 2


def test_without_over_dispersion_all_have_the_pooled_rate_and_say_so():
    found = shrunk(
        pd.DataFrame(
            {"period": "m", "n": 50.0, "value": 0.1, "se": 0.04, "units": 1.0, "weighting": 1.0},
            index=range(10),
        ),
        GROUP,
    )
    assert found["shrunk_pooled"].astype(bool).all() and np.allclose(found["shrunk_rate"].astype(float), 0.1)


def test_a_benchmark_factor_inside_nine_tenths_to_eleven_tenths_moves_the_estimate_and_widens_the_limits():
    given = domains(20)
    largest = given["value"].idxmax()
    for units, applied in ((1.2, True), (5.0, False)):  # the giant's rate pulls the whole up
        moved = shrunk(given.assign(units=np.where(given.index == largest, units, 1.0)), GROUP)
        plain = shrunk(given.assign(units=1e-9 + (given.index == given["value"].idxmin())), GROUP)
        factor = moved["benchmark_factor"].iloc[0]
        assert (0.9 <= factor <= 1.1) == applied and not 0.9 <= plain["benchmark_factor"].iloc[0] <= 1.1
        scale = factor if applied else 1.0
        for name, by in {
            "shrunk_rate": scale,
            "shrunk_low": min(scale, 1),
            "shrunk_high": max(scale, 1),
        }.items():
            np.testing.assert_allclose(moved[name].astype(float), by * plain[name].astype(float))


def test_in_a_group_without_failures_a_domain_of_one_batch_has_a_wide_upper_limit():
    given = domains().assign(value=0.0, se=0.0, n=100.0)
    given.loc[0, "n"] = 1.0
    found = shrunk(given, GROUP)["shrunk_high"].astype(float)
    # The whole group's limit is 3 / 1101 = 0.27 %; one batch leaves of a prior there hardly anything.
    prior = 0.5 / (1 - 0.05 ** (1 / given["n"].sum())) - 0.5
    assert found[0] == pytest.approx(beta.ppf(0.975, 0.5, prior + 1)) and found[0] > 0.01
    assert found[1] == pytest.approx(beta.ppf(0.975, 0.5, prior + 100)) and found[1] > 0.005


def test_a_domain_of_unequal_weights_is_drawn_in_further_than_one_of_as_many_batches_with_equal_ones():
    given = domains()
    given.loc[[0, 1], ["n", "value", "se"]] = [60.0, 0.3, 0.08]
    given.loc[1, "weighting"] = 8.0
    found = shrunk(given, GROUP)
    assert found.loc[1, "shrunk_rate"] < found.loc[0, "shrunk_rate"] - 0.02
    width = (found["shrunk_high"] - found["shrunk_low"]).astype(float)
    assert width[1] > width[0]


def test_the_design_effect_is_each_domains_loss_by_weights_times_a_pooled_factor():
    n, value, weighting = np.array([50.0, 100.0]), np.array([0.1, 0.2]), np.array([1.0, 2.0])
    expected = value * (1 - value) / n * weighting
    for deff in design_effects(n, value, np.sqrt(expected * [1.0, 3.0]), weighting):
        np.testing.assert_allclose(deff, weighting * (expected * [1, 3]).sum() / expected.sum())
    for deff in design_effects(n, value, np.array([np.nan, np.sqrt(2 * expected[1])]), weighting):
        np.testing.assert_allclose(deff, 2 * weighting)
    for deff in design_effects(n, np.zeros(2), np.zeros(2), weighting):
        np.testing.assert_allclose(deff, weighting)


def test_what_strata_gain_goes_to_the_estimate_down_to_a_deff_of_one_and_not_to_the_limits():
    n, value, weighting = np.array([50.0, 100.0]), np.array([0.1, 0.2]), np.array([1.0, 2.0])
    estimate, limits = design_effects(
        n, value, np.sqrt(value * (1 - value) / n * weighting * 0.75), weighting
    )
    np.testing.assert_allclose(estimate, [1.0, 1.5])
    np.testing.assert_allclose(limits, weighting)


# Codes of any length, some of which hold another.
NAMES = "jd jdh pdd dewu 1688 tmall taobao douyin mytaobao kuaishou dangdang xiaohongshu".split()


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Probability samples of 12 platforms with codes of two to eleven letters, and 2 categories with a
    level-2 category each."""
    rng = np.random.default_rng(4)
    samples, conclusions = [], []
    for i in range(1500):
        samples.append(
            {
                "sample_id": f"s{i}",
                "plan_id": "p",
                "platform_code": NAMES[i % 12],
                "category_code": ["HA01", "EL"][i % 2],
                "stratum": f"{i % 2}",
                "inclusion_probability": 0.05,
                "units_sold": int(rng.integers(1, 40)),
            }
        )
        outcome = "nonconforming" if rng.random() < 0.05 + 0.02 * (i % 12) else "conforming"
        conclusions.append(
            {"sample_id": f"s{i}", "stage": "first", "outcome": outcome, "issued_on": date(2026, 5, 3)}
        )
    rows = {
        "sample": samples,
        "standing_conclusion": conclusions,
        "sampling_plan": [{"plan_id": "p", "type": "probability"}],
    }
    return detection_rate.build(**frames(rows), period=Period(date(2026, 6, 30)))


def test_shares_and_shrunk_rates_of_platforms_sum_to_the_nations_exposure_rate(table: pd.DataFrame):
    for period in ("month", "quarter", "year"):
        own = table[
            (table["period_type"] == period)
            & (table["design"] == "probability")
            & (table["dimension2_type"] == "")
        ]
        platforms, nation = (
            own[own["dimension_type"] == "platform"],
            own[own["dimension_type"] == "nation"].iloc[0],
        )
        assert len(platforms) == 12
        assert (platforms["units_share"] * platforms["shrunk_rate"]).sum() == pytest.approx(
            nation["exposure_rate"], abs=1e-9
        )


def test_platforms_are_one_group_with_codes_of_any_length(table: pd.DataFrame):
    own = table[
        (table["period_type"] == "year")
        & (table["design"] == "probability")
        & (table["dimension_type"] == "platform")
        & (table["dimension2_type"] == "")
    ]
    assert sorted(own["dimension_code"]) == sorted(NAMES)
    assert own["shrunk_rate"].notna().all() and own["benchmark_factor"].nunique() == 1


def test_neither_pairs_nor_targeted_nor_pooled_rows_are_shrunk(table: pd.DataFrame):
    assert table.loc[table["dimension2_type"] != "", "shrunk_rate"].isna().all()
    assert table.loc[table["design"] != "probability", "shrunk_rate"].isna().all()

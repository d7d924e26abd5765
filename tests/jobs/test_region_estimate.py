"""Provinces by what else is known of them: Fay-Herriot with smoothed variances, against truth and the
beta-binomial."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from sampling_frames import CONTRACTS, frames

from jobs.contracts.schema import arrow_schema
from jobs.marts.sampling import detection_rate, region_estimate
from jobs.marts.sampling.region_estimate import estimates
from jobs.marts.sampling.shrinkage import shrunk
from jobs.period import Period

DAY, PERIOD = date(2026, 5, 3), Period(date(2026, 6, 30))
PROVINCES = [f"{code}0000" for code in range(11, 23)]


def areas(seed: int, size: int = 31) -> pd.DataFrame:
    """The truth follows complaints; key_share says nothing."""
    draw = np.random.default_rng(seed)
    complaints = draw.gamma(4, 3, size)
    truth = np.clip(0.04 + 0.006 * complaints + draw.normal(0, 0.01, size), 0.005, 0.9)
    n = draw.integers(8, 90, size).astype(float)
    value = draw.binomial(n.astype(int), truth) / n
    return pd.DataFrame(
        {
            "n": n,
            "value": value,
            "se": np.sqrt(value * (1 - value) / n),
            "units": draw.uniform(1, 9, size),
            "weighting": 1.0,
            "complaints_per_10000": complaints,
            "key_share": draw.uniform(0.2, 0.8, size),
            "truth": truth,
        }
    )


@pytest.mark.slow
def test_covariates_that_tell_make_it_better_than_direct_and_than_beta_binomial_rates():
    errors, held = [], []
    for seed in range(30):
        given = areas(seed)
        model, pooled = estimates(given), shrunk(given.assign(period="p"), ["period"])
        errors.append(
            [
                ((column.astype(float) - given.truth) ** 2).mean()
                for column in (given.value, pooled.shrunk_rate, model.estimate)
            ]
        )
        held.append(((model.low <= given.truth) & (given.truth <= model.high)).mean())
    direct, beta_binomial, fay_herriot = np.mean(errors, axis=0)
    assert fay_herriot < 0.8 * beta_binomial and fay_herriot < 0.5 * direct
    assert np.mean(held) >= 0.945  # wide and true beats narrow


@pytest.mark.parametrize(
    ("mean", "spread", "most", "weighting"),
    [
        (0.09, 0.03, 90, 1.0),
        # many batches with uneven weights
        pytest.param(0.09, 0.03, 400, 2.0, marks=pytest.mark.slow),
        # provinces that differ far more than covariates explain
        pytest.param(0.09, 0.06, 90, 1.5, marks=pytest.mark.slow),
        (0.03, 0.02, 90, 2.0),  # low rates of few batches: the most skewed
    ],
)
def test_limits_hold_the_truth_where_covariates_explain_nothing(mean, spread, most, weighting):
    draw = np.random.default_rng(52903)
    parts = mean * (1 - mean) / spread**2 - 1
    above, below = [], []
    for seed in range(60):
        given = areas(seed)
        truth = draw.beta(mean * parts, (1 - mean) * parts, len(given))
        n = np.exp(draw.uniform(np.log(8), np.log(most), len(given))).round()
        effective = np.maximum(1, n / weighting).astype(int)
        value = draw.binomial(effective, truth) / effective
        se = np.sqrt(value * (1 - value) / effective)
        found = estimates(given.assign(n=n, value=value, se=se, weighting=weighting))
        above.append((truth > found.high.astype(float)).mean())
        below.append((truth < found.low.astype(float)).mean())
    assert 1 - np.mean(above) - np.mean(below) >= 0.94
    assert max(np.mean(above), np.mean(below)) <= 0.04


def test_a_province_without_failures_is_drawn_in_and_the_whole_stays():
    given = areas(3)
    given.loc[0, ["value", "se"]] = 0.0
    found = estimates(given)
    share = given.units / given.units.sum()
    assert (
        found.loc[0, "estimate"] > 0
        and found.loc[0, "sampling_se"] > 0
        and 0 < found.loc[0, "own_weight"] < 1
    )
    assert float((share * found.estimate).sum()) == pytest.approx((share * given.value).sum(), abs=1e-12)
    assert found.covariates.unique().tolist() == ["complaints_per_10000 key_share"]
    plain = found.own_weight * given.value + (1 - found.own_weight) * found.synthetic_rate
    np.testing.assert_allclose((plain * found.benchmark_factor).astype(float), found.estimate.astype(float))


def test_a_covariate_that_does_not_vary_or_repeats_another_is_left_out_and_a_gap_is_the_mean_of_the_others():
    given = areas(4)
    assert estimates(given.assign(key_share=0.5)).covariates[0] == "complaints_per_10000"
    assert (
        estimates(given.assign(key_share=2 * given.complaints_per_10000)).covariates[0]
        == "complaints_per_10000"
    )
    assert estimates(given.assign(key_share=np.nan, complaints_per_10000=np.nan)).covariates[0] == ""
    gap, mean = given.copy(), given.complaints_per_10000.drop(5).mean()
    gap.loc[5, "complaints_per_10000"] = np.nan
    filled = given.assign(complaints_per_10000=given.complaints_per_10000.where(given.index != 5, mean))
    pd.testing.assert_frame_equal(estimates(gap), estimates(filled))


def test_nine_provinces_and_a_country_without_failures_have_no_model():
    assert estimates(areas(1, 9)).isna().all(axis=None)
    assert estimates(areas(1).assign(value=0.0, se=0.0)).isna().all(axis=None)


ORDERS_AND_COMPLAINTS = {
    "sampling_frame": [
        {
            "month": date(2026, month, 1),
            "platform_code": "P",
            "category_code": goods,
            "province_code": code,
            "population": 9,
            "n_orders": 9,
            "units_sold": 100 + 10 * k * (goods == "HA"),
            "units_listed": 9,
        }
        for month in (4, 5)
        for k, code in enumerate(PROVINCES)
        for goods in ("HA", "EL")
    ],
    "complaint_rate": [
        {
            "period_type": "month",
            "period_start": date(2026, month, 1),
            "dimension_type": "region",
            "dimension_code": code,
            "n_orders": 10_000,
            "n_quality_complaints": 1 + k * (month - 3),
            "method_version": "v",
        }
        for month in (4, 5)
        for k, code in enumerate(PROVINCES)
    ],
}


@pytest.fixture(scope="module")
def built() -> tuple[pd.DataFrame, pd.DataFrame]:
    """region_estimate and detection_rate of twelve provinces, of which those later in the list fail, and are
    complained of, more often."""
    draw, samples, conclusions = np.random.default_rng(2), [], []
    for i in range(900):
        place = i % 12
        samples.append(
            {
                "sample_id": f"s{i}",
                "plan_id": "p",
                "seller_region_code": PROVINCES[place],
                "stratum": f"{i % 2}",
                "inclusion_probability": 0.05,
                "units_sold": int(draw.integers(1, 40)),
                "category_code": "HA",
            }
        )
        conclusions.append(
            {
                "sample_id": f"s{i}",
                "stage": "first",
                "issued_on": DAY,
                "outcome": "nonconforming" if draw.random() < 0.04 + 0.02 * place else "conforming",
            }
        )
    given = frames(
        {
            "sample": samples,
            "standing_conclusion": conclusions,
            "sampling_plan": [{"plan_id": "p", "type": "probability"}],
            "region": [{"region_code": code, "name_zh": code, "level": "province"} for code in PROVINCES],
            "product_category": [
                {"category_code": "HA", "name_zh": "家用电器", "level": 1, "key_consumer_product": True},
                {"category_code": "EL", "name_zh": "电子产品", "level": 1, "key_consumer_product": False},
            ],
        }
    )
    rates = detection_rate.build(**given, period=PERIOD)
    tables = {
        name: pd.DataFrame(rows, columns=[f.name for f in arrow_schema(CONTRACTS[f"gold.{name}"])])
        for name, rows in ORDERS_AND_COMPLAINTS.items()
    }
    names = (
        "sample",
        "standing_conclusion",
        "sampling_plan",
        "sampling_stratum",
        "sampling_order",
        "region",
        "product_category",
    )
    return region_estimate.build(
        **{n: given[n] for n in names}, **tables, detection_rate=rates, period=PERIOD
    ), rates


def test_quarter_year_and_all_have_the_provinces_with_the_covariates_of_their_months(built):
    table, _ = built
    assert table.groupby("period_type").size().to_dict() == {"all": 12, "quarter": 12, "year": 12}
    last = table[table.region_code == PROVINCES[-1]].set_index("period_type")
    assert last.loc["quarter", "complaints_per_10000"] == pytest.approx((1 + 11 + 1 + 22) / 2)
    assert last.loc["all", "key_share"] == pytest.approx(210 / 310)
    keys = table[region_estimate.KEY]
    assert keys.equals(keys.sort_values(region_estimate.KEY, ignore_index=True))


def test_the_sum_by_units_is_the_nations_exposure_rate_and_the_direct_and_shrunk_rates_stand_beside(built):
    table, rates = built
    own = rates[
        (rates.period_type == "year") & (rates.design == "probability") & (rates.dimension2_type == "")
    ]
    nation = own[own.dimension_type == "nation"].exposure_rate.item()
    year = table[table.period_type == "year"].set_index("region_code")
    assert float((year.units_share * year.estimate).sum()) == pytest.approx(nation, abs=1e-9)
    direct = own[
        (own.dimension_type == "region") & (own.region_role == "seller") & (own.dimension_code != "unknown")
    ]
    direct = direct.set_index("dimension_code")
    pd.testing.assert_series_equal(year.shrunk_rate, direct.shrunk_rate, check_names=False)
    pd.testing.assert_series_equal(year.exposure_rate, direct.exposure_rate, check_names=False)
    assert (year.low <= year.estimate).all() and (year.estimate <= year.high).all()

"""Composite indices against the reference and a published index, and what must never happen to a score."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from jobs.methods import composite

# Human Development Index 2021 (UNDP report 2021/22): life expectancy, expected and mean years of schooling,
# GNI per head; the printed index and rank. Figures recalled; they reproduce every printed digit.
HDI = pd.DataFrame(
    [
        ("CHE", 83.9872, 16.50029, 13.85966, 66933.00, 0.962, 1),
        ("NOR", 83.2339, 18.18520, 13.00363, 64660.106, 0.961, 2),
        ("ISL", 82.6782, 19.163059, 13.76717, 55782.05, 0.959, 3),
        ("HKG", 85.4734, 17.27817, 12.22621, 62606.845, 0.952, 4),
        ("AUS", 84.5265, 21.05459, 12.72682, 49238.43, 0.951, 5),
        ("DNK", 81.3753, 18.7148, 12.96049, 60364.79, 0.948, 6),
        ("SWE", 82.9833, 19.41853, 12.60972, 54489.37, 0.947, 7),
        ("IRL", 81.9976, 18.94522, 11.58222, 76168.984, 0.945, 8),
    ],
    columns=["country", "life", "expected", "mean", "gni", "index", "rank"],
).set_index("country")
GOALPOSTS = pd.DataFrame(
    {"low": [20, 0, 0, np.log(100)], "high": [85, 18, 15, np.log(75000)]},
    index=["life", "expected", "mean", "gni"],
)


def asem(shared) -> tuple[pd.DataFrame, pd.DataFrame, dict]:
    folder = shared / "anchors/composite_asem"
    structure = pd.read_csv(folder / "structure.csv")
    data = pd.read_csv(folder / "input.csv").set_index("uCode").sort_index()
    return (
        data,
        structure[structure.Level.notna()].set_index("iCode"),
        json.loads((folder / "expected.json").read_text()),
    )


def levels(scores: pd.DataFrame, structure: pd.DataFrame, how: str) -> pd.DataFrame:
    """All aggregates, level by level."""
    found = {}
    for level in (1, 2, 3):
        rows = structure[structure.Level == level]
        scores = pd.DataFrame(
            {
                parent: composite.aggregate(scores[list(own.index)], own.Weight, how=how)
                for parent, own in rows.groupby("Parent", sort=False)
            }
        )
        found |= dict(scores)
    return pd.DataFrame(found)


@pytest.mark.parametrize(("block", "to", "how", "treated"), [
    ("A_minmax0_100_arith", (0, 100), "arithmetic", False),
    ("B_minmax1_100_geometric", (1, 100), "geometric", False),
    ("E_full_pipeline", (0, 100), "arithmetic", True),
])  # fmt: skip
def test_every_score_and_rank_is_that_of_the_reference(shared, block, to, how, treated):
    data, structure, expected = asem(shared)
    known = expected[block]["scores"] if treated else expected[block]
    known = pd.DataFrame(known).set_index("uCode").loc[data.index]
    if treated:
        data = (
            pd.read_csv(shared / "anchors/composite_asem/expected_full_treated.csv")
            .set_index("uCode")
            .loc[data.index]
        )
    indicators = structure[structure.Level == 1]
    data = data[list(indicators.index)]
    scores = composite.scale(data, low=data.min(), high=data.max(), direction=indicators.Direction, to=to)
    got = levels(scores, structure, how)
    assert got.to_numpy() == pytest.approx(known[got.columns].to_numpy(), rel=1e-6)
    assert composite.rank(got.Index, decimals=8).tolist() == known.Index_rank.tolist()


def test_removal_sensitivity_is_the_published_one(shared):
    _, structure, expected = asem(shared)
    scores = pd.DataFrame(expected["E_full_pipeline"]["scores"]).set_index("uCode")
    pillars = structure[structure.Level == 2]
    got = composite.removal_sensitivity(
        scores[list(pillars.index)], pillars.Weight, groups=pillars.Parent, decimals=7
    )
    published = expected["removal_sensitivity_mean_abs_rank_change"]["published"]
    assert got.to_dict() == pytest.approx(published, rel=1e-6)


def test_a_published_index_and_its_ranks_come_out():
    values = HDI[list(GOALPOSTS.index)].assign(gni=np.log(HDI.gni))
    scores = composite.scale(values, low=GOALPOSTS.low, high=GOALPOSTS.high, to=(0, 1)).clip(upper=1)
    education = composite.aggregate(scores[["expected", "mean"]], [1, 1])
    dimensions = pd.DataFrame({"life": scores["life"], "education": education, "income": scores["gni"]})
    index = composite.aggregate(dimensions, {"life": 1, "income": 1, "education": 1}, how="geometric")
    assert index.round(3).tolist() == HDI["index"].tolist()
    assert composite.rank(index, decimals=3).tolist() == HDI["rank"].tolist()


def test_scale_keeps_shape_type_and_gaps_and_does_not_clip():
    assert composite.scale(5, low=0, high=10) == pytest.approx(50.5)
    assert composite.scale([0, 10, 20], low=0, high=10).tolist() == [1, 100, 199]
    assert composite.scale([0, 10], low=0, high=10, direction=-1).tolist() == [100, 1]
    series = composite.scale(pd.Series([None, 5], index=["a", "b"], name="x"), low=0, high=10, to=(0, 1))
    assert series.name == "x" and np.isnan(series["a"]) and series["b"] == 0.5
    frame = pd.DataFrame({"a": [0.0, 1], "b": [10.0, 30]})
    turned = composite.scale(
        frame, low=pd.Series({"b": 10, "a": 0}), high=pd.Series({"b": 30, "a": 1}), to=(0, 1)
    )
    assert turned.to_numpy().tolist() == [[0, 0], [1, 1]]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"low": 1, "high": 1}, "below high"),
        ({"low": 0, "high": 1, "direction": 0}, "1 or -1"),
        ({"low": 0, "high": 1, "to": (1, 1)}, "rise"),
        ({"low": np.nan, "high": 1}, "missing"),
    ],
)
def test_goalposts_that_cannot_be_are_refused(arguments, reason):
    with pytest.raises(ValueError, match=reason):
        composite.scale([1.0], **arguments)


def test_missing_values_renormalise_the_other_weights():
    table = [[10.0, np.nan, 40], [np.nan, np.nan, np.nan]]
    got = composite.aggregate(table, [1, 5, 3])
    assert got[0] == pytest.approx((10 + 3 * 40) / 4) and np.isnan(got[1])
    got = composite.aggregate(table, [1, 5, 3], how="geometric")
    assert got[0] == pytest.approx((10 * 40**3) ** 0.25) and np.isnan(got[1])
    assert composite.aggregate([10.0, 20], [1, 3]) == pytest.approx(17.5)


def test_weights_go_by_label_and_only_their_proportions_count():
    table = pd.DataFrame({"a": [10.0, 90], "b": [50.0, 20]})
    one = composite.aggregate(table, pd.Series({"b": 3, "a": 1}))
    assert one.tolist() == pytest.approx([40, 37.5])
    assert composite.aggregate(table, {"a": 7, "b": 21}, how="arithmetic").tolist() == pytest.approx(
        one.tolist(), rel=1e-14
    )


@pytest.mark.parametrize(
    ("values", "weights", "how", "reason"),
    [
        ([[1.0, 2]], [1], "arithmetic", "vector of 2"),
        ([[1.0, 2]], [1, -1], "arithmetic", "not negative"),
        ([[1.0, 2]], [0, 0], "arithmetic", "all 0"),
        ([[0.0, 2]], [1, 1], "geometric", "above 0"),
        ([[1.0, 2]], [1, 1], "harmonic", "known are"),
        ([["a", 2]], [1, 1], "arithmetic", "numbers"),
        (pd.DataFrame({"a": [1.0]}), pd.Series({"b": 1}), "arithmetic", "labels"),
    ],
)
def test_what_cannot_be_aggregated_is_refused(values, weights, how, reason):
    with pytest.raises(ValueError, match=reason):
        composite.aggregate(values, weights, how=how)


@pytest.mark.parametrize("how", ["arithmetic", "geometric"])
def test_a_worse_indicator_never_raises_a_score(how):
    draw = np.random.default_rng(2)
    values, weights = draw.uniform(1, 100, (300, 6)), draw.uniform(0.1, 3, 6)
    values[draw.random(values.shape) < 0.1] = np.nan
    worse = values.copy()
    column = draw.integers(0, 6, 300)
    worse[np.arange(300), column] = 1 + (worse[np.arange(300), column] - 1) * draw.random(300)
    before, after = (composite.aggregate(table, weights, how=how) for table in (values, worse))
    assert (after[~np.isnan(before)] <= before[~np.isnan(before)] + 1e-12).all()


def test_ranks_round_half_up_first_and_ties_share_the_smallest():
    assert composite.rank([10.05, 10.14, 9.9, 10.1, 3], decimals=1).tolist() == [1, 1, 4, 1, 5]
    assert composite.rank([2.675, 2.68, 2.66], decimals=2).tolist() == [
        1,
        1,
        3,
    ]  # 2.675 lies below it in binary
    assert composite.rank([0.5, 1.5, 2.5], decimals=0).tolist() == [3, 2, 1]  # not to even
    gaps = composite.rank(pd.Series([1.0, None, 3.0], index=list("abc")), decimals=1)
    assert gaps["c"] == 1 and gaps["a"] == 2 and np.isnan(gaps["b"])
    with pytest.raises(ValueError, match="decimals"):
        composite.rank([1.0], decimals=-1)
    with pytest.raises(ValueError, match="vector"):
        composite.rank([[1.0]], decimals=1)


def redrawn(spread: float) -> np.ndarray:
    """400 draws of 5 units with 4 indicators in 2 pillars, the first one sampled."""
    centre = np.array(
        [[80.0, 60, 70, 40], [60, 60, 60, 60], [40, 80, 30, 90], [30, 20, 30, 40], [20, 20, 20, np.nan]]
    )
    cube = np.repeat(centre[None], 400, axis=0)
    cube[:, :, 0] = np.clip(cube[:, :, 0] + np.random.default_rng(3).normal(0, spread, (400, 5)), 1, 100)
    return cube


def test_limits_redraw_the_rates_only_and_rank_limits_weights_and_rule_too():
    fixed = composite.monte_carlo(redrawn(0.0), [1, 1, 1, 1], [0, 0, 1, 1], [1, 1], seed=1)
    assert fixed.low == pytest.approx(fixed.high, rel=1e-12)  # nothing sampled: no interval
    assert (fixed.rank_low < fixed.rank_high).any()  # but other weights and another rule rank otherwise
    moved = composite.monte_carlo(redrawn(8.0), [1, 1, 1, 1], [0, 0, 1, 1], [1, 1], seed=1)
    expected = np.sqrt((redrawn(8.0)[:, 0, :2].mean(axis=1)) * 55)
    assert (moved.low[0], moved.high[0]) == pytest.approx(
        tuple(np.quantile(expected, [0.05, 0.95])), rel=1e-12
    )
    again = composite.monte_carlo(redrawn(8.0), [1, 1, 1, 1], [0, 0, 1, 1], [1, 1], seed=1)
    assert (again.rank_low == moved.rank_low).all() and (again.rank_high == moved.rank_high).all()


def test_the_rule_across_is_geometric_unless_arithmetic_is_asked_for():
    limits = {
        rule: composite.monte_carlo(redrawn(0.0), [1, 1, 1, 1], [0, 0, 1, 1], [1, 3], seed=1, across=rule).low
        for rule in composite.HOW
    }
    assert limits["geometric"][2] == pytest.approx((60 * 60**3) ** 0.25) and limits["arithmetic"][
        0
    ] == pytest.approx((70 + 3 * 55) / 4)
    assert (limits["arithmetic"] >= limits["geometric"] - 1e-12).all()
    with pytest.raises(ValueError, match="across"):
        composite.monte_carlo(redrawn(0.0), [1, 1, 1, 1], [0, 0, 1, 1], [1, 3], seed=1, across="harmonic")


@pytest.mark.parametrize("across", composite.HOW)
def test_the_limits_of_units_that_are_not_ranked_are_those_of_ranked_ones(across):
    structure = ([1, 2, 1, 1], [0, 0, 1, 1], [1, 3])
    given = {"level": 0.8, "across": across, "scale": (1, 100)}
    ranked = composite.monte_carlo(2 * redrawn(8.0), *structure, seed=1, goalpost_spread=0.1, **given)
    low, high = composite.index_limits(2 * redrawn(8.0), *structure, **given)
    assert low.tolist() == ranked.low.tolist() and high.tolist() == ranked.high.tolist()
    with pytest.raises(ValueError, match="across"):
        composite.index_limits(redrawn(0.0), *structure, across="harmonic")
    with pytest.raises(ValueError, match="level"):
        composite.index_limits(redrawn(0.0), *structure, level=1.0)


def test_the_best_and_the_worst_beyond_doubt_have_one_rank():
    cube = np.repeat(np.array([[[90.0, 90], [50, 50], [10, 10]]]), 50, axis=0)
    got = composite.monte_carlo(cube, [1, 1], [0, 1], [2, 1], seed=5)
    assert got.rank_low.tolist() == got.rank_high.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("weights", "groups", "reason"),
    [([1, 1], [0, 2], "vector|groups"), ([1, 0], [0, 1], "positive"), ([1], [0], "vector")],
)
def test_a_cube_whose_weights_do_not_fit_is_refused(weights, groups, reason):
    with pytest.raises(ValueError, match=reason):
        composite.monte_carlo(np.ones((3, 2, 2)), weights, groups, [1] * (max(groups) + 1), seed=1)


def test_clipped_scores_and_moved_goalposts_leave_what_lies_far_below_at_the_floor():
    """Scores of -98 (due and not filed), 50 and 150 (clipped), the last column equal for all."""
    cube = np.repeat(np.array([[[-98.0, 50], [50, 50], [150, 50]]]), 400, axis=0)
    given = {"seed": 2, "scale": (1, 100), "goalpost_spread": 0.1}
    got = composite.monte_carlo(cube, [1, 1], [0, 1], [1, 1], **given)
    assert got.low == pytest.approx([np.sqrt(50), 50, np.sqrt(5000)]) and (got.low == got.high).all()
    assert got.tier.tolist() == [3, 2, 1] and got.rank_low.tolist() == got.rank_high.tolist() == [3, 2, 1]
    near = np.repeat(np.array([[[52.0, 50], [50, 55], [50, 50]]]), 400, axis=0)
    fixed, moved = (
        composite.monte_carlo(near, [1, 1], [0, 1], [1, 1], seed=2, spread=0.01, scale=(1, 100), **more)
        for more in ({}, {"goalpost_spread": 0.1})
    )
    assert (moved.low == fixed.low).all(), "limits keep the goalposts"
    assert (moved.rank_high >= moved.rank_low).all() and got.rank_low.max() == 3


def test_tiers_hold_units_whose_difference_may_be_nought():
    """Units at 90, 88, 80 and 79, whose draws all move by a common amount: of the first pair the difference
    is 2 give or take 1, of the last 1 give or take 1, in between 8 give or take 1."""
    draw = np.random.default_rng(1)
    common = draw.normal(0, 20, (4000, 1))
    draws = np.array([90.0, 88, 80, 79]) + common + draw.normal(0, np.sqrt(0.5), (4000, 4))
    assert composite.tiers(draws, [90, 88, 80, 79]).tolist() == [1, 2, 3, 3]  # 2 is more than 1.64
    assert composite.tiers(draws, [90, 88, 80, 79], level=0.99).tolist() == [1, 1, 2, 2]
    assert composite.tiers(draws[:, [3, 0, 2, 1]], [79, 90, 80, 88]).tolist() == [3, 1, 3, 2]
    assert np.isnan(composite.tiers(draws, [90, np.nan, 80, 79])[1])
    with pytest.raises(ValueError, match="draws must not be missing"):
        composite.tiers(np.where(draws == draws[0, 0], np.nan, draws), [90, 88, 80, 79])
    same = np.repeat([[50.04, 50.03]], 100, axis=0)
    assert composite.tiers(same, same[0]).tolist() == [1, 1]  # equal after rounding
    chain = np.array([4.0, 2.7, 1.4]) + draw.normal(0, np.sqrt(0.5), (4000, 3))
    assert composite.tiers(chain, [4, 2.7, 1.4]).tolist() == [1, 1, 2]  # distinguished from the first member


def test_tiers_need_draws_of_the_units_scored():
    with pytest.raises(ValueError, match="one per unit"):
        composite.tiers(np.ones((5, 3)), [1, 2])

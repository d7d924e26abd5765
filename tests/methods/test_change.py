"""Parts of a change: they add up to 1e-9, and each part answers to its own cause only."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jobs.methods import composite

POINTS = {"low": 0.0, "high": 100.0, "direction": 1, "weight": 1.0, "state": "available"}
PILLARS = pd.Series({"conformity": 3.0, "consumer": 2.0, "governance": 1.0})


def unit(**changes: dict) -> pd.DataFrame:
    """Five indicators in three pillars; ``changes``: indicator -> columns."""
    frame = pd.DataFrame(
        {
            "rate": {"pillar": "conformity", "value": 70.0, **POINTS},
            "serious": {"pillar": "conformity", "value": 90.0, **POINTS},
            "complaints": {"pillar": "consumer", "value": 40.0, **POINTS, "direction": -1},
            "returns": {"pillar": "consumer", "value": 55.0, **POINTS},
            "takedown": {"pillar": "governance", "value": 80.0, **POINTS},
        }
    ).T
    for name, columns in changes.items():
        for column, value in columns.items():
            frame.loc[name, column] = value
    return frame


def parts(got: composite.ShapleyChange) -> dict[str, float]:
    return {name: getattr(got, name) for name in ("values", "weights", "goalposts", "availability", "method")}


def test_kitagawa_splits_a_change_by_average_weights():
    """Two cells, by hand: w 0.6, 0.4 -> 0.5, 0.5; r 0.1, 0.2 -> 0.2, 0.2."""
    got = composite.kitagawa([0.1, 0.2], [60, 40], [0.2, 0.2], [5, 5])
    assert (got.change, got.within, got.mix) == pytest.approx((0.06, 0.055, 0.005))


def test_a_cell_of_one_year_only_is_all_mix():
    """Cell b disappears, cell c comes: what they bring is w x r of their own year."""
    got = composite.kitagawa(
        pd.Series({"a": 0.1, "b": 0.5}),
        pd.Series({"a": 3, "b": 1}),
        pd.Series({"c": 0.3, "a": 0.2}),
        pd.Series({"a": 4, "c": 1}),
    )
    assert got.cells.loc[["b", "c"], "within"].tolist() == [0, 0]
    assert got.cells.loc["b", "mix"] == pytest.approx(-0.5 * 0.25)
    assert got.cells.loc["c", "mix"] == pytest.approx(0.3 * 0.2)
    assert got.cells.loc["a", "within"] == pytest.approx((0.75 + 0.8) / 2 * 0.1)
    assert got.within + got.mix == pytest.approx(got.change, abs=1e-9)


def test_a_flat_truth_with_another_mix_has_no_within():
    got = composite.kitagawa([0.1, 0.3], [90, 10], [0.1, 0.3], [10, 90])
    assert got.within == 0 and got.mix == pytest.approx(0.16)


@pytest.mark.parametrize("seed", range(5))
def test_within_and_mix_add_up_with_cells_of_either_year(seed):
    draw = np.random.default_rng(seed)
    cells = np.arange(40)
    before, after = (draw.choice(cells, 25, replace=False) for _ in range(2))
    years = [
        (pd.Series(draw.random(25), index=own), pd.Series(draw.integers(0, 50, 25), index=own))
        for own in (before, after)
    ]
    got = composite.kitagawa(*years[0], *years[1])
    rates = [(rate * weight).sum() / weight.sum() for rate, weight in years]
    assert got.change == pytest.approx(rates[1] - rates[0], abs=1e-12)
    assert got.within + got.mix == pytest.approx(got.change, abs=1e-9)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (([0.1], [0], [0.1], [1]), "weight0"),
        (([0.1], [1], [0.1], [-1]), "weight1"),
        (([np.nan], [1], [0.1], [1]), "rate0 is missing"),
        (([0.1, 0.2], [1, 1], [0.1], [1]), "same cells"),
        (([0.1], [1, 1], [0.1], [1]), "one length"),
        ((pd.Series([0.1]), [1], [0.1], [1]), "both be Series"),
        ((pd.Series([0.1]), pd.Series([1]), [0.1], [1]), "same cells"),
    ],
)
def test_years_that_cannot_be_compared_are_refused(arguments, reason):
    with pytest.raises(ValueError, match=reason):
        composite.kitagawa(*arguments)


def test_the_index_is_arithmetic_within_pillars_and_geometric_across():
    index, pillars = composite.index_of(unit(), PILLARS, to=(1, 100))
    scaled = {
        name: 1 + 0.99 * value
        for name, value in {
            "rate": 70,
            "serious": 90,
            "complaints": 60,
            "returns": 55,
            "takedown": 80,
        }.items()
    }
    assert pillars["conformity"] == pytest.approx((scaled["rate"] + scaled["serious"]) / 2)
    assert pillars["consumer"] == pytest.approx((scaled["complaints"] + scaled["returns"]) / 2)
    assert index == pytest.approx(float(np.exp((PILLARS * np.log(pillars)).sum() / PILLARS.sum())))


def test_what_is_not_applicable_is_left_out_and_what_is_withheld_has_the_floor():
    whole, _ = composite.index_of(unit(), PILLARS)
    _, without = composite.index_of(unit(returns={"state": "not_applicable", "value": None}), PILLARS)
    silent, withheld = composite.index_of(unit(returns={"state": "not_filed", "value": None}), PILLARS)
    assert without["consumer"] == pytest.approx(1 + 0.99 * 60)
    assert withheld["consumer"] == pytest.approx((1 + 0.99 * 60 + 1) / 2)
    assert silent < whole
    _, gone = composite.index_of(unit(takedown={"state": "not_applicable"}), PILLARS)
    assert np.isnan(gone["governance"])


def test_scores_are_clipped_and_goalposts_may_be_logarithmic():
    _, pillars = composite.index_of(unit(takedown={"value": 300.0}), PILLARS)
    assert pillars["governance"] == 100
    logged = unit(takedown={"value": 10.0, "low": 1.0, "high": 100.0}).assign(transform="none")
    logged.loc["takedown", "transform"] = "log"
    assert composite.index_of(logged, PILLARS)[1]["governance"] == pytest.approx(50.5)


@pytest.mark.parametrize(("after", "weights", "cause"), [
    (unit(rate={"value": 50.0}), PILLARS, "values"),
    (unit(rate={"weight": 3.0}), PILLARS, "weights"),
    (unit(), PILLARS * pd.Series({"conformity": 1, "consumer": 2, "governance": 1}), "weights"),
    (unit(rate={"high": 120.0}), PILLARS, "goalposts"),
    (unit(rate={"state": "not_applicable", "value": None}), PILLARS, "availability"),
    (unit(rate={"state": "not_filed", "value": None}), PILLARS, "availability"),
    (unit().drop(index="takedown"), PILLARS, "availability"),
    (unit().drop(index="takedown"), PILLARS.drop("governance"), "availability"),
])  # fmt: skip
def test_one_cause_is_one_part(after, weights, cause):
    got = composite.shapley_change(unit(), after, PILLARS, weights)
    assert got.change != 0
    assert parts(got) == pytest.approx({**dict.fromkeys(parts(got), 0.0), cause: got.change}, abs=1e-9)


def test_another_rule_across_pillars_is_method_and_nothing_else():
    got = composite.shapley_change(unit(), unit(), PILLARS, PILLARS, across=("geometric", "arithmetic"))
    assert got.change > 0  # the arithmetic mean is the larger one
    assert parts(got) == pytest.approx({**dict.fromkeys(parts(got), 0.0), "method": got.change}, abs=1e-12)
    with pytest.raises(ValueError, match="across"):
        composite.index_of(unit(), PILLARS, across="harmonic")


@pytest.mark.parametrize("seed", range(20))
def test_parts_add_up_and_pillars_add_up_to_the_values(seed):
    draw = np.random.default_rng(seed)

    def drawn() -> pd.DataFrame:
        frame = unit()
        frame["value"], frame["weight"] = draw.uniform(-10, 110, 5), draw.uniform(0.2, 3, 5)
        frame["low"], frame["high"] = draw.uniform(-5, 20, 5), draw.uniform(60, 120, 5)
        frame["state"] = draw.choice(["available", "available", "not_filed", "not_applicable"], 5)
        frame.loc[frame.state != "available", "value"] = None
        frame.loc["rate", ["state", "value"]] = "available", 55.0
        return frame.sample(frac=1, random_state=int(draw.integers(100)))

    before, after = drawn(), drawn()
    weights = [pd.Series(draw.uniform(0.5, 3, 3), index=PILLARS.index) for _ in range(2)]
    rules = draw.choice(["geometric", "arithmetic"], 2)
    got = composite.shapley_change(before, after, *weights, across=tuple(rules))
    (first, _), (second, _) = (
        composite.index_of(u, w, across=r) for u, w, r in zip((before, after), weights, rules, strict=True)
    )
    assert got.change == pytest.approx(second - first, abs=1e-9)
    assert sum(parts(got).values()) == pytest.approx(got.change, abs=1e-9)
    assert got.pillars.sum() == pytest.approx(got.values, abs=1e-9)


def test_only_the_pillar_whose_value_moved_gets_a_part():
    got = composite.shapley_change(unit(), unit(returns={"value": 90.0}), PILLARS, PILLARS)
    assert got.pillars[["conformity", "governance"]].tolist() == [0, 0]
    assert got.pillars["consumer"] == pytest.approx(got.change)


def test_scaling_all_weights_changes_nothing():
    got = composite.shapley_change(unit(), unit().assign(weight=7.0), PILLARS, PILLARS * 3)
    assert got.change == pytest.approx(0, abs=1e-12) and parts(got) == pytest.approx(
        dict.fromkeys(parts(got), 0.0), abs=1e-12
    )


@pytest.mark.parametrize(
    ("frame", "weights", "reason"),
    [
        (unit().drop(columns="low"), PILLARS, "lacks low"),
        (unit(rate={"state": "lost"}), PILLARS, "state is one of"),
        (unit(rate={"value": None}), PILLARS, "no value"),
        (unit(rate={"low": 100.0}), PILLARS, "low must be below high"),
        (unit(), PILLARS.drop("consumer"), "positive weight"),
        (unit(rate={"pillar": "governance"}), PILLARS, "another pillar"),
        (unit().assign(state="not_applicable"), PILLARS, "no index"),
        (unit().assign(transform="log", low=0.0), PILLARS, "logarithm"),
    ],
)
def test_an_index_that_cannot_be_is_refused(frame, weights, reason):
    with pytest.raises(ValueError, match=reason):
        composite.shapley_change(unit(), frame, PILLARS, weights)

"""The index of any unit lies within its limits: both come from one law of each indicator; more data
narrow the limits, better data lower none of the three."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from index_units import (
    SAMPLED,
    expected_index,
    indicators,
    reference,
    references,
    unit,
    with_base,
    with_counts,
)
from scipy import stats

from jobs.marts.quality_index import quality_index
from jobs.marts.quality_index.counted import centre
from jobs.marts.quality_index.limits import drawn, structure
from jobs.marts.quality_index.panel import Panel, panel
from jobs.methods import composite_draws
from jobs.period import Period

P = Period(date(2026, 6, 30))
POSTS = reference("goalpost").set_index("indicator")
COUNTED = [name for name in POSTS.index if name not in (*SAMPLED, "serious_signals")]
BAD = [name for name in COUNTED if POSTS.loc[name, "direction"] == "lower_better"]
STATES = 100
MOST_PULLED = 0.15  # of the width of the limits (definitions.md#index-limits)
Counts = dict[str, tuple[float, float]]


def some(names: list[str]) -> list[Any]:
    """Every fourth name as a parameter of `make test`, the others as slow ones."""
    return [pytest.param(name, marks=pytest.mark.slow if at % 4 else []) for at, name in enumerate(names)]


def counts(draw: np.random.Generator) -> Counts:
    """Of every counted indicator some cases: from none at all among few to all of many."""
    found = {}
    for name in COUNTED:
        of = int(draw.choice([40, 400, 4000, 400_000] if name in BAD else [1, 2, 5, 20, 2000]))
        post = POSTS.loc[name]
        worst = post["high"] * of / 10_000 if name in BAD else of * (1 - post["low"])
        events = float(min(round(worst * draw.choice([0, 0, 0.1, 0.5, 1.5])), of))
        found[name] = (events, float(of)) if name in BAD else (of - events, float(of))
    return found


def rows_of(
    code: str, of: Counts, draw: np.random.Generator | None = None, **more: Any
) -> list[dict[str, Any]]:
    """A unit with these counts; with ``draw`` its sampled rates, what it keeps silent about, and what does
    not apply to it are drawn too."""
    if draw is not None:
        names = draw.permutation([n for n in COUNTED if n not in BAD])
        more = {
            "precision": float(draw.choice([3, 10, 60, 1000])),
            "exposure_rate": float(draw.uniform(0.005, 0.35)),
            "serious_rate": float(draw.uniform(0.001, 0.2)),
            "silent": tuple(names[: draw.integers(0, 3)]),
            "absent": ("serious_signals", *names[3 : 3 + draw.integers(0, 3)]),
        }
    rows = unit(code, **more)
    used = {row["indicator"] for row in rows if row["status"] == "used"}
    values = {
        name: x / n * (1e3 if name == "dishonest_operators" else 1e4) if name in BAD else x / n
        for name, (x, n) in of.items()
    }
    rows = [row | {"value": values.get(row["indicator"], row["value"])} for row in rows]
    return with_counts(rows, **{name: pair for name, pair in of.items() if name in used})


def panel_of(*units: list[dict[str, Any]]) -> Panel:
    return panel(indicator=indicators(*units), **references())


def quantiles(units: Panel, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """The 5 % and 95 % quantiles of the draws themselves: `limits` widens them where they do not hold the
    index, and here it must not need to."""
    cube = drawn(units, np.arange(len(names)), names, units.estimates.groupby("unit").indices)
    inside, weight, pillar, above = structure(units, 0)
    index = composite_draws.indices(
        np.clip(cube[:, :, inside], 1, 100), weight[None], pillar, above[None], np.ones(len(cube), bool)
    )
    low, high = np.quantile(index, [0.05, 0.95], axis=0)
    return low, high


def test_the_index_of_any_unit_lies_within_its_limits():
    draw = np.random.default_rng(2)
    names = [f"P{i:03d}" for i in range(STATES)]
    units = panel_of(*(rows_of(name, counts(draw), draw) for name in names))
    low, high = quantiles(units, names)
    share = (units.index - low) / (high - low)
    assert (share > 0).all() and (share < 1).all()
    assert 0.4 < np.mean(share) < 0.6 and (np.abs(share - 0.5) < 0.25).mean() > 0.8


def test_a_spotless_unit_of_few_cases_is_neither_beyond_its_limits_nor_the_best():
    """All of two deadlines met, no complaint of a hundred orders: the case of the issue, 78.9 (56.2–78.9)."""
    few, many = (
        rows_of(code, {name: (0.0, orders) if name in BAD else (n, n) for name in COUNTED}, precision=size)
        for code, orders, n, size in (("F", 100.0, 2.0, 4.0), ("M", 1e6, 2000.0, 1000.0))
    )
    got = with_base(
        quality_index.build, quality_index_indicator=indicators(few, many), **references(), period=P
    ).set_index("dimension_code")
    assert (got["low"] + 1 < got["score"]).all() and (got["score"] < got["high"] - 1).all()
    assert got.loc["F", "score"] < got.loc["M", "score"]
    assert got.loc["F", "high"] - got.loc["F", "low"] > 4 * (got.loc["M", "high"] - got.loc["M", "low"])


def test_limits_narrow_as_more_is_counted():
    draw = np.random.default_rng(4)
    for state in range(4):
        mine = {
            name: (x * 5, n * 5) for name, (x, n) in counts(draw).items()
        }  # so that a fifth of it is whole
        widths = []
        for times in (0.2, 2, 20, 200):
            of = {name: (x * times, n * times) for name, (x, n) in mine.items()}
            rows = rows_of("P", of, precision=30 * times)
            low, high = quantiles(panel_of(rows), [f"S{state}"])
            widths.append(high[0] - low[0])
        assert widths == sorted(widths, reverse=True), f"{state}: {widths}"
        assert widths[0] > 5 * widths[-1]


@pytest.mark.parametrize("name", some(COUNTED))
def test_a_better_count_lowers_neither_the_index_nor_its_limits(name):
    draw = np.random.default_rng(6)
    for state in range(4):
        mine = counts(draw)
        x, n = mine[name]
        better = [(x - 1, n), (x, n + 1)] if name in BAD else [(x + 1, n), (x + 1, n + 1)]
        before = figures(rows_of("P", mine), state)
        for pair in better:
            if 0 <= pair[0] <= pair[1]:
                after = figures(rows_of("P", mine | {name: pair}), state)
                assert (after >= before - 1e-9).all(), f"{state}: {mine[name]} to {pair}: {before} to {after}"


def figures(rows: list[dict[str, Any]], state: int) -> np.ndarray:
    """low, index, high of a unit."""
    units = panel_of(rows)
    low, high = quantiles(units, [f"S{state}"])
    return np.array([low[0], units.index[0], high[0]])


@pytest.mark.parametrize("transform", ["none", "sqrt", "log"])
def test_the_estimate_scores_what_the_draws_score_on_average(transform):
    turn, back = {
        "none": (float, float),
        "sqrt": (np.sqrt, np.square),
        "log": (np.log, np.exp),
    }[transform]
    for law, gamma, mean, precision in (
        (stats.beta(2.5, 7.5), False, 0.25, 10.0),
        (stats.gamma(1.5, scale=1 / 3), True, 0.5, 3.0),
    ):
        [got] = centre(*(np.array([v]) for v in (mean, precision, gamma)), np.array([transform], object))
        assert got == pytest.approx(back(law.expect(turn)), rel=1e-6)


def test_the_prior_is_worth_half_an_event_which_scores_half_way_or_for_duties_the_floor():
    """Takedowns: half late is the worst, so that half a late one comes with half a punctual one.
    Certificates: a fifth is, so that half an invalid one comes with two valid ones. Complaints: half-way, 3
    of 10,000 orders are complained of, and half a complaint takes 1,667 orders."""
    got = pd.DataFrame(
        with_counts(
            unit("A", takedown_on_time=1.0, quality_complaints=0.0, certificates_valid=1.0),
            takedown_on_time=(2, 2),
            quality_complaints=(0, 1000),
            certificates_valid=(4, 4),
        )
    ).set_index("indicator")
    assert got.loc["takedown_on_time", "estimate"] == pytest.approx(2.5 / 3)
    assert got.loc["certificates_valid", "estimate"] == pytest.approx(6 / 6.5)
    root = stats.gamma(0.5, scale=1 / (0.1 + 0.5 / 3)).expect(np.sqrt)
    assert got.loc["quality_complaints", "estimate"] == pytest.approx(root**2, rel=1e-6)
    assert got.loc["self_inspection", "estimate"] == got.loc["self_inspection", "value"], "nothing counted"


@pytest.mark.parametrize("name", some([name for name in COUNTED if POSTS.loc[name, "low"] > 0]))
def test_fewer_duties_at_the_same_share_never_score_higher(name):
    """Were it otherwise, a platform would gain by filing part of what it has."""
    for lacking in (0.0, 0.2, 0.5, 0.9, 1.0):
        share = 1 - lacking * (1 - POSTS.loc[name, "low"])
        counted = (1e6, 1e4, 1e3, 100.0, 20.0, 4.0, 1.0)
        units = panel_of(*(rows_of(f"P{i}", {name: (share * n, n)}) for i, n in enumerate(counted)))
        scores = units.scores[:, units.indicators.index(name)]
        assert (np.diff(scores) <= 1e-6).all(), f"{lacking}: {scores}"
        assert lacking == 1.0 or scores[0] > scores[-1] + 1


@pytest.mark.proof
@pytest.mark.parametrize("few", [True, False])
def test_limits_of_units_of_few_cases_hold_the_index_of_their_true_rates(few):
    """400 units with true rates between the goalposts of every counted indicator. Serious failures and
    violation exits are drawn about the truth, so that coverage lies above 90 %. What few duties leave open
    counts as not met, which pulls the index downwards, by little against its limits."""
    draw, names = np.random.default_rng(31), [f"U{i:03d}" for i in range(400)]
    found, truth = [], []
    for name in names:
        of, true = true_unit(draw, few)
        rate, batches = draw.beta(4, 40), int(draw.integers(*((5, 30) if few else (60, 400))))
        shrunk = (draw.binomial(batches, rate) + 0.73) / (batches + 8)  # of a prior of 8 at 9 %
        rest = {"serious_rate": 0.03, "violation_exits": 0.03}
        found.append(rows_of(name, of, precision=batches + 8.0, exposure_rate=shrunk, **rest))
        truth.append(expected_index(unit(name, exposure_rate=rate, **rest, **true)))
    units = panel_of(*found)
    low, high = quantiles(units, names)
    held = (low <= np.array(truth)) & (np.array(truth) <= high)
    pull, width = (units.index - truth).mean(), (high - low).mean()
    print(f"held {held.mean():.3f}, bias {pull:.2f}, width {width:.1f}")
    assert held.mean() >= 0.9
    assert -MOST_PULLED * width < pull < 0


def true_unit(draw: np.random.Generator, few: bool) -> tuple[Counts, dict[str, float]]:
    """Counts of a unit's indicators, and the true rates behind them: a part of the way from the good goalpost
    to the bad one on the scale on which they are scored."""
    of, true = {}, {}
    for name in COUNTED:
        way = draw.beta(2, 2)
        if name in BAD:
            true[name], times = (
                POSTS.loc[name, "high"] * way**2,
                1e3 if name == "dishonest_operators" else 1e4,
            )
            n = int(draw.integers(*((30, 3000) if few else (3000, 300_000))))
            of[name] = (float(min(draw.poisson(true[name] * n / times), n)), float(n))
        else:
            true[name] = 1 - way * (1 - POSTS.loc[name, "low"])
            n = int(draw.integers(*((1, 12) if few else (30, 500))))
            of[name] = (float(draw.binomial(n, true[name])), float(n))
    return of, true

"""Disproportionality against published tables, the definition, and simulated ratios."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, optimize, special, stats

from jobs.methods import disproportion


def anchor(shared) -> tuple[pd.DataFrame, dict]:
    folder = shared / "anchors/disproportionality_2x2"
    return pd.read_csv(folder / "input.csv"), json.loads((folder / "expected.json").read_text())


def test_ratios_are_those_of_the_reference_and_a_zero_cell_gives_none(shared):
    table, expected = anchor(shared)
    got = disproportion.two_by_two(table.a, table.b, table.c, table.d)
    for row, known in zip(got.itertuples(), expected["rows"], strict=True):
        assert row.chi2 == pytest.approx(known["chi2_pearson"], rel=1e-6)
        if "PRR" in known:
            assert (row.prr, row.prr_low, row.prr_high) == pytest.approx(
                (known["PRR"], *known["PRR_ci95"]), rel=1e-6
            )
        else:
            assert np.isnan([row.prr, row.prr_low, row.prr_high]).all()


@pytest.mark.parametrize("cell", range(4))
def test_any_zero_cell_gives_no_ratio_but_chi2_where_margins_allow(cell):
    counts = [5, 10, 20, 300]
    counts[cell] = 0
    got = disproportion.two_by_two(*([count] for count in counts)).iloc[0]
    assert np.isnan([got.prr, got.prr_low, got.prr_high]).all()
    assert got.chi2 == pytest.approx(
        stats.chi2_contingency(np.reshape(counts, (2, 2)), correction=False).statistic
    )


def test_an_empty_row_has_no_chi2():
    assert disproportion.two_by_two(0, 0, 3, 4).isna().all(axis=None)


@pytest.mark.parametrize("stratum", [None, ["strat1", "strat2"]])
def test_counts_expectations_and_ratios_are_the_published_ones(shared, stratum):
    _, expected = anchor(shared)
    reports = pd.read_csv(shared / "anchors/disproportionality_2x2/input_reports17.csv")
    got = disproportion.gps(reports, report="id", product="var1", event="var2", stratum=stratum).scores
    suffix = "_stratified" if stratum else ""
    for row, known in zip(got.itertuples(), expected["reports17_published_openEBGM_vignette"], strict=True):
        assert (row.product, row.event, row.N) == (known["var1"], known["var2"], known["N"])
        assert pytest.approx(known[f"E{suffix}"], abs=5e-8) == row.E
        assert pytest.approx(known[f"RR{suffix}"], abs=0.005) == row.RR
        assert pytest.approx(known["PRR"], abs=0.005) == row.PRR


def test_a_report_counts_once_however_often_it_is_listed(shared):
    reports = pd.read_csv(shared / "anchors/disproportionality_2x2/input_reports17.csv")
    once, twice = (
        disproportion.gps(frame, report="id", product="var1", event="var2").scores
        for frame in (reports, pd.concat([reports, reports]))
    )
    pd.testing.assert_frame_equal(once, twice)


def simulated() -> pd.DataFrame:
    """6,000 reports of 60 products and 40 events; a tenth of the products reports event 39 far too often."""
    draw = np.random.default_rng(8)
    frame = pd.DataFrame(
        {
            "id": np.arange(6000),
            "product": draw.integers(0, 60, 6000),
            "event": np.minimum(draw.geometric(0.1, 6000), 39),
        }
    )
    frame.loc[(frame["product"] % 10 == 0) & (draw.random(6000) < 0.3), "event"] = 39
    return frame


@pytest.fixture(scope="module")
def fitted() -> disproportion.Gps:
    return disproportion.gps(simulated(), report="id", product="product", event="event")


def cut_off(n: np.ndarray, e: np.ndarray, theta: tuple[float, ...]) -> float:
    """The log-likelihood by scipy's negative binomial: each cut off at 0, then mixed."""
    a1, b1, a2, b2, p = theta

    first, second = (stats.nbinom(a, b / (b + e)) for a, b in ((a1, b1), (a2, b2)))
    mixed = p * first.pmf(n) / first.sf(0) + (1 - p) * second.pmf(n) / second.sf(0)
    return float(np.log(mixed).sum())


def test_theta_is_a_maximum_of_the_likelihood(fitted):
    n, e = fitted.scores.N.to_numpy(float), fitted.scores.E.to_numpy()
    assert fitted.log_likelihood == pytest.approx(cut_off(n, e, fitted.theta), rel=1e-9)
    for part in range(5):
        for factor in (0.97, 1.03):
            moved = list(fitted.theta)
            moved[part] *= factor
            assert cut_off(n, e, tuple(moved)) <= fitted.log_likelihood + 1e-7
    assert fitted.theta[0] / fitted.theta[1] >= fitted.theta[2] / fitted.theta[3]


def of_a_quarter(week: int) -> pd.DataFrame:
    """About a hundred reports of 8 products and 6 events, two pairs of which are reported ten times as often
    as the others, all round the year; those of the 13 weeks that end with ``week``."""
    often = {(0, 0): 60, (3, 1): 60}
    pairs = [(p, e) for p in range(8) for e in range(6) for _ in range(often.get((p, e), 6))]
    frame = pd.DataFrame(pairs, columns=["product", "event"]).rename_axis("id").reset_index()
    reported_in = frame["id"] * 37 % 364 // 7
    return frame[(reported_in > week - 13) & (reported_in <= week)]


@pytest.mark.parametrize(
    "week", [24, 27, 30, *(pytest.param(week, marks=pytest.mark.slow) for week in (39, 41)), 48]
)
def test_a_lower_top_of_the_likelihood_where_all_pairs_are_alike_is_left(week):
    """Of these counts the likelihood has a top where both parts of the prior are one, and a higher one."""
    found = disproportion.gps(of_a_quarter(week), report="id", product="product", event="event")
    n, e = found.scores.N.to_numpy(float), found.scores.E.to_numpy()
    apart = optimize.minimize(
        lambda point: -disproportion.log_likelihood(n, e, (*np.exp(point[:4]), special.expit(point[4]))),
        [*np.log([1000, 1000 / 2.3, 1000, 1000 / 0.7]), special.logit(0.2)],
        method="L-BFGS-B",
        bounds=[(-12, 12)] * 4 + [(-16, 16)],
    )
    assert found.log_likelihood >= -apart.fun - 1e-3
    two = found.scores.set_index(["product", "event"]).eb05[[(0, 0), (3, 1)]]
    assert two.min() > 1.5, "at the lower top they are shrunk to below 1.5, as all others"


# The highest log-likelihood that forty random starts led to, by seed of `sparse`.
HIGHEST = {2: -85.9200, 3: -78.0000, 17: -74.3104, 30: -96.1563}


def sparse(seed: int) -> pd.DataFrame:
    """Some 150 reports of 40 products and 30 events, three in a hundred pairs ten times as often as the
    others: most pairs that occur have one report and a high ratio."""
    draw = np.random.default_rng(seed)
    means = np.outer(draw.dirichlet(np.full(40, 0.3)), draw.dirichlet(np.full(30, 0.3))) * 150
    counts = draw.poisson(means * np.where(draw.random(means.shape) < 0.03, 10, 1))
    at = np.repeat(np.arange(counts.size), counts.ravel())
    return pd.DataFrame({"id": np.arange(len(at)), "product": at // 30, "event": at % 30})


@pytest.mark.parametrize("seed", HIGHEST)
def test_of_a_sparse_table_no_lower_top_of_the_likelihood_is_taken(seed):
    found = disproportion.gps(sparse(seed), report="id", product="product", event="event")
    assert found.log_likelihood >= HIGHEST[seed] - 1e-3


def test_scores_are_those_of_the_posterior_by_numerical_integration(fitted):
    a1, b1, a2, b2, p = fitted.theta
    row = fitted.scores.sort_values("N").iloc[-3]

    def posterior(ratio: float) -> float:
        prior = p * stats.gamma.pdf(ratio, a1, scale=1 / b1) + (1 - p) * stats.gamma.pdf(
            ratio, a2, scale=1 / b2
        )
        return prior * stats.poisson.pmf(row.N, ratio * row.E)

    grid = np.linspace(1e-6, row.RR * 4, 200_001)
    density = posterior(grid)
    share = integrate.cumulative_trapezoid(density, grid, initial=0)
    assert row.ebgm == pytest.approx(np.exp(np.trapezoid(density * np.log(grid), grid) / share[-1]), rel=1e-4)
    assert (row.eb05, row.eb95) == pytest.approx(
        tuple(np.interp([0.05, 0.95], share / share[-1], grid)), rel=1e-4
    )


# Of the 17,189 pairs of caers (reports of food and supplements to the FDA), as openEBGM 0.9.1 prints them in
# its vignette 4: theta, and of the first and the strongest pairs N, E, EBGM, 5 % and 95 % quantiles.
CAERS_THETA = (3.25379356, 0.39988854, 2.02612692, 1.90807970, 0.06534557)
CAERS = [
    (1, 0.0360548272, 2.23, 0.49, 13.85),
    (1, 0.0038736591, 2.58, 0.52, 15.78),
    (1, 0.0002979738, 2.63, 0.52, 16.02),
    (1, 0.0765792610, 1.92, 0.47, 11.77),
    (1, 0.0527413588, 2.09, 0.48, 12.95),
    (16, 0.40643623, 23.26, 15.68, 33.48),
    (19, 0.89690107, 16.78, 11.65, 23.55),
    (6, 0.07866508, 18.28, 10.16, 30.83),
    (8, 0.30482718, 15.25, 9.00, 24.52),
    (11, 0.56317044, 14.28, 8.98, 21.78),
]


def test_scores_of_published_counts_are_those_that_openebgm_prints():
    """EBGM rounded to two digits; its quantiles are bisected to 0.005 and then rounded."""
    n, e, *wanted = np.array(CAERS).T
    found = disproportion.scores(n, e, CAERS_THETA)
    for got, known, tolerance in zip(found, wanted, (0.005, 0.01, 0.01), strict=True):
        np.testing.assert_allclose(got, known, rtol=0, atol=tolerance)


def test_the_likelihood_is_openebgms_of_counts_without_zeroes():
    """P f1/(1 - f1(0)) + (1 - P) f2/(1 - f2(0)), gamma functions written out; not the mixture cut off."""
    n, e = np.array([1.0, 1, 2, 2, 3]), np.array([6.0, 7, 10, 12, 17])
    theta = (0.125874, 0.13587, 1.24578, 3.01587, 0.05)
    parts = []
    for a, b in (theta[:2], theta[2:4]):
        share = b / (b + e)
        whole = special.gamma(a + n) / special.gamma(a) / special.factorial(n) * share**a * (1 - share) ** n
        parts.append(whole / (1 - share**a))
    wanted = np.log(theta[4] * parts[0] + (1 - theta[4]) * parts[1]).sum()
    assert disproportion.log_likelihood(n, e, theta) == pytest.approx(wanted, rel=1e-12)


def test_planted_pairs_are_found_and_others_are_shrunk(fitted):
    found = fitted.scores[fitted.scores.eb05 > 2]
    assert set(map(tuple, found[["product", "event"]].to_numpy())) == {
        (product, 39) for product in range(0, 60, 10)
    }
    rest = fitted.scores[fitted.scores.event < 39]
    assert rest.ebgm.std() < rest.RR.std() / 2


@pytest.mark.parametrize(
    ("change", "arguments", "reason"),
    [
        ({}, {"event": "nowhere"}, "no column 'nowhere'"),
        ({"event": [None, 1]}, {}, "event has missing"),
        ({"id": [1, 1], "s": [1, 2]}, {"stratum": "s"}, "two strata"),
    ],
)
def test_reports_that_cannot_be_counted_are_refused(change, arguments, reason):
    reports = pd.DataFrame({"id": [1, 2], "product": [1, 1], "event": [1, 2]}).assign(**change)
    with pytest.raises(ValueError, match=reason):
        disproportion.gps(reports, **{"report": "id", "product": "product", "event": "event", **arguments})


def test_negative_counts_are_refused():
    with pytest.raises(ValueError, match="not be negative"):
        disproportion.two_by_two([-1], [1], [1], [1])


def ways(x: int, a: int, b: int, c: int, d: int) -> int:
    """Tables with the margins of a, b, c, d and x in the first cell, by reports that can be distinguished."""
    return math.comb(a + c, x) * math.comb(b + d, a + b - x) if 0 <= x <= a + b else 0


@pytest.mark.parametrize(
    ("now", "before"),
    [
        ([7, 20, 30, 400], [12, 90, 130, 1600]),
        ([9, 12, 15, 50], [9, 10, 21, 190]),
        ([0, 4, 5, 60], [3, 1, 9, 80]),
    ],
)
def test_a_rise_is_judged_by_all_tables_with_the_same_margins(now: list[int], before: list[int]) -> None:
    every = now[0] + before[0]
    of = [ways(x, *now) * ways(every - x, *before) for x in range(every + 1)]
    assert disproportion.rise(now, before) == pytest.approx(sum(of[now[0] :]) / sum(of), rel=1e-9)


def test_a_pair_of_few_reports_rises_as_two_poisson_rates_with_expected_counts_as_exposures() -> None:
    now, before = [12, 1000, 2000, 200_000], [20, 4000, 8000, 800_000]
    poisson = stats.binom.sf(11, 32, 0.2)
    assert disproportion.rise(now, before) == pytest.approx(poisson, rel=0.1)


@pytest.mark.parametrize(
    ("now", "before", "share"),
    [
        ([9, 30, 0, 61], [4, 90, 1, 305], (39, 94)),  # of the reports about its product
        ([9, 0, 30, 61], [4, 2, 90, 304], (39, 94)),  # of the reports of its event
        ([9, 3, 2, 86], [4, 8, 9, 379], (100, 400)),  # of all
    ],
)
def test_a_margin_that_is_mostly_the_pair_does_not_explain_its_rise(
    now: list[int], before: list[int], share: tuple[int, int]
) -> None:
    table = [[now[0], share[0] - now[0]], [before[0], share[1] - before[0]]]
    wanted = stats.fisher_exact(table, alternative="greater").pvalue
    assert disproportion.rise(now, before) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("now", "before"),
    [
        ([1, 1589, 74, 3129], [62, 7301, 48, 55416]),
        ([3, 2922, 221, 6827], [74, 7900, 36, 57253]),
    ],
)
def test_the_p_of_a_pair_that_is_reported_less_is_at_most_one(now: list[int], before: list[int]) -> None:
    assert 0.999 < disproportion.rise(now, before) <= 1.0


def test_nothing_rises_where_a_period_has_no_report() -> None:
    assert disproportion.rise([5, 1, 1, 10], [0, 0, 0, 0]) == 1.0
    assert disproportion.rise([0, 0, 0, 0], [5, 1, 1, 10]) == 1.0


@pytest.mark.parametrize("given", [[1, 2, 3], [1, 2, 3, -1], [1, 2, 3, 0.5]])
def test_a_rise_wants_four_whole_counts(given: list[float]) -> None:
    with pytest.raises(ValueError, match="before must be four whole counts"):
        disproportion.rise([1, 2, 3, 4], given)

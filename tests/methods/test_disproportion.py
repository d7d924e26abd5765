"""Disproportionality against published tables, the definition, and simulated ratios."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

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
    """The log-likelihood by scipy's negative binomial."""
    a1, b1, a2, b2, p = theta

    def mixture(k: np.ndarray) -> np.ndarray:
        return p * stats.nbinom.pmf(k, a1, b1 / (b1 + e)) + (1 - p) * stats.nbinom.pmf(k, a2, b2 / (b2 + e))

    return float(np.log(mixture(n) / (1 - mixture(0 * n))).sum())


def test_theta_is_a_maximum_of_the_likelihood(fitted):
    n, e = fitted.scores.N.to_numpy(float), fitted.scores.E.to_numpy()
    assert fitted.log_likelihood == pytest.approx(cut_off(n, e, fitted.theta), rel=1e-9)
    for part in range(5):
        for factor in (0.97, 1.03):
            moved = list(fitted.theta)
            moved[part] *= factor
            assert cut_off(n, e, tuple(moved)) <= fitted.log_likelihood + 1e-7
    assert fitted.theta[0] / fitted.theta[1] >= fitted.theta[2] / fitted.theta[3]


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

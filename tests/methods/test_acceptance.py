"""Sampling plans against the reference, the standard's tables and what a plan must do."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats

from jobs.methods import acceptance

# GB/T 2828.1 = ISO 2859-1, table 10-J (tabulated values of the OC curves), AQL 1.0: n = 80, Ac = 2; per cent
# non-conforming. Recalled.
TABLE_J = [
    (0.99, 0.550),
    (0.95, 1.03),
    (0.90, 1.38),
    (0.75, 2.16),
    (0.50, 3.33),
    (0.25, 4.84),
    (0.10, 6.52),
    (0.05, 7.66),
]


@pytest.mark.parametrize(("chance", "per_cent"), TABLE_J)
def test_the_curve_runs_through_the_values_of_the_standard(chance, per_cent):
    assert acceptance.oc(per_cent / 100, n=80, c=2) == pytest.approx(chance, abs=0.0015)


def test_curves_are_those_of_the_reference(shared):
    expected = json.loads((shared / "anchors/acceptance_sampling/expected.json").read_text())
    nist, lot = expected["oc_single_n52_c3"], expected["oc_hypergeom"]
    assert acceptance.oc(nist["p"], n=52, c=3) == pytest.approx(nist["Pa"], rel=1e-6)
    assert acceptance.oc(np.array(lot["D"]) / lot["N"], n=lot["n"], c=lot["c"], N=lot["N"]) == pytest.approx(
        lot["Pa"], rel=1e-6
    )
    assert 1 - acceptance.oc(0.0065, n=125, c=2) == pytest.approx(
        expected["dql_check"]["prob_contradict_at_DQL"], rel=1e-6
    )


def test_plans_are_those_of_the_reference(shared):
    expected = json.loads((shared / "anchors/acceptance_sampling/expected.json").read_text())["find_plan"]
    for name, arguments in {
        "binomial_PRP.05.95_CRP.15.075": {"prp": (0.05, 0.95), "crp": (0.15, 0.075)},
        "hypergeom_N100_PRP.05.95_CRP.15.075": {"prp": (0.05, 0.95), "crp": (0.15, 0.075), "N": 100},
        "binomial_PRP.01.95_CRP.05.10": {"prp": (0.01, 0.95), "crp": (0.05, 0.10)},
    }.items():
        assert acceptance.plan(**arguments) == (expected[name]["n"], expected[name]["c"])


@pytest.mark.parametrize(
    ("prp", "crp", "N"),
    [((0.01, 0.95), (0.04, 0.05), None), ((0.02, 0.9), (0.1, 0.1), 200), ((0.0, 0.95), (0.02, 0.1), None)],
)
def test_a_plan_meets_both_risks_and_one_unit_less_does_not(prp, crp, N):
    n, c = acceptance.plan(prp=prp, crp=crp, N=N)
    assert acceptance.oc(prp[0], n=n, c=c, N=N) >= prp[1] and acceptance.oc(crp[0], n=n, c=c, N=N) <= crp[1]
    for fewer in range(c + 1, n):
        assert acceptance.oc(crp[0], n=fewer, c=c, N=N) > crp[1]
    for stricter in range(c):  # with a smaller c no n meets both
        least = next(
            m for m in range(stricter + 1, 10 * n) if acceptance.oc(crp[0], n=m, c=stricter, N=N) <= crp[1]
        )
        assert acceptance.oc(prp[0], n=least, c=stricter, N=N) < prp[1]


def test_rare_defects_need_a_large_plan_and_find_it_fast():
    n, c = acceptance.plan(prp=(1e-5, 0.95), crp=(5e-5, 0.1))
    assert c == 3 and stats.poisson.cdf(3, n * 5e-5) == pytest.approx(0.1, abs=1e-4)


def test_the_chance_falls_with_quality_and_rises_with_c():
    p = np.linspace(0, 1, 101)
    assert (np.diff(acceptance.oc(p, n=20, c=2)) <= 0).all()
    assert (acceptance.oc(p, n=20, c=3) >= acceptance.oc(p, n=20, c=2)).all()


def test_shapes_and_gaps_are_kept():
    assert isinstance(acceptance.oc(0.1, n=10, c=0), float)
    assert acceptance.oc([[0.0, 1.0]], n=10, c=0).tolist() == [[1.0, 0.0]]
    assert np.isnan(acceptance.oc([None, 0.1], n=10, c=0, N=50)).tolist() == [True, False]


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda: acceptance.oc(1.2, n=10, c=0), "between 0 and 1"),
        (lambda: acceptance.oc(0.1, n=10, c=10), "0 <= c < n"),
        (lambda: acceptance.oc(0.1, n=10, c=-1), "0 <= c < n"),
        (lambda: acceptance.oc(0.1, n=10, c=0, N=9), "more than the 9"),
        (lambda: acceptance.oc(0.1, n=10.5, c=0), "whole"),
        (lambda: acceptance.plan(prp=(0.05, 0.95), crp=(0.05, 0.1)), "better quality"),
        (lambda: acceptance.plan(prp=(0.01, 0.1), crp=(0.05, 0.9)), "better quality"),
        (lambda: acceptance.plan(prp=(0.01, 0.95), crp=(0.012, 0.1), N=50), "cannot distinguish"),
    ],
)
def test_plans_that_cannot_be_are_refused(call, reason):
    with pytest.raises(ValueError, match=reason):
        call()

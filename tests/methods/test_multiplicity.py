"""Adjusted p values against the reference, another implementation and the definition."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from jobs.methods import multiplicity

METHODS = {"bh": "BH", "by": "BY", "holm": "holm", "hochberg": "hochberg", "bonferroni": "bonferroni"}


@pytest.mark.parametrize("method", METHODS)
def test_adjusted_values_are_those_of_the_reference(shared, method):
    p = pd.read_csv(shared / "anchors/fdr_bh/input.csv").p
    expected = json.loads((shared / "anchors/fdr_bh/expected.json").read_text())
    got = multiplicity.adjust(p, method=method)
    assert got.to_numpy() == pytest.approx(expected["adj"][METHODS[method]], rel=1e-6)
    assert (got <= 0.05).sum() == expected["rejections_at_0.05"][METHODS[method]]


@pytest.mark.parametrize("method", METHODS)
def test_adjusted_values_agree_with_statsmodels_in_any_order(method):
    named = {"bh": "fdr_bh", "by": "fdr_by", "hochberg": "simes-hochberg"}.get(method, method)
    p = np.round(np.random.default_rng(3).random(200) ** 3, 3)
    assert multiplicity.adjust(p, method=method) == pytest.approx(
        multipletests(p, method=named)[1], rel=1e-12
    )


def test_ties_have_one_adjusted_value_and_order_is_kept():
    got = multiplicity.adjust([0.04, 0.01, 0.04, 0.5])
    assert got == pytest.approx([0.04 * 4 / 3, 0.04, 0.04 * 4 / 3, 0.5])


def test_a_missing_value_is_no_test():
    got = multiplicity.adjust(pd.Series([0.01, None, 0.02], index=list("xyz")), method="bonferroni")
    assert got.index.tolist() == list("xyz")
    assert got["x"] == pytest.approx(0.02) and np.isnan(got["y"]) and got["z"] == pytest.approx(0.04)


def test_nothing_and_one_value_are_left_alone():
    assert multiplicity.adjust([]).tolist() == []
    assert np.isnan(multiplicity.adjust([np.nan])).all()
    assert multiplicity.adjust([0.03]).tolist() == [0.03]


@pytest.mark.parametrize(
    ("p", "method", "reason"),
    [
        ([1.1], "bh", "between 0 and 1"),
        ([-0.1], "bh", "between"),
        ([0.1], "tukey", "known are"),
        (["0.1"], "bh", "numbers"),
        ([[0.1]], "bh", "dimensions"),
    ],
)
def test_what_is_no_p_value_is_refused(p, method, reason):
    with pytest.raises(ValueError, match=reason):
        multiplicity.adjust(p, method=method)

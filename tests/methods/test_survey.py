"""Design-based estimates against R's survey package, against the formula written out anew, and what is
refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from designs import apiclus2, linearised, random_design
from scipy import stats

from jobs.methods import survey

REL = 1e-6
DESIGNS = {"survey_apistrat": {"strata": "stype"}, "survey_apiclus1": {"clusters": "dnum"}}
BOTH = pytest.mark.parametrize(
    ("name", "population"), [(name, key) for name in DESIGNS for key in ("with_fpc", "without_fpc")]
)


def anchor(shared: Path, name: str, population: str) -> tuple[pd.DataFrame, dict, dict]:
    data = pd.read_csv(shared / "anchors" / name / "input.csv")
    expected = json.loads((shared / "anchors" / name / "expected.json").read_text())[population]
    for column in ("awards", "sch.wide"):
        data[f"{column}_no"] = data[column] == "No"
    return (
        data,
        expected,
        {"weights": "pw", **DESIGNS[name], **({"fpc": "fpc"} if population == "with_fpc" else {})},
    )


@BOTH
def test_mean_total_and_ratio_are_those_of_the_reference(shared, name, population):
    data, expected, design = anchor(shared, name, population)
    mean = survey.estimate(data, "api00", interval="t", **design)
    assert (mean.value, mean.se) == pytest.approx(
        (expected["mean_api00"]["est"], expected["mean_api00"]["se"]), rel=REL
    )
    assert (mean.low, mean.high) == pytest.approx(expected["mean_api00"]["ci95_t"], rel=REL)
    assert (mean.df, mean.n) == (expected["df"], len(data))
    total = survey.estimate(data, "enroll", kind="total", **design)
    assert (total.value, total.se) == pytest.approx(
        (expected["total_enroll"]["est"], expected["total_enroll"]["se"]), rel=REL
    )
    ratio = survey.estimate(data, "api.stu", kind="ratio", x="enroll", **design)
    known = expected["ratio_apistu_enroll"]
    assert (ratio.value, ratio.se) == pytest.approx((known["est"], known["se"]), rel=REL)


@BOTH
@pytest.mark.parametrize(("interval", "theirs"), [("logit", "logit"), ("beta", "beta"), ("t", "mean")])
@pytest.mark.parametrize("column", ["awards", "sch.wide"])
def test_limits_of_a_proportion_are_those_of_the_reference(
    shared, name, population, interval, theirs, column
):
    data, expected, design = anchor(shared, name, population)
    got = survey.estimate(data, f"{column}_no", kind="proportion", interval=interval, **design)
    known = expected[f"ciprop_{column.replace('.', '_')}_No"][theirs]
    assert (got.value, got.low, got.high) == pytest.approx(
        (known["est"], known["lower"], known["upper"]), rel=REL
    )


@BOTH
def test_a_domain_keeps_the_whole_design_and_has_its_own_degrees_of_freedom(shared, name, population):
    data, expected, design = anchor(shared, name, population)
    for row, errors in zip(
        expected["domain_ciprop_awards_No_logit_dfdomain"],
        expected["domain_prop_awards_No_by_stype"],
        strict=True,
    ):
        data["here"] = data.stype == row["stype"]
        got = survey.estimate(data, "awards_no", kind="proportion", domain="here", **design)
        assert (got.value, got.low, got.high) == pytest.approx(
            (row["est"], row["lower"], row["upper"]), rel=REL
        )
        assert (got.se, got.df, got.n) == (pytest.approx(errors["se"], rel=REL), row["df"], data.here.sum())
    for row in expected["domain_mean_api00_by_comp_imp"]:
        data["here"] = data["comp.imp"] == row["comp.imp"]
        got = survey.estimate(data, "api00", domain="here", **design)
        assert (got.value, got.se) == pytest.approx((row["est"], row["se"]), rel=REL)


# R's survey 4.x on the same samples, with fpc and no weights: estimate, standard error (reference files of
# Survey.jl's tests).
FROM_FPC = [
    ("survey_apistrat", "mean", None, 662.287363577655, 9.408940879434),
    ("survey_apistrat", "total", None, 4102207.93, 58278.9798072143),
    ("survey_apistrat", "ratio", "enroll", 1.11256046332155, 0.0413595064404803),
    ("survey_apiclus1", "total", None, 5949162.06666667, 1339481.29924731),
    ("survey_apiclus1", "ratio", "enroll", 1.17182250144138, 0.126274636133836),
]


@pytest.mark.parametrize(("name", "kind", "x", "value", "error"), FROM_FPC)
def test_weights_follow_from_the_populations(shared, name, kind, x, value, error):
    data = pd.read_csv(shared / "anchors" / name / "input.csv")
    got = survey.estimate(data, "api00", kind=kind, x=x, fpc="fpc", **DESIGNS[name])
    assert (got.value, got.se) == pytest.approx((value, error), rel=1e-9)


def test_two_stages_without_weights_give_the_published_figures():
    """R's survey, help page of svydesign: api00 670.81 (30.099), enroll 2639273 (799638), rounded;
    recalled."""
    data = apiclus2()
    design = {"clusters": ["dnum", "snum"], "fpc": ["fpc1", "fpc2"]}
    mean = survey.estimate(data, "api00", **design)
    assert (round(mean.value, 2), round(mean.se, 3), mean.df, mean.n) == (670.81, 30.099, 39, 126)
    total = survey.estimate(data, "enroll", kind="total", **design)
    assert (round(total.value), round(total.se)) == (2639273, 799638)
    assert total.n == 120  # six schools without a figure: outside the domain, still in the design


def test_rows_may_be_the_units_of_the_last_stage():
    data = apiclus2()
    whole = survey.estimate(data, "api00", clusters=["dnum", "snum"], fpc=["fpc1", "fpc2"])
    assert survey.estimate(data, "api00", clusters="dnum", fpc=["fpc1", "fpc2"]) == whole


def test_without_populations_only_the_first_stage_counts():
    data = apiclus2()
    one = survey.estimate(data, "api00", clusters="dnum")
    assert survey.estimate(data, "api00", clusters=["dnum", "snum"]) == one


@pytest.mark.parametrize("two_stages", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_any_design_equals_the_formula_written_out(seed, two_stages):
    data, design, weights = random_design(seed, two_stages)
    sizes = [data[name].to_numpy() for name in (["N", "M"] if two_stages else ["N"])]
    units = [(data.h * 1000 + data.u).to_numpy(), np.arange(len(data))]
    for kind in ("mean", "total", "ratio"):
        value, error = linearised(data, kind, weights, units, sizes)
        got = survey.estimate(data, "y", kind=kind, x="x" if kind == "ratio" else None, domain="d", **design)
        assert (got.value, got.se) == pytest.approx((value, error), rel=1e-9, abs=1e-12)


def test_scaling_all_weights_changes_nothing_but_totals():
    data, design, weights = random_design(3, False)
    data["w"], data["w7"] = weights, weights * 7
    one, seven = (survey.estimate(data, "y", **{**design, "weights": name}) for name in ("w", "w7"))
    assert vars(seven) == pytest.approx(vars(one), rel=1e-12)
    one, seven = (
        survey.estimate(data, "y", kind="total", **{**design, "weights": name}) for name in ("w", "w7")
    )
    assert (seven.value, seven.se) == pytest.approx((7 * one.value, 7 * one.se), rel=1e-12)


@pytest.mark.parametrize(("y", "value", "low", "high"), [
    (0, 0.0, 0.0, 1 - 0.025 ** (1 / 60)),  # Clopper-Pearson for no event among 60
    (1, 1.0, 0.025 ** (1 / 60), 1.0),
])  # fmt: skip
def test_no_or_only_events_have_a_one_sided_exact_interval(y, value, low, high):
    data = pd.DataFrame({"y": np.full(60, y), "N": 6000})
    got = survey.estimate(data, "y", kind="proportion", fpc="N", interval="beta")
    assert (got.value, got.se, got.low, got.high) == pytest.approx((value, 0.0, low, high), rel=1e-12)
    logit = survey.estimate(data, "y", kind="proportion", fpc="N", interval="logit")
    assert np.isnan([logit.low, logit.high]).all()


def test_no_event_in_strata_widens_the_exact_interval_by_the_lost_degrees_of_freedom():
    data = pd.DataFrame({"y": 0, "h": np.repeat([1, 2, 3], 10), "w": 5.0})
    size = 30 * (stats.t.ppf(0.975, 29) / stats.t.ppf(0.975, 27)) ** 2
    got = survey.estimate(data, "y", kind="proportion", strata="h", weights="w", interval="beta")
    assert got.high == pytest.approx(1 - 0.025 ** (1 / size), rel=1e-9)


def test_a_census_has_no_error():
    data = pd.DataFrame({"y": [0, 1, 1, 0], "N": 4})
    got = survey.estimate(data, "y", kind="proportion", fpc="N")
    assert (got.value, got.se, got.low, got.high) == (0.5, 0.0, 0.5, 0.5)


def test_a_unit_that_was_all_of_its_stratum_is_certain():
    data = pd.DataFrame({"y": [1.0, 3.0, 2.0, 8.0], "h": [1, 1, 1, 2], "N": [9, 9, 9, 1]})
    got = survey.estimate(data, "y", kind="total", strata="h", fpc="N")
    assert got.value == pytest.approx(9 * 2 + 8)
    assert got.se == pytest.approx(np.sqrt(9**2 * (1 - 3 / 9) * 1.0 / 3))
    assert got.df == 2


@pytest.mark.parametrize(("change", "arguments", "reason"), [
    ({"h": [1, 1, 2, 3]}, {}, "one unit only was drawn from stratum 2"),
    ({"N": [9, 9, 1, 1]}, {"fpc": "N"}, "below the number of units drawn"),
    ({"N": [9, 8, 9, 9]}, {"fpc": "N"}, "constant"),
    ({"w": [1, 1, 1, 0]}, {"weights": "w"}, "positive"),
    ({"w": [1, 1, 1, np.nan]}, {"weights": "w"}, "positive"),
    ({"h": [1, 1, None, 2]}, {}, "h has missing values"),
    ({"y": ["a", "b", "c", "d"]}, {}, "must hold numbers"),
    ({"y": [0, 1, 2, 0]}, {"kind": "proportion"}, "0 or 1"),
    ({"x": [0, 0, 0, 0]}, {"kind": "ratio", "x": "x"}, "sum of x is 0"),
    ({}, {"kind": "ratio"}, "x is given for a ratio"),
    ({}, {"kind": "median"}, "known are"),
    ({}, {"interval": "beta"}, "for proportions"),
    ({}, {"domain": "y"}, "true or false"),
    ({}, {"weights": "nowhere"}, "no column 'nowhere'"),
    ({}, {"level": 1.0}, "level"),
    ({"N": [9, 9, 9, 9]}, {"clusters": ["y", "h"], "fpc": "N"}, "fpc has 1 stage, clusters 2"),
])  # fmt: skip
def test_what_cannot_be_estimated_is_refused_by_name(change, arguments, reason):
    data = pd.DataFrame({"y": [0.0, 1, 3, 1], "h": [1, 1, 2, 2]}).assign(**change)
    with pytest.raises(ValueError, match=reason):
        survey.estimate(data, "y", strata="h", **arguments)


def test_a_cluster_of_which_one_unit_was_drawn_but_more_exist_is_refused():
    data = pd.DataFrame({"y": [1.0, 2, 3], "u": [1, 1, 2], "N": 5, "M": 4})
    with pytest.raises(ValueError, match="one unit only was drawn within a cluster"):
        survey.estimate(data, "y", clusters="u", fpc=["N", "M"])


def test_an_empty_domain_has_no_estimate():
    data = pd.DataFrame({"y": [1.0, 2], "d": False})
    got = survey.estimate(data, "y", domain="d")
    assert np.isnan([got.value, got.se, got.low, got.high]).all()
    assert (got.df, got.n) == (0, 0)


def test_nullable_and_boolean_columns_are_numbers_with_gaps():
    plain = pd.DataFrame({"y": [1.0, 0, np.nan, 1], "w": 1.0})
    nullable = pd.DataFrame({"y": pd.array([True, False, None, True], dtype="boolean"), "w": 1.0})
    assert survey.estimate(nullable, "y", kind="proportion") == survey.estimate(plain, "y", kind="proportion")


@pytest.mark.parametrize("kind", survey.KINDS)
@pytest.mark.parametrize("two_stages", [False, True])
def test_all_domains_at_once_are_each_domain_alone(kind, two_stages):
    data, design, _ = random_design(7, two_stages)
    if kind == "proportion":
        data["y"] = (data.y > 0.6).where(data.y.notna()).astype("boolean")
    arguments = {**design, "kind": kind, "x": "x" if kind == "ratio" else None, "domain": "d"}
    data["group"] = np.where(np.arange(len(data)) % 5 == 0, None, np.where(data.x > 1, "b", "a"))
    got = survey.estimate_by(data, "y", by="group", **arguments)
    assert got.index.tolist() == ["a", "b"] and got.index.name == "group"
    for name, row in got.iterrows():
        data["here"] = (data.group == name) & data.d
        alone = survey.estimate(data, "y", **{**arguments, "domain": "here"})
        assert row.tolist() == pytest.approx(
            [alone.value, alone.se, alone.low, alone.high, alone.df, alone.n], rel=1e-9, nan_ok=True
        )


def test_domains_without_rows_are_not_listed():
    data = pd.DataFrame({"y": [1.0, 2, 3], "g": [2, 1, None], "d": [True, False, True]})
    assert survey.estimate_by(data, "y", by="g", domain="d").index.tolist() == [2]
    assert survey.estimate_by(data.assign(d=False), "y", by="g", domain="d").empty
    with pytest.raises(ValueError, match="no column 'h'"):
        survey.estimate_by(data, "y", by="h")

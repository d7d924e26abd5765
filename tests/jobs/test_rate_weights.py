"""Probability samples: weights, non-response, overlapping frames, strata of one unit, and the rates that
follow."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sampling_frames import REGION, frames

from jobs.marts.dimensions import hierarchies
from jobs.marts.sampling import detection_rate
from jobs.marts.sampling.probability import SurveyDesign, survey_design
from jobs.methods import survey
from jobs.period import Period

MAY = date(2026, 5, 10)


def plan(name: str = "prob", **more: Any) -> dict[str, Any]:
    return {"plan_id": name, "type": "probability", "starts_on": date(2026, 4, 5)} | more


def bought(name: str, stratum: str = "a", pi: float | None = 0.1, **more: Any) -> dict[str, Any]:
    return {
        "sample_id": name,
        "plan_id": "prob",
        "stratum": stratum,
        "inclusion_probability": pi,
        "units_sold": 1,
        "purchased_on": MAY,
    } | more


def design_of(rows: dict[str, list[dict[str, Any]]], void: set[str] = frozenset()) -> SurveyDesign:
    given = frames({"sampling_plan": [plan()], "region": REGION} | rows)
    sample = given["sample"]
    return survey_design(
        sample=sample,
        void=sample["sample_id"].isin(void).to_numpy(),
        sampling_plan=given["sampling_plan"],
        sampling_stratum=given["sampling_stratum"],
        sampling_order=given["sampling_order"],
        trees=hierarchies(region=given["region"], product_category=given["product_category"]),
    )


def test_a_sample_weighs_one_by_its_inclusion_probability_and_one_without_is_outside():
    found = design_of(
        {
            "sample": [
                bought("s1", pi=0.1),
                bought("s2", pi=0.25),
                bought("s3", pi=None),
                bought("s4", plan_id="other"),
            ]
        }
    )
    np.testing.assert_allclose(found.weight, [10, 4, np.nan, np.nan])
    assert found.stratum.tolist() == [0, 0, -1, -1]


def test_void_samples_of_a_stratum_are_carried_by_the_others_of_it_only():
    rows = [bought("s1"), bought("s2"), bought("void"), *(bought(f"b{i}", "b") for i in range(3))]
    found = design_of({"sample": rows}, void={"void"})
    np.testing.assert_allclose(found.weight, [15, 15, np.nan, 10, 10, 10])
    assert found.drawn.tolist() == [2, 3]


def test_a_lost_listing_of_few_sales_leaves_a_plan_drawn_by_units_sold_its_even_weights():
    """Inclusion probabilities are a thousandth of the units sold: each listing stands for 1,000 units, and
    with one of four lost for 1,333."""
    units = {"one": 1, "ten": 10, "hundred": 100, "void": 1}
    rows = [bought(name, pi=n / 1000, units_sold=n) for name, n in units.items()]
    exposed = design_of({"sample": rows}, void={"void"}).weight * list(units.values())
    np.testing.assert_allclose(exposed, [4000 / 3, 4000 / 3, 4000 / 3, np.nan])


def test_an_order_that_was_cancelled_or_lost_without_a_sample_is_non_response_too():
    orders = [
        {"sampling_order_id": "o1", "plan_id": "prob", "stratum": "a", "status": "cancelled"},
        {
            "sampling_order_id": "o2",
            "plan_id": "prob",
            "stratum": "a",
            "status": "lost",
        },  # it has a sample all the same
        {"sampling_order_id": "o3", "plan_id": "prob", "stratum": "a", "status": "received"},
    ]
    found = design_of(
        {"sample": [bought("s1", sampling_order_id="o2"), bought("s2")], "sampling_order": orders}
    )
    np.testing.assert_allclose(found.weight, [15, 15])


def test_a_listing_that_the_nations_and_its_provinces_plan_could_have_drawn_has_half_its_weight():
    plans = [plan(), plan("zhejiang", issuer_region_code="330000"), plan("later", starts_on=date(2026, 7, 1))]
    rows = [
        bought("in", seller_region_code="330106"),
        bought("out", seller_region_code="999901"),
        bought("own", plan_id="zhejiang"),
        bought("july", plan_id="later", seller_region_code="330106"),
    ]
    np.testing.assert_allclose(design_of({"sample": rows, "sampling_plan": plans}).weight, [5, 10, 5, 10])


def test_a_plan_of_other_goods_shares_no_frame():
    plans = [plan(), plan("toys")]
    strata = [{"plan_id": "toys", "stratum": "t", "category_code": "EL", "population": 50}]
    rows = [
        bought("kettle", category_code="HA01"),
        bought("toy", category_code="EL"),
        bought("toy2", "t", plan_id="toys", category_code="EL"),
    ]
    found = design_of(
        {
            "sample": rows,
            "sampling_plan": plans,
            "sampling_stratum": strata,
            "product_category": [
                {"category_code": "HA01", "name_zh": "电热水壶", "level": 2, "parent_code": "HA"},
                {"category_code": "HA", "name_zh": "家用电器", "level": 1},
                {"category_code": "EL", "name_zh": "电子", "level": 1},
            ],
        }
    )
    np.testing.assert_allclose(found.weight, [10, 5, 5])


def test_frames_overlap_where_platform_and_category_do_together_not_where_each_does_somewhere():
    plans = [plan("two"), plan("other")]
    strata = [
        {"plan_id": "two", "stratum": "a", "platform_code": "P1", "category_code": "EL", "population": 9},
        {"plan_id": "two", "stratum": "b", "platform_code": "P2", "category_code": "HA", "population": 9},
        {"plan_id": "other", "stratum": "c", "platform_code": "P1", "category_code": "HA", "population": 9},
        {"plan_id": "other", "stratum": "d", "platform_code": "P2", "category_code": "HA", "population": 9},
    ]
    rows = [
        bought("only other", "c", plan_id="other", platform_code="P1", category_code="HA"),
        bought("both", "d", plan_id="other", platform_code="P2", category_code="HA"),
    ]
    found = design_of({"sample": rows, "sampling_plan": plans, "sampling_stratum": strata})
    np.testing.assert_allclose(found.weight, [10, 5])


def test_a_plan_of_a_quarter_shares_the_months_of_others_in_which_it_buys():
    quarter = plan("quarter", starts_on=date(2026, 4, 1), ends_on=date(2026, 6, 30))
    may = plan("may", starts_on=date(2026, 5, 1), ends_on=date(2026, 5, 31))
    rows = [
        bought("april", plan_id="quarter", purchased_on=date(2026, 4, 9)),
        bought("in may", plan_id="quarter", purchased_on=date(2026, 5, 9)),
        bought("of may", plan_id="may", purchased_on=date(2026, 5, 9)),
        bought("late", plan_id="may", purchased_on=date(2026, 6, 2)),  # still of May's frame
    ]
    found = design_of({"sample": rows, "sampling_plan": [quarter, may]})
    np.testing.assert_allclose(found.weight, [10, 5, 5, 5])


def test_a_stratum_of_one_joins_the_next_of_its_plan_the_last_the_one_before_a_plan_of_one_the_next_plan():
    plans = [plan(), plan("q"), plan("r")]
    rows = [
        bought("a1", "a"),
        bought("b1", "b"),
        bought("b2", "b"),
        bought("c1", "c"),
        bought("q1", "x", plan_id="q"),
        bought("r1", "x", plan_id="r"),
        bought("r2", "x", plan_id="r"),
    ]
    found = design_of({"sample": rows, "sampling_plan": plans})
    assert found.stratum.tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert found.drawn.tolist() == [4, 3]


def test_a_listing_that_was_all_there_was_is_joined_too_as_its_batches_are_draws_from_what_it_sells():
    rows = [bought("a1", "a", pi=1.0), bought("b1", "b"), bought("b2", "b")]
    assert design_of({"sample": rows}).stratum.tolist() == [0, 0, 0]


def country(seed: int = 3, size: int = 1500) -> dict[str, list[dict[str, Any]]]:
    """One plan of four strata; a few void, a few open, a few not judged, units between 1 and 30."""
    rng = np.random.default_rng(seed)
    samples, conclusions = [], []
    for i in range(size):
        more: dict[str, Any] = {"units_sold": int(rng.integers(1, 30)), "platform_code": f"P{i % 3}"}
        if rng.random() < 0.05:
            more |= {"exit_kind": "void", "exit_reason": "lost", "exited_on": MAY}
        elif rng.random() < 0.95:
            outcome = rng.choice(["nonconforming", "conforming", "not_judged"], p=[0.2, 0.76, 0.04])
            conclusions.append({"sample_id": f"s{i}", "stage": "first", "outcome": outcome, "issued_on": MAY})
        samples.append(bought(f"s{i}", "abcd"[i % 4], pi=[0.02, 0.05, 0.1, 0.3][i % 4], **more))
    strata = [
        {"plan_id": "prob", "stratum": s, "population": n}
        for s, n in zip("abcd", [50000, 20000, 10000, 3340], strict=True)
    ]
    return {
        "sample": samples,
        "standing_conclusion": conclusions,
        "sampling_plan": [plan()],
        "sampling_stratum": strata,
    }


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return detection_rate.build(**frames(country()), period=Period(date(2026, 6, 30)))


def by_library(rows: dict[str, list[dict[str, Any]]], units: bool) -> pd.DataFrame:
    """The same by platform through survey.estimate_by, with weights written out from the words of the
    definition."""
    outcome = {c["sample_id"]: c["outcome"] for c in rows["standing_conclusion"]}
    frame = pd.DataFrame(rows["sample"])
    frame = frame.assign(
        void=frame["exit_kind"].eq("void"),
        fail=frame["sample_id"].map(outcome).map({"nonconforming": 1.0, "conforming": 0.0}),
    )
    drawn = frame.groupby("stratum")["void"].agg(["size", "sum"])
    factor = drawn["size"] / (drawn["size"] - drawn["sum"])
    frame = frame[~frame["void"]]
    frame["w"] = (
        frame["stratum"].map(factor) / frame["inclusion_probability"] * (frame["units_sold"] if units else 1)
    )
    given = {"kind": "proportion", "weights": "w", "strata": "stratum", "interval": "beta"}
    found = survey.estimate_by(frame, "fail", by="platform_code", **given)
    judged = frame.dropna(subset="fail").groupby("platform_code")["w"]
    return found.assign(kish=judged.sum() ** 2 / judged.agg(lambda w: (w**2).sum()))


def test_listing_and_exposure_rates_are_what_the_library_estimates(table: pd.DataFrame):
    got = table.query(
        "dimension_type == 'platform' and dimension2_type == '' and design == 'probability' and "
        "period_type == 'month'"
    )
    got = got.set_index("dimension_code")
    listing, exposure = by_library(country(), units=False), by_library(country(), units=True)
    np.testing.assert_allclose(got["listing_rate"], listing["value"], rtol=1e-9)
    np.testing.assert_allclose(got["exposure_rate"], exposure["value"], rtol=1e-9)
    np.testing.assert_allclose(got["n_effective"], exposure["kish"], rtol=1e-9)
    share = exposure["value"] * (1 - exposure["value"])
    np.testing.assert_allclose(got["design_effect"], exposure["se"] ** 2 * exposure["n"] / share, rtol=1e-9)
    np.testing.assert_allclose(got["cv"], exposure["se"] / exposure["value"], rtol=1e-9)
    assert (got["exposure_low"] <= exposure["low"] + 1e-12).all()
    assert (got["exposure_high"] >= exposure["high"] - 1e-12).all()


def test_the_country_has_the_estimate_of_its_frame_and_targeted_and_all_have_none(table: pd.DataFrame):
    nation = table.query("dimension_type == 'nation' and period_type == 'all'").set_index("design")
    assert nation.loc["probability", ["exposure_rate", "listing_rate"]].notna().all()
    assert (
        nation.loc[
            "all", ["listing_rate", "exposure_rate", "exposure_low", "exposure_high", "shrunk_rate", "yoy_pp"]
        ]
        .isna()
        .all()
    )


def test_targeted_samples_with_inclusion_probabilities_have_no_weighted_rate():
    rows = country()
    rows["sampling_plan"] = [plan(type="targeted")]
    found = detection_rate.build(**frames(rows), period=Period(date(2026, 6, 30)))
    assert found[["listing_rate", "exposure_rate", "n_weighted"]].isna().all(axis=None)


def test_no_failures_leave_the_exposure_rate_an_upper_limit_only():
    rows = country()
    for conclusion in rows["standing_conclusion"]:
        conclusion["outcome"] = "conforming"
    found = detection_rate.build(**frames(rows), period=Period(date(2026, 6, 30)))
    row = found.query("dimension_type == 'nation' and design == 'probability' and period_type == 'all'").iloc[
        0
    ]
    assert row["exposure_rate"] == 0 and np.isnan(row["exposure_low"]) and 0 < row["exposure_high"] < 0.05

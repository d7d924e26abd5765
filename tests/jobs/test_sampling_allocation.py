"""How purchases are allotted: Neyman's optimum above floors; what a plan buys; the period that it is for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import numpy as np
import pandas as pd
import pytest

from jobs.contracts.catalog import load_catalog
from jobs.environment import SCHEMAS
from jobs.marts.sampling.allocation import Floor, allocate, shared
from jobs.marts.sampling.precision import described, whole
from jobs.marts.sampling.prior_rates import history
from jobs.marts.sampling.proposal_settings import Settings, frame_month, next_quarter, settings_on
from jobs.marts.sampling.sampling_proposal import planned, signalled
from jobs.methods import survey_cells

GIVEN = Settings(
    "1",
    budget=60,
    targeted_share=0.2,
    platform_floor=8,
    category_floor=12,
    most_of_listings=0.5,
    stratum_least=2,
    prior_rate=0.1,
    history_months=12,
    seed=1,
)


def variance(n: np.ndarray, spread: np.ndarray) -> float:
    return float((spread**2 / n).sum())


def test_no_other_whole_numbers_of_the_same_sum_give_a_smaller_variance():
    spread, most = np.array([0.5, 0.2, 0.1, 0.04]), np.array([6, 9, 9, 9])
    found = allocate(spread, most, budget=14, least=1)
    assert found.sum() == 14
    others = [np.array(n) for n in product(*(range(1, m + 1) for m in most)) if sum(n) == 14]
    assert variance(found, spread) == pytest.approx(min(variance(n, spread) for n in others))


def test_floors_are_met_before_the_budget_and_no_stratum_gets_more_than_it_has():
    spread, most = np.array([0.9, 0.05, 0.05]), np.array([50, 4, 50])
    found = allocate(
        spread, most, budget=30, least=2, floors=[Floor({1: 1.0}, 9), Floor({1: 1.0, 2: 1.0}, 12)]
    )
    assert found.tolist() == [18, 4, 8]
    assert allocate(spread, most, budget=5, least=2, floors=[Floor({2: 1.0}, 9)]).tolist() == [
        2,
        2,
        9,
    ]  # a floor costs what it costs


def test_a_floor_counts_what_a_joined_stratum_is_expected_to_bring_and_adds_to_its_own():
    found = allocate(
        np.array([0.9, 0.05]), np.array([50, 50]), budget=0, least=10, floors=[Floor({0: 0.5, 1: 1.0}, 20)]
    )
    assert found.tolist() == [10, 15]


def test_targeted_purchases_go_by_findings_and_nowhere_else():
    assert shared(np.array([3.0, 1.0, 0.0]), np.array([50, 50, 50]), 8).tolist() == [6, 2, 0]
    assert shared(np.array([3.0, 1.0, 0.0]), np.array([2, 50, 50]), 8).tolist() == [2, 6, 0]
    assert shared(np.array([0.0, 0.0]), np.array([9, 9]), 8).tolist() == [0, 0]


def market(rates: dict[tuple[str, str], tuple[int, int]]) -> pd.DataFrame:
    return pd.DataFrame(
        [(p, c, n, u) for (p, c), (n, u) in rates.items()],
        columns=["platform_code", "category_code", "population", "units_sold"],
    )


def past(*rows: tuple[str, str, bool, int, int]) -> pd.DataFrame:
    """platform, category, whether by chance, conforming, non-conforming: one row a sample."""
    counts = [
        (p, c, float(chance), int(i < good), int(i >= good))
        for p, c, chance, good, bad in rows
        for i in range(good + bad)
    ]
    frame = pd.DataFrame(
        counts, columns=["platform_code", "category_code", "weight", "n_conforming", "n_nonconforming"]
    )
    return frame.astype({"weight": float}).assign(n_sampled=1, n_exited_violation=0)


CELLS = market(
    {("P1", "HA"): (100, 900), ("P1", "TY"): (90, 500), ("P2", "HA"): (80, 60), ("P2", "TY"): (70, 40)}
)


def test_a_cell_without_samples_has_the_rate_of_its_platform_and_category_and_targeted_samples_tell_none():
    samples = past(
        ("P1", "HA", True, 300, 100),
        ("P1", "TY", True, 380, 20),
        ("P2", "HA", True, 340, 60),
        ("P2", "TY", False, 0, 500),
    )
    rate = history(CELLS, samples, without=0.1).rate
    assert rate[0] > rate[1] and rate[2] > rate[3]  # HA fails more than TY on both
    assert rate[3] < 0.1  # the 500 that were looked for are not the market


def test_the_rate_is_that_of_units_sold_and_not_of_samples():
    """Half of the samples fail, but what failed sells a ninth of what did not: the rate of units is a
    tenth."""
    samples = past(("P1", "HA", True, 100, 0), ("P1", "HA", True, 0, 100))
    samples["weight"] = np.where(samples["n_nonconforming"] == 1, 2.0, 18.0)
    assert history(CELLS, samples, without=0.3).rate == pytest.approx(0.1)


def test_without_history_every_cell_has_the_stated_rate_and_nothing_is_targeted():
    nothing = past()
    known = history(CELLS, nothing, without=0.1)
    assert known.rate == pytest.approx(0.1) and known.response == 1.0
    plan = planned(CELLS, known, {"HA", "TY"}, GIVEN)
    assert (
        plan["n_targeted"].sum() == 0
        and plan.drop_duplicates("stratum")["n_probability"].sum() == GIVEN.budget
    )


def test_the_plan_holds_the_floors_of_platforms_and_key_categories_within_the_budget():
    plan = planned(
        CELLS, history(CELLS, past(("P1", "HA", True, 80, 20)), without=0.1), {"HA", "TY"}, GIVEN
    ).drop_duplicates("stratum")
    assert (plan.groupby("platform_code")["n_probability"].sum() >= GIVEN.platform_floor).all()
    assert (plan.groupby("category_code")["n_probability"].sum() >= GIVEN.category_floor).all()
    assert (
        plan["n_probability"].sum() == 48 and plan["n_targeted"].sum() == 12
    )  # a fifth follows the 20 findings
    assert plan.set_index("stratum").loc["P1/HA", "n_targeted"] == 12


def test_the_expected_standard_error_is_that_of_such_samples():
    """Drawn 4,000 times with probability in proportion to units, from a market of the prior rates; the
    exposure rate is then a plain mean."""
    rng = np.random.default_rng(5)
    cells = market({("P1", "HA"): (4000, 600), ("P1", "TY"): (4000, 400)})
    plan = planned(
        cells,
        history(cells, past(("P1", "HA", True, 70, 30), ("P1", "TY", True, 95, 5)), without=0.1),
        set(),
        GIVEN,
    )
    said = described(plan, 1.0).set_index(["dimension_type", "dimension_code"]).loc[("nation", "CN")]
    means = [
        (
            plan["units_share"] * rng.binomial(plan["n_probability"], plan["rate"]) / plan["n_probability"]
        ).sum()
        for _ in range(4000)
    ]
    assert said["prior_rate"] == pytest.approx(np.mean(means), abs=0.005)
    assert said["expected_se"] == pytest.approx(np.std(means), rel=0.05)


@pytest.mark.parametrize("n", [48, 4800])
def test_a_plan_promises_no_tighter_limits_than_its_rates_will_have(n):
    """One batch of each of n listings, a quarter of which fail: limits are those of the sample as
    gold.detection_rate gives them. With a finite population of the n listings the error was 0."""
    rows = survey_cells.contributions(np.repeat([1.0, 0.0], [n // 4, n - n // 4]), np.ones(n)).sum()
    cell = pd.DataFrame([rows]).assign(cell=0, stratum=0)
    found = survey_cells.shares(cell, cell="cell", stratum="stratum", drawn=np.array([n])).loc[0]
    alone = market({("P1", "HA"): (n, 10)}).assign(
        rate=0.25,
        stratum="P1/HA",
        units_share=1.0,
        n_probability=n,
        n_targeted=0,
        platform_floor=0,
        category_floor=0,
    )
    said = described(alone, 1.0).iloc[0]
    assert said["expected_se"] == pytest.approx(found["se"], rel=0.02)
    assert said[["expected_low", "expected_high"]].tolist() == pytest.approx(
        [found["low"], found["high"]], abs=0.02 * 48 / n
    )


def test_uneven_strata_promise_no_tighter_limits_than_their_rates_will_have():
    """Nine tenths of what is sold are a stratum of 20 batches that hardly fails, one tenth one of 80 that
    fails often: by its variance the plan is as good as 75 even batches, by its weights as 25."""
    n, share, rate = np.array([20, 80]), np.array([0.9, 0.1]), np.array([0.05, 0.3])
    cells = market({("P1", "HA"): (500, 90), ("P1", "TY"): (500, 10)}).assign(
        rate=rate,
        stratum=["P1/HA", "P1/TY"],
        units_share=share,
        n_probability=n,
        n_targeted=0,
        platform_floor=0,
        category_floor=0,
    )
    failing = np.concatenate([np.arange(size) < size * p for size, p in zip(n, rate, strict=True)])
    rows = survey_cells.contributions(failing.astype(float), np.repeat(share / n, n))
    rows = rows.groupby(np.repeat([0, 1], n)).sum().rename_axis("stratum").reset_index().assign(cell=0)
    found = survey_cells.shares(rows, cell="cell", stratum="stratum", drawn=n).loc[0]
    said = described(cells, 1.0).set_index(["dimension_type", "dimension_code"]).loc[("nation", "CN")]
    assert said["prior_rate"] == pytest.approx(found["value"])
    assert said[["expected_low", "expected_high"]].tolist() == pytest.approx([found["low"], found["high"]])


def test_a_category_of_few_batches_in_many_strata_has_few_degrees_of_freedom():
    """Two batches of each of 40 platforms, either of them of the category with probability 1/2: of its 40
    batches some 30 are the first of their stratum, and 10 are left to estimate the variance from."""
    platforms = [f"P{i:02d}" for i in range(40)]
    cells = market({(code, kind): (100, 10) for code in platforms for kind in ("HA", "TY")})
    cells = cells.assign(
        rate=0.1,
        stratum=cells["platform_code"] + "/other",
        units_share=1 / 80,
        n_probability=2,
        n_targeted=0,
        platform_floor=0,
        category_floor=0,
    )
    drawn = np.random.default_rng(2).binomial(2, 0.5, (4000, 40))
    df = drawn.sum(axis=1) - (drawn > 0).sum(axis=1)
    forty = np.array([40.0])
    low, high = survey_cells.limits(
        np.array([0.1]), kish=forty, of_variance=forty, df=np.array([df.mean()]), n=forty
    )
    said = described(cells, 1.0).set_index(["dimension_type", "dimension_code"]).loc[("category", "HA")]
    assert said[["expected_low", "expected_high"]].tolist() == pytest.approx([low[0], high[0]], rel=0.01)


def test_strata_add_up_to_platforms_and_the_nation():
    rows = described(
        planned(CELLS, history(CELLS, past(("P1", "HA", True, 80, 20)), without=0.1), {"HA"}, GIVEN), 0.9
    )
    sums = rows.groupby("dimension_type")[
        ["population", "units_sold", "n_probability", "n_targeted", "expected_judged", "units_share"]
    ].sum()
    for kind in ("stratum", "platform"):
        pd.testing.assert_series_equal(sums.loc[kind], sums.loc["nation"], check_names=False)


def test_no_platform_category_or_stratum_is_to_buy_more_listings_than_it_has():
    """Two listings of HA sell nine tenths of their joined stratum: of its 20 purchases by chance 18 would be
    theirs by units sold, of its 10 targeted ones 9."""
    joined = market({("P1", "HA"): (2, 900), ("P1", "TY"): (60, 80), ("P1", "CL"): (40, 20)}).assign(
        rate=0.1,
        stratum="P1/other",
        units_share=[0.9, 0.08, 0.02],
        n_probability=20,
        n_targeted=10,
        platform_floor=0,
        category_floor=0,
    )
    rows = described(joined, 1.0).set_index("dimension_code")
    assert rows.loc[["HA", "TY", "CL"], "sampling_fraction"].tolist() == pytest.approx(
        [2 / 2, 18 * 0.8 / 60, 18 * 0.2 / 40]
    )
    assert rows.loc[["HA", "TY", "CL"], "n_targeted"].tolist() == [0, 8, 2]
    assert rows.loc[["P1", "P1/other", "CN"], "n_probability"].tolist() == [20, 20, 20]


def test_a_small_frame_leaves_part_of_the_budget_unspent():
    """12 and 8 listings: by chance half of them at most, and half of what is left follows findings."""
    small = market({("P1", "HA"): (12, 900), ("P2", "HA"): (8, 100)})
    found = past(("P1", "HA", True, 5, 5), ("P2", "HA", True, 5, 5))
    plan = planned(small, history(small, found, without=0.1), {"HA"}, GIVEN)
    rows = described(plan, 1.0).set_index("dimension_code")
    assert rows.loc["CN", ["n_probability", "n_targeted"]].tolist() == [10, 5]
    assert GIVEN.budget > 15 and (rows["sampling_fraction"] == 0.5).all()


def test_open_signals_that_are_news_come_before_findings_and_need_none():
    cells = market({(p, c): (400, 100) for p in ("P1", "P2") for c in ("HA", "TY")})
    calm = history(cells, past(), without=0.1)
    signals = pd.DataFrame(
        [
            ("open", "P1", "HA", "risen"),
            ("closed", "P2", "HA", "risen"),
            ("open", None, "TY01", "first"),
            ("open", None, "TY", "usual"),  # the plan covers it
            ("open", None, None, "risen"),
        ],
        columns=["state", "platform_code", "sampled_category", "news"],
    )
    parents = pd.DataFrame({"category_code": ["TY01", "TY"], "parent_code": ["TY", None]})
    asked = signalled(cells, signals, parents)
    assert asked.tolist() == [13, 6.5, 0, 6.5]  # P1 HA, P1 TY, P2 HA, P2 TY
    given = replace(GIVEN, budget=200, targeted_share=0.2)
    by = planned(cells.assign(signals=asked), calm, {"HA"}, given).drop_duplicates("stratum")
    assert by["n_targeted"].sum() == 26 and by.set_index("stratum").loc["P1/HA", "n_targeted"] >= 13
    found = history(cells, past(("P2", "HA", True, 50, 50)), without=0.1)
    both = planned(cells.assign(signals=asked), found, {"HA"}, given).drop_duplicates("stratum")
    assert both["n_targeted"].sum() == 40 and both.set_index("stratum").loc["P2/HA", "n_targeted"] == 14


def test_what_is_not_found_may_still_be_there():
    one = market({("P1", "HA"): (500, 10)}).assign(
        rate=0.1,
        stratum="P1/HA",
        units_share=1.0,
        n_probability=32,
        n_targeted=0,
        platform_floor=0,
        category_floor=0,
    )
    row = described(one, 1.0).iloc[0]
    assert row["miss_05"] == pytest.approx(0.95**32) and row["miss_20"] == pytest.approx(0.8**32)
    assert 1 - (1 - row["detectable_rate"]) ** 32 == pytest.approx(0.95)


def test_the_frame_is_the_newest_month_that_is_whole_and_stray_dates_are_none():
    def frame(**orders: int) -> pd.DataFrame:
        return pd.DataFrame(
            [(date(int(m[1:5]), int(m[5:]), 1), n) for m, n in orders.items()], columns=["month", "n_orders"]
        )

    assert frame_month(frame(m202604=900, m202605=1000, m202606=1100)) == date(2026, 5, 1)
    assert frame_month(frame(m202604=900, m202605=1000, m202606=1100, m209901=1)) == date(2026, 5, 1)
    assert frame_month(frame(m202605=10)) == date(2026, 5, 1)
    assert frame_month(frame()) is None
    assert next_quarter(date(2026, 11, 1)) == (date(2027, 1, 1), date(2027, 3, 31))


def test_every_setting_that_a_plan_needs_stands_in_the_reference_with_a_reason():
    rows = pd.read_csv(
        SCHEMAS / "reference" / "proposal_setting.csv",
        dtype={"version": str},
        parse_dates=["valid_from", "valid_to"],
    )
    given = settings_on(rows, date(2026, 7, 1))
    assert (
        given.budget * (1 - given.targeted_share) >= 57 * given.platform_floor
    )  # every platform can have its floor
    assert set(rows["setting"]) == set(
        load_catalog().contracts["silver.proposal_setting"].column("setting").rules[0].arguments["list"]
    )
    with pytest.raises(ValueError, match="lacks budget"):
        settings_on(rows[rows["setting"] != "budget"], date(2026, 7, 1))
    with pytest.raises(ValueError, match="valid on 2014"):
        settings_on(rows, date(2014, 1, 1))


def test_purchases_expected_of_categories_are_whole_numbers_that_add_up() -> None:
    expected = pd.Series([2.4, 2.4, 1.2, 3.0], ["A", "B", "C", "D"])
    assert whole(expected).to_dict() == {"A": 3, "B": 2, "C": 1, "D": 3}  # rounded apart they make eight
    assert whole(pd.Series([1.5, 1.5, 1.0])).sum() == 4  # rounded apart they make five
    assert whole(pd.Series([3 - 1e-12, 5.0])).tolist() == [3, 5]

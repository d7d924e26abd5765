"""What measures changed: an effect that is there is found, a bad draw that called for a measure is not its
success."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jobs.marts.overview.treated import ALL, effects
from jobs.marts.sampling.probability import SurveyDesign
from jobs.methods import survey_cells

QUARTERS = {"q1": 672, "q2": 675, "q3": 678}  # months since 1970: January, April, July 2026
BAD, GOOD = 0.3, 0.1  # rates of the two categories


def judged(
    seed: int, rates: dict[tuple[str, str, int], float], each: int = 40
) -> tuple[pd.DataFrame, SurveyDesign]:
    """``each`` samples of every platform, category and quarter; ``rates``: by cell and quarter."""
    draw, rows = np.random.default_rng(seed), []
    for stratum, ((platform, category, month), rate) in enumerate(rates.items()):
        failed = (draw.random(each) < rate).astype(float)
        rows.append(survey_cells.contributions(failed, np.ones(each)).assign(
            platform_code=platform, category=category, month=month, stratum=stratum, failed=failed
        ))  # fmt: skip
    return pd.concat(rows, ignore_index=True), SurveyDesign(
        np.zeros(0), np.zeros(0), np.full(len(rates), each)
    )


def market(after: float = 1.0, treated: frozenset[str] = frozenset()) -> dict[tuple[str, str, int], float]:
    """Rates of 20 platforms in two categories; those of ``treated`` change by the factor ``after`` in the
    third quarter."""
    return {
        (f"P{i:02d}", category, month): rate
        * (after if f"P{i:02d}" in treated and month == QUARTERS["q3"] else 1.0)
        for i in range(20)
        for category, rate in (("HA", BAD), ("TO", GOOD))
        for month in QUARTERS.values()
    }


def measures(
    cells: list[tuple[str, str]],
    month: int = QUARTERS["q2"],
    result: float = QUARTERS["q2"],
    name: str = "takedown",
) -> pd.DataFrame:
    columns = ["platform_code", "category", "measure", "month", "result_month"]
    return pd.DataFrame([(*cell, name, month, result) for cell in cells], columns=columns)


def nation(found: pd.DataFrame) -> pd.Series:
    [row] = found[(found["category"] == "CN") & (found["period"] == QUARTERS["q2"])].to_dict("records")
    return pd.Series(row)


def test_a_halved_rate_is_found_in_the_nation_and_in_its_category():
    treated = frozenset(f"P{i:02d}" for i in range(10))
    rows, design = judged(1, market(0.4, treated))
    found = effects(rows, measures([(p, c) for p in treated for c in ("HA", "TO")]), design, 3)
    whole = nation(found)
    assert whole["effect_low"] < -12 < whole["effect_high"] < 0  # 0.6 of 20 %
    assert whole["effect_low"] < whole["effect_pp"] < whole["effect_high"]
    appliances = found[found["category"] == "HA"].iloc[0]
    assert appliances["effect_low"] < -18 < appliances["effect_high"] < 0
    assert (whole["n_treated_cells"], whole["n_untreated_cells"], whole["n_treated_before"]) == (20, 20, 800)


def test_what_falls_without_measures_too_is_no_effect_of_them():
    everyone = frozenset(f"P{i:02d}" for i in range(20))
    rows, design = judged(2, market(0.4, everyone), each=100)
    measured = [(f"P{i:02d}", c) for i in range(10) for c in ("HA", "TO")]
    whole = nation(effects(rows, measures(measured), design, 3))
    assert whole["effect_low"] < 0 < whole["effect_high"]
    assert abs(whole["effect_pp"]) < 4  # all fell by 12 points


@pytest.mark.slow
def test_where_nothing_changes_measures_after_bad_draws_show_no_effect_though_the_naive_comparison_would():
    held, naive, effect = [], [], []
    for seed in range(30):
        rows, design = judged(seed, market(), each=15)
        second = rows[rows["month"] == QUARTERS["q2"]].groupby(["platform_code", "category"])["failed"].mean()
        bad = second[second > second.groupby("category").transform("median")].index.tolist()
        whole = nation(effects(rows, measures(bad), design, 3))
        held.append(whole["effect_low"] <= 0 <= whole["effect_high"])
        effect.append(whole["effect_pp"])
        treated = rows.set_index(["platform_code", "category"]).index.isin(bad)
        rate = rows[treated].groupby("month")["failed"].mean()
        naive.append(100 * (rate[QUARTERS["q3"]] - rate[QUARTERS["q2"]]))
    assert np.mean(held) >= 0.9
    assert abs(np.mean(effect)) < 3 * np.std(effect) / np.sqrt(len(effect))
    assert np.mean(naive) < -4  # what regression to the mean alone pretends


def test_a_cell_whose_measure_follows_a_result_of_the_period_before_is_in_neither_arm():
    rows, design = judged(3, market())
    cells = [(f"P{i:02d}", "HA") for i in range(8)]
    late = measures(cells[:3], result=QUARTERS["q1"])
    undated = measures(cells[3:4], result=np.nan)
    whole = nation(effects(rows, pd.concat([measures(cells[4:]), late, undated]), design, 3))
    assert (whole["n_treated_cells"], whole["n_untreated_cells"]) == (4, 12)


def test_cells_with_another_measure_are_not_the_untreated():
    rows, design = judged(4, market())
    both = pd.concat([measures([("P00", "HA")]), measures([("P01", "HA")], name="rectification")])
    found = effects(rows, both, design, 3).set_index(["measure", "category"])
    assert found["n_untreated_cells"].to_dict() == {
        (m, c): 18 for m in ("takedown", "rectification") for c in ("HA", "CN")
    }


def test_the_untreated_are_weighted_to_the_mix_of_the_treated():
    """Measures mostly where goods are bad: the untreated would look better for selling other things."""
    rows, design = judged(5, market(), each=200)
    cells = [(f"P{i:02d}", "HA") for i in range(12)] + [(f"P{i:02d}", "TO") for i in range(2)]
    whole = nation(effects(rows, measures(cells), design, 3))
    mix = (12 * BAD + 2 * GOOD) / 14
    for group in ("treated_before", "untreated_before", "untreated_after"):
        assert whole[group] == pytest.approx(mix, abs=0.03)


def test_too_few_samples_leave_counts_only_and_all_periods_together_may_suffice():
    rates = {(p, "HA", m): BAD for p in ("P0", "P1") for m in (*QUARTERS.values(), 681, 684)}
    rows, design = judged(6, rates, each=14)
    several = pd.concat([measures([("P0", "HA")], month=m, result=m) for m in (675, 678, 681)])
    found = effects(rows, several, design, 3, pooled=True)
    single = found[found["period"] != ALL]
    assert single["effect_pp"].isna().all() and (single["n_treated_after"] == 14).all()
    [whole] = found[found["period"] == ALL].to_dict("records")
    assert whole["n_treated_after"] == 42 and whole["effect_low"] < 0 < whole["effect_high"]


def test_without_measures_there_are_no_effects():
    rows, design = judged(7, market())
    assert effects(rows, measures([]), design, 3).empty

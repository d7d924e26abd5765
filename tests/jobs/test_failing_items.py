"""Failing items beside the detection rate: an item that every batch has fails as the batches do."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from sampling_frames import CATEGORY, PLANS, REGION, frames

from jobs.marts.sampling import detection_rate, failing_item
from jobs.marts.sampling.failing_item import hazards, item_names, ranked
from jobs.marts.sampling.outcomes import judged
from jobs.period import Period
from jobs.reports.numbers import percent

PERIOD = Period(date(2026, 6, 30))
TABLES = (
    "sample standing_conclusion test_result sampling_plan sampling_stratum sampling_order region "
    "product_category item_hazard hazard"
).split()
MEASURES = ["rate", "ci_low", "ci_high", "exposure_rate", "exposure_low", "exposure_high", "reliability"]


@pytest.fixture(scope="module")
def country() -> dict[str, list[dict]]:
    """600 batches of both designs with skewed sales; each is judged on item `whole`, which fails where the
    batch does, on `half` where its number is even."""
    draw = np.random.default_rng(9)
    rows: dict[str, list[dict]] = {"sample": [], "standing_conclusion": [], "test_result": []}
    for number in range(600):
        failed, drawn = bool(draw.random() < 0.15), bool(draw.random() < 0.6)
        name, outcome = f"s{number}", "nonconforming" if failed else "conforming"
        rows["sample"].append(
            {
                "sample_id": name,
                "plan_id": "prob" if drawn else "target",
                "stratum": str(number % 3) if drawn else None,
                "category_code": "HA01" if number % 4 else "EL",
                "purchased_on": date(2026, 1 + number % 6, 3),
                "inclusion_probability": 0.1 + 0.2 * draw.random() if drawn else None,
                "units_sold": int(draw.lognormal(2, 1)) + 1,
            }
        )
        day = date(2026, 1 + number % 6, 20)
        rows["standing_conclusion"].append(
            {"sample_id": name, "stage": "first", "outcome": outcome, "issued_on": day}
        )
        for item in ["whole", "half"][: 2 - number % 2]:
            rows["test_result"].append(
                {
                    "sample_id": name,
                    "item_code": item,
                    "item_name": f"{item}项",
                    "lab_verdict": outcome if item == "whole" else "conforming",
                }
            )
    return rows | {"sampling_plan": PLANS, "region": REGION, "product_category": CATEGORY}


def test_an_item_of_every_batch_has_the_rates_limits_and_reliability_of_the_detection_rate(country):
    items = failing_item.build(**frames(country, tuple(TABLES)), period=PERIOD)
    rates = detection_rate.build(**frames(country), period=PERIOD)
    keys = ["period_type", "period_start", "dimension_type", "dimension_code", "design"]
    both = items[items["code"] == "whole"].merge(
        rates[rates["dimension2_type"] == ""], on=keys, suffixes=("", "_of_all")
    )
    assert set(both["design"]) == {"probability", "targeted"} and both["exposure_rate"].notna().sum() > 5
    assert len(both) == (items["code"] == "whole").sum()
    assert both["n_judged"].tolist() == judged(both).tolist()
    for name in MEASURES:
        pd.testing.assert_series_equal(both[name], both[f"{name}_of_all"], check_names=False, rtol=1e-9)


def test_finding_rates_of_targeted_samples_are_never_ranked_and_ranks_follow_the_share_of_units(country):
    items = failing_item.build(**frames(country, tuple(TABLES)), period=PERIOD)
    assert items.loc[items["design"] == "targeted", "rank"].isna().all()
    year = items[(items["period_type"] == "year") & (items["dimension_type"] == "nation")]
    ranked = year[(year["cut"] == "item") & year["rank"].notna()].set_index("code")
    assert ranked["rank"].to_dict() == {"whole": 1, "half": 2} and set(ranked["n_ranked"]) == {2}


def test_an_item_is_about_each_hazard_whose_words_its_name_holds_once():
    tests = pd.DataFrame({"item_code": ["a", "b", "c"], "item_name": ["铅迁移", "小零件和绳索", None]})
    rules = pd.DataFrame(
        {
            "match": [["铅", "迁移"], ["小零件"], ["绳索"], ["铅"]],
            "hazard_code": ["chemical", "choking", "strangulation", "environment"],
            "valid_to": [None, None, None, date(2020, 1, 1)],
        }
    )
    found = hazards(tests, rules)
    assert found[["item_code", "hazard_code"]].to_numpy().tolist() == [
        ["a", "chemical"],
        ["b", "choking"],
        ["b", "strangulation"],
    ]


def test_an_item_goes_by_the_name_filed_most_often_then_by_the_first():
    rows = pd.DataFrame({"item_code": list("aaabb"), "item_name": ["乙", "甲", "乙", "丁", "丙"]})
    assert item_names(rows) == {"a": "乙", "b": min("丁", "丙")}


def test_rates_that_pages_print_alike_share_a_rank() -> None:
    """0.1225 is printed as 12.3, as 0.123 is; binary rounding would make it 12.2."""
    rows = pd.DataFrame({"exposure_rate": [0.1225, 0.123, 0.1224, None]})
    rows = rows.assign(design="probability", reliability="A", of="all")
    assert percent(0.1225) == percent(0.123) == "12.3%"
    places = ranked(rows, ["of"])
    assert places["rank"].fillna(0).tolist() == [1, 1, 3, 0] and set(places["n_ranked"]) == {3}

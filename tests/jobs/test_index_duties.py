"""A duty that begins to apply and is met lowers nothing: neither its pillar nor the index of any unit, nor
the coverage that an index needs. Through gold.quality_index_indicator and the index that is published."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from index_frames import MONTHS, frame, indicators, indicators_of, inputs, market
from index_units import reference, references
from test_index_better import TABLES, Rows, state

from jobs.marts.quality_index.panel import KEY, Panel, panel
from jobs.marts.quality_index.scoring import set_aside

STATES = (
    1,
    pytest.param(0, marks=pytest.mark.slow),
    *(pytest.param(seed, marks=pytest.mark.proof) for seed in range(2, 12)),
)
GOVERNANCE = ("takedown_on_time", "disposal_on_time", "complaints_on_time")


def units_of(table: pd.DataFrame) -> Panel:
    return panel(indicator=table, **references())


def figures(table: pd.DataFrame) -> pd.Series:
    """Pillars, index and coverage of every unit and period."""
    units = units_of(table)
    found = pd.DataFrame(units.pillar_scores, columns=list(units.pillars))
    found = found.assign(index=units.index, coverage=units.coverage)
    found.index = pd.MultiIndex.from_frame(units.key[KEY].astype(str))
    return found.stack().dropna()


def tables(rows: Rows) -> pd.DataFrame:
    given = inputs({name: rows[name] for name in TABLES})
    given["detection_rate"] = frame("gold.detection_rate", rows["detection_rate"])
    return indicators_of(given)


def ordered(month: date) -> dict[str, object]:
    """An order to take down, obeyed the next day; each is acknowledged, which is a duty that P1 files."""
    return {
        "sample_id": f"P1-{month}", "platform_code": "P1", "category_code": "HA01",
        "seller_region_code": "330106", "takedown_ordered_on": month.replace(day=9),
        "taken_down_on": month.replace(day=10),
    }  # fmt: skip


def handled(month: date) -> dict[str, object]:
    place = {"month": month, "platform_code": "P1", "category_code": "HA01", "region_code": "330106"}
    return place | {"n_due": 1, "n_met": 1}


@pytest.mark.parametrize("seed", STATES)
@pytest.mark.parametrize(
    "name", ["complaints_on_time", pytest.param("takedown_on_time", marks=pytest.mark.slow)]
)
def test_a_duty_that_begins_to_apply_and_is_met_lowers_no_pillar_no_index_and_no_coverage(name, seed):
    """Of random markets in which P1 has no case yet, then one and three, all met; in every second market it
    did all else that it owes, so that a duty that scores half-way would cost most."""
    rows = state(np.random.default_rng([seed, 23]))
    for row in rows["control"]:
        row["acknowledged"] = True
    if seed % 2:
        for row in rows["control"]:
            row["n_checked"] = 60
        for row in rows["operator_state"]:
            row["n_licence_verified"] = row["n_licence_due"]
    table = "sampling_lifecycle" if name.startswith("takedown") else "complaint_service"
    # Another platform's case alone: an empty list would stand for the market's default.
    rows[table] = [row for row in rows[table] if row["platform_code"] == "P3"][:1]
    found = [figures(tables(rows))]
    for months in (MONTHS[:1], MONTHS[1:3]):
        rows = deepcopy(rows)
        for month in months:
            takedown = name.startswith("takedown")
            rows[table].append(ordered(month) if takedown else handled(month))
        found.append(figures(tables(rows)))
    for before, after in pairwise(found):
        fell = before[before > after.reindex(before.index) + 1e-9]
        assert fell.empty, fell
    assert (found[-1].reindex(found[0].index) >= found[0] - 1e-9).all()


def scored_rows(**scores: tuple[float, float, float]) -> pd.DataFrame:
    """One platform's governance: score, numerator and denominator of each indicator, its weight 1."""
    return pd.DataFrame([
        {"period_type": "month", "period_start": MONTHS[0], "dimension_type": "platform",
         "dimension_code": "P1", "indicator": name, "pillar": "governance", "weight": 1.0, "status": "used",
         "weight_version": "4", "score": score, "numerator": x, "denominator": n}
        for name, (score, x, n) in scores.items()
    ])  # fmt: skip


def statuses(rows: pd.DataFrame, across: float = 0.0) -> dict[str, str]:
    index_method = reference("index_method").assign(
        value=lambda table: table["value"].mask(table["item"] == "across", across)
    )
    return dict(
        zip(
            rows["indicator"], set_aside(rows, reference("index_weight"), index_method)["status"], strict=True
        )
    )


def test_a_duty_met_once_is_set_aside_where_it_lowers_and_counts_where_it_raises():
    low = scored_rows(takedown_on_time=(50.5, 1, 1), disposal_on_time=(20, 6, 10))
    high = scored_rows(takedown_on_time=(50.5, 1, 1), disposal_on_time=(90, 95, 100))
    assert statuses(low) == {"takedown_on_time": "used", "disposal_on_time": "used"}
    assert statuses(high) == {"takedown_on_time": "set_aside", "disposal_on_time": "used"}
    found = set_aside(high, reference("index_weight"), reference("index_method")).set_index("indicator")[
        "score"
    ]
    assert np.isnan(found["takedown_on_time"]) and found["disposal_on_time"] == 90


def test_one_failure_is_enough_for_a_duty_to_count():
    rows = scored_rows(takedown_on_time=(40, 9, 10), disposal_on_time=(90, 95, 100))
    assert set(statuses(rows).values()) == {"used"}


def test_of_duties_met_alone_the_best_known_stands_for_the_pillar():
    rows = scored_rows(
        takedown_on_time=(50.5, 1, 1), disposal_on_time=(91, 10, 10), complaints_on_time=(67, 2, 2)
    )
    assert statuses(rows) == dict.fromkeys(GOVERNANCE, "set_aside") | {"disposal_on_time": "used"}


def test_a_pillar_of_duties_met_alone_counts_where_it_does_not_lower_the_index():
    """Authenticity 40 or 60, and governance of one deadline that was met, 50.5: with the index at 40 it
    counts, with 60 it does not."""
    for authenticity, status in ((40, "used"), (60, "set_aside")):
        rows = scored_rows(takedown_on_time=(50.5, 1, 1), violation_exits=(authenticity, 5, 10))
        rows.loc[rows["indicator"] == "violation_exits", "pillar"] = "authenticity"
        assert statuses(rows) == {"takedown_on_time": status, "violation_exits": "used"}
    assert statuses(scored_rows(takedown_on_time=(50.5, 1, 1))) == {"takedown_on_time": "used"}


@pytest.mark.parametrize(("across", "status"), [(0.0, "used"), (1.0, "set_aside")])
def test_a_pillar_of_duties_met_alone_is_compared_with_the_index_by_the_rule_across_pillars(across, status):
    """Pillars 20 and 80 and governance at 45: above their geometric mean, 40, below the
    arithmetic one, 50."""
    rows = scored_rows(
        takedown_on_time=(45, 1, 1), violation_exits=(20, 5, 10), quality_complaints=(80, 5, 10)
    )
    rows["pillar"] = ["governance", "authenticity", "standards_risk"]
    assert statuses(rows, across)["takedown_on_time"] == status


def test_what_a_platform_files_itself_counts_from_its_first_case():
    """Else it would gain by filing one licence, verified, of its many."""
    rows = scored_rows(licences_verified=(50.5, 1, 1), disposal_on_time=(90, 95, 100))
    assert set(statuses(rows).values()) == {"used"}
    region = rows.assign(dimension_type="region")
    assert statuses(region)["licences_verified"] == "set_aside"


def test_what_is_set_aside_is_covered_and_its_weight_is_shared():
    rows = market()
    rows["complaint_service"] = [handled(MONTHS[0])]
    table = indicators(rows)
    aside = table["status"].eq("set_aside")
    mine = aside & table["dimension_code"].eq("P1") & table["indicator"].eq("complaints_on_time")
    assert mine.any() and table.loc[mine, "estimate"].notna().all() and table.loc[aside, "score"].isna().all()
    as_used = table.assign(status=table["status"].where(~aside, "used"))
    left_out = table.assign(status=table["status"].where(~aside, "not_applicable"))
    kept, counted, without = (units_of(each) for each in (table, as_used, left_out))
    assert np.allclose(kept.coverage, counted.coverage) and (kept.coverage > without.coverage).any()
    assert np.allclose(kept.index, without.index)
    assert (kept.index >= counted.index - 1e-9).all() and (kept.index > counted.index + 0.1).any()

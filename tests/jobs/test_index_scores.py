"""Indicators of the index: sums over months, goalposts, periods, units, and what is done on time."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from index_frames import MONTHS, cell, indicators, market, references, whole


def test_a_quarter_s_rate_is_the_sum_of_complaints_by_that_of_orders_and_no_mean_of_rates():
    rows = market()
    mine = [r for r in rows["commerce_state"] if r["platform_code"] == "P1"]
    mine[0]["n_orders"] = 200
    row = cell(indicators(rows), "quality_complaints")
    assert (row["numerator"], row["denominator"]) == (3, 2200)
    assert row["value"] == pytest.approx(3 / 2200 * 10_000)
    assert row["value"] != pytest.approx(np.mean([1 / 200, 1 / 1000, 1 / 1000]) * 10_000)


def test_months_quarters_and_units_add_up():
    table = whole()
    names = ("quality_complaints", "standards_valid", "data_filed", "dishonest_operators")
    used = table[table["status"].eq("used") & table["indicator"].isin(names)]
    counts = used.groupby(["period_type", "dimension_type", "indicator"])[["numerator", "denominator"]].sum()
    for name in names:
        for kind in ("month", "quarter"):
            assert (
                counts.loc[(kind, "nation", name)].tolist() == counts.loc[(kind, "platform", name)].tolist()
            )
        assert (
            counts.loc[("month", "nation", name)].tolist() == counts.loc[("quarter", "nation", name)].tolist()
        )


def test_a_period_is_there_once_its_time_to_file_has_passed():
    early = indicators(as_of=date(2026, 7, 10))
    assert set(early["period_start"].map(str)) == {f"2026-0{m}-01" for m in range(1, 6)}
    assert set(early.loc[early["period_type"] == "quarter", "period_start"].map(str)) == {"2026-01-01"}
    assert set(whole().query("period_type == 'quarter'")["period_start"].map(str)) == {
        "2026-01-01",
        "2026-04-01",
    }
    assert "year" not in set(whole()["period_type"]), "2026 has not ended"


def test_the_good_goalpost_scores_100_the_bad_one_1_and_what_lies_beyond_is_clipped():
    """Goalposts 0 and 12 per 10,000, by their roots: of 50 million orders 30,000 and 60,000 complaints are 6
    and 12 per 10,000, so many that the estimate is the ratio."""
    rows = market(("0", "3", "6", "9"))
    for row in rows["commerce_state"]:
        row.update(n_orders=50_000_000, n_lines=50_000_000)
    for row in rows["complaint_state"]:
        complaints = int(row["platform_code"][-1]) * 10_000
        row.update(n_quality_matters=complaints, n_quality=complaints)
    table = indicators(rows)
    found = [cell(table, "quality_complaints", unit, "month") for unit in ("0", "3", "6", "9")]
    assert [row["score"] for row in found] == pytest.approx([100, 1 + 99 * (1 - np.sqrt(0.5)), 1, 1], abs=0.3)
    assert [row["clipped"] for row in found] == [False, False, False, True]


def test_a_worse_value_never_raises_a_score():
    """Every indicator of the worse platform scores at most what the better one's does, and some score
    less."""
    table = whole()
    better, worse = (
        table[table["dimension_code"] == code].set_index(["period_type", "period_start", "indicator"])
        for code in ("P1", "P2")
    )
    lower = references("goalpost")
    direction = {row["indicator"]: -1 if row["direction"] == "lower_better" else 1 for row in lower}
    step = (worse["value"] - better["value"]) * worse.index.get_level_values("indicator").map(direction)
    gone = step.isna()
    assert (np.sign(worse["score"] - better["score"])[~gone & (step < 0)] <= 0).all()
    assert (worse["score"] < better["score"] - 1)[step < 0].sum() >= 7 * len(MONTHS)


def test_a_new_version_of_goalposts_holds_from_its_first_day():
    old = [row | {"valid_to": date(2026, 3, 31)} for row in references("goalpost")]
    new = [
        row | {"version": "9", "high": row["high"] * 2, "valid_from": date(2026, 4, 1)}
        for row in references("goalpost")
    ]
    table = indicators({"goalpost": old + new})
    assert [
        cell(table, "quality_complaints", start=m)["goalpost_version"] for m in (MONTHS[0], MONTHS[3])
    ] == [old[0]["version"], "9"]
    assert (
        cell(table, "quality_complaints", start=MONTHS[3])["score"]
        > cell(table, "quality_complaints", start=MONTHS[0])["score"]
    )
    with pytest.raises(ValueError, match="no version of goalpost_version is valid on 2026-04-01"):
        indicators({"goalpost": old})


def test_a_cluster_is_what_is_sold_from_its_region_in_its_categories():
    """c-kettles: kettles of 330100, in which 330106 lies; c-goods: HA and EL of the province."""
    rows = market()
    elsewhere = {"region_code": "330990"}
    rows["commerce_state"] = [
        r | elsewhere if r["platform_code"] == "P2" else r for r in rows["commerce_state"]
    ]
    rows["complaint_state"] = [
        r | elsewhere if r["platform_code"] == "P2" else r for r in rows["complaint_state"]
    ]
    table = indicators(rows)
    assert [
        cell(table, "quality_complaints", unit)["numerator"]
        for unit in ("c-kettles", "c-goods", "330000", "HA", "HA01")
    ] == [3, 9, 9, 9, 9]
    assert cell(table, "confirmed_counterfeits", "c-goods")["status"] == "not_applicable"
    assert set(table["dimension_code"]) == {"CN", "P1", "P2", "330000", "HA", "HA01", "c-kettles", "c-goods"}


def test_a_takedown_is_on_time_within_five_working_days_and_open_ones_are_late():
    """Ordered on Friday 27 March 2026: five working days end on Friday 3 April, whose deadline falls in the
    second quarter."""

    def ordered(number: int, on: date, down: date | None, **more) -> dict:
        place = {"platform_code": "P1", "category_code": "HA01", "seller_region_code": "330106"}
        return place | {"sample_id": str(number), "takedown_ordered_on": on, "taken_down_on": down, **more}

    friday = date(2026, 3, 27)
    course = [
        ordered(1, friday, date(2026, 4, 3)),
        ordered(2, friday, date(2026, 4, 7)),
        ordered(3, friday, None),
        ordered(4, date(2026, 3, 2), date(2026, 3, 2)),
        ordered(5, date(2026, 7, 8), None),
        ordered(
            6,
            None,
            None,
            rectification_due=date(2026, 4, 30),
            rectification_timer="met",
            recheck_due=date(2026, 5, 15),
            recheck_timer="overdue",
        ),
        ordered(7, None, None, rectification_due=date(2026, 7, 30), rectification_timer="running"),
    ]
    table = indicators({"sampling_lifecycle": course})
    found = [[cell(table, name, start=m)[c] for c in ("numerator", "denominator")] for name, m in (
        ("takedown_on_time", MONTHS[3]), ("takedown_on_time", MONTHS[0]), ("disposal_on_time", MONTHS[3]),
    )]  # fmt: skip
    assert found == [[1, 3], [1, 1], [1, 2]]
    assert cell(table, "takedown_on_time", "c-goods", start=MONTHS[3])["status"] == "not_applicable", (
        "no sample states its producer's region"
    )


def test_self_inspection_is_of_the_listings_on_offer_and_no_month_makes_up_for_another():
    rows = market()
    for row in rows["control"]:
        row["n_checked"] = 500 if row["month"] == MONTHS[0] else 0
    row = cell(indicators(rows), "self_inspection")
    assert (row["numerator"], row["denominator"], row["status"]) == (100, 300, "used")


def test_counterfeits_are_by_listings_month_by_month():
    row = cell(whole(), "confirmed_counterfeits")
    assert (row["numerator"], row["denominator"], row["value"]) == (1, 300, pytest.approx(1 / 300 * 10_000))

"""Not filing gains nothing: no matter what a platform stops filing or acknowledging, no score of it rises;
and no one else's rate falls by it."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest
from index_frames import INPUTS, MONTHS, cell, frame, indicators, indicators_of, market, whole

from jobs.marts.quality_index.units import KEY

FEEDS = {
    "orders": {
        "commerce_state": ("n_lines", "n_orders", "n_returned", "n_returned_stated", "n_returned_quality")
    },
    "reviews": {
        "commerce_state": (
            "n_reviews",
            "n_rated",
            "rating_sum",
            "n_low_ratings",
            "n_low_texts",
            "n_low_quality",
        )
    },
    "words of reviews": {"commerce_state": ("n_low_texts", "n_low_quality")},
    "ratings of reviews": {
        "commerce_state": ("n_rated", "rating_sum", "n_low_ratings", "n_low_texts", "n_low_quality")
    },
    "returns": {"commerce_state": ("n_returned", "n_returned_stated", "n_returned_quality")},
    "reasons of returns": {"commerce_state": ("n_returned_stated", "n_returned_quality")},
    "listings": {"standard_coverage": None},
    "cited standards": {"standard_coverage": ("n_citing", "n_standard_known", "n_standard_valid")},
    "certificates": {"standard_coverage": ("n_certificate_valid",)},
    "shops": {"operator_state": None},
    "codes of operators": {
        "operator_state": ("n_identified", "n_listed", "n_identified_once", "n_listed_once")
    },
    "licences": {"operator_state": ("n_licence_verified",)},
    "self-inspections": {"control": ("n_checked",)},
    "acknowledgements": {"control": ("acknowledged",)},
}


def silenced(feeds: dict[str, str], months: list) -> dict:
    """A market of P1 and the platforms of ``feeds``, each of which files nothing of its feed in these
    months."""
    rows = market(tuple(feeds))
    for platform, feed in feeds.items():
        for table, columns in FEEDS[feed].items():
            mine = [r for r in rows[table] if r["platform_code"] == platform and r["month"] in months]
            if columns is None:
                rows[table] = [r for r in rows[table] if r not in mine]
            for row in mine if columns else []:
                row.update(dict.fromkeys(columns, 0))
    return rows


@cache
def silent_for(months: int) -> pd.DataFrame:
    """The indicators of a market in which each worse platform, named by it, is silent about one feed for so
    many months from March on."""
    return indicators(silenced({feed: feed for feed in FEEDS}, MONTHS[2:][:months]))


@pytest.mark.parametrize("months", [1, pytest.param(4, marks=pytest.mark.slow)])
@pytest.mark.parametrize("feed", FEEDS)
def test_a_platform_that_stops_filing_or_acknowledging_never_gains(feed: str, months: int):
    tables = (whole(), "P2"), (silent_for(months), feed)
    key = [*KEY[:2], "indicator"]
    before, after = (table[table["dimension_code"] == unit].set_index(key)["score"] for table, unit in tables)
    both = before.to_frame("before").join(after.rename("after"), how="outer")
    assert (
        both.loc[both["before"].notna(), "after"] <= both.loc[both["before"].notna(), "before"] + 1e-9
    ).all()
    assert (both["after"] < both["before"] - 1e-9).any(), "the missing filing shows somewhere"


@pytest.mark.parametrize("feed", ["orders", "reviews", "returns"])
def test_the_nation_s_rate_does_not_fall_because_the_worse_platform_files_less_than_it_has(feed: str):
    """P2 files no more, so the nation is what P1 files; it must not be P1's failures over both platforms'
    orders."""
    table = indicators(silenced({"P2": feed}, MONTHS))
    for name in {
        "orders": ("quality_complaints", "quality_returns"),
        "reviews": ("negative_reviews",),
        "returns": ("quality_returns",),
    }[feed]:
        assert cell(table, name, "CN")["value"] == pytest.approx(cell(table, name, "P1")["value"])


def test_one_month_that_was_owed_and_not_filed_is_not_filed_for_its_quarter_and_late_filing_mends_it():
    late = indicators(silenced({"P2": "reviews"}, MONTHS[:1]))
    assert [cell(late, "negative_reviews", "P2", start=m)["status"] for m in (MONTHS[0], MONTHS[3])] == [
        "not_filed",
        "used",
    ]
    row = cell(late, "negative_reviews", "P2")
    assert (row["score"], row["value"] != row["value"]) == (1.0, True)
    assert cell(whole(), "negative_reviews", "P2")["status"] == "used"


@pytest.mark.parametrize(
    ("orders", "months", "status"),
    [(100, 1, "used"), (100, 2, "not_filed"), (10, 6, "used"), (1000, 1, "not_filed")],
)
def test_what_a_few_orders_may_truly_not_have_had_is_believed_but_not_month_after_month(
    orders: int, months: int, status: str
):
    """The market returns some five of a hundred orders: none of a hundred in a month may be, in two months
    running it is a missing filing."""
    rows = market()
    for row in rows["commerce_state"]:
        if row["platform_code"] == "P2":
            returned = 0 if row["month"] in MONTHS[:months] else orders // 20
            row.update(
                n_orders=orders,
                n_lines=orders + 2,
                n_returned=returned,
                n_returned_stated=returned,
                n_returned_quality=0,
            )
    found = cell(indicators(rows), "quality_returns", "P2", "month")
    assert (found["status"], found["value"] == 0) == (status, status == "used")


def test_what_nobody_files_was_not_measured_and_nobody_owes_it():
    rows = market() | {"standard_coverage": [], "counterfeit_response": []}
    table = indicators(rows)
    found = table[
        table["indicator"].isin(
            ["standards_valid", "certificates_valid", "confirmed_counterfeits", "self_inspection"]
        )
    ]
    assert set(found["status"]) == {"not_applicable"}
    for row in rows["complaint_state"]:
        row.update(n_received=0, n_complaints=0, n_quality=0, n_quality_matters=0)
    for row in rows["commerce_state"]:
        row.update(dict.fromkeys(FEEDS["reviews"]["commerce_state"], 0))
    table = indicators(rows)
    found = table[table["indicator"].isin(["quality_complaints", "negative_reviews"])]
    assert set(found["status"]) == {"not_applicable"}, "a rate of zero would say that all is well"
    # Listed by no one in the nation: no list has come.
    for row in rows["operator_state"]:
        row.update(n_listed=0, n_listed_once=0)
    assert set(indicators(rows).query("indicator == 'dishonest_operators'")["status"]) == {"not_applicable"}


def test_an_operator_of_several_platforms_is_one_in_the_nation_and_in_its_region():
    """900 operators, all of them on P1 and P2; one is listed."""
    rows = market()
    for row in rows["operator_state"]:
        first = row["platform_code"] == "P1"
        row.update(n_listed=1, n_listed_once=int(first), n_identified_once=900 * first)
    table = indicators(rows).query("indicator == 'dishonest_operators' and period_type == 'month'")
    found = table[table["value"].notna()].groupby("dimension_type")[["numerator", "denominator"]]
    one = {"numerator": 1.0, "denominator": 900.0}
    assert found.first().T.to_dict() == dict.fromkeys(("nation", "platform", "region"), one)
    assert found.nunique().eq(1).all(axis=None)


def test_a_platform_of_natural_persons_owes_no_licence_and_one_without_goods_that_need_it_no_certificate():
    rows = market()
    for table in ("operator_state", "standard_coverage"):
        for row in rows[table]:
            if row["platform_code"] == "P1":
                row.update(
                    {"n_licence_due": 0, "n_licence_verified": 0}
                    if table == "operator_state"
                    else {"n_certificate_due": 0, "n_certificate_checkable": 0, "n_certificate_valid": 0}
                )
    table = indicators(rows)
    assert [cell(table, name)["status"] for name in ("licences_verified", "certificates_valid")] == [
        "not_applicable"
    ] * 2
    # Goods of no known category prove nothing.
    for row in rows["standard_coverage"]:
        row["category_code"] = "unknown" if row["platform_code"] == "P1" else row["category_code"]
    assert cell(indicators(rows), "certificates_valid")["status"] == "not_filed"


def test_a_lake_without_anything_has_no_indicator():
    given = {name: frame(f"{tier}.{name}", []) for name, tier in INPUTS.items()}
    assert indicators_of(given).empty

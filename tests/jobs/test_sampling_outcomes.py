"""What one sample counts as: dates assumed, exits and conclusions together, seriousness, words that are
unknown here."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from sampling_frames import CATEGORY, CONTRACTS, LEDGER_INPUTS, REGION, frames

from jobs.contracts.rules import allowed_values
from jobs.marts import dimensions
from jobs.marts.sampling import counts, detection_rate, outcomes, sampling_ledger
from jobs.marts.sampling.dimensions import CLUSTER, LEDGER_DIMENSIONS, RATE_DIMENSIONS
from jobs.period import Period

JAN, MAY, SEP = date(2026, 1, 15), date(2026, 5, 15), date(2026, 9, 15)


def outcome(sample: dict[str, Any], *conclusions: dict[str, Any]) -> dict[str, Any]:
    given = frames(
        {
            "sample": [{"sample_id": "s", "plan_id": "p"} | sample],
            "standing_conclusion": [{"sample_id": "s"} | c for c in conclusions],
        }
    )
    return outcomes.outcomes(given["sample"], given["standing_conclusion"]).iloc[0].to_dict()


def month(day: date) -> int:
    return (day.year - 1970) * 12 + day.month - 1


FIRST = {"stage": "first", "outcome": "nonconforming"}
AGAIN = {"stage": "reinspection", "outcome": "conforming"}
EXIT = {"exit_kind": "violation"}


@pytest.mark.parametrize(
    ("sample", "conclusions", "day", "assumed"),
    [
        (
            {"purchased_on": JAN},
            [FIRST | {"issued_on": MAY}, AGAIN | {"issued_on": SEP}],
            MAY,
            False,
        ),  # the first one dates it
        ({"purchased_on": JAN}, [AGAIN | {"issued_on": SEP}], SEP, False),  # without one, the earliest
        ({"purchased_on": JAN}, [FIRST, AGAIN | {"issued_on": SEP}], JAN, True),  # its own date is missing
        (EXIT | {"purchased_on": JAN, "exited_on": MAY}, [], MAY, False),
        (EXIT | {"purchased_on": JAN}, [], JAN, True),
        (
            EXIT | {"purchased_on": JAN, "exited_on": MAY},
            [FIRST | {"issued_on": SEP}],
            SEP,
            False,
        ),  # counts as tested, dated so
        (EXIT | {"purchased_on": JAN, "exited_on": MAY}, [FIRST], JAN, True),
        ({"purchased_on": JAN}, [], JAN, False),  # open: nothing is assumed
    ],
)
def test_a_sample_is_dated_by_the_outcome_it_counts_as_else_by_its_purchase(
    sample, conclusions, day, assumed
):
    found = outcome(sample, *conclusions)
    assert (found["month"], found["outcome_date_assumed"]) == (month(day), assumed)


@pytest.mark.parametrize(("sample", "conclusions"), [({}, []), ({}, [FIRST]), (EXIT, [])])
def test_a_sample_without_any_date_has_no_month_and_no_assumed_one(sample, conclusions):
    found = outcome(sample, *conclusions)
    assert (found["month"], found["outcome_date_assumed"]) == (outcomes.UNDATED, False)


def test_a_date_beyond_the_range_of_nanoseconds_is_still_a_date():
    assert outcome({"purchased_on": date(2999, 12, 31)})["month"] == month(date(2999, 12, 1))
    assert outcome({"purchased_on": date(1949, 10, 1)})["month"] == month(date(1949, 10, 1))


@pytest.mark.parametrize(
    ("sample", "conclusions", "flagged"), [(EXIT, [FIRST], True), (EXIT, [], False), ({}, [FIRST], False)]
)
def test_only_a_sample_with_both_exit_and_conclusion_is_flagged_so(sample, conclusions, flagged):
    assert outcome(sample, *conclusions)["exit_and_conclusion"] == flagged


@pytest.mark.parametrize(
    ("first", "again", "overturned"),
    [
        ("nonconforming", "conforming", 1),
        ("nonconforming", "nonconforming", 0),
        ("conforming", "nonconforming", 0),
        ("nonconforming", "not_judged", 0),
    ],
)
def test_overturned_means_found_nonconforming_first_and_conforming_by_reinspection(first, again, overturned):
    found = outcome({}, {"stage": "first", "outcome": first}, {"stage": "reinspection", "outcome": again})
    assert (found["n_overturned"], found[f"n_{again}"], found["n_tested"]) == (overturned, 1, 1)


@pytest.mark.parametrize(
    ("conclusions", "class_a", "wanted"),
    [
        ([FIRST | {"serious": True}], False, 1),
        ([FIRST | {"serious": False}], True, 0),  # what is said goes first
        ([FIRST], True, 1),  # nothing said: the item decides
        ([FIRST], False, 0),
        (
            [FIRST | {"serious": True}, AGAIN | {"outcome": "nonconforming"}],
            False,
            1,
        ),  # the first says it for the final
        ([FIRST | {"serious": True}, AGAIN | {"outcome": "nonconforming", "serious": False}], True, 0),
        ([FIRST | {"serious": True}, AGAIN], True, 0),  # finally conforming
    ],
)
def test_a_finally_nonconforming_sample_is_serious_as_said_else_by_a_failing_class_a_item(
    conclusions, class_a, wanted
):
    given = frames(
        {
            "sample": [{"sample_id": "s", "plan_id": "p"}],
            "standing_conclusion": [{"sample_id": "s"} | c for c in conclusions],
            "test_result": [
                {
                    "sample_id": "s",
                    "item_code": "a",
                    "item_class": "A",
                    "lab_verdict": "nonconforming" if class_a else "conforming",
                },
                {"sample_id": "s", "item_code": "b", "item_class": "B", "lab_verdict": "nonconforming"},
            ],
        }
    )
    assert outcomes.serious(given["sample"], given["standing_conclusion"], given["test_result"]).tolist() == [
        wanted
    ]


def test_two_conclusions_of_one_stage_are_refused_with_the_sample_s_name():
    with pytest.raises(ValueError, match="sample s has two conclusions of stage first"):
        outcome({}, FIRST, FIRST | {"outcome": "conforming"})


def test_a_conclusion_of_an_unknown_sample_is_left_out_until_its_sample_comes():
    given = frames(
        {"standing_conclusion": [{"sample_id": "later", "stage": "first", "outcome": "conforming"}]}
    )
    assert len(outcomes.outcomes(given["sample"], given["standing_conclusion"])) == 0


@pytest.mark.parametrize(
    "row",
    [
        {"sample": {"exit_kind": "vanished"}, "standing_conclusion": []},  # no exit that the ledger knows
        {
            "sample": {},
            "standing_conclusion": [{"sample_id": "s", "stage": "first", "outcome": "excellent"}],
        },  # no such verdict
    ],
)
def test_an_unknown_word_unbalances_the_ledger_and_is_not_hidden(row):
    rows = {
        "sample": [{"sample_id": "s", "plan_id": "p"} | row["sample"]],
        "standing_conclusion": row["standing_conclusion"],
    }
    ledger = sampling_ledger.build(**frames(rows, LEDGER_INPUTS), period=Period(SEP))
    assert len(ledger) > 0 and not ledger["balanced"].any()


def test_a_code_counts_in_the_shown_units_above_it_and_a_code_below_nothing_stands_for_itself():
    given = frames({"region": REGION, "product_category": CATEGORY})
    trees = dimensions.hierarchies(region=given["region"], product_category=given["product_category"])
    wanted = {
        "330106": ("330100", "330000"),
        "330100": ("330100", "330000"),
        "330000": ("330000",),
        "330990": ("330000",),
        "999901": ("999901",),
        "000000": ("000000",),
    }
    assert {code: trees["region"].units(code) for code in wanted} == wanted
    assert [trees["category"].units(c) for c in ("HA01", "HA", "city-class-3")] == [
        ("HA01", "HA"),
        ("HA",),
        ("city-class-3",),
    ]


def test_codes_that_name_each_other_as_parents_do_not_hang_the_night():
    loop = dimensions.Hierarchy({"a": "b", "b": "a"}, frozenset({"b"}))
    assert loop.units("a") == ("b",)


def test_a_plan_of_unknown_type_is_targeted():
    given = frames(
        {
            "sample": [{"sample_id": n, "plan_id": n} for n in ("prob", "target", "nowhere")],
            "sampling_plan": [
                {"plan_id": "prob", "type": "probability"},
                {"plan_id": "target", "type": "targeted"},
            ],
        }
    )
    assert detection_rate.designs(given["sample"], given["sampling_plan"]).tolist() == [
        "probability",
        "targeted",
        "targeted",
    ]


@pytest.mark.parametrize(
    ("enum", "table", "column"),
    [
        (outcomes.Stage, "silver.conclusion", "stage"),
        (outcomes.Verdict, "silver.conclusion", "outcome"),
        (outcomes.Verdict, "silver.test_result", "lab_verdict"),
        (outcomes.ExitKind, "silver.sample", "exit_kind"),
        (counts.PeriodType, "gold.detection_rate", "period_type"),
        (counts.PeriodType, "gold.sampling_ledger", "period_type"),
        (counts.Design, "gold.detection_rate", "design"),
    ],
)
def test_the_words_of_the_code_are_those_of_the_contracts(enum, table, column):
    assert {str(member) for member in enum} == set(allowed_values(CONTRACTS[table].column(column)))


@pytest.mark.parametrize(
    ("listed", "table"),
    [
        ([*(d.type for d in RATE_DIMENSIONS), CLUSTER], "gold.detection_rate"),
        ([d.type for d in LEDGER_DIMENSIONS], "gold.sampling_ledger"),
    ],
)
def test_the_dimensions_of_the_code_are_those_of_the_contracts(listed, table):
    assert set(listed) == set(allowed_values(CONTRACTS[table].column("dimension_type")))


def test_dates_may_come_as_pandas_timestamps_too():
    given = frames({"sample": [{"sample_id": "s", "plan_id": "p", "purchased_on": MAY}]})
    stamps = given["sample"].assign(purchased_on=np.array([MAY], dtype="datetime64[ns]"))
    assert outcomes.outcomes(stamps, given["standing_conclusion"])["month"].tolist() == [month(MAY)]

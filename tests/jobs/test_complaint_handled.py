"""gold.complaint_handling: which mediations have ended, who comes again, and which counts of those who do are
withheld so that no other gives them away."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from jobs.marts.complaints.complaint_handling import FEWEST, FEWEST_PERSONS, matters, mediations, small_groups

TODAY = date(2026, 6, 30)


@pytest.mark.parametrize(("days", "counted"), [(-1, 1), (0, 1), (1, 0)])
def test_a_mediation_counts_from_the_day_on_which_it_ended(days: int, counted: int) -> None:
    row = {"mediation_ended_on": TODAY + timedelta(days=days), "mediation_result": "agreed"}
    row |= {"platform_code": "P1", "category_code": None, "region_code": None}
    assert len(mediations(pd.DataFrame([row]), TODAY)) == counted


@pytest.mark.parametrize(("third", "often"), [(date(2026, 5, 9), True), (date(2026, 5, 10), False)])
def test_a_third_matter_makes_a_repeat_within_twelve_months_and_no_more_a_year_after_the_first(
    third: date, often: bool
) -> None:
    days = [date(2025, 5, 10), date(2025, 11, 1), third]
    rows = [
        {"complaint_id": f"c{n}", "received_on": day, "complainant_ref": "a", "kind": "complaint"}
        for n, day in enumerate(days)
    ]
    found = matters(pd.DataFrame(rows), linked({f"c{n}": f"case:c{n}" for n in range(3)}), TODAY)
    assert found.set_index("complaint_id")["often"].to_dict() == {"c0": False, "c1": False, "c2": often}


def linked(matter: dict[str, str]) -> pd.DataFrame:
    """gold.complaint_matter of cases, each of which has one part."""
    return pd.DataFrame({"complaint_id": list(matter), "part": 1, "matter": list(matter.values())})


def test_one_matter_by_three_channels_is_no_repeat_though_no_source_states_that_it_is_one() -> None:
    rows = pd.DataFrame(
        {
            "complaint_id": ["P-1", "TS-1", "RX-1"],
            "received_on": [date(2026, 5, day) for day in (1, 2, 3)],
            "complainant_ref": "a",
            "kind": "complaint",
        }
    )
    one = linked(dict.fromkeys(rows["complaint_id"], "case:P-1"))
    letter = pd.DataFrame({"complaint_id": ["P-1"], "part": 2, "matter": ["case:P-1/2"]})
    found = matters(rows, pd.concat([one, letter]), TODAY)
    assert found[["complaint_id", "often"]].to_numpy().tolist() == [["P-1", False]]
    three = linked({code: f"case:{code}" for code in rows["complaint_id"]})
    assert matters(rows, three, TODAY)["often"].tolist() == [False, False, True]


def withheld(*persons: int, cases: tuple[int, ...] = (50, 40, 60)) -> list[str]:
    """The platforms of one year whose count is withheld; ``persons`` who come again of each."""
    rows = pd.DataFrame(
        {
            "month": 672,
            "dimension_type": "platform",
            "dimension_code": [f"P{n}" for n in range(1, len(persons) + 1)],
            "persons": persons,
            "n_met": [3 * n for n in persons],
            "n_cases": cases,
        }
    )
    hidden = small_groups(rows, {})
    return rows.loc[hidden, "dimension_code"].tolist()


def test_one_small_group_takes_the_one_of_the_fewest_cases_beside_it_along() -> None:
    assert withheld(FEWEST_PERSONS, FEWEST_PERSONS, FEWEST_PERSONS) == []
    assert withheld(FEWEST_PERSONS - 1, FEWEST_PERSONS, FEWEST_PERSONS) == ["P1", "P2"]
    assert withheld(FEWEST_PERSONS, FEWEST_PERSONS, 1) == ["P2", "P3"]


def test_two_small_groups_hide_each_other_and_no_third() -> None:
    assert withheld(1, 1, FEWEST_PERSONS) == ["P1", "P2"]


def test_a_unit_without_a_count_for_want_of_cases_hides_a_small_group_as_well() -> None:
    few = (50, FEWEST - 1, 60)
    assert withheld(1, FEWEST_PERSONS, FEWEST_PERSONS, cases=few) == ["P1"]


def test_who_has_no_one_that_comes_again_hides_nothing() -> None:
    """A count of zero stays, and hides no other."""
    assert withheld(1, 0, FEWEST_PERSONS) == ["P1", "P3"]
    assert withheld(1, 0, 0) == ["P1"]

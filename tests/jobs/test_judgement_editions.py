"""Which edition holds and what it requires: succession, overlap, numbers without a year, categories above,
missing days."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from jobs.marts.standards.editions import Register
from jobs.marts.standards.judgement import Undecided, meets
from jobs.marts.standards.readings import Limits, reading

OLD, NEW, DAY = date(2014, 6, 1), date(2025, 10, 1), date(2025, 10, 1)
EDITION = ("mandatory", "kind", "status", "valid_from", "valid_to", "supersedes", "superseded_by")
REQUIREMENT = (
    "product_code",
    "item_name",
    "unit",
    "limit_low",
    "limit_high",
    "low_excluded",
    "high_excluded",
    "limit_text",
    "valid_from",
    "valid_to",
)
CATEGORIES = pd.DataFrame({"category_code": ["TY", "TY01", "FN"], "parent_code": [None, "TY", None]})


def register(standards: list[dict], requirements: list[dict] = ()) -> Register:
    editions = pd.DataFrame([dict.fromkeys(EDITION) | row for row in standards])
    rows = [
        dict.fromkeys(REQUIREMENT) | {"standard_no": "GB 1-2025", "item_code": "x", "limit_high": "1"} | row
        for row in requirements
    ]
    return Register(
        editions, pd.DataFrame(rows, columns=["standard_no", "item_code", *REQUIREMENT]), CATEGORIES
    )


def valid_edition(found: Register, cited: str, day: date | None) -> str | None:
    [family] = found.families(cited)
    edition = found.edition(family, day, cited)
    return edition.standard_no if edition else None


SUCCESSION = [
    {"standard_no": "GB 1-2014", "valid_from": OLD, "valid_to": date(2025, 9, 30)},
    {"standard_no": "GB 1-2025", "valid_from": NEW, "supersedes": ["GB 1-2014"]},
]


def test_the_last_day_of_an_edition_and_the_first_of_the_next_are_theirs():
    found = register(SUCCESSION)
    assert [
        valid_edition(found, "GB 1-2014", day) for day in (date(2014, 5, 31), OLD, date(2025, 9, 30), DAY)
    ] == [
        None,
        "GB 1-2014",
        "GB 1-2014",
        "GB 1-2025",
    ]
    assert valid_edition(found, "GB 1", DAY) == "GB 1-2025"


def test_where_two_editions_hold_the_one_that_was_named_does_else_the_newest():
    beside = [{**SUCCESSION[0], "valid_to": None, "status": "valid_edition"}, SUCCESSION[1]]
    assert valid_edition(register(beside), "GB 1-2014", DAY) == "GB 1-2014"
    assert valid_edition(register(beside), "GB 1", DAY) == "GB 1-2025"


def test_a_standard_that_went_on_under_another_number_is_one_family():
    renamed = [
        *SUCCESSION,
        {"standard_no": "GB 1-2003"},
        {"standard_no": "QB 7-1990", "superseded_by": ["GB 1-2003"]},
    ]
    assert valid_edition(register(renamed), "QB 7-1990", DAY) == "GB 1-2025"


def test_without_a_day_only_a_standard_of_one_edition_can_be_told():
    assert valid_edition(register(SUCCESSION), "GB 1", None) is None
    assert valid_edition(register(SUCCESSION[1:]), "GB 1", None) == "GB 1-2025"


def test_upcoming_and_ended_editions_without_days_are_not_valid():
    assert valid_edition(register([{"standard_no": "GB 1-2025", "status": "upcoming"}]), "GB 1", DAY) is None
    assert (
        valid_edition(
            register([{"standard_no": "GB 1-2025", "status": "withdrawn", "valid_from": OLD}]), "GB 1", DAY
        )
        is None
    )


def test_an_edition_that_the_register_lacks_is_no_family():
    assert register(SUCCESSION).families("GB 1-1999") == []


@pytest.mark.parametrize(
    ("number", "mandatory"),
    [
        ("GB 9-2020", True),
        ("GB/T 9-2020", False),
        ("GB/Z 9-2020", False),
        ("T/SYN 9-2020", False),
        (None, False),
    ],
)
def test_a_number_that_the_register_lacks_is_mandatory_by_its_prefix(number, mandatory):
    assert register(SUCCESSION).mandatory(number) is mandatory


@pytest.mark.parametrize("kind", ["group", "enterprise"])
def test_a_group_or_enterprise_standard_is_never_mandatory_whoever_says_so(kind):
    found = register([{"standard_no": "T/SYN 1-2020", "kind": kind, "mandatory": True}])
    assert found.mandatory("T/SYN 1-2020") is False
    named = register([{"standard_no": "GB 1-2025", "kind": kind}], [{"product_code": "TY"}])
    assert named.mandatory_families(["x"], "TY") == []


def test_what_the_register_says_of_an_edition_goes_before_its_prefix():
    assert register([{"standard_no": "GB 1-2014", "mandatory": False}]).mandatory("GB 1-2014") is False


def test_requirements_are_those_of_the_category_one_above_it_or_any_and_of_the_day():
    found = register(
        [{"standard_no": "GB 1-2025", "valid_from": NEW, "mandatory": True}],
        [
            {"product_code": "TY", "limit_high": "1", "valid_to": date(2025, 12, 31)},
            {"product_code": "TY", "limit_high": "2", "valid_from": date(2026, 1, 1)},
            {"product_code": "FN", "limit_high": "3"},
            {"limit_high": "4", "item_code": "y", "item_name": "铅"},
            {"product_code": "A01", "limit_high": "5"},
        ],
    )
    [family] = found.families("GB 1")
    edition = found.edition(family, DAY)

    def highs(items: tuple[str, ...], category: str, day: date) -> list[int]:
        return [int(r.limits.high.point[0]) for r in found.requirements(edition, items, category, day)]

    assert highs(("x",), "TY01", DAY) == [1]
    assert highs(("x",), "TY01", date(2026, 1, 1)) == [2]
    assert highs(("z", "铅"), "TY01", DAY) == [4]
    assert highs(("x",), "A01", DAY) == []  # a code of another system of codes
    assert found.mandatory_families(("x",), "TY01") == [family]
    assert found.mandatory_families(("x",), "HA") == []


def test_a_limit_that_cannot_be_read_applies_and_no_number_is_compared_with_it():
    standards = [{"standard_no": "GB 1-2025", "valid_from": NEW, "mandatory": True}]
    found = register(
        standards, [{"limit_high": "1.0*10000000000", "unit": "CFU/g"}]
    )  # as one list of limits writes 10¹⁰
    [family] = found.families("GB 1")
    [requirement] = found.requirements(found.edition(family, DAY), ("x",), "TY01", DAY)
    assert requirement.limits == Limits(words=True)
    with pytest.raises(Undecided) as undecided:
        meets(reading("5", "CFU/g"), requirement.limits)
    assert undecided.value.reason == "in_words"

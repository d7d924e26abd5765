"""The table of judgement, comparison in full and rounded, two-sided limits, detection, words and grades
(definitions.md#judgement)."""

from __future__ import annotations

from fractions import Fraction

import pytest

from jobs.marts.standards.judgement import (
    CLAIM,
    MANDATORY,
    Constraint,
    Undecided,
    judged,
    meets,
    of_sample,
    rounded_point,
    stricter,
)
from jobs.marts.standards.readings import NotUnderstood, limits, reading


def constraint(high: str, basis: str, unit: str | None = "mg/kg") -> Constraint:
    return Constraint(limits(None, high, unit), basis)


def outcome(value: str, mandatory: str | None, *claims: str) -> tuple[str, str | None]:
    found = judged(
        value,
        "mg/kg",
        [constraint(mandatory, MANDATORY)] if mandatory else [],
        [constraint(c, CLAIM) for c in claims],
    )
    return found.verdict, found.by.basis if found.by else found.reason


@pytest.mark.parametrize(
    ("mandatory", "claim", "below_both", "between", "above_both"),
    [
        (
            "75",
            "50",
            ("conforming", CLAIM),
            ("nonconforming", CLAIM),
            ("nonconforming", MANDATORY),
        ),  # stricter: the claim
        (
            "75",
            "150",
            ("conforming", MANDATORY),
            ("nonconforming", MANDATORY),
            ("nonconforming", MANDATORY),
        ),  # looser: the standard
        (
            "75",
            None,
            ("conforming", MANDATORY),
            ("conforming", MANDATORY),
            ("nonconforming", MANDATORY),
        ),  # none: the standard
        (
            None,
            "50",
            ("conforming", CLAIM),
            ("nonconforming", CLAIM),
            ("nonconforming", CLAIM),
        ),  # not mandatory: the claim
        (None, None, *[("not_judged", "no_requirement")] * 3),  # neither: not judged
    ],
)
def test_an_item_is_judged_by_the_table(mandatory, claim, below_both, between, above_both):
    claims = [claim] if claim else []
    lower = min(float(x) for x in (mandatory, claim, "75") if x)
    middle = {"50": "60", "150": "100"}.get(claim, "60")
    assert outcome(str(lower - 1), mandatory, *claims) == below_both
    assert outcome(middle, mandatory, *claims) == between
    assert outcome("151", mandatory, *claims) == above_both


def test_the_strictest_of_several_claims_judges():
    assert outcome("45", None, "50", "40", "60") == ("nonconforming", CLAIM)
    assert judged("35", "mg/kg", [], [constraint(c, CLAIM) for c in ("50", "40", "60")]).by == constraint(
        "40", CLAIM
    )


def test_a_value_that_fails_for_certain_fails_though_another_limit_cannot_be_compared():
    strange = constraint("1", CLAIM, "mg/L")
    assert judged("80", "mg/kg", [constraint("75", MANDATORY)], [strange]).verdict == "nonconforming"
    assert judged("70", "mg/kg", [constraint("75", MANDATORY)], [strange]).reason == "unit_incommensurable"


@pytest.mark.parametrize(
    ("value", "low", "high", "met"),
    [
        ("4.0", "4.0", "8.5", True),
        ("8.5", "4.0", "8.5", True),
        ("3.99", "4.0", "8.5", False),
        ("8.501", "4.0", "8.5", False),
        ("75.04", None, "75", False),  # in full, though it is written 75
        ("75", None, "<75", False),
        ("74.999", None, "<75", True),
        ("3", ">3", None, False),
        ("-5.01", None, "±5", False),
        ("-5", None, "±5", True),
        ("0.1", None, "0.1", True),  # 0.1 exactly: no float
        ("16.5(+)", None, "16.5", False),
        ("16.5(-)", None, "16.5", True),
        ("16.5(-)", "16.5", None, False),
        ("<20", None, "75", True),
        ("<20", None, "20", True),
        ("<20", "20", None, False),
        (">100", None, "100", False),
        (">100", "50", None, True),
        ("未检出", None, "0.1", True),
        ("ND(0.05)", None, "0.1", True),
        ("未检出", None, "不得检出", True),
        ("<0.01", None, "不得检出", True),
        ("0.02", None, "不得检出", False),
        ("检出", None, "不得检出", False),
        ("符合", None, "应符合要求", True),
        ("不符合", None, "应符合要求", False),
        ("不合格", None, "75", False),
        ("一等品", "合格品", None, True),
        ("合格品", None, "≥一等品", False),
        ("B类", None, "A类", False),
        ("A类", None, "B类", True),
        ("3-4", "3", None, True),
        ("2-3级", "3", None, False),
        ("1.2×10³", None, "1,000", False),
        ("１.５E2", None, "150", True),
    ],
)
def test_a_value_meets_its_limits_or_not(value, low, high, met):
    assert (
        meets(reading(value, None), limits(low, high, "级" if "级" in value or value == "3-4" else None))
        is met
    )


@pytest.mark.parametrize(
    ("value", "low", "met"),
    [
        # a half grade against a whole limit
        ("2-3", "3", False),
        ("3-4", "3", True),
        ("3-4", "4", False),
        # a whole grade against a half limit
        ("3", "3-4", False),
        ("4", "3-4", True),
        # half grades against half limits
        ("3-4", "3-4", True),
        ("4-5", "3-4", True),
        ("2-3", "3-4", False),
        # other ways to write them
        ("4", "≥3-4", True),
        ("3", "≥3-4级", False),
        ("3-4", "不小于3-4", True),
        ("3-4", ">3-4", False),
        ("3-4", "≥3～4", True),  # a range has no sign
        ("3", "≥3～4", False),
        ("3-4", "不低于3-4", True),
        ("3", "不得低于3-4级", False),
        ("≥4-5", "4", True),
        ("<3-4", "4", False),
    ],
)
def test_a_half_grade_is_one_grade_both_as_a_limit_and_as_a_reading(value, low, met):
    assert meets(reading(value, "级"), limits(low, None, "级")) is met


@pytest.mark.parametrize(
    ("value", "high", "met"),
    [
        ("3-4", "3-4", True),
        ("3", "3-4", True),
        ("4", "3-4", False),
        ("3-4", "3", False),
        ("4-5", "不高于4", False),
        ("3-4", "不得超过4级", True),
    ],
)
def test_a_half_grade_is_one_grade_as_an_upper_limit_too(value, high, met):
    assert meets(reading(value, "级"), limits(None, high, "级")) is met


@pytest.mark.parametrize(
    ("text", "unit", "ends"),
    [
        ("4.0-8.5", "级", ("4", "8.5")),  # no half grade: decimals
        ("1-3", "级", ("1", "3")),  # not grades that follow each other
        ("3~4", "级", ("3", "4")),
        ("3-4", None, ("3", "4")),  # not of grades
        ("3-4", "mm", ("3", "4")),
        ("4.0-8.5", None, ("4", "8.5")),
        ("4.0～8.5", None, ("4", "8.5")),
    ],
)
def test_every_other_range_keeps_its_two_ends(text, unit, ends):
    found = limits(text, None, unit)
    assert (found.low.point[0], found.high.point[0]) == tuple(map(Fraction, ends))


def test_a_grade_is_not_rounded_to_the_whole_grades_of_its_limit():
    assert not meets(reading("3-4", "级"), limits("4", None, "级"), rounded=True)


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        ("<20", None, "10"),
        ("<20", "10", None),
        ("未检出", "10", None),
        ("检出", None, "75"),
        ("3", None, "应符合要求"),
        ("一等品", None, "A类"),
        ("75", None, "A类"),
    ],
)
def test_a_value_between_meeting_and_failing_is_undecided(value, low, high):
    with pytest.raises(Undecided):
        meets(reading(value, None), limits(low, high, None))


def test_one_side_that_fails_for_certain_is_enough():
    assert meets(reading("<20", None), limits("20", "10", None)) is False


@pytest.mark.parametrize(
    ("low", "high", "fails", "meets_it"),
    [
        ("见附录", "20", "20.1", "20"),
        ("10", "见附录", "9.9", "10"),
        ("见附录", "不得检出", "1", "未检出"),
        ("见附录", "A类", "B类", "A类"),
    ],
)
def test_a_side_in_words_leaves_open_what_meets_the_other(low, high, fails, meets_it):
    stated = limits(low, high, None)
    assert stated.words and meets(reading(fails, None), stated) is False
    with pytest.raises(Undecided, match="in_words"):
        meets(reading(meets_it, None), stated)
    assert meets(reading("符合", None), stated) is True


def test_the_limit_in_words_explains_what_the_columns_state():
    for high in ("20", "不得检出", "A类"):
        assert limits(None, high, None, words="按附录B测定") == limits(None, high, None)


@pytest.mark.parametrize("nothing", ["/", "-", "—", "——", " "])
def test_a_slash_or_a_dash_states_no_limit(nothing):
    assert limits(nothing, "20", None) == limits(None, "20", None)
    assert limits(nothing, nothing, None) is None


@pytest.mark.parametrize("text", ["见附件", "5～6", "0.5/0.6", "0,500", "约5", "12.3；12.9", "1.2.3"])
def test_a_text_of_no_known_form_is_no_number(text):
    with pytest.raises(NotUnderstood, match="value_not_understood"):
        reading(text, "mm")


@pytest.mark.parametrize(
    ("text", "power"),
    [("1.2×10³", 1200), ("1.2x10^3", 1200), ("1.2*10-3", Fraction("0.0012")), ("1.2e3", 1200)],
)
def test_powers_of_ten_are_read(text, power):
    assert reading(text, None).low == (power, 0)


@pytest.mark.parametrize("text", ["1.2*1000", "1.2×103", "12 13"])
def test_a_product_a_lost_superscript_and_two_numbers_are_not_one_number(text):
    assert judged(text, None, [constraint("75", MANDATORY, None)], []).reason == "unit_missing"


@pytest.mark.parametrize(
    ("value", "decimals", "rounded"),
    [
        ("12.25", 1, "12.2"),
        ("12.35", 1, "12.4"),
        ("12.250001", 1, "12.3"),
        ("-0.35", 1, "-0.4"),
        ("-0.25", 1, "-0.2"),
        ("15.4546", 0, "15"),
        ("1250", -2, "1200"),
    ],
)
def test_rounding_is_half_to_even_at_once(value, decimals, rounded):
    """GB/T 8170-2008, 3.2 and its ban on rounding twice: 15.4546 → 15, not 15.455 → 15.46 → 15.5 → 16."""
    assert rounded_point((Fraction(value), 0), decimals) == (Fraction(rounded), 0)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [("16.5(+)", "17"), ("16.5(-)", "16"), ("16.5", "16"), ("-16.5(+)", "-16"), ("-16.5(-)", "-17")],
)
def test_a_half_that_was_rounded_before_goes_to_its_side(value, rounded):
    assert rounded_point(reading(value, None).low, 0) == (Fraction(rounded), 0)


def test_values_are_rounded_only_where_the_standard_says_so():
    value, limit = reading("0.149", "%"), limits(None, "0.1", "%")
    assert meets(value, limit) is False
    assert meets(value, limit, rounded=True) is True
    assert meets(reading("0.151", "%"), limit, rounded=True) is False
    assert meets(reading("1490", "mg/kg"), limit, rounded=True) is True  # rounded in the unit of the limit


def test_a_claim_is_stricter_by_any_side_and_across_units():
    assert stricter(limits("4.0", "9.0", None), limits("3.5", "8.5", None))
    assert not stricter(limits(None, "0.1", "%"), limits(None, "1000", "mg/kg"))
    assert stricter(limits(None, "<0.1", "%"), limits(None, "1000", "mg/kg"))
    assert stricter(limits(None, "不得检出", None), limits(None, "1", "mg/kg"))


@pytest.mark.parametrize(
    ("items", "sample"),
    [
        ([("conforming", "A"), ("nonconforming", "C")], ("nonconforming", False)),
        ([("nonconforming", "B"), ("nonconforming", "A")], ("nonconforming", True)),
        ([("nonconforming", None), ("nonconforming", "B")], ("nonconforming", None)),
        ([("not_judged", "A"), ("conforming", "B")], ("conforming", None)),
        ([("not_judged", "A")], ("not_judged", None)), ([], ("not_judged", None)),
    ],
)  # fmt: skip
def test_one_failing_item_fails_the_sample_and_class_a_makes_it_serious(items, sample):
    assert of_sample(items) == sample

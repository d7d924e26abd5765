"""Weak points and indicators as a unit's page words them."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest

from jobs.exchange.pages.published import Published
from jobs.exchange.pages.standing import FULL_MARKS, standing
from jobs.reports.gathered import Gathered
from jobs.reports.index_parts import estimate_text, indicators, records, scored_text, weak
from jobs.reports.pages.verdict import _beside_peers, _earlier, _weak_in
from jobs.reports.wording import Text

PERIOD = ("quarter", date(2026, 7, 1))
KEY, UNIT = "period_type period_start dimension_type dimension_code".split(), (*PERIOD, "region", "510000")
GOALS = {
    "quality_complaints": {"unit": "per 10000 orders", "low": 0.0, "high": 12.0},
    "certificate_valid": {"unit": "share", "low": 0.8, "high": 1.0},
    "violation_exit": {"unit": "share of sampled", "low": 0.0, "high": 0.2},
    "exposure_rate": {"unit": "share", "low": 0.0, "high": 0.3},
}
WEAK = {
    "weak": True,
    "place": 1,
    "indicator": "quality_complaints",
    "not_filed": False,
    "value": 12.0,
    "value_low": 2.2,
    "value_high": 31.0,
    "peer_median": 2.0,
    "best_quarter": 1.0,
    "n_peers": 26,
    "cost": 1.2,
    "cost_low": 0.2,
    "cost_high": 3.0,
    "gain": 1.0,
    "actor": "platform",
    "action_zh": "办",
    "action_en": "act",
}
VALUE = {
    "indicator": "quality_complaints",
    "pillar": "p",
    "value": 95.7,
    "estimate": 12.1,
    "value_low": 2.2,
    "value_high": 31.2,
    "numerator": 2,
    "denominator": 209,
    "goal_low": 0.0,
    "goal_high": 12.0,
    "score": 50.0,
    "status": "used",
    "weight": 0.4,
}


def known_of(weakness: dict[str, Any], value: dict[str, Any]) -> Gathered:
    tables = {"gold.weak_point": [WEAK | weakness], "gold.quality_index_indicator": [VALUE | value]}
    name = Text("指标", "indicator")
    made = SimpleNamespace(
        pillars=["p"],
        about=lambda table, key: GOALS,
        groups=lambda table, *key, period: {("region", "510000"): tables[table]},
        indicator=lambda code: name,
        pillar=lambda code: name,
    )
    return cast(Gathered, made)


def said(weakness: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    return weak(known_of(weakness, value), "region", "510000", PERIOD)[0]


def test_a_reason_gives_the_value_with_its_counts_and_the_estimate_that_is_scored() -> None:
    figures = _beside_peers(said({}, {})).en
    assert figures == (
        "value 95.7 (2 / 209), estimate that is scored (rounded to two digits) 12 (90% interval 2.2–31); "
        "peers' median (26 provinces) 2.0"
    )


def test_a_value_that_reads_like_the_estimate_is_said_with_its_counts_too() -> None:
    estimate = {"indicator": "certificate_valid", "value": 0.9574, "value_low": 0.92, "value_high": 0.98}
    value = {"indicator": "certificate_valid", "value": 180 / 188, "numerator": 180, "denominator": 188}
    figures = _beside_peers(said(estimate, value)).zh
    assert figures.startswith("指标值95.7%（180 / 188），计分用估计值95.7%（90%区间")


def unit_of(weak_in: list[tuple[str, date]], published: bool = True) -> Gathered:
    """A unit with weak points in these periods, where all pages show the index of PERIOD."""
    points = [{"weak": True, "period_type": kind, "period_start": start} for kind, start in weak_in]
    made = SimpleNamespace(
        index_period=PERIOD,
        rows=lambda table, *unit: pd.DataFrame(points, columns=["weak", "period_type", "period_start"]),
        groups=lambda table, *key, period: {("platform", "P1"): [{"published": published}]},
    )
    return cast(Gathered, made)


def test_weak_points_are_those_of_the_period_of_the_index_or_said_to_be_of_an_earlier_one() -> None:
    was = [("quarter", date(2025, 10, 1)), ("quarter", date(2026, 1, 1)), ("year", date(2026, 1, 1))]
    both = unit_of([*was, PERIOD])
    assert _weak_in(both, "platform", "P1") == PERIOD
    assert _earlier(both, "platform", "P1", PERIOD) is None
    none_now = unit_of(was)
    then = _weak_in(none_now, "platform", "P1")
    assert then == ("quarter", date(2026, 1, 1))
    words = _earlier(none_now, "platform", "P1", then)
    assert (
        words is not None
        and "2026年第一季度" in words.zh
        and words.en
        == ("No indicator is weak beyond chance in Q3 2026; the last weak points were in Q1 2026:")
    )
    unknown = _earlier(unit_of(was, published=False), "platform", "P1", then)
    assert unknown is not None and unknown.en.startswith("The index of Q3 2026 is not published")
    assert _weak_in(unit_of([]), "platform", "P1") is None


@pytest.mark.parametrize("value", [{"value": None}, {"confidential": True}])
def test_a_value_that_is_withheld_stands_in_no_reason(value: dict[str, Any]) -> None:
    assert _beside_peers(said({}, value)).en.startswith("estimate that is scored (rounded to two digits) 12 ")


def test_an_estimate_that_is_not_rounded_for_confidentiality_is_not_said_to_be() -> None:
    exact = {"indicator": "certificate_valid", "value": 0.7, "value_low": 0.55, "value_high": 0.82}
    assert "two digits" not in _beside_peers(said(exact, {"indicator": "certificate_valid"})).en


def test_a_duty_that_was_not_filed_is_no_estimate() -> None:
    figures = said({"not_filed": True, "value": None, "value_low": None}, {"value": None})
    assert "estimate" not in _beside_peers(figures).en


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (12.0, "per 10000 orders", "12"),
        (220.0, "per 10000 orders", "220"),
        (12.1, "per 10000 orders", "12.1"),
        (2.0, "per 10000 orders", "2.0"),
        (0.72, "share", "72%"),
        (0.715, "share", "71.5%"),
        (1200.0, "per 10000 orders", "1,200"),
    ],
)
def test_an_estimate_of_two_digits_has_no_decimal_that_it_does_not_have(value, unit, text) -> None:
    assert estimate_text(value, unit) == text


def test_only_estimates_that_were_rounded_lose_a_decimal() -> None:
    exact = {"indicator": "certificate_valid", "value": 0.7, "value_low": 0.55, "value_high": 0.82}
    assert said(exact, {"indicator": "certificate_valid"})["value"].en == "70.0%"
    hidden = {"indicator": "certificate_valid", "scores_confidential": True}
    assert said(exact, hidden)["value"].en == "70%"


def test_a_cost_whose_score_is_at_the_end_of_its_goalposts_says_so_in_place_of_an_interval() -> None:
    low = {"indicator": "certificate_valid", "value": 0.715, "value_low": 0.679, "value_high": 0.75}
    assert said(low, {})["clamped"] is not None
    assert said(low | {"value_high": 0.81}, {})["clamped"] is None


def test_a_share_that_is_not_that_of_its_counts_is_called_an_estimate() -> None:
    def shrunk(value: float, failed: int, n: int | None) -> bool:
        row = {"indicator": "violation_exit", "value": value, "numerator": failed, "denominator": n}
        return bool(indicators(known_of({}, row), "region", "510000", PERIOD)[0]["shrunk"])

    assert shrunk(0.029, 1, 4) and shrunk(0.013, 0, 12)
    assert not shrunk(0.25, 1, 4) and not shrunk(0.1, 0, None)
    rate = indicators(known_of({}, {}), "region", "510000", PERIOD)[0]  # per 10,000: no share
    assert rate["shrunk"] is None
    weighted = VALUE | {"indicator": "exposure_rate", "value": 0.119, "numerator": 3, "denominator": 11}
    assert indicators(known_of({}, weighted), "region", "510000", PERIOD)[0]["shrunk"] is None


def test_a_platforms_package_says_that_gains_are_those_at_full_marks_and_no_weak_points() -> None:
    row = {"period_type": "quarter", "period_start": PERIOD[1], "index_score": 53.3, "status": "used"}
    row |= {"indicator": "exposure_rate", "value": 0.113, "estimate": 0.113, "points_to_gain": 6.8}
    row |= {"borrowed": None, "weak_place": None, "points_to_quartile": None, "quartile_zh": None}
    rows = {"score_preview": [SimpleNamespace(**row)]}
    _, _, _, notes, reasons, _ = standing("platform", "P07", rows, Published(None))
    assert len(reasons) == 1 and FULL_MARKS in notes
    none = [SimpleNamespace(**row | {"points_to_gain": 0.0})]
    assert FULL_MARKS not in standing("platform", "P07", {"score_preview": none}, Published(None))[3]


def test_the_interval_of_an_estimate_per_order_reads_the_same_in_the_table_of_all_indicators() -> None:
    exact, unit = (83.7, 45.8, 136.4), "per 10000 orders"
    assert scored_text(exact, unit, per_order=True) == "84 (46–140)"
    assert scored_text(exact, unit, per_order=False) == "83.7 (45.8–136.4)"
    assert scored_text((None, 1.0, 2.0), unit, per_order=True) == "–"


def test_what_is_kept_for_all_pages_stays_in_the_order_of_its_table() -> None:
    rows = [VALUE | {"indicator": name, "weight": weight} for name, weight in (("a", 0.2), ("b", 0.6))]
    night = SimpleNamespace(
        frame=lambda table: pd.DataFrame(rows).assign(**dict(zip(KEY, UNIT, strict=True)))
    )
    known = Gathered.__new__(Gathered)
    known.__dict__.update(night=night, pillars=["p"], about=lambda table, key: GOALS)
    known.__dict__.update(indicator=lambda code: Text(code, code), pillar=lambda code: Text(code, code))
    for _ in range(2):
        assert [r["code"] for r in indicators(known, "region", "510000", PERIOD)] == ["b", "a"]
    kept = records(known, "gold.quality_index_indicator", "region", "510000", PERIOD)
    assert [r["indicator"] for r in kept] == ["a", "b"]

"""Figures in words: rounding, intervals, what is said where a rate may not be."""

from __future__ import annotations

import csv
import io
import re
from datetime import date

import numpy as np
import pandas as pd
import pytest

from jobs.contracts.catalog import load_catalog
from jobs.marts.sampling.outcomes import all_judged
from jobs.reports.downloads import WHOLE, csv_bytes, csv_files, neutral
from jobs.reports.figures import change_text, lines
from jobs.reports.index_parts import signed, tenth, value_text
from jobs.reports.names import Names, filed_value, page_name
from jobs.reports.numbers import (
    at_least_some,
    chance,
    count,
    estimate,
    exposure_violation,
    found,
    headline,
    minus,
    missing,
    p_value,
    percent,
    points,
    ranked,
    violation,
    with_p,
)
from jobs.reports.pages.bulletin import bounds
from jobs.reports.pages.plans import finding, without_few
from jobs.reports.wording import NO_JUDGED, NONE_FOUND, NOT_WEIGHTED, TOO_FEW, Text


@pytest.mark.parametrize(
    ("probability", "shown"),
    [(1.0, "1.00"), (0.9962, "> 0.99"), (0.994, "0.99"), (0.004, "< 0.01"), (0.0, "0.00"), (None, "–")],
)
def test_a_link_that_is_to_be_verified_is_not_shown_as_certain(probability: float | None, shown: str) -> None:
    assert chance(probability) == shown


@pytest.mark.parametrize(
    ("p", "shown", "words"),
    [
        (0.0125, "0.013", "p = 0.013"),
        (0.001, "0.001", "p = 0.001"),
        (0.0004, "< 0.001", "p < 0.001"),
        (1.0, "1.000", "p = 1.000"),
        (None, "–", "p = –"),
    ],
)
def test_a_p_value_is_never_nothing(p: float | None, shown: str, words: str) -> None:
    assert (p_value(p), with_p(p)) == (shown, words)


@pytest.mark.parametrize(
    ("value", "is_missing"),
    [
        *(
            (value, True)
            for value in (None, float("nan"), np.float64("nan"), np.float32("nan"), pd.NA, pd.NaT)
        ),
        *((value, False) for value in (0, 0.0, np.float64(1), float("inf"), "", False, date(2026, 1, 1))),
        *((value, False) for value in ([], [None], np.array([np.nan]))),
    ],
)
def test_none_and_what_pandas_takes_for_nothing_are_missing_and_no_list_is(value, is_missing):
    assert missing(value) is is_missing


def row(
    x: int,
    n: int,
    *,
    rate: float | None,
    low: float | None = 0.1,
    high: float | None = 0.3,
    reliability: str | None = "B",
    code: str = "A",
    design: str = "targeted",
    exposure: tuple[float, float | None, float] | None = None,
) -> dict:
    return all_judged(n, x) | {
        "dimension_code": code,
        "rate": rate,
        "ci_low": low,
        "ci_high": high,
        "violation_rate": rate,
        "violation_low": low,
        "violation_high": high,
        "exposure_violation_rate": None,
        "reliability": reliability,
        "design": design,
        "exposure_rate": None if exposure is None else exposure[0],
        "exposure_low": None if exposure is None else exposure[1],
        "exposure_high": None if exposure is None else exposure[2],
        "shrunk_rate": 0.08,
        "shrunk_low": 0.02,
        "shrunk_high": 0.15,
        "provisional": False,
    }


@pytest.mark.parametrize(
    ("rate", "shown"),
    [
        (386 / 1749, "22.1%"),  # the bulletin of 12 kinds
        (49 / 400, "12.3%"),  # exactly 12.25: half up, where the double lies below it
        (0.0005, "0.1%"),
        (0.00049, "0.0%"),
        (1.0, "100.0%"),
        (None, "–"),
        (float("nan"), "–"),
    ],
)
def test_per_cent_is_rounded_half_up_to_one_decimal(rate: float | None, shown: str) -> None:
    assert percent(rate) == shown


def test_no_failure_is_shown_as_below_the_upper_limit() -> None:
    shown = found(row(0, 120, rate=0.0, low=None, high=0.0309))
    assert (shown.text, shown.interval) == (("低于3.1%", "below 3.1%"), "–")
    weighted = headline(
        row(0, 120, rate=0.0, low=None, high=0.0309, design="probability", exposure=(0.0, None, 0.044))
    )
    assert weighted.text.en == "below 4.4%"


def test_an_upper_limit_that_rounds_to_nothing_is_not_shown_as_below_zero() -> None:
    assert found(row(0, 100_000, rate=0.0, low=None, high=0.00004)).text.en == "below 0.1%"


def test_a_null_rate_says_too_few_and_nothing_judged_says_so() -> None:
    assert found(row(3, 12, rate=None, low=None, high=None, reliability="insufficient")).text == TOO_FEW
    assert found(row(0, 0, rate=None, low=None, high=None, reliability="insufficient")).text == NO_JUDGED


def test_probability_samples_are_headed_by_the_exposure_rate_and_targeted_ones_by_the_finding_rate() -> None:
    drawn = row(20, 100, rate=0.2, design="probability", exposure=(0.1249, 0.07, 0.21))
    assert (headline(drawn).text.en, headline(drawn).interval) == ("12.5%", "7.0–21.0%")
    assert (found(drawn).text.en, found(drawn).interval) == ("20.0%", "10.0–30.0%")
    assert headline(drawn | {"design": "targeted"}).text.en == "20.0%"


def test_samples_without_known_chances_are_not_passed_off_as_the_market() -> None:
    assert headline(row(20, 100, rate=0.2, design="probability")).text == NOT_WEIGHTED


def test_the_shrunk_estimate_stays_where_the_units_own_rate_is_hidden() -> None:
    few = row(3, 12, rate=None, reliability="insufficient", design="probability")
    assert (
        headline(few).text == TOO_FEW
        and estimate(few).text.en == "8.0%"
        and estimate(few).interval == "2.0–15.0%"
    )
    assert estimate(few | {"shrunk_rate": float("nan")}) is None


@pytest.mark.parametrize(("value", "shown"), [(1.25, "+1.3"), (-0.05, "−0.1"), (0.04, "0.0"), (None, "–")])
def test_points_carry_their_sign(value: float | None, shown: str) -> None:
    assert points(value) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("-38.97 %", "−38.97 %"),
        ("≥-5，≤-.5", "≥−5，≤−.5"),
        ("不低于-4", "不低于−4"),
        ("(-4 – -1)", "(−4 – −1)"),
        ("GB 1234-2020", "GB 1234-2020"),
        ("2026-06-01", "2026-06-01"),
        ("1-5", "1-5"),
        ("1e-05", "1e-05"),
        ("XS-J-1", "XS-J-1"),
        ("-", "-"),
    ],
)
def test_the_sign_of_a_negative_number_is_a_minus_and_other_hyphens_stay(text: str, shown: str) -> None:
    assert minus(text) == shown


def test_a_number_of_cases_expected_that_is_not_none_does_not_read_as_none() -> None:
    assert [at_least_some(v) for v in (0.0, 0.0004, 0.049, 0.05, 0.5, 8.0)] == [
        "0.0", "<0.1", "<0.1", "0.1", "0.5", "8.0",
    ]  # fmt: skip


def test_negative_counts_shares_and_measured_values_have_the_minus_sign() -> None:
    assert (count(-1200), percent(-0.0125)) == ("−1,200", "−1.3%")
    assert (tenth(-0.25), signed(-0.25), signed(-0.01), value_text(-2.0, "days")) == (
        "−0.3", "−0.3", "0.0", "−2.0",
    )  # fmt: skip
    assert filed_value("-38.97", "%") == ("−38.97%", "−38.97%") and bounds("-5", "20") == (
        "−5～20",
        "−5 to 20",
    )


def test_a_change_whose_interval_holds_nought_may_be_chance() -> None:
    parts = {"yoy_pp": -2.0, "yoy_low": -4.0, "yoy_high": 0.5, "within_pp": -0.5, "mix_pp": -1.5}
    assert (
        "may be chance" in change_text(parts).en
        and "−0.5 points from rates within categories, −1.5 points from their mix" in change_text(parts).en
    )
    assert "more than chance" in change_text(parts | {"yoy_high": -0.1}).en
    assert change_text(parts | {"yoy_pp": None}) is None


def test_a_change_says_that_three_days_of_a_month_are_compared_with_a_whole_one() -> None:
    parts = {"yoy_pp": 1.1, "yoy_low": -4.7, "yoy_high": 6.8, "within_pp": 0.1, "mix_pp": 1.0}
    words = "（本期12月只有截至3日的数据，上年12月为整月）"
    assert change_text(parts | {"until": date(2026, 12, 3)}).zh.endswith(words)
    assert all("整月" not in change_text(parts | {"until": day}).zh for day in (None, date(2026, 11, 30)))


def test_a_violation_rate_of_few_batches_is_not_shown() -> None:
    few = row(2, 2, rate=None, reliability="insufficient") | {"violation_rate": None}
    assert violation(few).text == TOO_FEW
    assert violation(few | {"n_exited_violation": 60}).text == TOO_FEW
    pooled = row(2, 2, rate=1.0, low=0.94, high=1.0, reliability=None)
    assert violation(pooled).text == TOO_FEW
    shown = violation(pooled | {"n_exited_violation": 60})
    assert (shown.text.en, shown.interval) == ("100.0%", "94.0–100.0%")
    assert violation(few | {"n_tested": 0}).text == NO_JUDGED


def test_a_violation_rate_has_limits_of_its_own_and_a_weighted_one_beside_it() -> None:
    drawn = row(20, 100, rate=0.2, design="probability", exposure=(0.1249, 0.07, 0.21)) | {
        "n_exited_violation": 25, "violation_rate": 0.36, "violation_low": 0.281, "violation_high": 0.447,
        "exposure_violation_rate": 0.305, "exposure_violation_low": 0.22, "exposure_violation_high": 0.401,
    }  # fmt: skip
    assert (violation(drawn).text.en, violation(drawn).interval) == ("36.0%", "28.1–44.7%")
    weighted = exposure_violation(drawn)
    assert weighted is not None and (weighted.text.en, weighted.interval) == ("30.5%", "22.0–40.1%")
    none = drawn | {"exposure_violation_rate": 0.0, "exposure_violation_low": None}
    assert exposure_violation(none).text.en == "below 40.1%"
    assert exposure_violation(drawn | {"exposure_violation_rate": float("nan")}) is None


def test_a_bookkeeping_row_has_no_reliability_and_its_rate_is_shown() -> None:
    assert found(row(20, 100, rate=0.2, reliability=None)).value == 0.2


@pytest.mark.parametrize(("judged_batches", "given"), [(4, False), (29, False), (30, True)])
def test_a_plan_of_few_batches_has_counts_and_no_share_on_its_page(judged_batches: int, given: bool) -> None:
    half = row(judged_batches // 2, judged_batches, rate=0.5, design="all", reliability=None)
    assert headline(half).value == 0.5  # the table has one all the same, for bulletins to be compared with
    shown = headline(without_few(half))
    assert (shown.value is not None) == given and (shown.text == TOO_FEW) != given


def test_a_unit_of_low_precision_is_shown_and_not_ranked() -> None:
    wide = row(20, 40, rate=0.5, code="A", design="probability", reliability="D", exposure=(0.5, 0.3, 0.7))
    good = row(20, 100, rate=0.2, code="B", design="probability", exposure=(0.2, 0.1, 0.3))
    listed = lines([wide, good], "platform", Names({"platform": {}}, {}), nation=0.05)
    assert [(line.code, line.rank, line.head.text.en) for line in listed] == [
        ("A", None, "50.0%"),
        ("B", 1, "20.0%"),
    ]


def test_equal_figures_as_shown_share_a_rank_and_unreliable_units_have_none() -> None:
    assert ranked([0.2004, 0.1996, 0.3, 0.1]) == [2, 2, 4, 1]
    rows = [
        row(9, 20, rate=None, reliability="insufficient", code="A", design="probability"),
        row(20, 100, rate=0.2, code="B", design="probability", exposure=(0.1, 0.05, 0.19)),
        row(30, 100, rate=0.1, code="C", design="probability", exposure=(0.3, 0.2, 0.4)),
        row(90, 100, rate=0.9, code="unknown", design="probability", exposure=(0.05, 0.01, 0.1)),
    ]
    known = Names({"platform": {}}, {})
    listed = lines(rows, "platform", known, nation=0.195)
    assert [(line.code, line.rank) for line in listed] == [("C", 2), ("B", 1), ("unknown", None), ("A", None)]
    targeted = lines([r | {"design": "targeted"} for r in rows[:3]], "platform", known, nation=0.195)
    assert [(line.code, line.rank) for line in targeted] == [("B", None), ("C", None), ("A", None)]


def test_a_unit_whose_limits_hold_the_nations_rate_has_no_rank_and_one_beyond_keeps_its_place() -> None:
    rows = [
        row(5, 100, rate=0.05, code="low", design="probability", exposure=(0.05, 0.02, 0.09)),
        row(12, 100, rate=0.1, code="alike", design="probability", exposure=(0.11, 0.08, 0.16)),
        row(30, 100, rate=0.3, code="high", design="probability", exposure=(0.3, 0.2, 0.4)),
        row(0, 100, rate=0.0, code="none", design="probability", exposure=(0.0, None, 0.03)),
    ]
    names = Names({"platform": {}}, {})
    listed = lines(rows, "platform", names, nation=0.1)
    assert {x.code: x.rank for x in listed} == {"high": 4, "alike": None, "low": 2, "none": 1}
    assert all(x.rank is None for x in lines(rows, "platform", names, nation=None))


def test_a_plan_without_failure_is_never_called_conforming() -> None:
    assert finding(row(0, 40, rate=0.0)) == NONE_FOUND
    assert NONE_FOUND.zh == "所检项目未发现不合格"
    assert finding(row(33, 304, rate=33 / 304)).en == "33 of 304 batches non-conforming"
    assert finding(row(0, 0, rate=None)) == NO_JUDGED


def test_counts_have_thousands_and_missing_ones_a_dash() -> None:
    assert (count(28265), count(None), count(float("nan"))) == ("28,265", "–", "–")


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd", "'+cmd"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1", "'＝1"),
        ("-12.5", "-12.5"),
        ("+3", "+3"),
        ("-1e-5", "-1e-5"),
        (-4, "-4"),
        ("a=b", "a=b"),
        (None, ""),
        (float("nan"), ""),
        (True, "true"),
    ],
)
def test_cells_that_a_spreadsheet_would_run_are_neutralised_unless_numeric(
    cell: object, written: str
) -> None:
    assert neutral(cell) == written


def test_a_download_has_a_byte_order_mark_and_counts_without_a_decimal_point() -> None:
    content = csv_bytes(pd.DataFrame({"名称": ["甲,乙", "=x"], "n_planned": [3.0, None]}))
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").split("\r\n") == ["名称,n_planned", '"甲,乙",3', "'=x,", ""]


@pytest.mark.parametrize("n", [1, 600])  # a small frame and a large one
def test_a_tier_or_rank_of_a_download_is_the_whole_number_that_the_published_file_has(n: int) -> None:
    frame = pd.DataFrame({"tier": [1.0, None] * n, "rank": [4.0, None] * n, "score": [60.0, None] * n})
    assert csv_bytes(frame).decode("utf-8-sig").split("\r\n")[:3] == ["tier,rank,score", "1,4,60.0", ",,"]
    assert csv_files(frame, {"x": [0]})["x"].decode("utf-8-sig").split("\r\n")[1] == "1,4,60.0"


def test_every_whole_number_of_a_gold_table_that_may_be_missing_is_written_as_one() -> None:
    floats = {
        (table, column.name)
        for table, contract in load_catalog().contracts.items()
        for column in contract.columns
        if table.startswith("gold.") and column.type in ("int", "bigint") and not column.required
    }
    assert len(floats) > 50
    assert {c for _, c in floats if not c.startswith("n_")} <= WHOLE


def test_a_download_writes_every_kind_of_cell_as_one_cell_is_written() -> None:
    frame = pd.DataFrame(
        {
            "list": [["a", "=b"], None],
            "rate": [0.1225, float("nan")],
            "flag": [True, None],
            "day": [date(2026, 6, 30), None],
            "code": pd.Categorical(["=1+1", None]),
            "n_whole": pd.array([3, None], dtype="Int64"),
        }
    )
    expected = [[neutral(value) for value in row] for row in frame.astype(object).itertuples(index=False)]
    assert list(csv.reader(io.StringIO(csv_bytes(frame).decode("utf-8-sig"), newline="")))[1:] == expected
    assert expected[0] == ['["a", "=b"]', "0.1225", "true", "2026-06-30", "'=1+1", "3"]


@pytest.mark.parametrize("code", ["../../etc", "a/b", "..", "", "平台", "x" * 200, "a.b", "<b>"])
def test_a_code_cannot_choose_a_path(code: str) -> None:
    assert page_name(code).startswith("x-")
    assert page_name("P01") == "P01.html"


def test_a_violation_rate_of_none_says_of_how_many_and_never_nought_per_cent() -> None:
    row = all_judged(35, 0) | {"violation_rate": 0.0, "violation_low": None, "violation_high": 0.0989}
    assert violation(row).text == Text("35批次中未发现（低于9.9%）", "none in 35 (below 9.9%)")
    assert violation({**row, "n_nonconforming": 7, "violation_rate": 0.2}).text.en == "20.0%"


def test_limits_of_a_share_have_one_per_cent_sign_on_every_page(html: dict[str, str]) -> None:
    assert {path for path, page in html.items() if re.search(r"\d%–\d", page)} == set()

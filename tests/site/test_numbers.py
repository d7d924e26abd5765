"""Figures in words: rounding, intervals, what is said where a rate may not be."""

from __future__ import annotations

import csv
import io
from datetime import date

import pandas as pd
import pytest

from jobs.reports.downloads import csv_bytes, neutral
from jobs.reports.figures import is_reliable, lines
from jobs.reports.names import Names, page_name
from jobs.reports.numbers import count, interval_text, percent, ranked, rate_text, violation_text
from jobs.reports.pages.plans import finding
from jobs.reports.wording import NO_JUDGED, NONE_FOUND, TOO_FEW


def row(
    x: int,
    n: int,
    *,
    rate: float | None,
    low: float | None = 0.1,
    high: float | None = 0.3,
    unreliable: bool | None = False,
    code: str = "A",
) -> dict:
    return {
        "dimension_code": code,
        "n_tested": n,
        "n_not_judged": 0,
        "n_nonconforming": x,
        "rate": rate,
        "ci_low": low,
        "ci_high": high,
        "violation_rate": rate,
        "n_exited_violation": 0,
        "unreliable": unreliable,
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
    shown = rate_text(row(0, 120, rate=0.0, low=None, high=0.0309))
    assert shown == ("低于 3.1%", "below 3.1%")
    assert interval_text(row(0, 120, rate=0.0, low=None, high=0.0309)) == "–"


def test_an_upper_limit_that_rounds_to_nothing_is_not_shown_as_below_zero() -> None:
    assert rate_text(row(0, 100_000, rate=0.0, low=None, high=0.00004)).en == "below 0.1%"


def test_a_null_rate_says_too_few_and_nothing_judged_says_so() -> None:
    assert rate_text(row(3, 12, rate=None, low=None, high=None, unreliable=True)) == TOO_FEW
    assert rate_text(row(0, 0, rate=None, low=None, high=None, unreliable=True)) == NO_JUDGED


def test_a_violation_rate_of_few_batches_is_not_shown_but_many_exits_make_it_one() -> None:
    few = row(2, 2, rate=None, unreliable=True) | {"violation_rate": 1.0}
    assert violation_text(few) == TOO_FEW
    assert violation_text(few | {"n_exited_violation": 60}).en == "100.0%"
    assert violation_text(few | {"n_tested": 0}) == NO_JUDGED


@pytest.mark.parametrize("unreliable", [None, float("nan"), pd.NA, False])
def test_a_missing_flag_is_not_taken_for_unreliable(unreliable: object) -> None:
    assert is_reliable(row(20, 100, rate=0.2) | {"unreliable": unreliable})


def test_equal_figures_as_shown_share_a_rank_and_unreliable_units_have_none() -> None:
    assert ranked([0.2004, 0.1996, 0.3, 0.1]) == [2, 2, 1, 4]
    rows = pd.DataFrame(
        [row(9, 20, rate=None, unreliable=True, code="A"), row(20, 100, rate=0.2, code="B"), row(30, 100, rate=0.3, code="C")]
    )
    found = lines(rows, "platform", Names({"platform": {}}))
    assert [(line.code, line.rank) for line in found] == [("C", 1), ("B", 2), ("A", None)]


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
def test_cells_that_a_spreadsheet_would_run_are_neutralised_unless_numeric(cell: object, written: str) -> None:
    assert neutral(cell) == written


def test_a_download_has_a_byte_order_mark_and_counts_without_a_decimal_point() -> None:
    content = csv_bytes(pd.DataFrame({"名称": ["甲,乙", "=x"], "n_planned": [3.0, None]}))
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").split("\r\n") == ["名称,n_planned", '"甲,乙",3', "'=x,", ""]


def test_a_download_writes_every_kind_of_cell_as_one_cell_is_written() -> None:
    frame = pd.DataFrame({
        "list": [["a", "=b"], None], "rate": [0.1225, float("nan")], "flag": [True, None], "day": [date(2026, 6, 30), None],
        "code": pd.Categorical(["=1+1", None]), "n_whole": pd.array([3, None], dtype="Int64"),
    })
    expected = [[neutral(value) for value in row] for row in frame.astype(object).itertuples(index=False)]
    assert list(csv.reader(io.StringIO(csv_bytes(frame).decode("utf-8-sig"), newline="")))[1:] == expected
    assert expected[0] == ['["a", "=b"]', "0.1225", "true", "2026-06-30", "'=1+1", "3"]


@pytest.mark.parametrize("code", ["../../etc", "a/b", "..", "", "平台", "x" * 200, "a.b", "<b>"])
def test_a_code_cannot_choose_a_path(code: str) -> None:
    assert page_name(code).startswith("x-")
    assert page_name("P01") == "P01.html"

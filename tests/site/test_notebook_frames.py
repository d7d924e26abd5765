"""Frames in notebooks: every column, shares as per cent, and a reason in the place of a missing rate."""

from __future__ import annotations

import re
from datetime import date

import pandas as pd
import pytest

from jobs.contracts.read import read_contract
from jobs.environment import SCHEMAS
from jobs.notebooks import labels
from jobs.notebooks.drawing import bars, intervals
from jobs.notebooks.frames import MOST, TURNED, frame_html
from jobs.notebooks.reading import percent
from jobs.reports.numbers import percent as page_percent


def cells(html: str) -> list[str]:
    return re.findall(r"<td[^>]*>(.*?)</td>", html)


def test_a_missing_rate_says_that_samples_are_too_few_and_another_missing_value_is_a_dash():
    rows = pd.DataFrame(
        {
            "code": ["P01", "P02"],
            "rate": [0.125, None],  # the second has too few samples
            "note": [None, "x"],
            "reliability": ["A", "insufficient"],
        }
    )
    html = frame_html(rows)
    assert cells(html) == ["P01", "12.5%", "–", "A", "P02", "样本不足 | too few", "x", "insufficient"]
    assert "NaN" not in html and "None" not in html


@pytest.mark.parametrize("known", ["reliability", "judged"])
def test_a_missing_violation_rate_says_too_few_by_its_own_batches(known: str):
    """P01: its violation rate alone has too few effective batches. P02: its rate alone has too few batches.
    P03: both, said once."""
    rows = pd.DataFrame(
        {
            "code": ["P01", "P02", "P03"],
            "rate": [0.125, None, None],
            "violation_rate": [None, 0.5, None],
            "reliability": ["B", "insufficient", "insufficient"],
            "judged": [35, 20, 5],
        }
    )
    few = "样本不足 | too few"
    shown = cells(frame_html(rows[["code", "rate", "violation_rate", known]]))
    assert shown[0:3] == ["P01", "12.5%", few]
    assert shown[4:7] == ["P02", few, "50.0%"]
    assert shown[8:11] == ["P03", few, "–"]


def test_a_violation_rate_of_nothing_in_a_row_of_all_designs_is_a_dash():
    """0 of 0 is hidden by no rule: such rows have no reliability."""
    rows = pd.DataFrame({"rate": [0.5], "violation_rate": [None], "reliability": [None]}).astype(
        {"violation_rate": float}
    )
    assert cells(frame_html(rows)) == ["50.0%", "–", "–"]


def test_every_column_is_shown_under_its_name_and_a_card_says_it():
    rows = pd.DataFrame({f"c{n}": [n] for n in range(40)})  # pandas itself leaves out columns beyond twenty
    html = frame_html(rows)
    assert '<th scope="col">c39</th>' in html
    assert html.count("<th ") == 40 and 'data-label="c39"' in html and "..." not in html


def test_what_is_no_share_is_shown_as_a_number_and_days_as_days():
    rows = pd.DataFrame({"high": [120.5], "n": [12345], "day": [date(2026, 6, 30)], "names": [["铅", "镉"]]})
    assert cells(frame_html(rows)) == ["120.5", "12,345", "2026-06-30", "铅；镉"]


def test_a_column_is_a_share_by_the_unit_of_its_contract_whatever_its_values_are():
    labels.learn("SELECT * FROM gold.quality_index")
    ranks = pd.DataFrame({"rank_low": [1.0, 0.0], "low": [1.0, 1.0], "goal_high": [0.5, 1.0]})
    assert cells(frame_html(ranks)) == ["1", "1.0", "0.5", "0", "1.0", "1"]
    labels.learn("SELECT * FROM gold.detection_rate")
    limits = pd.DataFrame({"ci_low": [0.25], "yoy_low": [0.5], "rate": [0.25], "own_share": [0.5]})
    assert cells(frame_html(limits)) == ["25.0%", "+0.5", "25.0%", "50.0%"]
    labels.learn(
        "SELECT * FROM gold.lab_performance"
    )  # states no unit of these: limits are named as their share
    found = pd.DataFrame({"found_share": [0.5], "found_high": [0.75], "ratio_high": [0.75]})
    assert cells(frame_html(found)) == ["50.0%", "75.0%", "0.75"]


@pytest.mark.parametrize(
    ("share", "shown"), [(0.1225, "12.3%"), (-0.0005, "−0.1%"), (None, "–"), (float("inf"), "inf%")]
)
def test_a_share_reads_in_a_notebook_as_on_a_page(share: float | None, shown: str):
    rows = pd.DataFrame({"rate": [share, 0.5]}, dtype=float)
    assert cells(frame_html(rows))[0] == percent(share) == shown
    if share != float("inf"):
        assert page_percent(share) == shown
    assert percent(0.12345, digits=2) == "12.35%" and percent(0.125, digits=0) == "13%"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        *(
            (12345.6, "12,346"),
            (23456.0, "23,456"),
            (-1234.5, "−1,235"),
            (0.05, "0.05"),
            (-0.00012345, "−0.0001235"),
        ),
        *((1.0, "1"), (0.0, "0"), (2.00125, "2.001"), (9.9995, "10"), (1e20, "1e+20"), (float("inf"), "inf")),
    ],
)
def test_a_number_has_four_digits_rounded_half_up_and_no_exponent(value: float, shown: str):
    assert cells(frame_html(pd.DataFrame({"x": [value]}))) == [shown]


def test_points_and_p_values_read_in_a_notebook_as_on_a_page():
    labels.learn("SELECT * FROM gold.quality_index JOIN gold.weak_point USING (dimension_code)")
    rows = pd.DataFrame({"score": [75.25], "cost": [-0.25], "p_adjusted": [0.0002], "p": [0.0125]})
    assert cells(frame_html(rows)) == ["75.3", "−0.3", "&lt; 0.001", "0.013"]
    labels.learn("SELECT * FROM gold.detection_rate")
    assert cells(frame_html(pd.DataFrame({"yoy_pp": [-0.25, 1.25]}))) == ["−0.3", "+1.3"]


def test_an_axis_has_its_numbers_without_an_exponent_and_with_a_minus_sign():
    rows = pd.DataFrame({"name": ["a", "b"], "x": [-2e6, 3e6]})
    drawn = bars(rows, name="name", value="x", title="t").data
    assert ">−2,000,000<" in drawn and ">2,000,000<" in drawn and "e+" not in drawn


def test_a_named_index_is_a_column_and_another_is_left_out():
    rows = pd.DataFrame({"n": [1]}, index=pd.Index(["P01"], name="code"))
    assert cells(frame_html(rows)) == ["P01", "1"] and cells(frame_html(rows.reset_index(drop=True))) == ["1"]


def test_values_from_feeds_are_text_and_long_frames_say_how_long_they_are():
    rows = pd.DataFrame({"name": ["<script>alert(1)</script>"] * (MOST + 1)})
    html = frame_html(rows)
    assert "<script>" not in html and "&lt;script&gt;" in html and f"{MOST} / {MOST + 1}行" in html


def test_a_column_is_named_as_in_the_contract_of_the_table_asked_for_and_as_code_in_its_title():
    labels.learn("SELECT low FROM gold.quality_index JOIN gold.no_such_table USING (low)")
    contract, _ = read_contract(SCHEMAS / "gold" / "quality_index.odcs.yaml")
    assert contract is not None
    name = contract.column("low").name_zh
    html = frame_html(pd.DataFrame({"low": [61.5], "judged": [40]}))
    assert f'<th scope="col" title="low"><span lang="zh-CN">{name}</span><br>' in html
    assert 'title="judged"' in html and "已判定批次" in html and "Batches judged" in html
    assert f'data-label="{name} Lower limit"' in html  # of the card on a narrow page


def test_a_turned_frame_keeps_the_names_of_its_columns():
    labels.learn("SELECT n_tested FROM gold.detection_rate")
    html = frame_html(pd.DataFrame({"n_tested": [40]}, index=pd.Index(["probability"], name="design")).T)
    first, second = cells(html)
    assert TURNED in html and "完成检验" in first and second == "40"


def test_a_chart_names_a_unit_in_both_languages_uncut():
    name = "平台14（合成） | Platform 14 (synthetic)"
    rows = pd.DataFrame({"name": [name], "rate": [0.2], "low": [0.1], "high": [0.3]})
    assert f">{name}<" in intervals(rows, name="name", value="rate", low="low", high="high", title="t").data


def test_a_turned_frame_writes_shares_as_per_cent_and_counts_as_they_are():
    columns = pd.DataFrame({"n_tested": [40, 8], "rate": [0.125, None], "reliability": ["A", "insufficient"]})
    assert cells(frame_html(columns.set_axis(["P01", "P02"]).T))[1::3] == ["40", "12.5%", "A"]
    assert cells(frame_html(columns.set_axis(["P01", "P02"]).T))[2::3] == ["8", "–", "insufficient"]

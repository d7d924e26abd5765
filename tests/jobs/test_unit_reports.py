"""Reports of platforms, regions, categories and clusters: words are the row's own numbers, ranks those of
comparable peers."""

from __future__ import annotations

import math
import re
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from jobs.marts.overview.unit_items import CHANGES, DAYS, FIGURES, ITEMS, PER_10000, POINTS, SHARE
from jobs.marts.overview.unit_report import report
from jobs.marts.overview.unit_words import COUNTED, NAMES, Figure, Peers, sentence, shown
from jobs.methods import intervals

PEERS = Peers("平台", "platforms")
NONE = (math.nan,) * 5


def numbers(text: str) -> list[str]:
    """The figures of a sentence, without its name."""
    return re.findall(
        r"\d[\d,]*\.?\d*", text.split("：" if "：" in text else "为" if "为" in text else ": ", 1)[-1]
    )


def rows(
    item: str, *values: tuple, start: date = date(2026, 1, 1), nation: float = 2.0, precise: bool = True
) -> pd.DataFrame:
    """Figures of units a, b, c, … : (value, low, high, n, n_events), all of them below the nation's."""
    made = [
        ("year", start, chr(97 + i), item, *v, not math.isnan(v[0]), precise) for i, v in enumerate(values)
    ]
    return pd.DataFrame(made, columns=FIGURES).assign(nation=nation)


@pytest.mark.parametrize("item", ITEMS)
def test_every_item_is_named_and_told_with_its_very_numbers(item):
    kind = ITEMS[item]
    value, low, high = {
        SHARE: (0.0845, 0.05125, 0.1305),
        PER_10000: (20.05, 12.2, 30.9),
        DAYS: (4, 3, 6.5),
        POINTS: (71.25, 66.1, 75),
    }[kind.unit]
    zh, en = sentence(
        Figure(item, kind.unit, kind.basis, value, low, high, 12345, 678, True, 3, 9, *NONE[:3]), PEERS
    )
    figures = [str(shown(v, kind.unit)) for v in (value, low, high)] + ["12,345"]
    for text, name in ((zh, NAMES[item][0]), (en, NAMES[item][1][1:])):
        assert name in text and text[-1] in "。."
        assert [f for f in figures if f not in numbers(text)] == []
    assert ("678" in zh) == bool(COUNTED[kind.basis][2])


def test_a_figure_is_rounded_half_up_from_its_shortest_decimal():
    assert [shown(v, SHARE) for v in (0.0845, 0.12249, 0.1225, 0.0005)] == [
        Decimal("8.5"),
        Decimal("12.2"),
        Decimal("12.3"),
        Decimal("0.1"),
    ]


def test_nothing_failed_is_below_a_limit_and_never_none():
    zh, en = sentence(
        Figure("exposure_rate", SHARE, "probability", 0.0, math.nan, 0.0002, 9000, 0, True, *NONE), PEERS
    )
    assert "低于0.1%" in zh and "below 0.1%" in en and " 0.0%" not in en


def test_no_complaint_is_below_a_limit_as_on_the_page_of_the_unit():
    figure = Figure("complaint_rate", PER_10000, "complaints", 0.0, 0.0, 7.68, 4800, 0, True, *NONE)
    zh, en = sentence(figure, PEERS)
    assert zh == "万单投诉率低于7.7件（订单4,800单，质量投诉0件）。"
    assert en == "Complaint rate: below 7.7 (4,800 orders, 0 quality complaints)."


def test_a_finding_rate_says_that_it_is_not_the_markets_and_has_no_rank():
    made = report(
        [rows("finding_rate", (0.4, 0.3, 0.5, 80, 32), (0.2, 0.1, 0.3, 80, 16))],
        PEERS,
        dict.fromkeys("ab", "x"),
    )
    assert (
        made["rank"].isna().all()
        and made["text_zh"].str.contains("不代表市场").all()
        and made["text_en"].str.contains("not the market").all()
    )


def test_where_only_units_outside_the_reference_have_figures_the_report_is_empty():
    assert report([rows("finding_rate", (0.4, 0.3, 0.5, 80, 32))], PEERS, {"elsewhere": "x"}).empty


def test_ranks_compare_what_is_shown_and_the_best_is_first_in_either_direction():
    low_best = rows(
        "exposure_rate",
        (0.0511, 0, 1, 99, 5),
        (0.0514, 0, 1, 99, 5),
        (0.09, 0, 1, 99, 9),
        (math.nan,) * 3 + (9, 1),
    )
    high_best = rows(
        "closed_share",
        (0.5, 0.4, 0.6, 99, 5),
        (0.7, 0.6, 0.8, 99, 5),
        (0.6, 0.5, 0.7, 99, 9),
        (math.nan,) * 3 + (9, 1),
    )
    made = report([low_best, high_best], PEERS, dict.fromkeys("abcd", "x")).set_index(
        ["item", "dimension_code"]
    )
    assert made["rank"]["exposure_rate"].fillna(0).tolist() == [1, 1, 3, 0]
    assert made["rank"]["closed_share"].fillna(0).tolist() == [3, 1, 2, 0]
    assert made["n_ranked"]["exposure_rate"].fillna(0).tolist() == [3, 3, 3, 0]


def test_a_unit_whose_limits_hold_the_nations_figure_has_no_rank_and_keeps_its_place_in_the_count():
    made = report(
        [
            rows(
                "exposure_rate",
                (0.02, 0.01, 0.03, 99, 2),
                (0.05, 0.03, 0.08, 99, 5),
                (0.09, 0.07, 0.12, 99, 9),
                nation=0.05,
            )
        ],
        PEERS,
        dict.fromkeys("abc", "x"),
    )
    assert made["rank"].fillna(0).tolist() == [1, 0, 3]
    assert made["n_ranked"].fillna(0).tolist() == [3, 0, 3]
    assert ["rank" in text for text in made["text_en"]] == [True, False, True]


def test_without_a_figure_of_the_nation_nobody_is_ranked_nor_is_what_is_not_precise():
    alone = rows("exposure_rate", (0.02, 0.01, 0.03, 99, 2), (0.09, 0.07, 0.12, 99, 9), nation=math.nan)
    wide = rows("closed_share", (0.5, 0.4, 0.6, 99, 5), (0.7, 0.6, 0.8, 99, 5), precise=False)
    assert report([alone, wide], PEERS, dict.fromkeys("ab", "x"))["rank"].isna().all()


def test_a_unit_that_is_not_on_the_list_moves_nobodys_rank():
    both = rows("exposure_rate", (0.05, 0, 1, 99, 5), (0.01, 0, 1, 99, 1), (0.09, 0, 1, 99, 9))
    made = report(
        [both.assign(dimension_code=["a", "unknown", "c"])], PEERS, {"a": "x", "unknown": "x", "c": "x"}
    )
    assert made[["dimension_code", "rank"]].to_numpy().tolist() == [["a", 1], ["c", 2]]


def test_a_change_is_told_as_one_only_where_its_limits_do_not_hold_zero():
    before = rows("closed_share", (0.5, 0.4, 0.6, 99, 50), (0.5, 0.4, 0.6, 99, 50), start=date(2025, 1, 1))
    now = rows("closed_share", (0.8, 0.71, 0.87, 99, 79), (0.55, 0.45, 0.65, 99, 54))
    made = (
        report([before, now], PEERS, dict.fromkeys("ab", "x"))
        .set_index(["period_start", "dimension_code"])
        .loc[date(2026, 1, 1)]
    )
    expected = 100 * np.array(intervals.mover(0.8, 0.71, 0.87, 0.5, 0.4, 0.6))
    assert np.allclose(made.loc["a", CHANGES].astype(float), [30, *expected])
    assert (
        "比上年同期上升30.0个百分点" in made.loc["a", "text_zh"]
        and "no significant change" in made.loc["b", "text_en"]
    )
    assert made.loc["b", "change_low"] < 0 < made.loc["b", "change_high"]


def test_a_report_of_nothing_is_an_empty_table():
    assert report([rows("finding_rate")], PEERS, {"a": "x"}).empty

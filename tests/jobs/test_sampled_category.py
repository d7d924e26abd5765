"""Signals in the words of alerts abroad: which lead to a category in which samples are bought, and why the
others do not."""

from __future__ import annotations

import pandas as pd
from risk_frames import hazards, nothing, signals

from jobs.marts.risk.sampled_category import sampled_category
from jobs.marts.sampling.sampling_proposal import SIGNAL_BATCHES, signalled

CATEGORIES = pd.DataFrame(
    [
        ("FD", None, "食品", "Food"),
        ("TY", None, "玩具", "Toys"),
        ("TY01", "TY", "毛绒玩具", "Soft toys"),
        ("TY02", "TY", "气球", "Soft toys"),  # a second of that name: the first by its code counts
    ],
    columns=["category_code", "parent_code", "name_zh", "name_en"],
)
ALERTS = pd.DataFrame(
    [
        (" Nuts ", "FD"),  # a code of level 1 beside the words
        ("nuts", None),  # not every alert has one
        ("soft toys", "FD"),  # a category of that name goes before the code beside the words
        ("毛绒玩具", None),
        ("gadgets", None),  # no code at all
        ("balloons", "TY"),
        ("balloons", "FD"),
        ("own-7", None),
        (None, "TY01"),
    ],
    columns=["category_text", "category_code"],
)


def test_words_of_an_alert_lead_to_a_category_or_say_why_not():
    expected = {
        "TY01": ("TY01", None),
        "nuts": ("FD", None),
        "soft toys": ("TY01", None),
        "毛绒玩具": ("TY01", None),
        "gadgets": (None, "not_in_reference"),
        "balloons": (None, "several_categories"),
        "unknown": (None, "not_stated"),
        "kept-3": ("kept-3", None),  # a code that its source keeps, in no alert
        None: (None, None),  # a brand
    }
    asked = pd.Series([*expected], index=range(5, 5 + len(expected)), dtype=object)
    for alerts, categories in ((ALERTS, CATEGORIES), (ALERTS[::-1], CATEGORIES[::-1])):
        found = sampled_category(asked, categories, alerts)
        assert found.index.equals(asked.index)
        assert [*found.itertuples(index=False, name=None)] == [*expected.values()]


def test_a_deployment_without_alerts_or_categories_has_each_code_for_itself():
    found = sampled_category(pd.Series(["X"]), nothing("product_category"), nothing("overseas_alert"))
    assert found.to_numpy().tolist() == [["X", None]]


def test_a_signal_in_words_of_an_alert_is_listed_and_buys_samples_where_its_words_lead():
    """Nuts and gadgets are named with choking far more often than other goods are."""
    rows = [(w, c, h, "alert", 4) for w in range(30) for c in "XYZUV" for h in ("fire", "cuts")]
    rows += [(w, c, "choking", "alert", 6) for w in range(30) for c in ("nuts", "gadgets")]
    rows += [(w, "Y", "choking", "alert", 0) for w in range(30)]
    found = signals(
        nothing("risk_count"), hazard_count=hazards(rows), product_category=CATEGORIES, overseas_alert=ALERTS
    )
    said = found.drop_duplicates("category_code").set_index("category_code")
    assert said.loc["nuts", ["sampled_category", "unmapped_reason"]].tolist() == ["FD", None]
    assert said.loc["gadgets", ["sampled_category", "unmapped_reason"]].tolist() == [None, "not_in_reference"]
    cells = pd.DataFrame({"platform_code": ["P1", "P1"], "category_code": ["FD", "TY"], "units_sold": [9, 9]})
    news = said.loc[["nuts", "gadgets"]].assign(state="open", news="first")
    assert signalled(cells, news, CATEGORIES).tolist() == [SIGNAL_BATCHES, 0]

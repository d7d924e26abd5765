"""The preview of a platform's index: points are those of the index built anew with one matter in order."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from index_frames import NOW, indicators_of, inputs, market
from index_units import references, with_base

from jobs.contracts.catalog import load_catalog
from jobs.contracts.schema import arrow_schema
from jobs.exchange.pages.columns import headings
from jobs.exchange.scores import (
    COUNTED,
    ITEM,
    MOVERS,
    PAST,
    SCORE,
    SHARES,
    _borrowed,
    open_items,
    score_preview,
)
from jobs.marts.quality_index import quality_index
from jobs.period import Period
from jobs.reports.confidential import KEY, PER_ORDER
from jobs.reports.procedure import STATUS
from jobs.reports.wording import WITHHELD, coded

CATALOG = load_catalog()
NO_FLAGS = pd.DataFrame(columns=[*KEY, "confidential"])
RECIPIENTS = ("platform_P2", "platform_P1")
SILENT = "P2-2026-05-01"  # an order to take down that P2 did not acknowledge
RATE = {
    "design": "probability",
    "region_role": "",
    "dimension_type": "platform",
    "dimension2_type": "",
    "dimension2_code": "",
    "n_sampled": 100,
    "n_tested": 100,
    "n_conforming": 90,
    "n_nonconforming": 10,
    "exposure_rate": 0.1,
    "exposure_low": 0.05,
    "exposure_high": 0.17,
    "shrunk_exposure_rate": 0.1,
    "shrunk_low": 0.06,
    "shrunk_high": 0.16,
}


def frame(table: str, *rows: dict[str, Any]) -> pd.DataFrame:
    """Rows typed as the table's."""
    schema = arrow_schema(CATALOG.contracts[table])
    return pa.Table.from_pylist(list(rows), schema=schema).to_pandas(date_as_object=True)


NONE_WEAK = frame("gold.weak_point")


def built(*, acknowledged: bool, **more: list[dict[str, Any]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Indicators and index of the market of which P2 left one order unanswered, or did not; ``more``: rows of
    other tables."""
    rows = market() | more
    for row in rows["control"]:
        if f"{row['platform_code']}-{row['month']}" == SILENT:
            row["acknowledged"] = acknowledged
    rows["detection_rate"] = [
        RATE | {"period_type": kind, "period_start": start, "dimension_code": code}
        for kind, start in (("quarter", date(2026, 4, 1)), ("month", date(2026, 6, 1)))
        for code in ("P1", "P2")
    ]
    given = inputs(rows)
    indicator = indicators_of(given)
    refs = references()
    named = {name: refs[name] for name in ("goalpost", "index_weight", "index_method", "product_category")}
    return indicator, with_base(
        quality_index.build, quality_index_indicator=indicator, **named, period=Period(NOW)
    )


def taken_down(day: date) -> dict[str, Any]:
    place = {"platform_code": "P2", "category_code": "HA01", "seller_region_code": "330106"}
    orders = {"sample_id": "late", "takedown_ordered_on": date(2026, 5, 11), "taken_down_on": day}
    return {"sampling_lifecycle": [place | orders]}


def answered(met: int) -> dict[str, Any]:
    place = {"platform_code": "P2", "category_code": "HA01", "region_code": "330106"}
    return {"complaint_service": [place | {"month": date(2026, 5, 1), "n_due": 3, "n_met": met}]}


@pytest.mark.slow  # quick: the points of a matter, below
@pytest.mark.parametrize(
    ("indicator", "kind", "late", "in_time"),
    [
        ("takedown_on_time", "late_takedown", taken_down(date(2026, 6, 20)), taken_down(date(2026, 5, 12))),
        ("complaints_on_time", "late_complaint", answered(2), answered(3)),
    ],
)
def test_the_only_late_case_in_order_makes_the_duty_one_that_is_met_in_every_case(
    indicator, kind, late, in_time
) -> None:
    """What is met in every case is set aside where it lowers the index, so that the points of the last late
    case are those of the index built anew, set aside or not."""
    rows, before = built(acknowledged=True, **late)
    anew, after = built(acknowledged=True, **in_time)
    status = anew[anew["dimension_code"].eq("P2") & anew["indicator"].eq(indicator)]["status"]
    assert "set_aside" in set(status), "else the case shows nothing"
    item = ("P2", indicator, kind, "late", date(2026, 5, 18), date(2026, 5, 18), None, None)
    refs = references()
    named = {name: refs[name] for name in ("goalpost", "index_weight", "index_method", "product_category")}
    items = pd.DataFrame([item], columns=ITEM)
    sent = score_preview(
        indicator=rows, weak=NONE_WEAK, references=named, items=items, platforms={"P2"}, flags=NO_FLAGS
    )
    moved = next(p.rows for p in sent if p.kind is MOVERS)
    own = moved[moved["period_type"].eq("quarter")]
    rise = quarter(after, "P2") - quarter(before, "P2")
    assert rise > 0 and own["points"].tolist() == pytest.approx([rise], abs=5e-5)


def quarter(index: pd.DataFrame, code: str) -> float:
    own = index[index["dimension_code"].eq(code) & index["period_type"].eq("quarter")]
    return float(own.sort_values("period_start")["score"].iloc[-1])


@pytest.fixture(scope="module")
def sent() -> dict[tuple[str, str], pd.DataFrame]:
    indicator, _ = built(acknowledged=False)
    items = pd.DataFrame(
        [
            ("P2", "data_filed", "unacknowledged_order", f"XJ-{SILENT}", date(2026, 5, 9), None, None, None),
            ("P2", "data_filed", "unacknowledged_order", "XJ-old", date(2025, 5, 9), None, None, None),
            ("P1", "standards_valid", "invalid_citation", "L1", date(2026, 5, 20), None, None, None),
            ("P1", "standards_valid", "invalid_citation", "L2", date(2026, 7, 1), None, None, None),
        ],
        columns=ITEM,
    )
    refs = references()
    named = {name: refs[name] for name in ("goalpost", "index_weight", "index_method", "product_category")}
    free = indicator[KEY].drop_duplicates().assign(confidential=False)  # P1 alone is secret
    found = score_preview(
        indicator=indicator,
        weak=NONE_WEAK,
        references=named,
        items=items,
        platforms={"P1", "P2"},
        flags=free[free["dimension_code"].eq("P2")],
    )
    return {(p.recipient, p.kind.name): p.rows for p in found}


def test_the_points_of_a_matter_are_those_by_which_the_published_index_rises_once_it_is_closed(sent) -> None:
    rows = sent["platform_P2", MOVERS.name]
    own = rows[rows["period_type"].eq("quarter")]
    assert own["item_id"].tolist() == [f"XJ-{SILENT}"]  # the old one lies in no period of the preview
    before, after = (quarter(built(acknowledged=done)[1], "P2") for done in (False, True))
    assert after > before and own["points"].iloc[0] == pytest.approx(after - before, abs=5e-5)
    assert own[["counts", "basis"]].iloc[0].tolist() == ["same_period", "exact"]


def test_points_of_two_matters_are_given_together_too_as_those_of_each_do_not_add_up() -> None:
    """Of two failing batches each had +15.1 points in proportion, though the whole indicator could add 24.9:
    a reader who adds them up gets 30.2."""
    indicator, _ = built(acknowledged=False)
    mine = indicator["dimension_code"].eq("P2") & indicator["indicator"].eq("exposure_rate")
    failed = indicator.loc[mine & indicator["period_type"].eq("quarter"), "numerator"].max()
    day = date(2026, 5, 9)
    items = pd.DataFrame(
        [
            ("P2", "exposure_rate", "failing_batch", f"YP-{n}", day, None, None, None)
            for n in range(int(failed))
        ]
        + [("P2", "data_filed", "unacknowledged_order", f"XJ-{SILENT}", day, None, None, None)],
        columns=ITEM,
    )
    refs = references()
    named = {name: refs[name] for name in ("goalpost", "index_weight", "index_method", "product_category")}
    made = score_preview(
        indicator=indicator, weak=NONE_WEAK, references=named, items=items, platforms={"P2"}, flags=NO_FLAGS
    )
    rows = {p.kind.name: p.rows[p.rows["period_type"].eq("quarter")] for p in made}
    full = rows[SCORE.name].set_index("indicator")["points_to_gain"]
    moved = rows[MOVERS.name]
    batches = moved[moved["indicator"].eq("exposure_rate")]
    assert len(batches) == failed > 1 and batches["points_together"].nunique() == 1
    together = batches["points_together"].iloc[0]
    assert batches["points"].max() < together == pytest.approx(full["exposure_rate"], abs=0.005)
    assert abs(batches["points"].sum() - together) > 0.005, "else the case shows nothing"
    alone = moved[moved["indicator"].eq("data_filed")]
    assert alone["points"].tolist() == alone["points_together"].tolist()
    heads = headings(MOVERS, CATALOG)
    assert "不可相加" in heads["points"].zh and "not to be added" in heads["points"].en


def test_a_corrected_citation_counts_in_each_month_of_an_ended_period_from_its_first_day(
    sent,
) -> None:
    """Silver keeps one text of a page: its months are computed anew with the corrected one. L1 was put up in
    May, the second month of the quarter; L2, put up after the quarter, has no part in it."""
    rows = sent["platform_P1", MOVERS.name]
    own = rows[rows["period_type"].eq("quarter")]
    assert own["item_id"].tolist() == ["L1"]
    assert own[["counts", "basis"]].iloc[0].tolist() == ["same_period", "exact"]
    corrected = market()["standard_coverage"]
    for row in corrected:
        if row["platform_code"] == "P1" and row["month"] >= date(2026, 5, 1):
            row["n_standard_valid"] += 1
    before, after = (
        quarter(built(acknowledged=False, **more)[1], "P1") for more in ({}, {"standard_coverage": corrected})
    )
    assert after > before and own["points"].iloc[0] == pytest.approx(after - before, abs=5e-5)


def test_a_citation_counts_from_the_day_on_which_the_page_cited_what_does_not_hold() -> None:
    listed, ended = date(2026, 3, 1), date(2026, 5, 10)
    page = {"platform_code": "P1", "number": "GB 1-2001", "standard_no": "GB 1-2001", "listed_on": listed}
    pages = [
        page | {"listing_id": "before", "status": "superseded", "since": ended},
        page | {"listing_id": "after", "status": "withdrawn", "since": date(2020, 1, 1)},
        page | {"listing_id": "upcoming", "status": "upcoming", "since": date(2027, 1, 1)},
        page | {"listing_id": "unknown", "status": "superseded", "since": None},
        page | {"listing_id": "undated", "status": "superseded", "since": ended, "listed_on": None},
    ]
    empty = {
        "lifecycle": "gold.sampling_lifecycle",
        "sample": "silver.sample",
        "control": "silver.platform_control",
        "duty": "gold.platform_duty",
        "queue": "gold.work_queue",
        "calendar": "silver.calendar",
    }
    rows = {name: frame(table) for name, table in empty.items()}
    found = open_items(citation=frame("gold.standard_citation", *pages), day=date(2026, 6, 30), **rows)
    assert dict(zip(found["item_id"], found["on"], strict=True)) == {
        "before": ended,
        "after": listed,
        "upcoming": listed,
        "unknown": listed,
    }


def test_every_answer_to_when_a_matter_counts_has_a_name_of_a_period_and_no_other_is_sent() -> None:
    """All periods of the preview have ended: what counts "next month" would count in none of them."""
    assert {*COUNTED.values(), PAST} == set(coded("score_counts"))
    assert all(row.zh not in ("下月", "本期", "下期") for row in coded("score_counts").values())


def test_a_share_that_is_not_that_of_the_platforms_own_counts_is_marked_as_borrowed(sent) -> None:
    rows = sent["platform_P2", SCORE.name]
    own = rows[rows["period_type"].eq("quarter")].set_index("indicator")
    counted = own[own["value"].notna() & own.index.isin(SHARES)]
    assert len(counted) and not counted["borrowed"].astype(bool).any()
    assert own.loc[own["value"].isna() | own.index.isin(["exposure_rate"]), "borrowed"].isna().all()
    row = {"indicator": "serious_rate", "value": 0.046, "numerator": 2.0, "denominator": 4.0}
    assert _borrowed(row) is True and _borrowed(row | {"value": 0.5}) is False


def test_a_takedown_is_late_once_the_day_is_over_by_which_the_index_counts_it() -> None:
    """No law names that day, so that the work queue has none. 29 June 2026 and five working days: 6 July."""
    ordered, due = date(2026, 6, 29), date(2026, 7, 6)
    life = {"platform_code": "P1", "takedown_ordered_on": ordered, "outcome": "nonconforming"}
    lifecycle = [
        life | {"sample_id": "open"},
        life | {"sample_id": "down", "taken_down_on": date(2026, 7, 20)},
        life | {"sample_id": "unordered", "takedown_ordered_on": None},
        life
        | {"sample_id": "unknown", "takedown_ordered_on": date(2031, 6, 30)},  # no working days announced
    ]

    def late(day: date) -> list[tuple[str, date, date]]:
        found = open_items(
            lifecycle=frame("gold.sampling_lifecycle", *lifecycle),
            sample=frame("silver.sample"),
            control=frame("silver.platform_control"),
            duty=frame("gold.platform_duty"),
            queue=frame("gold.work_queue"),
            calendar=frame("silver.calendar"),
            citation=frame("gold.standard_citation"),
            day=day,
        )
        rows = found[found["item_kind"].eq("late_takedown")]
        assert rows["indicator"].eq("takedown_on_time").all()
        return list(rows[["item_id", "on", "due"]].itertuples(index=False, name=None))

    assert late(due) == []
    assert late(date(2026, 7, 7)) == [("open", due, due)]


def test_a_month_without_all_data_says_which_were_not_filed_and_how_none_to_report_is_filed() -> None:
    month = {"platform_code": "P1", "n_kinds_due": 3, "orders_filed": 1, "reviews_filed": 1}
    duty = [
        month | {"month": date(2026, 4, 1), "n_kinds_filed": 2, "controls_filed": 0},
        month | {"month": date(2026, 5, 1), "n_kinds_filed": 1, "controls_filed": 1, "reviews_filed": 0},
        month | {"month": date(2026, 6, 1), "n_kinds_filed": 3, "controls_filed": 1},
    ]
    duty[1]["orders_filed"] = 0
    empty = {
        "lifecycle": "gold.sampling_lifecycle",
        "sample": "silver.sample",
        "control": "silver.platform_control",
        "queue": "gold.work_queue",
        "calendar": "silver.calendar",
        "citation": "gold.standard_citation",
    }
    rows = {name: frame(table) for name, table in empty.items()}
    found = open_items(duty=frame("gold.platform_duty", *duty), day=date(2026, 7, 11), **rows)
    assert found["item_id"].tolist() == ["2026-04-01", "2026-05-01"]
    april, may = found.to_dict("records")
    assert april["lacking_zh"].startswith("管控") and "自查" in april["lacking_zh"]
    assert april["lacking_en"].startswith("controls") and "self-inspection" in april["lacking_en"]
    assert (may["lacking_zh"], may["lacking_en"]) == ("订单、评价", "orders, reviews")


def test_a_rate_per_order_has_its_value_and_score_where_the_orders_are_free_else_the_reason(sent) -> None:
    """Such rates were blank for all, though scored with a gain, and nothing said why."""
    free, secret = (sent[name, SCORE.name].set_index(["period_type", "indicator"]) for name in RECIPIENTS)
    indicator, _ = built(acknowledged=False)
    own = indicator[indicator["dimension_code"].eq("P2") & indicator["period_type"].eq("quarter")]
    at = own.sort_values("period_start").groupby("indicator").last()
    for name in PER_ORDER:
        row, whole = free.loc[("quarter", name)], at.loc[name]
        assert row["value"] == whole["value"]
        assert row["estimate"] == float(f"{whole['estimate']:.2g}")  # as pages have it in weak points
        assert row["score"] == round(whole["score"], 1) and row["reason_zh"] is None
        row = secret.loc[("quarter", name)]
        assert pd.isna(row["value"]) and pd.isna(row["estimate"]) and pd.isna(row["score"])
        assert (row["reason_zh"], row["reason_en"]) == (WITHHELD.zh, WITHHELD.en)
        assert row["points_to_gain"] == round(row["points_to_gain"], 1)


def test_every_indicator_that_lacks_a_value_or_a_score_says_why_and_no_other_does(sent) -> None:
    rows = pd.concat([sent[name, SCORE.name] for name in RECIPIENTS])
    lacks = rows[["value", "estimate", "score"]].isna().any(axis=1)
    assert lacks.any() and (rows["reason_zh"].notna() == lacks).all()
    assert (rows["reason_en"].notna() == lacks).all()
    assert set(rows.loc[lacks, "reason_zh"]) <= {WITHHELD.zh, *(said.zh for said in STATUS.values())}


def test_each_platform_gets_its_own_matters(sent) -> None:
    assert sent["platform_P1", MOVERS.name]["item_id"].unique().tolist() == ["L1"]
    stand = sent["platform_P1", SCORE.name].set_index(["period_type", "indicator"])
    assert stand.loc[("quarter", "standards_valid"), "points_to_gain"] > 0
    _, index = built(acknowledged=False)
    assert stand.loc[("quarter", "standards_valid"), "index_score"] == round(quarter(index, "P1"), 1)

"""What a platform is sent of its non-conforming listings: all that was notified, and nothing before."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa

from jobs.contracts.catalog import load_catalog
from jobs.contracts.schema import arrow_schema
from jobs.exchange.customs import for_customs
from jobs.exchange.findings import NONCONFORMING, nonconforming_listings
from jobs.exchange.outbox import described
from jobs.exchange.parcels import takedown_notices

CATALOG = load_catalog()
MAY, JUNE = date(2026, 5, 20), date(2026, 6, 1)
KNOWN = {"outcome": "nonconforming", "platform_code": "P1", "result_notified_on": JUNE}
VIOLATION = {"exit_kind": "violation", "exit_reason": "no_maker", "platform_code": "P1"}


def frame(table: str, *rows: dict[str, Any]) -> pd.DataFrame:
    """Rows typed as the table's."""
    schema = arrow_schema(CATALOG.contracts[table])
    return pa.Table.from_pylist(list(rows), schema=schema).to_pandas(date_as_object=True)


def failing(sample: str, item: str, verdict: str = "nonconforming") -> dict[str, Any]:
    return {
        "sample_id": sample, "item_code": item, "value_text": "0.3", "limit_high": "0.1",
        "standard_no": "GB 6675.1", "lab_verdict": verdict,
    }  # fmt: skip


def sent(*life: dict[str, Any]) -> dict[str, pd.DataFrame]:
    """What each platform gets, of samples A and B with two failing items and one of them."""
    results = frame(
        "silver.test_result", failing("A", "C02"), failing("A", "C01"), failing("A", "P06", "conforming"),
        failing("B", "C02"),
    )  # fmt: skip
    samples = frame(
        "silver.sample", *({"sample_id": s, "listing_id": f"L-{s}", "shop_id": f"S-{s}"} for s in "AB")
    )
    parcels = nonconforming_listings(frame("gold.sampling_lifecycle", *life), samples, results, {"P1", "P2"})
    return {parcel.recipient: parcel.rows for parcel in parcels}


def test_a_platform_gets_each_failing_item_of_its_own_listings_taken_down_or_not() -> None:
    down = {"takedown_state": "taken_down", "takedown_ordered_on": JUNE, "taken_down_on": date(2026, 6, 2)}
    rows = sent({"sample_id": "A", **KNOWN, **down}, {"sample_id": "B", **KNOWN, "platform_code": "P2"})
    assert set(rows) == {"platform_P1", "platform_P2"}
    shown = ["listing_id", "shop_id", "item_code", "value_text", "limit_high", "standard_no", "notified_on"]
    assert rows["platform_P1"][shown].values.tolist() == [
        ["L-A", "S-A", item, "0.3", "0.1", "GB 6675.1", JUNE] for item in ("C01", "C02")
    ]
    assert rows["platform_P1"]["taken_down_on"].tolist() == [date(2026, 6, 2)] * 2
    assert rows["platform_P2"]["listing_id"].tolist() == ["L-B"]
    assert rows["platform_P2"]["takedown_state"].isna().all()  # not ordered down yet


def test_a_finding_was_notified_on_the_earlier_of_delivery_and_announcement() -> None:
    rows = sent({"sample_id": "B", **KNOWN, "notified_by_announcement_on": MAY})
    assert rows["platform_P1"]["notified_on"].tolist() == [MAY]


def test_a_result_that_was_not_notified_or_was_overturned_reaches_no_platform() -> None:
    assert sent(
        {"sample_id": "A", **KNOWN, "result_notified_on": None, "takedown_ordered_on": JUNE},
        {"sample_id": "B", **KNOWN, "outcome": "conforming"},
    ) == {}  # fmt: skip
    assert sent({"sample_id": "A", **KNOWN, "platform_code": "X9"}) == {}  # a platform of no register
    assert sent() == {}


def test_a_violation_is_known_from_the_order_on_and_an_unnotified_test_beside_it_is_not() -> None:
    assert sent({"sample_id": "A", **VIOLATION}) == {}
    tested = {"sample_id": "A", **VIOLATION, "takedown_ordered_on": JUNE, "outcome": "nonconforming"}
    (row,) = sent(tested)["platform_P1"].to_dict("records")
    assert (row["item_code"], row["exit_reason"], row["notified_on"]) == ("", "no_maker", JUNE)
    assert pd.isna(row["value_text"]) and row["outcome"] is None


def test_every_column_has_a_meaning_in_both_languages_and_none_finds_the_buyer() -> None:
    assert all(row["zh"] and row["en"] for row in described(NONCONFORMING, CATALOG))
    assert not {"purchased_on", "ordered_on", "received_on", "sampling_order_id"} & set(NONCONFORMING.columns)


ORDERED = {"takedown_ordered_on": JUNE, "takedown_state": "ordered"}
LATE = date(2026, 6, 10)
LIFE = (
    {"sample_id": "A", "outcome": "nonconforming", "result_issued_on": MAY, "platform_code": "P1", **ORDERED},
    {"sample_id": "B", **KNOWN, "result_issued_on": MAY, "final_on": LATE, **ORDERED},
    # left before the test, and the notice was about that; a laboratory tested it all the same, afterwards
    {"sample_id": "C", **VIOLATION, **KNOWN, "exited_on": MAY, "result_issued_on": LATE, **ORDERED},
    # what the exit's notice was about, as its result was issued before
    {"sample_id": "D", **VIOLATION, **KNOWN, "exited_on": MAY, "result_issued_on": MAY, **ORDERED},
)


def samples() -> pd.DataFrame:
    return frame("silver.sample", *({"sample_id": s, "shop_id": "S", "listing_id": f"L-{s}"} for s in "ABCD"))


def said(rows: pd.DataFrame) -> dict[str, tuple[Any, ...]]:
    shown = rows[["outcome", "result_issued_on", "exit_reason"]].astype(object)
    return dict(
        zip(
            rows["sample_id"],
            shown.where(shown.notna(), None).itertuples(index=False, name=None),
            strict=True,
        )
    )


def test_an_order_to_take_down_says_no_result_that_its_parties_do_not_know() -> None:
    (parcel,) = takedown_notices(
        frame("gold.sampling_lifecycle", *LIFE), samples(), frame("silver.calendar"), {"P1"}
    )
    assert said(parcel.rows) == {
        "A": (None, None, None),
        "B": ("nonconforming", MAY, None),
        "C": (None, None, "no_maker"),
        "D": ("nonconforming", MAY, "no_maker"),
    }


def test_an_order_to_take_down_names_the_last_day_by_which_the_index_counts_it() -> None:
    """Five working days after 25 September 2026 (28 to 30 September, 8 and 9 October: the first week of
    October is free); where working days are not announced no day is named."""
    days = (date(2026, 9, 25), date(2031, 9, 25))
    life = [
        {"sample_id": s, **KNOWN, "takedown_ordered_on": day, "takedown_state": "ordered"}
        for s, day in zip("AB", days, strict=True)
    ]
    (parcel,) = takedown_notices(
        frame("gold.sampling_lifecycle", *life), samples(), frame("silver.calendar"), {"P1"}
    )
    due = dict(zip(parcel.rows["sample_id"], parcel.rows["takedown_due"], strict=True))
    assert due == {"A": date(2026, 10, 9), "B": None}


def test_customs_learn_of_no_result_before_its_parties_and_whether_it_is_final() -> None:
    nothing = {
        name: frame(f"{tier}.{table}")
        for name, tier, table in (
            ("inspection", "silver", "customs_inspection"),
            ("operator", "silver", "shop_operator"),
            ("match", "gold", "alert_match"),
            ("restriction", "gold", "joint_restriction"),
        )
    }
    abroad = frame("silver.platform", {"platform_code": "P1", "kind": "cross_border"})
    life = frame("gold.sampling_lifecycle", *LIFE)
    (parcel,) = for_customs(platform=abroad, lifecycle=life, sample=samples(), **nothing)
    assert said(parcel.rows) == {
        "B": ("nonconforming", MAY, None),
        "C": (None, None, "no_maker"),
        "D": ("nonconforming", MAY, "no_maker"),
    }
    assert dict(zip(parcel.rows["sample_id"], parcel.rows["final_on"], strict=True))["B"] == LATE
    assert parcel.rows["final_on"].isna().sum() == 2


def test_a_violation_of_which_the_exit_alone_was_notified_gives_no_failing_item() -> None:
    (rows,) = sent(LIFE[2] | {"sample_id": "A"}).values()
    assert rows["item_code"].tolist() == [""] and rows["outcome"].isna().all()
    assert rows["notified_on"].tolist() == [JUNE]

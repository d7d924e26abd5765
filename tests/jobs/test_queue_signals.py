"""Who looks into a risk signal, until when, and when that is done."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from sampling_frames import REGION, frames

from jobs.marts.overview.queue_signals import of_signals

TODAY = date(2026, 6, 30)
SEAT = "91330106Y91234669T"  # of 330106
TABLES = ("risk_signal", "platform", "brand", "region", "acknowledgement", "calendar")


def signal(kind: str, code: str, **more: Any) -> dict[str, Any]:
    platform = code.split("/")[0] if kind == "platform_category" else None
    about = {"platform_code": platform, "brand": code if kind == "brand" else None, "state": "open"}
    opened = {"opened_on": date(2026, 6, 15), "news": "risen", "news_on": date(2026, 6, 15)}
    return {"key_type": kind, "key_code": code} | opened | about | more


def tasks(*signals: dict[str, Any], **more: list[dict[str, Any]]) -> pd.DataFrame:
    rows: dict[str, list[dict[str, Any]]] = {
        "risk_signal": list(signals),
        "platform": [{"platform_code": "P1", "operator_uscc": SEAT}, {"platform_code": "P2"}],
        "brand": [{"brand_id": "b", "name_zh": "甲", "name_en": "Jia", "owner_uscc": SEAT}],
        "region": REGION,
        **more,
    }
    return of_signals(**frames(rows, TABLES), as_of=TODAY)


CONFIRMED = {"state": "confirmed", "closed_on": date(2026, 6, 22)}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (signal("category_hazard", "TY/fire"), [("look_into_signal", "authority", "CN")]),
        (signal("platform_category", "P1/TY"), [("look_into_signal", "authority", "330106")]),
        (signal("platform_category", "P2/TY"), [("look_into_signal", "authority", "CN")]),  # no seat known
        (signal("brand", "JIA"), [("look_into_signal", "authority", "330106")]),
        (signal("brand", "甲"), [("look_into_signal", "authority", "330106")]),
        (signal("brand", "OTHER"), [("look_into_signal", "authority", "CN")]),
        (signal("platform_category", "P1/TY", **CONFIRMED), [("look_into_own_signal", "platform", "P1")]),
        (signal("platform_category", "P9/TY", **CONFIRMED), []),  # no platform that takes part
        (signal("platform_category", "P1/TY", state="confirmed", closed_on=date(2026, 3, 1)), []),
        (signal("category_hazard", "TY/fire", **CONFIRMED), []),
        (signal("category_hazard", "TY/fire", news="usual", news_on=None), []),  # the plan covers it
        (signal("brand", "JIA", state="refuted", closed_on=date(2026, 6, 22)), []),
    ],
)
def test_the_regulator_of_the_seat_looks_into_an_open_signal_and_the_platform_into_a_confirmed_one(
    given: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    found = tasks(given)
    assert list(zip(found["task"], found["office_type"], found["office_code"], strict=True)) == expected
    assert found["due"].notna().all() and (found["rule_status"] == "house_rule").all()


def test_a_signal_that_became_news_is_looked_into_from_then_on() -> None:
    (found,) = tasks(signal("category_hazard", "TY/fire", opened_on=date(2026, 4, 13))).to_dict("records")
    assert (found["since"].date(), found["due"].date()) == (date(2026, 6, 15), date(2026, 7, 7))
    assert found["subject_id"] == "category_hazard/TY/fire/2026-04-13"


def test_brands_of_one_name_in_two_regions_have_no_seat() -> None:
    brands = [
        {"brand_id": "b", "name_en": "Jia", "owner_uscc": SEAT},
        {"brand_id": "c", "name_en": "JIA", "owner_uscc": None},
    ]
    assert tasks(signal("brand", "JIA"), brand=brands)["office_code"].tolist() == ["CN"]


def test_fifteen_working_days_are_counted_from_the_opening_or_the_confirmation() -> None:
    """Dragon Boat Festival: 19 June 2026."""
    found = tasks(signal("platform_category", "P1/TY"), signal("platform_category", "P1/CL", **CONFIRMED))
    due = dict(zip(found["subject_id"], found["due"].dt.date, strict=True))
    assert due == {
        "platform_category/P1/TY/2026-06-15": date(2026, 7, 7),
        "platform_category/P1/CL/2026-06-15": date(2026, 7, 13),
    }


@pytest.mark.parametrize(
    ("code", "status", "left"),
    [
        ("region_330000", "done", 0),
        ("330106", "done", 0),  # a district answers for its province
        ("region_330000", "received", 1),
        ("region_440000", "done", 1),
        ("platform_P1", "done", 1),
    ],
)
def test_a_signal_is_done_with_once_its_own_recipient_says_so(code: str, status: str, left: int) -> None:
    said = {"acknowledgement_id": "k", "item_id": "platform_category/P1/TY/2026-06-15", "status": status}
    answers = [said | {"recipient_code": code, "acknowledged_on": date(2026, 6, 20)}]
    assert len(tasks(signal("platform_category", "P1/TY"), acknowledgement=answers)) == left

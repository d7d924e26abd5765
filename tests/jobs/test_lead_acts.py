"""From which day on what a region did counts as acting on a lead: from the finding, never before it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from tracing_frames import batch, failing, leads, trace

FOUND = date(2026, 3, 20)  # issue of the failing conclusion of `failing`
BEFORE, AFTER = date(2026, 3, 19), date(2026, 4, 2)


def lead(**rows: list[dict[str, Any]]) -> pd.Series:
    """The lead about the seller, in 440106, of a batch x that was found to fail on FOUND."""
    sample = [batch("x", seller_region_code="440106")]
    found = trace(sample=sample, standing_conclusion=[failing("x")])
    made = leads(found, sample=sample, **rows).set_index("lead_id").loc["XS-J-x"]
    return made.where(made.notna(), None)


def disposal(name: str, kind: str, day: date, **more: Any) -> dict[str, Any]:
    return {"disposal_id": name, "kind": kind, "happened_on": day, "region_code": "440106"} | more


@pytest.mark.parametrize(
    ("days", "acted", "number"),
    [
        ([BEFORE], None, 0),  # a measure taken for another reason
        ([FOUND], FOUND, 1),
        ([BEFORE, AFTER], AFTER, 1),  # the earlier one hides the later one no more
    ],
)
def test_a_disposal_before_the_finding_is_no_act_on_its_lead(
    days: list[date], acted: date | None, number: int
):
    made = lead(disposal=[disposal(f"d{day}", "sealing", day, sample_id="x") for day in days])
    assert (made["acted_on"], made["accepted_on"], made["n_disposals"]) == (acted, acted, number)
    assert made["state"] == ("accepted" if acted else "assigned")
    assert made["last_disposal"] == ("sealing" if acted else None)


def test_a_disposal_of_a_listing_long_before_its_goods_were_reported_is_none_of_the_report():
    report = {
        "report_id": "r", "brand_id": "b", "platform_code": "P1", "shop_id": "S", "listing_id": "L",
        "finding": "counterfeit", "reported_on": date(2026, 3, 1), "verified_on": FOUND,
    }  # fmt: skip
    found = trace(counterfeit_report=[report])
    found.loc[found["hop"] == "operator", ["region_code", "break_reason"]] = ["440106", None]
    for day, number in ((BEFORE, 0), (AFTER, 1)):
        made = leads(
            found,
            counterfeit_report=[report],
            disposal=[disposal("d", "confiscation", day, listing_id="L")],
        ).set_index("lead_id")
        assert made.loc["XS-JF-r", ["region_code", "n_disposals"]].tolist() == ["440106", number]


@pytest.mark.parametrize(("answered", "acted"), [(BEFORE, None), (FOUND, FOUND), (AFTER, AFTER)])
def test_an_answer_before_the_finding_is_no_act_but_the_request_stays(answered: date, acted: date | None):
    asked = {"request_id": "Q", "sample_id": "x", "requested_on": date(2026, 3, 10)}
    asked |= {"from_region_code": "330106", "to_region_code": "440106", "answered_on": answered}
    made = lead(assistance_request=[asked])
    assert (made["acted_on"], made["request_answered_on"]) == (acted, answered)
    assert (made["request_id"], made["n_requests"]) == ("Q", 1)


@pytest.mark.parametrize(("opened", "acted"), [(BEFORE, FOUND), (AFTER, AFTER)])
def test_a_case_that_was_open_when_its_batch_was_found_to_fail_counts_from_that_day(
    opened: date, acted: date
):
    case = {"case_id": "c", "sample_id": "x", "region_code": "440106", "opened_on": opened}
    made = lead(enforcement_case=[case])
    assert (made["state"], made["case_opened_on"]) == ("case_opened", opened)
    assert (made["acted_on"], made["accepted_on"], made["accepted_by"]) == (acted, acted, "case")

"""What readers of a unit's page need to judge its figures: whose rate it is, what a tier says, what is left
to do about a restriction, when a lead was verified, and which period the parts are of."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from country_files import DAY

from jobs.reports.gathered import Gathered, gather
from jobs.reports.indexes import part_of
from jobs.reports.names import KINDS
from jobs.reports.numbers import DASH, Figure
from jobs.reports.pages.lead_rows import unit_leads
from jobs.reports.pages.loop import _lag, lags, not_notified
from jobs.reports.pages.restricted import of_platform
from jobs.reports.pages.unit import blocks
from jobs.reports.pages.units import _handed_over, page_makers
from jobs.reports.pages.verdict import verdict
from jobs.reports.rendering import render, template
from jobs.reports.site import shared_context
from jobs.reports.tracing import UNENDED
from jobs.reports.wording import TOO_FEW


def with_tables(known: Gathered, **tables: pd.DataFrame) -> Gathered:
    """The same night with other tables; ``tables``: gold__name → frame."""
    named = {name.replace("__", "."): rows for name, rows in tables.items()}
    return gather(replace(known.night, tables=dict(known.night.tables) | named))


def stands(known: Gathered, pooled: bool, published: bool) -> Any:
    """The verdict on a platform with too few batches, whose estimate is the common rate or its own."""
    code = "P01"
    name = known.names.of("platform", code)
    own = blocks(known, "platform", code, name)
    block = next(b for b in own if b.design == "probability")
    assert block.headline is not None and block.headline.head.value is not None
    row = block.headline.row | {"shrunk_pooled": pooled, "reliability": "insufficient"}
    few = Figure(TOO_FEW, DASH)
    head = replace(block.headline, row=row, estimate=block.headline.head, head=few)
    assert not head.reliable
    index = part_of(known, "platform", code, name)
    assert index is not None and index.row is not None
    index = replace(index, row=index.row | {"published": published})
    return verdict(known, "platform", code, [replace(block, headline=head)], index, None, []), head, index


@pytest.mark.parametrize(
    ("pooled", "published", "leads"), [(True, True, True), (False, True, False), (True, False, False)]
)
def test_a_unit_whose_estimate_is_the_common_rate_opens_with_its_index(known, pooled, published, leads):
    said, head, index = stands(known, pooled, published)
    assert said.value is not None and said.value.zh == (index.score if leads else head.estimate.text.zh)
    notes = " ".join(note.en for note in said.notes)
    assert ("their common rate" in notes) == pooled
    assert ("small-area estimate" in notes) == leads


def test_a_tier_says_how_many_share_it_and_how_many_have_none(known: Gathered) -> None:
    rows = known.night.frame("gold.quality_index")
    period = known.index_period
    assert period is not None
    mine = rows["dimension_type"].eq("platform") & rows["period_type"].eq(period[0])
    mine &= rows["period_start"].eq(period[1])
    first = rows[mine].iloc[[0]].assign(published=True, tier=1)
    peers = [
        first,
        *(first.assign(dimension_code=c, tier=t) for c, t in (("X1", 1), ("X2", 1), ("X3", None))),
    ]
    made = pd.concat([rows[~mine], *peers], ignore_index=True)
    code = first["dimension_code"].iloc[0]

    def tiers(frame: pd.DataFrame) -> str:
        later = with_tables(known, gold__quality_index=frame)
        part = part_of(later, "platform", code, later.names.of("platform", code))
        assert part is not None and part.tiers is not None
        return part.tiers.en

    assert tiers(made) == "all 3 units that have a tier are in it; 1 more has too few batches for one"
    other = made.assign(tier=made["tier"].mask(made["dimension_code"].eq("X1"), 2))
    assert tiers(other).startswith("2 of the 3 units with a tier are in it")


def test_a_restriction_names_its_number_its_duties_and_the_case_behind_a_penalty(known: Gathered) -> None:
    rows = known.night.frame("gold.joint_restriction")
    answers = known.night.frame("gold.restriction_response")
    life = known.night.frame("gold.sampling_lifecycle")
    sample = life.loc[life["outcome"].eq("nonconforming"), "sample_id"].iloc[0]
    one = rows[rows["shop_id"] == "S1"].assign(basis="penalty", basis_id="CF-1")
    quiet = answers[answers["shop_id"] == "S1"].assign(
        basis="penalty", basis_id="CF-1", acknowledged_on=None, last_ordered_on=None, ban_open=False
    )
    later = with_tables(
        known,
        gold__joint_restriction=one,
        gold__restriction_response=quiet,
        silver__penalty=pd.DataFrame({"penalty_id": ["CF-1"], "case_id": ["AJ-1"]}),
        silver__enforcement_case=pd.DataFrame({"case_id": ["AJ-1"], "sample_id": [sample]}),
    )
    found = of_platform(later, "P01")
    assert found is not None and found.n_stop == 1
    (shop,) = found.shops
    assert shop["duty"].en == "stop its sales and acknowledge" and shop["ground"] == "CF-1"
    assert shop["case"].startswith(("traces/", "plans/"))
    none = of_platform(with_tables(known, gold__joint_restriction=one), "P01")
    assert none is not None and [entry["case"] for entry in none.shops] == [""]


def test_a_shop_that_sells_against_its_measure_is_marked_with_the_day_of_its_latest_order(
    known: Gathered,
) -> None:
    found = of_platform(known, "P01")
    assert found is not None
    (shop,) = found.shops
    assert shop["selling"] and shop["last"] == DAY
    assert shop["rule"].en.startswith("Measures for the list") and shop["rule"] != shop["basis"]
    assert shop["rule_status"].en == "text of the law not checked"
    answers = known.night.frame("gold.restriction_response")
    old = answers.assign(last_ordered_on=DAY - timedelta(days=30))
    quiet = of_platform(with_tables(known, gold__restriction_response=old), "P01")
    assert quiet is not None and not quiet.shops[0]["selling"]


def test_the_note_on_laws_not_checked_stands_with_a_row_that_has_such_a_mark(
    known: Gathered, html: dict[str, str]
) -> None:
    """Measures by this project's own rule have a mark too, but no law whose text could be read."""
    assert 'id="rule-status"' in html["platforms/P01.html"]
    restrictions = known.night.frame("gold.joint_restriction")
    for status, noted in (("house_rule", False), ("mirror", True), ("unverified", True)):
        changed = with_tables(known, gold__joint_restriction=restrictions.assign(measure_rule_status=status))
        found = of_platform(changed, "P01")
        assert found is not None and all(shop["rule_status"] for shop in found.shops)
        pages = (page for make in page_makers(changed) for page in make())
        page = next(page for page in pages if page.path == "platforms/P01.html")
        text = render(page, shared_context(changed)).decode()
        assert ('id="rule-status"' in text) is noted and 'id="restricted"' in text


def test_a_lead_on_which_its_region_acted_says_the_day_in_place_of_days_left(known: Gathered) -> None:
    leads = known.night.frame("gold.enforcement_lead")
    lead = leads[~leads["state"].isin(["closed", "unassigned"]) & leads["province_code"].notna()].iloc[[0]]
    lead = lead.assign(state="case_opened", days_left=None, acted_on=DAY, due=DAY)
    found = unit_leads(
        with_tables(known, gold__enforcement_lead=lead), "region", lead["province_code"].iloc[0]
    )
    assert found is not None
    assert (found["rows"][0]["days_text"], found["rows"][0]["acted"]) == ("", str(DAY))
    assert found["rows"][0]["waits"] is None
    known = with_tables(known, gold__enforcement_lead=lead.assign(state="accepted"))
    found = unit_leads(known, "region", lead["province_code"].iloc[0])
    assert found is not None and found["rows"][0]["waits"] == UNENDED, "what is still open of it"


def test_a_platform_lists_complaints_that_wait_for_an_office_and_no_report_of_an_offence(known) -> None:
    row = known.night.frame("gold.work_queue").to_dict("records")[0]
    row |= {"platform_code": "P01", "subject_type": "complaint", "office_type": "authority"}
    tasks = ("decide_complaint", "end_mediation", "verify_report")
    queue = pd.DataFrame([row | {"task": t, "subject_id": t} for t in tasks])
    later = with_tables(known, gold__work_queue=queue)
    assert {r["task"] for r in _handed_over(later, KINDS["platform"], "P01")} == set(tasks[:2])
    assert _handed_over(later, KINDS["region"], "P01") == []


def test_the_step_to_the_notice_says_how_many_of_its_open_batches_do_not_conform(known: Gathered) -> None:
    life = known.night.frame("gold.sampling_lifecycle").iloc[:3]
    life = life.assign(
        outcome=["nonconforming", "conforming", "nonconforming"],
        platform_code="P01",
        seller_region_code="330106",
        result_issued_on=DAY,
        result_notified_on=[None, None, DAY],
        notified_by_announcement_on=None,
    )
    lag = {"period_type": "all", "dimension_type": "region", "dimension_code": "330000", "n_open": 2}
    rows = pd.DataFrame(
        [lag | {"lag": "result_to_notice", "n_age_older": 2}, lag | {"lag": "buy_to_receive"}]
    )
    frame = rows.reindex(columns=known.night.frame("gold.lag_kpi").columns)
    later = with_tables(known, gold__sampling_lifecycle=life, gold__lag_kpi=frame)
    assert not_notified(later) == dict.fromkeys(
        (
            ("nation", "CN"),
            ("platform", "P01"),
            ("region", "330106"),
            ("region", "330100"),
            ("region", "330000"),
        ),
        1,
    )
    found = {step["lag"]: step for step in lags(later, "region", "330000")}
    assert (found["result_to_notice"]["failed"], found["result_to_notice"]["open"]) == (1, 2)
    assert found["buy_to_receive"]["failed"] is None
    done = with_tables(known, gold__sampling_lifecycle=life.iloc[1:], gold__lag_kpi=frame)
    (notice,) = (s for s in lags(done, "region", "330000") if s["lag"] == "result_to_notice")
    assert (notice["failed"], notice["bad"], notice["old"]) == (0, False, 2)


def test_the_step_to_the_receipt_says_that_orders_on_the_way_are_not_in_it(html: dict[str, str]) -> None:
    row = defaultdict(lambda: 1)
    from_order, to_notice = (_lag(step, row) for step in ("buy_to_receive", "result_to_notice"))
    night = SimpleNamespace(data_date=DAY, date=DAY)
    parts: Any = template("parts.html").make_module({"root": "", "night": night, "known_tables": ()})
    for steps, said in (([from_order, to_notice], True), ([to_notice], False)):
        text = str(parts.lag_table(steps, ""))
        assert ("尚无档案的在途订单不计在内" in text) == said
        assert ("orders still on the way, without one, are not in it" in text) == said
    assert "尚无档案的在途订单不计在内" in html["about.html"]

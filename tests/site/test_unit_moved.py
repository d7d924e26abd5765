"""The changes of a unit name every figure at the top of its page that moved since the night before, and lead
to the very thing that came or went."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pandas as pd
from country_files import DAY

from jobs.reports.asked import COMPARED
from jobs.reports.figures import add_months
from jobs.reports.gathered import Gathered, gather
from jobs.reports.indexes import part_of
from jobs.reports.material import Earlier
from jobs.reports.names import KINDS
from jobs.reports.pages import units, work
from jobs.reports.pages.changed_things import MOST_NAMED, Change
from jobs.reports.pages.moved import _still_selling, night_before
from jobs.reports.pages.unit import blocks
from jobs.reports.pages.unit_changes import OWN_LEADS, OWN_TASKS, compared_of, happened
from jobs.reports.pages.verdict import verdict
from jobs.reports.rendering import render
from jobs.reports.site import shared_context
from jobs.reports.wording import same

RATES = "gold.detection_rate"


def later(known: Gathered, before: dict[str, pd.DataFrame], **now: pd.DataFrame) -> Gathered:
    """The night, with tables ``now`` (of gold) in place of those, after one with the tables ``before`` and
    as they are now all others."""
    tables = dict(known.night.tables) | {f"gold.{name}": rows for name, rows in now.items()}
    alike = {t: tables[t].reindex(columns=columns) for t, columns in COMPARED.items()}
    earlier = Earlier(DAY - timedelta(days=1), frozenset(), alike | before)
    return gather(replace(known.night, tables=tables, earlier=earlier))


def said(known: Gathered, dimension: str, code: str) -> list[tuple[str, str]]:
    """Number and words of each change that a unit's page opens with."""
    return [(c.number, c.words.en) for c in opened(known, dimension, code)]


def opened(known: Gathered, dimension: str, code: str) -> list[Change]:
    """The changes that a unit's page opens with."""
    own = blocks(known, dimension, code, same(code), role=KINDS[dimension].role)
    index, (_, complaint) = part_of(known, dimension, code, same(code)), known.complaint(dimension, code)
    queue = known.groups("gold.work_queue", "office_code").get(code, [])
    found = verdict(known, dimension, code, own, index, complaint, queue).changes
    assert found is not None
    return found


def rates(known: Gathered, dimension: str, code: str, **cells: Any) -> pd.DataFrame:
    """gold.detection_rate with other cells in all probability rows of a unit without a second dimension."""
    rows = known.night.frame(RATES)[COMPARED[RATES]].astype({"dimension_code": object})
    mine = (
        (rows["dimension_type"] == dimension)
        & (rows["dimension_code"] == code)
        & (rows["dimension2_type"] == "")
        & (rows["design"] == "probability")
    )
    for column, value in cells.items():
        rows.loc[mine, column] = value
    return rows


def test_a_rate_that_moved_is_named_on_the_page_of_its_unit_alone(known: Gathered) -> None:
    row = known.rates.newest("platform", "P01", "probability")
    assert row is not None and row["exposure_rate"] > 0.02
    before = rates(known, "platform", "P01", exposure_rate=row["exposure_rate"] - 0.01, exposure_low=0.001)
    night = later(known, {RATES: before})
    first = said(night, "platform", "P01")[0]
    assert first[0] == "+1.0" and first[1].startswith("exposure rate, ") and " to " in first[1]
    assert not any(words.startswith("exposure rate") for _, words in said(night, "platform", "P02"))


def test_a_figure_whose_period_moved_on_is_stated_of_both_periods_below_what_happened(
    known: Gathered,
) -> None:
    rows = rates(known, "platform", "P01", exposure_rate=0.05, exposure_low=0.03)
    moving = rows["period_type"].eq("rolling12")
    rows["period_start"] = [
        add_months(day, -1) if moves else day for day, moves in zip(rows["period_start"], moving, strict=True)
    ]
    coverage = known.night.frame("gold.restriction_coverage")
    night = later(known, {RATES: rows, "gold.restriction_coverage": coverage.assign(n_still_selling=9)})
    found = opened(night, "platform", "P01")
    assert [c.other_period for c in found] == sorted(c.other_period for c in found)
    assert "still sell" in found[0].words.en and not found[0].other_period
    (rate,) = [c for c in found if c.words.en.startswith("exposure rate: in this run ")]
    assert rate.other_period and rate.number == "" and "变为" not in rate.words.zh
    assert re.search(r"5\.0% \([0-9.]+–[0-9.]+%; June 2025 to May 2026\)", rate.words.en)
    assert "July 2025 to June 2026, up to 20 June)" in rate.words.en
    assert "June 2025 to May 2026)" in rate.words.en and "截至6月20日）" in rate.words.zh
    page = render(units._unit_page(night, KINDS["platform"], "P01"), shared_context(night)).decode()
    assert page.count('class="small other-period"') == 1
    assert page.index("still sell though") < page.index("other-period") < page.index("in this run")


def test_figures_of_the_night_before_are_said_up_to_the_last_day_of_their_data(known: Gathered) -> None:
    then = night_before(later(known, {}))
    assert then is not None and then.night.data_date is not None and then.window is not None
    assert then.night.data_date < then.night.date
    assert (then.rates.as_of, then.rates.through) == (DAY - timedelta(days=1), then.night.data_date)
    assert then.window.until == then.night.data_date


def test_an_estimate_that_moved_is_named_where_the_page_opens_with_it(known: Gathered) -> None:
    row = known.rates.newest("region", "540000", "probability", role="seller")
    assert row is not None and row["reliability"] == "insufficient"
    before = rates(
        known,
        "region",
        "540000",
        shrunk_rate=row["shrunk_rate"] + 0.02,
        shrunk_high=row["shrunk_high"] + 0.02,
    )
    first = said(later(known, {RATES: before}), "region", "540000")[0]
    assert first[0] == "−2.0"
    assert first[1].startswith("small-area estimate of the exposure rate, ")


def test_an_estimate_that_moved_is_named_where_the_page_prints_it_below_the_units_own_rate(
    known: Gathered,
) -> None:
    row = known.rates.newest("platform", "P01", "probability")
    assert row is not None and row["reliability"] != "insufficient"
    now = _whole(known, rates(known, "platform", "P01", shrunk_rate=0.115, shrunk_low=0.04, shrunk_high=0.2))
    before = rates(known, "platform", "P01", shrunk_rate=0.118, shrunk_low=0.04, shrunk_high=0.2)
    [found] = said(later(known, {RATES: before}, detection_rate=now), "platform", "P01")
    assert found[0] == "−0.3"
    assert found[1].startswith("small-area estimate of the exposure rate, ")
    assert found[1].endswith("from 11.8% (4.0–20.0%) to 11.5% (4.0–20.0%)")


def test_a_complaint_rate_that_moved_is_named_wherever_the_page_prints_it(known: Gathered) -> None:
    unranked = known.night.frame("gold.complaint_rate").assign(low=0.0, high=9e4)  # the nation's lies within
    before = unranked.assign(rate_per_10000=unranked["rate_per_10000"] / 2)
    night = later(known, {"gold.complaint_rate": before}, complaint_rate=unranked)
    made = night.complaint("platform", "P01")[1]
    assert made is not None and made.rank is None
    assert any(w.startswith("complaint rate: from ") for _, w in said(night, "platform", "P01"))


def test_a_complaint_rate_of_a_longer_part_of_the_year_says_up_to_which_day_it_has_data(
    known: Gathered,
) -> None:
    before = known.night.frame("gold.complaint_rate")
    months = before["period_type"].eq("month") & before["period_start"].eq(before["period_start"].max())
    now = before.assign(period_start=before["period_start"].mask(months, date(2026, 12, 1)))
    night = later(known, {"gold.complaint_rate": before}, complaint_rate=now)
    (found,) = [w for _, w in said(night, "platform", "P01") if w.startswith("complaint rate: in this run ")]
    assert "(2026, up to 20 June" in found and "(2026 up to " in found


def test_a_rate_that_moved_is_said_to_move_by_the_difference_of_what_is_shown(known: Gathered) -> None:
    row = known.rates.newest("platform", "P01", "probability")
    assert row is not None
    for was, now, number in ((0.13951, 0.14341, "+0.3"), (0.1325, 0.1334, "")):
        before = rates(known, "platform", "P01", exposure_rate=was, exposure_low=0.1, exposure_high=0.2)
        rows = rates(known, "platform", "P01", exposure_rate=now, exposure_low=0.11, exposure_high=0.2)
        [found] = [
            c
            for c in said(
                later(known, {RATES: before}, detection_rate=_whole(known, rows)), "platform", "P01"
            )
            if c[1].startswith("exposure rate, ")
        ]
        assert found[0] == number
        assert ("still 13.3%, its 95% limits: from 10.0–20.0% to 11.0–20.0%" in found[1]) == (not number)


def _whole(known: Gathered, rows: pd.DataFrame) -> pd.DataFrame:
    """The night's rates with the cells of ``rows``, which has few of their columns."""
    found = known.night.frame(RATES).copy()
    found[list(rows.columns)] = rows
    return found


def test_how_a_unit_stands_against_the_nation_is_named_where_it_is_another_and_not_as_the_nation_moves(
    known: Gathered,
) -> None:
    row = known.rates.newest("nation", "CN", "probability")
    assert row is not None
    for rate, named in ((row["exposure_rate"] + 0.0011, False), (0.9, True)):
        before = rates(known, "nation", "CN", exposure_rate=rate, exposure_high=0.95)
        moved = said(later(known, {RATES: before}), "platform", "P01")
        assert any(words.startswith("against the nation: from below ") for _, words in moved) == named
        assert named or not any(words.startswith("against the nation") for _, words in moved)


def test_a_platforms_changes_say_that_more_restricted_shops_still_sell(known: Gathered) -> None:
    coverage = known.night.frame("gold.restriction_coverage").copy()
    mine = coverage["dimension_type"].eq("platform") & coverage["dimension_code"].eq("P01")
    assert mine.any()
    was = coverage.copy()
    was.loc[mine, "n_still_selling"] = coverage.loc[mine, "n_still_selling"] + 2
    found = said(later(known, {"gold.restriction_coverage": was}), "platform", "P01")
    n = int(coverage.loc[mine, "n_still_selling"].iloc[0])
    words = f"restrictions of shops that still sell though sales must stop: from {n + 2} to {n}"
    assert ("−2", words) in found


def test_the_change_of_shops_that_still_sell_leads_to_the_row_of_each(known: Gathered) -> None:
    coverage = known.night.frame("gold.restriction_coverage")
    before = {"gold.restriction_coverage": coverage.assign(n_still_selling=9)}
    night = later(known, before)
    then = night_before(night)
    assert then is not None
    (moved,) = _still_selling(night, then, "P01")
    (part,) = moved.parts
    assert str(DAY) in part.words.en
    page = units._unit_page(night, KINDS["platform"], "P01")
    text = render(page, shared_context(night)).decode()
    assert f'<tr id="{part.link[1:]}" class="bad">' in text and "order in the last 30 days" in text
    assert 'id="consequences"' in text and text.count("the measure stops sales, yet") == 1


def test_an_index_and_a_complaint_rate_that_moved_are_named(known: Gathered) -> None:
    index, complaint = known.night.frame("gold.quality_index"), known.night.frame("gold.complaint_rate")
    before = {
        "gold.quality_index": index[COMPARED["gold.quality_index"]].assign(score=index["score"] - 1),
        "gold.complaint_rate": complaint.assign(rate_per_10000=complaint["rate_per_10000"] / 2),
    }
    night = later(known, before)
    words = [w for code in sorted(known.names.paged["platform"]) for _, w in said(night, "platform", code)]
    assert any(w.startswith("quality index: from ") for w in words)
    assert any(w.startswith("complaint rate: from ") for w in words)


def test_what_did_not_move_is_not_named_and_the_page_says_what_was_compared(known: Gathered) -> None:
    night = later(known, {})
    assert said(night, "platform", "P01") == []
    compared = compared_of(night, "platform")
    assert compared is not None
    for words in ("exposure rate, small-area estimate and rank", "still sell though sales must stop"):
        assert words in compared.en


def test_a_page_on_which_only_figures_moved_says_that_no_task_or_lead_came_or_went(known: Gathered) -> None:
    row = known.rates.newest("region", "330000", "probability", role="seller")
    assert row is not None
    before = rates(known, "region", "330000", exposure_rate=row["exposure_rate"] - 0.01, exposure_low=0.001)
    night = later(known, {RATES: before})
    page = render(units._unit_page(night, KINDS["region"], "330000"), shared_context(night)).decode()
    (said,) = re.findall(r'<p class="small unmoved">(.+?)</p>', page)
    assert OWN_TASKS.en in said and OWN_LEADS.en in said and "exposure rate" not in said
    queue = known.night.frame("gold.work_queue")
    rest = queue[~(queue["office_type"].eq("authority") & queue["province_code"].eq("330000"))]
    assert len(rest) < len(queue)
    night = later(known, {RATES: before, "gold.work_queue": rest[COMPARED["gold.work_queue"]]})
    page = render(units._unit_page(night, KINDS["region"], "330000"), shared_context(night)).decode()
    (said,) = re.findall(r'<p class="small unmoved">(.+?)</p>', page)
    assert OWN_TASKS.en not in said and OWN_LEADS.en in said


def things(known: Gathered, dimension: str, code: str, about: str) -> tuple[Change, ...]:
    found = happened(known, dimension, code, known.groups("gold.work_queue", "province_code").get(code, []))
    assert found is not None
    return next(c.parts for changes in found.values() for c in changes if about in c.words.en)


def test_an_urgent_item_and_a_lead_that_no_page_has_are_named_by_the_change_itself(known: Gathered) -> None:
    lead = known.night.frame("gold.enforcement_lead").iloc[0].to_dict() | {
        "lead_id": "XS-J-NOWHERE",
        "subject_id": "NOWHERE",
        "province_code": "330000",
        "state": "accepted",
        "acted_on": DAY,
        "case_id": None,
    }
    leads = pd.DataFrame([lead])
    item = {"item_id": "A/NOWHERE/J03", "recipient": "region_330000", "kind": "class_a_failure"}
    items = pd.DataFrame([item | {"status": "due", "sample_id": "NOWHERE", "item_name": "镉总量"}])
    items = items.assign(category_code="HA01")
    before = {
        "gold.enforcement_lead": leads.assign(acted_on=None)[COMPARED["gold.enforcement_lead"]],
        "gold.urgent_item": items.iloc[:0][COMPARED["gold.urgent_item"]],
    }
    night = later(known, before, enforcement_lead=leads, urgent_item=items)
    (named,) = things(night, "region", "330000", "new urgent item")
    assert named.words.en.endswith(", NOWHERE") and known.names.of("category", "HA01").en in named.words.en
    (acted,) = things(night, "region", "330000", "lead acted on")
    assert "XS-J-NOWHERE" in acted.words.en


def test_a_lead_with_a_page_leads_to_its_row(known: Gathered) -> None:
    leads = known.night.frame("gold.enforcement_lead")
    mine = leads[~leads["state"].isin(["closed", "unassigned"]) & leads["province_code"].notna()].iloc[:1]
    code = str(mine["province_code"].iloc[0])
    rest = leads[~leads["lead_id"].isin(mine["lead_id"])][COMPARED["gold.enforcement_lead"]]
    (named,) = things(later(known, {"gold.enforcement_lead": rest}), "region", code, "new lead")
    path, _, row = named.link.partition("#")
    assert path.startswith("traces/") and row


def test_a_task_that_ended_leads_to_its_row_among_those_that_ended(known: Gathered) -> None:
    queue = known.night.frame("gold.work_queue")
    mine = queue[queue["office_type"].eq("authority") & queue["province_code"].notna()]
    code = str(mine["province_code"].iloc[0])
    n = MOST_NAMED + 1
    gone = pd.concat([mine.head(1)] * n).assign(subject_id=[f"GONE{i}" for i in range(n)], province_code=code)
    before = pd.concat([queue, gone])[COMPARED["gold.work_queue"]]
    night = later(known, {"gold.work_queue": before})
    parts = things(night, "region", code, "no longer due")
    assert len(parts) == MOST_NAMED and "GONE0" in parts[0].words.en
    page = next(p for p in work.build(night) if p.path == "work.html")
    text = render(page, shared_context(night)).decode()
    for part in parts:
        path, _, row = part.link.partition("#")
        assert path == "work.html" and f'<tr id="{row}">' in text

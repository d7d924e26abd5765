"""A unit's page opens with how it stands, why, what to do and what changed; the work page adds up all offices
and puts the gravest of what presses first."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from country_files import DAY
from reading_pages import text_of

from jobs.reports import cases
from jobs.reports.asked import COMPARED
from jobs.reports.complaints import interval_text, rate_text
from jobs.reports.figures import against
from jobs.reports.gathered import Gathered
from jobs.reports.material import Earlier
from jobs.reports.names import KINDS
from jobs.reports.numbers import Figure
from jobs.reports.pages import changed_things
from jobs.reports.pages.extras import tasks
from jobs.reports.pages.morning import _rate
from jobs.reports.pages.offices import groups, offices
from jobs.reports.pages.unit_changes import changed_tasks, compared_of, happened
from jobs.reports.pages.units import page_makers
from jobs.reports.pages.verdict import _standing
from jobs.reports.wording import same

UNIT = re.compile(rf"^({'|'.join(kind.folder for kind in KINDS.values())})/")


def test_every_unit_opens_with_its_verdict_before_its_figures(html: dict[str, str]) -> None:
    pages = {path: page for path, page in html.items() if UNIT.match(path)}
    assert len(pages) > 60
    for path, page in pages.items():
        opening = page.index('id="verdict"')
        assert page.index("<h1>") < opening < page.index('class="cards"'), path
        for words in ("Weak points", "To be done", "Changes since the previous run"):
            assert words in text_of(page[opening : page.index('class="cards"')]), path


def test_too_few_batches_is_never_the_number_that_a_card_opens_with(html: dict[str, str]) -> None:
    for path, page in html.items():
        for hero in re.findall(r'<p class="big[^"]*">(.*?)</p>', page, flags=re.S):
            assert "样本不足" not in hero and "too few" not in hero.lower(), path


@pytest.mark.parametrize(
    ("low", "high", "en"),
    [
        (0.09, 0.2, "above the nation's (8.0%)"),
        (0.01, 0.05, "below the nation's (8.0%)"),
        (None, 0.05, "below the nation's (8.0%)"),
        (0.03, 0.2, "not distinguishable from the nation's (8.0%)"),
    ],
)
def test_a_rate_and_an_estimate_stand_against_the_nation_by_their_limits(known: Gathered, low, high, en):
    nation = known.nation["probability"]
    assert nation is not None
    whole = replace(nation, head=Figure(same("8.0%"), "7.0–9.0%", 0.08, 0.07, 0.09))
    shown = Figure(same("x"), "x", (high + (low or 0.0)) / 2, low, high)
    said = against(shown, whole)
    assert said is not None and said.en == en


def test_a_unit_with_too_few_batches_says_how_its_estimate_stands_and_that_it_is_a_common_one(
    html: dict[str, str], known: Gathered
) -> None:
    row = known.rates.newest("region", "540000", "probability", role="seller")
    assert row is not None and row["reliability"] == "insufficient"
    page = html["regions/540000.html"]
    opening = text_of(page[page.index('id="verdict"') : page.index("薄弱环节", page.index('id="verdict"'))])
    assert "Too few batches" in opening and "全国（" in opening and "95%区间" in opening
    assert ("their common rate" in opening) == bool(row["shrunk_pooled"])


@pytest.mark.parametrize(
    ("code", "value", "said"),
    [
        ("P01", "89.6", "complaint rate per 10,000 orders (95% interval "),
        ("P02", "below 0.2", "complaint rate per 10,000 orders (95% upper limit)"),
        ("P03", None, "There are no data yet by which it can be judged."),
    ],
)
def test_a_unit_without_rate_and_index_stands_by_its_complaints_where_there_is_a_rate(
    known: Gathered, code: str, value: str | None, said: str
) -> None:
    complaint = known.complaint("platform", code)[1]
    assert complaint is not None
    shown, about, _, notes = _standing([], None, complaint)
    assert (shown and shown.en) == value and about.en.startswith(said) and "–)" not in about.en
    withheld = [note.en for note in notes]
    assert withheld == ([] if value else ["complaint rate per 10,000 orders: no orders filed"])


def test_a_confidential_complaint_rate_is_a_note_and_no_figure(known: Gathered) -> None:
    complaint = known.complaint("platform", "P01")[1]
    assert complaint is not None
    row = complaint.row | {"rate_per_10000": None, "low": None, "high": None, "confidential": True}
    hidden = replace(complaint, row=row, rate=rate_text(row), interval=interval_text(row))
    shown, _, _, notes = _standing([], None, hidden)
    assert shown is None and [n.en for n in notes] == ["complaint rate per 10,000 orders: confidential"]
    assert [n.zh for n in notes] == ["万单投诉率：保密"]


def test_no_page_states_an_interval_without_its_ends(html: dict[str, str]) -> None:
    for path, page in html.items():
        if UNIT.match(path) or path.startswith("brands/"):
            opening = page[page.index('id="verdict"') :].split("</section>")[0]
            assert "95%区间–" not in opening and "95% interval –" not in opening, path
    ranked = html["platforms/P02.html"]
    verdict = text_of(ranked[ranked.index('id="verdict"') :].split("</section>")[0])
    assert "complaint rate per 10,000 orders below 0.2 (95% upper limit), rank 1 of " in verdict


def test_the_work_page_opens_with_the_order_in_which_it_lists_tasks(html: dict[str, str]) -> None:
    lead = html["work.html"][html["work.html"].index('<p class="lead">') :]
    assert "逾期和7天内到期者在前，其次按事项等级、再按期限排列" in lead[: lead.index("</p>")]
    assert "逾期和7天内到期者在前，其次按事项等级、再按期限排列" in html["about.html"]


def test_a_task_names_the_goods_that_it_is_about(known: Gathered) -> None:
    rows = known.night.frame("gold.work_queue").to_dict("records")
    listed = tasks(known, [rows[0] | {"category_code": "HA01"}, rows[0] | {"category_code": None}])
    assert listed is not None
    assert [t["goods"] for t in listed["rows"]] == [known.names.of("category", "HA01"), None]


def test_what_presses_is_sorted_by_risk_and_then_by_what_is_left_of_the_time(known: Gathered) -> None:
    bulletin, life = known.night.frame("gold.bulletin"), known.night.frame("gold.sampling_lifecycle")
    grave = bulletin.loc[bulletin["serious"].eq(True), "sample_id"].iloc[0]
    plain = life.loc[life["exit_kind"].isna() & ~life["sample_id"].isin(bulletin["sample_id"]), "sample_id"]
    row = known.night.frame("gold.work_queue").to_dict("records")[0] | {"subject_type": "sample"}
    given = [
        ("running", -1, grave),  # not pressing: behind all that is
        ("overdue", -90, plain.iloc[0]),
        ("overdue", -3, plain.iloc[1]),
        ("due_soon", 2, grave),
    ]
    listed = tasks(known, [row | {"status": s, "days_left": d, "subject_id": i} for s, d, i in given])
    assert listed is not None
    assert [t["left"] for t in listed["rows"]] == [2, -90, -3, -1]
    assert cases.risk(known, "sample", grave) == 3 and cases.risk(known, "sample", plain.iloc[0]) == 1


def test_a_task_leads_to_a_page_that_is_there(known: Gathered, site: Path) -> None:
    queue = known.night.frame("gold.work_queue").to_dict("records")
    listed = tasks(
        known, [*queue, queue[0] | {"subject_type": "sample", "subject_id": "B1"}]
    )  # B1 may be public, the others not
    assert listed is not None
    linked = [t["href"] for t in listed["rows"] if t["href"]]
    assert linked and all((site / href.split("#")[0]).is_file() for href in linked)


def test_sums_of_groups_are_those_of_all_offices_and_of_the_queue(known: Gathered) -> None:
    queue = known.night.frame("gold.work_queue")
    listed = offices(known, queue.to_dict("records"))
    made = groups(known, listed)
    assert sum(len(g.offices) for g in made) == len(listed)
    assert sum(g.all for g in made) == len(queue)
    assert sum(g.late for g in made) == int((queue["status"] == "overdue").sum())


def test_what_is_due_today_stands_beside_what_is_overdue_and_due_within_a_week(
    known: Gathered, html: dict[str, str]
) -> None:
    queue = known.night.frame("gold.work_queue").iloc[:3]
    queue = queue.assign(due=[DAY, DAY, DAY + timedelta(days=7)], days_left=[0, 0, 7], status="due_soon")
    listed = offices(known, queue.to_dict("records"))
    made = groups(known, listed)
    assert sum(o.today for o in listed) == sum(g.today for g in made) == 2
    assert sum(o.soon for o in listed) == sum(g.soon for g in made) == 3
    pages = [html["work.html"], html["index.html"], *(t for p, t in html.items() if p.startswith("work/"))]
    heads = ("逾期", "今天到期", "7天内到期")
    wanted = "</th>".join(
        rf'<th scope="col" class="n"><span class="zh" lang="zh-CN">{h}</span>[^/]*/span>' for h in heads
    )
    assert len(pages) > 3
    assert all(re.search(wanted, text) for text in pages)


def _later(known: Gathered, before: dict[str, pd.DataFrame]) -> Gathered:
    """The same night after one of the day before with these tables, and as they are now all others."""
    same_as_now = {t: known.night.frame(t).reindex(columns=columns) for t, columns in COMPARED.items()}
    earlier = Earlier(DAY - timedelta(days=1), frozenset(), same_as_now | before)
    return replace(known, night=replace(known.night, earlier=earlier))


def _changes(known: Gathered, kind: str, code: str, about: str) -> list[tuple[str, str]]:
    """The changes of a unit, without tasks, whose words have ``about``."""
    found = happened(known, kind, code, [])
    assert found is not None
    return [(c.number, c.words.en) for things in found.values() for c in things if about in c.words.en]


@pytest.mark.parametrize(
    ("undated", "before"),
    [
        ("no_rule", "no deadline on file"),
        ("no_legal_days", "no number of days in law"),
        ("calendar_unknown", "due date pending"),
    ],
)
def test_a_task_that_is_late_now_had_the_status_that_pages_showed(
    known: Gathered, undated: str, before: str
) -> None:
    now = known.night.frame("gold.work_queue").iloc[0].to_dict() | {"status": "overdue", "undated": None}
    kept = now | {"status": "undated", "undated": undated}
    was = {column: kept[column] for column in COMPARED["gold.work_queue"]}
    (change,) = changed_things.tasks(known, [now], [now], [was])
    assert change.words.en.endswith(f"({before} before, now overdue)")


def test_a_revised_rate_without_a_failure_stands_without_limits(known: Gathered) -> None:
    before = known.night.frame("gold.detection_rate")[COMPARED["gold.detection_rate"]].copy()
    nation = before["dimension_type"].eq("nation") & before["dimension2_type"].eq("")
    before.loc[nation, ["n_nonconforming", "exposure_rate", "exposure_high"]] = [0, 0.0, 0.031]
    (said,) = _rate(known, _later(known, {"gold.detection_rate": before}).night.earlier)
    assert ": from below 3.1% to " in said.words.en and "–)" not in said.words.en
    assert "由低于3.1%变为" in said.words.zh and "（–）" not in said.words.zh


def test_a_unit_names_urgent_items_that_it_was_sent_or_that_were_withdrawn(known: Gathered) -> None:
    items = known.night.frame("gold.urgent_item")[["item_id", "recipient", "status"]]
    was_sent = items.assign(status="due")
    later = _later(known, {"gold.urgent_item": items[items["item_id"] != "a"]})
    assert _changes(later, "platform", "P01", "urgent") == [("+1", "new urgent item")]
    assert _changes(later, "platform", "P03", "urgent") == []
    later = _later(known, {"gold.urgent_item": was_sent})
    assert _changes(later, "platform", "P02", "urgent") == [("−1", "urgent item withdrawn")]


def test_a_unit_names_leads_that_are_new_were_acted_on_or_closed(known: Gathered) -> None:
    leads = known.night.frame("gold.enforcement_lead")
    leads = leads[leads["province_code"].notna()].head(4)
    province = str(leads["province_code"].iloc[0])
    now = leads.assign(
        province_code=province,
        state=["assigned", "accepted", "closed", "closed"],
        acted_on=[None, DAY, DAY, DAY],
    )
    was = now.assign(state=["assigned", "assigned", "accepted", "closed"], acted_on=[None, None, DAY, DAY])
    tables = dict(known.night.tables) | {"gold.enforcement_lead": now}
    later = _later(
        replace(known, night=replace(known.night, tables=tables)),
        {"gold.enforcement_lead": was[["lead_id", "state", "acted_on"]].iloc[1:]},
    )
    said = [("+1", "new lead"), ("1", "lead acted on"), ("−1", "lead closed")]
    assert _changes(later, "region", province, "lead") == said
    assert _changes(later, "category", "HA01", "lead") == []


def test_a_unit_names_tasks_that_ended_also_where_none_is_left(known: Gathered) -> None:
    queue = known.night.frame("gold.work_queue")
    mine = queue[queue["office_type"].eq("authority") & queue["province_code"].notna()]
    province = str(mine["province_code"].iloc[0])
    mine = mine[mine["province_code"] == province].to_dict("records")
    later = _later(known, {})
    earlier = later.night.earlier
    assert earlier is not None
    assert list(changed_tasks(later, earlier, mine, "region", province)) == []
    (ended,) = changed_tasks(later, earlier, mine[1:], "region", province)
    assert (ended.number, ended.words.en) == ("−1", "task done or no longer due")
    (ended,) = changed_tasks(later, earlier, [], "region", province)
    assert ended.number == f"−{len(mine)}"


def test_a_unit_names_tasks_that_became_due_within_a_week_with_their_state_before(known: Gathered) -> None:
    queue = known.night.frame("gold.work_queue")
    mine = queue[queue["office_type"].eq("authority") & queue["province_code"].notna()].head(2)
    province = str(mine["province_code"].iloc[0])
    mine = mine.assign(province_code=province, status=["due_soon", "overdue"], undated=None)
    before = mine.assign(status=["running", "due_soon"])[COMPARED["gold.work_queue"]]
    later = _later(known, {"gold.work_queue": before})
    earlier = later.night.earlier
    assert earlier is not None
    late, soon = changed_tasks(later, earlier, mine.to_dict("records"), "region", province)
    assert (soon.number, soon.words.zh) == ("+1", "项待办转为7天内到期")
    assert "（由进行中变为7天内到期）" in soon.parts[0].words.zh
    assert "(due within 7 days before, now overdue)" in late.parts[0].words.en


def test_where_nothing_changed_a_unit_says_what_was_compared(known: Gathered) -> None:
    later = _later(known, {})
    region, cluster = compared_of(later, "region"), compared_of(later, "cluster")
    assert region is not None and cluster is not None
    for words in ("urgent items", "leads", "tasks", "revised rates"):
        assert words in region.en
        assert (words in cluster.en) == (words == "revised rates")
    assert compared_of(replace(known, night=replace(known.night, earlier=None)), "region") is None


@pytest.mark.slow  # quick: the test before, without a change
def test_a_unit_names_its_batches_that_failed_since_the_night_before(known: Gathered) -> None:
    life = known.night.frame("gold.sampling_lifecycle")
    failed = life[(life["outcome"] == "nonconforming") & life["platform_code"].notna()].iloc[0]
    was = life[["sample_id", "outcome"]]
    later = _later(known, {"gold.sampling_lifecycle": was[was["sample_id"] != failed["sample_id"]]})
    pages = {page.path: page.context for part in page_makers(later) for page in part()}
    mine = pages[f"platforms/{failed['platform_code']}.html"]["verdict"].changes
    assert [(c.number, c.words.en) for c in mine] == [("+1", "batch newly found not to conform")]
    others = [
        page["verdict"].changes
        for path, page in pages.items()
        if path.startswith("platforms/") and failed["platform_code"] not in path
    ]
    assert others and not any(others)

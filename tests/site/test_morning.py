"""The first page's opening: two dates, one sentence, what changed since the night before, today's work."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import unquote

import country
import pandas as pd
import pytest
import yaml
from country_files import DAY, NOW
from reading_pages import text_of

from jobs.arrays import dicts
from jobs.environment import EXPECTATIONS
from jobs.lake import ops
from jobs.lake.night import newest_snapshot
from jobs.reports import fresh
from jobs.reports.asked import COMPARED
from jobs.reports.cases import record
from jobs.reports.gathered import Gathered, gather
from jobs.reports.material import Earlier
from jobs.reports.pages import extras, gate, home, morning, work
from jobs.reports.pages.changed_things import MOST_NAMED
from jobs.reports.quality_facts import timeliness
from jobs.reports.reading import newest, read_from, read_night
from jobs.reports.rendering import render
from jobs.reports.site import shared_context

YESTERDAY = DAY - timedelta(days=1)


def compared(known: Gathered, **tables: pd.DataFrame) -> Gathered:
    """The country beside an earlier night that equals it but for ``tables``."""
    same = {table: known.night.frame(table).reindex(columns=columns) for table, columns in COMPARED.items()}
    behind = frozenset(state.table for state in known.night.behind)
    given = {f"gold.{name}": frame for name, frame in tables.items()}
    earlier = Earlier(YESTERDAY, behind, same | given)
    return replace(known, night=replace(known.night, earlier=earlier))


def shown(known: Gathered) -> list[tuple[str, str, bool]]:
    found = morning.changes(known)
    assert found is not None
    return [(c.number, c.words.en, c.bad) for c in found if "came in" not in c.words.en]


def test_the_data_date_is_the_newest_event_up_to_the_night_and_not_the_run_date(known: Gathered) -> None:
    assert (known.night.data_date, known.night.date) == (date(2026, 6, 20), DAY)
    late = pd.DataFrame({"newest_event_date": [date(2026, 6, 1), date(2027, 1, 1), None]})
    night = replace(known.night, tables=dict(known.night.tables) | {"ops.freshness": late})
    assert night.data_date == date(2026, 6, 1)


def freshness_of(known: Gathered, **row: object) -> Gathered:
    """The country with one row of ops.freshness more, which differs from the first in ``row``."""
    rows = known.night.frame("ops.freshness")
    rows = pd.concat([rows, rows.head(1).assign(**row)], ignore_index=True)
    return gather(replace(known.night, tables=dict(known.night.tables) | {"ops.freshness": rows}))


def test_an_event_dated_after_the_night_makes_no_data_younger_than_they_are(known: Gathered) -> None:
    planted = freshness_of(known, newest_event_date=DAY + timedelta(days=10))
    for of in (known, planted):
        age = next(f for f in timeliness(of) if f.name.en == "Days from the latest event to this run")
        assert age.value == "10"


def test_a_source_dated_after_the_night_is_marked_among_those_on_time(known: Gathered) -> None:
    planted = freshness_of(
        known,
        source="early_1",
        feed="early",
        newest_event_date=known.night.date + timedelta(days=10),
        age_days=1,
        late=False,
    )
    marked = []
    for of in (known, planted):
        page = next(p for p in gate.build(of.night) if p.path == "freshness.html")
        timely = render(page, shared_context(of)).decode().split("On time")[1]
        marked.append([r for r in timely.split("<tr>") if "a day yet to come" in r])
    assert marked[0] == [] and [("early_1" in r) for r in marked[1]] == [True]


def test_a_table_asked_for_by_another_key_is_looked_up_by_it(known: Gathered) -> None:
    by_code, by_name = (known.about("silver.platform", key) for key in ("platform_code", "name_zh"))
    assert by_code["P01"]["platform_code"] == "P01" and by_name == {r["name_zh"]: r for r in by_code.values()}


def test_without_an_earlier_night_the_page_says_so(known: Gathered) -> None:
    assert morning.changes(known) is None


def test_files_of_the_night_count_and_what_stayed_is_not_listed(known: Gathered) -> None:
    assert shown(compared(known)) == [("+2", "of these refused or held", True)]


def test_a_file_that_several_feeds_read_came_in_once(known: Gathered) -> None:
    files = known.night.frame("ops.ingest_file")
    read_again = pd.concat([files, files.assign(feed="another")], ignore_index=True)
    night = replace(known.night, tables=dict(known.night.tables) | {"ops.ingest_file": read_again})
    once, twice = (
        [c.number for c in morning.changes(compared(k)) or () if "came in" in c.words.en]
        for k in (known, replace(known, night=night))
    )
    distinct = files[files["received_on"] == DAY][["source", "file", "sha256"]].drop_duplicates()
    assert once == twice == [f"+{len(distinct)}"]


def test_a_file_without_records_or_received_before_is_not_refused(known: Gathered) -> None:
    files = known.night.frame("ops.ingest_file")
    refused = files.index[files["status"] == "refused"]
    files = files.assign(
        status=files["status"].where(~files.index.isin(refused), pd.Series(["empty", "repeated"], refused))
    )
    night = replace(known.night, tables=dict(known.night.tables) | {"ops.ingest_file": files})
    assert shown(compared(replace(known, night=night))) == []


def test_findings_tasks_and_signals_that_differ_are_counted_each_way(known: Gathered) -> None:
    life = known.night.frame("gold.sampling_lifecycle")[["sample_id", "outcome"]].copy()
    failed = life.index[life["outcome"] == "nonconforming"]
    sound = life.index[life["outcome"] == "conforming"]
    life.loc[failed[:2], "outcome"] = None  # two that were not judged yesterday
    life.loc[sound[:1], "outcome"] = "nonconforming"  # one that was overturned since
    queue = known.night.frame("gold.work_queue").copy()
    queue.loc[queue["subject_id"] == "S1", "status"] = "due_soon"  # overdue since
    queue.loc[queue["subject_id"] == "S2", "subject_id"] = "S9"  # S9 is done, S2 new
    signals = known.night.frame("gold.risk_signal")
    signals = signals.drop(signals.index[signals["state"] == "open"][0])  # opened since
    signals = signals[signals["news"] != "usual"]  # a usual pair that opened since is no news
    found = shown(compared(known, sampling_lifecycle=life, work_queue=queue, risk_signal=signals))
    assert found[:-1] == [
        ("+2", "batches newly found not to conform", True),
        ("−1", "batch no longer found so: overturned or corrected", False),
        ("+1", "task newly overdue", True),
        ("+1", "new task", False),
        ("−1", "task done or no longer due", False),
        ("+1", "new risk signal", True),
    ]


def test_batches_newly_found_not_to_conform_are_named_each_with_the_place_that_shows_it(
    known: Gathered,
) -> None:
    life = known.night.frame("gold.sampling_lifecycle")
    failed = life.index[life["outcome"] == "nonconforming"]
    life = life.assign(sample_id=life["sample_id"].where(life.index != failed[0], "B1"))  # in a bulletin
    of = replace(
        known, night=replace(known.night, tables=dict(known.night.tables) | {"gold.sampling_lifecycle": life})
    )
    for n in (1, MOST_NAMED + 1):
        was = life.assign(outcome=life["outcome"].where(~life.index.isin(failed[:n]), None))
        change = next(
            c
            for c in morning.changes(compared(of, sampling_lifecycle=was)) or ()
            if "newly found" in c.words.en
        )
        new = sorted(life.loc[failed[:n], "sample_id"])
        assert [p.words.en.split(" (")[0] for p in change.parts] == new[:MOST_NAMED] and new[0] == "B1"
        assert change.parts[0].link == record(of, "sample", "B1") == "plans/TARG.html#B1"
        assert change.link == ("" if n == 1 else "plans.html")


def test_the_list_of_tasks_marks_those_that_the_first_page_counts_and_names_those_that_ended(
    known: Gathered,
) -> None:
    queue = known.night.frame("gold.work_queue").copy()
    queue.loc[queue["subject_id"] == "S1", "status"] = "due_soon"  # overdue since
    queue.loc[queue["subject_id"] == "S2", "subject_id"] = "S9"  # S9 is done, S2 new
    beside = compared(known, work_queue=queue)
    links = {c.words.en: c.link for c in morning.changes(beside) or ()}
    assert unquote(links["task newly overdue"]) == "work.html?tasks.find=新逾期#tasks"
    assert unquote(links["new task"]) == "work.html?tasks.find=新待办#tasks"
    assert links["task done or no longer due"] == "work.html#ended"
    page = next(p for p in work.build(beside) if p.path == "work.html")
    marked = {t["subject"]: [m.zh for m in t["marks"]] for t in page.context["queue"]["rows"] if t["marks"]}
    assert marked == {"S1": ["新逾期"], "S2": ["新待办"]}
    assert [(t["subject"], t["what"].en) for t in page.context["ended"]] == [
        ("S9", "take the failed goods down")
    ]
    text = render(page, shared_context(beside)).decode()
    assert 'id="tasks"' in text and 'id="ended"' in text and ">新逾期<" in text


def test_a_new_task_is_listed_though_many_are_more_urgent(known: Gathered) -> None:
    one = known.night.frame("gold.work_queue").iloc[0].to_dict()
    rows = [one | {"subject_id": f"OLD{i}", "status": "undated"} for i in range(4)]
    rows.append(one | {"subject_id": "Z-NEW", "status": "undated", "days_left": None})
    frame = pd.DataFrame(rows)
    before = frame[frame["subject_id"] != "Z-NEW"]
    night = replace(known.night, tables=dict(known.night.tables) | {"gold.work_queue": frame})
    beside = compared(replace(known, night=night), work_queue=before)
    listed = extras.tasks(beside, rows, most=2)
    assert listed is not None and [t["subject"] for t in listed["rows"]] == ["OLD0", "OLD1", "Z-NEW"]


def test_a_rate_that_was_revised_is_said_with_both_values_and_one_that_prints_alike_is_not(
    known: Gathered,
) -> None:
    rates = known.night.frame("gold.detection_rate")
    row = known.rates.newest("nation", "CN", "probability")
    assert row is not None
    before = rates[COMPARED["gold.detection_rate"]].copy()
    mine = (
        (before["dimension_type"] == "nation")
        & (before["period_start"] == row["period_start"])
        & (before["period_type"] == row["period_type"])
        & (before["design"] == "probability")
        & (before["dimension2_type"] == "")
    )
    before.loc[mine, "exposure_rate"] = row["exposure_rate"] + 1e-9
    assert len(shown(compared(known, detection_rate=before))) == 1
    before.loc[mine, "exposure_low"] = row["exposure_low"] - 0.01
    limits = morning.changes(compared(known, detection_rate=before))
    assert limits is not None and "仍为" in limits[0].words.zh and limits[0].link == "#nation"
    assert "修订" not in limits[0].words.zh and "其95%区间由" in limits[0].words.zh
    before.loc[mine, "exposure_rate"] = row["exposure_rate"] + 0.01
    said = shown(compared(known, detection_rate=before))[0][1]
    assert said.startswith("national exposure rate, ") and " from " in said and " to " in said


def test_a_table_that_is_newly_behind_is_counted_and_one_that_is_new_again_too(known: Gathered) -> None:
    beside = compared(known)
    earlier = beside.night.earlier
    assert earlier is not None
    night = replace(beside.night, earlier=replace(earlier, behind=frozenset({"gold.bulletin"})))
    assert shown(replace(beside, night=night))[-2:] == [
        ("+1", "table was not updated by this run", True),
        ("−1", "table is up to date again", False),
    ]


def test_the_sentence_gives_rate_limits_and_window(known: Gathered) -> None:
    said, row = morning.sentence(known), known.rates.newest("nation", "CN", "probability")
    assert said is not None and row is not None
    assert f"{100 * row['exposure_rate']:.1f}%" in said.en and "95% interval" in said.en
    assert said.zh.startswith("20") and "全国网售商品加权不合格率" in said.zh


def test_todays_work_counts_by_day_and_leads_with_the_longest_overdue(known: Gathered) -> None:
    found = morning.today(known)
    assert found is not None
    assert (found.overdue, found.today, found.week, found.more) == ("2", "0", "2", 0)
    assert [(o.code, o.late, o.worst) for o in found.offices] == [("330106", 2, 60), ("440000", 0, 0)]
    queue = known.night.frame("gold.work_queue").iloc[:2]
    queue = queue.assign(due=[DAY, DAY + timedelta(days=7)], status="due_soon")
    night = replace(known.night, tables=dict(known.night.tables) | {"gold.work_queue": queue})
    later = morning.today(replace(known, night=night))
    assert later is not None and (later.overdue, later.today, later.week) == ("0", "1", "2")


def test_offices_that_are_not_listed_have_the_rest_of_the_overdue_tasks_in_a_row_of_their_own(
    known: Gathered,
) -> None:
    one = known.night.frame("gold.work_queue").iloc[0].to_dict()
    late = {"office_type": "lab", "province_code": None, "status": "overdue"}
    soon = late | {"status": "due_soon", "days_left": 0, "due": DAY}
    rows = [
        one | late | {"office_code": f"L{n:02}", "subject_id": f"S{n}-{k}", "days_left": -n - 1}
        for n in range(11)
        for k in range(n + 1)
    ]
    rows.append(one | soon | {"office_code": "L00", "subject_id": "soon"})
    frame = pd.DataFrame(rows)
    more = replace(
        known, night=replace(known.night, tables=dict(known.night.tables) | {"gold.work_queue": frame})
    )
    found = morning.today(more)
    assert found is not None and found.rest is not None and found.more == 3
    assert (found.rest.late, found.rest.today, found.rest.soon, found.rest.worst) == (6, 1, 1, 3)
    assert sum(o.late for o in found.offices) + found.rest.late == int(found.overdue) == 66
    text = text_of(render(home.build(gather(more.night)), shared_context(more)).decode())
    part = text[text.index("To be done today") : text.index("The whole work queue")]
    assert "其余3个承办单位 3 more offices 6 1 1 3" in part


def test_what_the_gate_finds_wrong_with_the_queue_stands_where_it_is_read(known: Gathered) -> None:
    message = "more than a tenth of the tasks with a deadline are a year overdue; check whether"
    verdicts = known.night.frame("ops.gate_verdict")
    words = {"message_zh": "逾期一年以上", "message_en": message}
    check = {"table": "gold.work_queue", "run_id": "r", "date": DAY, "severity": "warning", **words}
    for success, stands in ((False, True), (True, False)):
        kept = dicts(verdicts)
        both = pd.DataFrame([*kept, *[kept[0] | check | {"success": success}] * 2])
        tables = dict(known.night.tables) | {"ops.gate_verdict": both}
        night = gather(replace(known.night, tables=tables))
        for page in (home.build(night), next(p for p in work.build(night) if p.path == "work.html")):
            text = render(page, shared_context(night)).decode()
            assert text.count("More" + message[4:]) == stands, page.path
            assert ('href="gate.html#failed-gold.work_queue"' in text) == stands
        if stands:
            of_gate = render(next(iter(gate.build(night.night))), shared_context(night)).decode()
            assert 'id="failed-gold.work_queue"' in of_gate, "the link has a target"


def test_the_warning_on_work_a_year_overdue_says_how_many_tasks_and_leads_to_them(known: Gathered) -> None:
    stated = yaml.safe_load((EXPECTATIONS / "gold" / "work_queue.yaml").read_text(encoding="utf-8"))
    (limit,) = [
        e["kwargs"]["min_value"] for e in stated["expectations"] if e["kwargs"]["column"] == "days_left"
    ]
    assert limit == -fresh.YEAR
    queue = known.night.frame("gold.work_queue")
    one = queue[queue["status"] == "overdue"].head(1)
    n = extras.PRESSING + 60  # more than the page would list of what is overdue
    old = pd.concat([one.assign(subject_id=f"O{i}", days_left=limit - 1) for i in range(2)])
    late = pd.concat([one.assign(subject_id=f"L{i}", days_left=limit) for i in range(n)])
    queue = pd.concat([queue, late, old], ignore_index=True)
    verdicts = known.night.frame("ops.gate_verdict")
    check = {"table": "gold.work_queue", "run_id": "r", "date": DAY, "success": False, "message_zh": "逾期"}
    kept = dicts(verdicts)
    failed = pd.DataFrame([*kept, kept[0] | check | {"message_en": "overdue"}])
    later = {"gold.work_queue": queue, "ops.gate_verdict": failed}
    night = gather(replace(known.night, tables=dict(known.night.tables) | later))
    dated = queue["days_left"].notna().sum()
    for page in (home.build(night), next(p for p in work.build(night) if p.path == "work.html")):
        html = render(page, shared_context(night)).decode()
        (address, said) = re.findall(r'id="old">.*?<a href="(.*?)">(.*?)</a>', html)[0]
        assert text_of(said).strip() == f"2 / {dated}" and address.startswith("work.html?tasks.find=")
    rows = html.split('id="tasks"')[1].split("</table>")[0].split("<tr")[1:]
    found = unquote(address).split("find=")[1].split("#")[0]
    assert [re.findall(r">([OL]\d+)<", row) for row in rows if found in row] == [["O0"], ["O1"]]


def test_the_night_compared_with_is_the_newest_nightly_of_an_earlier_date(tmp_path: Path) -> None:
    lake = country.lake_at(tmp_path)
    country.write(lake)
    rows = lake.frame("ops.night").to_dict("records")
    runs = {  # run: kind, date
        "old": ("nightly", DAY - timedelta(days=9)),
        "yesterday": ("nightly", YESTERDAY),
        "urgent": ("urgent", YESTERDAY),
        "this-morning": ("nightly", DAY),
    }
    added = [
        r | {"run_id": run, "kind": kind, "date": day, "committed_at": NOW - timedelta(hours=9 - n)}
        for n, (run, (kind, day)) in enumerate(runs.items())
        for r in rows
    ]
    lake.overwrite("ops.night", ops.rows("ops.night", rows + added))
    assert newest_snapshot(lake, ("nightly",), before=DAY).run_id == "yesterday"
    night = read_night(newest(lake), country.environment(tmp_path).source_roots, data_docs=False)
    assert night.earlier is not None and night.earlier.date == YESTERDAY
    assert set(night.earlier.tables) == set(COMPARED)
    assert ("yesterday",) in read_from(newest(lake), ())


def test_an_earlier_night_that_maintenance_has_freed_is_none(tmp_path: Path) -> None:
    lake = country.lake_at(tmp_path)
    country.write(lake)
    rows = lake.frame("ops.night").to_dict("records")
    added = [
        r | {"run_id": "old", "date": YESTERDAY, "committed_at": NOW - timedelta(days=1), "version": 99}
        for r in rows
    ]
    lake.overwrite("ops.night", ops.rows("ops.night", rows + added))
    night = read_night(newest(lake), country.environment(tmp_path).source_roots, data_docs=False)
    assert night.earlier is None


def test_both_dates_stand_on_every_page(html: dict[str, str]) -> None:
    for path, text in html.items():
        assert "数据截至" in text and "运行日期" in text, path


@pytest.mark.parametrize(
    ("figures", "zh", "en"),
    [
        (
            {"n_quality_complaints": 0, "rate_per_10000": 0.0, "low": 0.0, "high": 0.04},
            "低于0.1",
            "below 0.1",
        ),
        ({"rate_per_10000": None, "low": None, "high": None, "confidential": True}, "保密", "confidential"),
    ],
)
def test_a_complaint_rate_in_words_stands_in_both_languages(
    known: Gathered, figures: dict[str, object], zh: str, en: str
) -> None:
    rates = known.night.frame("gold.complaint_rate").astype(object)
    nation = (rates["dimension_type"] == "nation") & (rates["period_type"] == "year")
    rates.loc[nation, list(figures)] = list(figures.values())
    edited = gather(replace(known.night, tables=dict(known.night.tables) | {"gold.complaint_rate": rates}))
    html = render(home.build(edited), shared_context(edited)).decode()
    tile = html.split('<a class="tile" href="complaints.html"><b>')[1].split("</b>")[0]
    assert tile == f'<span class="zh" lang="zh-CN">{zh}</span><span class="en" lang="en">{en}</span>'

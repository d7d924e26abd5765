"""A task leads to the place that names its case; where no page does, its own row says what is on record."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
from reading_pages import text_of

from jobs.marts.overview.queue_tasks import TASKS
from jobs.reports import case_facts, cases
from jobs.reports.gathered import Gathered, gather
from jobs.reports.pages import searching, work
from jobs.reports.pages.bulletin import MOST_FAILED, SHOWN, anchor, batches
from jobs.reports.pages.extras import task, tasks
from jobs.reports.wording import Text

ROW = re.compile(r"<tr[^>]*>.*?</tr>", re.S)
# Kind of case → table and column with its numbers.
NUMBERS = {
    "sample": ("gold.bulletin", "sample_id"),
    "enforcement_case": ("silver.enforcement_case", "case_id"),
    "lead": ("gold.enforcement_lead", "lead_id"),
    "complaint": ("gold.complaint_matter", "complaint_id"),
    "counterfeit_report": ("gold.counterfeit_case", "report_id"),
}
WITHOUT_A_TABLE = ("assistance_request", "lab_commission", "package", "signal")


def of_every_kind(known: Gathered) -> list[dict[str, object]]:
    """A task about each case on record, and one about a case that no table has, for each kind."""
    row = known.night.frame("gold.work_queue").to_dict("records")[0]
    numbers = {
        kind: [*known.night.frame(table)[column].dropna().astype(str).unique(), "NOWHERE"]
        for kind, (table, column) in NUMBERS.items()
    }
    subjects = known.night.frame("gold.enforcement_lead")[["subject_type", "subject_id"]].drop_duplicates()
    for kind, number in subjects.itertuples(index=False):
        numbers.setdefault(kind, []).append(number)
    numbers |= {kind: ["NOWHERE"] for kind in WITHOUT_A_TABLE}
    return [row | {"subject_type": kind, "subject_id": n} for kind, all_ in numbers.items() for n in all_]


def test_a_task_of_any_kind_leads_to_a_place_that_names_its_case_or_says_what_is_on_record(
    known: Gathered, html: dict[str, str]
) -> None:
    linked = set[str]()
    for row in of_every_kind(known):
        made = task(known, row)
        kind, number = row["subject_type"], str(row["subject_id"])
        if not made["href"]:
            assert made["facts"] is not None and str(row["since"]) in made["facts"].zh, (kind, number)
            continue
        linked.add(str(kind))
        path, _, place = made["href"].partition("#")
        shown = html[path]
        if place:
            (shown,) = [r for r in ROW.findall(shown) if f'id="{place}"' in r]
        assert number in text_of(shown), (kind, number, made["href"])
    assert {"sample", "lead"} <= linked


def test_every_link_of_a_list_of_tasks_has_its_target_and_every_other_case_its_row(
    html: dict[str, str],
) -> None:
    pages = [(path, text) for path, text in html.items() if path == "work.html" or path.startswith("work/")]
    seen = 0
    for path, text in pages:
        rows = [r for r in ROW.findall(text) if '<td class="subject">' in r]
        for row in rows:
            cell = row.split('<td class="subject">')[1].split("</td>")[0]
            number = re.search(r"<code>(.*?)</code>", cell)
            if number is None:  # of a signal, whose number is an internal key
                words = re.sub("<[^>]*>", "", cell)
                assert "2026-05-04" in words and "platform_category" not in words, path
                (signal,) = re.findall(r'href="(?:\.\./)*risk\.html#([^"]+)"', cell)
                assert f'<tr id="{signal}"' in html["risk.html"], path
                continue
            link = re.search(r'href="(?:\.\./)*([^"#]+)(?:#([^"]+))?"', cell)
            seen += 1
            if link is None:
                assert f'id="{anchor(number[1])}"' in text, (path, number[1])
            else:
                assert link[2] is None or f'id="{link[2]}"' in html[link[1]], (path, link[0])
    assert seen > 3


def test_the_kinds_of_cases_that_the_test_covers_are_all_that_tasks_have() -> None:
    source = Path(case_facts.__file__).read_text(encoding="utf-8") + Path(cases.__file__).read_text("utf-8")
    made = {
        kind
        for path in Path("jobs/marts/overview").glob("queue_*.py")
        for kind in re.findall(r'subject="(\w+)"', path.read_text(encoding="utf-8"))
    }
    assert made <= {*NUMBERS, *WITHOUT_A_TABLE} and len(TASKS) > 20
    assert all(f'"{kind}"' in source for kind in made)


def test_search_leads_to_the_row_of_a_case_that_no_page_names(known: Gathered) -> None:
    rows = work.rows_of_cases(known)
    queue = known.night.frame("gold.work_queue")
    assert rows and {kind for kind, _ in rows} <= set(queue["subject_type"])
    for (kind, number), path in rows.items():
        assert not cases.record(known, kind, number) and path.endswith(f"#{anchor(number)}")
        assert path.startswith("work/")


def test_several_tasks_about_one_case_share_one_id(known: Gathered) -> None:
    row = known.night.frame("gold.work_queue").to_dict("records")[0]
    row |= {"subject_type": "complaint", "subject_id": "TS-1"}
    listed = tasks(known, [row, row | {"task": "end_mediation"}])
    assert listed is not None and [t["anchor"] for t in listed["rows"]] == ["TS-1", ""]


def test_a_batch_shows_the_days_of_its_follow_up_its_cases_and_what_is_open(known: Gathered) -> None:
    life = known.night.frame("gold.sampling_lifecycle")
    row = life.iloc[0].to_dict() | {
        "sample_id": "B1",
        "takedown_ordered_on": "2026-03-28",
        "taken_down_on": None,
    }
    queue = known.night.frame("gold.work_queue").to_dict("records")[0]
    queue |= {"subject_type": "sample", "subject_id": "B1", "status": "overdue", "text_en": "take down"}
    case = {"case_id": "AJ-9", "sample_id": "B1", "opened_on": "2026-04-02"}
    tables = {
        "gold.sampling_lifecycle": pd.DataFrame([row]),
        "gold.work_queue": pd.DataFrame([queue]),
        "silver.enforcement_case": pd.DataFrame([case], columns=[*case, "complaint_id", "closed_on"]),
    }
    bulletin = known.night.frame("gold.bulletin")
    bulletin = bulletin[bulletin["plan_id"].isin(bulletin.loc[bulletin["sample_id"] == "B1", "plan_id"])]
    night = known.night
    beside = gather(replace(night, tables=dict(night.tables) | tables))
    found = batches(beside, bulletin)
    (batch,) = [b for b in found.bad if b["sample"] == "B1"]
    assert "通知平台下架 2026-03-28" in batch["course"].zh and "已下架" not in batch["course"].zh
    assert "case AJ-9 (opened 2026-04-02)" in batch["course"].en and "taken down" not in batch["course"].en
    assert [(w["what"].en, w["overdue"]) for w in batch["waiting"]] == [("take down", True)]


def test_the_page_of_a_plan_has_the_first_batches_of_both_kinds_and_counts_all(known: Gathered) -> None:
    one = known.night.frame("gold.bulletin").set_index("sample_id", drop=False).loc["B1"].to_dict()

    def copies(kind: str, n: int, **other: object) -> list[dict[str, object]]:
        return [one | other | {"sample_id": f"{kind}{at:03d}"} for at in range(n)]

    sound = copies("S", SHOWN + 2, final_outcome="conforming", serious=False, exit_kind=None)
    bad = copies("F", MOST_FAILED + 1)
    rest = [*copies("P", 3, disclosure="pending"), *copies("N", 4, disclosure="never")]
    found = batches(known, pd.DataFrame([*rest, *sound, *bad]))
    assert [b["sample"] for b in found.bad] == [f"F{at:03d}" for at in range(MOST_FAILED)]
    assert [b["sample"] for b in found.sound] == [f"S{at:03d}" for at in range(SHOWN)]
    assert (found.n_bad, found.n_sound) == (MOST_FAILED + 1, SHOWN + 2)
    assert (found.withheld, found.void) == (3, 4)


def test_a_sample_without_a_platform_says_so_and_what_its_case_states(known: Gathered) -> None:
    row = known.night.frame("gold.work_queue").to_dict("records")[0]
    row |= {"subject_type": "sample", "subject_id": "B9", "platform_code": None}
    case = {"case_id": "AJ-9", "sample_id": "B9"}
    of_case = row | {"subject_type": "enforcement_case", "subject_id": "AJ-9", "platform_code": "P01"}
    columns = [*case, "opened_on", "complaint_id", "closed_on"]
    tables = {
        "gold.work_queue": pd.DataFrame([row, of_case]),
        "silver.enforcement_case": pd.DataFrame([case], columns=columns),
    }
    night = known.night
    beside = gather(replace(night, tables=dict(night.tables) | tables))
    name = known.names.of("platform", "P01")
    stated = task(beside, row)["platform_name"]
    assert (stated.zh, stated.en) == (f"不明（案件载明：{name.zh}）", f"Unknown (by its case: {name.en})")
    assert task(known, row)["platform_name"].zh == "不明"
    assert task(beside, of_case)["platform_name"] == name
    assert task(known, row | {"subject_type": "complaint"})["platform_name"] is None


class Records:
    """In place of Gathered: the rows of one batch."""

    def __init__(self, life: dict[str, object], cases: list[dict[str, object]]) -> None:
        self.life, self.cases = life, cases

    def about(self, table: str, column: str) -> dict[str, dict[str, object]]:
        return {"S1": self.life}

    def groups(self, table: str, *columns: str) -> dict[str, list[dict[str, object]]]:
        return {"S1": self.cases} if self.cases else {}


def test_the_course_of_a_batch_is_in_the_order_of_days_and_says_each_day_once() -> None:
    life = {
        "taken_down_on": "2026-01-20",
        "takedown_ordered_on": "2026-01-20",  # of one day: the order of the procedure
        "recheck_passed_on": "2026-05-01",  # the second recheck, after one that failed
        "recheck_failed_on": "2026-02-11",
        "enforcement_opened_on": "2026-02-01",
        "enforcement_closed_on": "2026-06-01",
    }
    alone = case_facts.course(Records(life, []), "S1")  # type: ignore[arg-type]
    assert alone.zh == (
        "通知平台下架 2026-01-20；已下架 2026-01-20；立案 2026-02-01；复查不合格 2026-02-11；"
        "复查合格 2026-05-01；结案 2026-06-01"
    )
    # The case was closed on another day than the event of the procedure says: both stand.
    case = {"case_id": "C1", "opened_on": "2026-02-01", "closed_on": "2026-06-03"}
    found = case_facts.course(Records(life, [case]), "S1")  # type: ignore[arg-type]
    assert found.zh == (
        "通知平台下架 2026-01-20；已下架 2026-01-20；复查不合格 2026-02-11；复查合格 2026-05-01；"
        "结案 2026-06-01；案件 C1（立案 2026-02-01；结案 2026-06-03）"
    )


def test_a_complaint_shows_the_stated_number_of_its_matter_and_no_code_of_ours(known: Gathered) -> None:
    matters = pd.DataFrame({"complaint_id": ["C8", "C9"], "matter": ["matter:M123", "case:C9"]})
    tables = dict(known.night.tables) | {"gold.complaint_matter": matters}
    edited = gather(replace(known.night, tables=tables))
    found = [row[1:3] for row in searching._cases(edited) if str(row[1]).startswith(("C8", "C9"))]
    assert found == [["C8 · M123", "C8 · M123"], ["C9", "C9"]]
    asked = [list(case_facts._of_kind(edited, "complaint", code)) for code in ("C8", "C9")]
    assert asked == [[Text("事项 M123", "matter M123")], []]


def test_a_task_on_a_bulletin_says_how_far_its_article_was_read(known: Gathered) -> None:
    """The work queue did, the page of the plan did not, as if the text had been checked."""
    queue = known.night.frame("gold.work_queue").copy()
    queue["rule_status"] = queue["rule_status"].where(queue["subject_id"] != "S1", "unverified")
    tables = dict(known.night.tables) | {"gold.work_queue": queue}
    (task,) = case_facts.waiting(gather(replace(known.night, tables=tables)), "S1")
    assert task["citation"].zh.endswith("第四十七条（未核对条文）")
    assert task["citation"].en.endswith("(text of the law not checked)")


def test_the_statutory_deadlines_and_the_definition_of_leads_say_how_far_articles_were_read(
    html: dict[str, str],
) -> None:
    deadlines = html["sampling.html"].split('<h2 id="timers"')[1].split("</table>")[0]
    assert "第四十六条（条文据转载文本核对）" in deadlines
    assert "《市场监督管理行政处罚程序规定》第十八条，条文据转载文本核对）" in html["about.html"]

"""The page on complaints opens with what is to be done; the page of a unit has its signals and how complaints
about it are handled."""

from __future__ import annotations

import dataclasses
import re
from datetime import date
from importlib import resources

import country
import pandas as pd
from reading_pages import english_ranges, text_of

from jobs.exchange.pages.words import SENT_TASK_STATUS
from jobs.marts.overview.queue_tasks import UNDATED
from jobs.reports.gathered import Gathered, gather
from jobs.reports.handling import AGEING, HANDLING, MEASURES
from jobs.reports.numbers import percent
from jobs.reports.pages.desk_parts import MOST_SIGNALS, signals
from jobs.reports.procedure import TASK_STATUS, task_status

TABLE_ROW = re.compile(r"<tr><th scope=\"row\">.*?</tr>", flags=re.S)


def section(page: str, anchor: str) -> str:
    """From a heading to the next one."""
    return re.split(r"<h2 ", page[page.index(f'<h2 id="{anchor}"') + 4 :])[0]


def english(part: str) -> str:
    return text_of(re.sub(r'<span class="zh".*?</span>', "", part, flags=re.S)).strip()


def rows(part: str) -> list[list[str]]:
    """Cells of the first table of a part, in English."""
    body = re.search(r"<tbody>(.*?)</tbody>", part, flags=re.S)
    assert body is not None
    found = re.findall(r"<tr.*?>(.*?)</tr>", body[1], flags=re.S)
    return [
        [english(cell) for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row, flags=re.S)] for row in found
    ]


def of_unit(table: str, dimension: str, code: str) -> pd.DataFrame:
    frame = country.tables()[table]
    return frame[(frame["dimension_type"] == dimension) & (frame["dimension_code"] == code)]


def test_the_page_on_complaints_opens_with_what_is_to_be_done_and_by_whom(html: dict[str, str]) -> None:
    page = html["complaints.html"]
    lead = page[page.index('<p class="lead">') :]
    assert re.findall(r"<strong>(\d+)</strong>", lead)[:3] == ["3", "1", "2"]
    headings = re.findall(r'<h2 id="(\w+)"', page)
    assert headings.index("today") == 0 and headings.index("rate") == 1
    today = section(page, "today")
    assert "Decide whether to accept the complaint" in today and "决定是否受理投诉" in today
    listed = rows(today)
    assert [r[1:] for r in listed] == [["1", "1", "21", "2", "0"], ["0", "1", "–", "0", "1"]]
    assert "Xihu" in listed[0][0] and "Guangdong" in listed[1][0]
    assert re.findall(r'href="(work/[^?]+)\?', today) == [
        "work/region_330000.html",
        "work/region_440000.html",
    ]


def test_tasks_that_are_not_about_complaints_stay_on_the_work_page(html: dict[str, str]) -> None:
    assert "look into the signal" in html["work.html"]
    assert "organise the recheck" not in section(html["complaints.html"], "today")


def test_a_platform_and_a_category_have_the_signals_whose_key_names_them(html: dict[str, str]) -> None:
    platform = rows(section(html["platforms/P03.html"], "signals"))
    assert len(platform) == 1 and platform[0][1:] == ["open 2026-05-04", "9 / 2.0"]
    category = rows(section(html["categories/TY.html"], "signals"))
    assert [r[1] for r in category] == [
        "open, serious 2026-06-29",
        "open 2026-05-04",
        "open, usual pair 2026-06-29",  # after the news
    ]
    assert country.MARKUP.upper() not in html["platforms/P03.html"]
    assert 'id="signals"' not in html["platforms/P01.html"] + html["categories/HA.html"]


def test_a_province_has_the_signals_that_its_authorities_look_into(html: dict[str, str]) -> None:
    assert len(rows(section(html["regions/330000.html"], "signals"))) == 1
    assert 'id="signals"' not in html["regions/440000.html"]


def test_a_unit_has_how_complaints_about_it_are_handled_with_limits(html: dict[str, str]) -> None:
    for path, dimension, code in (
        ("platforms/P01.html", "platform", "P01"),
        ("regions/330000.html", "region", "330000"),
        ("categories/HA.html", "category", "HA"),
    ):
        handling = of_unit(HANDLING, dimension, code)
        year = handling[handling["period_type"] == "year"].set_index("measure")
        success, decided = year.loc["mediation_success"], year.loc["complaint_decision"]
        shown = {r[0]: r[1:] for r in rows(english_ranges(section(html[path], "handled")))}
        [mediated] = [v for k, v in shown.items() if "Mediation success" in k]
        assert mediated[0].startswith(f"{percent(success['share'])} ({percent(success['low'])[:-1]}–")
        assert mediated[1] == f"{success['n_met']} / {success['n_cases']}"
        [acceptance] = [v for k, v in shown.items() if "Acceptance decided on time" in k]
        assert acceptance[1] == f"{decided['n_met']} / {decided['n_cases']}" == "38 / 40"


def test_open_cases_of_a_unit_stand_by_age(html: dict[str, str]) -> None:
    part = section(html["platforms/P01.html"], "handled")
    ages = [english(line) for line in re.findall(r"<li>.*?</li>", part)]
    assert ages == [
        "Complaints 3 (0–7: 2; 8–15: 0; 16–30: 0; 31–60: 0; 61 or more: 1)",
        "Reports 1 (0–7: 0; 8–15: 0; 16–30: 1; 31–60: 0; 61 or more: 0)",
    ]
    assert of_unit(AGEING, "platform", "P01")["n_open"].sum() == 4


def test_too_few_mediations_have_no_share(html: dict[str, str]) -> None:
    [line] = rows(section(html["platforms/P03.html"], "handled"))
    assert "fewer than 30 cases" in line[1] and line[2].endswith("/ 12")
    assert 'id="handled"' not in html["platforms/P02.html"]


def test_the_parts_of_a_unit_are_small(html: dict[str, str]) -> None:
    """A page may hold 10,000 elements, of which 170 are for these parts where all measures and the most
    signals are listed."""
    for path in ("platforms/P03.html", "regions/330000.html", "categories/TY.html", "platforms/P01.html"):
        parts = {a: section(html[path], a) for a in ("signals", "handled") if f'id="{a}"' in html[path]}
        assert parts
        missing = {"signals": MOST_SIGNALS, "handled": len(MEASURES) - 1}
        size = sum(len(re.findall(r"<[a-z]", part)) for part in parts.values())
        per_row = max(len(re.findall(r"<[a-z]", row)) for p in parts.values() for row in TABLE_ROW.findall(p))
        more = sum(most - len(rows(parts[a])) for a, most in missing.items() if a in parts)
        assert size + more * per_row < 170, path


def test_open_signals_stand_before_confirmed_ones_and_few_are_listed(known: Gathered) -> None:
    given = country.tables()["gold.risk_signal"].iloc[[1]]
    more = [
        given.assign(opened_on=date(2026, 1, day), state="confirmed", closed_on=date(2026, 2, day))
        for day in range(1, 8)
    ]
    refuted = given.assign(state="refuted", opened_on=date(2025, 12, 1))
    table = pd.concat([*more, given, refuted], ignore_index=True)
    tables = dict(known.night.tables) | {"gold.risk_signal": table}
    found = signals(gather(dataclasses.replace(known.night, tables=tables)), "platform", "P03")
    assert found is not None
    assert (found.all, found.open, len(found.rows)) == (8, 1, 3)
    assert [r.since for r in found.rows[:2]] == [date(2026, 5, 4), date(2026, 2, 7)]


def test_the_note_on_the_order_of_tasks_names_every_status_without_a_last_day(html: dict[str, str]) -> None:
    """It named two of three: the takedowns, of which the law names no number of days, were left out."""
    found = {task_status({"status": "undated", "undated": why}) for why in UNDATED}
    assert found == {"undated", "no_legal_days", "pending"}
    group = next(path for path in sorted(html) if path.startswith("work/"))
    for path in ("work.html", group, "about.html"):
        for part in re.findall("没有截止日期的事项（([^（）]*)）按等待天数", html[path]):
            assert {TASK_STATUS[status].zh for status in found} == set(re.split("[、和]", part))
        words = ", ".join(words.en for status, words in TASK_STATUS.items() if status in found)
        assert f"(without one – {words} – the longest open first" in html[path]
        assert "没有截止日期的事项（" in html[path]


def test_a_package_calls_a_task_without_a_last_day_what_the_note_on_its_order_calls_it() -> None:
    note = resources.files("jobs.reports").joinpath("templates", "party.html").read_text("utf-8")
    assert f"{SENT_TASK_STATUS['undated'].zh}的事项按等待天数" in note

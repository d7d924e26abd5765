"""A link that filters or searches a list of tasks leads to rows that the list has, however many others come
before them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from posixpath import dirname, join, normpath
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pandas as pd
import pytest
from country_files import DAY
from lxml import html as parsed
from test_accessible import MOST, elements
from test_morning import compared

from jobs.marts.takedown_duty import PUBLICATION, based_on
from jobs.reports import fresh
from jobs.reports.gathered import Gathered, gather
from jobs.reports.names import KINDS
from jobs.reports.pages import (
    complaints,
    extras,
    home,
    laboratory,
    province_duties,
    searching,
    units,
    work,
)
from jobs.reports.rendering import Page, render
from jobs.reports.site import shared_context

PROVINCE, COUNTY = "330000", "330106"
MANY = work.MOST_OF_GROUP + extras.PRESSING


def crowded(known: Gathered) -> Gathered:
    """The same night with more tasks than any page lists of what is overdue, and one of each kind to which
    links lead behind them."""
    queue = known.night.frame("gold.work_queue")
    mine = queue[queue["office_code"] == COUNTY].head(1)
    one = mine.iloc[0].to_dict() | {"subject_type": "signal", "marker": None}
    late = [one | {"subject_id": f"L{n}", "status": "overdue", "days_left": -300} for n in range(MANY)]
    soon, today = (
        one | {"subject_id": f"D{days}", "status": "due_soon", "days_left": days, "due": DAY}
        for days in (5, 0)
    )
    undated = one | {"status": "undated", "days_left": None, "due": None, "days_open": 1}
    to_publish = undated | based_on(PUBLICATION) | {"task": "publish", "text_zh": "公布结果"}
    publish = [to_publish | {"subject_id": f"P{n}"} for n in range(2)]
    own = undated | {"subject_id": "O1", "office_code": PROVINCE}
    waiting = [undated | {"subject_id": "W1", "office_code": "330483"}, one | {"subject_id": "NEW"}]
    old = one | {"subject_id": "OLD", "status": "overdue", "days_left": -fresh.YEAR - 1}
    duty = own | {"subject_id": "OWN", "status": "overdue", "days_left": -9, "text_zh": "答复协助调查函"}
    frame = pd.DataFrame([*late, soon, today, *publish, own, *waiting, old, duty])
    frame = pd.concat([queue, frame[queue.columns]], ignore_index=True)
    later = gather(replace(known.night, tables=dict(known.night.tables) | {"gold.work_queue": frame}))
    before = frame[frame["subject_id"] != "NEW"].copy()
    before.loc[before["subject_id"] == "D5", "status"] = "running"
    before.loc[before["subject_id"] == "L299", "status"] = "due_soon"
    return compared(later, work_queue=before)


def pages(known: Gathered) -> Iterator[Page]:
    yield home.build(known)
    yield from work.build(known)
    yield from laboratory.build(known)
    yield complaints.build(known)
    for kind, code in (("region", PROVINCE), ("region", "440000"), ("platform", "P01")):
        yield units._unit_page(known, KINDS[kind], code)


def rows_of(page: str, anchor: str) -> list[Any]:
    (table,) = parsed.fromstring(page).xpath(f'(//*[@id="{anchor}"]/following::table)[1]')
    return list(table.xpath("./tbody/tr"))


def words(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


@pytest.fixture(scope="module")
def made(known: Gathered) -> tuple[Gathered, dict[str, str]]:
    night = crowded(known)
    context = shared_context(night)
    return night, {page.path: render(page, context).decode() for page in pages(night)}


def test_each_link_that_filters_a_list_of_tasks_leads_to_rows_that_the_list_has(
    made: tuple[Gathered, dict[str, str]],
) -> None:
    night, html = made
    links = [
        (path, href) for path, page in html.items() for href in re.findall(r'href="([^"#]*\?[^"]*)"', page)
    ]
    links += [("index.html", str(row[0])) for row in searching._old_tasks(night)]
    met = set[str]()
    for path, href in links:
        parts = urlsplit(href)
        target = normpath(join(dirname(path), parts.path)) if parts.path else path
        for name, value in parse_qsl(parts.query):
            key, _, column = name.partition(".")
            if key not in ("tasks", "work"):
                continue
            rows = rows_of(html[target], key)
            cells = rows if column == "find" else [row.xpath("./*")[int(column)] for row in rows]
            assert any(value in words(cell) for cell in cells), (path, unquote(href))
            met.add(value if column in ("find", "3", "4") else column)
    marks = {mark.zh for mark in fresh.MARK.values()}
    assert met >= {*marks, "公布结果", "7天内到期", "逾期", str(DAY), "1"}


def test_a_list_has_as_many_rows_as_the_verdict_that_leads_to_them_counts(
    made: tuple[Gathered, dict[str, str]],
) -> None:
    page = made[1][f"regions/{PROVINCE}.html"]
    said = re.search(r"公布本省监管部门下达计划的抽查结果(\d+)批次", page)
    found = [row for row in rows_of(page, "work") if "公布结果" in words(row)]
    assert said is not None and len(found) == int(said[1]) == 2


def test_a_province_names_what_is_overdue_at_its_own_authority_before_what_is_to_be_published(
    made: tuple[Gathered, dict[str, str]],
) -> None:
    page = made[1][f"regions/{PROVINCE}.html"]
    (within,) = parsed.fromstring(page).xpath('//*[@id="within"]')
    own, publish, every = within.xpath(".//li")
    assert "本级逾期事项：答复协助调查函，OWN" in words(own)
    assert "overdue at the authority itself" in words(own).lower()
    assert "公布" in words(publish)
    (address,) = own.xpath(".//a/@href")
    path = normpath(join("regions", urlsplit(address).path))
    assert urlsplit(address).path == "" or path in made[1]
    queue = made[0].night.frame("gold.work_queue")
    mine = queue[queue["office_type"].eq("authority") & queue["office_code"].eq(PROVINCE)]
    assert f"本级事项共{len(mine)}项：" in words(every) and len(mine) > 1
    assert "答复协助调查函1项" in words(every)
    (address,) = every.xpath(".//a/@href")
    listed = rows_of(made[1][normpath(join("regions", urlsplit(address).path))], "tasks")
    assert any("浙江省市场监督管理局" in words(row.xpath("./*")[1]) for row in listed)


def test_the_tasks_of_a_provinces_own_authority_are_counted_without_repeating_their_deadlines(
    made: tuple[Gathered, dict[str, str]],
) -> None:
    """Each overdue task stood there again, with its deadline, as a separate kind."""
    task = {"office_type": "authority", "office_code": PROVINCE, "task": "recheck"}
    days = ("2026-05-08", "2026-06-16")
    queue = [task | {"text_zh": f"组织复查（应于{day}完成）", "text_en": f"due {day}"} for day in days]
    ((said, _),) = province_duties._own(made[0], PROVINCE, queue)
    assert said.zh.endswith("本级事项共2项：组织复查2项") and said.en.endswith(
        "(2 tasks): organise the recheck 2"
    )


def test_a_result_to_publish_says_by_which_law_and_that_its_text_was_not_checked(
    made: tuple[Gathered, dict[str, str]],
) -> None:
    rows = [row for row in rows_of(made[1][f"regions/{PROVINCE}.html"], "work") if "公布结果" in words(row)]
    assert rows
    for row in rows:
        assert "《产品质量法》第二十四条；《产品质量监督抽查管理暂行办法》" in words(row.xpath("./*")[-1])
        assert "第四十四条" in words(row.xpath("./*")[-1])
        assert "未核对条文" in words(row.xpath("./*")[-1])


def test_a_province_leads_in_one_click_to_pages_that_hold_all_of_its_tasks(
    made: tuple[Gathered, dict[str, str]],
) -> None:
    """Its own page lists the first of many (36 of 57), and the others could be had as CSV alone."""
    night, html = made
    path = f"regions/{PROVINCE}.html"
    (link,) = parsed.fromstring(html[path]).xpath(
        '//*[@id="work"]/following::table[1]/preceding::p[1]//a/@href'
    )
    target = normpath(join("regions", urlsplit(link).path))
    first = parsed.fromstring(html[target])
    further = [
        normpath(join("work", urlsplit(each).path)) for each in first.xpath("//nav[@aria-label]//li/a/@href")
    ]
    queue = night.night.frame("gold.work_queue")
    mine = queue[queue["province_code"].eq(PROVINCE) & queue["office_type"].eq("authority")]
    assert further and len(mine) > work.MOST_OF_GROUP
    listed = {each: rows_of(html[each], "tasks") for each in (target, *further)}
    shown = [row.xpath(".//td[@class='subject']")[0] for rows in listed.values() for row in rows]
    numbers = [words(cell.xpath(".//code")[0]) for cell in shown if cell.xpath(".//code")]
    by_words = mine["subject_id"].str.count("/") > 2  # the keys of signals, which have a name
    assert sorted(numbers) == sorted(mine.loc[~by_words, "subject_id"])
    assert len(shown) == len(mine) and by_words.any()
    assert all(elements(html[each]) <= MOST for each in listed)
    places = {place for _, place in work.rows_of_cases(night).items()}
    later = [row.get("id") for row in listed[further[0]] if row.get("id")]
    assert later and all(f"{further[0]}#{row}" in places for row in later)

"""The page on risk signals."""

from __future__ import annotations

import dataclasses
import re
from datetime import date

import country
import pandas as pd
import pytest
from reading_pages import english_ranges
from test_rendering import shared

from jobs.environment import SCHEMAS
from jobs.reports import rendering, signal_lists
from jobs.reports.gathered import Gathered, gather
from jobs.reports.pages import risk
from jobs.strict_yaml import load_typed

ROW = re.compile(r'<tr id="[^"]+"><th scope="row">.*?</tr>', re.S)  # of a signal


def section(html: dict[str, str], anchor: str) -> str:
    text = html["risk.html"]
    begin = text.index(f'<h2 id="{anchor}"')
    return text[begin : text.find("<h2 id=", begin + 5) if "<h2 id=" in text[begin + 5 :] else None]


def test_it_opens_with_what_is_to_be_checked_first_and_by_whom(html: dict[str, str]) -> None:
    lead = html["risk.html"][html["risk.html"].index('<p class="lead">') :]
    assert re.findall(r"<strong>(\d+)</strong>", lead)[:5] == ["3", "2", "1", "1", "1"]  # the last one usual
    first = section(html, "first")
    assert re.search("实际[0-9]+次，期望值[0-9.]+次", first)
    assert re.search("[0-9]+ reports, [0-9.]+ expected", first)
    assert first.count("<li>") == 1 and "the national authority" in first and "2026-09-27" in first
    # The work queue named the office of the second, this page what holds for all of its kind.
    named = section(html, "open")
    assert "浙江省市场监督管理局；经证实的，由平台配合核查处置" in named


def test_another_nations_signals_name_its_authority_and_not_chinas(
    known: Gathered, html: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "国家市场监督管理总局" in html["risk.html"]
    monkeypatch.setenv("QUALITY_DEPLOYMENT", str(SCHEMAS / "deployments" / "nl.yaml"))
    offices = [signal["office"] for signal in risk.build(known).context["signals"]]
    assert offices[0].zh == "国家级" and offices[1].zh.startswith("浙江省；")
    assert "所在地不明的为国家级" in risk._office(known, {"key_type": "platform_category", "id": "none"}).zh
    assert not [o.zh for o in offices if "总局" in o.zh or "{" in o.zh]


def test_signals_are_listed_by_urgency_with_reasons_in_both_languages(html: dict[str, str]) -> None:
    rows = ROW.findall(section(html, "open"))
    assert "name this pair far more often" in rows[0] and "明显多于同类组合" in rows[0]
    assert "quality complaints rose above the level of the previous 7 weeks" in rows[1]
    assert 'href="platforms/P03.html"' in rows[1] and 'href="categories/TY.html"' in rows[1]


def test_the_deadline_of_a_signal_is_that_of_its_task_in_the_work_queue(known: Gathered) -> None:
    """A signal of which the queue holds no task has none; a late task is late here too; one without a last
    day has the words of its status. The day on which the signal expires is no deadline."""

    def shown(**changed: object) -> list[str]:
        queue = country.tables()["gold.work_queue"]
        mine = queue["subject_id"] == "platform_category/P03/TY/2026-05-04"
        for column, value in changed.items():
            queue[column] = queue[column].astype(object).mask(mine, value)
        tables = dict(known.night.tables) | {"gold.work_queue": queue}
        page = risk.build(gather(dataclasses.replace(known.night, tables=tables)))
        return [s["due"].en for s in page.context["signals"]]

    assert shown() == ["no task", "2026-07-20, 20 days left"]
    late = {"status": "overdue", "due": date(2026, 6, 29), "days_left": -1}
    assert shown(**late) == ["no task", "2026-06-29, overdue by 1 day"]
    pending = {"status": "undated", "due": None, "days_left": None, "undated": "calendar_unknown"}
    assert shown(**pending) == ["no task", "due date pending"]


def test_tasks_and_unit_pages_lead_to_the_row_of_their_signal(known: Gathered, html: dict[str, str]) -> None:
    rows = re.findall(r'<tr id="([^"]+)"><th scope="row">', html["risk.html"])
    assert len(rows) == len(set(rows)) == len(known.night.frame("gold.risk_signal"))
    to_rows = re.compile(r'href="(?:\.\./)*risk\.html#([^"]+)"')
    of_tasks = {a for path in ("work.html", "regions/330000.html") for a in to_rows.findall(html[path])}
    assert of_tasks and of_tasks <= set(rows)
    assert to_rows.findall(html["platforms/P03.html"])


def test_a_signal_beyond_those_listed_has_no_row_to_lead_to(
    known: Gathered, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = dataclasses.replace(known)
    news = signal_lists.listed(again).news
    monkeypatch.setattr(signal_lists, "MOST", 1)
    found = [signal_lists.href(again, row["id"]) for row in news]
    assert found[0].startswith("risk.html#") and found[1:] == [""] * (len(news) - 1)
    assert len(news) == 2


def test_usual_pairs_stand_apart_after_the_news_and_are_nobodys_task(html: dict[str, str]) -> None:
    page = html["risk.html"]
    usual = section(html, "usual")
    assert "与上年相比未明显增加的常见组合" in usual and page.index('id="open"') < page.index('id="usual"')
    [row] = ROW.findall(usual[: usual.index("</table>")])
    assert "40 / 8.0" in row and "serious" not in row and "authority" not in row
    assert all("40 / 8.0" not in section(html, part) for part in ("first", "open"))


def test_news_says_of_what_kind_it_is(html: dict[str, str]) -> None:
    rows = ROW.findall(section(html, "open"))
    assert "first time in a year in data of this kind" in rows[0] and "2026-06-29" in rows[0]
    assert "clearly more than its own past" in rows[1] and "较自身以往明显增加" in rows[1]


def test_a_signal_that_leads_to_no_samples_says_why(known: Gathered) -> None:
    """Each value of the contract has words; a signal with a category has none."""
    contract = load_typed(SCHEMAS / "gold" / "risk_signal.odcs.yaml")[0]
    (values,) = [
        rule["list"]
        for column in contract["schema"][0]["properties"]
        if column["name"] == "unmapped_reason"
        for rule in [column["quality"][0]["implementation"]]
    ]
    assert set(risk.UNSAMPLED) == set(values)
    signals = known.night.frame("gold.risk_signal").copy()
    for value in values:
        of_goods = signals["key_type"].eq("category_hazard")
        signals["unmapped_reason"] = pd.Series(None, signals.index, dtype=object).mask(of_goods, value)
        tables = dict(known.night.tables) | {"gold.risk_signal": signals}
        page = risk.build(gather(dataclasses.replace(known.night, tables=tables)))
        html = rendering.render(page, shared()).decode()
        pages, words = {"risk.html": html}, risk.UNSAMPLED[value]
        first, second = ROW.findall(section(pages, "open"))
        assert words.zh in first and words.en in first and words.en in section(pages, "usual")
        assert "no samples are asked for" not in second


def test_a_closed_signal_says_how_it_ended(html: dict[str, str]) -> None:
    assert "probability samples fail no more often than their peers" in html["risk.html"]
    assert country.MARKUP.upper() not in html["risk.html"]


def test_the_calendar_shows_notices_that_meet_goods_on_offer_only(html: dict[str, str]) -> None:
    calendar = section(html, "calendar")
    assert "SYN<br>R1" in calendar and "SG<br>A1" not in calendar


def test_what_to_buy_next_stands_by_score_with_reasons_in_both_languages(html: dict[str, str]) -> None:
    part = section(html, "targeting")
    rows = re.findall(r"<tr><th scope=\"row\">L\d.*?</tr>", part, flags=re.S)
    assert [row[len('<tr><th scope="row">') :][:2] for row in rows] == ["L2", "L1"]
    assert "62.0%" in rows[0] and "low-rated reviews of the listing" in rows[0] and "低分评价" in rows[0]
    assert "is not published" in part and "targeting-refused" not in part


def test_how_earlier_scores_did_is_drawn_and_listed_with_limits(html: dict[str, str]) -> None:
    part = english_ranges(section(html, "targeting"))
    assert "0.70 (0.65–0.75)" in part and "<svg" in part and "2.0 (1.0–∞)" in part
    assert 'href="data/targeting_report.csv"' in part
    shares = part[part.index("targeting-shares") :]
    assert shares.index("P03") < shares.index("P01.html") and "40.0–60.0%" in shares


def test_a_signal_that_is_new_in_one_kind_of_data_names_the_earlier_signals_of_its_key(
    known: Gathered,
) -> None:
    """`first` is about one kind of data: goods may have had a signal by another in the year."""
    signals = known.night.frame("gold.risk_signal").copy()
    new = signal_lists.listed(known).news[0]
    closed = signals.index[signals["state"] == "refuted"][0]
    for column in ("key_type", "key_code", "category_code", "hazard_code"):
        if column in signals:
            signals.loc[closed, column] = new[column]
    signals.loc[closed, "opened_on"] = date(2026, 1, 5)
    tables = dict(known.night.tables) | {"gold.risk_signal": signals}
    shown = risk.build(gather(dataclasses.replace(known.night, tables=tables))).context["signals"]
    [earlier] = shown[0]["earlier"]
    assert earlier["opened"] == date(2026, 1, 5) and earlier["state"].en == "refuted"
    assert earlier["href"].startswith("risk.html#") and shown[1]["earlier"] == []

"""What many pages share is made once: what stands around their main parts, and phrases of templates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

from jobs.reports.contacting import UNNAMED
from jobs.reports.page_makers import NAVIGATION
from jobs.reports.pages import glossary
from jobs.reports.rendering import Phrases, both, render, template
from jobs.reports.wording import Text


def shared() -> dict[str, Any]:
    day = date(2026, 6, 30)
    night = SimpleNamespace(data_date=day, date=day, run_id="r", synthetic_sources=[], behind=[])
    return {
        "night": night,
        "navigation": NAVIGATION,
        "whom_to_ask": UNNAMED,
        "most_named": 8,
        "href": lambda *unit: None,
        "known_tables": set(),
        "layouts": {},
    }


def test_pages_of_one_section_share_what_stands_around_them_but_not_their_titles() -> None:
    values, first = shared(), glossary.build()
    other = replace(first, path="other.html", title=Text("另<一", "An<other"))
    leading = replace(first, path="about.html", active="about.html")
    made = [render(page, values).decode() for page in (first, other, leading)]
    assert len(values["layouts"]) == 2
    assert "<title>另&lt;一 / An&lt;other – " in made[1] and "An<other" not in made[1]
    split = [(html.partition("<title>")[0], html.partition("</main>")[2]) for html in made]
    assert len(set(split)) == 1 and "{{" not in made[0] and "<!--" not in made[0]
    heads = [html.partition("</title>")[2].partition("<main ")[0] for html in made]
    assert heads[0] == heads[1] != heads[2]
    assert [html.count('aria-current="page"') for html in made] == [1, 1, 2]
    assert all(html.count("<main ") == html.count("</main>") == 1 for html in made)


def test_a_phrase_of_two_plain_texts_is_html_before_its_template_is_compiled() -> None:
    source = '<p>{{ T("甲<乙", "a & b") | both }}</p>{{ T("甲", name) | both }}{{ T("a\\"", "b") | both }}'
    made = Phrases(template("base.html").environment).preprocess(source, None)
    assert made.startswith(f"<p>{both(Text('甲<乙', 'a & b'))}</p>")
    assert made.endswith('{{ T("甲", name) | both }}{{ T("a\\"", "b") | both }}')


def test_a_figure_without_an_entry_among_the_definitions_leads_to_its_table_in_the_dictionary() -> None:
    parts: Any = template("parts.html").make_module({"root": "../", **shared()})
    line = parts.source("gold.complaint_state", "data/a.csv")
    assert '<a href="../dictionary/gold.complaint_state.html"><span class="zh" lang="zh-CN">定义' in line
    line = parts.source("gold.complaint_state", "data/a.csv", "timers")
    assert '<a href="../about.html#timers"><span class="zh" lang="zh-CN">定义' in line

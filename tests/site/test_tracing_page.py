"""The pages on source tracing: what is to be done and by whom, hotspots with limits, a batch's trace drawn
and listed down to the raw record."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
from reading_pages import english_ranges, text_of

from jobs.marts.overview.queue_leads import OPEN_CASE, REASSIGN, VERIFY, awaited
from jobs.reports.gathered import Gathered, gather
from jobs.reports.pages import tracing
from jobs.reports.pages.tracing import offices
from jobs.reports.rendering import HERE, render
from jobs.reports.site import shared_context

PAGE, TRACE, SECOND, EXIT = "tracing.html", "traces/t1.html", "traces/t2.html", "traces/t3.html"


def section(text: str, level: int, anchor: str) -> str:
    begin = text.index(f'<h{level} id="{anchor}"')
    end = text.find("<h2 id=", begin + 5)
    return text[begin : end if end > 0 else None]


def test_it_opens_with_what_waits_what_is_overdue_and_what_has_no_region(html: dict[str, str]) -> None:
    lead = html[PAGE][html[PAGE].index('<p class="lead">') :]
    counts = re.findall(r"<strong>(\d+)</strong>", lead)
    # To verify, of these overdue; a case to open; returned; late requests; without a region.
    assert counts[:4] + counts[5:6] == ["1", "1", "1", "1", "1"]
    today = section(html[PAGE], 2, "today")
    assert today.index("regions/330000.html") < today.index("regions/440000.html")  # the overdue one first
    assert 'href="traces/t1.html">XS-J-t1' in today and "verify the identity first" in today


def test_a_lead_stands_in_the_list_of_the_task_that_it_waits_for_and_in_no_other(
    html: dict[str, str],
) -> None:
    lists = {name: section(html[PAGE], 3, name).split("<h3")[1] for name in ("leads", "cases", "returned")}
    assert {name: set(re.findall(r"XS-J-t\d", text)) for name, text in lists.items()} == {
        "leads": {"XS-J-t1"},
        "cases": {"XS-J-t3"},
        "returned": {"XS-J-t2"},
    }


def test_only_a_lead_to_verify_is_overdue_on_any_page(html: dict[str, str]) -> None:
    """Returned t2 and t3, of whose seller a case is to be opened, have days_left below zero, too."""
    province = section(html["regions/440000.html"], 2, "leads")
    assert "XS-J-t2" in province and "XS-J-t3" in province
    assert "待立案" in province and "待重新分派" in province  # what stands in place of the days
    for text in (province, html[SECOND], html[EXIT], section(html[PAGE], 3, "returned").split("<h3")[1]):
        assert 'class="bad"' not in text
    assert 'class="bad"' in section(html["regions/330000.html"], 2, "leads") and 'class="bad"' in html[TRACE]


def test_a_province_that_returned_all_its_leads_has_nothing_to_do() -> None:
    known = cast(Gathered, SimpleNamespace(names=SimpleNamespace(of=lambda kind, code: code)))
    lead: dict[str, Any] = {"overdue": False, "days": None}
    rows = [
        lead | {"province": "330000", "task": REASSIGN},
        lead | {"province": "330000", "task": OPEN_CASE},
        lead | {"province": "440000", "task": REASSIGN},
        lead | {"province": "500000", "task": VERIFY},
        lead | {"province": "510000", "task": None},  # worked on
    ]
    counts = ("overdue", "waiting", "cases", "acted")
    assert [(r["code"], *(r[c] for c in counts)) for r in offices(known, rows)] == [
        ("330000", 0, 0, 1, 0),
        ("500000", 0, 1, 0, 0),
        ("510000", 0, 0, 0, 1),
    ]


def test_an_open_lead_on_which_its_region_acted_is_in_progress() -> None:
    """From the table to the page: of leads that wait for a task none is counted, all others are."""
    about: dict[str, Any] = {"finding": "nonconforming", "role": "producer", "unassigned_reason": None}
    states = [("assigned", None), ("accepted", date(2026, 4, 1)), ("case_opened", date(2026, 4, 1))]
    leads = pd.DataFrame([about | {"state": state, "acted_on": acted} for state, acted in states])
    rows = leads.assign(task=awaited(leads), province="330000", overdue=False, days=None).to_dict("records")
    known = cast(Gathered, SimpleNamespace(names=SimpleNamespace(of=lambda kind, code: code)))
    (found,) = offices(known, rows)
    assert (found["waiting"], found["acted"]) == (1, 2)


def test_each_list_of_leads_that_may_be_cut_says_how_many_there_are() -> None:
    text = (HERE / "templates" / PAGE).read_text(encoding="utf-8")
    lists = text.split("{{ lead.lead_table(")[1:]
    assert len(lists) == 3 and all("parts.more(n_" in each.split("{% endif %}")[0] for each in lists)


def test_a_returned_lead_and_one_without_a_region_say_so(html: dict[str, str]) -> None:
    assert "XS-J-t2" in section(html[PAGE], 3, "returned")
    unassigned = section(html[PAGE], 2, "unassigned")
    assert "三无产品" in unassigned and "no maker on it" in unassigned and "XS-S-t2" in unassigned


def test_a_hotspot_stands_with_its_limits_and_one_within_chance_is_not_named(html: dict[str, str]) -> None:
    rows = re.findall(
        r"<tr[^>]*><th scope=\"row\"[^>]*>.*?</tr>", section(html[PAGE], 2, "hotspots"), flags=re.S
    )
    named = english_ranges(next(r for r in rows if "合成铁锅厂" in r))
    other = next(r for r in rows if "clusters/K01.html" in r)
    assert "4.0 (1.5–8.7)" in named and "hotspot" in named and "0.020 (50)" in named
    assert "within chance" in other and ">hotspot<" not in other


def test_the_table_of_hotspots_is_called_what_it_holds_and_says_why_a_unit_stands_twice(
    html: dict[str, str],
) -> None:
    """Units within chance stand in it: that they fail repeatedly would be said of them, too."""
    text = section(html[PAGE], 2, "hotspots")
    head = text[: text.index("</h2>")]
    assert "two or more failing batches" in head and "repeatedly" not in head and "反复" not in head
    note = text[: text.index("<table")]
    assert "one of all periods and one of the last twelve months" in note and "全部期间和最近十二个月" in note
    assert "is no sign that a unit is worse" in note and ">all periods</span>" in text


def test_units_that_may_be_hotspots_stand_before_those_on_one_platform(known: Gathered) -> None:
    spots = known.night.frame("gold.source_hotspot").head(1).assign(named=False)
    few = spots.assign(unit_code="few", n_platforms=1, p_adjusted=0.1)
    more, hot = (
        few.assign(unit_code=c, n_platforms=4, p_adjusted=p) for c, p in (("more", 0.3), ("hot", 0.6))
    )
    listed = tracing._worst(pd.concat([few, more, hot.assign(named=True)]))
    assert [row["unit_code"] for row in listed] == ["hot", "more", "few"]


def test_the_trace_of_a_counterfeit_report_is_called_so_and_begins_with_its_goods(known: Gathered) -> None:
    tables = dict(known.night.tables)
    for name in ("gold.source_trace", "gold.enforcement_lead"):
        of_report = tables[name]["subject_id"] == "t1"
        kinds = tables[name]["subject_type"].mask(of_report, "counterfeit_report")
        tables[name] = tables[name].assign(subject_type=kinds, shop_id="S-t1")
    later = gather(replace(known.night, tables=tables))
    page = next(p for p in tracing.build(later) if p.path == "traces/t1.html")
    assert page.title == ("假冒举报 t1 的追溯", "Trace of counterfeit report t1")
    lead = next(r for r in later.night.frame("gold.enforcement_lead").to_dict("records"))
    goods, text = page.context["goods"], text_of(render(page, shared_context(later)).decode())
    assert goods["category"] == later.names.of("category", lead["category_code"])
    assert goods["platform"] == later.names.of("platform", lead["platform_code"])
    assert goods["shop"] == ("网店S-t1", "shop S-t1") and "网店S-t1" in text
    other = next(p for p in tracing.build(later) if p.path == "traces/t2.html")
    assert other.context["goods"] is None and other.title.zh == "批次 t2 的追溯"


def test_a_trace_names_what_failed_only_of_a_batch_that_may_be_public(known: Gathered) -> None:
    shown = {}
    for sample in ("B1", "B3", "B4"):
        tables = {
            name: known.night.frame(name).replace({"subject_id": {"t1": sample}})
            for name in ("gold.source_trace", "gold.enforcement_lead")
        }
        later = gather(replace(known.night, tables={**known.night.tables, **tables}))
        page = next(p for p in tracing.build(later) if p.path == f"traces/{sample}.html")
        text = render(page, shared_context(later)).decode()
        (shown[sample],) = re.findall(r'<p id="failed">.*?</p>', text, flags=re.S)
    assert "泄漏电流" in shown["B1"] and "0.9 mA" in shown["B1"] and "GB" in shown["B1"]
    assert re.search(r'href="../plans/[^"]*#B1"', shown["B1"])
    assert "may not be public yet" in shown["B4"] and "href" not in shown["B4"]
    # B3 left before the test, so that nothing of it failed: "Failing items: not named" would stand there.
    assert "不合格项目" not in shown["B3"] and re.search(r'href="../plans/[^"]*#B3"', shown["B3"])


def test_the_drawing_has_a_box_a_hop_and_says_in_words_what_it_shows(html: dict[str, str]) -> None:
    (drawn,) = re.findall(r'<svg class="chart trace".*?</svg>', html[TRACE], flags=re.S)
    assert drawn.count("<rect ") == 7 and drawn.count('class="inner"') == 1 and ">0.97<" in drawn
    said = re.search(r'aria-label="([^"]*)"', drawn)
    assert said and "合成铁锅厂" in said[1] and "cluster" in said[1]
    (broken,) = re.findall(r'<svg class="chart trace".*?</svg>', html[SECOND], flags=re.S)
    assert broken.count("stroke-dasharray") == 3 and "三无产品" in broken
    assert broken.count('class="outer"') == 2  # the batch to its shop, the shop to its operator


def test_the_list_says_the_same_as_the_drawing_with_evidence(html: dict[str, str]) -> None:
    rows = re.findall(r"<tr[^>]*><th scope=\"row\">.*?</tr>", section(html[TRACE], 2, "hops"), flags=re.S)
    assert len(rows) == 7
    assert "probabilistic" in rows[3] and "0.97 (0.97)" in rows[3] and "silver.sample" in rows[3]
    assert "断链" in section(html[SECOND], 2, "hops")


def test_each_hop_leads_to_its_raw_file_and_record(html: dict[str, str], site: Path) -> None:
    raw = section(html[TRACE], 2, "raw")
    assert raw.count("<td>lab_1</td>") == 7 and raw.count('<td class="n">7</td>') == 7
    assert "samples.csv" in raw
    with (site / "data" / "source_trace.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {r["file"] for r in rows if r["load_key"] == "k"} == {"samples.csv"}
    assert all(r["record"] in ("7", "7.0", "") for r in rows)


def test_names_that_are_markup_reach_both_pages_as_text(html: dict[str, str]) -> None:
    for page in (PAGE, TRACE):
        assert "<script>alert(1)" not in html[page] and "&lt;script&gt;alert(1)&lt;/script&gt;" in html[page]


def test_a_batch_whose_leads_are_closed_has_no_page_of_its_own(html: dict[str, str]) -> None:
    assert {p for p in html if p.startswith("traces/")} == {TRACE, SECOND, EXIT}


def test_the_pages_of_province_platform_and_cluster_list_their_open_leads_and_no_others(
    html: dict[str, str],
) -> None:
    for page, mine, other in (
        ("regions/330000.html", "XS-J-t1", "XS-J-t2"),
        ("regions/440000.html", "XS-J-t2", "XS-J-t1"),
        ("clusters/K01.html", "XS-J-t1", "XS-J-t2"),
    ):
        leads = section(html[page], 2, "leads")
        assert f'href="../traces/{mine[5:]}.html">{mine}' in leads and other not in leads
    both = section(html["platforms/P01.html"], 2, "leads")
    assert "XS-J-t1" in both and "XS-J-t2" in both and "XS-S-t1" not in both
    assert 'id="leads"' not in html["platforms/P02.html"]


def test_no_page_and_no_download_shows_what_is_made_of_a_sellers_identity(
    html: dict[str, str], site: Path
) -> None:
    """The seller of t2 is a natural person, who has no name here and goes by the shop."""
    assert "natural person" in html[SECOND] and "natural person" in section(html[PAGE], 3, "returned")
    assert [path for path, text in html.items() if re.search(r"\bN-1\b", text)] == []
    for name in ("enforcement_lead", "source_trace"):
        assert not re.search(r"\bN-1\b", (site / "data" / f"{name}.csv").read_text(encoding="utf-8"))

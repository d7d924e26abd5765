"""Two units are compared by the difference of their rates; a unit's page lists its sections; tiles and the
search lead to what they name."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote

import country
import pytest
from playwright.sync_api import Browser
from test_browser import DESKTOP, watched
from test_search_browser import hits

from jobs.methods.intervals import mover
from jobs.reports.gathered import Gathered
from jobs.reports.names import KINDS
from jobs.reports.numbers import points
from jobs.reports.pages import units
from jobs.reports.pages.search_words import HELP

ROW = re.compile(r'<tr data-rate="([^"]*)">(.*?)</tr>', flags=re.S)


def rates(page: str, folder: str) -> dict[str, list[float] | None]:
    """Unit → its rate with limits as the page's script has it; None where it is not shown."""
    found: dict[str, list[float] | None] = {}
    for numbers, row in ROW.findall(page):
        code = re.search(rf"{folder}/([^.]+)\.html", row)
        if code:
            found[code[1]] = [float(n) for n in numbers.split()] or None
    return found


def test_provinces_have_their_rates_and_limits_for_the_comparison_and_those_with_too_few_have_none(
    html: dict[str, str],
) -> None:
    table = country.tables()["gold.detection_rate"]
    mine = table[
        (table["dimension_type"] == "region")
        & (table["region_role"] == "seller")
        & (table["dimension2_type"] == "")
        & (table["design"] == "probability")
        & (table["period_type"] == "rolling12")
        & (table["period_start"] == country.date(2025, 7, 1))
    ].set_index("dimension_code")
    found = rates(html["regions.html"], "regions")
    assert found["540000"] is None and sum(each is not None for each in found.values()) > 2
    for code, each in found.items():
        if each is not None:
            row = mine.loc[code]
            assert each == pytest.approx([row.exposure_rate, row.exposure_low, row.exposure_high], abs=1e-6)
    targeted = re.findall(r'<div class="targeted">.*?</table>', html["regions.html"], flags=re.S)
    assert targeted and not any("data-rate" in each for each in targeted)
    assert "data-rate" not in html["clusters.html"]  # a batch may belong to two clusters


def test_two_provinces_side_by_side_state_the_difference_of_their_rates_by_mover(
    browser: Browser, site: Path, html: dict[str, str]
) -> None:
    found = {c: r for c, r in rates(html["regions.html"], "regions").items() if r is not None}
    (one, first), (two, second) = list(found.items())[:2]
    low, high = mover(first[0], first[1], first[2], second[0], second[1], second[2])
    page, said, _ = watched(browser, DESKTOP)
    page.goto(f"{(site / 'regions.html').as_uri()}?lang=en&table.units={one}~{two}~540000")
    page.wait_for_selector(".beside table")
    text = page.locator(".beside table").inner_text()
    assert "exposure rates, unrounded, differ" in text
    assert f"differ by {points(100 * (first[0] - second[0]))} points" in text
    assert f"(95% interval {points(100 * low)} to {points(100 * high)})" in text
    assert ("more than chance" in text) == (low > 0 or high < 0)
    assert "too few batches, the exposure rates cannot be compared" in text and said == []
    page.close()


def test_one_choice_in_the_table_of_the_index_shows_the_difference_of_the_rates_too(
    browser: Browser, site: Path, html: dict[str, str]
) -> None:
    page = html["platforms.html"]
    found = {c: r for c, r in rates(page, "platforms").items() if r is not None}
    index = page.split('<h2 id="index">')[1].split("</table>")[0]
    mine = re.findall(r'<tr data-tier="[^"]*" data-rate="([^"]*)" .*?platforms/([^.]+)\.html', index)
    assert len(mine) > 1 and all([float(n) for n in r.split()] == found[c] for r, c in mine if r)
    one, two = [code for rate, code in mine if rate][:2]
    shown, said, _ = watched(browser, DESKTOP)
    shown.goto(f"{(site / 'platforms.html').as_uri()}?lang=en&index.units={one}~{two}")
    shown.wait_for_selector(".beside table")
    text = shown.locator(".beside table").inner_text()
    assert "exposure rates, unrounded, differ by" in text
    assert "no difference of the index can be established" in text
    value = re.escape(f"{100 * found[one][0]:.1f}%")
    assert re.search(rf"Exposure rate \(.*\).*{value} \(", text) and said == []
    shown.close()


def test_the_index_of_categories_of_two_levels_offers_no_difference_of_rates(known: Gathered) -> None:
    """The batches of a main category are those of its finer ones too."""
    found = {
        kind.dimension: units._list_page(known, kind, sorted(known.names.paged[kind.dimension]))
        for kind in KINDS.values()
    }
    assert {name for name, page in found.items() if page.context["beside"]} == {"platform", "region"}


def test_the_contents_of_a_units_page_name_every_section_in_its_order(html: dict[str, str]) -> None:
    folders = tuple(f"{kind.folder}/" for kind in KINDS.values())
    pages = {path: page for path, page in html.items() if path.startswith(folders)}
    assert len(pages) > 60
    for path, page in pages.items():
        assert listed_of(page) == re.findall(r'<h2 id="([^"]+)"', page), path
    assert {"work", "by-platform"} <= set(listed_of(html["regions/330000.html"]))


def listed_of(page: str) -> list[str]:
    return re.findall(r'<a href="#([^"]+)"', page[page.index('id="contents"') :].split("</nav>")[0])


def test_a_province_says_on_which_platforms_the_batches_of_its_leads_were_found(html: dict[str, str]) -> None:
    leads = country.tables()["gold.enforcement_lead"]
    mine = leads[leads["province_code"] == "330000"]
    page = html["regions/330000.html"]
    section = page[page.index('id="by-platform"') :].split("</table>")[0]
    shown = {
        code: [int(n) for n in re.findall(r'<td class="n">(\d+)</td>', row)]
        for row in re.findall(r"<tr>(.*?)</tr>", section, flags=re.S)
        for code in re.findall(r"platforms/([^.]+)\.html", row)
    }
    assert shown
    for code, (batches, all_, open_, _) in shown.items():
        own = mine[mine["platform_code"] == code]
        assert batches == len(own[["subject_type", "subject_id"]].drop_duplicates()) and all_ == len(own)
        assert open_ == int((~own["state"].isin(["closed", "unassigned"])).sum())


def test_the_tiles_of_today_lead_to_the_list_that_they_count(browser: Browser, site: Path) -> None:
    page, said, _ = watched(browser, DESKTOP)
    page.goto((site / "index.html").as_uri() + "?lang=zh")
    for at in range(3):
        tile = page.locator("h2#today + .tiles a").nth(at)
        wanted, href = int(tile.locator("b").inner_text()), unquote(tile.get_attribute("href") or "")
        assert "tasks." in href
        tile.click()
        page.wait_for_selector("table.dataTable[data-key=tasks]")
        info = page.locator(".working:has([data-key=tasks]) .dt-info").inner_text()
        shown = re.search(r"共(\d+)行", info)
        assert (int(shown[1]) if shown else 0) == wanted, (href, info)
        page.go_back()
    assert said == []
    page.close()


def test_the_search_finds_how_to_compare_to_read_an_interval_and_to_run_a_day_again(
    site: Path, html: dict[str, str]
) -> None:
    script = (site / "search_index.js").read_text(encoding="utf-8")
    rows = json.loads(re.search(r"\{.*\}", script, flags=re.S)[0])["pages"]
    for word in (
        "reproduce",
        "rerun",
        "interval",
        "compare",
        "difference",
        "重算",
        "比较",
        "置信区间",
        "分母",
        "签字",
        "审批",
        "公布",
    ):
        assert any(word in f"{row[1]} {row[2]} {row[4]}".lower() for row in rows), word
    for path, _, _ in HELP:
        page, _, place = path.partition("#")
        assert not place or f'id="{place}"' in html[page], path


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ("margin of error", "about.html#interval"),
        ("sampling error", "about.html#interval"),
        ("licence of the data", "about.html#cite"),
        ("how to cite", "about.html#cite"),
        ("recall", "lookup.html"),
        ("召回", "lookup.html"),
    ],
)
def test_the_first_hit_for_a_readers_question_is_the_page_that_answers_it(
    browser: Browser, site: Path, html: dict[str, str], asked: str, place: str
) -> None:
    page, said, _ = watched(browser, DESKTOP)
    page.goto((site / "index.html").as_uri() + "?lang=en")
    hits(page, asked)
    first = page.locator("form.find li a").first.get_attribute("href") or ""
    assert first.replace("?lang=en", "").endswith(place), first
    assert said == [] and "CC BY 4.0" in html["about.html"]
    page.close()

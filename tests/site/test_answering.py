"""Tables and charts that answer: sorted, filtered, compared and exported in the browser, their state in the
address; without scripts the rows are there."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Download, Page, expect
from python_calamine import CalamineWorkbook
from test_browser import DESKTOP, PHONE, watched

REGIONS = "regions.html"
WORKING = "table.dataTable[data-key=table]"


def opened(page: Page, site: Path, address: str) -> None:
    page.goto(f"{(site / REGIONS).as_uri()}?{address}")
    reached(page)


def reached(page: Page) -> None:
    """Wait for the first table, which a page begins to work with once a reader comes near it."""
    page.locator("table[data-key=table]").scroll_into_view_if_needed()
    page.wait_for_selector(WORKING)


def names(page: Page) -> list[str]:
    """Provinces of the first table that is worked with, in the order shown."""
    return page.locator(f"{WORKING} tbody th:visible").all_inner_texts()


def read_csv(given: Download) -> list[dict[str, str]]:
    content = Path(given.path()).read_bytes()
    assert content.startswith("\ufeff".encode())  # a spreadsheet reads Chinese by it
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_order_filters_search_and_chosen_units_stand_in_the_address_and_a_link_shows_them_again(
    browser: Browser, site: Path
) -> None:
    page, said, asked = watched(browser, DESKTOP)
    opened(page, site, "lang=zh")
    whole = names(page)
    assert len(whole) > 10
    box = page.locator(f".working:has({WORKING})")
    page.locator(f"{WORKING} thead th", has_text="已判定").first.click()
    box.get_by_role("button", name="筛选").click()
    judged = box.locator(".filters label", has_text="已判定").first
    judged.locator("input").first.fill("100")
    for choose in page.locator(f"{WORKING} input.choose").all()[:2]:
        choose.check()
    page.wait_for_function(
        "() => /table.units=/.test(location.search) && /table.order=/.test(location.search)"
    )
    shown, address = names(page), page.url
    assert 0 < len(shown) < len(whole) and shown != whole[: len(shown)]
    again, _, _ = watched(browser, DESKTOP)
    again.goto(address)
    again.wait_for_selector(f"{WORKING} input.choose")
    assert names(again) == shown
    compared = again.locator(".beside table")
    assert compared.locator("thead th").count() == 2 and compared.locator("tbody tr").count() > 3
    again.goto(address.replace("lang=zh", "lang=en"))
    again.wait_for_selector(f"{WORKING} input.choose")
    assert len(names(again)) == len(shown) and names(again) != shown
    assert said == [] and all(url.startswith("file:") for url in asked)
    page.close()
    again.close()


def test_the_search_of_a_table_finds_either_language(browser: Browser, site: Path) -> None:
    page, _, _ = watched(browser, DESKTOP)
    opened(page, site, "lang=zh&table.find=zhejiang")
    assert names(page) == ["浙江"]
    page.close()


def test_numbers_are_ordered_as_numbers_and_what_is_not_known_comes_last(
    browser: Browser, site: Path
) -> None:
    page, _, _ = watched(browser, DESKTOP)
    opened(page, site, "lang=zh")
    heads = page.locator(f"{WORKING} thead th").all_inner_texts()
    at = next(n for n, head in enumerate(heads) if "已判定" in head)
    opened(page, site, f"lang=zh&table.order={at}.desc")
    cells = page.locator(f"{WORKING} tbody tr td:nth-child({at + 1})").all_inner_texts()
    found = [int(c.replace(",", "")) for c in cells]
    assert found == sorted(found, reverse=True) and len(set(found)) > 3
    page.close()


@pytest.mark.drill(fault="a formula in a published value", invariant="a spreadsheet shows it as text")
def test_what_is_exported_is_what_is_shown_and_a_spreadsheet_runs_none_of_it(
    browser: Browser, site: Path
) -> None:
    page, _, _ = watched(browser, DESKTOP)
    opened(page, site, "lang=en&table.find=jiang")
    shown = names(page)
    assert 1 < len(shown) < 10
    page.evaluate("t => { document.querySelector(t + ' tbody th a').textContent = '=1+1'; }", WORKING)
    box = page.locator(f".working:has({WORKING})")
    with page.expect_download() as given:
        box.get_by_role("button", name="Export shown (CSV)").click()
    rows = read_csv(given.value)
    assert [r["Name"] for r in rows] == ["'=1+1", *shown[1:]] and "Chart" not in rows[0]
    with page.expect_download() as given:
        box.get_by_role("button", name="Export shown (XLSX)").click()
    _, *sheet = CalamineWorkbook.from_path(given.value.path()).get_sheet_by_index(0).to_python()
    assert len(sheet) == len(shown)
    page.close()


def test_without_scripts_a_page_holds_all_rows_and_drawings(browser: Browser, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "gate.html").as_uri())
    held = page.locator("h2#tables + .scroll tbody tr:visible").count()
    assert held > 60 and held == int(re.search(r"\d+", page.locator("h2#tables").inner_text())[0])
    page.goto((site / REGIONS).as_uri())
    assert page.locator("svg.tilemap:visible").count() == 1
    page.locator("label[for=map-batches]").click()  # a choice of measure needs no script
    assert page.locator(".map-batches svg.tilemap").is_visible() and page.locator(".map-exposure").is_hidden()
    context.close()


def test_paper_has_the_rows_of_a_long_table_that_the_screen_shows_and_says_how_many_there_are(
    browser: Browser, site: Path
) -> None:
    page, _, _ = watched(browser, DESKTOP)
    page.goto((site / "gate.html").as_uri() + "?lang=en")
    page.wait_for_selector("table.dataTable")
    rows, note = page.locator("table.dataTable tbody tr:visible"), page.locator(".on-paper")
    every = int(page.locator(".dt-info").first.inner_text().split()[-1])
    assert rows.count() == 25 and every > 60
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert rows.count() == 25 and note.first.is_visible()
    words = f"rows 1–25 of the {every} that the page lists, or all with “all” rows a page; the CSV file is"
    assert words in note.first.inner_text()
    page.emulate_media(media="screen")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert rows.count() == 25 and note.count() == 0
    page.locator(".dt-paging button.next").first.click()
    page.evaluate("document.querySelectorAll('main a[href$=\".csv\"]').forEach(a => a.remove())")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert note.first.is_hidden()
    page.emulate_media(media="print")
    said = note.first.inner_text()
    assert (
        rows.count() == 25
        and f"rows 26–50 of the {every} that the page lists, " in said
        and "CSV" not in said
    )
    page.emulate_media(media="screen")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.locator(".dt-length select").first.select_option("-1")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert rows.count() == every and note.count() == 0
    page.close()


def test_paper_has_every_row_of_the_guide_and_the_first_page_of_tables_that_were_folded(
    browser: Browser, site: Path
) -> None:
    page, _, _ = watched(browser, DESKTOP)
    page.goto((site / "guide" / "exchange.html").as_uri() + "?lang=en")
    page.wait_for_selector(".en table.dataTable")
    page.emulate_media(media="print")
    rows = page.locator(".en table.dataTable tbody tr:visible")
    listed = rows.count()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert rows.count() == listed > 20 and page.locator(".on-paper").count() == 0
    page.emulate_media(media="screen")
    page.goto((site / "gate.html").as_uri() + "?lang=en")
    page.wait_for_selector("table.dataTable")
    page.evaluate(
        "() => { const box = document.createElement('details'), old = document.querySelector('.working');"
        " const t = old.querySelector('table').cloneNode(true); t.className = ''; t.id = 'folded';"
        " box.append(t); old.after(box); window.QUALITY_TABLES([t]); }"
    )
    assert page.locator("#folded.dataTable").count() == 0
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("#folded tbody tr:visible").count() == 25
    page.close()


def test_on_a_phone_each_row_is_a_card_whose_cells_say_their_column(browser: Browser, site: Path) -> None:
    page, _, _ = watched(browser, PHONE)
    opened(page, site, "lang=en")
    cell = page.locator(f"{WORKING} tbody td[data-en='Judged']").first
    label = cell.evaluate("e => getComputedStyle(e, '::before').content")
    assert label == '"Judged"' and cell.evaluate("e => getComputedStyle(e.parentElement).display") == "flex"
    page.close()


def test_a_chart_gives_its_own_rows_its_picture_and_its_citation(browser: Browser, site: Path) -> None:
    page, said, asked = watched(browser, DESKTOP)
    page.goto(f"{(site / 'index.html').as_uri()}?lang=en")
    figure = page.locator("figure.probability:has(.behind[data-kind=trend])").first
    with page.expect_download() as given:
        figure.get_by_role("button", name="Its rows (CSV)").click()
    rows = read_csv(given.value)
    assert (
        len(rows) == figure.locator(".behind tbody tr").count() and 0 < float(rows[0]["Last 12 months"]) < 1
    )
    with page.expect_download() as given:
        figure.get_by_role("button", name="Picture (PNG)").click()
    assert Path(given.value.path()).read_bytes().startswith(b"\x89PNG")
    figure.get_by_role("button", name="Cite").click()
    cited = figure.locator(".tools p").inner_text()
    assert "gold.detection_rate" in cited and re.search(r", period \d{4}-\d\d – \d{4}-\d\d, ", cited)
    assert said == [] and not any("charts.js" in url for url in asked)
    page.close()


def test_a_time_range_is_drawn_by_vega_loaded_when_it_is_asked_for(browser: Browser, site: Path) -> None:
    page, said, asked = watched(browser, DESKTOP)
    page.goto(f"{(site / 'index.html').as_uri()}?lang=en")
    figure = page.locator("figure.probability:has(.behind[data-kind=trend])").first
    months = figure.locator(".tools select").first.locator("option").all_inner_texts()
    figure.locator(".tools select").first.select_option(months[-3])
    figure.locator(".drawn canvas").wait_for()
    assert figure.locator("svg.chart").is_hidden()
    with page.expect_download() as given:
        figure.get_by_role("button", name="Its rows (CSV)").click()
    assert len(read_csv(given.value)) == 3
    with page.expect_download() as given:
        figure.get_by_role("button", name="Picture (PNG)").click()
    assert Path(given.value.path()).read_bytes().startswith(b"\x89PNG")
    figure.locator(".tools select").first.select_option("")
    assert figure.locator("svg.chart").is_visible() and figure.locator("canvas").count() == 0
    assert said == [] and all(url.startswith(("file:", "data:")) for url in asked)
    page.close()


def test_an_office_leads_to_its_own_tasks(browser: Browser, site: Path) -> None:
    """On the home page, on that of the offices of its province, and by a province's verdict."""
    page, said, _ = watched(browser, DESKTOP)
    page.goto((site / "index.html").as_uri() + "?lang=zh")
    office = page.locator("h2#today ~ .scroll").first.locator("tbody th a").first
    name = office.inner_text()
    office.click()
    heads = page.locator("#tasks ~ .scroll thead th, #tasks ~ .working thead th").all_inner_texts()
    assert [head.strip(" ↕↑↓\n") for head in heads][1] == "承办单位"
    offices = page.locator("#tasks ~ * tbody tr:visible th")
    expect(offices.filter(has_not_text=name)).to_have_count(0)
    assert offices.filter(has_text=name).count() > 0
    page.goto((site / "regions" / "330000.html").as_uri() + "?lang=zh")
    page.locator("#verdict").get_by_role("link", name="按承办单位查看").click()
    assert page.locator("tbody th a", has_text=name).count() == 1
    assert said == []
    page.close()


def test_a_link_to_a_table_keeps_its_state_in_both_languages(browser: Browser, site: Path) -> None:
    page, _, _ = watched(browser, DESKTOP)
    for language in ("zh", "en"):
        page.goto((site / "work" / "region_330000.html").as_uri() + f"?lang={language}")
        href = page.locator("tbody th a").first.get_attribute("href")
        assert href is not None and f"lang={language}" in href and "tasks.1=" in href
    page.close()


def test_the_place_that_an_address_names_stays_in_sight_while_tables_before_it_get_shorter(
    browser: Browser, site: Path, tmp_path: Path
) -> None:
    rows = "".join(f"<tr><th scope=row>{n}</th><td>{n}</td></tr>" for n in range(60))
    table = f"<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody>{rows}</tbody></table>"
    parts = "".join(f"<h2 id=part{n}>{n}</h2>{table}" for n in range(4))
    text = (site / REGIONS).read_text(encoding="utf-8")
    long = parts + "<h2 id=last>z</h2>" + table + "</main>"
    (tmp_path / REGIONS).write_text(text.replace("</main>", long), encoding="utf-8")
    (tmp_path / "assets").symlink_to(site / "assets")
    page, said, _ = watched(browser, DESKTOP)
    page.goto(f"{(tmp_path / REGIONS).as_uri()}#last")
    place = page.locator("#last")
    page.wait_for_selector("table.dataTable[data-key=last]")
    page.wait_for_selector("table.dataTable[data-key=part3]")
    page.wait_for_timeout(300)
    assert abs(place.evaluate("e => e.getBoundingClientRect().top")) < 5
    page.mouse.wheel(0, -3000)  # the reader moves: the page is left where it is
    page.wait_for_timeout(300)
    page.evaluate("document.querySelector('main h1').style.height = '300px'")
    page.wait_for_timeout(300)
    assert place.evaluate("e => e.getBoundingClientRect().top") > 500
    assert said == []
    page.close()


def test_a_link_to_a_section_of_the_guide_ends_at_it_in_the_language_that_is_shown(
    browser: Browser, site: Path
) -> None:
    page, said, _ = watched(browser, DESKTOP)
    page.goto(f"{(site / 'guide' / 'operate.html').as_uri()}?lang=zh#a-past-day-as-it-was-known-then")
    page.wait_for_function(
        "id => Math.abs(document.getElementById(id).getBoundingClientRect().top) < 5",
        arg="zh-回到过去某一天所知的情况",
    )
    assert said == []
    page.close()


def test_paper_names_the_csv_file_of_a_table_and_of_no_other_one(browser: Browser, site: Path) -> None:
    page, _, _ = watched(browser, DESKTOP)
    page.goto((site / "gate.html").as_uri() + "?lang=en")
    page.wait_for_selector("table.dataTable")
    print_it = "window.dispatchEvent(new Event('afterprint')); window.dispatchEvent(new Event('beforeprint'))"
    page.emulate_media(media="print")
    page.evaluate(print_it)
    said = page.locator(".on-paper").first
    assert "the CSV file is" in said.inner_text()
    own = "document.querySelector('h2#tables').parentElement.querySelector('h2#tables ~ .source')"
    page.evaluate(f"{own}.before(document.createElement('h2'))")  # what follows is the next section's file
    page.evaluate(print_it)
    assert "CSV" not in said.inner_text() and "or all with" in said.inner_text()
    page.close()


def test_the_drawing_of_a_trace_keeps_its_size_on_a_phone_and_scrolls_within_its_box(
    browser: Browser, site: Path
) -> None:
    page, _, _ = watched(browser, PHONE)
    page.goto((site / "traces" / "t1.html").as_uri() + "?lang=en")
    heights = "[...document.querySelectorAll('svg.trace text')].map(t => t.getBoundingClientRect().height)"
    assert min(h for h in page.evaluate(heights) if h) > 9  # the other language is hidden
    box = page.locator(".pan").first
    assert box.evaluate("e => e.scrollWidth > e.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.close()


def test_paper_of_an_inner_page_has_its_citation_and_place_and_no_bare_names_of_links(
    browser: Browser, site: Path
) -> None:
    page, _, _ = watched(browser, DESKTOP)
    page.goto((site / REGIONS).as_uri() + "?lang=en")
    line, links = page.locator("main p.paper"), page.locator(".source .links").first
    assert line.is_hidden() and links.is_visible()
    page.emulate_media(media="print")
    assert links.is_hidden()
    said = line.inner_text()
    assert (
        said.startswith("Cite as: Quality Observatory, “")
        and "run date" in said
        and f"page {REGIONS}" in said
    )
    page.close()


def test_platforms_are_compared_by_all_main_figures_and_the_tiers_say_whether_they_differ(
    browser: Browser, site: Path
) -> None:
    page, _, _ = watched(browser, DESKTOP)
    page.goto(f"{(site / 'platforms.html').as_uri()}?lang=en&overview.order=1.asc")
    table = "table.dataTable[data-key=overview]"
    page.wait_for_selector(table)
    box = page.locator(f".working:has({table})")
    expect(box.locator(".beside")).to_contain_text("Tick the boxes")
    for choose in page.locator(f"{table} input.choose").all()[:2]:
        choose.check()
    compared = box.locator(".beside table")
    text = compared.inner_text()
    for words in (
        "Quality index",
        "Exposure rate",
        "Complaint rate",
        "Weak points",
        "Takedowns",
        "Difference",
    ):
        assert words.lower() in text.lower(), words
    assert any(said in text for said in ("Same tier", "Different tiers", "Not all have a tier"))
    page.close()


def test_what_is_read_aloud_of_a_table_is_in_the_language_shown_alone(browser: Browser, site: Path) -> None:
    page, _, _ = watched(browser, DESKTOP)
    page.goto((site / "gate.html").as_uri() + "?lang=en")
    page.wait_for_selector(".dt-paging [data-dt-idx='1']")
    heads = "[...document.querySelectorAll('.dt-column-order')].map(e => e.getAttribute('aria-label') || '')"
    numbers = "document.querySelector('.dt-paging [data-dt-idx=\"1\"]').getAttribute('aria-label')"
    spoken = page.evaluate(heads)
    assert any(": activate to sort" in name for name in spoken)
    assert not any(re.search("[\u3400-\u9fff]", name) for name in spoken)
    assert page.evaluate(numbers) == "Page 2"
    page.locator(".dt-paging button.next").first.click()  # draws the numbers anew
    page.click("button[data-lang=zh]")
    page.wait_for_selector(".dt-paging [data-dt-idx='1']")
    spoken = page.evaluate(heads)
    assert any("：点击排序" in name for name in spoken)
    assert not any("activate" in name for name in spoken)
    assert page.evaluate(numbers) == "第2页"
    page.close()

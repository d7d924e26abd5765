"""What a reader has chosen stays when the language or the window changes; odd addresses and fields break
nothing; paper says what a search leaves out."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page, expect
from test_answering import WORKING, names, opened, read_csv
from test_browser import DESKTOP, PHONE, watched

PRINTED = "window.dispatchEvent(new Event('afterprint')); window.dispatchEvent(new Event('beforeprint'))"
LANDSCAPE = {"width": 844, "height": 390}  # a phone that lies on its side


def dictionary(page: Page, site: Path, language: str) -> None:
    page.goto(f"{(site / 'dictionary.html').as_uri()}?lang={language}")
    page.wait_for_selector("table.dataTable")


def test_the_rows_of_a_part_of_the_lookup_stay_in_another_language(browser: Browser, site: Path) -> None:
    page, said, _ = watched(browser, DESKTOP)
    page.goto((site / "lookup.html").as_uri() + "?lang=en")
    page.get_by_role("link", name="Recalls").last.click()
    rows = page.locator("#found tbody tr")
    expect(rows).not_to_have_count(0)
    listed = rows.count()
    page.get_by_role("button", name="中文").click()
    assert rows.count() == listed and "召回" in page.inner_text("#found caption")
    page.fill("#wanted", "no such words")
    expect(rows).to_have_count(0)
    page.fill("#wanted", "")  # what was typed took the place of the part
    expect(rows).to_have_count(0)
    assert said == []
    page.close()


def test_paper_says_how_many_rows_a_search_leaves_out(browser: Browser, site: Path) -> None:
    page, _, _ = watched(browser, DESKTOP)
    page.goto((site / "gate.html").as_uri() + "?lang=en")
    page.wait_for_selector("table.dataTable")
    page.emulate_media(media="print")
    every = int(page.locator(".dt-info").first.inner_text().split()[-1])
    note, field = page.locator(".on-paper").first, page.locator(".dt-search input").first
    found = "() => Number(document.querySelector('table.dataTable').dataset.found)"
    field.evaluate(
        "e => { e.value = 'gold'; e.dispatchEvent(new Event('input')); e.dispatchEvent(new Event('keyup')); }"
    )
    page.wait_for_function(f"({found})() < {every}")
    n = page.evaluate(found)
    assert 25 < n < every
    page.evaluate(PRINTED)
    words = (
        f"rows 1–25 of the {n} that the search or filters find (search “gold”), of {every} that the page "
        "lists, or all"
    )
    assert words in note.inner_text()
    page.evaluate(
        "jQuery = window.DataTable; new DataTable.Api('table.dataTable').search('work_queue').draw()"
    )
    n = page.evaluate(found)
    assert 0 < n < 25
    page.evaluate(PRINTED)
    assert (
        f"only the {n} that the search or filters find (search “work_queue”), of {every} that the page lists"
        in note.inner_text()
    )
    page.evaluate("new DataTable.Api('table.dataTable').search('no such table').draw()")
    page.evaluate(PRINTED)
    words = f"none of the {every} that the page lists, as none meets the search or filters"
    assert f"{words} (search “no such table”)" in note.inner_text()
    page.close()


def test_an_address_that_names_no_valid_place_breaks_nothing(browser: Browser, site: Path) -> None:
    page, said, _ = watched(browser, DESKTOP)
    page.goto((site / "dictionary.html").as_uri() + "?lang=en#100%")
    page.wait_for_selector("table.dataTable")
    page.fill("form.find input", "work queue")
    expect(page.locator("form.find li a")).not_to_have_count(0)
    assert said == []
    page.close()


def test_a_limit_that_begins_with_a_point_is_a_fraction(browser: Browser, site: Path) -> None:
    page, said, _ = watched(browser, DESKTOP)
    opened(page, site, "lang=en")
    heads = page.locator(f"{WORKING} thead th").all_inner_texts()
    at = next(n for n, head in enumerate(heads) if "rate" in head.lower())
    cells = page.locator(f"{WORKING} tbody tr td:nth-child({at + 1})")
    rates = [float(text.strip(" %").split("%")[0]) for text in cells.all_inner_texts() if "%" in text]
    whole = names(page)
    between = sum(0.5 <= rate < 5 for rate in rates)
    assert between
    opened(page, site, f"lang=en&table.{at}=.5..5")
    assert len(names(page)) == between < len(whole) and said == []
    page.close()


def test_the_two_ends_of_a_range_are_taken_in_order(browser: Browser, site: Path) -> None:
    """The earlier month chosen as the end left no row and nothing to draw."""
    page, said, _ = watched(browser, DESKTOP)
    page.goto(f"{(site / 'index.html').as_uri()}?lang=en")
    figure = page.locator("figure.probability:has(.behind[data-kind=trend])").first
    first, last = (figure.locator(".tools select").nth(n) for n in (0, 1))
    months = sorted(first.locator("option").all_inner_texts()[1:])
    first.select_option(months[-1])
    last.select_option(months[-3])
    figure.locator(".drawn canvas").wait_for()
    with page.expect_download() as given:
        figure.get_by_role("button", name="Its rows (CSV)").click()
    assert [row["Month it ends in"] for row in read_csv(given.value)] == months[:-4:-1]
    label = figure.locator(".drawn").get_attribute("aria-label") or ""
    assert label.endswith(f"{months[-3]}–{months[-1]}") and said == []
    figure.get_by_role("button", name="Cite").click()
    cited = figure.locator(".tools p")
    assert "Quality Observatory" in cited.inner_text()
    page.get_by_role("button", name="中文").click()
    assert cited.inner_text().startswith("质量观象台")
    page.close()


def test_rows_of_all_pages_of_a_table_lead_to_pages_in_the_language_shown(
    browser: Browser, site: Path
) -> None:
    page, said, _ = watched(browser, DESKTOP)
    dictionary(page, site, "zh")
    page.locator(".dt-paging button.next").first.click()
    box = page.locator(".working").first
    box.get_by_role("button", name="筛选").click()
    page.get_by_role("button", name="English").click()
    assert "Rows 26–" in page.locator(".dt-info").first.inner_text()
    assert box.locator(".filters").is_visible()
    page.locator(".dt-paging button.previous").first.click()
    hrefs = (
        page.locator("table.dataTable")
        .first.locator("tbody a")
        .evaluate_all("links => links.map(a => a.getAttribute('href'))")
    )
    assert len(hrefs) >= 25 and [href for href in hrefs if "lang=en" not in href] == []
    page.locator(".dt-length select").first.select_option("-1")
    page.get_by_role("button", name="中文").click()
    assert page.locator(".dt-length select").first.input_value() == "-1" and said == []
    page.close()


def test_rows_of_later_pages_say_their_columns_in_a_window_that_became_narrow(
    browser: Browser, site: Path
) -> None:
    page, said, _ = watched(browser, LANDSCAPE)
    dictionary(page, site, "en")
    page.set_viewport_size(PHONE)
    page.locator(".dt-paging button.next").first.click()
    cell = page.locator("table.dataTable").first.locator("tbody td").first
    assert cell.evaluate("e => getComputedStyle(e, '::before').content") not in ('""', "none", "normal")
    assert cell.get_attribute("data-en") and said == []
    page.close()


def test_enter_waits_for_what_is_searched(browser: Browser, site: Path) -> None:
    """Pressed before the list is there it did nothing, and went to what an earlier word had found."""
    page, said, _ = watched(browser, DESKTOP)
    page.goto((site / "index.html").as_uri() + "?lang=en")
    field = page.locator("form.find input")
    field.evaluate(
        "e => { e.value = 'Bulletins'; e.dispatchEvent(new Event('input')); e.form.requestSubmit(); }"
    )
    page.wait_for_url("**/plans.html*")
    assert said == []
    page.close()

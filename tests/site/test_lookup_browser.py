"""The lookup in a browser: what it finds, in which order, and over how many files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from looked_up import of_site, parts
from playwright.sync_api import Browser
from test_browser import DESKTOP, watched

from jobs.reports.lookup_files import EACH, FIRST, written


def opened(site: Path, folder: Path, part: dict[str, Any], first: int = FIRST, each: int = EACH) -> str:
    """Write the page of the lookup of ``site`` with ``part`` alone into ``folder``; return its address.
    ``first``, ``each``: as
    `lookup_files.written` takes them."""
    for path, content in written([part], {}, first=first, each=each).items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(content)
    (folder / "lookup.html").write_bytes((site / "lookup.html").read_bytes())
    (folder / "assets").symlink_to(site / "assets")
    return (folder / "lookup.html").as_uri() + "?lang=en"


def test_what_the_lookup_finds_says_how_many_batches_do_not_conform(browser: Browser, site: Path) -> None:
    page, said, _ = watched(browser, DESKTOP)
    page.goto((site / "lookup.html").as_uri() + "?lang=en")
    rows = parts(of_site(site))[0]["rows"]
    failed = [row for row in rows if "不合格" in row[1]["zh"] and "未发现" not in row[1]["zh"]]
    page.fill("#wanted", "-")  # in each sample number
    page.wait_for_selector("#counted a")
    assert failed and len(failed) < len(rows)
    assert f"Batches checked {len(rows)} ({len(failed)} non-conforming)" in page.inner_text("#counted")
    assert said == []
    page.close()


def test_the_numbers_of_records_of_the_lookup_lead_to_the_records(browser: Browser, site: Path) -> None:
    page, said, _ = watched(browser, DESKTOP)
    page.goto((site / "lookup.html").as_uri() + "?lang=en")
    page.get_by_role("link", name="Recalls").last.click()
    page.wait_for_selector("#found td")
    rows = parts(of_site(site))[1]["rows"]
    assert page.locator("#found tbody tr").count() == len(rows) > 0 and said == []
    page.close()


def test_in_the_lookup_rows_called_as_was_typed_come_first(
    browser: Browser, site: Path, tmp_path: Path
) -> None:
    names = ["Platform 07 (synthetic)", "Platform 031", "Platform 03 (synthetic)", "Shop of Platform 03"]
    rows = [[f"LOT-03-{at}", {"zh": f"平台{at}", "en": name}] for at, name in enumerate(names)]
    part = {"title": ["批次", "Batches"], "columns": [["批号", "Batch"], ["平台", "Platform"]]}
    address = opened(site, tmp_path, part | {"rows": rows, "link": -1})
    page, said, _ = watched(browser, DESKTOP)
    page.goto(f"{address}&q=platform 03")
    listed = page.locator("#found tbody tr td:last-child").all_inner_texts()
    assert listed == [names[2], names[1], names[3], names[0]] and said == []
    page.close()


def test_the_lookup_finds_no_short_latin_word_inside_of_another(
    browser: Browser, site: Path, tmp_path: Path
) -> None:
    rows = [[{"zh": f"平台{at}", "en": name}] for at, name in enumerate(["Tea Lab", "Lighting", "Tab A"])]
    part = {"title": ["批次", "Batches"], "columns": [["平台", "Platform"]], "rows": rows, "link": -1}
    address = opened(site, tmp_path, part)
    page, said, _ = watched(browser, DESKTOP)
    for typed, listed in (("la", ["Tea Lab"]), ("a", ["Tab A"]), ("ight", ["Lighting"])):
        page.goto(f"{address}&q={typed}")
        assert page.locator("#found tbody tr td:last-child").all_inner_texts() == listed, typed
    assert said == []
    page.close()


@pytest.mark.parametrize("first", [0, 1, 4])
def test_the_lookup_reads_on_until_the_rows_of_all_files_are_searched(
    browser: Browser, site: Path, tmp_path: Path, first: int
) -> None:
    kinds = [{"zh": "电热水壶", "en": "Kettle"}, {"zh": "台灯", "en": "Lamp"}]
    rows = [[f"LOT-{at}", kinds[at % 2], f"plan.html#{at}"] for at in range(7)]
    columns = [["批号", "Batch"], ["品类", "Category"]]
    part = {"title": ["批次", "Batches"], "columns": columns, "rows": rows, "link": 0}
    page, said, asked = watched(browser, DESKTOP)
    page.goto(opened(site, tmp_path, part, first=first, each=2) + "&q=lamp")
    page.wait_for_function("() => document.querySelector('#counted').textContent.startsWith('3 found')")
    page.wait_for_function("() => !document.querySelector('#counted').textContent.includes('reading on')")
    assert page.locator("#found tbody td:first-child").all_inner_texts() == ["LOT-1", "LOT-3", "LOT-5"]
    assert (page.locator("#found a").last.get_attribute("href") or "").startswith("plan.html")
    page.fill("#wanted", "LOT-6")
    page.wait_for_function("() => document.querySelector('#counted').textContent.startsWith('1 found')")
    page.fill("#wanted", "zebra")  # nothing is said to be missing before all rows have been read
    page.wait_for_function("() => document.querySelector('#counted').textContent.startsWith('Nothing found')")
    assert said == [] and len([url for url in asked if "/lookup/" in url]) == -(-(7 - first) // 2)
    page.close()


def test_rows_of_files_not_read_yet_are_counted_and_nothing_is_said_to_be_missing(
    browser: Browser, site: Path, tmp_path: Path
) -> None:
    rows = [[f"LOT-{at}", "plan.html"] for at in range(5)]
    part = {"title": ["批次", "Batches"], "columns": [["批号", "Batch"]], "rows": rows, "link": 0}
    address = opened(site, tmp_path, part, first=2, each=2)
    (tmp_path / "lookup" / "2.js").write_text("", encoding="utf-8")  # sets nothing: as one that never ends
    page, _, _ = watched(browser, DESKTOP)
    page.goto(address + "&q=zebra")
    page.wait_for_function("() => document.querySelector('#counted').textContent.includes('4 of 5 records')")
    assert "Nothing found" not in page.inner_text("#counted")
    page.get_by_role("link", name="Batches").last.click()
    assert "(5)" in page.inner_text("#found caption")
    page.close()


@pytest.mark.parametrize(
    ("language", "typed", "part"), [("zh", "电热毯", "电热"), ("en", "electric blanket", "electric")]
)
def test_goods_that_no_record_has_are_said_to_be_not_there_and_their_words_lead_to_others_in_both_languages(
    browser: Browser, site: Path, tmp_path: Path, language: str, typed: str, part: str
) -> None:
    """In Chinese kettles were found for 电热, in English nothing."""
    names = [{"zh": "电热水壶", "en": "Electric kettle"}, {"zh": "充电宝", "en": "Power bank"}]
    of = {"title": ["批次", "Batches"], "columns": [["产品", "Product"]], "link": -1}
    address = opened(site, tmp_path, of | {"rows": [[name] for name in names]})
    page, said, _ = watched(browser, DESKTOP)
    page.goto(f"{address.replace('lang=en', f'lang={language}')}&q={typed}")
    words = page.inner_text("#counted")
    assert f"“{typed}”" in words and f"“{part}”" in words
    assert ("没有记录不等于没有问题" if language == "zh" else "No record does not mean no problem") in words
    assert page.locator("#found tbody tr").all_inner_texts() == [names[0][language]] and said == []
    page.goto(f"{address.replace('lang=en', f'lang={language}')}&q={names[1][language]}")
    assert "“" not in page.inner_text("#counted")
    page.close()

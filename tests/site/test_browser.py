"""The pages in Debian's Chromium, from disk: quiet, offline, readable on a phone, in two languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from targets import too_small

from jobs.reports.page_makers import NAVIGATION

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
FOCUSED = "(e => `${e.tagName} ${e.getAttribute('href') || e.dataset.lang || ''}`)(document.activeElement)"
MADE_LATER = {"notebooks", "workbooks"}  # by other commands than `quality report`'s site
# Every page of the navigation, and one or two of each kind that stands in folders.
PAGES = [
    *(path for _, entries in NAVIGATION for path, _ in entries if path.split("/")[0] not in MADE_LATER),
    "traces/t1.html",
    "plans/TARG.html",
    "platforms/P01.html",
    "platforms/P03.html",
    "regions/330000.html",
    "categories/HA.html",
    "clusters/K03.html",
    "plans/NONE.html",
    "sources/lab_1.html",
    "guide/operate.html",
    "work/region_330000.html",
]


def watched(browser: Browser, size: dict[str, int]) -> tuple[Page, list[str], list[str]]:
    """A page with what it says on its console and what it asks for."""
    page = browser.new_page(viewport=size)
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: (said.append("dialog"), dialog.dismiss()))
    page.on("request", lambda request: asked.append(request.url))
    return page, said, asked


@pytest.mark.parametrize(
    "size", [pytest.param(DESKTOP, id="desktop", marks=pytest.mark.slow), pytest.param(PHONE, id="phone")]
)
@pytest.mark.parametrize("language", ["en", pytest.param("zh", marks=pytest.mark.slow)])
def test_pages_open_from_disk_without_errors_or_requests_and_fit(
    browser: Browser, site: Path, size: dict[str, int], language: str
) -> None:
    page, said, asked = watched(browser, size)
    for path in PAGES:
        page.goto(f"{(site / path).as_uri()}?lang={language}")
        assert page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        ), path
        assert size != PHONE or too_small(page) == [], path
    assert said == []
    assert all(url.startswith("file:") for url in asked)
    assert {Path(url.split("?")[0]).suffix for url in asked} == {".html", ".js"}
    page.close()


def test_a_window_that_was_narrow_shows_tables_again(browser: Browser, site: Path) -> None:
    page, _, _ = watched(browser, PHONE)
    page.goto((site / "index.html").as_uri())
    shown = "[...document.querySelectorAll('main table')].map(t => getComputedStyle(t).display)"
    assert set(page.evaluate(shown)) == {"block"}
    page.set_viewport_size(DESKTOP)
    assert set(page.evaluate(shown)) == {"table"}
    page.close()


def test_charts_are_drawn_in_the_language_shown_with_chinese_glyphs(browser: Browser, site: Path) -> None:
    page, _, _ = watched(browser, DESKTOP)
    page.goto((site / "index.html").as_uri())
    boxes = page.locator("svg.chart:visible")
    assert boxes.count() == 3  # two trends, the map of provinces
    for number in range(boxes.count()):
        box = boxes.nth(number).bounding_box()
        assert box and box["width"] > 250 and box["height"] > 60
    assert (
        page.locator("svg.tilemap text:visible", has_text="四川").count() == 1
        and page.locator("svg.tilemap text:visible", has_text="SC").count() == 0
    )
    # Each design has its own colour, and lines, bands and squares are painted in it.
    painted = page.evaluate(
        """() => ["svg.probability .run", "svg.targeted .run"]
            .map(s => getComputedStyle(document.querySelector(s)).stroke)"""
    )
    assert painted == ["rgb(0, 114, 178)", "rgb(181, 80, 11)"]
    # A glyph that no font has is drawn as the same box as another such one; real ones are not alike.
    drawn = page.evaluate("""() => ["四", "京", "\\u{10FFFD}"].map(sign => {
        const c = document.createElement("canvas").getContext("2d");
        c.canvas.width = c.canvas.height = 40;
        c.font = "32px " + getComputedStyle(document.body).fontFamily; c.fillText(sign, 2, 34);
        return Array.from(c.getImageData(0, 0, 40, 40).data).join(); })""")
    assert len(set(drawn)) == 3
    page.close()


def test_the_language_switch_works_is_remembered_and_travels_with_links(browser: Browser, site: Path) -> None:
    page, _, _ = watched(browser, DESKTOP)
    page.goto((site / "index.html").as_uri())
    heading = page.locator("h1")
    assert "全国总览" in heading.inner_text() and "nation" not in heading.inner_text()
    page.get_by_role("button", name="English").click()
    assert "the nation" in heading.inner_text() and "全国总览" not in heading.inner_text()
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.url.endswith("index.html?lang=en")  # an address that is copied keeps the language
    page.get_by_role("link", name="Sampling", exact=True).click()
    page.get_by_role("link", name="Bulletins", exact=True).first.click()
    assert "lang=en" in page.url and page.locator("h1").inner_text() == "Bulletins"
    page.goto((site / "gate.html").as_uri())  # no lang in the address: remembered
    assert page.locator("h1").inner_text() == "Quality gate"
    page.goto(f"{(site / 'gate.html').as_uri()}?lang=zh")
    assert page.locator("h1").inner_text() == "数据审核"
    page.close()


def test_a_page_shows_only_the_languages_of_the_deployment(
    browser: Browser, site: Path, tmp_path: Path
) -> None:
    """English alone is what schemas/deployments/nl.yaml has."""
    page = (site / "quality.html").read_text(encoding="utf-8")
    alone = page.replace(
        '<html class="lang-zh" lang="zh-CN" data-languages="zh en"',
        '<html class="lang-en" lang="en" data-languages="en"',
    )
    assert alone != page
    (tmp_path / "quality.html").write_text(alone, encoding="utf-8")
    with browser.new_page() as shown:
        shown.goto((tmp_path / "quality.html").as_uri() + "?lang=zh")
        assert shown.evaluate("document.documentElement.className") == "lang-en"
        assert not re.search("[一-鿿]", shown.locator("h1").inner_text())


def test_the_keyboard_reaches_content_navigation_and_switch_but_not_every_square_of_the_map(
    browser: Browser, site: Path
) -> None:
    page, _, _ = watched(browser, DESKTOP)
    page.goto((site / "index.html").as_uri())
    focused = []
    for _ in range(18):
        page.keyboard.press("Tab")
        focused.append(page.evaluate(FOCUSED))
    assert (
        focused[0] == "A #main"
        and "BUTTON en" in focused
        and "INPUT " in focused
        and any("lookup.html" in f for f in focused)
    )
    assert page.locator("svg a:not([tabindex='-1'])").count() == 0
    page.close()


def test_a_square_of_the_map_leads_to_its_province(browser: Browser, site: Path) -> None:
    page, _, _ = watched(browser, DESKTOP)
    page.goto((site / "index.html").as_uri())
    page.locator("svg.chart:visible a[href^='regions/510000.html']").click()
    assert "regions/510000.html" in page.url and "四川" in page.locator("h1").inner_text()
    page.close()


def test_a_page_prints_to_a4_with_every_table_open(browser: Browser, site: Path, tmp_path: Path) -> None:
    page, said, _ = watched(browser, DESKTOP)
    page.goto((site / "index.html").as_uri())
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert "counter(pages)" in page.locator("style").first.text_content()
    assert page.locator("details:not([open])").count() == 0
    page.emulate_media(media="print")  # what a chart draws is not printed twice
    assert page.locator("figure").count() > 0 and not page.locator("details.behind >> visible=true").count()
    page.pdf(path=tmp_path / "index.pdf", prefer_css_page_size=True)
    assert (tmp_path / "index.pdf").read_bytes().startswith(b"%PDF") and said == []
    page.close()


def test_no_table_is_wider_than_a_sheet_of_a4(browser: Browser, site: Path) -> None:
    sheet = 688  # 210 mm less two margins of 14 mm, at 96 dots an inch
    page, _, _ = watched(browser, {"width": sheet, "height": 980})
    page.emulate_media(media="print")
    wide = "[...document.querySelectorAll('main table')].map(t => Math.ceil(t.getBoundingClientRect().right))"
    for path in ("index.html", "platforms/P01.html", "regions/330000.html", "work.html", "credit.html"):
        for language in ("zh", "en"):
            page.goto(f"{(site / path).as_uri()}?lang={language}")
            page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
            assert max(page.evaluate(wide)) <= sheet, (path, language)
    page.close()


def test_a_link_to_what_is_folded_opens_it(browser: Browser, site: Path) -> None:
    page, said, _ = watched(browser, PHONE)
    page.goto((site / "guidance.html").as_uri() + "#HA01")
    assert (
        page.locator("details#HA01").get_attribute("open") is not None
        and page.get_by_text("认准CCC标志").last.is_visible()
        and said == []
    )
    page.close()


def test_search_finds_pages_by_part_of_a_name_in_either_language_or_a_code(
    browser: Browser, site: Path
) -> None:
    page, said, asked = watched(browser, PHONE)
    page.goto((site / "regions" / "330000.html").as_uri())
    field, hits = page.locator("form.find input"), page.locator("form.find li a")
    for wanted, target in (
        ("川", "regions/510000.html"),
        ("zhejiang", "regions/330000.html"),
        ("p01", "platforms/P01.html"),
        ("小家电 慈溪", "clusters/K03.html"),
    ):
        field.fill(wanted)
        page.wait_for_function(
            "target => [...document.querySelectorAll('form.find li a')].some(a => a.href.includes(target))",
            arg=target,
        )
    field.fill("<script>")
    page.wait_for_function("() => document.querySelector('form.find li a')?.href.includes('P03')")
    assert hits.first.inner_text().startswith("<script>alert(1)</script>")
    field.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/platforms/P03.html*")
    assert said == [] and all(url.startswith("file:") for url in asked)
    page.close()


@pytest.mark.drill(fault="markup and formulas in published values", invariant="shown as text in the browser")
def test_lookup_finds_recalls_by_product_brand_or_barcode_and_shows_markup_and_formulas_as_text(
    browser: Browser, site: Path
) -> None:
    page, said, asked = watched(browser, DESKTOP)
    page.goto((site / "lookup.html").as_uri())
    field, rows = page.locator("form.lookup input"), page.locator("#found tbody tr")
    field.fill("晴里 k-1")
    page.wait_for_selector("#found tbody tr")
    assert rows.count() == 1 and "<script>alert(1)</script>" in rows.first.inner_text()
    field.fill("6901")
    page.wait_for_function("() => document.querySelector('#found')?.textContent.includes('儿童滑板车')")
    assert (
        '=HYPERLINK("http://evil.example","x")' in rows.first.inner_text()
        and page.locator("#found a").count() == 0
    )
    field.fill("k7781")
    page.wait_for_function("() => document.querySelector('#found')?.textContent.includes('泄漏电流')")
    assert (
        "<script>alert(1)</script>" in rows.first.inner_text()
        and '=HYPERLINK("http://evil.example","x")' in rows.first.inner_text()
    )
    assert "plans/TARG.html" in (rows.first.locator("a").get_attribute("href") or "")
    field.fill("没有这样的东西")
    page.wait_for_function("() => document.querySelector('#counted').textContent.includes('不等于没有问题')")
    assert said == [] and all(url.startswith("file:") for url in asked)
    page.close()


# How wide a quotation mark is drawn in an element of the page, in widths of a Chinese character.
WIDTH = """element => {
  const made = document.createElement("span"); made.style.cssText = "font-size: 40px; position: absolute";
  element.appendChild(made);
  const wide = text => { made.textContent = text; return made.getBoundingClientRect().width; };
  const share = wide("\u201c\u201d") / 80; made.remove(); return share;
}"""


@pytest.mark.parametrize("path", ["index.html", "about.html"])
def test_quotes_of_english_text_are_those_of_a_latin_font_and_chinese_ones_stay_wide(
    browser: Browser, site: Path, path: str
) -> None:
    page, said, _ = watched(browser, DESKTOP)
    page.goto(f"{(site / path).as_uri()}?lang=en")
    assert page.eval_on_selector("main", WIDTH) < 0.7
    assert page.eval_on_selector("main .en", WIDTH) < 0.7
    chinese = (
        "main => { const made = document.createElement('p'); made.lang = 'zh'; main.appendChild(made); }"
    )
    page.eval_on_selector("main", chinese)
    assert page.eval_on_selector("main > p[lang=zh]:last-child", WIDTH) == pytest.approx(1, abs=0.05)
    page.goto(f"{(site / path).as_uri()}?lang=zh")
    assert page.eval_on_selector("main", WIDTH) == pytest.approx(1, abs=0.05)
    assert said == []
    page.close()

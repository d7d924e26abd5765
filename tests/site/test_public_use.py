"""What a buyer does on the public site: searches, sorts on a phone, prints, complains."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from printed import texts_of
from test_browser import DESKTOP, PHONE, watched
from test_public_bounds import codes, write_bundle

from jobs.contracts.glossary import product_words
from jobs.publish.site import write_public
from jobs.reports.rendering import static

SHEET = 688  # CSS pixels between the margins of an A4 sheet
NUMBER = "70C182"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of one year: 100 batches in the last quarter, of which 90 failed and 3 of these seriously, 60
    recalls, 60 regions with rates."""
    root = tmp_path_factory.mktemp("use") / "published"
    batches = [
        {
            "sample_id": f"S{n:03}",
            "batch_no": NUMBER if n == 7 else f"B{n:03}",
            "product_name": f"Good {n:03}",
        }
        | {"released_on": date(2025, 12, 1 + n % 28), "serious": n < 3, "category_code": "AA0001"}
        | {"final_outcome": "nonconforming" if n < 90 else "conforming"}
        for n in range(100)
    ]
    rates = [
        {"period_type": "year", "period_start": date(2025, 1, 1), "dimension_type": kind, "published": True}
        | {"dimension_code": code, "design": "probability", "n_tested": 40, "n_sampled": 50}
        for kind, some in (("nation", ["CN"]), ("region", [f"11{n:04}" for n in range(60)]))
        for code in some
    ]
    rates += [rate | {"dimension_type": "platform"} for rate in rates[1:]]
    small = {table: rows[:5] for table, rows in codes().items()}
    words = dict.fromkeys(("name_zh", "name_en", "text_zh", "text_en"), "CCC")
    small["guidance"] = [words | {"category_code": "AA0001", "part": "look_at", "item": "certificate:ccc"}]
    recalls = [{"recall_id": str(n), "recalled_on": date(2025, 9, 9)} for n in range(60)]
    write_bundle(root, "2025", small | {"bulletins": batches, "detection_rates": rates, "recalls": recalls})
    write_public(root)
    return root / "site"


def offered(page: Page, word: str) -> list[str]:
    page.locator("form.find input").fill(word)
    page.wait_for_function("w => document.querySelector('form.find').dataset.offered === w", arg=word)
    return page.locator("form.find li").all_inner_texts()


@pytest.mark.parametrize(
    ("asked", "title", "place"),
    [
        ("误差", "如何理解95%区间", "definitions.html#interval"),
        ("置信区间", "如何理解95%区间", "definitions.html#interval"),
        ("真假", "消费提示", "guidance.html"),
        ("3C", "3C认证（CCC）：哪些商品须经认证", "guidance.html#ccc"),
        ("CCC", "3C认证（CCC）：哪些商品须经认证", "guidance.html#ccc"),
        ("怎么投诉", "消费提示", "guidance.html"),
        ("怎么选怎么投诉", "消费提示", "guidance.html"),  # Chinese is typed without spaces
        ("被召回", "召回", "recalls.html"),
        ("曝光", "抽查通报", "bulletins.html"),
        ("网店", "查询", "lookup.html"),
        ("producers", "查询", "lookup.html"),
        ("批次号", "查询", "lookup.html"),
        ("哪个平台好", "能否排名：平台、地区、商品", "definitions.html#ranking"),
        ("rank provinces", "能否排名：平台、地区、商品", "definitions.html#ranking"),
        ("worst platform", "能否排名：平台、地区、商品", "definitions.html#ranking"),
        ("which platform is worst", "能否排名：平台、地区、商品", "definitions.html#ranking"),
        ("how many batches failed", "全国不合格率，与上年同期的变化", "index.html"),
        ("how to cite", "引用格式与使用许可", "definitions.html#citing"),
        ("如何引用", "引用格式与使用许可", "definitions.html#citing"),
        ("CC BY", "引用格式与使用许可", "definitions.html#citing"),
        ("为什么没有数据", "不公开的内容及理由", "definitions.html#withheld"),
        ("哪些不公开", "不公开的内容及理由", "definitions.html#withheld"),
        ("suppressed", "不公开的内容及理由", "definitions.html#withheld"),
        ("compared with last year", "同比变化", "definitions.html#change"),
        ("too few samples", "样本不足", "definitions.html#insufficient"),
    ],
)
def test_what_buyers_ask_in_their_words_leads_to_the_page_that_answers_it(
    browser: Browser, site: Path, asked: str, title: str, place: str
) -> None:
    page, said, _ = watched(browser, DESKTOP)
    page.goto((site / "index.html").as_uri() + "?lang=zh")
    assert f"{title}\n页面" in offered(page, asked)
    links = page.locator("form.find li a", has_text=title)
    assert place in [(link.get_attribute("href") or "").replace("?lang=zh", "") for link in links.all()]
    assert said == []
    page.close()


def test_a_word_for_a_category_leads_to_the_lookup_of_it_beside_its_guidance(
    browser: Browser, site: Path
) -> None:
    page, said, _ = watched(browser, DESKTOP)
    page.goto((site / "index.html").as_uri() + "?lang=zh")
    hits = offered(page, "名AA0001")
    assert hits[0].startswith("名AA0001") and "在通报和召回中查询“名AA0001”" in hits and said == []
    page.close()


def test_the_word_for_failing_finds_what_failed_and_no_batch_of_which_nothing_failed(
    browser: Browser, site: Path
) -> None:
    """Of batches that passed pages say 所检项目未发现不合格, which holds the word 不合格."""
    page, said, _ = watched(browser, DESKTOP)
    found = {"不合格": 90, "未发现不合格": 10, "严重不合格": 3}
    page.goto((site / "lookup.html").as_uri() + "?lang=zh")
    for word, n in found.items():
        page.locator("#wanted").fill(f"名AA0001 {word}")
        page.wait_for_function(
            f"() => document.getElementById('counted').textContent.includes('抽查批次 {n}（')"
        )
    page.goto((site / "bulletins.html").as_uri() + "?lang=zh")
    page.wait_for_selector("table.dataTable")
    for word, n in found.items():
        page.locator(".dt-search input").fill(word)
        page.wait_for_function(
            f"() => document.querySelector('.dt-info').textContent.includes('共{n}行 （全部100行）')"
        )
    assert said == []
    page.close()


def test_the_title_of_a_page_and_the_fields_are_in_the_language_shown(browser: Browser, site: Path) -> None:
    """They had both languages, Chinese first, whichever was chosen."""
    page, said, _ = watched(browser, DESKTOP)
    page.goto((site / "lookup.html").as_uri() + "?lang=en")
    assert page.title() == "Look up – Quality Observatory"
    fields = page.locator("form input[data-zh]")
    read = "fields => fields.map(field => field.placeholder)"
    assert fields.evaluate_all(read) == ["Search (/)", "product, batch, standard …"]
    page.locator("button[data-lang=zh]").click()
    assert page.title() == "查询 – 质量观象台" and said == []
    assert fields.evaluate_all(read) == ["搜索", "产品、批号、标准号…"]
    page.close()


def test_a_release_leads_to_its_bulletins_with_the_note_on_its_files_beside(site: Path) -> None:
    for path in ("index.html", "calendar.html"):
        text = (site / path).read_text(encoding="utf-8")
        (row,) = re.findall(r"<tr><th[^>]*><a href=\"(bulletins[^\"]*#[^\"]*)\">", text)
        file, _, place = row.partition("#")
        assert f'id="{place}"' in (site / file).read_text(encoding="utf-8")
        assert re.search(r'<td><a href="../2025/0/README.md">', text)


def test_definitions_begin_with_plain_words_and_fold_the_columns(browser: Browser, site: Path) -> None:
    page, said, _ = watched(browser, DESKTOP)
    page.goto((site / "definitions.html").as_uri() + "?lang=zh")
    shown = page.locator("main h2").all_inner_texts()
    figures = ["加权不合格率（按销量）", "95%区间", "问题发现率", "质量指数", "样本不足"]
    use = ["能否排名", "同比变化", "不公开的内容及理由", "引用格式与使用许可"]
    assert shown == [*figures, *use, "各表、各列的含义"]
    assert page.locator("main details td:visible").count() == 0 < page.locator("main details td").count()
    column = page.locator("main details tbody tr").first.get_attribute("id")
    page.goto("about:blank")
    page.goto(f"{(site / 'definitions.html').as_uri()}#{column}")
    assert page.locator(f'[id="{column}"]').is_visible() and said == []
    page.close()


def test_the_search_of_any_page_finds_a_batch_by_its_number_and_else_leads_to_the_lookup(
    browser: Browser, site: Path
) -> None:
    page, said, asked = watched(browser, DESKTOP)
    page.goto((site / "rates.html").as_uri() + "?lang=en")
    assert offered(page, "no such thing")[-1] == "Look up “no such thing” in bulletins and recalls"
    (batch,) = offered(page, NUMBER)
    assert batch.startswith(f"{NUMBER} · ")
    page.keyboard.press("Enter")
    page.wait_for_url("**/bulletins*.html?lang=en#*")
    row = page.url.partition("#")[2]
    assert NUMBER in page.locator(f'[id="{row}"]').locator("xpath=ancestor-or-self::tr").inner_text()
    page.goto(f"{(site / 'lookup.html').as_uri()}?lang=en&q={NUMBER}")
    page.wait_for_selector("#found table")
    assert NUMBER in page.inner_text("#found table")
    assert page.inner_text("#found table caption") == "Batches checked (1)"
    page.locator("#wanted").fill("no such thing")
    nothing = (
        "Nothing found. Published periods: January 2025 to December 2025. No record does not mean no "
        "problem; shops of natural persons are not named."
    )
    assert page.inner_text("#counted") == nothing
    assert said == [] and all(url.startswith("file:") for url in asked)
    page.close()


@pytest.mark.parametrize(
    ("word", "code"),
    [("charger", "EL02"), ("clothes", "CL04"), ("baby", "IC03"), ("儿童玩具", "TY01"), ("手机", "EL01")],
)
def test_everyday_words_of_both_languages_find_goods(word: str, code: str) -> None:
    assert word in product_words()[code].split()


def test_the_pages_that_buyers_open_say_where_to_complain(site: Path) -> None:
    for name in ("index", "lookup", "bulletins", "recalls", "guidance"):
        text = (site / f"{name}.html").read_text("utf-8")
        assert "12315" in text and "12345" in text and 'href="guidance.html"' in text, name
    assert "12315" not in (site / "rates.html").read_text("utf-8").split("<main")[1]


def test_a_bulletin_fits_a_screen_of_1280_pixels(browser: Browser, tmp_path: Path) -> None:
    """The last column was cut."""
    batch = {
        "sample_id": "YP-420000-202510-000076", "batch_no": "93A190", "product_name": "贵金属首饰（合成）",
        "brand": "Yunmei (synthetic)", "final_outcome": "nonconforming", "serious": True,
        "platform_code": "P02",
        "producer_name": "苏州创邦饰品有限公司（合成）", "shop_name": "亿野精选店（合成）",
        "category_code": "AA0001",
        "released_on": date(2025, 12, 31), "published_on": date(2025, 12, 19),
        "item_names": '["镍释放量"]', "item_values": '["2.555"]',
        "item_units": '["µg/(cm²·week)"]',
        "item_limits_high": '["0.5"]', "item_standards": '["GB 28480-2012"]',
        "comment_texts": '["通知到达后立即停止销售并召回"]',
    }  # fmt: skip
    names = {"category_code": "AA0001", "name_zh": "贵金属首饰", "name_en": "Precious-metal jewellery"}
    root = tmp_path / "published"
    write_bundle(root, "2025", {"bulletins": [batch], "categories": [names]})
    write_public(root)
    page, said, _ = watched(browser, DESKTOP)
    for language in ("en", "zh"):
        page.goto((root / "site" / "bulletins.html").as_uri() + f"?lang={language}")
        page.wait_for_function(f"document.documentElement.className === 'lang-{language}'")
        frame = page.locator("main .scroll").first
        assert frame.evaluate("frame => frame.scrollWidth <= frame.clientWidth"), language
    assert said == []
    page.close()


def test_a_phone_sorts_cards_by_a_choice_of_column(browser: Browser, site: Path) -> None:
    page, said, _ = watched(browser, PHONE)
    page.goto((site / "bulletins.html").as_uri() + "?lang=en")
    page.wait_for_selector("table.dataTable")
    choice = page.get_by_label("Sort by").first
    assert choice.is_visible()
    choice.select_option(label="Product ↓")
    assert page.locator("table.dataTable tbody th").first.inner_text() == "Good 099"
    assert "order=0.desc" in page.url and said == []
    page.close()
    page, _, _ = watched(browser, DESKTOP)
    page.goto((site / "bulletins.html").as_uri() + "?lang=en")
    page.wait_for_selector("table.dataTable")
    assert page.locator(".sort-by").first.is_hidden()  # heads sort here
    page.close()


def test_a_table_is_worked_with_once_a_reader_comes_near_it_and_all_are_for_paper(
    browser: Browser, site: Path
) -> None:
    page, _, _ = watched(browser, {"width": 1280, "height": 300})
    page.goto((site / "rates.html").as_uri() + "?lang=en")
    tables = page.locator("main table[data-key]").filter(has=page.locator("tbody tr:nth-child(11)"))
    tables.first.scroll_into_view_if_needed()
    page.wait_for_selector("table.dataTable")
    key = tables.last.get_attribute("data-key")
    last = page.locator(f"table[data-key='{key}']")
    assert tables.count() >= 2 and "dataTable" not in (last.get_attribute("class") or "")
    assert last.locator("tbody tr:visible").count() == 60  # without it, its rows are there
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("table.dataTable").count() == tables.count()
    page.close()
    page, _, _ = watched(browser, DESKTOP)
    page.goto((site / "rates.html").as_uri() + f"?lang=en&{key}.order=0.desc")
    page.wait_for_selector(f"table.dataTable[data-key='{key}']")  # the address has its state
    page.close()


def test_paper_of_a_public_page_names_its_csv_file_its_title_and_its_place(
    browser: Browser, site: Path
) -> None:
    page, _, _ = watched(browser, DESKTOP)
    page.goto((site / "bulletins.html").as_uri() + "?lang=en")
    page.wait_for_selector("table.dataTable")
    end = page.locator("main p.paper")
    assert end.is_hidden()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    note = page.locator(".on-paper").first.inner_text()
    assert note.startswith(
        "Printed: rows 1–25 of the 100 that the page lists, or all with “all” rows a page; "
        "the CSV file is 2025/0/data/bulletins.csv"
    )
    assert "“Bulletins, batch by batch”" in end.inner_text() and "page bulletins.html" in end.inner_text()
    page.close()


def test_the_last_sheet_of_a_public_page_has_a_row_above_the_lines_on_page_and_source(
    browser: Browser, site: Path
) -> None:
    page, _, _ = watched(browser, DESKTOP)
    page.goto((site / "bulletins.html").as_uri() + "?lang=en")
    page.wait_for_selector("table.dataTable")
    for space in (540, 600, 660, 720):  # the second sheet ends little below the table
        page.evaluate(f"document.querySelector('main h1').style.paddingTop = '{space}px'")
        sheets = texts_of(page.pdf(prefer_css_page_size=True))
        assert "Good" in sheets[-1] and "2025/0/data/bulletins.csv" in sheets[-1], space
    page.close()


def test_code_is_no_larger_than_its_table_on_paper(browser: Browser) -> None:
    page, _, _ = watched(browser, {"width": SHEET, "height": 980})
    page.set_content(f"<style>{static()['style']}</style><table><tr><td>a <code>b</code></td></tr></table>")
    size = "name => parseFloat(getComputedStyle(document.querySelector(name)).fontSize)"
    assert page.evaluate(size, "code") >= 12  # on a screen
    page.emulate_media(media="print")
    assert page.evaluate(size, "code") <= page.evaluate(size, "table")
    page.close()


def test_no_word_of_a_head_is_broken_on_paper_and_no_table_is_wider_than_the_sheet(
    browser: Browser, site: Path
) -> None:
    page, _, _ = watched(browser, {"width": SHEET, "height": 980})
    page.emulate_media(media="print")
    broken = """() => [...document.querySelectorAll('main thead th')].flatMap(head => {
      const walker = document.createTreeWalker(head, NodeFilter.SHOW_TEXT), found = [];
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        for (const word of node.data.matchAll(/[A-Za-z]{3,}/g)) {
          const range = document.createRange();
          range.setStart(node, word.index); range.setEnd(node, word.index + word[0].length);
          const lines = new Set([...range.getClientRects()].map(box => Math.round(box.top)));
          if (lines.size > 1) { found.push(word[0]); }
        }
      }
      return found; })"""
    wide = "[...document.querySelectorAll('main table')].map(t => Math.ceil(t.getBoundingClientRect().right))"
    for name in ("rates.html", "bulletins.html", "recalls.html"):
        page.goto((site / name).as_uri() + "?lang=en")
        page.wait_for_function("document.documentElement.className === 'lang-en'")
        assert page.evaluate(broken) == [], name
        assert max(page.evaluate(wide)) <= SHEET, name
    page.close()

"""The search boxes in a browser: what is listed for what is typed, in which order, and where it leads."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page
from test_browser import DESKTOP, PHONE, watched
from test_search import many_goods, parsed

from jobs.reports.gathered import Gathered, gather
from jobs.reports.lookup_files import written as of_lookup
from jobs.reports.pages import searching
from jobs.reports.search_files import SPAN, of_goods, written

SEEN = """id => { const y = document.getElementById(id)?.getBoundingClientRect().top;
                  return document.querySelector("table.dataTable") && y >= 0 && y < innerHeight; }"""


@pytest.fixture(scope="module")
def many(site: Path, known: Gathered, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with the search of a country of 700 samples of one year and one of the next: three files in
    order."""
    life = known.night.frame("gold.sampling_lifecycle")
    numbers = [f"CJ-2026-{n:06d}" for n in range(700)] + ["CJ-2027-000012"]
    rows = life.iloc[[0] * len(numbers)].assign(sample_id=numbers)
    tables = {**known.night.tables, "gold.sampling_lifecycle": rows}
    known = gather(replace(known.night, tables=tables))
    folder = tmp_path_factory.mktemp("many")
    (folder / "index.html").write_bytes((site / "index.html").read_bytes())
    (folder / "assets").symlink_to(site / "assets")
    (folder / "search").mkdir()
    write_lookup(folder)
    found = searching.files(known, [], searching.numbers(known))
    goods = written([], {}, of_goods(many_goods()))
    of_many = parsed(goods["search_index.js"])
    index = parsed(found["search_index.js"]) | {key: of_many[key] for key in ("products", "beside")}
    found |= {path: content for path, content in goods.items() if "products_" in path}
    found["search_index.js"] = f"window.QUALITY_PAGES={json.dumps(index)};".encode()
    for path, content in found.items():
        (folder / path).write_bytes(content)
    return folder


def hits(page: Page, typed: str) -> list[str]:
    """The names that the search lists for what was typed, and its last line where it is no link."""
    page.locator("form.find input").fill(typed)
    page.wait_for_function(
        "typed => document.querySelector('form.find').dataset.offered === typed", arg=typed
    )
    return [text.split(" · ")[0] for text in page.locator("form.find li").all_inner_texts()]


def with_entries(folder: Path, site: Path, kinds: list[list[str]], rows: list[list[str | int]]) -> str:
    """Write the home page of ``site`` into ``folder`` with a search of these rows; return its address."""
    index = {"kinds": kinds, "pages": rows, "parts": [], "shards": [], "spans": [], "products": 0}
    (folder / "search_index.js").write_text(f"window.QUALITY_PAGES={json.dumps(index)};", encoding="utf-8")
    write_lookup(folder)
    (folder / "index.html").write_bytes((site / "index.html").read_bytes())
    (folder / "assets").symlink_to(site / "assets")
    return (folder / "index.html").as_uri() + "?lang=en"


def write_lookup(folder: Path, *rows: list[str | dict[str, str]]) -> None:
    """Write a lookup with ``rows`` of one table into ``folder``."""
    columns = [["产品", "Product"], ["网店", "Shop"]]
    part = {"title": ["批次", "Batches"], "columns": columns, "rows": list(rows), "link": -1}
    for path, content in of_lookup([part], {}).items():
        (folder / path).write_bytes(content)


def test_what_the_lookup_alone_has_leads_to_it_first(browser: Browser, site: Path, tmp_path: Path) -> None:
    """The name of a shop gave pages that have part of it, and the lookup last."""
    names = ["宁波的地区", "良品率", "旗舰店页面", "儿童安全座椅"]
    rows: list[list[str | int]] = [["about.html", name, "x", 0, ""] for name in names]
    address = with_entries(tmp_path, site, [["页面", "page"]], rows)
    write_lookup(tmp_path, ["充电宝", "宁波良品旗舰店"], ["Power bank", "Ningbo store"])
    page, said, _ = watched(browser, DESKTOP)
    page.goto(address.replace("lang=en", "lang=zh"))
    for typed in ("宁波良品旗舰店", "宁波 良品旗舰店", "Ningbo store"):
        hits(page, typed)
        first = page.locator("form.find li a").first
        assert "lookup.html?q=" in (first.get_attribute("href") or ""), typed
    assert hits(page, "安全座椅") == ["儿童安全座椅\n页面"]
    assert hits(page, "安全座椅良品率")[1] == "儿童安全座椅\n页面"  # the lookup has none, so pages stay first
    assert said == []
    page.close()


def test_a_unit_comes_before_parts_of_its_page(browser: Browser, site: Path, tmp_path: Path) -> None:
    rows: list[list[str | int]] = [
        ["regions/330000.html#proposal", "浙江下一季度抽样建议", "Zhejiang: proposal", 0, ""],
        ["regions/330000.html", "浙江", "Zhejiang", 1, ""],
    ]
    address = with_entries(tmp_path, site, [["页面", "page"], ["地区", "Region"]], rows)
    page, said, _ = watched(browser, DESKTOP)
    page.goto(address)
    assert hits(page, "Zhejiang")[0] == hits(page, "浙江")[0] == "Zhejiang\nRegion" and said == []
    page.close()


def test_no_word_of_several_takes_the_whole_list_and_pages_on_it_come_before_its_names(
    browser: Browser, site: Path, tmp_path: Path
) -> None:
    """移动电源 平台 listed the names of all platforms, and no page that says whether they may be ranked."""
    rows: list[list[str | int]] = [
        *(["lookup.html", f"平台{n:02}（合成）", f"Platform {n:02}", 1, ""] for n in range(40)),
        ["definitions.html", "能否排名", "May they be ranked?", 0, "哪个平台"],
        *(["lookup.html", f"移动电源{n}", f"Power bank {n}", 2, ""] for n in range(3)),
    ]
    kinds = [["页面", "page"], ["平台", "platform"], ["产品", "product"]]
    page, said, _ = watched(browser, DESKTOP)
    page.goto(with_entries(tmp_path, site, kinds, rows).replace("lang=en", "lang=zh"))
    listed = [name.split("\n")[0] for name in hits(page, "移动电源 平台")]
    names = [f"平台{n:02}（合成）" for n in range(14)]
    assert listed[1:19] == [*(f"移动电源{n}" for n in range(3)), "能否排名", *names]
    assert listed[-1] == "共44项，请补充关键词"
    assert hits(page, "平台")[-1] == "共41项，请补充关键词" and len(hits(page, "平台")) == 31
    assert said == []
    page.close()


def test_names_in_chinese_only_are_marked_and_the_field_is_in_the_language_of_the_page(
    browser: Browser, site: Path, tmp_path: Path
) -> None:
    rows: list[list[str | int]] = [
        ["lookup.html", "超薄充电宝 · 移动电源", "超薄充电宝 · Power banks", 0, ""]
    ]
    page, said, _ = watched(browser, DESKTOP)
    page.goto(with_entries(tmp_path, site, [["产品", "product"]], rows))
    hits(page, "power")
    assert page.locator("form.find li [lang=zh]").all_inner_texts() == ["超薄充电宝"]
    field = page.locator("form.find input")
    assert field.get_attribute("placeholder") == "Search (/)"
    page.locator("button[data-lang=zh]").click()
    assert field.get_attribute("placeholder") == "搜索"
    hits(page, "充电宝")
    assert page.locator("form.find li [lang=zh]").count() == 0 and said == []
    page.close()


def test_what_is_named_as_it_was_typed_comes_before_pages_about_it(
    browser: Browser, site: Path, tmp_path: Path
) -> None:
    kinds = [["页面", "page"], ["平台", "platform"]]
    rows: list[list[str | int]] = [
        ["work/07.html", "平台07待办", "Platform 07 work", 0, "platform 07"],
        ["platforms/P07.html", "平台07（合成）", "Platform 07 (synthetic)", 1, "P07"],
    ]
    address = with_entries(tmp_path, site, kinds, rows)
    page, said, _ = watched(browser, DESKTOP)
    page.goto(address)
    assert hits(page, "platform 07")[0] == "Platform 07 (synthetic)\nplatform" and said == []
    page.close()


def test_a_number_is_found_by_its_first_four_characters_on_or_by_its_last_four_and_by_nothing_less(
    browser: Browser, many: Path
) -> None:
    page, said, asked = watched(browser, PHONE)
    page.goto((many / "index.html").as_uri() + "?lang=en")
    assert hits(page, "CJ-2027") == ["CJ-2027-000012"]
    assert hits(page, "cj2027") == ["CJ-2027-000012"]
    assert hits(page, "CJ-2026-00030") == [f"CJ-2026-00030{n}" for n in range(10)]  # over two files
    assert hits(page, "0012") == ["CJ-2026-000012", "CJ-2027-000012"]
    assert hits(page, "CJ-2026-000699") == ["CJ-2026-000699"]
    year = hits(page, "cj20")
    assert year[:30] == [f"CJ-2026-{n:06d}" for n in range(30)]
    more = re.fullmatch(r"More than (\d+): type more", year[30])
    assert more and SPAN <= int(more[1]) < 701 and len(year) == 31
    assert hits(page, "012")[0].startswith(
        "Nothing found; for a sample or case number, type at least its first four"
    )
    assert hits(page, "026-0006")[0].startswith("Nothing found")  # its middle
    assert all(url.startswith("file:") for url in asked)
    assert said == []
    page.close()


def test_goods_in_many_files_are_found_by_any_part_of_two_characters_in_any_width(
    browser: Browser, many: Path
) -> None:
    page, said, asked = watched(browser, PHONE)
    page.goto((many / "index.html").as_uri() + "?lang=zh")
    assert hits(page, "倀怪") == hits(page, "怪式 倀") == ["倀怪式皮包"]
    assert hits(page, "充电") == hits(page, "x9") == hits(page, "充电宝 x9") == ["Ｘ９ 充电宝"]
    assert "Ｘ９ 充电宝" not in hits(page, "宝")
    assert "Ｘ９ 充电宝" in hits(page, "充电宝 某某某某某")  # by a word that is not the longest
    assert all(url.startswith("file:") for url in asked) and said == []
    page.close()


@pytest.mark.parametrize(("language", "brand"), [("zh", "晴里"), ("en", "Qingli")])
def test_goods_that_are_found_by_their_brand_lead_to_what_the_lookup_has_of_that_brand(
    browser: Browser, site: Path, language: str, brand: str
) -> None:
    page, said, _ = watched(browser, DESKTOP)
    page.goto(f"{(site / 'index.html').as_uri()}?lang={language}")
    assert hits(page, brand)
    found = page.locator("form.find li a", has_text=f" · {brand}").first
    name = found.inner_text().split(" · ")[0]
    for typed in (brand, f"{brand} {name[:3]}"):
        hits(page, typed)
        goods = page.locator("form.find li a", has_text=f"{name} · ").first
        address = parse_qs(urlsplit(goods.get_attribute("href") or "").query)["q"]
        assert address == [f"{name} {brand}"] and f" · {brand}" in goods.inner_text()
        link = page.locator("form.find li a", has_text=f"“{typed}”")
        assert "lookup.html?q=" in (link.get_attribute("href") or "")
    goods.click()
    page.wait_for_selector("#found td")
    rows = page.locator("#found tbody tr")
    assert rows.count() and all(brand in text for text in rows.all_inner_texts())
    assert hits_of_name(page, site) == "电磁炉" and said == []
    page.close()


def hits_of_name(page: Page, site: Path) -> str:
    """What the lookup is asked where goods are found by their name alone."""
    page.goto((site / "index.html").as_uri())
    hits(page, "电磁炉")
    href = page.locator("form.find li a[href*='lookup.html?q=']").first.get_attribute("href")
    return parse_qs(urlsplit(href or "").query)["q"][0]


def test_a_short_number_is_found_whole(browser: Browser, site: Path) -> None:
    page, said, _ = watched(browser, PHONE)
    page.goto((site / "index.html").as_uri())
    assert "S10" in hits(page, "s10") and said == []
    page.close()


def test_pages_come_before_columns_and_a_product_by_the_name_that_buyers_give_it_before_single_goods(
    browser: Browser, site: Path
) -> None:
    page, said, _ = watched(browser, DESKTOP)
    page.goto((site / "index.html").as_uri() + "?lang=en")
    found = hits(page, "recall")
    assert found.index("Look up bulletins and recalls\npage") < found.index("recall_id\ndictionary")
    page.goto((site / "index.html").as_uri() + "?lang=zh")
    assert hits(page, "12315") == ["消费提示\n页面"] and said == []
    page.close()


@pytest.mark.parametrize(
    ("typed", "first", "before"),
    [
        ("overdue", "Work queue\npage", "Consequences of a missed duty"),
        ("tasks overdue", "Work queue\npage", ""),
        ("failed batches", "Bulletins\npage", ""),
        ("weighted rate", "How the exposure rate is weighted\npage", ""),
        ("逾期", "待办\n页面", "逾期后果和法律责任"),
        ("failure rate", "The nation's exposure rate\npage", ""),
        ("restricted shops", "Restrictions of shops in effect\npage", ""),
        ("文件被拒收", "文件被拒收之后：原因和改正\n页面", ""),
        ("拒收后", "文件被拒收之后：原因和改正\n页面", ""),
        ("is the rate weighted", "How the exposure rate is weighted\npage", ""),
        ("design effect", "Design effect and effective sample size\npage", ""),
        ("设计效应", "设计效应和有效样本量\n页面", ""),
        ("如何复算", "回到过去某一天所知的情况：重算\n页面", ""),
        ("下次交付", "下次交付日期\n页面", ""),
    ],
)
def test_a_page_comes_first_for_its_own_words_and_statuses_before_what_each_platform_has(
    browser: Browser, site: Path, typed: str, first: str, before: str
) -> None:
    page, said, _ = watched(browser, DESKTOP)
    page.goto((site / "index.html").as_uri() + f"?lang={'en' if typed.isascii() else 'zh'}")
    found = hits(page, typed)
    assert found[0] == first and said == []
    if before:
        status = next(at for at, name in enumerate(found) if name == typed)
        assert status < found.index(before)
    page.close()


def test_a_code_typed_together_with_a_chinese_word_finds_the_page_of_the_code(
    browser: Browser, site: Path
) -> None:
    page, said, _ = watched(browser, DESKTOP)
    page.goto((site / "index.html").as_uri() + "?lang=zh")
    first, second, *found = hits(page, "P01排名")
    assert first.startswith("没有含有“P01排名”的") and second == "云集市\n平台" and said == []
    assert "平台的档次和位次\n页面" in found
    page.close()


def test_words_that_no_row_has_together_find_what_has_one_of_them(browser: Browser, site: Path) -> None:
    page, said, _ = watched(browser, DESKTOP)
    page.goto((site / "index.html").as_uri() + "?lang=zh")
    first, *found = hits(page, "云集市 消费提示")
    assert first.startswith("没有同时含有各词的") and {"云集市\n平台", "消费提示\n页面"} < set(found)
    assert "电磁炉" in [
        line.split("\n")[0] for line in hits(page, "电磁炉 页面无此词组合")
    ]  # not the longest word
    assert hits(page, "消费提示 页面无此词")[1] == "消费提示\n页面" and said == []
    page.close()


def test_words_of_a_question_are_not_asked_for_and_the_static_api_is_found(
    browser: Browser, site: Path
) -> None:
    page, said, _ = watched(browser, DESKTOP)
    page.goto((site / "index.html").as_uri() + "?lang=en")
    assert hits(page, "how to complain") == hits(page, "complain") != []
    assert hits(page, "API")[0].startswith("The static JSON API") and said == []
    page.close()


def test_a_row_that_has_a_word_has_that_of_its_kind_too(browser: Browser, site: Path, tmp_path: Path) -> None:
    kinds = [["页面", "page"], ["批次", "batch"], ["网店", "shop"]]
    rows = [
        ["list.html", "批次清单", "Each batch", 0, ""],
        ["batch.html", "28B035", "28B035", 1, ""],
        ["shop.html", "28B035店", "28B035 shop", 2, ""],
    ]
    address = with_entries(tmp_path, site, kinds, rows)
    page, said, _ = watched(browser, DESKTOP)
    page.goto(address)
    assert [line.split("\n")[0] for line in hits(page, "batch 28B035")] == ["28B035"]
    assert [line.split("\n")[0] for line in hits(page, "批次 28b035")] == ["28B035"]
    assert [line.split("\n")[0] for line in hits(page, "batch")] == ["Each batch"]  # not all of the kind
    assert said == []
    page.close()


@pytest.mark.parametrize(
    "column", [pytest.param("exposure_low", marks=pytest.mark.slow), "provisional_until"]
)
def test_a_column_is_found_and_leads_to_its_row_wherever_it_stands_in_its_table(
    browser: Browser, site: Path, column: str
) -> None:
    """The second is one of the last of its table."""
    page, said, _ = watched(browser, DESKTOP)
    page.goto((site / "index.html").as_uri() + "?lang=zh")
    assert hits(page, column)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/dictionary/gold.detection_rate.html*#{column}")
    page.wait_for_function(SEEN, arg=column)  # it scrolls there
    assert page.locator("main table tbody tr").count() > 50  # all on one page
    assert said == []
    page.close()


def test_short_latin_words_are_found_where_a_word_begins_and_not_inside_of_one(
    browser: Browser, site: Path, tmp_path: Path
) -> None:
    named = ["Laboratory 08", "Abacus toys", "Cab parts", "Label of AB", "电源AB型", "Power adapter"]
    rows = [["about.html", name, name, 0, ""] for name in named]
    address = with_entries(tmp_path, site, [["页面", "page"]], rows)
    page, said, _ = watched(browser, DESKTOP)
    page.goto(address)

    def found(typed: str) -> set[str]:
        return {line.split("\n")[0] for line in hits(page, typed)} & set(named)

    assert found("ab") == {"Abacus toys", "Label of AB", "电源AB型"}
    assert found("lab") == {"Laboratory 08", "Label of AB"}
    assert found("of") == {"Label of AB"} and found("源ab") == {"电源AB型"}
    assert found("ower") == {"Power adapter"}  # a longer part of a word is found anywhere
    assert said == []
    page.close()


def test_goods_that_are_not_there_are_said_to_be_not_there_in_chinese_as_in_english(
    browser: Browser, site: Path, tmp_path: Path
) -> None:
    """A kettle is no electric blanket, though its name begins with the same two characters."""
    goods = {
        "电热水壶": "Electric kettles", "充电宝": "Power banks", "充电宝召回": "Recalls of power banks",
        "童装": "Clothing for children", "儿童安全座椅": "Child car seat",
    }  # fmt: skip
    index = {"kinds": [["页面", "page"]], "parts": [], "shards": [], "spans": [], "products": 0}
    index["pages"] = [["about.html", zh, en, 0, ""] for zh, en in goods.items()]
    (tmp_path / "search_index.js").write_text(f"window.QUALITY_PAGES={json.dumps(index)};", encoding="utf-8")
    write_lookup(tmp_path)
    (tmp_path / "index.html").write_bytes((site / "index.html").read_bytes())
    (tmp_path / "assets").symlink_to(site / "assets")
    page, said, _ = watched(browser, DESKTOP)
    page.goto((tmp_path / "index.html").as_uri() + "?lang=zh")
    none, lookup, *near = hits(page, "电热毯")
    assert none.startswith("没有含有“电热毯”的") and near[0] == "电热水壶\n页面" and "查询" in lookup
    assert hits(page, "充电宝的召回")[0] == "充电宝召回\n页面"  # a particle asks for nothing
    assert hits(page, "电热水壶")[0] == "电热水壶\n页面"
    page.goto((tmp_path / "index.html").as_uri() + "?lang=en")
    none, first, *_ = hits(page, "children car seat")
    assert none.startswith("Nothing has all") and first == "Child car seat\npage"  # most words, not letters
    assert said == []
    page.close()

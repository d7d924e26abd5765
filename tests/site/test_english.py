"""English stands beside the Chinese of every page; only what a party filed stands as it was filed."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from reading_pages import VOID

from jobs.lake.night import newest_snapshot
from jobs.lake.tables import Lake
from jobs.reports import names
from jobs.reports.filed_words import in_chinese
from jobs.reports.gathered import Gathered
from jobs.reports.pages.bulletin import bounds

CHINESE = re.compile("[\u3400-\u9fff]+")
# Names and words of parties, files and sources: a page shows them as filed.
FILED = (
    "product_name producer_name shop_name seller_name lab_name reinspection_lab_name brand batch_no name "
    "comment_names comment_texts comment_text legal_basis authority file member drift missing warnings "
    "unreadable_list unknown_values examples text operator_name field title columns note"
).split()
CODE = {"style", "script", "code", "pre"}


class Reader(HTMLParser):
    """``alone``: Chinese that neither stands in a Chinese phrase with its English beside nor is code."""

    def __init__(self, page: str):
        super().__init__()
        self.alone: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            has = dict(attrs)
            classes = (has.get("class") or "").split()  # of a text in a drawing
            paired = tag != "html" and (has.get("lang") == "zh-CN" or "zh" in classes)
            self._open.append((tag, paired or tag in CODE))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without content says nothing."""

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        both = re.search(r"[\u3400-\u9fff].* / .*[A-Za-z]", data)  # an attribute's or a title's form
        if CHINESE.search(data) and not both and not any(apart for _, apart in self._open):
            self.alone.append(data.strip())


def filed(home: Path) -> str:
    """All that parties, files and sources wrote, in one text."""
    snapshot = newest_snapshot(Lake(home / "lake"))
    found: list[str] = []
    frames = [snapshot.frame(table) for table in snapshot.tables] + [snapshot.lake.frame("ops.ingest_file")]
    for frame in frames:
        for column in set(FILED) & set(frame.columns):
            found += [str(value) for value in frame[column] if not isinstance(value, float)]
    sources = [path.read_text(encoding="utf-8") for path in home.rglob("*.yaml")]
    return "\n".join(found + sources)


def test_english_stands_beside_the_chinese_of_every_page(pages: dict[str, str], site: Path) -> None:
    known = filed(site.parent)
    alone = {
        (path, text)
        for path, page in pages.items()
        for text in Reader(page).alone
        if any(run not in known for run in CHINESE.findall(text))
    }
    assert alone == set()


@pytest.mark.parametrize(
    ("page", "alone"),
    [
        ('<p><span class="zh" lang="zh-CN">样品</span><span class="en">Sample</span></p>', []),
        ("<p>样品</p>", ["样品"]),
        ("<title>样品 / Sample</title>", []),
        ("<code>{from: 列}</code>", []),
    ],
)
def test_chinese_without_english_is_found(page, alone):
    assert Reader(page).alone == alone


HEAD = re.compile(
    r"<(?:th scope=\"col\"[^>]*|h[1-4][^>]*|caption|figcaption|summary)>(?:<a [^>]*>)?"
    r'<span class="zh" lang="zh-CN">[^<]*</span><span class="en" lang="en">([a-z][^<]*)'
)


def test_every_head_of_a_table_and_every_title_begins_with_a_capital_letter(html: dict[str, str]) -> None:
    found = {(path, head) for path, page in html.items() for head in HEAD.findall(page)}
    assert found == set()


@pytest.mark.parametrize(
    ("code", "zh", "en"),
    [
        ("110115", "北京市大兴区", "Daxing District, Beijing"),  # its districts together are no place
        ("330784", "浙江省金华市永康市", "Yongkang, Jinhua, Zhejiang"),
        ("130171", "河北省石家庄高新技术产业开发区", "Shijiazhuang High-tech Zone, Shijiazhuang, Hebei"),
        ("419001", "河南省济源市", "Jiyuan, Henan"),  # no prefecture in between
        ("110000", "北京市", "Beijing"),
    ],
)
def test_a_place_is_named_as_an_address_is_written(known: Gathered, code: str, zh: str, en: str) -> None:
    place = known.place(code)
    assert place == (zh, en)


def test_a_plan_has_an_english_name(known: Gathered) -> None:
    for code in known.night.frame("silver.sampling_plan")["plan_id"]:
        assert not CHINESE.search(known.names.of("plan", code).en)


def test_a_tested_item_has_its_english_name_or_stands_as_filed() -> None:
    assert names.tested_item("接地电阻") == ("接地电阻", "Earth resistance")
    assert names.tested_item("某项") == ("某项", "某项")


def test_a_value_or_limit_has_english_words_and_marks_where_laboratories_write_them_alike() -> None:
    assert names.filed_value("文字要求") == ("文字要求", "stated in words")
    assert names.filed_value("≥-5，≤5", "%") == ("≥−5，≤5%", "≥−5, ≤5%")
    assert names.filed_value("不符合", "") == ("不符合", "non-compliant")
    assert names.filed_value("90", "次") == ("90次", "90 cycles")
    assert names.filed_value("0.3", "mg/kg") == ("0.3 mg/kg", "0.3 mg/kg")


def test_half_a_grade_stands_between_the_grades_on_either_side_of_it() -> None:
    assert names.filed_value("2.5", "级") == ("2-3级", "2-3 grade")
    assert names.filed_value("≥ 3.5", "级") == ("≥ 3-4级", "≥ 3-4 grade")
    assert names.filed_value("3", "级") == ("3级", "3 grade")
    assert names.filed_value("2.5", "mm") == ("2.5 mm", "2.5 mm")


def test_a_withheld_name_and_a_registered_brand_stand_in_english_too(html: dict[str, str]) -> None:
    page = html["plans/TARG.html"]
    assert '<span class="en" lang="en">Qingli</span>' in page
    assert '<span class="en" lang="en">an individual, not named</span>' in page
    assert not re.search(r'lang="zh">(自然人经营者|晴里)<', page)


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        ("", "0.1", ("≤0.1", "≤0.1")),
        ("5", "9", ("5～9", "5–9")),
        ("不得检出", "不得检出", ("不得检出", "shall not be detected")),
        ("应符合要求", "应符合要求", None),  # says no more than that it does not comply
    ],
)
def test_a_requirement_stands_where_it_says_more_than_that_there_is_one(low, high, wanted) -> None:
    assert bounds(low, high) == wanted


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        ("<td>某厂</td>", '<td lang="zh">某厂</td>'),
        ('<a href="x">某厂</a>', '<a href="x" lang="zh">某厂</a>'),
        ("<td>某厂 · <code>1</code></td>", '<td lang="zh">某厂 · <code>1</code></td>'),
        ("<td>Works</td>", "<td>Works</td>"),
        (
            '<td><span class="zh" lang="zh-CN">厂</span></td>',
            '<td><span class="zh" lang="zh-CN">厂</span></td>',
        ),
        ("<th>品类 / Category</th>", "<th>品类 / Category</th>"),
    ],
)
def test_words_in_chinese_alone_are_marked_as_chinese(html: str, wanted: str) -> None:
    assert in_chinese(html) == wanted


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        (
            '<td><span class="zh" lang="zh-CN">厂：</span><span class="en">x</span>某厂（合成） (91X)</td>',
            '<td><span class="zh" lang="zh-CN">厂：</span><span class="en">x</span>'
            '<span lang="zh">某厂（合成）</span> (91X)</td>',
        ),
        ("<th>S1<br>某厂</th>", '<th>S1<br><span lang="zh">某厂</span></th>'),
        ("<td><code>约谈</code></td>", '<td><code lang="zh">约谈</code></td>'),
        ("<td><b>1</b> × 备注2</td>", '<td><b>1</b> × <span lang="zh">备注2</span></td>'),
        ("<svg><text>某厂 x</text></svg>", "<svg><text>某厂 x</text></svg>"),
        ("<label>查询 / Look up</label>", "<label>查询 / Look up</label>"),
    ],
)
def test_chinese_within_a_mixed_text_is_marked(html: str, wanted: str) -> None:
    assert in_chinese(html) == wanted


def test_all_chinese_that_has_no_english_is_marked_on_every_page(pages: dict[str, str]) -> None:
    class Unmarked(Reader):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            marked = (dict(attrs).get("lang") or "").startswith("zh") and tag != "html"
            super().handle_starttag(tag, attrs)
            if tag not in VOID:
                name, apart = self._open[-1]
                apart = apart and tag not in ("code", "pre")  # a value in Chinese is marked as well
                self._open[-1] = (name, apart or marked or tag in ("svg", "title"))

    found = {(path, text) for path, page in pages.items() for text in Unmarked(page).alone}
    assert found == set()


def test_an_english_reader_sees_which_names_are_in_chinese_alone_and_what_the_mark_means(
    browser: Browser, site: Path
) -> None:
    page = browser.new_page()
    page.goto((site / "plans" / "TARG.html").as_uri() + "?lang=en")
    mark = "e => getComputedStyle(e, '::after').content"
    cell = page.locator('main td[lang="zh"], main td a[lang="zh"]').first
    assert cell.evaluate(mark) == '" (zh)"' and "(zh): in Chinese only" in page.locator("footer").inner_text()
    page.click('button[data-lang="zh"]')
    assert cell.evaluate(mark) == "none"
    page.close()

"""Readers find the answers to their questions within three clicks of the first page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from test_browser import DESKTOP, PHONE, watched

MOST_CLICKS = 3


def menu(words: str) -> str:
    return f'nav >> text="{words}"'


SOURCES = 'nav a:has-text("数据来源")'
# Reader, question: language, what is clicked one after the other, what then is read.
QUESTIONS = {
    ("provincial office", "how does my province stand"): (
        "zh",
        [menu("地区"), 'main table a:has-text("浙江") >> nth=0'],
        r"结论.*全国（",
    ),
    ("provincial office", "what is overdue, and with whom"): (
        "zh",
        [menu("待办"), '[aria-label^="各地区合计"] th a:has-text("浙江")'],
        r"待办：浙江.*最长逾期天数",
    ),
    ("platform", "how do I stand and what am I to do"): (
        "zh",
        [menu("平台"), 'main table a:has-text("云集市") >> nth=0'],
        r"结论.*待办事项",
    ),
    ("provider", "what became of my files"): (
        "zh",
        [menu("数据与方法"), SOURCES, "main table a >> nth=0"],
        r"交付|收到",
    ),
    ("analyst", "what does the rate mean"): (
        "zh",
        ['main a:has-text("gold.detection_rate") >> nth=0'],
        r"不合格批次 ÷",
    ),
    ("buyer", "what to look at when I buy"): (
        "zh",
        [menu("消费者"), 'nav a:has-text("消费提示")', "main details summary >> nth=0"],
        r"选购要点|不合格",
    ),
    ("laboratory", "how do I compare, and what is late"): (
        "zh",
        [menu("协作网"), 'nav a:has-text("检验检测")', "main table a >> nth=0"],
        r"按时率",
    ),
    ("brand", "what was reported of my brand, and what is open"): (
        "zh",
        [menu("协作网"), 'nav.sub a:has-text("品牌")', "main table tbody a >> nth=0"],
        r"假冒",
    ),
    ("journalist", "how is a figure cited"): ("zh", ['main a:has-text("引用") >> nth=0'], r"质量观象台，《"),
    ("statistician", "do ranks depend on the weights"): ("zh", [menu("质量指数")], r"位次的稳健性.*总效应"),
    ("engineer", "which tables are stale"): (
        "zh",
        [menu("数据与方法"), 'nav a:has-text("数据审核")'],
        r"沿用旧版",
    ),
    ("provincial office", "was the newest quarter better"): (
        "zh",
        [menu("地区"), 'main table a:has-text("浙江") >> nth=0'],
        r"最近一个完整季度（.*?较上年同期",
    ),
    ("platform", "what would lift my index most"): (
        "zh",
        [menu("平台"), 'main table a:has-text("云集市") >> nth=0'],
        r"最能提高指数的指标.*可增加的分数：",
    ),
    ("provider", "how do I file again what was refused"): (
        "zh",
        [menu("数据与方法"), SOURCES, "main table a >> nth=0"],
        r"改正后以同一文件名重新报送",
    ),
    ("provider", "in which form is a file asked for"): (
        "zh",
        [menu("数据与方法"), 'nav a:has-text("使用指南")', 'main a:has-text("来源") >> nth=0'],
        r"列",
    ),
    ("analyst", "how is an interval to be read"): (
        "zh",
        ['main a:has-text("如何理解区间") >> nth=0'],
        r"约 95% 的区间覆盖真值",
    ),
    ("provincial office", "are complaints of my province handled in time"): (
        "zh",
        [menu("地区"), 'main table a:has-text("浙江") >> nth=0'],
        r"投诉举报办理.*按时作出是否受理的决定",
    ),
    ("platform", "which shops are restricted, and on what ground"): (
        "zh",
        [menu("平台"), 'main table a:has-text("云集市") >> nth=0'],
        r"失信惩戒.*生效中的网店限制.*\d项",
    ),
    ("provider", "is anything of mine late"): (
        "zh",
        [menu("数据与方法"), 'nav a:has-text("时效")'],
        r"迟报（\d+ / \d+）",
    ),
    ("analyst", "which counts lead from the plan to publication"): (
        "zh",
        [menu("抽查")],
        r"批次数核对.*计划买样.*完成检验",
    ),
    ("buyer", "whom do I complain to"): (
        "zh",
        [menu("消费者"), 'nav a:has-text("消费提示")'],
        r"12315",
    ),
    ("English reader", "which standards do goods fail most"): (
        "en",
        [menu("Networks"), 'nav a:has-text("Standards")'],
        r"Standards that goods fail most.*Exposure rate",
    ),
    ("English reader", "what is a finding rate"): (
        "en",
        [menu("Data and methods"), 'nav a:has-text("Glossary")'],
        r"Finding rate non-conforming ÷ judged batches of targeted",
    ),
    ("English reader", "which laboratory is to be looked into"): (
        "en",
        [menu("Networks"), 'nav a:has-text("Laboratories")'],
        r"look into the tests of",
    ),
    ("English reader", "how is the index made"): ("en", [menu("Quality index")], r"(?i)goalposts?"),
    ("English reader", "how do provinces compare"): ("en", [menu("Regions")], r"Exposure rate"),
}


FIRST = dict(reversed(QUESTIONS))  # the first question of each reader; the others are asked by `make slow`


@pytest.mark.parametrize(
    ("reader", "question"),
    [pytest.param(r, q, marks=[] if FIRST[r] == q else pytest.mark.slow) for r, q in QUESTIONS],
)
def test_a_question_is_answered_within_three_clicks(
    browser: Browser, site: Path, reader: str, question: str
) -> None:
    language, clicks, wanted = QUESTIONS[reader, question]
    page, said, asked = watched(browser, DESKTOP)
    page.goto(f"{(site / 'index.html').as_uri()}?lang={language}")
    for click in clicks:
        page.locator(click).first.click()
        page.wait_for_load_state()  # a click ends when the next page begins, before all of it is there
    assert len(clicks) <= MOST_CLICKS
    assert re.search(wanted, re.sub(r"\s+", " ", page.inner_text("main"))), page.url
    assert said == [] and all(url.startswith("file:") for url in asked)
    page.close()


def test_a_reader_with_a_phone_sees_todays_work_without_a_click(browser: Browser, site: Path) -> None:
    page, _, _ = watched(browser, PHONE)
    page.goto(f"{(site / 'index.html').as_uri()}?lang=zh")
    assert re.search(r"今日应办.*项已逾期", re.sub(r"\s+", " ", page.inner_text("main")))
    page.close()


def test_a_reader_with_a_phone_sees_how_a_platform_stands_on_the_first_screen(
    browser: Browser, site: Path
) -> None:
    page, _, _ = watched(browser, PHONE)
    page.goto(f"{(site / 'index.html').as_uri()}?lang=zh")
    page.locator(menu("平台")).first.click()
    page.locator('main table a:has-text("云集市")').first.click()
    page.wait_for_load_state()
    box = page.locator("#verdict .big").bounding_box()
    assert box is not None and box["y"] + box["height"] < PHONE["height"]
    page.close()


def test_a_buyer_looks_a_batch_up_in_two_steps(browser: Browser, site: Path) -> None:
    page, _, _ = watched(browser, DESKTOP)
    page.goto(f"{(site / 'index.html').as_uri()}?lang=zh")
    page.locator(menu("消费者")).first.click()
    page.locator("main input").first.fill("GB")
    page.get_by_text("找到").wait_for()
    page.close()

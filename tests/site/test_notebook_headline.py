"""What a notebook prints of the nation is what the first page of the site has, of the same periods."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
from reading_pages import chinese_lines, english_lines, text_of

from jobs.environment import REPOSITORY
from jobs.methods.ranges import in_chinese
from jobs.notebooks.headline import first_page
from jobs.notebooks.reading import Reader

NUMBER = r"(\d+(?:\.\d+)?%?)"


def printed(site: Path) -> tuple[str, str]:
    zh, en = re.findall(r"<p>(.*?)</p>", str(first_page(Reader(site.parent / "lake")).data))
    return text_of(zh), text_of(en)


def test_a_notebook_prints_the_rates_of_the_first_page_with_limits_and_period(
    site: Path, html: dict[str, str]
) -> None:
    zh, en = printed(site)
    cards = re.findall(r'<section class="card (\w+)">(.*?)</section>', html["index.html"], flags=re.S)
    names = {
        "probability": ("加权不合格率（按销量）", "Exposure rate"),
        "targeted": ("问题发现率", "Finding rate"),
    }
    shown = 0
    for design, card in cards:
        big = re.search(rf'<p class="big">.*?{NUMBER}', card, flags=re.S)
        ends = re.search(rf"{NUMBER}–{NUMBER}", " ".join(english_lines(card)))
        if design not in names or big is None or ends is None:
            continue
        own_zh, own_en = names[design]
        assert f"{own_zh}{big[1]}（95%区间{in_chinese(ends[0])}，" in zh
        assert f"{own_en} {big[1]} (95% interval {ends[0]}, " in en
        shown += 1
    assert shown
    period = re.search(r"期间：\s*(\d{4}年\d+月至\d{4}年\d+月)", "".join(chinese_lines(cards[0][1])))
    assert period is not None and period[1] in zh


def test_a_notebook_prints_the_index_and_the_complaint_rate_of_the_first_page(
    site: Path, html: dict[str, str]
) -> None:
    zh, en = printed(site)
    tiles = dict(
        re.findall(r'<a class="tile[^"]*" href="([\w.]+)"><b>(.*?)</b>', html["index.html"], flags=re.S)
    )
    index, complaints = text_of(tiles["quality.html"]), text_of(tiles["complaints.html"])
    assert f"质量指数{index}（90%区间35.3～45.3，" in zh and f"Quality index {index} (90% interval " in en
    assert f"万单投诉率{complaints}（件／万单，" in zh and f"Complaint rate {complaints} (per 10,000" in en


def test_the_first_notebook_of_analysts_prints_them() -> None:
    path = REPOSITORY / "notebooks" / "analysts" / "first_look.ipynb"
    cells = [c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    assert any("first_page(gold)" in cell for cell in cells)

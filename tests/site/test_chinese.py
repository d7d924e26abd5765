"""Chinese of pages and names is set with full-width marks (GB/T 15834-2011), English beside it with
half-width ones."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator
from functools import cache
from html import unescape
from itertools import pairwise
from pathlib import Path

import pytest
from reading_pages import chinese_lines
from test_english import filed

from jobs.environment import REPOSITORY, SCHEMAS
from jobs.reports.punctuation import marked

HAN = "\u3400-\u4dbf\u4e00-\u9fff"
# A half-width mark between Chinese characters, behind one before a space, before one behind a figure, or a
# bracket at one.
HALF = re.compile(
    rf"(?<=[{HAN}”）》])[:;,](?=[ {HAN}“（《]|$)|(?<=[0-9%)])[:;,](?= ?[{HAN}])|\((?=[{HAN}])|(?<=[{HAN}])\)"
)


def pair(zh: str, en: str) -> str:
    return f'<span class="zh" lang="zh-CN">{zh}</span><span class="en" lang="en">{en}</span>'


RATE, SELLER = pair("检出率", "Rate"), pair("销售者", "Seller")


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        (f"{RATE}: 8.4%", f"{pair('检出率：', 'Rate: ')}8.4%"),
        (f"<strong>{RATE}</strong>; x", f"<strong>{pair('检出率；', 'Rate; ')}</strong>x"),
        (f'<a href="a">{RATE}</a>: x', f'<a href="a">{RATE}</a>{pair("：", ": ")}x'),
        (f"8.4% ({RATE})", f"8.4%{pair('（检出率）', ' (Rate)')}"),
        (f"{RATE} ({SELLER}, 1)", f"{RATE}{pair('（销售者，1）', ' (Seller, 1)')}"),
        (f"(1 {RATE}, 2 {SELLER})", pair("（1检出率，2销售者）", "(1 Rate, 2 Seller)")),
        (f"(1,200; {RATE})", pair("（1,200；检出率）", "(1,200; Rate)")),
        (f'<span class="tag">{RATE}</span>: x', f'<span class="tag">{RATE}</span>: x'),  # no part of the tag
        ("P02 (8.4–9.1): 2026, x", "P02 (8.4–9.1): 2026, x"),  # numbers and codes
        (f"<b>1</b>, {RATE}", f"<b>1</b>{pair('，检出率', ', Rate')}"),
        (f"8.4%; {SELLER}: 2", f"8.4%{pair('；销售者：', '; Seller: ')}2"),
        (f'<p>41. <a href="a">{RATE}</a></p>', f'<p>41{pair("。", ". ")}<a href="a">{RATE}</a></p>'),
        (
            f"{pair('铅 (1)', 'Lead (1)')}; {pair('镉 (2)', 'Cadmium (2)')}",
            pair("铅 (1)", "Lead (1)") + pair("；镉 (2)", "; Cadmium (2)"),
        ),
        ("<p>1 / 2.</p>", f"<p>1 / 2{pair('。', '.')}</p>"),
        (
            f"<strong>0</strong>. {pair('180天内', 'In 180 days')}",
            f"<strong>0</strong>{pair('。180天内', '. In 180 days')}",
        ),
        (f"1: {RATE}", f"1{pair('：检出率', ': Rate')}"),
        (f"{RATE} – 8.4%", f"{pair('检出率——', 'Rate – ')}8.4%"),
        (f"<strong>{RATE}</strong> –\n{SELLER}", f"<strong>{pair('检出率——', 'Rate – ')}</strong>{SELLER}"),
        (f"{pair('中位数8%', 'median 8%')} – x", f"{pair('中位数8%——', 'median 8% – ')}x"),
        (f"{pair('P02', 'P02')} – 8", f"{pair('P02', 'P02')} – 8"),  # a code, alike in both languages
        (f"{pair('件，', 'items,')} 12", f"{pair('件，', 'items, ')}12"),  # the space is English
        (
            f'{RATE} <span class="small">({SELLER})</span>',
            f'{RATE}<span class="small">{pair("（销售者）", " (Seller)")}</span>',
        ),
        (f"{RATE} (1,078)", pair("检出率（1,078）", "Rate (1,078)")),  # figures in brackets
        (f'<a href="a">{RATE}</a> (7)', f'<a href="a">{RATE}</a>{pair("（7）", " (7)")}'),
        (
            f'{RATE} <span class="small">(2 / 3)</span>',
            f'{RATE}<span class="small">{pair("（2 / 3）", " (2 / 3)")}</span>',
        ),
        (f"{pair('甲（合成）', 'A')} (7)", f"{pair('甲（合成）', 'A')} (7)"),  # no two brackets in a row
        (f"{RATE} (P02)", f"{RATE} (P02)"),
        (f"<b>12</b> {SELLER}", f"<b>12</b>{pair('销售者', ' Seller')}"),  # the space is English only
        (f"{RATE} 8.4%", f"{pair('检出率', 'Rate ')}8.4%"),
        (f"{pair('甲（合成）', 'A')} 3", f"{pair('甲（合成）', 'A ')}3"),
        (f"2026-11-28 {RATE}", f"2026-11-28 {RATE}"),  # a date
        ("<p>8.4% (7.1–9.2%)", f"<p>8.4%{pair('（7.1%～9.2%）', ' (7.1–9.2%)')}"),  # limits behind a figure
        (
            '8.4% <span class="small">(7.1–9.2%)</span>',
            f'8.4%<span class="small">{pair("（7.1%～9.2%）", " (7.1–9.2%)")}</span>',
        ),
        (f"GB x. {RATE}", f"GB x. {RATE}"),  # behind a word that stands in both languages
        (f"{pair('第2版', 'Edition 2 of GB')}.3", f"{pair('第2版', 'Edition 2 of GB')}.3"),
    ],
)
def test_marks_between_phrases_take_the_form_of_each_language(html: str, wanted: str) -> None:
    assert marked(html) == wanted


def written(phrase: ast.AST) -> str:
    """The words of a phrase in the code; a figure or name that is filled in is a 0."""
    if isinstance(phrase, ast.Constant):
        return str(phrase.value)
    if isinstance(phrase, ast.FormattedValue):
        return "0"
    return ("" if isinstance(phrase, ast.JoinedStr) else " 0 ").join(
        map(written, ast.iter_child_nodes(phrase))
    )


@cache
def nodes() -> list[tuple[str, ast.AST]]:
    """(file, node) of each call and each text with figures in the code."""
    return [
        (path.name, node)
        for path in sorted((REPOSITORY / "jobs").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call | ast.JoinedStr)
    ]


def texts() -> Iterator[tuple[str, str]]:
    """(file, Chinese) of each text of the code and its templates."""
    for name, node in nodes():
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Text", "T") and node.args:
            yield name, written(node.args[0])
    for path in sorted((REPOSITORY / "jobs").rglob("*.html")):
        for zh in re.findall(r'T\("([^"]*)", ', path.read_text(encoding="utf-8")):
            yield path.name, zh


MEASURED = re.compile("^ (?:个|条|件|批|档|行|项|家|户|次|张|天|页|份)")


def test_no_space_stands_between_a_figure_and_its_measure_word() -> None:
    """GB/T 15835-2011, of figures that the code fills in."""
    found, n = [], 0
    for name, node in nodes():
        parts = node.values if isinstance(node, ast.JoinedStr) else []
        n += len(parts)
        for figure, words in pairwise(parts):
            filled = isinstance(figure, ast.FormattedValue) and isinstance(words, ast.Constant)
            if filled and MEASURED.match(str(words.value)):
                found.append((name, words.value))
    assert n > 1000 and found == []


def names() -> Iterator[tuple[str, str]]:
    """(file, Chinese) of each name of the reference tables and the glossary."""
    for path in [*(SCHEMAS / "reference").glob("*.csv"), SCHEMAS / "glossary.csv"]:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                yield from ((path.name, v) for k, v in row.items() if k == "zh" or k.endswith("_zh"))


@pytest.mark.parametrize("kind", [texts, names])
def test_no_text_or_name_has_a_half_width_mark_in_chinese(kind: type[Iterator[tuple[str, str]]]) -> None:
    found = list(kind())
    assert len(found) > 100 and [(file, zh) for file, zh in found if HALF.search(zh)] == []


def test_no_page_shows_a_half_width_mark_in_chinese(pages: dict[str, str], site: Path) -> None:
    """What parties and sources wrote stands as it was filed."""
    known = filed(site.parent)
    found = {
        (path, line[max(0, hit.start() - 6) : hit.end() + 6])
        for path, page in pages.items()
        for line in chinese_lines(page)
        for hit in HALF.finditer(line)
        if line[hit.start() - 2 : hit.end()] not in known
    }
    assert found == set()


def test_no_heading_begins_with_of_which(pages: dict[str, str]) -> None:
    """分品类情况: 其中 leads the parts of a sum within a table and is no heading (其中各品类)."""
    zh = '<span class="zh" lang="zh-CN">其中'
    heads = [
        h for page in pages.values() for h in re.findall(r"<(?:h[1-6]|summary|caption)\b[^>]*>(.*)", page)
    ]
    assert len(heads) > 100 and [h[:80] for h in heads if h.startswith(zh)] == []


PARTS = re.compile("其中[^。]*?[−+±][0-9][^。]*?(?=[。）<]|$)")
POINTS = re.compile("[−+±][0-9.]+(?!个百分点|[0-9.～]|分)")


def test_each_part_of_a_change_has_its_unit(pages: dict[str, str]) -> None:
    """其中各品类自身变化−0.9个百分点，抽样品类构成变化−0.5个百分点, as the statistics bureau writes it."""
    found = [hit for page in pages.values() for line in chinese_lines(page) for hit in PARTS.findall(line)]
    assert any("构成变化" in hit for hit in found) and [hit for hit in found if POINTS.search(hit)] == []


TIP = re.compile(r'data-zh="([^"]*)"')


def test_what_a_drawing_shows_when_pointed_at_is_punctuated_as_chinese(pages: dict[str, str]) -> None:
    """北京：样本不足，已判定20批次: no half-width mark, no measure word that is missing, no empty limits."""
    tips = {unescape(tip) for page in pages.values() for tip in TIP.findall(page)}
    half = re.compile(rf"[:;,](?![0-9])|[{HAN}%0-9] ?\(|[{HAN}] [0-9]|[(（]–[)）]")
    said = [tip for tip in tips if re.search(f"[{HAN}]", tip)]
    assert len(said) > 100 and [tip for tip in said if half.search(tip)] == []

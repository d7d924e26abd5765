"""The guide: the same pages and the same commands in both languages."""

from __future__ import annotations

import re

import pytest

from jobs.reports.pages.guide import FOLDER, PAGES, build


def written(name: str, language: str) -> str:
    return (FOLDER / language / f"{name}.md").read_text(encoding="utf-8")


def test_every_file_of_the_guide_is_a_page_in_both_languages() -> None:
    for language in ("zh", "en"):
        assert {path.stem for path in (FOLDER / language).glob("*.md")} == set(PAGES)
    assert [page.path for page in build()][1:] == [f"guide/{name}.html" for name in PAGES]


@pytest.mark.parametrize("name", PAGES)
def test_both_languages_have_the_same_sections_tables_and_code(name: str) -> None:
    shapes = []
    for language in ("zh", "en"):
        text = written(name, language)
        code = re.findall(r"^ *```(\w*)\n(.*?)^ *```", text, flags=re.S | re.M)
        bare = [(kind, re.sub(r" +#.*| +message:.*", "", block)) for kind, block in code]
        prose = re.sub(r"^ *```.*?^ *```", "", text, flags=re.S | re.M)
        shapes.append((re.findall(r"^#+(?= )", prose, flags=re.M), prose.count("\n|"), bare))
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("name", PAGES)
def test_the_english_guide_has_chinese_in_examples_only(name: str) -> None:
    prose = re.sub(r"```.*?```|`[^`]*`", "", written(name, "en"), flags=re.S)
    assert not re.findall(r"[\u4e00-\u9fff]+", prose) or name == "country"


def test_markup_in_the_guide_is_text_and_wide_tables_scroll() -> None:
    page = next(page for page in build() if page.path == "guide/sources.html")
    body = page.context["body"]["en"]
    assert "<script" not in body and body.count("<table>") == body.count('class="scroll"') == 2
    assert "&lt;family&gt;" in body

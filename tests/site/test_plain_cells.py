"""Small words of pages: plurals, open limits, laws and chains in both languages, years as one sentence."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from reading_pages import english_lines

from jobs.contracts.catalog import load_catalog
from jobs.reports.chains import in_words
from jobs.reports.citations import law
from jobs.reports.laboratories import FIELDS
from jobs.reports.pages.gate import _observed
from jobs.reports.pages.loop import OLD, Loop, _lag
from jobs.reports.source_facts import to_mend
from jobs.reports.wording import Text, label, listed

COUNTS = {"n_started": 4, "n_due": 0, "on_time_share": None, "n_open": 1, "p90_days": None}


# One of a thing and a plural noun behind it, with at most one word between them.
ONE = re.compile(r"(?<![\w.,/–:-])1 (?:([a-z-]+) )?([a-z]+s)\b")
# Words behind a 1 that are no plural noun: verbs and particles; and conditions of dictionaries ("1 where …").
NO_NOUN = {"is", "was", "has", "as", "does", "stands"}
CONDITION = {"where", "is", "was"}


def test_a_noun_follows_a_count_of_one_on_every_page(pages: dict[str, str], site: Path) -> None:
    workbook = next((site / "workbooks").glob("*.html"), None)
    if workbook is not None:
        pages = {**pages, workbook.name: workbook.read_text(encoding="utf-8")}
    found = {
        (path, match[0])
        for path, page in pages.items()
        for line in english_lines(page)
        for match in ONE.finditer(line)
        if match[2] not in NO_NOUN and match[1] not in CONDITION
    }
    assert found == set()


@pytest.mark.parametrize("text", ["1 feeds late", "<b>1</b> overdue tests", "(1 of 1 batches)"])
def test_a_plural_behind_a_one_is_seen(text: str) -> None:
    assert [line for line in english_lines(text) if ONE.search(line)]


@pytest.mark.parametrize(
    ("n", "words"), [(1, "1 record in quarantine"), (1200, "1,200 records in quarantine")]
)
def test_what_a_source_has_to_mend_is_counted_beyond_a_thousand(n: int, words: str) -> None:
    counts = SimpleNamespace(
        unbalanced=[],
        refused_files=[],
        faulty_order_files=[],
        current=lambda column: n if column == "quarantined" else 0,
    )
    entry = {"file_ledger": counts, "feeds": [], "flags": [], "changes": {"drift": [], "missing": []}}
    assert [text.en for _, text, _ in to_mend(entry)] == [words]


def test_no_page_leaves_the_plural_to_the_reader(html):
    bracketed = {path for path, text in html.items() if re.search(r"[a-z]\(e?s\)", text.split("<main")[1])}
    assert bracketed - {p for p in bracketed if p.startswith(("guide/", "dictionary/"))} == set()


@pytest.mark.parametrize(
    ("words", "chinese", "english"),
    [
        ("商标法第五十七条", "《商标法》第五十七条", "Trademark Law, Article 57"),
        ("《产品质量法》第四十九条", "《产品质量法》第四十九条", "Product Quality Law, Article 49"),
        (
            "企业信息公示暂行条例",
            "《企业信息公示暂行条例》",
            "Interim Regulation on the disclosure of enterprise information",
        ),
        ("某地条例第三条", "某地条例第三条", "某地条例第三条"),  # not known: as written
    ],
)
def test_a_law_that_a_feed_names_has_its_marks_and_its_english(words, chinese, english):
    assert law(words) == (chinese, english)


def test_a_chain_reads_as_words_and_without_the_code_of_a_person():
    hops = [
        "silver.penalty:CF-1",
        "silver.enterprise:N-7",
        "silver.shop_operator:P1-S1:uscc",
        "silver.shop:P1-S1",
    ]
    words = in_words(hops)
    assert words.zh == "行政处罚 CF-1 → 经营关系（统一社会信用代码相同） → 网店 P1-S1"
    assert words.en == "penalty CF-1 → operated by it (same credit code) → shop P1-S1"


def test_a_limit_of_days_that_is_not_reached_is_open():
    row = COUNTS | {"median_days": 3.0, "median_low": 1.0, "median_high": None}
    assert _lag("result_to_notice", row | dict.fromkeys(OLD, 0))["limits"] == "1–∞"


def test_years_of_the_closed_loop_read_as_one_sentence():
    loop = Loop(3, 3, 1, [], [(2025, 2, 1, 1), (2026, 1, 1, 0)])
    assert loop.by_year.zh == "2025年2批次，闭环1批次，逾期1批次；2026年1批次，闭环1批次。"
    assert loop.by_year.en == "2025: 1 of 2 closed, 1 overdue; 2026: 1 of 1 closed."


def test_a_check_that_saw_only_empty_cells_shows_no_list():
    assert _observed("[null, null]") == "" and _observed('["a"]') == '["a"]'


def test_no_table_of_a_plan_is_without_rows(html):
    assert not [p for p, text in html.items() if p.startswith("plans/") and "<tbody></tbody>" in text]


def test_the_words_of_chains_and_experts_are_those_of_reference_files() -> None:
    """Each step is a table that there is; a field without a row stands as the register writes it."""
    steps = listed("restriction_step")
    assert set(steps) <= set(load_catalog().contracts) and len(steps) == 6
    assert FIELDS["电气"] == Text("电气", "electrical") and label(FIELDS, "陶瓷") == Text("陶瓷", "陶瓷")


def test_an_interval_that_is_missing_leaves_no_brackets(html: dict[str, str]) -> None:
    """Beside "below 3.2%" stood (–), as if the value had an interval."""
    assert [path for path, text in html.items() if "(–)" in text] == []

"""One glossary: every place that names a measure, a count or a status uses its name, in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.contracts.catalog import load_catalog
from jobs.contracts.glossary import glossary, term, term_of_column
from jobs.environment import REPOSITORY
from jobs.errors import UsageError
from jobs.marts.overview.unit_words import NAMES
from jobs.reports.procedure import LOOP
from jobs.reports.wording import COUNTS, RATE_NAME

# Words of other processes too (a case, a file, an alert): their Chinese is not that of a finding.
ELSEWHERE = {"late", "published"}
HEADER = "term,kind,zh,en,definition_zh,definition_en,anchor,columns\n"
# Columns that mean the same in every gold table that has them.
ONE_NAME = (
    "category_code ci_high ci_low dimension_code exposure_high exposure_low lab_id median_high median_low "
    "months_covered period_type plan_id platform_code rank shop_id"
).split()
UNIT_NAMES = {
    "quality_index": "quality_index",
    "exposure_rate": "exposure_rate",
    "shrunk_rate": "small_area_estimate",
    "probability_rate": "detection_rate",
    "finding_rate": "finding_rate",
    "violation_rate": "violation_rate",
    "complaint_rate": "complaint_rate",
    "closed_share": "closed_share",
}


def pairs(path: Path) -> Iterator[tuple[str, str]]:
    """Every phrase that stands in both languages: `Text("zh", "en")` and `T("zh", "en")`."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Text" and len(node.args) == 2:
                values = [a.value for a in node.args if isinstance(a, ast.Constant)]
                if len(values) == 2:
                    yield values[0], values[1]
    else:
        yield from re.findall(r'\bT\("([^"]*)", "([^"]*)"\)', text)


def misnamed(zh: str, en: str) -> str | None:
    """Why a phrase is not named as the glossary does; None where it is, or names no term.

    A plural is the same name, and so is a part of the Chinese one or a sentence with all its characters.
    """
    said = en.lower().removesuffix("s")
    for known in glossary().values():
        same, own = set(zh), set(known.zh)
        if zh == known.zh and said != known.en.lower().removesuffix("s"):
            return f"{zh}: {en!r}, in the glossary {known.en!r}"
        if said == known.en.lower().removesuffix("s") and not (
            same <= own or same >= own or said in ELSEWHERE
        ):
            return f"{en}: {zh!r}, in the glossary {known.zh!r}"
    return None


def test_every_term_leads_to_a_section_of_the_definitions():
    text = (REPOSITORY / "schemas" / "definitions.md").read_text(encoding="utf-8")
    anchors = set(re.findall(r'<a id="([^"]+)"></a>', text))
    assert {t.term: t.anchor for t in glossary().values() if t.anchor not in anchors} == {}


def test_every_column_of_a_term_is_in_a_contract_and_has_its_name():
    contracts = load_catalog().contracts
    columns = {(c.id, column.name): column.name_zh for c in contracts.values() for column in c.columns}
    missing, differing = [], []
    for known in glossary().values():
        for column in known.columns:
            table, _, name = column.rpartition(".")
            named = {k: zh for k, zh in columns.items() if k[1] == name and table in ("", k[0])}
            missing += [] if named else [column]
            differing += [
                f"{k[0]}.{name}: name_zh is {zh}, in schemas/glossary.csv {known.zh}: take that name, or "
                "call the column otherwise"
                for k, zh in named.items()
                if zh != known.zh
            ]
    assert missing == [] and differing == []


def test_a_key_or_a_limit_has_one_name_in_all_gold_tables():
    named: dict[str, set[str]] = {name: set() for name in ONE_NAME}
    for contract in load_catalog().contracts.values():
        for column in contract.columns:
            if contract.tier == "gold" and column.name in named:
                named[column.name].add(column.name_zh)
    assert {name: zh for name, zh in named.items() if len(zh) != 1} == {}


def test_pages_name_each_measure_as_the_glossary_does():
    wrong = [
        f"{path.relative_to(REPOSITORY)}: {why}"
        for place in ("reports", "publish", "notebooks", "exchange")
        for path in sorted((REPOSITORY / "jobs" / place).rglob("*"))
        if path.suffix in (".py", ".html")
        for zh, en in pairs(path)
        if (why := misnamed(zh, en))
    ]
    assert wrong == []


def test_sentences_about_a_unit_name_each_measure_as_the_glossary_does():
    for item, name in UNIT_NAMES.items():
        zh, en = NAMES[item]
        assert zh.startswith(term(name).zh) and en.startswith(term(name).en.lower()), item


def test_labels_of_columns_are_those_of_the_terms_that_the_columns_hold():
    for table, labels in (("gold.detection_rate", COUNTS), ("gold.closed_loop", LOOP)):
        for column, label in labels.items():
            known = term_of_column(table, column)
            assert known is not None and (known.zh, known.en) == tuple(label), column
    assert RATE_NAME["probability"].zh == term_of_column("gold.detection_rate", "exposure_rate").zh


@pytest.mark.parametrize(
    ("zh", "en", "wrong"),
    [
        ("问题发现率", "Found rate", True),
        ("命中比例", "Finding rate", True),
        ("问题发现率", "finding rate", False),
        ("平台", "Platform", False),
    ],
)
def test_another_name_for_a_term_is_found(zh, en, wrong):
    assert (misnamed(zh, en) is not None) == wrong


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("a,measure,甲,A,义,means,index,\na,measure,乙,B,义,means,index,\n", "'a' or its name occurs twice"),
        ("a,measure,甲,A,义,means,index,\nb,measure,乙,a,义,means,index,\n", "'b' or its name occurs twice"),
        ("a,figure,甲,A,义,means,index,\n", "unknown kind 'figure'"),
        ("a,measure,甲,,义,means,index,\n", "en is empty"),
        ("a,measure,甲,A,义,it means, well,index,\n", "line 2: has more fields than the header"),
    ],
)
def test_a_glossary_with_two_names_or_none_is_refused(tmp_path, rows, why):
    path = tmp_path / "glossary.csv"
    path.write_text(HEADER + rows, encoding="utf-8")
    with pytest.raises(UsageError, match=re.escape(why)):
        glossary(path)


def test_the_two_effective_sample_sizes_have_a_name_each():
    """Both were called 有效样本量, and of the same batches one page had 236.3 and another 191.0."""
    kish = ("detection_rate", "failing_item", "standard_failure")
    assert {term_of_column(f"gold.{t}", "n_effective") for t in kish} == {term("effective_sample")}
    assert term_of_column("gold.rate_trend", "n_interval") == term("interval_sample")
    columns = {c.name for c in load_catalog().contracts["gold.rate_trend"].columns}
    assert "n_effective" not in columns  # the name of one measure in every table
    bare = re.compile(r"(?<!Kish)(?<!区间所用)有效样本量(?!有两种)")
    about = (REPOSITORY / "jobs/reports/templates/about.html").read_text(encoding="utf-8")
    texts = {"about.html": about.replace("设计效应和有效样本量", "")} | {
        c.id: " ".join(f"{column.name_zh} {column.description_zh}" for column in c.columns)
        for c in load_catalog().contracts.values()
    }
    assert [name for name, text in texts.items() if bare.search(text)] == []
    for known in (term("interval_sample"), term("effective_sample")):
        assert known.zh in about and known.en.lower() in about.lower()

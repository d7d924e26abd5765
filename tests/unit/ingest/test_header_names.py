"""The files by which headers are read: aliases, words that mean the same, names of regions; and how spellings
are brought to one form."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from jobs.contracts.catalog import load_catalog
from jobs.environment import SCHEMAS
from jobs.ingest.draft.folding import Words, fold, further_names, parts_of
from jobs.ingest.draft.vocabulary import ALIASES, EVERY, Alias, make_vocabulary, read_aliases
from jobs.ingest.source_files import read_lookup, roots_of

LOOKUPS = SCHEMAS / "lookups"
CATALOG = load_catalog()


@pytest.fixture(scope="module")
def aliases() -> list[Alias]:
    return read_aliases(LOOKUPS / ALIASES)


def test_each_alias_names_a_column_that_exists_or_none(aliases: list[Alias]):
    columns = {t: set(CATALOG.contracts[f"silver.{t}"].column_names) for t in CATALOG.targets()}
    columns[EVERY] = set().union(*columns.values())
    wrong = [
        a for a in aliases if a.target not in columns or (a.column and a.column not in columns[a.target])
    ]
    assert wrong == []
    assert {a.language for a in aliases} == {"zh", "en"} and all(a.alias and a.source for a in aliases)
    assert not [a for a in aliases if a.target == EVERY and not a.column]


def test_no_name_of_one_target_stands_twice_after_folding(aliases: list[Alias]):
    counts = Counter((a.target, fold(a.alias).whole) for a in aliases)
    assert {key: n for key, n in counts.items() if n > 1 or not key[1]} == {}


def test_the_alias_file_is_sorted_and_wide(aliases: list[Alias]):
    assert aliases == sorted(aliases)
    counts = Counter(a.target for a in aliases if a.column)
    assert sum(counts.values()) >= 800 and counts["sample"] >= 250
    assert {"test_result", "conclusion", "complaint", "penalty", "recall", "shop", "listing"} <= set(counts)


def test_a_word_stands_for_one_that_stands_for_itself():
    words = read_lookup("header_word", roots_of([SCHEMAS]))
    assert {word: to for word, to in words.items() if to in words and words[to] != to} == {}
    assert list(words) == sorted(words)


def test_names_of_regions_are_those_of_the_reference_file():
    with (SCHEMAS / "reference" / "region.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if not row["valid_to"]]
    codes = {row["region_code"]: {row["name_zh"], row["short_name_zh"]} for row in rows}
    names = read_lookup("region_name", roots_of([SCHEMAS]))
    assert {name: code for name, code in names.items() if name not in codes.get(code, ())} == {}
    provinces = {row["region_code"] for row in rows if row["level"] == "province"}
    assert provinces <= set(names.values()) and len(names) > 2 * len(provinces)


@pytest.mark.parametrize(
    ("header", "whole", "bare"),
    [
        ("样品名称", "样品名称", "样品名称"),
        (" *样品\n名　称 ", "样品名称", "样品名称"),
        ("１．产品名称（必填）", "产品名称", "产品名称"),
        ("3、生产日期/批号", "生产日期批号", "生产日期批号"),
        ("標稱生產企業（地址）", "标称生产企业地址", "标称生产企业"),
        ("（标称）生产单位名称", "标称生产单位名称", "生产单位名称"),
        ("单价(元)", "单价元", "单价"),
        ("12315编号", "12315编号", "12315编号"),
        ("Batch_No.", "batchno", "batchno"),
        ("（备注）", "备注", "备注"),
        ("受检单位.1", "受检单位", "受检单位"),
        ("**", "", ""),
    ],
)
def test_spellings_fold_to_one_form(header: str, whole: str, bare: str):
    assert fold(header) == (whole, bare)


def test_words_are_cut_longest_first_and_replaced():
    words = Words({"生产企业": "生产者", "企业": "单位", "标称": "", "名": "名称"})
    assert words.of("标称生产企业名称") == ("生产者", "名称")
    assert words.of("标称企业x名") == ("单位", "x", "名称")


def test_a_joined_header_has_parts():
    assert parts_of("不合格项目║检验结果║标准值") == ["不合格项目", "检验结果", "标准值"]
    assert parts_of("检验结果 ｜ 标准值") == ["检验结果", "标准值"]
    assert parts_of("生产日期/批号") == ["生产日期/批号"]


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("商户名称（被抽样单位）", [("被抽样单位", False)]),
        ("生产/购进日期", [("生产日期", True), ("购进日期", False)]),
        ("抽样/报告编号", [("抽样编号", True), ("报告编号", False)]),
        ("标称生产企业/进货来源 地址", [("标称生产企业地址", True), ("进货来源地址", False)]),
        (
            "注册人/备案人、受托生产企业等名称",
            [("注册人名称", True), ("备案人名称", False), ("受托生产企业名称", False)],
        ),
        ("生产单位及地址", [("生产单位", True)]),
        ("合格与否", []),
        ("样品名称", []),
    ],
)
def test_a_header_says_several_names(header: str, names: list[tuple[str, bool]]):
    assert further_names(header) == names


def test_what_a_person_corrected_goes_before_all_other_names():
    learned = Alias("shop", "name", "平台代码", "zh", "corrected by a person")
    shipped = Alias("shop", "region_code", "门店", "zh", "x")
    vocabulary = make_vocabulary(CATALOG, [shipped, learned], [], {})
    found = {t.column: t.kind for t in vocabulary.terms["shop"] if t.folded.whole == "平台代码"}
    assert next(iter(found.items())) == ("name", "learned")


def test_a_shared_alias_gives_way_to_a_targets_own():
    own = Alias("shop", "name", "门店", "zh", "x")
    shared = Alias(EVERY, "region_code", "门店", "zh", "x")
    vocabulary = make_vocabulary(CATALOG, [shared, own], [], {})
    assert [t.column for t in vocabulary.terms["shop"] if t.text == "门店"] == ["name"]
    assert [t.column for t in vocabulary.terms["penalty"] if t.text == "门店"] == ["region_code"]

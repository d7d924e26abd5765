"""The made-up example of a source's page is a file that the feed's own reader takes and its contract accepts,
and the columns are named and explained as the provider's YAML maps them."""

from __future__ import annotations

import gzip
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jobs.contracts.catalog import load_catalog
from jobs.environment import REPOSITORY, Environment
from jobs.ingest.check import check_source
from jobs.ingest.model import Feed, Operation, Source
from jobs.night.trial import try_samples
from jobs.reports.advice import for_unknown, with_code
from jobs.reports.made_up import made_up
from jobs.reports.pages.file_format import format_entries

DAY, CATALOG = date(2026, 6, 30), load_catalog()
SOURCES = REPOSITORY / "schemas" / "sources"
FAMILIES = [
    ("lab/lab_05", ("results", "conclusions", "commissions", "splits")),  # CSV in gzip
    ("platform/platform_02", ("shops", "orders")),  # JSON Lines
    ("platform/platform_05", ("listings", "orders")),  # JSON documents, one exploded
    ("platform/platform_08", ("orders",)),  # CSV of which columns stand in a joined file
    ("regulator/regulator_110000", ("samples",)),  # CSV in GB 18030 within a zip
]


def source_of(name: str) -> Source:
    source = check_source(SOURCES / f"{name}.yaml", (REPOSITORY / "schemas",), catalog=CATALOG).source
    assert source is not None
    return source


def written_to(folder: Path, source: Source, feed: Feed) -> None:
    """Write the example of a feed as a provider would deliver it."""
    contract = CATALOG.contracts[f"silver.{feed.target}"]
    for place, (glob, text) in enumerate(made_up(feed, contract, DAY, source.recipient).files):
        name, content = glob.replace("*", "20260630"), text.encode(feed.encoding)
        if place == 0 and feed.member:
            with zipfile.ZipFile(folder / feed.files[0].replace("*", "20260630"), "w") as archive:
                archive.writestr(name, content)
        else:
            (folder / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)


@pytest.mark.parametrize(("name", "feeds"), FAMILIES)
def test_the_example_of_a_feed_is_read_and_accepted_as_a_file(
    tmp_path: Path, name: str, feeds: tuple[str, ...]
) -> None:
    source = source_of(name)
    for feed in (f for f in source.feeds if f.name in feeds):
        folder, scratch = tmp_path / feed.name, tmp_path / f"{feed.name}_landed"
        folder.mkdir()
        scratch.mkdir()
        written_to(folder, source, feed)
        checked = check_source(
            source.path, (REPOSITORY / "schemas",), folder, catalog=CATALOG, scratch=scratch
        )
        sample = next(s for s in checked.samples if s.feed == feed.name)
        found = sample.outcome
        assert (found.status, found.loaded, found.unreadable, found.drift, found.missing) == (
            "landed", 1, 0, [], [],
        ), (feed.name, found)  # fmt: skip
        env = Environment(
            home=tmp_path,
            inbox=tmp_path / "inbox",
            lake=tmp_path / "lake",
            spark_master="none",
            source_roots=(REPOSITORY / "schemas",),
            key_file=tmp_path / "key",
        )
        (trial,) = try_samples(env, CATALOG, [feed], [sample], DAY)
        assert trial.accepted == 1 and not trial.problems, (feed.name, trial)
        assert [(c.column, c.examples) for c in trial.columns if c.flagged or c.nulled] == []


def entries(source: Source) -> list[dict[str, Any]]:
    night: Any = SimpleNamespace(catalog=CATALOG, tables={}, date=DAY)
    return format_entries(night, source)


def test_the_format_names_the_contracts_version_and_each_column_by_the_providers_own_words() -> None:
    results = next(e for e in entries(source_of("lab/lab_05")) if e["name"] == "results")
    assert results["version"] == CATALOG.contracts["silver.test_result"].version
    assert {str(label.en): words for label, words in results["facts"]}["encoding"] == "UTF-8"
    columns = {c["own"]: c for c in results["columns"]}
    assert len(columns) == 13 and columns["样本编号"]["required"] and not columns["单位"]["required"]
    assert columns["单项判定"]["targets"] == ["lab_verdict"]
    assert columns["单项判定"]["how"].zh.startswith("符合、不符合、不判定")
    assert columns["检验日期"]["how"].en.startswith("yyyy/MM/dd")
    assert columns["检验日期"]["example"] == "2026/06/30"


def test_chinese_values_that_a_file_may_hold_have_their_meaning_beside_them_in_english() -> None:
    listed = [c for e in entries(source_of("brand/brand_02")) for c in e["columns"] if c["own"] == "鉴定结论"]
    assert listed[0]["how"].zh.startswith("假冒、正品、无法判断")
    assert listed[0]["how"].en.startswith("假冒 (counterfeit), 正品 (genuine), 无法判断 (unclear)")


def test_advice_on_an_unknown_value_lists_the_agreed_ones_with_their_meaning_in_english() -> None:
    mapped = [c for feed in source_of("lab/lab_04").feeds for c in feed.columns if c.operation is not None]
    column = next(c for c in mapped if "未发现不合格" in c.operation.values)
    said = for_unknown(column, None)
    assert said.zh == "使用约定的值：未发现不合格、不合格、不判定。"
    assert said.en == (
        "Use one of the agreed values: 未发现不合格 (conforming), 不合格 (nonconforming), "
        "不判定 (not judged)."
    )
    assert with_code("空", "") == "空" and with_code("是", True) == "是 (true)"


def test_an_amount_in_another_unit_is_written_in_the_unit_of_the_file() -> None:
    source = source_of("platform/platform_05")
    feed = next(f for f in source.feeds if f.name == "listings")
    contract = CATALOG.contracts["silver.listing"]
    price = next(c for c in feed.columns if c.name == "price")
    scaled = replace(price.value, operation=Operation("scale", factor="0.01"))
    columns = tuple(replace(c, value=scaled) if c is price else c for c in feed.columns)
    example = made_up(replace(feed, columns=columns), contract, DAY, source.recipient)
    assert example.cells["price"] == "100"


def test_a_workbook_has_a_row_of_cells_and_no_text_of_a_file() -> None:
    for entry in entries(source_of("brand/brand_01")):
        assert entry["files"] == ()
        assert all(c["example"] for c in entry["columns"] if c["required"]), entry["name"]

"""A table of the lake opens in every program that the guide names, by the very lines that stand there."""

from __future__ import annotations

import re
from pathlib import Path

import country
import pandas as pd
import pytest
from pyspark.sql import SparkSession

from jobs.lake.night import newest_snapshot
from jobs.lake.tables import Lake
from jobs.reports.pages.guide import FOLDER
from jobs.reports.workbooks import write_workbooks

RATES = "gold.detection_rate"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with a night, and a newer version of a table that no night has named yet."""
    home = tmp_path_factory.mktemp("lake_readers")
    lake = country.lake_at(home)
    country.write(lake)
    write_workbooks(country.environment(home))
    lake.overwrite(RATES, lake.arrow(RATES).slice(0, 1))
    return home


@pytest.fixture
def true(home: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    monkeypatch.chdir(home)
    rows = newest_snapshot(Lake(home / "lake")).frame(RATES)
    assert len(rows) > 20
    return rows


def ran(*words: str, **given: object) -> dict[str, object]:
    """The names that the recipes under these first words leave, run one after the other."""
    text = (FOLDER / "en" / "read.md").read_text(encoding="utf-8")
    found = dict(re.findall(r"^(\w+)[^\n]*:\n\n```python\n(.*?)```", text, flags=re.DOTALL | re.MULTILINE))
    assert {"pandas", "DuckDB", "Polars", "Spark", "A"} == set(found)
    names: dict[str, object] = dict(given)
    for word in words:
        exec(found[word], names)
    return names


def test_pandas_reads_the_version_that_the_night_names(true: pd.DataFrame) -> None:
    frame = ran("pandas")["frame"]
    assert len(frame) == len(true) and list(frame.columns) == list(true.columns)
    assert frame["rate"].sum() == pytest.approx(true["rate"].sum())


def test_duckdb_and_polars_read_it(true: pd.DataFrame) -> None:
    names = ran("pandas", "DuckDB", "Polars")
    assert len(names["nation"]) == true["dimension_type"].eq("nation").sum() > 0
    assert names["polars"].shape == true.shape


@pytest.mark.slow  # starts Spark; other programs read it above
def test_spark_reads_it(true: pd.DataFrame, spark: SparkSession) -> None:
    rows = ran("pandas", "Spark", spark=spark)["rows"]
    assert rows.count() == len(true) and rows.columns == list(true.columns)


def test_a_workbook_reader_reads_a_workbook_of_the_site(true: pd.DataFrame) -> None:
    sheets = ran("A")["sheets"]
    assert len(sheets) > 1 and any(len(rows) > 1 for rows in sheets.values())


def test_excel_and_r_have_recipes_in_words_and_the_query_that_they_name_gives_rows() -> None:
    text = (FOLDER / "en" / "read.md").read_text(encoding="utf-8")
    assert "From JSON" in text and "jsonlite::fromJSON" in text and "quality query" in text

"""A bundle opens in every program that its README names, by the very lines that stand there."""

from __future__ import annotations

import re
from pathlib import Path

import country
import numpy as np
import pandas as pd
import pytest
from pyspark.sql import SparkSession

from jobs.publish.freezing import freeze
from jobs.publish.periods import span


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("readers")
    lake = country.lake_at(home)
    country.write(lake)
    return freeze(lake.root, home / "published", span("2026-05"), day=None, say=lambda line: None).folder


def recipes(bundle: Path, language: str) -> dict[str, str]:
    """First line before each block of code → the code."""
    text = (bundle / "README.md").read_text(encoding="utf-8")
    found = re.findall(rf"^([^\n]+):\n```{language}\n(.*?)```", text, flags=re.DOTALL | re.MULTILINE)
    return {name.split(" (")[0]: code for name, code in found}


@pytest.fixture
def true(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    monkeypatch.chdir(bundle)
    rows = pd.read_parquet("data/detection_rates.parquet")
    assert len(rows) > 20 and rows["rate"].notna().any()
    return rows


def ran(code: str, **given: object) -> dict[str, object]:
    names: dict[str, object] = dict(given)
    exec(code, names)
    return names


def test_the_readme_names_four_programs_and_two_more_in_words(bundle: Path) -> None:
    names = set(recipes(bundle, "python"))
    assert {"pandas", "DuckDB", "Polars"} < names and any("workbook" in name for name in names)
    assert set(recipes(bundle, "spark")) == {"Spark"}
    text = (bundle / "README.md").read_text(encoding="utf-8")
    assert "readr::read_csv" in text and "Data → From Text/CSV" in text


def test_pandas_reads_parquet_and_csv_alike(bundle: Path, true: pd.DataFrame) -> None:
    names = ran(recipes(bundle, "python")["pandas"])
    assert names["frame"].equals(true)
    same = names["same"]
    assert list(same.columns) == list(true.columns)
    assert np.allclose(same["rate"], true["rate"], equal_nan=True)
    codes = same["dimension_code"].str.removeprefix("'")  # of a code that a spreadsheet would run
    assert codes.tolist() == true["dimension_code"].tolist()


def test_duckdb_and_polars_read_it(bundle: Path, true: pd.DataFrame) -> None:
    rows = ran(recipes(bundle, "python")["DuckDB"])["rows"]
    nation = true[true["dimension_type"] == "nation"]
    assert len(rows) == len(nation) > 0
    assert ran(recipes(bundle, "python")["Polars"])["frame"].shape == true.shape


def test_a_workbook_reader_reads_it(bundle: Path, true: pd.DataFrame) -> None:
    name = next(n for n in recipes(bundle, "python") if "workbook" in n)
    names = ran(recipes(bundle, "python")[name])
    assert names["header"] == list(true.columns) and len(names["rows"]) == len(true)


@pytest.mark.slow  # starts Spark; other programs read it above
def test_spark_reads_it(bundle: Path, true: pd.DataFrame, spark: SparkSession) -> None:
    frame = ran(recipes(bundle, "spark")["Spark"], spark=spark)["frame"]
    assert frame.count() == len(true) and frame.columns == list(true.columns)

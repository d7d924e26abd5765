"""`quality query` names the night that it reads, what is newer than it, and near names of a table that is not
there."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from jobs import cli
from jobs.errors import UsageError
from jobs.lake import ops
from jobs.lake.query import query
from jobs.lake.tables import Lake
from jobs.notebooks.reading import Reader

DAY = date(2026, 6, 30)
NIGHT = "reading the night of 2026-06-30 (run n1)"


def run(lake: Lake, run_id: str, kind: str, named: dict[str, int | None]) -> None:
    """A run that names these versions."""
    known = lake.rows("ops.night") if lake.exists("ops.night") else 0
    at = datetime(2026, 6, 30, 3, tzinfo=UTC).replace(minute=known)
    rows = [
        {"run_id": run_id, "kind": kind, "date": DAY, "table": table, "version": version, "committed_at": at}
        for table, version in named.items()
    ]
    lake.append("ops.night", ops.rows("ops.night", rows))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A night with two tables, each with its version as its only row."""
    lake = Lake(tmp_path / "lake")
    for table in ("gold.rate", "silver.shop"):
        lake.overwrite(table, pa.table({"x": [0]}))
    run(lake, "n1", "nightly", {"gold.rate": 0, "silver.shop": 0})
    return lake


def ask(lake: Lake, sql: str, **options: bool) -> tuple[list[int], list[str]]:
    said: list[str] = []
    return query(lake.root, sql, say=said.append, **options)["x"].to_pylist(), said


def test_the_night_that_is_read_is_named_where_a_table_of_it_is(lake: Lake):
    assert ask(lake, "SELECT * FROM gold.rate") == ([0], [NIGHT])
    assert ask(lake, 'SELECT * FROM "gold"."rate"') == ([0], [NIGHT])
    assert ask(lake, "SELECT count(*) AS x FROM ops.night") == ([2], [])


def test_a_newer_version_of_a_partial_run_is_named_for_the_tables_that_were_asked_for(lake: Lake):
    lake.overwrite("gold.rate", pa.table({"x": [1]}))
    run(lake, "p2", "partial", {"gold.rate": 1, "silver.shop": 0})
    newer = "gold.rate: the partial run p2 of 2026-06-30 wrote a newer version than this night's: "
    newer += "--latest reads it"
    assert ask(lake, "SELECT * FROM GOLD.RATE") == ([0], [NIGHT, newer])
    assert ask(lake, "SELECT * FROM silver.shop") == ([0], [NIGHT])
    rows, [said] = ask(lake, "SELECT * FROM gold.rate", latest=True)
    assert rows == [1] and "--latest" in said
    run(lake, "n3", "nightly", {"gold.rate": 1, "silver.shop": 0})
    assert ask(lake, "SELECT * FROM gold.rate") == ([1], [NIGHT.replace("n1", "n3")])


def test_a_query_reads_an_urgent_run_and_a_notebook_the_night_whose_site_it_lies_in(lake: Lake):
    lake.overwrite("gold.rate", pa.table({"x": [1]}))
    run(lake, "u2", "urgent", {"gold.rate": 1, "silver.shop": 0})
    newer = "gold.rate: read as of the urgent run u2 of 2026-06-30, newer than that night"
    assert ask(lake, "SELECT * FROM gold.rate") == ([1], [NIGHT, newer])
    assert Reader(lake.root).ask("SELECT * FROM gold.rate")["x"].tolist() == [0]


def test_a_table_that_only_a_partial_run_has_is_an_error_that_says_how_to_read_it(lake: Lake):
    lake.overwrite("gold.new", pa.table({"x": [7]}))
    with pytest.raises(UsageError, match="gold.new was written but no night names it: --latest"):
        ask(lake, "SELECT * FROM gold.new")
    run(lake, "p2", "partial", {"gold.rate": 0, "silver.shop": 0, "gold.new": 0})
    with pytest.raises(UsageError, match="only in the partial run p2 of 2026-06-30: --latest reads it"):
        ask(lake, "SELECT * FROM gold.rate, gold.new")
    assert ask(lake, "SELECT * FROM gold.new", latest=True)[0] == [7]
    assert ask(lake, "SELECT * FROM gold.rate") == ([0], [NIGHT])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gold.rat", "there is no table gold.rat: did you mean gold.rate?"),
        ("gld.rate", "there is no table gld.rate: did you mean gold.rate?"),
        ("silver.rate", "there is no table silver.rate: did you mean gold.rate?"),
        ("rate", "there is no table rate: did you mean gold.rate?"),
        ('"gold"."Rates"', "there is no table gold.rates: did you mean gold.rate?"),
        ("gold.zzzzzz", 'there is no table gold.zzzzzz: `quality query "SHOW ALL TABLES"` lists them'),
    ],
)
def test_a_mistyped_table_gets_near_names(lake: Lake, name: str, message: str):
    with pytest.raises(UsageError) as wrong:
        ask(lake, f"SELECT * FROM {name}")
    assert str(wrong.value) == message


def test_of_many_near_names_at_most_five_are_said(lake: Lake):
    for number in range(9):
        lake.overwrite(f"gold.table_{number}", pa.table({"x": [0]}))
    with pytest.raises(UsageError) as wrong:
        ask(lake, "SELECT * FROM gold.table_x")
    assert str(wrong.value).count("gold.table_") == 1 + 5


def test_any_other_error_is_duckdbs_own(lake: Lake):
    with pytest.raises(UsageError, match='Referenced column "y" not found') as wrong:
        ask(lake, "SELECT y FROM gold.rate")
    assert "silver.shop" not in str(wrong.value)


def test_the_command_line_says_it_on_stderr_and_keeps_stdout_for_rows(lake: Lake, monkeypatch, capsys):
    monkeypatch.setenv("QUALITY_HOME", str(lake.root.parent))
    cli.main(["query", "--json", "SELECT * FROM gold.rate"])
    out, err = capsys.readouterr()
    assert (json.loads(out), err) == ([{"x": 0}], f"{NIGHT}\n")

"""A file that is handed in again without rows clears what it held, on both engines, where its feed lets files
shrink; elsewhere nothing is cleared (definitions.md#inbox)."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from homes import DAY, Home, few_tables
from markets import FILES, LINES, MARKET

from jobs.lake.night import newest_snapshot
from jobs.lake.tables import Lake

TABLES = few_tables("gold.commerce_state", "silver.quarantine")
WHOLE = MARKET.replace("    version: changed\n", "    version: changed\n    volume: {shrink: 0}\n")
APRIL = "lines_20260430.csv"
START = {
    name: FILES[name] for name in ("shops_20260101.csv", "listings_20260101.csv", "lines_20260301.csv")
} | {
    # x cannot be a number: one row of the file is in quarantine
    APRIL: LINES + "c1,2026-04-10,o60,l1,s1,1,7.00,1\nc2,2026-04-11,o61,l2,s2,x,7.00,1\n"
}
MONTHS = "SELECT DISTINCT CAST(date_trunc('month', {}) AS DATE) AS m FROM {} ORDER BY m"


def _put(home: Home, files: dict[str, str], mtime: float) -> None:
    for name, content in files.items():
        home.put(name, content, encoding="utf-8", mtime=mtime)


def _begun(root: Path, engine: str = "embedded", sources: str = WHOLE) -> Home:
    home = Home(root, sources, "market", tables=TABLES)
    home.env = replace(home.env, engine=engine)
    _put(home, START, 1_000)
    _, result = home.night()
    assert (result.exit_code, result.stale, result.unbalanced) == (0, {}, [])
    return home


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return _begun(tmp_path_factory.mktemp("empty") / "home")


def _rows(home: Home) -> dict[str, list[str]]:
    """The rows of all silver and gold tables, but the day on which a lake got a file."""
    snapshot = newest_snapshot(Lake(home.env.lake))
    return {
        table: sorted(repr(sorted(row.items(), key=str)) for row in snapshot.arrow(table).to_pylist())
        for table in snapshot.tables
        if not table.startswith(("ops.", "bronze."))
    }


def _at_once(home: Home, root: Path, day: int) -> Home:
    """A home that was given the files as they are now, and no others."""
    other = Home(root, WHOLE, "market", tables=TABLES)
    shutil.copytree(home.root / "inbox", other.root / "inbox", dirs_exist_ok=True)
    other.night(DAY + timedelta(days=day))
    return other


def _cleared(home: Home) -> None:
    """April is handed in again without rows."""
    _put(home, {APRIL: LINES}, 2_000)
    landed, result = home.night(DAY + timedelta(days=1))
    assert (landed.clean, landed.empty, result.exit_code) == (True, 1, 0)
    assert (result.stale, result.unbalanced) == ({}, [])
    assert any("2 records, 2 keys" in warning for warning in landed.warnings)


def _all_cleared(home: Home) -> None:
    """All files of order lines are handed in again without rows."""
    _put(home, {name: LINES for name in START if name.startswith("lines_")}, 3_000)
    _, result = home.night(DAY + timedelta(days=2))
    assert (result.exit_code, result.stale, result.unbalanced) == (0, {}, [])
    for table in ("silver.transaction", "gold.commerce_state"):
        assert home.ask(f"SELECT count(*) AS n FROM {table}") == [{"n": 0}]


def test_a_month_that_is_handed_in_again_without_rows_is_cleared_and_the_ledger_holds(
    begun: Home, tmp_path: Path
):
    home = begun.copied(tmp_path / "home")
    assert len(home.ask(MONTHS.format("ordered_on", "silver.transaction"))) == 4
    _cleared(home)
    assert [str(r["m"]) for r in home.ask(MONTHS.format("ordered_on", "silver.transaction"))] == [
        "2026-01-01", "2026-02-01", "2026-03-01",
    ]  # fmt: skip
    assert home.ask("SELECT * FROM silver.quarantine") == []
    ledger = home.ask(
        f"SELECT status, records, loaded, accepted FROM ops.reconciliation WHERE file = '{APRIL}'"
    )
    assert [r for r in ledger if r["accepted"]] == []
    assert _rows(home) == _rows(_at_once(home, tmp_path / "at_once", 1))


@pytest.mark.slow  # quick: the test before, of one month
def test_a_table_all_of_whose_files_lost_their_rows_is_empty_and_fills_again(begun: Home, tmp_path: Path):
    home = begun.copied(tmp_path / "home")
    before = _rows(home)
    _all_cleared(home)
    _put(home, START, 4_000)
    _, result = home.night(DAY + timedelta(days=3))
    assert (result.exit_code, result.unbalanced) == (0, [])
    assert _rows(home).keys() == before.keys() and len(_rows(home)["silver.transaction"]) == 13


@pytest.mark.slow  # quick: test_editions_without_records, up to landing
@pytest.mark.drill(fault="a file without rows in place of one with rows", invariant="no row is lost")
def test_where_files_may_not_shrink_nothing_is_cleared(tmp_path: Path):
    home = _begun(tmp_path / "home", sources=MARKET)
    before = _rows(home)
    _put(home, {APRIL: LINES, "lines_20260531.csv": LINES, "listings_20260101.csv": ""}, 2_000)
    landed, result = home.night(DAY + timedelta(days=1))
    assert sorted(f.file for f in landed.held) == ["lines_20260430.csv", "listings_20260101.csv"]
    # May has the content of April, which is held: it is named as a repetition, and clears nothing.
    assert (landed.empty, landed.repeated, result.exit_code, result.unbalanced) == (0, 1, 0, [])
    assert _rows(home)["silver.transaction"] == before["silver.transaction"]
    assert _rows(home)["silver.listing"] == before["silver.listing"]


SNAPSHOT = MARKET.replace("    target: listing\n", "    target: listing\n    mode: snapshot\n")


@pytest.mark.slow  # quick: test_editions_without_records, up to landing
def test_a_snapshot_without_rows_ends_every_key(tmp_path: Path):
    home = _begun(tmp_path / "home", sources=SNAPSHOT)
    _put(home, {"listings_20260201.csv": "id,shop,category\n"}, 2_000)
    landed, result = home.night(DAY + timedelta(days=1))
    assert (landed.clean, landed.empty, result.exit_code, result.unbalanced) == (True, 1, 0, [])
    ends = home.ask("SELECT listing_id, CAST(_ended_on AS VARCHAR) AS day FROM silver.listing ORDER BY ALL")
    assert ends == [{"listing_id": n, "day": "2026-02-01"} for n in ("l1", "l2")]


@pytest.mark.slow
def test_spark_clears_what_the_embedded_engine_clears(begun: Home, spark, tmp_path: Path):
    embedded, home = begun.copied(tmp_path / "embedded"), _begun(tmp_path / "spark", "spark")
    for each in (embedded, home):
        _cleared(each)
    assert home.hashes() == embedded.hashes()
    for each in (embedded, home):
        _all_cleared(each)
    assert home.hashes() == embedded.hashes()

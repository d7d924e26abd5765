"""Nights that cost what is new (definitions.md#months): only touched months are written, and the result is
that of a full refresh."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, timedelta

import pytest
from homes import DAY, Home, few_tables
from markets import FILES, LINES, LISTINGS, MARKET, SHOPS

from jobs.engine.choice import EMBEDDED, SPARK
from jobs.ingest.landing import land
from jobs.lake.lock import writer_lock
from jobs.lake.night import newest_snapshot
from jobs.lake.tables import Lake
from jobs.night import building, plan
from jobs.night.runner import planned

TABLES = few_tables("gold.commerce_state", "silver.quarantine")


def _put(home: Home, *files: str, later: int = 0) -> None:
    for name in files:
        home.put(name, FILES[name], encoding="utf-8", mtime=1_000 + later)


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    home = Home(tmp_path_factory.mktemp("months") / "home", MARKET, "market", tables=TABLES)
    _put(home, "shops_20260101.csv", "listings_20260101.csv", "lines_20260301.csv")
    home.night()
    return home


def _months(home: Home, table: str) -> set[date]:
    """Months that the newest commit of a table wrote."""
    lake = Lake(home.env.lake)
    version = lake.version(table)
    return lake.months_between(table, version - 1, version)


def _full(home: Home, tmp_path) -> dict[str, list[dict]]:
    """All silver and gold rows of another home that is given the same files at once."""
    other = Home(tmp_path / "at_once", MARKET, "market", tables=TABLES)
    shutil.copytree(home.root / "inbox", other.root / "inbox", dirs_exist_ok=True)
    other.night(newest_snapshot(Lake(home.env.lake)).date)
    return _tables(other)


def _tables(home: Home) -> dict[str, list[dict]]:
    """Rows of every published table, `_` columns too, but the day on which a lake got a file."""
    snapshot = newest_snapshot(Lake(home.env.lake))
    return {
        t: sorted(repr(sorted(r.items(), key=str)) for r in snapshot.arrow(t).to_pylist())
        for t in snapshot.tables
        if not t.startswith(("ops.", "bronze."))
    }


def test_new_rows_touch_only_their_months_now_and_before(home, tmp_path):
    _put(home, "lines_20260302.csv")
    _, result = home.night(DAY + timedelta(days=1))
    assert result.exit_code == 0
    assert _months(home, "silver.transaction") == {date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)}
    assert _tables(home) == _full(home, tmp_path)


def test_months_are_judged_on_the_engine_that_the_rows_of_the_changed_files_ask_for(home, tmp_path):
    home = home.copied(tmp_path / "home")
    _put(home, "lines_20260303.csv")
    day, changed = DAY + timedelta(days=9), 2
    with writer_lock(home.env.lake, wait_seconds=5):
        land(home.env, date=day)
        for limit, engine in ((changed, EMBEDDED), (changed - 1, SPARK)):
            env = replace(home.env, engine="auto", embedded_rows=limit)
            (part,) = planned(env, day=day, select="silver.transaction")
            (whole,) = planned(env, day=day, select="silver.transaction", full_refresh=True)
            assert (part.months, part.engine) == (True, engine)
            assert whole.engine == SPARK, "a full refresh reads the rows of all files"


def test_of_a_large_table_that_is_kept_whole_only_the_keys_of_changed_files_are_judged(
    home, tmp_path, monkeypatch
):
    home, judged = home.copied(tmp_path / "home"), []

    def build_changed(space, given, **changes):
        judged.append(given.contract.id)
        return changed(space, given, **changes)

    changed = building.build_changed
    monkeypatch.setattr(building, "build_changed", build_changed)
    monkeypatch.setattr(plan, "RIVAL_ROWS", 4)  # so many rows of listings, and three of shops
    home.put("shops_20260201.csv", SHOPS + "s1,310000\n", encoding="utf-8", mtime=3_000)
    home.put("listings_20260201.csv", LISTINGS + "l2,s1,\nl3,s2,\n", encoding="utf-8", mtime=3_000)
    _, result = home.night(DAY + timedelta(days=9))
    assert (judged, result.exit_code) == (["silver.listing"], 0)
    assert _tables(home) == _full(home, tmp_path)


def test_all_months_are_built_where_the_earlier_version_of_a_changed_input_cannot_be_read(home, tmp_path):
    home = home.copied(tmp_path / "home")
    lake = Lake(home.env.lake)
    [name] = lake.files("silver.shop", newest_snapshot(lake).version("silver.shop"))["path"].to_pylist()
    home.put("shops_20260201.csv", SHOPS + "s1,310000\n", encoding="utf-8", mtime=3_000)
    home.night(DAY + timedelta(days=9), select="silver.shop")
    (lake.path("silver.shop") / name).unlink()  # which the last build of gold.shop_trade read
    _, result = home.night(DAY + timedelta(days=9))
    assert result.exit_code == 0
    assert _tables(home) == _full(home, tmp_path)


@pytest.mark.slow  # quick: the test before, of the night before
def test_a_second_night_touches_its_own_months_and_those_of_tables_that_follow(home, tmp_path):
    _put(home, "lines_20260302.csv")
    home.night(DAY + timedelta(days=1))  # nothing to do where the test before has run
    _put(home, "lines_20260304.csv")
    home.night(DAY + timedelta(days=2))
    assert _months(home, "silver.transaction") == {date(2026, 3, 1), date(2026, 4, 1)}
    assert _months(home, "gold.commerce_state") == {date(2026, 3, 1), date(2026, 4, 1)}
    assert _tables(home) == _full(home, tmp_path)


@pytest.mark.slow  # quick: test_night, of one table
def test_a_rejected_newer_row_flags_its_winner_and_the_ledger_stays_exact(home, tmp_path):
    _put(home, "lines_20260303.csv")
    _, result = home.night(DAY + timedelta(days=3))
    assert home.ask("SELECT _flags FROM silver.transaction WHERE order_line_id = 'a1'") == [
        {"_flags": ["newer_version_rejected"]}
    ]
    assert (result.unbalanced, _tables(home)) == ([], _full(home, tmp_path))


@pytest.mark.slow
def test_a_corrected_file_takes_its_rows_back_from_their_months(home, tmp_path):
    home.put("lines_20260304.csv", LINES + "b4,2026-05-01,,l1,s1,1,1.00,1\n", encoding="utf-8", mtime=2_000)
    _, result = home.night(DAY + timedelta(days=4))
    assert home.ask("SELECT count(*) AS n FROM silver.transaction WHERE ordered_on = DATE '2026-04-01'") == [
        {"n": 0}
    ]
    assert (result.unbalanced, _tables(home)) == ([], _full(home, tmp_path))


@pytest.mark.slow
def test_a_changed_shop_touches_the_months_of_the_rows_that_name_it_directly_or_through_their_listing(
    home, tmp_path
):
    home.put("shops_20260201.csv", SHOPS + "s1,310000\n", encoding="utf-8", mtime=3_000)
    home.put("listings_20260201.csv", LISTINGS + "l2,s1,\n", encoding="utf-8", mtime=3_000)
    before = Lake(home.env.lake).version("silver.transaction")
    home.night(DAY + timedelta(days=5))
    assert (
        Lake(home.env.lake).version("silver.transaction") == before
    )  # a shop that came or changed is no reason to judge lines again
    assert _tables(home) == _full(home, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("large", [plan.RIVAL_ROWS, 0])  # 0: all tables are judged by their changed keys
def test_thirty_single_nights_end_in_the_tables_of_one(home, tmp_path, monkeypatch, large):
    monkeypatch.setattr(plan, "RIVAL_ROWS", large)
    other = Home(tmp_path / "single", MARKET, "market", tables=TABLES)
    for n, name in enumerate(
        sorted(FILES, reverse=True)
    ):  # newest first: the order of arrival does not matter
        other.put(name, FILES[name], encoding="utf-8", mtime=1_000)
        other.night(DAY + timedelta(days=n))
    assert _tables(other) == _full(other, tmp_path)


@pytest.mark.slow
def test_a_full_refresh_changes_nothing(home):
    before = _tables(home)
    home.night(DAY + timedelta(days=6), full_refresh=True)
    assert _tables(home) == before


@pytest.mark.slow
def test_as_known_on_a_past_day_another_lake_holds_what_had_been_received_by_then(home, tmp_path):
    from dataclasses import replace

    from jobs.lake.lock import writer_lock
    from jobs.night.runner import run

    past = replace(home.env, lake=tmp_path / "past")
    untouched = home.data_files()
    with writer_lock(past.lake) as lock:
        result = run(past, lock, day=DAY + timedelta(days=1), known_in=home.env.lake, catalog=TABLES)
    assert (result.exit_code, home.data_files()) == (0, untouched)
    lines = newest_snapshot(Lake(past.lake)).frame("silver.transaction")
    assert set(lines["order_line_id"]) == {f"a{n}" for n in range(12)} | {"b1"}

"""A mistaken date: refused before anything is written, and taken back by dropping the newest night."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from homes import DAY, HEADER, Home, few_tables

from jobs import cli
from jobs.commands import options
from jobs.errors import UsageError
from jobs.lake.lock import writer_lock
from jobs.lake.tables import Lake
from jobs.upkeep.doctor import problems
from jobs.upkeep.dropping import drop_night, nights

FAR = date(2099, 1, 1)
NEXT = DAY + timedelta(days=1)


@pytest.fixture(scope="module")
def one_night(tmp_path_factory) -> Home:
    home = Home(tmp_path_factory.mktemp("drop") / "home", tables=few_tables())
    home.put("samples_1.csv", HEADER + "1,甲,2026-01-05,,,2026-01-05 10:00\n", mtime=1_000)
    home.night(DAY)
    return home


@pytest.fixture
def home(one_night, tmp_path) -> Home:
    """A copy of it, with another file in the inbox."""
    home = one_night.copied(tmp_path / "home")
    home.put("samples_2.csv", HEADER + "2,乙,2026-01-07,,,2026-01-08 10:00\n", mtime=2_000)
    return home


def drop(home: Home, day: date) -> list[str]:
    with writer_lock(home.env.lake, wait_seconds=5):
        return drop_night(Lake(home.env.lake), home.env.landing, day, today=NEXT)


@pytest.mark.slow
@pytest.mark.drill(fault="a night with a wrong date", invariant="night drop returns to the night before")
def test_a_dropped_night_leaves_the_tables_of_the_one_before_and_the_right_date_follows(home):
    """And nothing stays dated by a night of the future."""
    before = home.hashes()
    home.night(FAR)
    assert home.hashes() != before
    assert "silver.sample" in drop(home, FAR)
    assert home.hashes() == before and problems(home.env.lake) == []
    assert [run["date"] for run in nights(Lake(home.env.lake))] == [DAY]
    _, result = home.night(NEXT)
    assert result.exit_code == 0
    assert [r["sample_id"] for r in home.ask("SELECT sample_id FROM silver.sample ORDER BY 1")] == ["1", "2"]
    for table, column in {
        "ops.ingest_file": "received_on",
        "bronze.sample": "_received_on",
        "ops.table_metric": "date",
        "ops.gate_verdict": "date",
        "ops.run_log": "date",
        "ops.night": "date",
    }.items():
        assert home.ask(f"SELECT 1 FROM {table} WHERE {column} >= DATE '{FAR}'", latest=True) == [], table


@pytest.mark.slow
@pytest.mark.drill(
    fault="a first night with a past date", invariant="dropped, its rows are as if it never ran"
)
def test_rows_that_a_past_date_quarantined_are_accepted_after_a_drop(tmp_path):
    home = Home(tmp_path / "home", tables=few_tables())
    home.put("samples_1.csv", HEADER + "1,甲,2026-01-05,,,2026-01-05 10:00\n", mtime=1_000)
    past = date(2025, 6, 30)  # before the purchase, which was long before the clock that notes the landing
    home.night(past)
    reasons = "SELECT rule_ids FROM silver.quarantine"
    assert home.ask(reasons) == [{"rule_ids": ["sample.purchased_on.not_after_receipt"]}]
    drop(home, past)
    home.night(DAY)
    assert home.ask(reasons) == []
    assert home.ask("SELECT sample_id FROM silver.sample") == [{"sample_id": "1"}]
    assert home.ask(f"SELECT 1 FROM ops.ingest_file WHERE received_on = DATE '{past}'", latest=True) == []
    assert problems(home.env.lake) == []


@pytest.mark.slow  # quick: the command, last in this file
@pytest.mark.drill(fault="kill of night drop before its commit", invariant="made again, the same end")
def test_a_drop_that_was_killed_before_its_commit_is_simply_made_again(home, monkeypatch):
    before = home.hashes()
    home.night(FAR)
    real = Lake.overwrite

    def killed(self: Lake, table: str, rows, **more) -> int:
        if table == "ops.night":
            raise KeyboardInterrupt
        return real(self, table, rows, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "overwrite", killed)
        with pytest.raises(KeyboardInterrupt):
            drop(home, FAR)
    drop(home, FAR)
    assert problems(home.env.lake) == [] and home.hashes() == before


@pytest.mark.slow  # quick: the next one, of a night that is not there
def test_only_the_newest_night_can_be_dropped(home):
    home.night(NEXT)
    with pytest.raises(UsageError, match=f"the newest night is {NEXT}: only that one can be dropped"):
        drop(home, DAY)
    drop(home, NEXT)
    drop(home, DAY)  # the first night, and then none
    with pytest.raises(UsageError, match="there is nothing to drop"):
        drop(home, DAY)
    assert home.night(NEXT)[1].exit_code == 0
    assert home.ask("SELECT count(*) AS n FROM silver.sample") == [{"n": 2}]


def test_another_night_than_the_newest_is_not_dropped(home):
    before = home.hashes()
    with pytest.raises(UsageError, match=f"the newest night is {DAY}: only that one can be dropped"):
        drop(home, NEXT)
    assert home.hashes() == before


def test_the_only_night_stays_where_what_it_was_built_from_is_gone(home):
    for landed in (home.env.landing / "rows").rglob("*.parquet"):
        landed.unlink()
    before = home.hashes()
    with pytest.raises(UsageError, match="could not be built again"):
        drop(home, DAY)
    assert home.hashes() == before


@pytest.fixture
def call(home, monkeypatch, capsys) -> Callable[..., tuple[int, str]]:
    """Run a command line over the home; returns exit code and stderr."""
    monkeypatch.setenv("QUALITY_HOME", str(home.root))
    monkeypatch.setenv("QUALITY_SOURCES", str(home.root / "sources"))

    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(list(arguments))
        return ended.value.code or 0, capsys.readouterr().err

    return run


@pytest.mark.parametrize("command", ["land", "ingest", "run", "nightly"])
@pytest.mark.drill(fault="--date before the newest night", invariant="refused before anything is written")
def test_an_earlier_date_is_refused_and_nothing_is_written(home, call, command):
    ledger = home.ask("SELECT * FROM ops.ingest_file")
    code, said = call(command, "--date", "2026-06-29")
    assert code == 2 and f"before the newest night, {DAY}, and nothing was written" in said
    assert f"`quality night drop {DAY}`" in said
    assert home.ask("SELECT * FROM ops.ingest_file") == ledger
    assert not list((home.env.landing / "rows").rglob("*samples_2*"))


@pytest.mark.parametrize("command", ["land", "ingest", "run", "nightly", "maintain"])
@pytest.mark.drill(fault="--date far in the future", invariant="refused before anything is written")
def test_a_date_more_than_a_day_ahead_must_be_meant(home, call, monkeypatch, command):
    monkeypatch.setattr(options, "today", lambda: DAY)
    code, said = call(command, "--date", str(DAY + timedelta(days=2)))
    assert code == 2 and "more than a day ahead of today, 2026-06-30" in said and "--yes-future" in said
    assert len(nights(Lake(home.env.lake))) == 1


@pytest.mark.slow  # quick: the test before, of what is refused
def test_a_day_ahead_is_taken_and_more_where_it_is_meant(home, call, monkeypatch):
    monkeypatch.setattr(options, "today", lambda: DAY)
    assert call("land", "--date", str(NEXT))[0] == 0
    assert call("land", "--date", str(FAR), "--yes-future")[0] == 0
    assert call("land", "--yes-future", "--date", str(FAR))[0] == 0


def test_the_command_says_which_night_is_the_newest_now(home, call):
    home.night(NEXT)
    code, said = call("night", "drop", str(NEXT))
    assert code == 0 and f"night {NEXT} is dropped" in said and f"the newest night is {DAY} now" in said

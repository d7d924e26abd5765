"""A night end to end (definitions.md#night): which versions are published, what is skipped, what a failed
gate leaves behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest
from homes import DAY, HEADER, Home, few_tables

import jobs.contracts.suites as suites
from jobs.contracts.catalog import load_catalog
from jobs.contracts.suites import Expectation
from jobs.contracts.suites import expectations as real_expectations
from jobs.environment import SCHEMAS
from jobs.errors import UsageError
from jobs.lake.lock import writer_lock
from jobs.lake.night import newest_snapshot
from jobs.lake.tables import Lake
from jobs.marts.sampling.outcomes import COUNTS, judged
from jobs.night.runner import planned

SAMPLES = HEADER + (
    "1,甲,2026-01-05,,,2026-01-05 10:00\n2,甲,2026-01-06,违法,2026-01-20,2026-01-06 "
    "10:00\n3,乙,2026-02-01,别的,,2026-02-01 10:00\n"
)
CONCLUSIONS = "样品编号,结论,日期\n1,不合格,2026-02-10\n9,合格,2026-02-11\n"

TABLES = few_tables(
    "gold.detection_rate", "gold.sampling_ledger", "gold.sampling_lifecycle", "silver.quarantine"
)


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A home and what its first night landed and left."""
    home = Home(tmp_path_factory.mktemp("night") / "home", tables=TABLES)
    home.put("samples_1.csv", SAMPLES, mtime=1_000)
    home.put("conclusions_1.csv", CONCLUSIONS, mtime=1_000)
    return home, *home.night()


@pytest.fixture(scope="module")
def home(first):
    """That home, whose nights follow each other through this file, in order."""
    return first[0]


def test_a_first_night_counts_every_row_and_names_every_table(first):
    home, landed, result = first
    own = [f for f in (SCHEMAS / "reference").glob("*.csv") if f"silver.{f.stem}" in load_catalog().contracts]
    references = sum(len(pd.read_csv(file)) for file in own)
    assert (result.exit_code, landed.rows, result.stale, result.unbalanced) == (0, 5 + references, {}, [])
    ledger = {r["file"]: r for r in home.ask("SELECT * FROM ops.reconciliation")}
    assert (ledger["samples_1.csv"]["accepted"], ledger["samples_1.csv"]["quarantined"]) == (2, 1)
    assert (ledger["conclusions_1.csv"]["accepted"], ledger["conclusions_1.csv"]["unlinked"]) == (
        2,
        1,
    )  # 9 has no sample yet
    snapshot = newest_snapshot(Lake(home.env.lake))
    assert {
        "gold.detection_rate",
        "silver.sample",
        "silver.quarantine",
        "bronze.sample",
        "ops.reconciliation",
    } <= set(snapshot.tables)


def test_a_plan_named_only_by_its_samples_is_accepted_as_targeted_and_flagged(home):
    plans = home.ask("SELECT plan_id, type, _flags FROM silver.sampling_plan ORDER BY plan_id")
    assert plans == [{"plan_id": "甲", "type": "targeted", "_flags": ["named_by_samples_only"]}]


def test_the_rate_divides_by_its_denominator_and_the_violation_rate_counts_exits_on_both_sides(home):
    where = "dimension_type='plan' AND period_type='all' AND design='all'"
    [row] = home.ask(
        f"SELECT {', '.join(COUNTS)}, rate, violation_rate FROM gold.detection_rate WHERE {where}"
    )
    assert {n: row[n] for n in COUNTS if row[n] and n != "n_first_nonconforming"} == {
        "n_sampled": 2, "n_tested": 1, "n_exited_violation": 1, "n_nonconforming": 1
    }  # fmt: skip
    assert (row["rate"], row["violation_rate"]) == (1 / judged(row), 1.0)


def test_the_same_inbox_again_starts_no_jvm_and_commits_nothing(home):
    before = home.data_files(), len(home.ask("SELECT * FROM ops.night"))
    landed, result = home.night()
    assert (landed.recorded, result.run_id, result.used_spark, result.exit_code) == (0, None, False, 0)
    assert (home.data_files(), len(home.ask("SELECT * FROM ops.night"))) == before


def test_a_new_date_builds_what_depends_on_the_day_and_rows_that_stay_the_same_keep_their_version(home):
    before, named = home.data_files(), newest_snapshot(Lake(home.env.lake))
    daily = {t for t, contract in TABLES.contracts.items() if contract.depends_on_day}
    _, result = home.night(DAY + timedelta(days=1))
    assert result.run_id and not result.used_spark and "gold.sampling_lifecycle" in daily
    built = home.ask(
        f"SELECT \"table\", message FROM ops.run_log WHERE run_id = '{result.run_id}' AND stage = 'build'"
    )
    # Nothing falls due on that day: what depends on it is built, what reads that is not.
    assert {(row["table"], row["message"]) for row in built} == {(table, "the same rows") for table in daily}
    assert not [file for file in home.data_files() - before if file.startswith("gold/")]
    now = newest_snapshot(Lake(home.env.lake))
    assert now.date == DAY + timedelta(days=1)
    assert {t: now.version(t) for t in daily} == {t: named.version(t) for t in daily}
    assert {now.state(t) for t in daily} == {"skipped"}
    _, result = home.night(DAY + timedelta(days=1))  # the same date again finds that all is there
    assert result.run_id is None


def test_a_date_before_the_newest_night_is_refused(home):
    with pytest.raises(UsageError, match="is before the newest night"):
        home.night(date(2026, 1, 1))


@pytest.mark.slow  # quick: test_months, where its rows leave their months
def test_a_corrected_file_replaces_all_rows_of_its_earlier_edition(home):
    home.put(
        "samples_1.csv",
        HEADER + "1,甲,2026-01-05,,,2026-01-05 10:00\n3,乙,2026-02-01,,,2026-02-01 10:00\n",
        mtime=2_000,
    )
    home.night(DAY + timedelta(days=2))
    assert [r["sample_id"] for r in home.ask("SELECT sample_id FROM silver.sample ORDER BY 1")] == ["1", "3"]
    assert (
        home.ask("SELECT * FROM silver.quarantine") == []
    )  # the row that was rejected went with its edition
    ledger = home.ask(
        "SELECT accepted, superseded FROM ops.reconciliation WHERE file='samples_1.csv' ORDER BY 1"
    )
    assert ledger == [{"accepted": 0, "superseded": 3}, {"accepted": 2, "superseded": 0}]


@pytest.mark.slow  # quick: the next one, and test_engines_agree by rows
def test_an_older_version_delivered_later_does_not_win(home):
    home.put("samples_2.csv", HEADER + "1,旧,2026-01-01,,,2025-12-31 10:00\n", mtime=3_000)
    home.night(DAY + timedelta(days=3))
    assert home.ask("SELECT plan_id FROM silver.sample WHERE sample_id='1'") == [{"plan_id": "甲"}]


@pytest.mark.slow  # quick: test_dispositions, and a golden case of silver.listing
def test_an_invalid_newer_row_does_not_drive_out_a_valid_older_one(home):
    home.put("samples_3.csv", HEADER + "1,甲,2026-01-05,别的,,2026-03-05 10:00\n", mtime=4_000)
    home.night(DAY + timedelta(days=4))
    [row] = home.ask("SELECT plan_id, _flags FROM silver.sample WHERE sample_id='1'")
    assert row == {"plan_id": "甲", "_flags": ["newer_version_rejected"]}


def test_a_critical_failure_keeps_the_old_version_stops_descendants_only_and_exits_1(home, monkeypatch):
    kept = home.ask("SELECT count(*) AS n FROM silver.conclusion")
    rates = newest_snapshot(Lake(home.env.lake)).version("gold.detection_rate")

    def failing(contract, *args):
        wrong = Expectation(
            "expect_table_row_count_to_equal",
            {"value": -1},
            "critical",
            "rows",
            "x",
            "永不成立",
            "never holds",
        )
        return real_expectations(contract, *args) + ([wrong] if contract.id == "silver.conclusion" else [])

    monkeypatch.setattr(suites, "expectations", failing)
    home.put("conclusions_2.csv", "样品编号,结论,日期\n3,合格,2026-03-10\n", mtime=5_000)
    home.put("samples_4.csv", HEADER + "4,丙,2026-03-01,,,2026-03-01 10:00\n", mtime=5_000)
    _, result = home.night(DAY + timedelta(days=5))
    snapshot = newest_snapshot(Lake(home.env.lake))
    assert result.exit_code == 1 and "never holds" in result.stale["silver.conclusion"]
    assert set(result.stale) == {"silver.conclusion"} | TABLES.needed_by("silver.conclusion")
    assert home.ask("SELECT count(*) AS n FROM silver.conclusion", latest=True) == kept
    assert (
        snapshot.state("gold.detection_rate") == "stale" and snapshot.version("gold.detection_rate") == rates
    )
    assert snapshot.state("silver.sample") == "fresh" and snapshot.state("silver.region") == "skipped"
    assert ledger_of(home, "conclusions_2.csv") == [{"accepted": 0, "balanced": False}]  # no reader sees it


def ledger_of(home, file: str) -> list[dict]:
    sql = f"SELECT accepted, balanced FROM ops.reconciliation WHERE file='{file}'"
    return home.ask(sql, latest=True)


def test_a_stale_table_is_tried_again_and_is_published_when_it_passes(home):
    _, result = home.night(DAY + timedelta(days=5))
    assert result.exit_code == 0 and not result.stale
    assert home.ask("SELECT count(*) AS n FROM silver.conclusion") == [{"n": 3}]
    assert ledger_of(home, "conclusions_2.csv") == [{"accepted": 1, "balanced": True}]


@pytest.mark.slow  # quick: test_planted_changes, of an error in some tables
@pytest.mark.drill(
    fault="an error in the build of a table",
    invariant="that table and its descendants keep yesterday's version",
)
def test_whatever_a_build_raises_makes_its_table_stale_and_stops_its_descendants_only(home, monkeypatch):
    import jobs.marts.sampling.sampling_ledger as ledger

    def broken(**frames):
        raise ZeroDivisionError("a cell of somebody")

    before = newest_snapshot(Lake(home.env.lake)).version("gold.sampling_ledger")
    with monkeypatch.context() as planted:
        planted.setattr(ledger, "build", broken)
        _, result = home.night(DAY + timedelta(days=5), full_refresh=True)
    snapshot = newest_snapshot(Lake(home.env.lake))
    assert result.exit_code == 1
    assert set(result.stale) == {"gold.sampling_ledger"} | TABLES.needed_by("gold.sampling_ledger")
    assert (
        "ZeroDivisionError" in result.stale["gold.sampling_ledger"]
        and "somebody" not in result.stale["gold.sampling_ledger"]
    )
    assert (
        snapshot.version("gold.sampling_ledger") == before
        and snapshot.state("gold.detection_rate") == "skipped"  # built again, with the same rows
    )
    _, result = home.night(DAY + timedelta(days=5))  # mended: the next run builds it
    assert (result.exit_code, result.stale) == (0, {}) and "gold.sampling_ledger" in result.skipped
    [row] = home.ask(
        "SELECT message FROM ops.run_log "
        f"WHERE run_id = '{result.run_id}' AND \"table\" = 'gold.sampling_ledger'"
    )
    assert row["message"] == "the same rows"


@pytest.mark.slow
@pytest.mark.drill(
    fault="an error while silver.quarantine is written",
    invariant="it is stale until a night has judged every target again; no quarantined row is lost",
)
def test_after_an_error_of_the_quarantine_the_next_night_judges_every_target_again(tmp_path, monkeypatch):
    import jobs.night.quarantine as quarantine

    def broken(*given):
        raise ZeroDivisionError("a cell of somebody")

    def records():
        return [r["record"] for r in home.ask("SELECT record FROM silver.quarantine ORDER BY record")]

    home = Home(tmp_path / "home", tables=TABLES)
    home.put("samples_1.csv", SAMPLES, mtime=1_000)
    home.put("conclusions_1.csv", CONCLUSIONS, mtime=1_000)
    home.night()
    before = records()
    assert len(before) == 1
    home.put("samples_2.csv", HEADER + "4,乙,2026-02-02,别的,,2026-02-02 10:00\n", mtime=2_000)
    with monkeypatch.context() as planted:
        planted.setattr(quarantine, "_replaced", broken)
        _, result = home.night(DAY + timedelta(days=1))
    assert result.exit_code == 1
    assert set(result.stale) == {"silver.quarantine"} | TABLES.needed_by("silver.quarantine")
    assert "ZeroDivisionError" in result.stale["silver.quarantine"] and records() == before
    _, result = home.night(DAY + timedelta(days=1), select="silver.sample")
    assert "silver.quarantine" in result.stale  # other targets were not judged again
    _, result = home.night(DAY + timedelta(days=2))
    assert (result.exit_code, result.stale, len(records())) == (0, {}, 2)


def test_a_plan_says_what_would_be_built_where_and_why_and_builds_nothing(home):
    def plan(day: date) -> dict[str, dict]:
        with writer_lock(home.env.lake, wait_seconds=5):
            steps = planned(
                home.env, day=day, select=",".join(t for t in TABLES.contracts if t != "silver.quarantine")
            )
        certain.update({s.table for s in steps if s.certain})
        return {s.table: s.shown() for s in steps}

    before, certain = home.data_files(), set[str]()
    unchanged = plan(DAY + timedelta(days=5))
    assert {s["action"] for s in unchanged.values()} == {"skip"} and not certain
    tomorrow = {t: s for t, s in plan(DAY + timedelta(days=6)).items() if s["action"] != "skip"}
    daily = {t for t, contract in TABLES.contracts.items() if contract.depends_on_day}
    assert (
        daily
        <= set(tomorrow)
        == {t for d in daily for t in {d} | (TABLES.needed_by(d) & set(TABLES.contracts))}
    )
    assert all(
        s["why"] == "new day" and s["engine"] == "embedded"
        for t, s in tomorrow.items()
        if t in daily and not TABLES.needs(t) & daily
    )
    # What is built only if its inputs come out with other rows starts no Spark ahead of them.
    assert certain == {t for t, s in tomorrow.items() if "new day" in s["why"]} and daily <= certain
    assert home.data_files() == before


def test_no_text_that_is_built_every_day_reads_order_lines_or_reviews():
    """Those are the largest tables: a new day without files would start a JVM for one of them."""
    large = {"silver.transaction", "silver.review"}
    contracts = load_catalog().contracts.values()
    assert not {c.id for c in contracts if c.engine == "sql" and c.depends_on_day and large & set(c.inputs)}


def test_a_plan_says_spark_only_of_what_spark_would_build(home):
    large = replace(home.env, engine="spark")
    with writer_lock(home.env.lake, wait_seconds=5):
        steps = planned(
            large, day=DAY + timedelta(days=6), full_refresh=True, select=",".join(TABLES.contracts)
        )
    whole = {
        t for t, c in TABLES.contracts.items() if c.engine == "pandas" and not c.partition_by
    }  # one call of build() sees all rows
    assert whole and {s.table for s in steps if s.engine == "embedded"} == whole


@pytest.mark.drill(fault="a run cut off before it is published", invariant="its versions are taken back")
def test_a_run_that_was_cut_off_is_taken_back_before_the_next_one(home):
    lake, before = Lake(home.env.lake), home.hashes()
    lake.overwrite(
        "gold.sampling_ledger", lake.arrow("gold.sampling_ledger").slice(0, 1)
    )  # written, named by no run
    lake.overwrite("gold.half", lake.arrow("gold.sampling_ledger"))
    home.night(DAY + timedelta(days=5))
    assert home.hashes() == before and not lake.exists("gold.half")


@pytest.mark.slow  # quick: the next one, and tests/unit/lake/test_query
def test_a_selected_run_is_partial_and_plain_readers_do_not_see_it(tmp_path):
    home = Home(tmp_path / "selected", tables=TABLES)
    home.put("samples_1.csv", SAMPLES, mtime=1_000)
    home.put("conclusions_1.csv", CONCLUSIONS, mtime=1_000)
    home.night()
    home.put("conclusions_3.csv", "样品编号,结论,日期\n4,不合格,2026-03-20\n", mtime=6_000)
    home.put(
        "samples_5.csv", HEADER + "5,丙,2026-03-01,,,2026-03-01 10:00\n", mtime=6_000
    )  # not selected: its ledger is for the night
    day = DAY + timedelta(days=6)
    _, result = home.night(day, select="silver.conclusion")
    assert (result.exit_code, result.unbalanced) == (0, [])
    assert {"bronze.conclusion", "silver.conclusion", "silver.quarantine"} <= set(result.fresh)
    assert not [t for t in result.fresh if t.startswith("gold.")]
    assert home.ask("SELECT count(*) AS n FROM silver.conclusion") == [{"n": 2}]
    assert ledger_of(home, "conclusions_1.csv") == [{"accepted": 2, "balanced": True}]
    assert home.ask("SELECT count(*) AS n FROM silver.conclusion", latest=True) == [{"n": 3}]
    _, result = home.night(day)  # the next whole night builds what it left behind
    assert "gold.detection_rate" in result.fresh and "silver.conclusion" not in result.fresh
    assert home.ask("SELECT count(*) AS n FROM silver.conclusion") == [{"n": 3}]


def test_every_table_can_be_read_by_every_reader_of_delta(home):
    lake = Lake(home.env.lake)
    for table in lake.tables():
        protocol = lake.open(table).protocol()
        assert (protocol.min_reader_version, protocol.reader_features) == (1, None), table
        assert protocol.min_writer_version <= 2, table


@pytest.mark.drill(fault="files in three orders of arrival", invariant="equal tables")
@pytest.mark.slow
def test_files_of_three_nights_give_the_tables_of_one_whatever_their_order(home, tmp_path):
    files = {
        "samples_a.csv": HEADER + "1,甲,2026-01-05,,,2026-01-05 10:00\n2,甲,2026-01-05,,,2026-01-07 10:00\n",
        "samples_b.csv": HEADER + "1,乙,2026-01-05,,,2026-01-06 10:00\n2,乙,2026-01-05,,,2026-01-07 10:00\n",
        "conclusions_a.csv": CONCLUSIONS,
    }
    results = []
    for number, order in enumerate(
        (
            ("samples_a.csv", "samples_b.csv", "conclusions_a.csv"),
            ("conclusions_a.csv", "samples_b.csv", "samples_a.csv"),
        )
    ):
        other = Home(tmp_path / f"order{number}", tables=TABLES)
        for step, file in enumerate(order):
            other.put(file, files[file], mtime=1_000 + step)
            if number == 0:  # one night each, against all at once
                other.night(DAY + timedelta(days=step))
        other.night(DAY + timedelta(days=3))
        results.append(other.hashes())
    assert results[0] == results[1]


def test_a_first_night_whose_rows_are_nearly_all_rejected_is_stopped_by_the_share_quarantined(home, tmp_path):
    other = Home(tmp_path / "rejected", tables=TABLES)
    rows = "".join(f"{n},甲,2026-01-05,{'别的' if n else ''},,2026-01-05 10:00\n" for n in range(120))
    other.put("samples_1.csv", HEADER + rows)
    _, result = other.night(select="+silver.sample")
    assert result.exit_code == 1 and "quarantined" in result.stale["silver.sample"]

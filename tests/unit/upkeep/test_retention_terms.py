"""What deliveries are kept: terms of contents, and files whose rows are all past their contract's retention.
No Spark."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from jobs.contracts.catalog import load_catalog
from jobs.contracts.model import Contract
from jobs.environment import REPOSITORY, Environment
from jobs.lake import ops
from jobs.lake.night import Named, Snapshot
from jobs.lake.tables import Lake
from jobs.upkeep.retention import expired_deliveries, first_kept, holds_persons, not_loaded, old_landing

DAY = date(2026, 6, 30)
OLD, YOUNG = DAY - timedelta(days=91), DAY - timedelta(days=90)


@pytest.mark.parametrize(
    "retention, day, oldest",
    [
        ("none", DAY, None),
        ("30d", DAY, date(2026, 5, 31)),
        ("2y", DAY, date(2024, 6, 30)),
        ("1y", date(2024, 2, 29), date(2023, 2, 28)),
    ],
)
def test_a_retention_keeps_from_this_day_on(retention, day, oldest):
    assert first_kept(retention, day) == oldest


def contract(retention: str = "none", event_date: str = "purchased_on") -> Contract:
    return replace(load_catalog().contracts["silver.sample"], retention=retention, event_date=event_date)


def landed(
    file: str,
    *,
    sha256: str | None = None,
    received: date = OLD,
    status: str = "landed",
    target: str = "sample",
) -> dict:
    return {
        "source": "s",
        "feed": "f",
        "target": target,
        "file": file,
        "sha256": sha256 or file,
        "mapping": "m",
        "load_key": file if target == "sample" else f"{file} of {target}",
        "status": status,
        "loaded": 1,
        "received_on": received,
        "landed_path": f"rows/s/{'f' if target == 'sample' else 'g'}/{file}.parquet",
        "drift": ["x"],
        "missing": [],
        "warnings": None,
        "mtime_ns": 1,
        "recorded_at": pd.Timestamp("2026-01-01", tz="UTC"),
    }


def ingest(*rows: dict) -> pd.DataFrame:
    return ops.rows("ops.ingest_file", list(rows)).to_pandas(date_as_object=True)


def published(lake: Lake, *rows: dict) -> Snapshot:
    """A night whose bronze.sample holds these rows: {key, day, file, delivered, received}."""
    table = pa.table(
        {
            "sample_id": [r["key"] for r in rows],
            "purchased_on": [r.get("day") for r in rows],
            "_load_key": [r["file"] for r in rows],
            "_mapping": ["m"] * len(rows),
            "_delivered_on": pa.array([r.get("delivered") for r in rows], pa.date32()),
            "_received_on": pa.array([r.get("received", DAY) for r in rows], pa.date32()),
        }
    )
    version = lake.overwrite("bronze.sample", table)
    return Snapshot(
        lake, "run", "nightly", DAY, {"bronze.sample": Named("bronze.sample", version, "fresh", "none", None)}
    )


def expired(tmp_path: Path, *rows: dict, retention: str = "1y") -> list[str]:
    snapshot = published(Lake(tmp_path), *rows)
    ledger = ingest(*[landed(file) for file in sorted({r["file"] for r in rows})])
    return [r["file"] for r in expired_deliveries(snapshot, ledger, [contract(retention)], DAY)]


def test_a_file_goes_when_its_newest_row_is_past_the_retention(tmp_path):
    rows = [
        {"key": "1", "day": "2025-06-29", "file": "gone"},
        {"key": "2", "day": "2025-06-30", "file": "kept"},
        {"key": "3", "day": "2020-01-01", "file": "kept"},
    ]
    assert expired(tmp_path, *rows) == ["gone"] and expired(tmp_path, *rows, retention="none") == []


def test_an_instant_counts_by_its_day_in_shanghai(tmp_path):
    rows = [
        {"key": "1", "day": "2025-06-29T15:59:59Z", "file": "gone"},
        {"key": "2", "day": "2025-06-29T16:00:00Z", "file": "kept"},
    ]
    assert expired(tmp_path, *rows) == ["gone"]


def test_an_instant_counts_by_its_day_in_the_nations_zone_in_summer_and_winter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUALITY_DEPLOYMENT", str(REPOSITORY / "schemas" / "deployments" / "nl.yaml"))
    summer = [
        {"key": "1", "day": "2025-06-29T18:00:00Z", "file": "evening"},
        {"key": "2", "day": "2025-06-29T21:59:59Z", "file": "gone"},
        {"key": "3", "day": "2025-06-29T22:00:00Z", "file": "kept"},
    ]
    assert expired(tmp_path / "summer", *summer) == ["evening", "gone"]
    winter = [
        {"key": "1", "day": "2025-12-31T22:59:59.5Z", "file": "gone"},
        {"key": "2", "day": "2025-12-31T23:00:00Z", "file": "kept"},
    ]
    assert expired(tmp_path / "winter", *winter, retention="180d") == ["gone"]  # from 2026-01-01 on


@pytest.mark.parametrize("day", [None, "soon", "9999-12-31", "0001-01-01"])
def test_a_row_without_a_date_that_can_be_is_as_old_as_its_delivery_then_as_its_receipt(tmp_path, day):
    rows = [
        {"key": "1", "day": day, "file": "gone", "delivered": date(2025, 6, 29)},
        {"key": "2", "day": day, "file": "kept", "delivered": DAY},
        {"key": "3", "day": day, "file": "gone too", "received": date(2025, 6, 29)},
        {"key": "4", "day": day, "file": "kept too", "received": DAY},
    ]
    assert expired(tmp_path, *rows) == ["gone", "gone too"]


def test_a_file_that_shares_a_key_with_one_that_stays_does_stay_too_and_so_on_along_the_chain(tmp_path):
    rows = [
        {"key": "1", "day": "2020-01-01", "file": "a"},
        {"key": "1", "day": "2020-01-01", "file": "b"},
        {"key": "2", "day": "2020-01-01", "file": "b"},
        {"key": "2", "day": "2026-01-01", "file": "c"},
        {"key": "3", "day": "2020-01-01", "file": "d"},
        {"key": "3", "day": "2021-01-01", "file": "e"},
    ]
    assert expired(tmp_path, *rows) == ["d", "e"]


def test_an_expired_file_is_written_down_with_no_rows_and_the_reason_in_both_languages(tmp_path):
    snapshot = published(Lake(tmp_path), {"key": "1", "day": "2020-01-01", "file": "gone"})
    [row] = expired_deliveries(snapshot, ingest(landed("gone")), [contract("1y")], DAY)
    assert ops.rows("ops.ingest_file", [row]).num_rows == 1  # it fits the ledger
    assert (row["status"], row["loaded"], row["landed_path"], row["load_key"], row["drift"]) == (
        "expired",
        0,
        None,
        "gone",
        ["x"],
    )
    assert "1y" in row["reason_zh"] and "1 row no longer kept" in row["reason_en"]
    again = ingest(landed("gone"), row | {"recorded_at": pd.Timestamp("2026-01-02", tz="UTC")})
    assert expired_deliveries(snapshot, again, [contract("1y")], DAY) == []


@pytest.fixture
def env(tmp_path) -> Environment:
    base = Environment.from_variables()
    return replace(base, home=tmp_path, inbox=tmp_path / "inbox", lake=tmp_path / "lake")


def stored(env: Environment, *files: str, days_old: int = 0) -> None:
    """A raw copy and landed rows of each file."""
    for file in files:
        for path in (
            env.landing / "raw" / file[:2] / file,
            env.landing / "rows" / "s" / "f" / f"{file}.parquet",
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file)
            stamp = ((DAY - timedelta(days=days_old)).toordinal() - date(1970, 1, 1).toordinal()) * 86_400
            os.utime(path, (stamp, stamp))


def gone(
    env: Environment,
    ledger: pd.DataFrame,
    loaded: list[str],
    *,
    retention: str = "none",
    joined: frozenset[str] = frozenset(),
) -> tuple[list[str], list[str]]:
    snapshot = published(
        Lake(env.lake), *[{"key": file, "day": "2026-01-01", "file": file} for file in loaded]
    )
    raw, rows = old_landing(
        env, snapshot, ledger, {"silver.sample": contract(retention)}, DAY, joined=set(joined)
    )
    return [p.name for p in raw.files], [p.stem for p in rows.files]


def test_raw_copies_and_landed_rows_are_kept_ninety_days_from_the_last_receipt(env):
    stored(env, "old", "young", "again")
    ledger = ingest(
        landed("old"),
        landed("young", received=YOUNG),
        landed("again"),
        landed("again", received=YOUNG, status="repeated"),
    )
    assert gone(env, ledger, ["old", "young", "again"]) == (["old"], ["old"])


def test_a_contract_that_states_a_retention_sets_the_term_and_the_longest_of_a_content_holds(env):
    stored(env, "old", "both")
    ledger = ingest(landed("old"), landed("both"), landed("both", target="other"))
    assert gone(env, ledger, ["old", "both"], retention="1y") == ([], [])
    assert gone(env, ledger, ["old", "both"], retention="30d") == (["both", "old"], ["both", "old"])
    young = ingest(
        landed("old", received=DAY - timedelta(days=31)),
        landed("both", received=YOUNG),
        landed("both", received=YOUNG, target="other"),
    )
    assert gone(env, young, ["old", "both"], retention="30d") == (["old"], ["old"])


def test_a_copy_with_clear_personal_values_goes_after_90_days_whatever_term_its_rows_have(env):
    """In bronze they are pseudonyms: orders name the buyer, the text of a complaint whoever wrote it."""
    stored(env, "goods", "buyers", "texts", "short")
    contracts = load_catalog().contracts
    terms = {"sample": "7y", "sampling_order": "7y", "complaint": "7y", "shop": "30d"}
    ledger = ingest(
        landed("goods"),
        landed("buyers", target="sampling_order"),
        landed("texts", target="complaint"),
        landed("short", target="shop", received=DAY - timedelta(days=31)),
    )
    stated = {f"silver.{t}": replace(contracts[f"silver.{t}"], retention=n) for t, n in terms.items()}
    snapshot = published(Lake(env.lake), {"key": "1", "day": "2026-01-01", "file": "goods"})
    raw, _ = old_landing(env, snapshot, ledger, stated, DAY, joined=set())
    assert sorted(path.name for path in raw.files) == ["buyers", "short", "texts"]


def test_rows_about_persons_have_a_term_or_a_stated_reason_to_stay():
    (page,) = (REPOSITORY / "schemas").glob("definitions.*")
    said = page.read_text(encoding="utf-8")
    section = said.partition('<a id="retention"></a>')[2].partition("\n### ")[0]
    silver = [c for c in load_catalog().contracts.values() if c.tier == "silver" and holds_persons(c)]
    reasoned = {c.name for c in silver if c.retention == "none" and f"`{c.name}`" in section}
    terms = {c.name for c in silver if c.retention != "none" and f"`{c.name}`" in section}
    assert {c.name for c in silver} == reasoned | terms and terms == {"complaint", "review", "sampling_order"}


def test_landed_rows_that_bronze_has_not_loaded_stay_however_old(env):
    stored(env, "old", "lost")
    ledger = ingest(landed("old"), landed("lost"))
    assert gone(env, ledger, ["old"]) == (["lost", "old"], ["old"])
    assert not_loaded(published(Lake(env.lake), {"key": "1", "file": "old"}), ledger) == {
        "rows/s/f/lost.parquet"
    }


def test_a_content_that_files_to_come_may_be_joined_with_stays(env):
    stored(env, "shops")
    assert gone(env, ingest(landed("shops")), ["shops"], joined=frozenset({"shops"}))[0] == []


def test_what_the_ledger_does_not_know_goes_by_the_time_of_its_file(env):
    stored(env, "stray", days_old=92)
    stored(env, "fresh", days_old=80)
    assert gone(env, ingest(), []) == (["stray"], ["stray"])

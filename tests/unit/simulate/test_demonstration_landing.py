"""The demonstration inbox, landed with the repository's own sources: what becomes of each fault that landing can see."""

from __future__ import annotations

import json
from datetime import date

import pandas as pd
import pytest

from jobs.environment import SCHEMAS, Environment
from jobs.ingest.landing import land
from jobs.lake.tables import Lake
from jobs.simulate.demonstration import demonstration, write
from jobs.simulate.demonstration_files import Inbox

DAY = date(2026, 11, 25)


@pytest.fixture(scope="module")
def inbox() -> Inbox:
    return demonstration(7)


@pytest.fixture(scope="module")
def environment(inbox, tmp_path_factory) -> Environment:
    home = tmp_path_factory.mktemp("home")
    write(inbox.files, home / "inbox")
    environment = Environment(home, home / "inbox", home / "lake", "local[1]", (SCHEMAS,), home / "keys" / "hmac.key")
    land(environment, date=DAY)
    return environment


@pytest.fixture(scope="module")
def files(environment) -> pd.DataFrame:
    frame = Lake(environment.lake).frame("ops.ingest_file")
    return frame[frame.source.str.startswith("demo_")].reset_index(drop=True)


def row(files: pd.DataFrame, source: str, file: str) -> pd.Series:
    found = files[(files.source == source) & (files.file == file)]
    assert len(found) >= 1, f"{source}/{file} is not in the ledger"
    return found.iloc[-1]  # of the workbook's two feeds the listings come last


def test_every_file_is_in_the_ledger_and_says_that_it_is_synthetic(inbox, files):
    assert {(f.source, f.name) for f in inbox.files} == set(zip(files.source, files.file))
    assert files.synthetic.all()


def test_all_but_the_planted_files_land(inbox, files):
    planted = {(p.source, p.file): p.outcome for p in inbox.planted if p.outcome in ("empty", "refused")}
    expected = [planted.get(key, "landed") for key in zip(files.source, files.file)]
    assert list(files.status) == expected


def test_the_unreadable_and_the_rejected_records_are_those_planted(inbox, files):
    planted = {(p.source, p.file, p.record) for p in inbox.planted if p.outcome in ("unreadable", "rejected")}
    found = {(r.source, r.file, u["record"]) for r in files.itertuples() for u in json.loads(r.unreadable_list or "[]")}
    assert found == planted


def test_the_unknown_column_is_reported_by_name_and_no_other_is(inbox, files):
    planted = {(p.source, p.file) for p in inbox.planted if p.outcome == "drift"}
    drifted = {(r.source, r.file): list(r.drift) for r in files.itertuples() if len(r.drift)}
    assert set(drifted) == planted
    assert list(drifted.values()) == [["直播间"]]


def test_members_elements_and_joined_files_are_booked(files):
    archive, nested = row(files, "demo_platform_a", "orders_20241020.zip"), row(files, "demo_platform_b", "orders_20241020.json.gz")
    assert [u["member"] for u in json.loads(archive.unreadable_list)] == ["明细/orders_202407.csv"]
    assert (nested.records, nested.produced) == (nested.unreadable + nested.exploded, nested.rejected + nested.loaded)
    joined = row(files, "demo_platform_c", "order_lines_20250120.csv")
    assert (joined.rejected, joined.unused, joined.unjoined) == (1, 1, 0)


def test_telephone_numbers_in_complaints_are_gone_and_counted(environment, files):
    complaints = files[files.feed == "complaints"]
    assert all(json.loads(value)["text"]["phone"] > 0 for value in complaints.scrubbed)
    landed = pd.concat(pd.read_parquet(environment.landing / path if not str(path).startswith("/") else path) for path in complaints.landed_path)
    assert landed.text.str.contains("〔电话〕").any() and not landed.text.str.contains("8000").any()
    assert not landed.complainant_ref.str.contains("演示").any()


def test_refused_files_have_a_reason_in_both_languages(inbox, files):
    for fault in inbox.planted:
        if fault.outcome == "refused":
            refused = row(files, fault.source, fault.file)
            assert refused.reason_zh and refused.reason_en


def test_writing_and_landing_again_finds_nothing_new(inbox, environment, files):
    before = Lake(environment.lake).version("ops.ingest_file")
    write(inbox.files, environment.inbox)
    land(environment, date=DAY)
    assert Lake(environment.lake).version("ops.ingest_file") == before

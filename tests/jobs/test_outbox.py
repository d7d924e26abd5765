"""The outbox: each recipient's own rows and no other's, whole or not at all, once, and answered by its
manifest."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from desks import CATALOG, DAY, ROWS, Desk, finding, order, task

from jobs.errors import UsageError
from jobs.exchange import outbox as files
from jobs.exchange.answers import acknowledged
from jobs.exchange.contents import KINDS
from jobs.exchange.sending import LOG, send
from jobs.lake import ops


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "desk").night()


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("sent") / "desk").night()
    desk.send()
    return desk


@pytest.fixture
def sent(once: Desk, tmp_path: Path) -> Desk:
    """A night that was sent, for a test to change."""
    return once.copied(tmp_path / "desk")


def test_each_recipient_gets_its_own_open_rows(desk):
    assert desk.send() == [
        "buyers",
        "platform_P1",
        "platform_P2",
        "region_330000",
        "region_440000",
        "region_CN",
    ]
    assert [r["notice_id"] for r in desk.rows("platform_P1", "takedown_notices")] == [
        "XJ-a"
    ]  # c is sound, e not yet public
    assert [r["sample_id"] for r in desk.rows("platform_P2", "takedown_notices")] == [
        "b",
        "f",
    ]  # d is down already
    assert [(r["sample_id"], r["item_code"]) for r in desk.rows("platform_P2", "nonconforming_listings")] == [
        ("b", "C-b"),
        ("f", ""),
    ]  # of d no result was notified
    assert desk.rows("platform_P1", "nonconforming_listings") == []  # nor of a
    assert [r["subject_id"] for r in desk.rows("region_330000", "overdue_work")] == ["t1"]
    assert [r["purchase_id"] for r in desk.rows("buyers", "purchase_orders")] == [
        "CG-L1",
        "CG-L3",
    ]  # L2 is a repeated check


def test_each_lead_goes_to_the_province_of_its_region_and_to_no_other(sent):
    assert [r["lead_id"] for r in sent.rows("region_330000", "leads")] == ["XS-J-v1"]  # v3 is closed
    assert [r["lead_id"] for r in sent.rows("region_440000", "leads")] == ["XS-J-v2", "XS-S-v1"]
    held = {p.parts[-3] for p in sent.outbox.rglob("*") if p.is_file() and "XS-J-v4" in p.read_text()}
    assert held == {"region_CN"}  # which assigns a lead without a region
    assert [r["lead_id"] for r in sent.rows("region_CN", "leads_to_assign")] == ["XS-J-v4"]
    for recipient in ("buyers", "platform_P1", "platform_P2", "region_CN"):
        assert not (sent.folder(recipient) / "leads.csv").exists()


def test_an_operators_lead_shows_the_way_to_the_operator_and_a_producers_the_whole(sent):
    ways = {
        province: [(r["lead_id"], r["node_id"]) for r in sent.rows(f"region_{province}", "traces")]
        for province in ("330000", "440000")
    }
    assert ways["330000"] == [("XS-J-v1", "batch-v1"), ("XS-J-v1", "operator-v1")]
    assert ways["440000"] == [
        ("XS-J-v2", "batch-v2"),
        ("XS-J-v2", "operator-v2"),
        *[("XS-S-v1", f"{name}-v1") for name in ("batch", "operator", "producer")],
    ]


def test_no_recipient_sees_anothers_rows(sent):
    whose = {  # what may stand in a folder only where it belongs
        "platform_P1": ["XJ-a", "L-a"],
        "platform_P2": ["XJ-b", "L-b", "XJ-f", "C-b"],
        "region_330000": ["t1"],
        "region_440000": ["t2"],
        "region_CN": ["t3", "CG-L2", "P1/HA"],
        "buyers": ["=HYPERLINK(1)"],
    }
    held = {
        folder.name: "".join(p.read_text() for p in folder.rglob("*") if p.is_file())
        for folder in sent.outbox.iterdir()
        if folder.is_dir()
    }
    assert set(held) == set(whose)
    for recipient, text in held.items():
        for owner, words in whose.items():
            assert [w for w in words if (f'"{w}"' in text) != (owner == recipient)] == []
        # The plan is the authority's and its buyers': a platform or province that knew it would know where
        # samples are bought.
        assert ("CG-L1" in text, "PROP-CN-2026Q3" in text) == ((recipient in ("buyers", "region_CN"),) * 2)


def test_buyers_learn_what_to_buy_and_not_why(sent):
    assert set(sent.rows("buyers", "purchase_orders")[0]) == {
        "purchase_id",
        "plan_id",
        "period_start",
        "period_end",
        "platform_code",
        "shop_id",
        "listing_id",
        "title",
        "category_code",
        "price",
    }


def test_the_authority_gets_the_design_of_its_plan_with_what_was_passed_over_on_the_buyers_day(desk):
    assert desk.send(recipient="buyers") == ["buyers", "region_CN"]
    design = {r["purchase_id"]: r for r in desk.rows("region_CN", "plan_design")}
    assert {k: (r["status"], r["stratum"]) for k, r in design.items()} == {
        "CG-L1": ("proposed", "P1/HA"), "CG-L2": ("blocked", "P1/HA"), "CG-L3": ("proposed", "P1/HA"),
    }  # fmt: skip
    assert [(r["dimension_code"], r["n_probability"]) for r in desk.rows("region_CN", "plan_strata")] == [
        ("P1/HA", 9)
    ]
    assert [r["subject_id"] for r in desk.rows("region_CN", "overdue_work")] == ["t3"]


# Kinds that hold the name of a party, each as `public_names` lets it be shown.
NAMED = {
    *("restricted_operators", "restriction_reviews", "restricted_enterprises", "credit_restrictions"),
    *("dishonesty_entries", "credit_repairs", "importers"),
}


def test_no_kind_holds_a_persons_name_a_text_of_theirs_or_a_buyer():
    columns = [(kind.name, c, table) for kind in KINDS.values() for c, table in kind.columns.items()]
    names = ("seller_name", "producer_name", "operator_name", "importer_name")
    assert {kind for kind, c, _ in columns if c in names} == NAMED
    private = [c for c in columns if c[1].endswith("_ref") or c[1] in ("buyer", "account", "purchased_on")]
    for kind, name, table in columns:
        if table.startswith(("silver", "gold")):
            column = CATALOG.contracts[table].column(name)
            private += [(kind, name, table)] if column.personal or column.free_text else []
    assert private == []


def test_the_manifest_says_what_lies_there_to_the_byte_and_what_each_column_means(sent):
    said = sent.manifest("platform_P2")
    listed = [*said["files"], *said["pages"]]
    assert {f["name"] for f in listed} | {"manifest.json"} == {
        p.name for p in sent.folder("platform_P2").iterdir()
    }
    for file in said["files"]:
        data = (sent.folder("platform_P2") / file["name"]).read_bytes()
        assert (file["rows"], file["bytes"], file["sha256"]) == (
            2,
            len(data),
            hashlib.sha256(data).hexdigest(),
        )
        assert (file["schema_version"], file["stale"]) == (KINDS[file["kind"]].version, False)
    rows = list(
        csv.DictReader(
            io.StringIO((sent.folder("platform_P2") / "takedown_notices.csv").read_text("utf-8-sig"))
        )
    )
    assert [c["name"] for c in said["columns"]["takedown_notices"]] == list(rows[0])
    assert all(c["zh"] and c["en"] for c in said["columns"]["takedown_notices"])
    log = sent.lake.frame(LOG)
    assert sorted(log.loc[log["recipient"] == "platform_P2", "sha256"]) == sorted(f["sha256"] for f in listed)


def test_a_spreadsheet_runs_no_cell_and_opens_the_file_as_chinese(sent):
    data = (sent.folder("buyers") / "purchase_orders_PROP-CN-2026Q3.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf") and b"'=HYPERLINK(1)" in data
    assert sent.rows("buyers", "purchase_orders")[0]["title"] == "=HYPERLINK(1)"  # JSON is read by programs


def test_who_has_got_the_same_rows_gets_nothing_and_an_emptied_list_is_news(sent):
    later = date(2026, 7, 1)
    assert sent.send(day=later) == []
    sent.night(gold__work_queue=[], gold__sampling_purchase=[])
    assert sent.send(day=later) == [
        "region_330000",
        "region_440000",
        "region_CN",
    ]  # no word to buyers: their plan stands
    assert (
        sent.rows("region_CN", "overdue_work", later) == []
        and {f["name"]: f["rows"] for f in sent.manifest("region_CN", later)["files"]}["overdue_work.csv"]
        == 0
    )
    assert sent.send(day=date(2026, 7, 2)) == []


def test_a_night_sent_again_replaces_itself(sent):
    first = sent.manifest("platform_P1")
    sent.night(gold__sampling_lifecycle=[finding("h", "P1")])
    assert sent.send() == ["platform_P1", "platform_P2"]
    assert [r["sample_id"] for r in sent.rows("platform_P1", "takedown_notices")] == ["h"]
    assert sent.rows("platform_P2", "takedown_notices") == []
    assert sent.manifest("platform_P1")["manifest_id"] != first["manifest_id"]
    assert {p.name for p in sent.outbox.glob("platform_P1/*")} == {DAY.isoformat()}
    assert sent.send() == []


def test_a_folder_that_was_damaged_on_its_day_is_written_again(sent):
    (sent.folder("region_CN") / "overdue_work.csv").write_text("half")
    assert sent.send() == ["region_CN"]
    assert "t3" in (sent.folder("region_CN") / "overdue_work.csv").read_text()


@pytest.mark.slow  # quick: test_outbox_refused begins with that day
def test_a_plans_orders_go_out_on_one_day_from_a_fortnight_before_its_quarter(desk):
    assert not {"buyers"} & set(desk.send(day=date(2026, 6, 15)))
    assert "buyers" in desk.send(day=date(2026, 6, 16))
    desk.night(
        gold__sampling_purchase=[order("L9")]
    )  # late data drew another listing: whoever bought L1 must not buy again
    assert "buyers" not in desk.send(day=date(2026, 6, 17))
    assert desk.send(day=date(2026, 6, 16)) == [
        "buyers",
        "region_CN",
    ]  # on the same day the list replaces itself, and its design
    assert [r["listing_id"] for r in desk.rows("buyers", "purchase_orders", date(2026, 6, 16))] == ["L9"]


@pytest.mark.slow
def test_without_a_plan_that_is_due_buyers_have_no_folder_and_no_one_learns_of_the_coming_one(desk):
    early, begun = date(2026, 6, 15), date(2026, 7, 1)
    assert desk.send(day=early, recipient="buyers") == []
    assert "region_CN" in desk.send(day=early)
    sent = "".join(p.read_text("utf-8-sig") for p in desk.outbox.rglob("*") if p.is_file())
    assert "t3" in sent  # the authority's other rows
    assert [w for w in ("CG-L", "PROP-CN-2026Q3", "purchase_orders", "plan_design") if w in sent] == []
    assert not (desk.outbox / "buyers").exists()
    desk.send(day=date(2026, 6, 16))
    desk.send(day=begun)
    assert {p.name for p in (desk.outbox / "buyers").iterdir()} == {
        "2026-06-16"
    }  # neither again nor taken back


def test_a_writer_that_is_killed_leaves_the_old_folder_whole(sent, monkeypatch):
    before = sent.manifest("region_CN")
    sent.night(gold__work_queue=[task("CN", "t9")])
    with monkeypatch.context() as killed:
        killed.setattr(files.os, "fsync", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            sent.send(recipient="region_CN")
    assert sent.manifest("region_CN") == before
    assert sent.send(recipient="region_CN") == ["region_CN"]
    assert [p.name for p in (sent.outbox / "region_CN").iterdir()] == [DAY.isoformat()]


def test_an_acknowledgement_that_names_the_manifest_is_its_answer(sent):
    named = sent.manifest("platform_P1")["acknowledge"]
    answers = [
        {"acknowledgement_id": "H1", "acknowledged_on": date(2026, 7, 1), "status": "received", **named},
        {"acknowledgement_id": "H2", "acknowledged_on": date(2026, 7, 3), "status": "done", **named},
    ]
    sent.night(silver__acknowledgement=answers)
    found = acknowledged(sent.lake.root).set_index("recipient")
    assert found.loc["platform_P1", ["acknowledged_on", "status", "files", "rows"]].tolist() == [
        date(2026, 7, 3),
        "done",
        2,
        1,
    ]
    assert pd.isna(found.loc["platform_P2", "status"])


def test_a_package_whose_pages_alone_are_written_anew_counts_its_rows_and_answers_once(sent):
    first = acknowledged(sent.lake.root).set_index("recipient").loc["platform_P1"]
    assert "platform_P1" in sent.send(contact="the desk")
    found = acknowledged(sent.lake.root).set_index("recipient").loc[["platform_P1"]]
    assert found.to_dict("records") == [first.to_dict()]


def test_a_stale_table_of_an_older_contract_is_sent_with_what_it_has(desk):
    old = pa.Table.from_pylist(ROWS["gold.work_queue"][2:3])  # no due day, rule or citation yet
    version = desk.lake.overwrite("gold.work_queue", old)
    night = desk.lake.arrow("ops.night").to_pylist()
    desk.lake.append("ops.night", ops.rows("ops.night", [
        row | {"version": version if row["table"] == "gold.work_queue" else row["version"], "state": "stale",
               "committed_at": datetime(2026, 6, 30, 4, tzinfo=UTC)} for row in night
    ]))  # fmt: skip
    assert "region_CN" in desk.send()
    assert [(r["subject_id"], r["citation"]) for r in desk.rows("region_CN", "overdue_work")] == [
        ("t3", None)
    ]
    stale = {f["name"]: f["stale"] for f in desk.manifest("region_CN")["files"]}
    assert stale["overdue_work.csv"] and not stale["withdrawn_tables.csv"]
    assert "gold.work_queue" in [r["name"] for r in desk.rows("region_CN", "withdrawn_tables")]


def test_an_unknown_recipient_and_a_lake_without_a_night_are_usage_errors(desk, tmp_path):
    with pytest.raises(UsageError, match="no recipient platform_X9"):
        desk.send(recipient="platform_X9")
    with pytest.raises(UsageError, match="no night"):
        send(tmp_path / "else", desk.outbox)

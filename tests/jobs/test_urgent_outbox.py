"""Urgent items in the outbox: in the right one and in no other, once, withdrawn where they no longer stand,
whole after a kill, and answered by their manifest."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from desks import CATALOG, DAY, Desk
from outbox_pages import Read

from jobs.exchange import urgent
from jobs.exchange.answers import acknowledged
from jobs.exchange.parcels import ITEMS
from jobs.exchange.urgent import LOG, sent_items, urgent_tables
from jobs.lake import ops
from jobs.lake.night import newest_snapshot
from jobs.marts.overview.queue_refused import of_refusals
from jobs.period import Period
from jobs.reports.urgent import refusals, sent_and_waiting, summary

LANDED = datetime(2026, 6, 30, 2, 0, tzinfo=UTC)


def item(name: str, recipient: str, **more: Any) -> dict[str, Any]:
    return {
        "item_id": name,
        "recipient": recipient,
        "kind": "class_a_failure",
        "roles": "platform",
        "status": "due",
        "occurred_on": date(2026, 6, 29),
        "sample_id": name,
        "reason_zh": "A类项目不合格",
        "reason_en": "a class A item failed",
        "evidence": f"silver.conclusion/{name}/first",
    } | more


HELD = item("b", "platform_P2", status="withheld", withheld_reason="not_notified")
ITEMS_OF_DAY = [item("a", "platform_P1"), item("a", "region_330000"), HELD, item("b", "region_440000")]


class Urgent(Desk):
    def night(self, rows: list[dict[str, Any]] | None = None, **changed: Any) -> Urgent:  # type: ignore[override]
        rows = ITEMS_OF_DAY if rows is None else rows
        super().night(gold__urgent_item=rows, **changed)
        return self

    def hour(self, **options: Any) -> list[str]:
        return [p.recipient for p in urgent.send_urgent(self.lake.root, self.outbox, **options)]

    def got(self, recipient: str) -> list[list[str]]:
        """Items of each urgent folder of a recipient, in order."""
        folders = sorted((self.outbox / recipient).glob("*-urgent-*"))
        return [
            [json.loads(line)["item_id"] for line in (f / "urgent_items.jsonl").read_text().splitlines()]
            for f in folders
        ]


@pytest.fixture
def desk(tmp_path: Path) -> Urgent:
    return Urgent(tmp_path).night()


def test_an_item_goes_to_its_recipients_and_to_no_other(desk):
    assert desk.hour() == ["platform_P1", "region_330000", "region_440000"]
    assert [p.parent.name for p in desk.outbox.rglob("urgent_items.jsonl")].count(
        "2026-06-30-urgent-0001"
    ) == 3
    assert (desk.got("platform_P1"), desk.got("region_440000")) == ([["a"]], [["b"]])


def test_before_the_first_night_nothing_is_sent_and_after_it_what_waited(desk):
    """Who is responsible follows from registers that only a night lands."""
    nights = desk.lake.arrow("ops.night").to_pylist()
    desk.lake.overwrite("ops.night", ops.rows("ops.night", [row | {"kind": "urgent"} for row in nights]))
    said: list[str] = []
    assert desk.hour(say=said.append) == [] and not list(desk.outbox.glob("*")) and "first night" in said[0]
    desk.lake.overwrite("ops.night", ops.rows("ops.night", nights))
    assert desk.hour() == ["platform_P1", "region_330000", "region_440000"]


def test_an_urgent_package_of_a_platform_has_a_page_with_each_item_as_a_task_and_the_log_names_it(desk):
    desk.night([*ITEMS_OF_DAY, item("a/withdrawn", "platform_P1", kind="withdrawn")])
    desk.hour()
    folder = desk.outbox / "platform_P1" / "2026-06-30-urgent-0001"
    page = Read(html := (folder / "index.html").read_text())
    assert "Nothing to list" not in html  # of reasons, of which it has none
    assert [row["item_id"] for _, row in page.rows] == ["a", "a/withdrawn"]
    assert {case for case, link in page.cases if link == "#urgent_items-1"} == {"a"}
    assert "#urgent_items-2" not in page.links  # what is taken back is nothing to do
    log = desk.lake.frame("ops.export_log")
    assert log.loc[log["op"].eq("page"), ["recipient", "file"]].values.tolist() == [
        ["platform_P1", "index.html"]
    ]
    assert not (desk.outbox / "region_330000" / folder.name / "index.html").exists()


def test_the_key_of_an_item_stands_in_its_column_alone_and_its_task_names_the_shop_or_sample(desk):
    """Tasks were numbered R/LC-1/listed; the key is for acknowledgements."""
    restricted = {"kind": "restriction_listed", "shop_id": "P1-S7", "sample_id": None, "evidence": "E"}
    failed = item("F/Y9/lead", "platform_P1", sample_id="Y9", evidence="E")
    desk.night([failed, item("R/LC-1/listed", "platform_P1", **restricted)])
    desk.hour()
    html = (desk.outbox / "platform_P1" / "2026-06-30-urgent-0001" / "index.html").read_text()
    text = re.sub("<[^>]*>", " ", html.split('id="answer"')[0])  # an example there acknowledges an item
    assert [text.count(key) for key in ("R/LC-1/listed", "F/Y9/lead")] == [1, 1]
    assert {"Y9", "网店P1-S7", "shop P1-S7"} <= {case for case, _ in Read(html).cases}


def test_what_is_withheld_leaves_no_trace_until_it_is_due_and_goes_then(desk):
    desk.hour()
    assert not (desk.outbox / "platform_P2").exists()
    desk.night([*ITEMS_OF_DAY[:2], item("b", "platform_P2"), ITEMS_OF_DAY[3]])
    assert desk.hour() == ["platform_P2"]


def test_a_second_hour_and_the_night_send_nothing_again_and_a_night_before_leaves_nothing_to_the_hour(desk):
    desk.hour()
    assert desk.hour() == []
    desk.send(day=DAY)
    assert desk.hour() == []
    assert desk.send(day=DAY) == []  # the log of urgent packages is not the night's
    assert desk.got("platform_P1") == [["a"]]


def test_a_new_item_makes_a_new_folder_and_leaves_the_old_one(desk):
    desk.hour()
    desk.night([*ITEMS_OF_DAY, item("c", "platform_P1")])
    assert desk.hour(day=DAY + timedelta(days=1)) == ["platform_P1"]
    assert desk.got("platform_P1") == [["a"], ["c"]]
    assert (desk.outbox / "platform_P1" / "2026-07-01-urgent-0002").is_dir()


def test_a_folder_that_its_recipient_took_away_is_not_made_again(desk):
    desk.hour()
    for path in sorted((desk.outbox / "platform_P1").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    assert desk.hour() == []


def test_an_item_that_no_longer_stands_is_withdrawn_once_and_sent_again_if_it_comes_back(desk):
    desk.hour()
    desk.night(ITEMS_OF_DAY[1:])
    assert desk.hour() == ["platform_P1"]
    assert desk.got("platform_P1") == [["a"], ["a/withdrawn"]]
    assert desk.hour() == []
    desk.night()
    assert desk.hour() == ["platform_P1"] and desk.hour() == []
    assert desk.got("platform_P1") == [["a"], ["a/withdrawn"], ["a"]]


def test_an_item_that_only_grew_old_or_whose_table_is_stale_is_not_withdrawn(desk):
    old = item("o", "platform_P1", occurred_on=DAY - timedelta(days=90))
    desk.night([*ITEMS_OF_DAY, old]).hour()
    desk.night()
    assert desk.hour() == []
    desk.night([])
    rows = desk.lake.arrow("ops.night").to_pylist()
    newest = max(r["committed_at"] for r in rows)
    for row in rows:
        if row["committed_at"] == newest and row["table"] == "gold.urgent_item":
            row["state"] = "stale"
    desk.lake.overwrite("ops.night", ops.rows("ops.night", rows))
    assert desk.hour() == []


@pytest.mark.drill(fault="killed between outbox and log", invariant="each item once, as in a clean run")
@pytest.mark.parametrize("lost", [LOG, "ops.export_log"])
def test_a_run_killed_before_it_wrote_down_what_it_sent_sends_nothing_twice(desk, monkeypatch, lost):
    append = type(desk.lake).append

    def killed(lake, table, rows):
        if table == lost:
            raise KeyboardInterrupt
        return append(lake, table, rows)

    monkeypatch.setattr(type(desk.lake), "append", killed)
    with pytest.raises(KeyboardInterrupt):
        desk.hour()
    monkeypatch.undo()
    assert desk.hour() == []
    assert (desk.got("platform_P1"), desk.got("region_440000")) == ([["a"]], [["b"]])
    log = sent_items(desk.lake)
    assert len(log) == 3 and log["manifest_id"].nunique() == 3
    assert len(acknowledged(desk.lake.root)) == 3


@pytest.mark.drill(fault="killed among the folders", invariant="each item once, as in a clean run")
def test_a_run_killed_after_the_first_folder_sends_the_rest_and_not_the_first_again(desk, monkeypatch):
    put, count = urgent.put, []

    def killed(root, package):
        if count:
            raise KeyboardInterrupt
        count.append(1)
        return put(root, package)

    monkeypatch.setattr(urgent, "put", killed)
    with pytest.raises(KeyboardInterrupt):
        desk.hour()
    monkeypatch.undo()
    assert desk.hour() == ["region_330000", "region_440000"]
    assert desk.got("platform_P1") == [["a"]]


def test_the_log_says_how_many_minutes_passed_since_the_last_file_of_the_evidence_landed(desk):
    early = {"load_key": "k1", "target": "conclusion", "status": "landed", "recorded_at": LANDED}
    late = early | {"load_key": "k2", "recorded_at": datetime.now(UTC) - timedelta(minutes=7)}
    desk.lake.append("ops.ingest_file", ops.rows("ops.ingest_file", [early, late]))
    concluded = [
        {"sample_id": "a", "stage": "first", "_load_key": "k1"},
        {"sample_id": "b", "stage": "first", "_load_key": "k2"},
    ]
    both = "silver.conclusion/a/first; silver.conclusion/b/first"
    desk.night(
        [item("a", "platform_P1"), item("x", "platform_P1", evidence=both), item("u", "platform_P2")],
        silver__conclusion=concluded,
    ).hour()
    log = sent_items(desk.lake).set_index("item_id")
    assert log.loc["a", "landed_at"] == LANDED and log.loc["a", "minutes"] > 60
    assert 7 <= log.loc["x", "minutes"] < 9
    assert log.loc[["u"], "landed_at"].isna().all() and log.loc[["u"], "minutes"].isna().all()


def test_a_sign_that_ends_a_line_within_a_name_parts_no_item(desk):
    names = ["锅\u2028盖", "a\u0085b", "plain"]
    rows = [item(f"i{n}", "platform_P1", product_name=name) for n, name in enumerate(names)]
    assert desk.night(rows).hour() == ["platform_P1"] and desk.hour() == []
    assert sent_items(desk.lake)["item_id"].tolist() == ["i0", "i1", "i2"]


def refusal(manifest: str, note: str | None = "columns are missing", **more: Any) -> dict[str, Any]:
    answer = {"acknowledgement_id": manifest, "acknowledged_on": DAY, "recipient": "P1", "item_id": manifest}
    return answer | {"status": "refused", "note": note} | more


def last_manifest(desk: Urgent, recipient: str) -> str:
    log = sent_items(desk.lake)
    return str(log.loc[log["recipient"] == recipient, "manifest_id"].iloc[-1])


@pytest.mark.slow  # quick: the next one sends as often
def test_a_refused_package_is_sent_again_three_times_with_the_reason_in_the_log_and_then_no_more(desk):
    desk.hour()
    answers: list[dict[str, Any]] = []
    for time in (1, 2, 3):
        answers.append(refusal(last_manifest(desk, "platform_P1"), f"reason {time}"))
        desk.night(silver__acknowledgement=answers)
        assert desk.hour() == ["platform_P1"] and desk.hour() == []
        newest = sent_items(desk.lake).iloc[-1]
        assert (newest["refusals"], newest["refusal_reason"]) == (time, f"reason {time}")
        assert newest["minutes"] != newest["minutes"]  # its evidence landed long ago: not late
    answers.append(refusal(last_manifest(desk, "platform_P1")))
    desk.night(silver__acknowledgement=answers)
    assert desk.hour() == []
    assert desk.got("platform_P1") == [["a"]] * 4 and desk.got("region_330000") == [["a"]]


@pytest.mark.slow  # quick: what was refused and taken since
def test_a_package_refused_after_three_more_sendings_is_a_task_of_the_nation_until_it_is_taken(desk):
    desk.hour()
    answers: list[dict[str, Any]] = []
    for time in (1, 2, 3, 4):
        answers.append(refusal(manifest := last_manifest(desk, "platform_P1")))
        found = of_refusals(pd.DataFrame(answers), Period(DAY))
        assert len(found) == (time == 4)
        desk.night(silver__acknowledgement=answers).hour()
    columns = ["office_type", "office_code", "task", "subject_id", "platform_code"]
    assert found[columns].to_numpy().tolist() == [["authority", "CN", "settle_refusal", manifest, "P1"]]
    taken = refusal(manifest, acknowledgement_id="z", status="received")
    assert of_refusals(pd.DataFrame([*answers, taken]), Period(DAY)).empty


def test_what_another_than_its_recipient_says_of_an_urgent_package_counts_nowhere(desk):
    desk.hour()
    manifest = last_manifest(desk, "platform_P1")
    answers = [
        refusal(manifest, recipient="P2"),
        refusal(manifest, acknowledgement_id="z", recipient=None, recipient_code="region_330000"),
    ]
    desk.night(silver__acknowledgement=answers)
    assert desk.hour() == []
    assert sent_and_waiting(newest_snapshot(desk.lake))["status"].isna().all()
    again = [a | {"item_id": manifest.replace("-U0001-", "-U0004R3-")} for a in answers]
    assert of_refusals(pd.DataFrame(again), Period(DAY)).empty


def test_what_was_refused_and_taken_since_or_is_no_longer_due_is_not_sent_again(desk):
    desk.hour()
    first = refusal(last_manifest(desk, "platform_P1"))
    taken = first | {"acknowledgement_id": "z", "status": "received", "note": None}
    desk.night(silver__acknowledgement=[first, taken])
    assert desk.hour() == []
    desk.night(
        [item("a", "platform_P1", status="withheld"), *ITEMS_OF_DAY[1:]], silver__acknowledgement=[first]
    )
    assert desk.hour() == []


@pytest.mark.slow  # quick: what was refused and taken since
def test_a_refused_notice_of_withdrawal_is_sent_again_unless_the_item_came_back(desk):
    desk.hour()
    desk.night(ITEMS_OF_DAY[1:]).hour()
    answer = [refusal(last_manifest(desk, "platform_P1"))]
    desk.night(ITEMS_OF_DAY[1:], silver__acknowledgement=answer)
    assert desk.hour() == ["platform_P1"] and desk.hour() == []
    assert desk.got("platform_P1") == [["a"], ["a/withdrawn"], ["a/withdrawn"]]
    desk.night(silver__acknowledgement=[refusal(last_manifest(desk, "platform_P1"))])
    assert desk.hour() == ["platform_P1"]
    assert desk.got("platform_P1")[-1] == ["a"]


def following(desk: Urgent) -> list[tuple[str, str]]:
    """What the site says of refused packages."""
    return [(r["recipient"], r["next"]) for r in refusals(sent_and_waiting(newest_snapshot(desk.lake)))]


def test_the_site_says_of_a_refusal_what_the_next_urgent_run_does(desk):
    desk.hour()
    answer = [refusal(last_manifest(desk, "platform_P1"))]
    withheld = [item("a", "platform_P1", status="withheld"), *ITEMS_OF_DAY[1:]]
    desk.night(withheld, silver__acknowledgement=answer)
    assert following(desk) == [("platform_P1", "over")] and desk.hour() == []
    every = summary(sent_and_waiting(newest_snapshot(desk.lake)), DAY)[-1]
    assert (every.refused, every.over, every.bad) == (1, 1, False)
    desk.night(silver__acknowledgement=answer)
    assert following(desk) == [("platform_P1", "resent")] and desk.hour() == ["platform_P1"]


@pytest.mark.slow  # quick: the test before, of a refused item
def test_the_site_says_of_a_refused_notice_of_withdrawal_whether_it_is_sent_again(desk):
    desk.hour()
    desk.night(ITEMS_OF_DAY[1:]).hour()
    answer = [refusal(last_manifest(desk, "platform_P1"))]
    desk.night(ITEMS_OF_DAY[1:], silver__acknowledgement=answer)
    assert following(desk) == [("platform_P1", "resent")]
    desk.night(silver__acknowledgement=answer)  # the item is due again, and is sent itself
    assert following(desk) == [("platform_P1", "over")]
    assert desk.hour() == ["platform_P1"] and desk.got("platform_P1")[-1] == ["a"]


@pytest.mark.drill(fault="killed between outbox and log", invariant="each item once, as in a clean run")
def test_a_run_killed_before_it_wrote_down_what_it_sent_again_does_not_send_it_twice(desk, monkeypatch):
    desk.hour()
    desk.night(silver__acknowledgement=[refusal(last_manifest(desk, "platform_P1"))])

    def killed(lake, table, rows):
        raise KeyboardInterrupt

    monkeypatch.setattr(type(desk.lake), "append", killed)
    with pytest.raises(KeyboardInterrupt):
        desk.hour()
    monkeypatch.undo()
    assert desk.hour() == []
    newest = sent_items(desk.lake).iloc[-1]
    assert (newest["refusals"], newest["refusal_reason"]) == (1, "columns are missing")
    assert desk.got("platform_P1") == [["a"], ["a"]]


def test_the_manifest_says_what_lies_there_and_what_each_column_means(desk):
    desk.hour()
    said = json.loads(
        (desk.outbox / "region_330000" / "2026-06-30-urgent-0001" / "manifest.json").read_text()
    )
    assert {f["name"]: f["rows"] for f in said["files"]} == {"urgent_items.csv": 1, "urgent_items.jsonl": 1}
    assert all(c["zh"] and c["en"] for c in said["columns"]["urgent_items"])


def test_another_gold_table_joins_by_its_tag_and_no_item_names_a_person():
    contract = CATALOG.contracts["gold.urgent_item"]
    other = {"gold.other_item": replace(contract, id="gold.other_item")}
    untagged = {"gold.third_item": replace(contract, id="gold.third_item", tags=())}
    assert urgent_tables(CATALOG) == ["gold.urgent_item"]
    joined = replace(CATALOG, contracts={**CATALOG.contracts, **other, **untagged})
    assert urgent_tables(joined) == ["gold.other_item", "gold.urgent_item"]
    assert {c for c in ITEMS.columns if c.endswith(("_ref", "_name"))} == {"product_name", "item_name"}


@pytest.mark.slow
def test_urgent_packages_are_none_of_the_nightly_ones_whose_emptied_list_is_still_sent(desk):
    """Their pages stand in the log as those of nightly packages do."""
    before, later = date(2026, 6, 29), date(2026, 7, 1)
    assert "platform_P1" in desk.send(day=before)
    assert desk.hour(day=DAY) and (desk.folder("platform_P1", before) / "index.html").exists()
    desk.night(gold__enforcement_lead=[], gold__sampling_lifecycle=[], gold__sampling_purchase=[])
    assert "platform_P1" in desk.send(day=later)
    first, second = (desk.manifest("platform_P1", day) for day in (before, later))
    assert (second["number"], second["follows"]) == (first["number"] + 1, first["manifest_id"])

"""What recipients answer to urgent folders and to single items of them."""

from __future__ import annotations

import json
from pathlib import Path

from desks import DAY
from test_urgent_outbox import ITEMS_OF_DAY, Urgent, item, sent_items

from jobs.exchange.answers import acknowledged


def test_answers_to_single_items_of_an_urgent_folder_are_counted_for_who_gave_them(tmp_path: Path) -> None:
    items = [*ITEMS_OF_DAY, item("c", "platform_P1")]
    desk = Urgent(tmp_path).night(items)
    desk.hour()
    given = {"acknowledged_on": DAY, "recipient_code": "platform_P1"}
    answers = [
        given | {"acknowledgement_id": "q1", "item_id": "a", "status": "done"},
        given | {"acknowledgement_id": "q2", "item_id": "c", "status": "refused"},
    ]
    desk.night(items, silver__acknowledgement=answers)
    found = acknowledged(desk.lake.root).set_index("recipient")
    counted = found[["items_received", "items_done", "items_refused"]]
    assert counted.loc["platform_P1"].tolist() == [0, 1, 1]
    assert counted.drop("platform_P1").to_numpy().sum() == 0  # region_330000 was sent item a, too
    assert found["status"].isna().all() and desk.hour() == []  # a refused item is not sent again by itself


def test_an_acknowledgement_that_names_the_manifest_of_an_urgent_folder_is_its_answer(tmp_path: Path) -> None:
    desk = Urgent(tmp_path).night()
    desk.hour()
    log = sent_items(desk.lake)
    manifest = log.loc[log["recipient"] == "platform_P1", "manifest_id"].iloc[0]
    said = json.loads((desk.outbox / "platform_P1" / "2026-06-30-urgent-0001" / "manifest.json").read_text())
    assert said["acknowledge"] == {
        "recipient_code": "platform_P1",
        "item_kind": "manifest",
        "item_id": manifest,
    }
    answer = {"acknowledgement_id": "q", "acknowledged_on": DAY, "recipient": "P1", "item_id": manifest}
    desk.night(silver__acknowledgement=[answer | {"status": "received"}])
    found = acknowledged(desk.lake.root).set_index("manifest_id")
    assert found.loc[manifest, "status"] == "received" and found["status"].notna().sum() == 1

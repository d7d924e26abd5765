"""Brands, enterprises and clusters in the outbox, night after night."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import date
from pathlib import Path

from desks import Desk, hop

import jobs.exchange
from jobs.exchange.contents import KINDS
from jobs.exchange.kinds import Kind
from jobs.exchange.parcels import ITEMS

CODE, LATER = "91330782Y37037162X", date(2026, 7, 1)
PARTIES = {
    "silver__brand": [{"brand_id": "B1"}, {"brand_id": "B2"}],
    "silver__industrial_cluster": [{"cluster_code": "K1"}],
    "silver__enterprise": [{"enterprise_id": CODE}],
    "gold__counterfeit_case": [
        {"report_id": "JD-1", "brand_id": "B1"},
        {"report_id": "JD-2", "brand_id": "B2"},
    ],
    "gold__cluster_report": [{"dimension_code": "K1", "item": "exposure_rate"}],
    "gold__source_trace": [hop("a", "producer", CODE) | {"link_kind": "deterministic"}],
    "gold__sampling_lifecycle": [
        {
            "sample_id": "a",
            "outcome": "nonconforming",
            "result_notified_on": date(2026, 6, 1),
            "category_code": "TY",
        }
    ],
    "silver__test_result": [{"sample_id": "a", "item_code": "C02", "lab_verdict": "nonconforming"}],
}


def test_each_party_gets_its_own_rows_and_nothing_again_on_the_next_night(tmp_path: Path) -> None:
    desk = Desk(tmp_path).night(**PARTIES)
    assert {"brand_B1", "brand_B2", "cluster_K1", f"enterprise_{CODE}"} <= set(desk.send())
    assert [row["report_id"] for row in desk.rows("brand_B1", "counterfeit_cases")] == ["JD-1"]
    assert [row["item_code"] for row in desk.rows(f"enterprise_{CODE}", "failing_items")] == ["C02"]
    assert desk.night(**PARTIES).send(day=LATER) == []


def test_a_party_that_has_nothing_any_more_gets_an_empty_list_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path).night(**PARTIES)
    desk.send()
    desk.night(
        **{**PARTIES, "gold__counterfeit_case": [], "gold__cluster_report": [], "silver__test_result": []}
    )
    assert set(desk.send(day=LATER)) == {"brand_B1", "brand_B2", "cluster_K1", f"enterprise_{CODE}"}
    files = desk.manifest("brand_B1", LATER)["files"]
    assert {file["rows"] for file in files if file["op"] == "upsert"} == {0}
    assert desk.send(day=LATER) == []


def test_every_kind_of_file_is_known_when_the_next_night_asks_what_was_sent() -> None:
    """A kind that `KINDS` lacks is found by no test of one night: the second one stops on it."""
    found = {
        value.name
        for module in pkgutil.iter_modules(jobs.exchange.__path__)
        for value in vars(importlib.import_module(f"jobs.exchange.{module.name}")).values()
        if isinstance(value, Kind)
    }
    assert len(found) > 10 and found - {ITEMS.name} == set(KINDS)

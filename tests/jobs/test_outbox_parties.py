"""Brands, enterprises and clusters in the outbox, night after night."""

from __future__ import annotations

import importlib
import pkgutil
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
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
OURS, THEIRS = {"_jurisdiction": "CN"}, {"_jurisdiction": "US"}


def batch(sample: str, maker: str) -> dict[str, list[dict[str, Any]]]:
    """A notified failing batch with brand, maker, cluster and laboratory called after the sample."""
    sure = {"link_kind": "deterministic"}
    cluster = hop(sample, "producer", f"K-{sample}") | sure | {"hop": "cluster"}
    return {
        "silver__brand": [
            {"brand_id": f"B-{sample}", "name_zh": f"牌{sample}", "category_codes": ["TY01"], **OURS}
        ],
        "silver__industrial_cluster": [{"cluster_code": f"K-{sample}"}],
        "silver__enterprise": [{"enterprise_id": maker}],
        "silver__lab": [{"lab_id": f"L-{sample}"}],
        "silver__sample": [
            {
                "sample_id": sample,
                "brand": f"牌{sample}",
                "category_code": "TY01",
                "lab_id": f"L-{sample}",
                "purchased_on": date(2026, 4, 13),
                "seller_name": f"张{sample}",
                "producer_name": f"李{sample}",
                **OURS,
            }
        ],
        "gold__source_trace": [hop(sample, "producer", maker) | sure, cluster],
        "gold__sampling_lifecycle": [
            {"sample_id": sample, "outcome": "nonconforming", "result_notified_on": date(2026, 6, 1)}
        ],
        "silver__test_result": [
            {"sample_id": sample, "item_code": f"C-{sample}", "lab_verdict": "nonconforming", **OURS}
        ],
    }


def test_no_party_sees_a_failing_item_of_another_nor_seller_maker_or_day_of_purchase(tmp_path: Path) -> None:
    one, two = batch("x1", CODE), batch("x2", "91440115Y12345678A")
    desk = Desk(tmp_path).night(**{table: one[table] + two[table] for table in one})
    desk.send()
    for sample, maker in (("x1", CODE), ("x2", "91440115Y12345678A")):
        other = {"x1": "x2", "x2": "x1"}[sample]
        for party in (f"brand_B-{sample}", f"cluster_K-{sample}", f"enterprise_{maker}", f"lab_L-{sample}"):
            text = "".join(p.read_text("utf-8-sig") for p in desk.folder(party).iterdir())
            text = re.sub("sha256-[^&]*", "", text)  # of the page's script: it may have any letters
            assert f"C-{sample}" in text, party
            held = [w for w in (other, f"张{sample}", f"李{sample}", "2026-04-13") if w in text]
            assert held == [], party
    labs = desk.folder("lab_L-x1")
    assert (labs / "failing_tests.csv").is_file() and not (labs / "failing_items.csv").exists()
    assert "牌x1" not in (labs / "failing_tests.csv").read_text("utf-8-sig")


@pytest.mark.parametrize(
    "table",
    [
        "silver__brand",
        *(pytest.param(t, marks=pytest.mark.slow) for t in ("silver__sample", "silver__test_result")),
    ],
)
def test_what_another_jurisdiction_files_reaches_no_brand(tmp_path: Path, table: str) -> None:
    rows = batch("x1", CODE)
    theirs = rows | {table: [row | THEIRS for row in rows[table]]}
    assert "brand_B-x1" in Desk(tmp_path / "ours").night(**rows).send()
    assert "brand_B-x1" not in Desk(tmp_path / "theirs").night(**theirs).send()


def test_each_party_gets_its_own_rows_and_nothing_again_on_the_next_night(tmp_path: Path) -> None:
    desk = Desk(tmp_path).night(**PARTIES)
    assert {"brand_B1", "brand_B2", "cluster_K1", f"enterprise_{CODE}"} <= set(desk.send())
    assert [row["report_id"] for row in desk.rows("brand_B1", "counterfeit_cases")] == ["JD-1"]
    assert [row["item_code"] for row in desk.rows(f"enterprise_{CODE}", "failing_items")] == ["C02"]
    assert desk.night(**PARTIES).send(day=LATER) == []


@pytest.mark.slow  # quick: test_outbox, of an emptied list
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

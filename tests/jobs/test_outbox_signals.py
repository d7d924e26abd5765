"""Leads that no region has taken go to the nation's authority, and signals to those who look into them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from desks import Desk, lead, task

PLATFORM, BRAND = "platform_category/P1/TY/2026-06-15", "brand/JIA/2026-06-15"
CONFIRMED, PAIR = "platform_category/P2/CL/2026-05-04", "category_hazard/TY/fire/2026-06-15"


def signal(name: str, **more: Any) -> dict[str, Any]:
    kind, rest = name.split("/", 1)
    code, opened = rest.rsplit("/", 1)
    about = {"key_type": kind, "key_code": code, "opened_on": date.fromisoformat(opened), "state": "open"}
    return about | {"reasons": ["ears_c1_complaint"]} | more


def look(office: str, name: str, **more: Any) -> dict[str, Any]:
    return task(office, name, subject_type="signal", task="look_into_signal", status="running", **more)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    own = {"office_type": "platform", "province_code": None}
    queue = [
        look("330106", PLATFORM),
        look("440000", BRAND),
        look("CN", PAIR),
        look("P2", CONFIRMED, **own),
        look("P9", CONFIRMED, **own),  # no platform that takes part
    ]
    signals = [
        signal(PLATFORM, platform_code="P1"),
        signal(BRAND, brand="JIA"),
        signal(PAIR, category_code="TY", hazard_code="fire"),
        signal(CONFIRMED, platform_code="P2", state="confirmed"),
    ]
    leads = [
        lead("v1", "330000"),
        lead("v5", "440000", state="returned"),
        lead("v4", None, state="unassigned"),
    ]
    return Desk(tmp_path).night(
        gold__work_queue=queue, gold__risk_signal=signals, gold__enforcement_lead=leads
    )


def test_each_signal_goes_to_who_looks_into_it_and_to_no_other(desk: Desk) -> None:
    desk.send()
    got = {
        folder.name: [r["signal_id"] for r in desk.rows(folder.name, "signals_to_look_into")]
        for folder in desk.outbox.iterdir()
        if (desk.folder(folder.name) / "signals_to_look_into.csv").exists()
    }
    assert got == {
        "region_330000": [PLATFORM],
        "region_440000": [BRAND],
        "region_CN": [PAIR],
        "platform_P2": [CONFIRMED],
    }
    held = {p.parts[-3] for p in desk.outbox.rglob("*") if p.is_file() and PLATFORM in p.read_text()}
    assert held == {"region_330000"}, "nor does the platform hear of it otherwise"
    (row,) = desk.rows("platform_P2", "signals_to_look_into")
    assert (row["state"], row["platform_code"], row["reasons"]) == ("confirmed", "P2", "ears_c1_complaint")
    assert not any("targeted" in name or "random" in name for name in row), "what is sampled is not said"


def test_a_returned_lead_goes_no_longer_to_the_province_that_refused_it_but_to_the_nation(desk: Desk) -> None:
    desk.send()
    assert [r["lead_id"] for r in desk.rows("region_CN", "leads_to_assign")] == ["XS-J-v4", "XS-J-v5"]
    held = {p.parts[-3] for p in desk.outbox.rglob("*") if p.is_file() and "XS-J-v5" in p.read_text()}
    assert held == {"region_CN"}

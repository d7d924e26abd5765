"""Packages of many recipients are made by several processes; what they hold is the same."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
from desks import DAY, ROWS, Desk

from jobs.exchange import sending
from jobs.exchange.post import Packages
from jobs.lake.tables import Lake

NEXT = date(2026, 7, 1)
TRADE = {
    "gold__commerce_confidential": [
        {
            "period_start": date(2026, 3, 1),
            "period_type": "month",
            "dimension_type": "platform",
            "dimension_code": "P1",
            "n_enterprises": 10,
            "n_orders": 4_321,
            "units_sold": 8_642,
            "confidential": False,
        }
    ]
}


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes, however few recipients there are."""
    monkeypatch.setattr(sending, "FEWEST_BESIDE", 0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1})


def contents(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def logged(desk: Desk) -> list[dict[str, object]]:
    rows = Lake(desk.lake.root).frame("ops.export_log").drop(columns="sent_at")
    return rows.sort_values(["date", "recipient", "file"]).astype(str).to_dict("records")


def nights(root: Path, before: Desk) -> Desk:
    """Two nights of one desk; in the second one a finding of P1 is gone and P2 has all that it had."""
    desk = before.copied(root)
    left = [row for row in ROWS["gold.sampling_lifecycle"] if row["sample_id"] != "a"]
    desk.night(**TRADE, gold__sampling_lifecycle=left)
    desk.send(day=NEXT)
    return desk


@pytest.mark.slow
def test_packages_made_by_several_processes_have_the_same_bytes_and_log(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    first = Desk(tmp_path / "first").night(**TRADE)
    first.send()
    alone = nights(tmp_path / "alone", first)
    request.getfixturevalue("beside")
    several = nights(tmp_path / "several", first)
    assert contents(several.outbox) == contents(alone.outbox)
    assert logged(several) == logged(alone)
    assert alone.gone("platform_P1", "takedown_notices", NEXT)
    assert not alone.folder("platform_P2", NEXT).exists()


def test_a_package_with_figures_of_trade_is_made_by_the_process_that_holds_the_lake(
    tmp_path: Path, beside: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    here: list[str] = []
    made = Packages.__call__

    def noted(self: Packages, number: int) -> object:
        here.append(self.parcels[number][0])
        return made(self, number)

    monkeypatch.setattr(Packages, "__call__", noted)
    monkeypatch.setattr(sending, "side_by_side", lambda *_, **__: [])
    assert Desk(tmp_path).night(**TRADE).send() == ["commerce"] == here


@pytest.mark.slow
def test_what_goes_wrong_in_another_process_is_raised_and_nothing_is_logged(
    tmp_path: Path, beside: None
) -> None:
    desk = Desk(tmp_path).night()
    blocked = desk.outbox / "region_CN"  # the last recipient, with which the other process begins
    blocked.parent.mkdir(parents=True)
    blocked.write_text("a file where its folder should be")
    with pytest.raises(OSError, match="region_CN"):
        desk.send()
    assert not desk.lake.exists("ops.export_log")
    blocked.unlink()
    assert "region_CN" in desk.send(day=DAY)

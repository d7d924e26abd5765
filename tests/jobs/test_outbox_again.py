"""The same night sent again: nothing is done unless the code that makes the rows, or a folder, is another."""

from __future__ import annotations

from pathlib import Path

import pytest
from desks import Desk

from jobs.exchange import sending


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path).night()


@pytest.mark.parametrize(
    ("file", "made"),
    [
        ("jobs/exchange/parcels.py", True),
        ("jobs/marts/sampling/outcomes.py", True),
        ("schemas/gold/sampling_lifecycle.odcs.yaml", True),
        ("jobs/reports/site.py", False),
        ("jobs/marts/sampling/sampling_lifecycle.py", False),
    ],
)
def test_an_edit_has_the_rows_made_again_where_they_are_made_by_the_file_and_equal_rows_are_not_sent(
    desk, edit, monkeypatch, file, made
):
    desk.send()
    packages: list[str] = []
    packed = sending.packed
    monkeypatch.setattr(sending, "packed", lambda *a, **b: packages.append("one") or packed(*a, **b))
    assert desk.send() == [] and packages == []
    edit(file)
    assert desk.send() == [] and bool(packages) is made


def test_after_one_recipient_was_sent_to_the_others_still_get_theirs(desk):
    desk.send(recipient="platform_P1")
    assert "platform_P2" in desk.send() and desk.send() == []
    (desk.folder("platform_P2") / "takedown_notices.csv").unlink()
    assert desk.send() == ["platform_P2"]

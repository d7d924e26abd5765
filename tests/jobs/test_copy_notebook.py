"""The notebook that keeps a platform's copy: its code, run over a tiny lake, ends with the lake's part."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from desks import Desk

from jobs.environment import REPOSITORY

pytestmark = pytest.mark.slow  # test_outbox_copy holds the same of the copy itself

NOTEBOOK = REPOSITORY / "notebooks" / "regulators" / "keeping_a_copy.ipynb"
ROWS: dict[str, list[dict[str, Any]]] = {
    "gold__standard_citation": [
        {"listing_id": f"L{n}", "number": "GB1-2014", "platform_code": "P1", "status": "superseded"}
        for n in range(20)
    ]
    + [{"listing_id": "L-other", "number": "GB1-2014", "platform_code": "P2", "status": "superseded"}],
    "gold__joint_restriction": [
        {
            "notice_id": f"LC-D1-S{n}",
            "basis": "dishonesty_entry",
            "basis_id": "D1",
            "shop_id": f"S{n}",
            "platform_code": "P1",
            "operator_id": "91330782Y37037162X",
            "state": "in_effect" if n else "repaired",
            "starts_on": date(2026, 6, 1),
        }
        for n in range(5)
    ],
}


def run(lake: Path) -> dict[str, Any]:
    """The notebook's cells one after the other, with ``lake`` as its parameter; what they leave behind."""
    left: dict[str, Any] = {}
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), NOTEBOOK.name, "exec"), left)
            if "parameters" in cell["metadata"].get("tags", []):
                left["lake"] = str(lake)
    return left


@pytest.fixture(scope="module")
def left(tmp_path_factory) -> dict[str, Any]:
    return run(Desk(tmp_path_factory.mktemp("desk")).night(**ROWS).lake.root)


def test_after_ten_nights_with_a_lost_a_doubled_and_a_late_package_the_copy_is_the_lakes_part(left) -> None:
    assert [step["package"] for step in left["course"]] == [
        *["applied"] * 5,
        "old",
        *["applied"] * 2,
        "old",
        "applied",
    ]
    assert left["copy"].lost == [4]
    rows = left["copy"].rows
    assert set(rows["standard_corrections"]) == {(f"L{n}", "GB1-2014") for n in range(20)}
    assert set(rows["restricted_operators"]) == {(f"LC-D1-S{n}",) for n in range(1, 5)}


def test_on_its_way_the_copy_held_fewer_rows_so_that_ten_nights_differ(left) -> None:
    assert len({step["rows"] for step in left["course"]}) > 1
    assert len({answer["item_id"] for answer in left["copy"].answers}) == 9

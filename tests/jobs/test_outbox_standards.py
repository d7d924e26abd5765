"""Each platform gets the listings whose citation it is to see corrected, and no other's."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from desks import Desk


def citation(listing: str, platform: str, **more: Any) -> dict[str, Any]:
    return {
        "listing_id": listing,
        "number": "GB1-2014",
        "platform_code": platform,
        "shop_id": "S1",
        "category_code": "TY01",
        "province_code": "330000",
        "cited_text": "GB 1-2014",
        "standard_no": "GB 1-2014",
        "status": "superseded",
        "nature": "mandatory",
        "since": date(2026, 4, 15),
        "current_no": ["GB 1-2026", "GB 2-2026"],
        "listed_on": date(2026, 5, 1),
        "while_valid": False,
    } | more


def test_a_platform_gets_its_own_citations_with_what_stands_in_their_place(tmp_path: Path) -> None:
    listed = [citation("C-2", "P1"), citation("C-1", "P1", current_no=None), citation("C-9", "P2")]
    listed.append(citation("C-7", "unknown"))
    desk = Desk(tmp_path).night(gold__standard_citation=listed)
    desk.send()
    mine = desk.rows("platform_P1", "standard_corrections")
    assert [(r["listing_id"], r["current_no"]) for r in mine] == [
        ("C-1", None),
        ("C-2", "GB 1-2026；GB 2-2026"),
    ]
    assert mine[0]["since"] == "2026-04-15" and mine[0]["while_valid"] is False
    held = {p.name: "".join(f.read_text() for f in p.rglob("*.jsonl")) for p in desk.outbox.glob("*_*")}
    assert [name for name, text in sorted(held.items()) if "C-9" in text] == ["platform_P2"]
    assert not any("C-7" in text for text in held.values()), "of no known platform"


@pytest.mark.slow
def test_once_all_is_corrected_the_platform_gets_an_empty_list(tmp_path: Path) -> None:
    desk = Desk(tmp_path).night(gold__standard_citation=[citation("C-1", "P1")])
    desk.send()
    desk.night(gold__standard_citation=[]).send(day=date(2026, 7, 1))
    assert desk.rows("platform_P1", "standard_corrections", date(2026, 7, 1)) == []
    files = desk.manifest("platform_P1", date(2026, 7, 1))["files"]
    files = {f["kind"]: f["rows"] for f in files if f["op"] == "upsert"}
    assert files["standard_corrections"] == 0

"""No outbox holds a foreign row, a result that its parties do not know, a coming plan or what is made of a
person's identity; the search finds each once it is put there."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from desks import ROWS, Desk, finding, hop, lead
from leaks import leaks
from outbox_search import early, foreign, persons, planned

from jobs.lake.night import Snapshot, newest_snapshot

LIFE = [
    *ROWS["gold.sampling_lifecycle"],
    finding("q", "P1", takedown_ordered_on=None),  # failed, and no one has been notified
    finding("n", "P1", takedown_ordered_on=None, result_notified_on=date(2026, 6, 3)),
]
PERSON = "N-c13f8338afac1d6528ae83f8"
PERSONAL = pd.DataFrame({"kind": ["phone"], "value": ["13800138000"]})


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("search") / "desk").night(
        gold__sampling_lifecycle=LIFE,
        silver__sample=[*ROWS["silver.sample"], {"sample_id": "q"}, {"sample_id": "n"}],
        gold__bulletin=[{"sample_id": "q", "disclosure": "pending"}],
        silver__shop=[{"shop_id": "S-a", "platform_code": "P1"}, {"shop_id": "S-b", "platform_code": "P2"}],
        silver__platform=[{"platform_code": "P1", "kind": "cross_border"}, {"platform_code": "P2"}],
    )
    desk.send()
    return desk


@pytest.fixture
def sent(desk: Desk, tmp_path: Path) -> tuple[Snapshot, Path]:
    """The night, and a copy of its outbox that a test may change."""
    return newest_snapshot(desk.lake), shutil.copytree(desk.outbox, tmp_path / "outbox")


def put(outbox: Path, recipient: str, file: str, row: dict[str, Any]) -> None:
    folder = outbox / recipient / "2026-06-30"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / file).open("a", encoding="utf-8") as out:
        out.write(json.dumps(row) + "\n")


def test_nothing_is_found_in_what_was_sent_and_the_notified_finding_is_there(sent) -> None:
    snapshot, outbox = sent
    assert foreign(snapshot, outbox) == early(snapshot, outbox) == planned(snapshot, outbox) == []
    assert leaks(outbox, PERSONAL) == []
    text = (outbox / "customs" / "2026-06-30" / "cross_border_findings.jsonl").read_text()
    assert '"n"' in text and '"q"' not in text
    listed = (outbox / "platform_P1" / "2026-06-30" / "nonconforming_listings.jsonl").read_text()
    assert '"n"' in listed and '"q"' not in listed


@pytest.mark.parametrize(
    ("search", "recipient", "row"),
    [
        (foreign, "platform_P1", {"platform_code": "P2"}),
        (foreign, "platform_P1", {"shop_id": "S-b"}),
        (foreign, "brand_B1", {"brand_id": "B2"}),
        (foreign, "lab_L1", {"lab_id": "L2"}),
        (foreign, "platform_P1", {"sample_id": "b"}),
        (foreign, "enterprise_91330782Y37037162X", {"sample_id": "a"}),
        (foreign, "cluster_K1", {"sample_id": "a"}),
        (early, "customs", {"sample_id": "q"}),
        (planned, "platform_P1", {"item": "CG-L1"}),
        (planned, "commerce", {"plan": "PROP-CN-2026Q3"}),
    ],
)
def test_the_search_finds_what_may_not_be_there(sent, search, recipient, row) -> None:
    snapshot, outbox = sent
    put(outbox, recipient, "planted.jsonl", row)
    assert len(search(snapshot, outbox)) == 1


def test_the_search_finds_a_personal_value_and_a_lead_of_another_province(sent) -> None:
    snapshot, outbox = sent
    put(outbox, "planning", "planted.jsonl", {"note": "13800138000"})
    put(outbox, "region_330000", "leads.jsonl", {"region_code": "440100"})
    assert len(leaks(outbox, PERSONAL)) == 1 and len(foreign(snapshot, outbox)) == 1


def test_a_seller_who_is_a_natural_person_goes_by_the_shop_alone_in_leads_and_traces(tmp_path: Path) -> None:
    """The operator's hop names the shop that it was read from."""
    of_shop = {"evidence_table": "silver.shop", "evidence_id": "S1"}
    traces = [hop("v1", "operator", PERSON) | of_shop, hop("v1", "producer", PERSON)]
    company = "91330782Y37037162X"
    desk = Desk(tmp_path, "region_330000").night(
        gold__enforcement_lead=[
            lead("v1", "330000", party_id=PERSON, shop_id="S1"),
            lead("v1", "330000", lead_id="XS-S-v1", role="producer", party_id=PERSON),
            lead("v2", "330000", party_id=company),
        ],
        gold__source_trace=[*traces, hop("v2", "operator", company)],
    )
    desk.send()
    leads = {row["lead_id"]: row for row in desk.rows("region_330000", "leads")}
    assert leads["XS-J-v1"]["party_id"] is None and leads["XS-J-v1"]["shop_id"] == "S1"
    assert leads["XS-J-v2"]["party_id"] == company
    nodes = {(r["lead_id"], r["hop"]): r["node_id"] for r in desk.rows("region_330000", "traces")}
    assert nodes == {
        ("XS-J-v1", "operator"): "S1",
        ("XS-S-v1", "operator"): "S1",
        ("XS-S-v1", "producer"): "",
        ("XS-J-v2", "operator"): company,
    }
    assert persons(desk.outbox) == []


def test_the_search_finds_an_identifier_of_a_person(sent) -> None:
    _, outbox = sent
    assert persons(outbox) == []
    put(outbox, "region_330000", "planted.jsonl", {"note": f"see {PERSON}"})
    assert len(persons(outbox)) == 1

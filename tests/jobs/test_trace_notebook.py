"""The notebook about one producer: what it counts, and that it shows no identifier of a natural person."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from desks import Desk

from jobs.environment import REPOSITORY
from jobs.notebooks.reading import Reader

NOTEBOOK = REPOSITORY / "notebooks" / "regulators" / "a_producers_trace.ipynb"
MAKER, PERSON = "91330000000000001X", "N-0123456789abcdef01234567"


def chain(subject: str, kind: str = "sample", **nodes: str) -> list[dict[str, Any]]:
    """The hops of a batch; one without a node breaks."""
    found = {"batch": subject, "shop": "", "operator": "", "producer": ""} | nodes
    return [
        {
            "subject_type": kind,
            "subject_id": subject,
            "hop": hop,
            "node_id": node,
            "position": at,
            "finding": "nonconforming",
            "found_on": date(2026, 6, at),
            "break_reason": None if node else "no_code",
            "evidence_table": "silver.sample",
            "evidence_id": subject if node else None,
        }
        for at, (hop, node) in enumerate(found.items(), 1)
    ]


def lead(subject: str, kind: str = "sample") -> dict[str, Any]:
    return {
        "lead_id": f"XS-S-{kind}-{subject}",
        "subject_type": kind,
        "subject_id": subject,
        "role": "producer",
        "platform_code": "P1",
        "party_id": PERSON,
        "state": "assigned",
    }


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    trace = [
        *chain("s1", shop="S1", operator=PERSON, producer=MAKER),
        *chain("s2", producer=MAKER),  # where it was sold is not known
        *chain("s2", "counterfeit_report", shop="S9", operator="91440000000000009X", producer="other"),
    ]
    desk = Desk(tmp_path_factory.mktemp("trace") / "home")
    leads = [lead("s1"), lead("s2"), lead("s2", "counterfeit_report")]
    return desk.night(gold__source_trace=trace, gold__enforcement_lead=leads).lake.root


def run(lake: Path, producer: str = "") -> tuple[dict[str, Any], list[str]]:
    """What the notebook's cells leave behind, and the English of what they say."""
    left: dict[str, Any] = {}
    heard: list[str] = []
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), NOTEBOOK.name, "exec"), left)
            if "parameters" in cell["metadata"].get("tags", []):
                left |= {"lake": str(lake), "producer": producer}
            if "said" in left:
                left["said"] = lambda _, en: heard.append(en)
    return left, heard


def test_a_shop_that_is_not_known_is_none_and_batches_of_one_number_are_told_apart(lake: Path):
    left, heard = run(lake)
    assert left["chosen"] == MAKER and left["batches"]["subject_id"].tolist() == ["s1", "s2"]
    assert f"{MAKER}: 2 batches, 1 platform, 1 shop, 0 operators (without broken links)." in heard
    assert set(left["hops"]["node_id"]) == {"s2", "", MAKER}  # and nothing of the report of that number


def test_no_table_of_a_notebook_has_the_identifier_of_a_natural_person(lake: Path):
    gold = Reader(lake)
    for table in ("gold.source_trace", "gold.enforcement_lead"):
        rows = gold.ask(f"SELECT * FROM {table}")
        assert len(rows) and PERSON not in rows.astype(str).to_numpy()


def test_a_producer_to_which_no_batch_leads_is_said_and_nothing_is_shown_of_it(lake: Path):
    left, heard = run(lake, "X9")
    assert heard == ["No batch leads to X9: what follows is left out."]
    assert left["batches"] is None and left["hops"] is None

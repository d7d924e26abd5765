"""What the ledger says of a bad file or record never quotes a cell (definitions.md#personal-data)."""

from __future__ import annotations

import json

import pytest
from ingest_world import SOURCE, World

from jobs.ingest import unit

PLANTED = "13812345678"
JSONL = SOURCE.replace("csv", "jsonl", 2)
JOIN = (
    "      kind: {from: title}\n    join: [{file: 'shops*.csv', by: {name: no}, take: [title], "
    "missing: reject}]\n"
)
SHOPS = f"no,title\n{PLANTED},x\n{PLANTED},y\n"
GOOD = "id,made,name\n1,2026-01-01,a\n"
CASES = {
    "no header": (SOURCE, {"things.csv": f"{PLANTED},2026-01-01,{PLANTED}\n"}, "lacks columns"),
    "no header, each name once": (SOURCE, {"things.csv": f"{PLANTED},2026-01-01,a\n"}, "lacks columns"),
    "too many fields": (
        SOURCE,
        {"things.csv": GOOD + f"{PLANTED},2026-01-01,a,b\n"},
        "4 fields instead of 3",
    ),
    "undecodable": (
        SOURCE,
        {"things.csv": GOOD.encode() + PLANTED.encode() + b",2026-01-01,\xff\n"},
        "does not decode",
    ),
    "an open quote": (SOURCE, {"things.csv": GOOD + f'2,2026-01-01,"{PLANTED}\n'}, "not closed"),
    "drift by value": (
        JSONL,
        {"things.jsonl": json.dumps({"id": "1", "made": "2026-01-01", PLANTED: 1})},
        "〔电话〕",
    ),
    "no JSON": (
        JSONL,
        {"things.jsonl": '{"id": "1", "made": "2026-01-01"}\n{"id": ' + PLANTED + ",}\n"},
        "is not JSON",
    ),
    "no object": (
        JSONL,
        {"things.jsonl": '{"id": "1", "made": "2026-01-01"}\n[' + PLANTED + "]\n"},
        "not a JSON object",
    ),
    "no list": (
        JSONL.replace("format: jsonl", "format: jsonl\n    explode: lines").replace(
            "from: made,", 'from: "..made",'
        ),
        {"things.jsonl": json.dumps({"made": "2026-01-01", "lines": PLANTED})},
        "is not a list",
    ),
    "a version that is no moment": (
        SOURCE.replace("    columns:\n", "    version: at\n    columns:\n")
        + "      at: {from: name, instant: [yyyyMMdd]}\n",
        {"things.csv": GOOD + f"2,2026-01-01,{PLANTED}\n"},
        "fit nothing and count as the oldest: 2 values of at",
    ),
    "two matches": (
        SOURCE + JOIN,
        {"things.csv": GOOD + f"2,2026-01-01,{PLANTED}\n", "shops.csv": SHOPS},
        "meets two records",
    ),
    "no match": (
        SOURCE + JOIN,
        {"things.csv": GOOD.replace("a\n", f"{PLANTED}1\n"), "shops.csv": SHOPS},
        "finds no record",
    ),
    "a broken joined record": (
        SOURCE + JOIN,
        {"things.csv": GOOD, "shops.csv": f"no,title\n9,x\n{PLANTED}\n"},
        "1 field instead of 2",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_reason_names_places_and_columns_but_no_value(world: World, case: str):
    source, files, expected = CASES[case]
    world.source(source)
    for name, content in files.items():
        world.drop(name, content)
    report = world.land()
    written = json.dumps(
        [world.ledger(), [str(r) for r in report.refused], report.warnings], default=str, ensure_ascii=False
    )
    assert expected in written and PLANTED not in written


def test_an_unexpected_error_does_not_tell_its_text(world: World, monkeypatch, uncaged):
    def fails(*_):
        raise ValueError(f"could not convert {PLANTED}")

    monkeypatch.setattr(unit, "result_of", fails)
    world.source()
    world.drop("things.csv", GOOD)
    world.land()
    assert "ValueError (jobs/ingest/unit.py:" in world.one()["reason_en"] and PLANTED not in str(world.one())

"""A platform reads in its package which batches about it are public, and where there is nothing to do it says
so."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from desks import CATALOG, Desk, finding

from jobs.contracts.schema import arrow_schema
from jobs.exchange.pages.absent import NOTHING_PUBLIC, NOTHING_TO_TAKE_DOWN, absent
from jobs.exchange.public_batches import BATCHES, public_batches
from jobs.lake import ops
from jobs.reports.public_state import LISTED, STATES

JUNE, JULY = date(2026, 6, 3), date(2026, 7, 1)
FOUND = {
    "plan_id": "N1",
    "disclosure": "published",
    "public_from": JUNE,
    "published_on": JUNE,
    "final_outcome": "nonconforming",
    "platform_code": "P1",
    "product_name": "玩具",
    "item_names": ["小零件", "小零件", "铅迁移"],
}
DOWN = {"taken_down_on": date(2026, 6, 2)}


def batch(sample: str, **more: Any) -> dict[str, Any]:
    return {"sample_id": sample, **FOUND} | more


def sent(*batches: dict[str, Any]) -> dict[str, pd.DataFrame]:
    schema = arrow_schema(CATALOG.contracts["gold.bulletin"])
    bulletin = pa.Table.from_pylist(list(batches), schema=schema).to_pandas(date_as_object=True)
    found = public_batches(bulletin, {"P1", "P2"})
    return {p.recipient: p.rows for p in found if p.kind is BATCHES}


def test_a_platform_gets_its_batches_with_a_finding_that_are_public_or_may_be_the_last_ones_first() -> None:
    violated = {
        "final_outcome": None,
        "exit_kind": "violation",
        "exit_reason": "no_maker",
        "item_names": None,
    }
    rows = sent(
        batch("a"),
        batch("b", disclosure="due", public_from=JULY, published_on=None),
        batch("c", platform_code="P2", **violated),
        batch("d", final_outcome="conforming", item_names=[]),
        batch("e", disclosure="pending", public_from=None, published_on=None),
        batch("f", platform_code="X9"),
    )
    assert set(rows) == {"platform_P1", "platform_P2"}
    mine = rows["platform_P1"]
    shown = ["sample_id", "plan_id", "public_status", "public_from", "product_name"]
    assert mine[shown].values.tolist() == [
        ["b", "N1", "due", JULY, "玩具"],
        ["a", "N1", "published", JUNE, "玩具"],
    ]
    assert mine["items_zh"].tolist() == ["小零件、铅迁移"] * 2
    assert mine["items_en"].str.startswith("Small parts, ").all()
    other = rows["platform_P2"].iloc[0]
    assert (other["exit_reason"], other["items_zh"], other["items_en"]) == ("no_maker", None, None)


def test_a_batch_that_a_published_bulletin_lists_says_which_and_since_when(tmp_path: Path) -> None:
    """The package said of it that bulletins would list it once they are published."""
    published = tmp_path / "published"
    folder = published / "2026Q2" / "0"
    (folder / "data").mkdir(parents=True)
    listed = pa.table({"plan_id": ["N1", "N1"], "sample_id": ["a", "b"]})
    pq.write_table(listed, folder / "data" / "bulletins.parquet")
    (folder / "README.md").write_text("read me", encoding="utf-8")
    manifest = json.dumps({"state": "published", "published_on": str(JULY), "tables": []})
    (folder / "manifest.json").write_text(manifest, encoding="utf-8")
    unpublished = {"disclosure": "due", "published_on": None}
    desk = Desk(tmp_path / "desk", only="platform_P1").night(
        gold__bulletin=[batch("a"), batch("b", **unpublished), batch("c", **unpublished)]
    )
    desk.send(published=published)
    before = {r["sample_id"]: r["public_status"] for r in desk.rows("platform_P1", "public_batches")}
    assert before == {"a": "published", "b": "due", "c": "due"}  # ops.bundle does not name the folder
    row = {"period": "2026Q2", "period_type": "quarter", "period_start": date(2026, 4, 1), "revision": 0}
    row |= {"state": "published", "reason": None, "published_on": JULY, "due_on": JULY, "run_id": "r"}
    row |= {"rows": 1, "files": 1, "recorded_at": datetime(2026, 7, 1, tzinfo=UTC)}
    row["manifest_sha256"] = hashlib.sha256(manifest.encode()).hexdigest()
    desk.lake.append("ops.bundle", ops.rows("ops.bundle", [row]))
    desk.send(published=published)
    rows = {r["sample_id"]: r for r in desk.rows("platform_P1", "public_batches")}
    said = {s: (r["public_status"], r["bulletin"], r["bulletin_on"]) for s, r in rows.items()}
    assert said == {
        "a": ("published", "2026Q2", str(JULY)),
        "b": ("in_bulletin", "2026Q2", str(JULY)),
        "c": ("due", None, None),
    }
    page = (desk.folder("platform_P1") / "index.html").read_text(encoding="utf-8")
    assert STATES[LISTED].zh in page and "2026年第二季度" in page and "Q2 2026" in page


@pytest.mark.parametrize(
    ("kind", "rows", "said"),
    [
        ("platform", {}, [NOTHING_TO_TAKE_DOWN, NOTHING_PUBLIC]),
        ("platform", {"takedown_notices": [object()]}, [NOTHING_PUBLIC]),
        ("platform", {"counterfeit_tasks": [SimpleNamespace(task="take_down")]}, [NOTHING_PUBLIC]),
        (
            "platform",
            {"counterfeit_tasks": [SimpleNamespace(task="check_relisting")], "public_batches": [object()]},
            [NOTHING_TO_TAKE_DOWN],
        ),
        ("platform", {"urgent_items": [object()]}, []),
        ("brand", {}, []),
    ],
)
def test_that_nothing_is_to_be_taken_down_or_public_is_said_where_it_is_so(
    kind: str, rows: dict[str, list[Any]], said: list[Any]
) -> None:
    assert absent(kind, rows) == said


def test_the_pages_of_platforms_list_what_is_public_or_say_that_nothing_is(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "desk").night(
        gold__bulletin=[batch("a")],
        gold__sampling_lifecycle=[
            finding("a", "P1", result_notified_on=JUNE, **DOWN),
            finding("b", "P2", result_notified_on=JUNE),
        ],
    )
    desk.send()
    first, second = (
        (desk.folder(f"platform_{code}") / "index.html").read_text(encoding="utf-8") for code in ("P1", "P2")
    )
    assert NOTHING_TO_TAKE_DOWN.zh in first and NOTHING_TO_TAKE_DOWN.en in first
    assert 'data-kind="public_batches"' in first and NOTHING_PUBLIC.en not in first
    assert "组织抽查的监管部门已公布" in first and "published by the authority that issued the plan" in first
    assert [r["sample_id"] for r in desk.rows("platform_P1", "public_batches")] == ["a"]
    assert NOTHING_PUBLIC.zh in second and NOTHING_PUBLIC.en in second
    assert NOTHING_TO_TAKE_DOWN.zh not in second and NOTHING_TO_TAKE_DOWN.en not in second

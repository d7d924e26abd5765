"""Pages lead to the published bundles that lie beside the site, and to no others (definitions.md#bundle)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.environment import Environment
from jobs.lake import ops
from jobs.lake.tables import Lake
from jobs.reports.gathered import Gathered
from jobs.reports.pages import about
from jobs.reports.pages.guide import FOLDER
from jobs.reports.public_state import bulletin_period, listed_in
from jobs.reports.rendering import render
from jobs.reports.shelved import LOG, Shelved, bulletin_with, shelved, with_batches
from jobs.reports.site import shared_context

DAY = date(2026, 7, 16)


def noted(
    env: Environment, period: str, kind: str, start: date, revision: int, **others: Any
) -> dict[str, Any]:
    """A row of ops.bundle, and the folder that it lists."""
    folder = env.published / period / str(revision)
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("read me", encoding="utf-8")
    (folder / "manifest.json").write_text(f"{period} {revision}", encoding="utf-8")
    row = {"period": period, "period_type": kind, "period_start": start, "revision": revision}
    row |= {"state": "published", "reason": None, "published_on": DAY, "due_on": DAY, "run_id": "r"}
    row |= {"rows": 1, "files": 1, "recorded_at": datetime(2026, 7, 16, tzinfo=UTC)}
    row["manifest_sha256"] = hashlib.sha256(f"{period} {revision}".encode()).hexdigest()
    return row | others


def test_newest_bundles_that_lie_there_as_noted_are_listed_and_no_others(tmp_path: Path) -> None:
    env = replace(Environment.from_variables(), home=tmp_path, lake=tmp_path / "lake")
    lake = Lake(env.lake)
    assert shelved(lake, env.published) == ()
    rows = [
        noted(env, "2026-05", "month", date(2026, 5, 1), 0),
        noted(env, "2026-05", "month", date(2026, 5, 1), 1),
        noted(env, "2026", "year", date(2026, 1, 1), 0),
        noted(env, "2026Q1", "quarter", date(2026, 1, 1), 0),
        noted(env, "2026-04", "month", date(2026, 4, 1), 0),
        noted(env, "2026-04", "month", date(2026, 4, 1), 1, state="withdrawn", reason="wrong"),
        noted(env, "2026-03", "month", date(2026, 3, 1), 0, manifest_sha256="another"),
        noted(env, "2026-02", "month", date(2026, 2, 1), 0),
    ]
    lake.append(LOG, ops.rows(LOG, rows))
    (env.published / "2026-02" / "0" / "README.md").unlink()
    found = shelved(lake, env.published)
    assert [(b.period, b.revision) for b in found] == [("2026-05", 1), ("2026Q1", 0), ("2026", 0)]
    for bundle in found:
        assert (env.site / bundle.folder / "README.md").resolve().is_file()


def test_a_bundle_knows_the_batches_of_its_bulletins_and_one_without_bulletins_has_none(
    tmp_path: Path,
) -> None:
    env = replace(Environment.from_variables(), home=tmp_path)
    (env.published / "2026-05" / "1" / "data").mkdir(parents=True)
    table = pa.table({"plan_id": ["P", "P"], "sample_id": ["a", "b"], "brand": ["x", "y"]})
    pq.write_table(table, env.published / "2026-05" / "1" / "data" / "bulletins.parquet")
    plain = (Shelved("2026-05", 1, DAY, DAY), Shelved("2026Q1", 0, DAY, DAY))
    found = with_batches(env.published, plain)
    assert found == plain and found[0].batches == {("P", "a"), ("P", "b")} and not found[1].batches
    assert bulletin_with(found, "P", "b") == plain[0] and bulletin_with(found, "Q", "b") is None


def test_of_several_bulletins_that_list_a_batch_the_first_that_was_published_is_named() -> None:
    mine = frozenset({("P", "a")})
    april = date(2026, 4, 20)
    quarter = Shelved("2026Q1", 1, april, april, mine)
    year, month = (Shelved(name, 0, DAY, DAY, mine) for name in ("2026", "2026-03"))
    found = bulletin_with((year, quarter, month), "P", "a")
    assert found is quarter
    assert [bulletin_period(name).zh for name in ("2026", "2026Q4", "2026-03")] == [
        "2026年",
        "2026年第四季度",
        "2026年3月",
    ]


def test_a_bulletin_that_was_revised_stays_the_first_with_the_day_of_its_revision(tmp_path: Path) -> None:
    env = replace(Environment.from_variables(), home=tmp_path, lake=tmp_path / "lake")
    june, quarter = date(2026, 6, 1), date(2026, 4, 1)
    rows = [
        noted(env, "2026-06", "month", june, 1, published_on=date(2026, 9, 1)),
        noted(env, "2026-06", "month", june, 0, published_on=date(2026, 7, 5)),
        noted(env, "2026Q2", "quarter", quarter, 0, published_on=date(2026, 8, 5)),
    ]
    lake = Lake(env.lake)
    lake.append(LOG, ops.rows(LOG, rows))
    for row in rows:
        folder = env.published / row["period"] / str(row["revision"]) / "data"
        folder.mkdir()
        pq.write_table(pa.table({"plan_id": ["P"], "sample_id": ["a"]}), folder / "bulletins.parquet")
    found = bulletin_with(with_batches(env.published, shelved(lake, env.published)), "P", "a")
    assert found is not None and (found.period, found.revision) == ("2026-06", 1)
    assert listed_in(found).en == "bulletin of June 2026, published 2026-09-01"


def test_the_page_on_definitions_leads_to_each_bundle_and_says_where_there_is_none(known: Gathered) -> None:
    without, beside = (rendered(known, bundles) for bundles in ((), (Shelved("2026Q1", 2, DAY, DAY),)))
    assert "None was published" in without and "../published" not in without
    assert '<a href="../published/2026Q1/2/README.md">' in beside and "2026-07-16" in beside


def rendered(known: Gathered, bundles: tuple[Shelved, ...]) -> str:
    night = replace(known.night, bundles=bundles)
    shared = shared_context(cast(Gathered, SimpleNamespace(night=night, names=known.names)))
    return render(about.build(night), shared).decode()


def test_quality_report_guide_and_search_lead_to_where_bundles_lie(html: dict[str, str], site: Path) -> None:
    assert 'href="about.html#bundles"' in html["quality_report.html"]
    assert 'href="../about.html#bundles"' in html["guide/read.html"]
    written = FOLDER.glob("*/*.md")
    led = [(path, to) for path in written for to in re.findall(r"\]\(([^)#]+)", path.read_text("utf-8"))]
    assert led and all((path.parent / to).is_file() for path, to in led)  # as read in the repository
    index = (site / "search_index.js").read_text(encoding="utf-8")
    assert "about.html#bundles" in index and "发布包" in index

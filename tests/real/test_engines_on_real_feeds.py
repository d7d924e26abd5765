"""Proof: all real feeds in one night embedded, on Spark and on both: equal tables, verdicts, ledger and Data
Docs; embedded starts no JVM."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from homes import DAY, Home
from real_feeds import deliver

from jobs.gate.docs import build_docs

pytestmark = pytest.mark.proof
QUESTIONS = (
    'SELECT "table", batch, expectation, "column", kwargs, success, observed, unexpected_count, '
    "element_count FROM ops.gate_verdict ORDER BY ALL",
    "SELECT source, feed, file, loaded, accepted, quarantined, superseded, repeated, unlinked, "
    "newest_event FROM ops.reconciliation ORDER BY ALL",
)
# What differs from run to run: identifiers, times and versions of the night.
CHANGING = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{8}-[0-9a-f]{8}|\d{8}T\d{6}\.\d+Z|"
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.+:Z]*"
)


class Lived(NamedTuple):
    hashes: dict[str, str]
    answers: list[list[dict[str, object]]]
    docs: list[str]


def lived(root: Path, shared: Path, engine: str, rows: int | None, used: bool) -> Lived:
    home = Home(root, None, "us_recalls_2013")
    home.env = replace(home.env, engine=engine, embedded_rows=rows)
    deliver(home, shared)
    landed, result = home.night(DAY)
    assert landed.refused == [] and result.exit_code == 0, (landed.refused, result.stale)
    assert result.used_spark is used
    assert build_docs(home.env.lake / ".gate")
    pages = (home.env.lake / ".gate").rglob("*.html")
    docs = sorted(CHANGING.sub("", page.read_text(encoding="utf-8")) for page in pages)
    return Lived(home.hashes(), [home.ask(question) for question in QUESTIONS], docs)


@pytest.fixture(scope="module")
def embedded(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return lived(tmp_path_factory.mktemp("embedded") / "home", shared, "embedded", None, False)


@pytest.mark.parametrize(("engine", "rows"), [("spark", None), ("auto", 5_000)])
def test_a_night_of_real_feeds_ends_alike_on_every_engine(
    embedded: Lived, spark: object, shared: Path, tmp_path: Path, engine: str, rows: int | None
) -> None:
    other = lived(tmp_path / "home", shared, engine, rows, True)
    assert other.hashes == embedded.hashes
    assert other.answers == embedded.answers
    assert len(embedded.docs) > 10 and other.docs == embedded.docs

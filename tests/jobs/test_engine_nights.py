"""The same nights embedded, on Spark and on both: equal tables, verdicts and ledger; embedded starts no
JVM."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from homes import DAY, Home, few_tables
from markets import FILES, MARKET

from jobs.night.plan import seen_whole

TABLES = few_tables("gold.commerce_state", "gold.sampling_frame", "gold.judgement_audit", "silver.quarantine")
LATE = sorted(FILES)[-1]


def lived(root: Path, engine: str, rows: int | None = None) -> tuple[Home, list[bool]]:
    """A home with two nights, the second of which brings one file more; whether each used Spark."""
    home = Home(root, MARKET, "market", tables=TABLES)
    home.env = replace(home.env, engine=engine, embedded_rows=rows)
    used = []
    for number, names in enumerate((sorted(set(FILES) - {LATE}), [LATE])):
        for name in names:
            home.put(name, FILES[name], encoding="utf-8", mtime=1_000)
        _, result = home.night(DAY + timedelta(days=number))
        assert result.exit_code == 0, result.stale
        used.append(result.used_spark)
    return home, used


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home, used = lived(tmp_path_factory.mktemp("embedded") / "home", "embedded")
    assert used == [False, False]
    return home


VERDICTS = (
    'SELECT "table", batch, expectation, "column", kwargs, success, observed, unexpected_count, '
    "element_count FROM ops.gate_verdict ORDER BY ALL"
)
LEDGER = (
    "SELECT source, feed, file, loaded, accepted, quarantined, superseded, repeated, unlinked, "
    "newest_event FROM ops.reconciliation ORDER BY ALL"
)
MONTHS = "SELECT \"table\", outcome, rows, message FROM ops.run_log WHERE stage = 'build' ORDER BY ALL"


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "rows"), [("spark", None), ("auto", 60)])
def test_nights_on_another_engine_end_in_the_same_tables(
    embedded: Home, spark, tmp_path: Path, engine: str, rows: int | None
):
    home, used = lived(tmp_path / "home", engine, rows)
    assert used == [True, True] and home.hashes() == embedded.hashes()
    for question in (VERDICTS, LEDGER, MONTHS):
        assert home.ask(question) == embedded.ask(question)
    built = home.ask(
        "SELECT DISTINCT \"table\", engine FROM ops.run_log WHERE stage = 'build' AND engine <> ''"
    )
    engines = {r["engine"] for r in built if not seen_whole(TABLES.contracts[r["table"]])}
    assert engines == ({"spark"} if engine == "spark" else {"spark", "embedded"})

"""The gate within a night: what a run notes of its tables, and that the next one judges by it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from homes import DAY, HEADER, Home, few_tables

from jobs.lake import ops
from jobs.lake.tables import Lake

ROWS = 200


def samples(name: str, stand: str, exit_of_each: list[str]) -> str:
    exits = [exit_of_each[n % len(exit_of_each)] for n in range(ROWS)]
    return HEADER + "".join(
        f"{name}{n},甲,2026-01-{n % 28 + 1:02},{e},{'2026-01-30' if e else ''},{stand}\n"
        for n, e in enumerate(exits)
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    home = Home(tmp_path_factory.mktemp("gate") / "home", tables=few_tables())
    home.put("samples_1.csv", samples("a", "2026-01-05 10:00", ["违法", "", "", ""]), mtime=1_000)
    home.night()
    return home


def test_a_run_notes_null_shares_and_distributions_of_facts_and_whether_the_version_passed(home):
    noted = {
        r["metric"]: r
        for r in home.ask("SELECT * FROM ops.table_metric WHERE \"table\" = 'silver.sample'", latest=True)
    }
    assert (noted["row_count"]["value"], noted["row_count"]["scope"], noted["row_count"]["passed"]) == (
        ROWS,
        "whole",
        True,
    )
    assert noted["null_share.exit_kind"]["value"] == 0.75 and noted["null_share.purchased_on"]["value"] == 0.0
    assert (noted["drift.exit_kind"]["value"], json.loads(noted["drift.exit_kind"]["detail"])) == (
        None,
        {"violation": 1.0},
    )
    assert not [m for m in noted if m.startswith("null_share_change")]  # there is no past yet


@pytest.mark.slow
def test_a_night_is_warned_where_a_column_is_no_longer_what_it_was(home):
    """Five more nights are noted as the first one was; then as many samples again come, void one and all."""
    lake = Lake(home.env.lake)
    first = lake.arrow("ops.table_metric").to_pylist()
    for before in range(1, 6):
        earlier = [
            r | {"date": DAY - timedelta(days=before), "run_id": f"before {before}", "version": -before}
            for r in first
        ]
        lake.append("ops.table_metric", ops.rows("ops.table_metric", earlier))
    home.put("samples_2.csv", samples("b", "2026-01-06 10:00", ["无效"]), mtime=2_000)
    _, result = home.night(DAY + timedelta(days=1))
    assert result.exit_code == 0
    failed = home.ask(
        "SELECT * FROM ops.gate_verdict WHERE \"table\" = 'silver.sample' AND NOT success", latest=True
    )
    changed = {r["column"]: json.loads(r["observed"]) for r in failed if r["batch"] == "columns"}
    assert {e["column"]: e["null_share_change"] for e in changed["null_share_change"]} == {
        "exit_kind": -0.375,
        "exited_on": -0.375,
    }
    assert changed["drift"] == [{"drift": pytest.approx(0.8), "column": "exit_kind"}]
    assert {r["severity"] for r in failed} == {"warning"} and "volume_outside" in {
        r["column"] for r in failed
    }

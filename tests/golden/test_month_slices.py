"""A table refreshed by months or years is the same month by month, or year by year, as all at once
(definitions.md#months), over the inputs of its golden cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from golden_build import Case, built_gold_from, gold_inputs

from jobs.contracts.catalog import load_catalog
from jobs.contracts.model import Contract
from jobs.engine.embedded import Embedded
from jobs.lake.tables import Lake
from jobs.night.touched import whole_years, with_lookback

CATALOG = load_catalog()
BY_MONTHS = [c for c in CATALOG.contracts.values() if c.tier == "gold" and c.by_month]
CASES = sorted(p.parent for c in BY_MONTHS for p in Path(__file__).parent.glob(f"{c.id}/*/expect.csv"))


def month_of(days: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.floor_temporal(days, unit="month").cast(pa.date32())


def sliced(table: pa.Table, contract: Contract, months: tuple[date, ...]) -> pa.Table:
    """The rows of an input that a run by months gives: those of the months, or all of an input that is not
    kept by month."""
    if not contract.by_month:
        return table
    rows = table.filter(pc.is_in(month_of(table[contract.event_date]), pa.array(months, pa.date32())))
    return rows if rows.num_rows else table.schema.empty_table()


def rows_of(table: pa.Table, contract: Contract, months: tuple[date, ...]) -> list[dict]:
    """The rows of the months, sorted by key."""
    inside = table.filter(pc.is_in(month_of(table[contract.event_date]), pa.array(months, pa.date32())))
    return sorted(inside.to_pylist(), key=lambda row: [str(row[name]) for name in contract.key])


@pytest.mark.parametrize("path", CASES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_month_or_year_built_alone_is_that_month_of_everything(path: Path, tmp_path: Path):
    case, engine = Case(path), Embedded(Lake(tmp_path))
    contract = CATALOG.contracts[case.table]
    inputs = gold_inputs(case, CATALOG)

    def build(tables: dict[str, pa.Table], months: tuple[date, ...] | None) -> pa.Table:
        period = replace(case.period(), months=months)
        return built_gold_from(CATALOG, contract, tables, period, engine)

    whole = build(inputs, None)
    months = sorted(set(month_of(whole[contract.event_date]).to_pylist()))
    parts = sorted(
        {whole_years([m]) for m in months} if contract.refresh == "years" else {(m,) for m in months}
    )
    assert len(parts) > 1 or contract.refresh == "years", "a case of one month shows nothing here"
    for part in parts:
        given = with_lookback(part, contract.lookback)
        alone = build({name: sliced(t, CATALOG.contracts[name], given) for name, t in inputs.items()}, part)
        assert rows_of(alone, contract, part) == rows_of(whole, contract, part)


def test_there_is_a_table_refreshed_by_months_and_each_has_a_case():
    assert {p.parent.name for p in CASES} == {c.id for c in BY_MONTHS} != set()
